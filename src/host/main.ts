/**
 * Entry of the local host, as a program and as a module: `node host.mjs --app DIR --port N --data DIR`, or
 * `runHost(options)`. The same file, started with a flag, is the supervised child. What only the child needs is loaded by it
 * alone: the supervisor stays small.
 */
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { refusal, Refusal } from './server/refusals.ts';
import type { HostOptions, RunningHost } from './server/start-host.ts';
import { type Supervised, supervise, type SuperviseOptions } from './server/supervise.ts';

export type { HostOptions, RunningHost, Supervised, SuperviseOptions };

const childFlag = '--functions-host-child';

/** One host inside this process, without supervision: for tests. */
export async function startHost(options: HostOptions): Promise<RunningHost> {
  const [{ openHub }, { startHostWith }] = await Promise.all([
    import('./open-hub.ts'),
    import('./server/start-host.ts'),
  ]);
  return startHostWith(openHub, options);
}

async function beChild(): Promise<void> {
  const [{ openHub }, { runChild }] = await Promise.all([import('./open-hub.ts'), import('./server/child.ts')]);
  runChild(openHub);
}

/** Host and app in a supervised child process. `entry` is this module's file, source or bundle. */
export function superviseHost(options: SuperviseOptions, entry = fileURLToPath(import.meta.url)): Supervised {
  return supervise(entry, childFlag, options);
}

/** Supervises until a signal, a refusal or a second signal; answers with the exit code. */
export async function runHost(
  options: SuperviseOptions & { onReady?: (at: { url: string; port: number }) => void },
): Promise<number> {
  const { onReady, ...rest } = options;
  const host = superviseHost(rest);
  host.ready.then(onReady, () => undefined);
  let signals = 0;
  const onSignal = () => {
    signals += 1;
    if (signals === 1) void host.stop();
    else host.kill();
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, onSignal);
  try {
    return await host.done;
  } finally {
    for (const name of names) process.off(name, onSignal);
  }
}

const usage =
  'usage: host --app DIR [--port N] [--data DIR] [--strict] [--weather SEED[:SCALE]] [--durability normal|full] [--front FILE] [--skip-unsupported] [--watch] [--watchdog SECONDS] [--verbose] [--json-logs]';

function readArguments(args: string[]): SuperviseOptions {
  try {
    const { values } = parseArgs({
      args,
      options: {
        app: { type: 'string' },
        port: { type: 'string', default: '7071' },
        data: { type: 'string' },
        strict: { type: 'boolean', default: false },
        weather: { type: 'string' },
        durability: { type: 'string', default: 'normal' },
        front: { type: 'string' },
        'skip-unsupported': { type: 'boolean', default: false },
        watch: { type: 'boolean', default: false },
        watchdog: { type: 'string', default: '10' },
        verbose: { type: 'boolean', default: false },
        'json-logs': { type: 'boolean', default: false },
      },
    });
    const port = Number(values.port);
    const watchdog = Number(values.watchdog);
    if (!(watchdog >= 0)) throw new Error('--watchdog is a number of seconds, 0 for none');
    if (!values.app) throw new Error('--app is needed');
    if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port ${values.port} is no port`);
    if (values.durability !== 'normal' && values.durability !== 'full')
      throw new Error('--durability is normal or full');
    return {
      app: values.app,
      port,
      data: values.data ?? `${values.app}/.functions-host`,
      strict: values.strict,
      durability: values.durability,
      skipUnsupported: values['skip-unsupported'],
      watch: values.watch,
      watchdogMs: watchdog * 1000,
      quiet: !values.verbose,
      jsonLogs: values['json-logs'],
      ...(values.weather !== undefined && { weather: values.weather }),
      ...(values.front !== undefined && { front: values.front }),
    };
  } catch (error) {
    throw refusal('USAGE', `${(error as Error).message}\n${usage}`);
  }
}

async function main(): Promise<void> {
  try {
    const options = readArguments(process.argv.slice(2));
    process.exitCode = await runHost({
      ...options,
      onReady: ({ url }) => {
        const message = `Functions host listens on ${url}`;
        process.stderr.write(
          `${options.jsonLogs ? JSON.stringify({ level: 'information', message, url }) : message}\n`,
        );
      },
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}

if (process.argv.includes(childFlag)) await beChild();
else if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
