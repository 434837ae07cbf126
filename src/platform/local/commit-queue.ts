/**
 * Group commit on one SQLite file: all work that waits when the event-loop turn ends goes into one transaction.
 *
 * 1. Work runs synchronously inside a SAVEPOINT; if it throws, only its own writes are undone and only its promise rejects.
 * 2. A promise resolves after COMMIT has returned, so what was acknowledged is as durable as the file's `synchronous`.
 * 3. When SQLite gives up the whole transaction (disk full, IO error), all of the group fail with `STORE_UNAVAILABLE`.
 * 4. A failed COMMIT leaves memory ahead of the disk: `onFatal` must end the process, and nothing is acknowledged.
 */
import type { Database, Statement } from 'better-sqlite3';
import { PlatformFault } from '../../domain/errors.ts';

interface Waiting {
  readonly work: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  result: unknown;
  failed: boolean;
}

export class CommitQueue {
  readonly #db: Database;
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #rollback: Statement;
  readonly #savepoint: Statement;
  readonly #release: Statement;
  readonly #undo: Statement;
  readonly #onFatal: (error: unknown) => void;
  #waiting: Waiting[] = [];
  #closed = false;

  constructor(db: Database, onFatal: (error: unknown) => void) {
    this.#db = db;
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#rollback = db.prepare('ROLLBACK');
    this.#savepoint = db.prepare('SAVEPOINT batch');
    this.#release = db.prepare('RELEASE batch');
    this.#undo = db.prepare('ROLLBACK TO batch');
    this.#onFatal = onFatal;
  }

  /** Runs `work` in the next transaction; resolves with its result once that is committed. */
  run<Result>(work: () => Result): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      if (this.#closed) throw new Error('the store is closed');
      if (this.#waiting.length === 0) setImmediate(() => this.flush());
      this.#waiting.push({
        work,
        resolve: resolve as (value: unknown) => void,
        reject,
        result: undefined,
        failed: false,
      });
    });
  }

  /** Commits what waits now. */
  flush(): void {
    const group = this.#waiting;
    if (group.length === 0) return;
    this.#waiting = [];
    try {
      this.#begin.run();
    } catch (error) {
      for (const item of group) item.reject(unavailable(error));
      return;
    }
    for (const item of group) {
      this.#one(item);
      if (this.#db.inTransaction) continue;
      for (const lost of group) lost.reject(unavailable(item.result));
      return;
    }
    try {
      this.#commit.run();
    } catch (error) {
      this.#fatal(error);
      for (const item of group) item.reject(error);
      return;
    }
    for (const item of group) {
      if (item.failed) item.reject(item.result);
      else item.resolve(item.result);
    }
  }

  close(): void {
    this.flush();
    this.#closed = true;
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

  #fatal(error: unknown): void {
    this.#closed = true;
    try {
      this.#rollback.run();
    } finally {
      this.#onFatal(error);
    }
  }
}

/** Only the code of the driver's error: its text may quote a statement. */
function unavailable(error: unknown): PlatformFault {
  const { code } = error as { readonly code?: unknown };
  return new PlatformFault('STORE_UNAVAILABLE', typeof code === 'string' ? code : 'the file cannot be written');
}
