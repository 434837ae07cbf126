/**
 * Opens one SQLite file the way every local store needs it: a log that can be flushed by itself, deletes that leave nothing. Never
 * locked for one process: the Functions host may leave a worker running beside the next one for as long as it runs itself.
 */
import Sqlite, { type Database } from 'better-sqlite3';
import { chmodSync, closeSync, fdatasync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import { PlatformFault } from '../../domain/errors.ts';

/** FULL: what was acknowledged survives a power cut. NORMAL: the end of a killed process only. */
export type Durability = 'FULL' | 'NORMAL';

/** The file is in another process's hands; trying again may help. */
export class FileHeld extends PlatformFault {
  constructor() {
    super('STORE_UNAVAILABLE', 'another process holds the data folder');
  }
}

export interface OpenFile {
  readonly file: string;
  /** The schema, idempotent; changed only together with `version`. */
  readonly schema: string;
  readonly version: number;
  /** What makes a file of an earlier version one of this, by that version; run after the schema, in its transaction. */
  readonly upgrades?: Readonly<Record<number, string>>;
  /** How long to wait, blocking, for another process to let go. */
  readonly waitMs: number;
}

export function openSqlite(options: OpenFile): Database {
  // Created by us first, so that no moment exists in which others may read it.
  closeSync(openSync(options.file, 'a', 0o600));
  chmodSync(options.file, 0o600);
  const db = new Sqlite(options.file, { timeout: options.waitMs });
  try {
    // Measured: with pages of 8 KiB a lone commit of ten steps writes 74 KiB instead of 37 before it is flushed. A longer
    // log means that a page is copied back less often.
    db.pragma('page_size = 4096');
    db.pragma('journal_mode = WAL');
    db.pragma('wal_autocheckpoint = 4000');
    db.pragma('cache_size = -32768');
    // What a SAVEPOINT may have to undo, ten pages a commit: otherwise written to a temporary file outside the folder.
    db.pragma('temp_store = MEMORY');
    // The log is flushed by `Log`, before anybody is answered.
    db.pragma('synchronous = NORMAL');
    db.pragma('secure_delete = ON');
    db.pragma('foreign_keys = OFF');
    prepare(db, options);
  } catch (error) {
    db.close();
    if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) throw new FileHeld();
    throw error;
  }
  return db;
}

/** Two processes may open a file at once: the second one finds it prepared. */
function prepare(db: Database, { schema, version, upgrades = {} }: OpenFile): void {
  db.exec('BEGIN IMMEDIATE');
  const found = db.pragma('user_version', { simple: true }) as number;
  const upgrade = found === 0 || found === version ? '' : upgrades[found];
  if (upgrade === undefined)
    throw new PlatformFault('STORE_UNAVAILABLE', `the data folder has schema ${found}, this release ${version}`);
  db.exec(`${schema} ${upgrade} PRAGMA user_version = ${version}; COMMIT;`);
}

/** The write-ahead log, opened once more so that it is flushed while the event loop goes on. */
export interface Log {
  flush(): Promise<void>;
  close(): void;
}

const flushToDisk = promisify(fdatasync);

export function openLog(db: Database, durability: Durability): Log {
  if (durability === 'NORMAL') return { flush: () => Promise.resolve(), close: () => undefined };
  const log = openSync(`${db.name}-wal`, 'r+');
  return { flush: () => flushToDisk(log), close: () => closeSync(log) };
}

/** Every stored byte that a delete left behind, out of the write-ahead log and the file. */
export function truncateLog(db: Database): void {
  const [result] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
  if (result?.busy !== 0) throw new PlatformFault('STORE_UNAVAILABLE', 'the write-ahead log could not be truncated');
}
