/**
 * Wrapped keys in `keys.db`, apart from the data. Deletes overwrite what they delete, and the write-ahead log is truncated
 * before a destruction is acknowledged; so no byte of a destroyed key is left in any file of the folder.
 */
import type { Database } from 'better-sqlite3';
import type { TenantId } from '../../domain/ids.ts';
import type { KeyName, StoredKey, WrappedKey, WrappedKeyStore } from '../common/wrapped-keys.ts';
import type { CommitQueue } from './commit-queue.ts';
import { truncateLog } from './sqlite.ts';

export const KEYS_VERSION = 1;
export const KEYS_SCHEMA = `
CREATE TABLE IF NOT EXISTS keys(
  tenant TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, wrapped_by INTEGER NOT NULL, wrapped BLOB,
  etag INTEGER NOT NULL, PRIMARY KEY(tenant, name)) WITHOUT ROWID;
`;

interface KeyRow {
  readonly version: number;
  readonly wrapped_by: number;
  readonly wrapped: Buffer | null;
  readonly etag: number;
}

export function localKeyStore(db: Database, queue: CommitQueue): WrappedKeyStore {
  const read = db.prepare<[string, string], KeyRow>(
    'SELECT version, wrapped_by, wrapped, etag FROM keys WHERE tenant = ? AND name = ?',
  );
  const create = db.prepare<[string, string, number, number, Uint8Array | null]>(
    'INSERT INTO keys(tenant, name, version, wrapped_by, wrapped, etag) VALUES(?, ?, ?, ?, ?, 1) ON CONFLICT DO NOTHING',
  );
  const replace = db.prepare<[number, number, Uint8Array | null, string, string, number]>(
    `UPDATE keys SET version = ?, wrapped_by = ?, wrapped = ?, etag = etag + 1
     WHERE tenant = ? AND name = ? AND etag = ? AND wrapped IS NOT NULL`,
  );
  const bury = db.prepare<[string, string]>(
    `INSERT INTO keys(tenant, name, version, wrapped_by, wrapped, etag) VALUES(?, ?, 0, 0, NULL, 1)
     ON CONFLICT DO UPDATE SET wrapped = NULL, etag = etag + 1`,
  );
  const names = db
    .prepare<[string, string, number], string>(
      'SELECT name FROM keys WHERE tenant = ? AND name > ? AND wrapped IS NOT NULL ORDER BY name LIMIT ?',
    )
    .pluck();

  let truncation: Promise<void> | null = null;
  /** Destructions that wait together share one truncation, made after all their commits. */
  const truncate = (): Promise<void> => {
    truncation ??= new Promise<void>((resolve, reject) => {
      setImmediate(() => {
        truncation = null;
        try {
          queue.commit();
          truncateLog(db);
          resolve();
        } catch (error) {
          reject(error);
        }
      });
    });
    return truncation;
  };

  return {
    async read(tenant: TenantId, name: KeyName): Promise<StoredKey | null> {
      const row = read.get(tenant, name);
      if (row === undefined) return null;
      return { version: row.version, wrappedBy: row.wrapped_by, wrapped: row.wrapped, etag: String(row.etag) };
    },
    create(tenant: TenantId, name: KeyName, key: WrappedKey) {
      return queue.run(() =>
        create.run(tenant, name, key.version, key.wrappedBy, key.wrapped).changes > 0 ? 'created' : 'exists',
      );
    },
    replace(tenant, name, etag, key) {
      return queue.run(() =>
        replace.run(key.version, key.wrappedBy, key.wrapped, tenant, name, Number(etag)).changes > 0
          ? 'replaced'
          : 'conflict',
      );
    },
    async destroy(tenant, all) {
      await queue.run(() => {
        for (const name of all) bury.run(tenant, name);
      });
      await truncate();
    },
    async names(tenant, at, limit) {
      const found = names.all(tenant, at, limit);
      return { names: found, next: found.length < limit ? null : (found.at(-1) ?? null) };
    },
  };
}
