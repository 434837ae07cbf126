/**
 * The instances in memory, least recently used first out. Only idle ones are dropped; a waiting instance therefore costs
 * its rows on disk and an entry in the timer heap, no more.
 */
import { Live } from './live.ts';
import type { InstanceRow } from './records.ts';
import type { Tables } from './tables.ts';

const CAPACITY = 512;

export class Cache {
  private readonly byN = new Map<number, Live>();
  private readonly byId = new Map<string, Live>();
  private readonly tables: Tables;

  /** Deleted, but still in the file until the next commit: must not be found there. */
  private readonly gone = new Set<number>();

  /** Reads without a flush: what has unwritten changes is never dropped, so what is not here is on disk as it is. */
  constructor(tables: Tables) {
    this.tables = tables;
  }

  get size(): number {
    return this.byN.size;
  }

  add(row: InstanceRow): Live {
    const live = new Live(row);
    this.byN.set(row.n, live);
    this.byId.set(row.id, live);
    return live;
  }

  private drop(live: Live): void {
    this.byN.delete(live.row.n);
    if (this.byId.get(live.row.id) === live) this.byId.delete(live.row.id);
  }

  get(n: number): Live | undefined {
    const live = this.byN.get(n);
    if (live) {
      this.byN.delete(n); // to the young end
      this.byN.set(n, live);
      return live;
    }
    if (this.gone.has(n)) return undefined;
    const row = this.tables.instanceByN(n);
    return row && this.add(row);
  }

  find(id: string): Live | undefined {
    const live = this.byId.get(id);
    if (live) return live;
    const row = this.tables.instanceById(id);
    return row && !this.gone.has(row.n) ? this.add(row) : undefined;
  }

  /** For an instance that is being deleted; answers what to call once that is committed. */
  bury(live: Live): () => void {
    const { n } = live.row;
    this.drop(live);
    this.gone.add(n);
    return () => this.gone.delete(n);
  }

  /** Called between turns; looks at a few of the oldest only. */
  trim(): void {
    let looked = 0;
    for (const live of this.byN.values()) {
      if (this.byN.size <= CAPACITY || looked > 64) return;
      looked += 1;
      if (live.idle) this.drop(live);
      else {
        this.byN.delete(live.row.n); // looked at: to the young end, or the next pass would look at it again
        this.byN.set(live.row.n, live);
      }
    }
  }
}
