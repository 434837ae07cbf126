/**
 * Finds an endless loop. A loop blocks the whole process, so a thread beside it watches: the main thread counts a
 * heartbeat in shared memory and notes which function it entered last; when the count stands still, the thread asks
 * the inspector where the main thread is, and writes one JSON line to the supervisor, who kills the process.
 * The thread counts its own ticks, so a machine that slept is not taken for a loop.
 */
import { url as inspectorUrl } from 'node:inspector';
import { Worker } from 'node:worker_threads';
import type { FunctionInfo } from '../contract.ts';

/** What the supervisor reads. */
export interface StuckReport {
  stuck: { function: string | null; subject: number; file: string | null; line: number | null; seconds: number };
}

export interface Watchdog {
  /** The function entered last; a few nanoseconds. */
  entered(info: FunctionInfo, subject?: number): void;
  /** A function ended: what stands still from now on is no replay. */
  left(): void;
  know(names: readonly string[]): void;
  stop(): Promise<void>;
}

const tickMs = 250;

/** Reports on file descriptor `fd` when the main thread has stood still for `limitMs`. */
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
    entered(info, subject = 0) {
      shared[1] = index.get(info.name) ?? -1;
      shared[3] = subject / 2 ** 32;
      shared[4] = subject;
    },
    left() {
      shared[3] = 0;
      shared[4] = 0;
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
  parentPort?.on('message', (list: string[]) => (names = list));
  const timer = setInterval(() => {
    const beat = Atomics.load(shared, 0);
    still = beat === seen && Atomics.load(shared, 2) === 0 ? still + 1 : 0;
    seen = beat;
    if (still < limit) return;
    clearInterval(timer);
    locate();
  }, tick);

  function report(file: string | null, line: number | null): void {
    const name = names[Atomics.load(shared, 1)] ?? null;
    const subject = Atomics.load(shared, 3) * 2 ** 32 + (Atomics.load(shared, 4) >>> 0);
    fs.writeSync(
      fd,
      `${JSON.stringify({ stuck: { function: name, subject, file, line, seconds: Math.round((limit * tick) / 1000) } })}\n`,
    );
  }

  function locate(): void {
    const fallback = setTimeout(() => report(null, null), 2000);
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
      // Without an inspector the name alone is reported, by the time limit above.
    }
  }
}
