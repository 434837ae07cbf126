/**
 * Virtual time for simulations: things happen in the order of their times, then of their scheduling; between two of them
 * every promise that can go on does. A second costs nothing, and the same seed gives the same order.
 */
import type { Clock } from '../../../src/ports/clock.ts';

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
  cancelled: boolean;
}

export const START = Date.parse('2026-11-21T10:00:00.000Z');

export class Scheduler implements Clock {
  #now = START;
  #order = 0;
  readonly #heap: Entry[] = [];

  get ms(): number {
    return this.#now;
  }

  now(): string {
    return new Date(this.#now).toISOString();
  }

  /** Returns a function that takes it back. */
  after(ms: number, act: () => void): () => void {
    const entry: Entry = { at: this.#now + Math.max(0, ms), order: this.#order++, act, cancelled: false };
    this.#push(entry);
    return () => {
      entry.cancelled = true;
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const stop = (): void => {
        takeBack();
        reject(signal?.reason as Error);
      };
      const takeBack = this.after(ms, () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      });
      signal?.addEventListener('abort', stop, { once: true });
    });
  }

  /** Runs until `done` says so; throws when nothing is left to happen, or after `limitMs` of virtual time. */
  async run(done: () => boolean, limitMs: number): Promise<void> {
    const end = this.#now + limitMs;
    await settle();
    while (!done()) {
      const entry = this.#pop();
      if (entry === undefined) throw new Error('nothing is left to happen');
      if (entry.cancelled) continue;
      if (entry.at > end) throw new Error(`not done after ${limitMs} ms of virtual time`);
      this.#now = entry.at;
      entry.act();
      await settle();
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    heap.push(entry);
    for (let at = heap.length - 1; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!isBefore(heap[at] as Entry, heap[parent] as Entry)) return;
      [heap[at], heap[parent]] = [heap[parent] as Entry, heap[at] as Entry];
      at = parent;
    }
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let at = 0; ;) {
      const left = at * 2 + 1;
      if (left >= heap.length) return first;
      const right = left + 1;
      const least = right < heap.length && isBefore(heap[right] as Entry, heap[left] as Entry) ? right : left;
      if (!isBefore(heap[least] as Entry, heap[at] as Entry)) return first;
      [heap[at], heap[least]] = [heap[least] as Entry, heap[at] as Entry];
      at = least;
    }
  }
}

const isBefore = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
