/**
 * One heap for every timer of the hub, and one `setTimeout` for its earliest entry. Entries carry no payload.
 */

export interface TimerEntry {
  at: number;
  seq: number;
  n: number;
  g: number;
  i: number;
}

/** `setTimeout` takes at most 2^31-1 ms; a day is far enough to look again. */
const LONGEST_SLEEP = 86_400_000;

export class Timers {
  private readonly heap: TimerEntry[] = [];
  private readonly canceled = new Set<number>();
  private readonly now: () => number;
  private readonly fire: (entry: TimerEntry) => void;
  private handle: NodeJS.Timeout | undefined;
  private armedFor = Infinity;
  private stopped = false;

  constructor(now: () => number, fire: (entry: TimerEntry) => void) {
    this.now = now;
    this.fire = fire;
  }

  get size(): number {
    return this.heap.length;
  }

  add(entry: TimerEntry): void {
    this.heap.push(entry);
    this.up(this.heap.length - 1);
    if (entry.at < this.armedFor) this.arm();
  }

  /** Marks and, once half of the heap is marked, throws the marked ones out. */
  cancel(seq: number): void {
    this.canceled.add(seq);
    if (this.canceled.size < 64 || this.canceled.size * 2 < this.heap.length) return;
    const kept = this.heap.filter((entry) => !this.canceled.has(entry.seq));
    this.canceled.clear();
    this.heap.length = 0;
    for (const entry of kept) {
      this.heap.push(entry);
      this.up(this.heap.length - 1);
    }
    this.arm();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.handle);
  }

  private arm(): void {
    clearTimeout(this.handle);
    const first = this.heap[0];
    if (!first || this.stopped) {
      this.armedFor = Infinity;
      return;
    }
    this.armedFor = first.at;
    const wait = Math.min(Math.max(0, first.at - this.now()), LONGEST_SLEEP);
    this.handle = setTimeout(() => this.run(), wait);
  }

  private run(): void {
    const now = this.now();
    for (let first = this.heap[0]; first && first.at <= now; first = this.heap[0]) {
      this.pop();
      if (!this.canceled.delete(first.seq)) this.fire(first);
    }
    this.arm();
  }

  private pop(): void {
    const last = this.heap.pop() as TimerEntry;
    if (this.heap.length === 0) return;
    this.heap[0] = last;
    for (let at = 0; ;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.heap.length && before(this.heap[child] as TimerEntry, this.heap[least] as TimerEntry))
          least = child;
      }
      if (least === at) return;
      this.swap(at, least);
      at = least;
    }
  }

  private up(from: number): void {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!before(this.heap[at] as TimerEntry, this.heap[parent] as TimerEntry)) return;
      this.swap(at, parent);
      at = parent;
    }
  }

  private swap(a: number, b: number): void {
    const held = this.heap[a] as TimerEntry;
    this.heap[a] = this.heap[b] as TimerEntry;
    this.heap[b] = held;
  }
}

function before(a: TimerEntry, b: TimerEntry): boolean {
  return a.at < b.at || (a.at === b.at && a.seq < b.seq);
}
