/**
 * The hub's file: SQLite, one writer, one transaction for everything that an event-loop turn wants written.
 * It knows rows and order, nothing of what they mean.
 *
 * 1. `write` only remembers; `flush` runs what was remembered in one transaction, then calls what waited for it.
 * 2. What waits for a commit (dispatching work, answering a caller) is never called when the commit failed: memory is
 *    then ahead of the disk, and `onFatal` must end the process.
 * 3. A read sees every write that was asked for before it.
 */
import Database from 'better-sqlite3';
import { chmodSync, closeSync, openSync } from 'node:fs';

const SCHEMA = `
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS instances(
  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, version TEXT, exec TEXT NOT NULL, gen INTEGER NOT NULL,
  status TEXT NOT NULL, fresh INTEGER NOT NULL, input TEXT, output TEXT, custom TEXT,
  created INTEGER NOT NULL, updated INTEGER NOT NULL, parent TEXT);
CREATE INDEX IF NOT EXISTS instances_fresh ON instances(n) WHERE fresh = 1;
CREATE TABLE IF NOT EXISTS history(n INTEGER NOT NULL, ep INTEGER NOT NULL, data TEXT NOT NULL, PRIMARY KEY(n, ep)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS queue(seq INTEGER PRIMARY KEY, n INTEGER NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL, data TEXT NOT NULL);
`;
const SCHEMA_VERSION = '1';
/** A killed host lets go at once; one that stops needs a moment. */
const LOCK_WAIT_MS = 1500;

export interface StoreOptions {
  file: string;
  durability: 'FULL' | 'NORMAL';
  /** Must not return: the disk no longer follows. */
  onFatal: (error: unknown) => void;
}

export class Store {
  readonly db: Database.Database;
  private readonly onFatal: (error: unknown) => void;
  private readonly begin: Database.Statement;
  private readonly commit: Database.Statement;
  private ops: (() => void)[] = [];
  private after: (() => void)[] = [];
  private scheduled = false;
  private closed = false;

  constructor(options: StoreOptions) {
    this.onFatal = options.onFatal;
    // Created here first, so that no moment exists in which other users may read it; SQLite's log takes the same mode.
    closeSync(openSync(options.file, 'a', 0o600));
    chmodSync(options.file, 0o600);
    this.db = new Database(options.file, { timeout: LOCK_WAIT_MS });
    this.db.pragma('locking_mode = EXCLUSIVE');
    try {
      this.db.pragma('journal_mode = WAL');
      this.db.exec('BEGIN IMMEDIATE; COMMIT');
    } catch (error) {
      this.db.close();
      throw unusable(options.file, error);
    }
    this.db.pragma(`synchronous = ${options.durability}`);
    this.db.pragma('cache_size = -16384');
    this.db.exec(SCHEMA);
    const version = this.db.prepare("SELECT value FROM meta WHERE key = 'schema'").pluck().get();
    if (version === undefined) this.db.prepare("INSERT INTO meta VALUES('schema', ?)").run(SCHEMA_VERSION);
    else if (version !== SCHEMA_VERSION)
      throw new Error(`The hub file has schema ${String(version)}, this host writes ${SCHEMA_VERSION}.`);
    this.begin = this.db.prepare('BEGIN IMMEDIATE');
    this.commit = this.db.prepare('COMMIT');
  }

  /** Runs `op` inside the next transaction, then `after` once it is committed. */
  write(op: () => void, after?: () => void): void {
    this.ops.push(op);
    if (after) this.after.push(after);
    this.flushSoon();
  }

  /** Calls `fn` when everything written so far is committed. */
  afterCommit(fn: () => void): void {
    if (this.ops.length === 0 && this.after.length === 0) {
      fn();
      return;
    }
    this.after.push(fn);
    this.flushSoon();
  }

  /** Resolves when everything written so far is committed. */
  committed(): Promise<void> {
    return new Promise((resolve) => this.afterCommit(resolve));
  }

  read<T>(fn: (db: Database.Database) => T): T {
    this.flush();
    return fn(this.db);
  }

  flush(): void {
    this.scheduled = false;
    if (this.ops.length > 0) {
      const ops = this.ops;
      this.ops = [];
      try {
        this.begin.run();
        for (const op of ops) op();
        this.commit.run();
      } catch (error) {
        this.onFatal(error);
        throw error;
      }
    }
    const after = this.after;
    this.after = [];
    for (const fn of after) fn();
  }

  get isClosed(): boolean {
    return this.closed;
  }

  close(): void {
    if (this.closed) return;
    this.flush();
    this.closed = true;
    this.db.close();
  }

  private flushSoon(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    // Replays are promises without IO: what this turn begins ends before the next one and joins the transaction.
    setImmediate(() => {
      if (this.scheduled && !this.closed) this.flush();
    });
  }
}

function unusable(file: string, cause: unknown): unknown {
  const { code = '' } = cause as { code?: string };
  if (code === 'SQLITE_BUSY')
    return new Error(`Another host uses ${file}; stop it, or name another data folder.`, { cause });
  if (code.startsWith('SQLITE_NOTADB') || code.startsWith('SQLITE_CORRUPT'))
    return new Error(`${file} is damaged (${code}); move it away to begin with an empty hub.`, { cause });
  return cause;
}
