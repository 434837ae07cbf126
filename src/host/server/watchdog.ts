/**
 * Finds an endless loop. A loop blocks the whole process, so a thread beside it watches: the main thread counts a
 * heartbeat in shared memory and notes which function it entered last; when the count stands still, the thread asks
 * the inspector where the main thread is, and writes one JSON line to the supervisor, who kills the process.
 *
 * 1. Only what burns processor time is a loop. A process that gets no processor, sleeps with its machine, or waits for
 *    another program stands still as well, and is left alone.
 * 2. A count that moves again while the place is asked for was no loop, and nothing is reported.
 */
import { url as inspectorUrl } from 'node:inspector';
import { Worker } from 'node:worker_threads';
import type { FunctionInfo } from '../contract.ts';

export interface Watchdog {
  /** The function entered last; a few nanoseconds. */
  entered(info: FunctionInfo): void;
  /** The instance whose orchestrator runs from now on until it gives the processor back; 0 for none. */
  replaying(subject: number): void;
  know(names: readonly string[]): void;
  stop(): Promise<void>;
}

const tickMs = 250;

/** Reports on file descriptor `fd` when the main thread has stood still for `limitMs` and for as much processor time. */
export function startWatchdog(root: string, fd: number, limitMs: number): Watchdog {
  // Heartbeat, function entered last, whether a debugger may have stopped the main thread on purpose, and the instance
  // that is being replayed, in two halves.
  const shared = new Int32Array(new SharedArrayBuffer(20));
  const index = new Map<string, number>();
  const worker = new Worker(`(${watch.toString()})()`, {
    eval: true,
    workerData: { shared, root, fd, tickMs, limit: Math.ceil(limitMs / tickMs) },
    resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 },
    execArgv: [],
  });
  worker.unref();
  const beat = setInterval(() => {
    shared[2] = inspectorUrl() === undefined ? 0 : 1;
    Atomics.add(shared, 0, 1);
  }, tickMs);
  beat.unref();
  return {
    entered(info) {
      shared[1] = index.get(info.name) ?? -1;
    },
    replaying(subject) {
      shared[3] = subject / 2 ** 32;
      shared[4] = subject;
    },
    know(names) {
      names.forEach((name, at) => index.set(name, at));
      shared[1] = -1;
      worker.postMessage(names);
    },
    async stop() {
      clearInterval(beat);
      await worker.terminate();
    },
  };
}

/** Runs in the thread, from its source text: it must not use anything outside itself. */
function watch(): void {
  // Not `require`: a bundler would turn it into a function of its own, which this text does not carry.
  const { workerData, parentPort } = process.getBuiltinModule('node:worker_threads');
  const fs = process.getBuiltinModule('node:fs');
  const {
    shared,
    root,
    fd,
    tickMs: tick,
    limit,
  } = workerData as { shared: Int32Array; root: string; fd: number; tickMs: number; limit: number };
  let names: string[] = [];
  let seen = -1;
  let still = 0;
  let usedBefore = 0;
  let asking = false;
  parentPort?.on('message', (list: string[]) => (names = list));
  setInterval(() => {
    const { user, system } = process.cpuUsage();
    const used = (user + system) / 1000;
    const beat = Atomics.load(shared, 0);
    if (beat !== seen || Atomics.load(shared, 2) === 1) {
      seen = beat;
      still = 0;
      usedBefore = used;
      return;
    }
    still += 1;
    if (asking || still < limit || used - usedBefore < limit * tick) return;
    asking = true;
    locate();
  }, tick);

  function report(file: string | null, line: number | null): void {
    asking = false;
    if (Atomics.load(shared, 0) !== seen) return;
    const name = names[Atomics.load(shared, 1)] ?? null;
    const subject = Atomics.load(shared, 3) * 2 ** 32 + (Atomics.load(shared, 4) >>> 0);
    fs.writeSync(
      fd,
      `${JSON.stringify({ stuck: { function: name, subject, file, line, seconds: Math.round((limit * tick) / 1000) } })}\n`,
    );
  }

  function locate(): void {
    // On a busy machine the answer takes its time.
    const fallback = setTimeout(() => report(null, null), 20_000);
    try {
      const { Session } = process.getBuiltinModule('node:inspector');
      const session = new Session();
      session.connectToMainThread();
      const urls = new Map<string, string>();
      session.on('Debugger.scriptParsed', ({ params }) => void urls.set(params.scriptId, params.url));
      session.on('Debugger.paused', ({ params }) => {
        clearTimeout(fallback);
        const frames = params.callFrames.map(({ url, location }) => ({
          url: (urls.get(location.scriptId) ?? url).replace(/^file:\/\//, '').replace(/\?.*$/, ''),
          line: location.lineNumber + 1,
        }));
        const own =
          frames.find(({ url }) => url.startsWith(root) && !url.includes('node_modules')) ??
          frames.find(({ url }) => url.startsWith('/'));
        report(own?.url.replace(root, '').replace(/^\//, '') ?? null, own?.line ?? null);
      });
      session.post('Debugger.enable', () => session.post('Debugger.pause'));
    } catch {
      // Without an inspector the name alone is reported.
      clearTimeout(fallback);
      report(null, null);
    }
  }
}
