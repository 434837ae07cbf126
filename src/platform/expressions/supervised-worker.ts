/**
 * One worker thread under supervision: takes a call, gives an answer, a timeout or a death, and nothing else. After a
 * timeout or a death it is gone; the pool makes another.
 * 1. Time counts from when the worker is ready and has the call, never while it loads or waits.
 * 2. A late timer kills nobody who has answered: the answer is looked for once more before the end.
 * 3. A thread that got no processor for its time is given more, up to ten times: a busy machine fails no run.
 */
import { Worker } from 'node:worker_threads';
import { PROGRESS } from './protocol.ts';
import type { Answer, Call, WorkerSetup } from './protocol.ts';

export type Outcome =
  { readonly kind: 'answer'; readonly answer: Answer } | { readonly kind: 'timeout' | 'memory' | 'lost' };

export interface Limits {
  /** For one value, condition or item. */
  readonly stepMs: number;
  /** For a whole call, however many items. */
  readonly callMs: number;
  readonly heapMb: number;
}

export class SupervisedWorker {
  readonly #worker: Worker;
  readonly #limits: Limits;
  readonly #counter: Int32Array;
  readonly #ready: Promise<boolean>;
  #settle: ((outcome: Outcome) => void) | null = null;
  #dead = false;

  constructor(url: URL, limits: Limits) {
    this.#limits = limits;
    const progress = new SharedArrayBuffer(PROGRESS.bytes);
    this.#counter = new Int32Array(progress);
    const setup: WorkerSetup = { progress };
    this.#worker = new Worker(url, {
      workerData: setup,
      env: {},
      stdin: false,
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: limits.heapMb, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 },
    });
    // A thread that waits for work must not keep the process alive.
    this.#worker.unref();
    this.#ready = new Promise((resolve) => {
      this.#worker.once('message', () => resolve(true));
      this.#worker.once('exit', () => resolve(false));
      this.#worker.once('error', () => resolve(false));
    });
    this.#worker.on('error', (error: NodeJS.ErrnoException) =>
      this.#end(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'lost'),
    );
    this.#worker.on('exit', () => this.#end('lost'));
  }

  get dead(): boolean {
    return this.#dead;
  }

  async run(call: Call): Promise<Outcome> {
    this.#worker.ref();
    try {
      if (!(await this.#ready) || this.#dead) return { kind: 'lost' };
      return await this.#evaluate(call);
    } finally {
      this.#worker.unref();
    }
  }

  async close(): Promise<void> {
    this.#dead = true;
    await this.#worker.terminate();
  }

  #evaluate(call: Call): Promise<Outcome> {
    return new Promise((resolve) => {
      const started = performance.now();
      // The call itself counts as begun once.
      let seen = Atomics.load(this.#counter, PROGRESS.begun) + 1;
      let timer: NodeJS.Timeout;
      const settle = (outcome: Outcome): void => {
        if (this.#settle !== settle) return;
        this.#settle = null;
        clearTimeout(timer);
        this.#worker.off('message', onMessage);
        resolve(outcome);
      };
      const onMessage = (answer: Answer): void => settle({ kind: 'answer', answer });
      const { stepMs, callMs } = this.#limits;
      const look = async (): Promise<void> => {
        const now = Atomics.load(this.#counter, PROGRESS.begun);
        const elapsed = performance.now() - started;
        const goesOn = now !== seen && elapsed < callMs;
        const starved = !goesOn && elapsed < 10 * stepMs && (await this.#usedMs()) < stepMs / 2;
        if (this.#settle !== settle) return;
        if (goesOn || starved) {
          seen = now;
          timer = setTimeout(() => void look(), stepMs);
          return;
        }
        // Messages are read after timers: one more turn of the loop before the sentence.
        setImmediate(() =>
          setImmediate(() => {
            if (this.#settle !== settle) return;
            this.#dead = true;
            void this.#worker.terminate();
            settle({ kind: 'timeout' });
          }),
        );
      };
      this.#settle = settle;
      this.#worker.on('message', onMessage);
      timer = setTimeout(() => void look(), stepMs);
      this.#worker.postMessage(call);
    });
  }

  /** Processor time of the thread since it began the call or the item it is at. */
  async #usedMs(): Promise<number> {
    // Older Node 22 cannot tell: there the wall clock alone decides.
    if (typeof this.#worker.cpuUsage !== 'function') return Number.POSITIVE_INFINITY;
    try {
      const { user, system } = await this.#worker.cpuUsage();
      return ((user + system - Atomics.load(this.#counter, PROGRESS.cpu)) | 0) / 1_000;
    } catch {
      // The thread has ended meanwhile: its end is told by its own event.
      return 0;
    }
  }

  #end(kind: 'memory' | 'lost'): void {
    this.#dead = true;
    this.#settle?.({ kind });
  }
}
