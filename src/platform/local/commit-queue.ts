/**
 * Group commit on one SQLite file: all work that waits when the event-loop turn ends goes into one transaction, and the disk
 * is waited for beside the event loop.
 *
 * 1. Work runs synchronously. If one throws, the group is undone and run again with a SAVEPOINT round each, so that only its
 *    own writes are missing and only its promise rejects: `work` has no effect but on this file.
 * 2. COMMIT appends to the write-ahead log without waiting for the disk; the log is then flushed, one flush at a time, each for
 *    all that was committed before it began. What a flush has covered is as safe as SQLite's own `synchronous = FULL` makes
 *    it: after a power cut the log counts up to its last whole transaction.
 * 3. `run` resolves after the flush. `apply` resolves after COMMIT, for work that goes on from what it has written; whoever
 *    uses it tells nobody before `durable`.
 * 4. When SQLite gives up the whole transaction (disk full, IO error), all of the group fail with `STORE_UNAVAILABLE`.
 * 5. A failed COMMIT or flush leaves memory ahead of the disk: `onFatal` must end the process, and nothing is acknowledged.
 */
import type { Database, Statement } from 'better-sqlite3';
import { PlatformFault } from '../../domain/errors.ts';
import type { Log } from './sqlite.ts';

export interface Applied<Result> {
  readonly result: Result;
  readonly durable: Promise<void>;
}

interface Waiting {
  readonly work: () => unknown;
  readonly resolve: (value: Applied<unknown>) => void;
  readonly reject: (error: unknown) => void;
  result: unknown;
  failed: boolean;
}

export class CommitQueue {
  readonly #db: Database;
  readonly #log: Log;
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #rollback: Statement;
  readonly #savepoint: Statement;
  readonly #release: Statement;
  readonly #undo: Statement;
  readonly #onFatal: (error: unknown) => void;
  #waiting: Waiting[] = [];
  /** The flush under way, or the last one. */
  #flushing: Promise<void> = Promise.resolve();
  /** The flush that begins when that one has ended: for all that is committed until then. */
  #next: Promise<void> | null = null;
  #closed = false;

  constructor(db: Database, log: Log, onFatal: (error: unknown) => void) {
    this.#db = db;
    this.#log = log;
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#rollback = db.prepare('ROLLBACK');
    this.#savepoint = db.prepare('SAVEPOINT batch');
    this.#release = db.prepare('RELEASE batch');
    this.#undo = db.prepare('ROLLBACK TO batch');
    this.#onFatal = onFatal;
  }

  /** Runs `work` in the next transaction; resolves with its result once that is on the disk. */
  async run<Result>(work: () => Result): Promise<Result> {
    const { result, durable } = await this.apply(work);
    await durable;
    return result;
  }

  /** Runs `work` in the next transaction; resolves once that is committed, and says when it is on the disk. */
  apply<Result>(work: () => Result): Promise<Applied<Result>> {
    return new Promise<Applied<Result>>((resolve, reject) => {
      if (this.#closed) throw new PlatformFault('CLOSING', 'the store is closed');
      if (this.#waiting.length === 0) setImmediate(() => this.commit());
      this.#waiting.push({
        work,
        resolve: resolve as (value: Applied<unknown>) => void,
        reject,
        result: undefined,
        failed: false,
      });
    });
  }

  /** When everything committed so far is on the disk. */
  get durable(): Promise<void> {
    return this.#next ?? this.#flushing;
  }

  /** Commits what waits now. */
  commit(): void {
    const group = this.#waiting;
    if (group.length === 0) return;
    this.#waiting = [];
    let done: boolean;
    try {
      this.#begin.run();
      done = this.#all(group);
    } catch (error) {
      for (const item of group) item.reject(unavailable(error));
      return;
    }
    if (!done) {
      for (const item of group) {
        this.#one(item);
        if (this.#db.inTransaction) continue;
        for (const lost of group) lost.reject(unavailable(item.result));
        return;
      }
    }
    try {
      this.#commit.run();
    } catch (error) {
      this.#fatal(error);
      for (const item of group) item.reject(error);
      return;
    }
    const durable = this.#flush();
    for (const item of group) {
      if (item.failed) item.reject(item.result);
      else item.resolve({ result: item.result, durable });
    }
  }

  async close(): Promise<void> {
    this.commit();
    this.#closed = true;
    await this.durable;
    this.#log.close();
  }

  /** False when one of them threw: nothing is written then, and a new transaction is open. */
  #all(group: readonly Waiting[]): boolean {
    try {
      for (const item of group) item.result = item.work();
      return true;
    } catch {
      // Each is told its own error when it runs again.
      if (this.#db.inTransaction) this.#rollback.run();
      this.#begin.run();
      return false;
    }
  }

  #one(item: Waiting): void {
    this.#savepoint.run();
    try {
      item.result = item.work();
    } catch (error) {
      item.failed = true;
      item.result = error;
      if (!this.#db.inTransaction) return;
      this.#undo.run();
    }
    this.#release.run();
  }

  /** A flush that is under way may have begun before the last COMMIT: only the one after it covers that. */
  #flush(): Promise<void> {
    this.#next ??= this.#flushing.then(() => {
      this.#next = null;
      this.#flushing = this.#log.flush().catch((error: unknown) => this.#lost(error));
      return this.#flushing;
    });
    return this.#next;
  }

  #fatal(error: unknown): void {
    this.#closed = true;
    try {
      this.#rollback.run();
    } finally {
      this.#onFatal(error);
    }
  }

  #lost(error: unknown): never {
    this.#closed = true;
    this.#onFatal(error);
    throw error;
  }
}

/** Only the code of the driver's error: its text may quote a statement. */
function unavailable(error: unknown): PlatformFault {
  const { code } = error as { readonly code?: unknown };
  return new PlatformFault('STORE_UNAVAILABLE', typeof code === 'string' ? code : 'the file cannot be written');
}
