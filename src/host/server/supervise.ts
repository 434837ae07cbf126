/**
 * The supervisor: starts host and app in one child process, starts them again with growing delay when they crash or
 * are found in a loop, reloads them when a file of the app changes, and ends them within a bounded time.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import type { HostLog } from '../contract.ts';
import { watchApp } from './app-watch.ts';
import { createLog } from './log.ts';
import { type FromChild, type StuckReport, type ToChild, watchdogFd } from './protocol.ts';
import { type Problem, Refusal } from './refusals.ts';
import type { HostOptions } from './start-host.ts';

export interface SuperviseOptions extends HostOptions {
  /** Restarts when a file of the app changes. */
  watch?: boolean;
  /** How long the process may stand still before it is taken for a loop; 0 never. */
  watchdogMs?: number;
  /** How long a stop may take. */
  graceMs?: number;
  /** Longest wait before a crashed app is started again. */
  longestRestartMs?: number;
  /** Where the supervisor's lines go; the log of `quiet` and `jsonLogs` by default. */
  log?: HostLog;
}

export interface Supervised {
  /** First readiness. Rejects with a `Refusal` when the app cannot run. */
  readonly ready: Promise<{ url: string; port: number }>;
  /** Ends with the exit code. */
  readonly done: Promise<number>;
  /** Restarts host and app now. */
  reload(): void;
  stop(): Promise<number>;
  /** At once, as a second Ctrl-C asks for. */
  kill(): void;
}

const firstDelayMs = 250;

const contextFrames = '--experimental-async-context-frame';
/**
 * Without context frames (Node's own way from 24 on) one `AsyncLocalStorage` makes every promise of the process run hooks:
 * a tenth of the work of an app that awaits much.
 */
const nodeFlags = [
  '--disable-warning=ExperimentalWarning',
  // Room for what is young (16 MiB otherwise): under load most of it is dead before it has to be copied.
  '--max-semi-space-size=32',
  ...(process.allowedNodeEnvironmentFlags.has(contextFrames) ? [contextFrames] : []),
];
const healthyMs = 5_000;

export function supervise(entry: string, childFlag: string, options: SuperviseOptions): Supervised {
  const {
    watch = false,
    watchdogMs = 10_000,
    graceMs = 15_000,
    longestRestartMs = 10_000,
    log: givenLog,
    ...hostOptions
  } = options;
  const log = givenLog ?? createLog({ quiet: options.quiet ?? true, json: options.jsonLogs ?? false });
  const ready = Promise.withResolvers<{ url: string; port: number }>();
  const done = Promise.withResolvers<number>();
  ready.promise.catch(() => undefined);
  let child: ChildProcess | undefined;
  let port = options.port;
  let everReady = false;
  let stopping = false;
  let reloading = false;
  let delay = firstDelayMs;
  let timer: NodeJS.Timeout | undefined;
  let killer: NodeJS.Timeout | undefined;
  /** Told to the next process until one is ready: until then the hub may not have heard of it. */
  let death: HostOptions['death'];
  const watcher = watch ? watchApp(options.app, options.data, reload) : undefined;

  function launch(): void {
    const startedAt = Date.now();
    let refused: readonly Problem[] | undefined;
    let reason: string | undefined;
    let looped: number | undefined;
    const own = spawn(process.execPath, [...nodeFlags, entry, childFlag], {
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
    });
    child = own;
    own.on('message', (message: FromChild) => {
      if ('ready' in message) {
        port = message.ready.port;
        if (everReady) log('information', `The app is running again at ${message.ready.url}`);
        everReady = true;
        death = undefined;
        ready.resolve(message.ready);
      } else if ('refused' in message) refused = message.refused;
      else reason = message.crashed;
    });
    const reports = createInterface({ input: own.stdio[watchdogFd] as Readable });
    reports.on('line', (line) => {
      const { stuck } = JSON.parse(line) as StuckReport;
      const where = stuck.file ? ` at ${stuck.file}:${stuck.line}` : '';
      reason = `endless loop: nothing moved for ${stuck.seconds} s in function "${stuck.function ?? 'unknown'}"${where}`;
      looped = stuck.subject > 0 ? stuck.subject : undefined;
      own.kill('SIGKILL');
    });
    own.once('error', (error) => (reason ??= error.message));
    // Not `exit`, which may come before the last thing that the process said.
    own.once('close', (code, signal) => {
      clearTimeout(killer);
      if (child === own) child = undefined;
      // Killed from outside is a host that died: what it had in hand runs again. Everything else is the app's doing.
      if (reason !== undefined || signal !== 'SIGKILL') death = { looped: looped ?? death?.looped };
      ended(refused, reason ?? (signal ? `signal ${signal}` : `exit code ${code}`), startedAt);
    });
    send(own, { start: { ...hostOptions, port, watchdogMs, death } });
  }

  function ended(refused: readonly Problem[] | undefined, reason: string, startedAt: number): void {
    if (stopping) return finish(0);
    if (reloading) {
      reloading = false;
      death = undefined;
      return launch();
    }
    if (refused) {
      const problem = new Refusal(refused);
      ready.reject(problem);
      for (const { code, message } of refused) log('error', `${code}: ${message}`);
      if (watcher) return log('warning', 'Waiting for a change of the app.');
      return finish(problem.exitCode);
    }
    log('error', `APP_CRASHED: ${reason}`);
    if (!everReady && !watcher) {
      ready.reject(new Error(`The app ended while it started: ${reason}`));
      return finish(1);
    }
    if (Date.now() - startedAt > healthyMs) delay = firstDelayMs;
    log('warning', `Starting again in ${delay} ms`);
    timer = setTimeout(launch, delay);
    delay = Math.min(delay * 2, longestRestartMs);
  }

  function finish(code: number): void {
    watcher?.close();
    clearTimeout(timer);
    done.resolve(code);
  }

  function send(to: ChildProcess, message: ToChild): void {
    // A child that is gone says so by its exit.
    if (to.connected) to.send(message, () => undefined);
  }

  function end(ms: number): void {
    if (!child) return;
    const own = child;
    send(own, { stop: ms });
    killer = setTimeout(() => own.kill('SIGKILL'), ms + 1000);
  }

  function reload(): void {
    if (stopping) return;
    clearTimeout(timer);
    delay = firstDelayMs;
    log('information', 'Reloading the app');
    if (!child) return launch();
    reloading = true;
    // Durable work is safe at any instant; only open requests are given a moment.
    end(Math.min(graceMs, 1000));
  }

  launch();
  return {
    ready: ready.promise,
    done: done.promise,
    reload,
    stop() {
      if (!stopping) {
        stopping = true;
        clearTimeout(timer);
        if (child) end(graceMs);
        else finish(0);
      }
      return done.promise;
    },
    kill() {
      stopping = true;
      if (child) child.kill('SIGKILL');
      else finish(1);
    },
  };
}
