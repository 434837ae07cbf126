/**
 * The supervised process: gets its options from the supervisor, runs one host, says what happened, and ends when
 * it is told to or when the supervisor is gone.
 */
import { resolve } from 'node:path';
import { appPlace } from '../seam/app-place.ts';
import { createLog, errorWord } from './log.ts';
import { firstLine, Refusal } from './refusals.ts';
import { type FromChild, type StartMessage, type ToChild, watchdogFd } from './protocol.ts';
import { type OpenHub, type RunningHost, startHostWith } from './start-host.ts';
import { startWatchdog } from './watchdog.ts';

export function runChild(openHub: OpenHub): void {
  let host: RunningHost | undefined;
  let root = process.cwd();

  const say = (message: FromChild): Promise<void> =>
    new Promise((done) => {
      if (process.connected) process.send?.(message, () => done());
      else done();
    });
  // A signal from the terminal reaches the whole group; only the supervisor decides what it means.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  // The hub's file is safe at any instant, so nobody is waited for when the supervisor has died.
  process.on('disconnect', () => process.exit(0));
  // While it starts, the developer reads the error; later its text may hold data of the app.
  const crash = (kind: string) => (error: unknown) => {
    const text = host === undefined ? firstLine(error) : errorWord(error);
    void say({ crashed: `${kind} ${text}${appPlace(root, error)}` }).then(() => process.exit(1));
  };
  process.on('uncaughtException', crash('uncaught'));
  process.on('unhandledRejection', crash('unhandled rejection:'));

  process.on('message', (message: ToChild) => {
    if ('start' in message) void start(message.start);
    else void stop(message.stop);
  });

  async function start({ watchdogMs, ...options }: StartMessage['start']): Promise<void> {
    root = resolve(options.app);
    const watchdog = watchdogMs > 0 ? startWatchdog(root, watchdogFd, watchdogMs) : undefined;
    try {
      host = await startHostWith(openHub, options, {
        ...watchdog,
        cutOff: (what) => void say({ crashed: what }).then(() => process.exit(1)),
      });
      watchdog?.know([...host.app.functions.keys()]);
      await say({ ready: { url: host.url, port: host.port } });
    } catch (error) {
      if (error instanceof Refusal) {
        await say({ refused: error.problems });
        process.exit(error.exitCode);
      }
      await say({ crashed: `while starting: ${firstLine(error)}${appPlace(root, error)}` });
      process.exit(1);
    }
  }

  async function stop(graceMs: number): Promise<void> {
    try {
      await host?.stop(graceMs);
    } catch (error) {
      createLog({ quiet: true, json: false })(
        'error',
        `Stopping failed: ${error instanceof Error ? error.name : 'error'}`,
      );
    }
    process.exit(0);
  }
}
