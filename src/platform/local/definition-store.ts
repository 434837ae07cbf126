/**
 * Definitions in `records.db`: immutable versions, and the alias that says which one is active. One publish is one batch:
 * all or nothing, within the limits of one Cosmos batch (a changed document is written twice: as version and as alias).
 */
import type { Database } from 'better-sqlite3';
import { PlatformFault } from '../../domain/errors.ts';
import { principalId } from '../../domain/ids.ts';
import { frozenJson, type JsonObject } from '../../domain/json.ts';
import { VersionChanged } from '../../ports/definition-store.ts';
import type { DefinitionKind, DefinitionStore, DefinitionVersion } from '../../ports/definition-store.ts';
import { BoundedCache } from '../../domain/expression/cache.ts';
import type { Cursors } from '../common/cursor.ts';
import { LIMITS } from '../common/run-batch.ts';
import type { CommitQueue } from './commit-queue.ts';
import { pageSize } from '../common/paging.ts';

interface VersionRow {
  readonly kind: DefinitionKind;
  readonly id: string;
  readonly version: number;
  readonly digest: string;
  readonly document: string;
  readonly published_by: string;
  readonly published_at: string;
}

const toVersion = (row: VersionRow): DefinitionVersion => ({
  kind: row.kind,
  id: row.id,
  version: row.version,
  digest: row.digest,
  document: JSON.parse(row.document) as JsonObject,
  publishedBy: principalId(row.published_by),
  publishedAt: row.published_at,
});

const COLUMNS = 'd.kind, d.id, d.version, d.digest, d.document, d.published_by, d.published_at';

/** Parsed versions kept: they never change. */
const KEPT = 256;

function statements(db: Database) {
  return {
    active: db.prepare<[string, string, string], Pick<VersionRow, 'version' | 'digest'>>(
      `SELECT d.version, d.digest FROM aliases a JOIN definitions d USING(tenant, kind, id, version)
       WHERE a.tenant = ? AND a.kind = ? AND a.id = ?`,
    ),
    alias: db
      .prepare<[string, string, string], number>('SELECT version FROM aliases WHERE tenant = ? AND kind = ? AND id = ?')
      .pluck(),
    newest: db
      .prepare<[string, string, string], number | null>(
        'SELECT max(version) FROM definitions WHERE tenant = ? AND kind = ? AND id = ?',
      )
      .pluck(),
    version: db.prepare<[string, string, string, number], VersionRow>(
      `SELECT ${COLUMNS} FROM definitions d WHERE tenant = ? AND kind = ? AND id = ? AND version = ?`,
    ),
    versions: db.prepare<[string, string, string, number, number], VersionRow>(
      `SELECT ${COLUMNS} FROM definitions d WHERE tenant = ? AND kind = ? AND id = ? AND version < ?
       ORDER BY version DESC LIMIT ?`,
    ),
    list: db.prepare<[string, string, string, number], VersionRow>(
      `SELECT ${COLUMNS} FROM aliases a JOIN definitions d USING(tenant, kind, id, version)
       WHERE a.tenant = ? AND a.kind = ? AND a.id > ? ORDER BY a.id LIMIT ?`,
    ),
    insert: db.prepare<unknown[]>(
      `INSERT INTO definitions(tenant, kind, id, version, digest, document, published_by, published_at)
       VALUES(?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    point: db.prepare<[string, string, string, number]>(
      'INSERT OR REPLACE INTO aliases(tenant, kind, id, version) VALUES(?, ?, ?, ?)',
    ),
    retire: db.prepare<[string, string, string]>('DELETE FROM aliases WHERE tenant = ? AND kind = ? AND id = ?'),
  };
}

export function localDefinitionStore(db: Database, queue: CommitQueue, cursors: Cursors): DefinitionStore {
  const sql = statements(db);
  const kept = new BoundedCache<string, DefinitionVersion>(KEPT);

  /** Never within a transaction: what that wrote may be taken back. */
  function read(tenant: string, kind: string, id: string, version: number): DefinitionVersion | null {
    const key = [tenant, kind, id, version].join('\n');
    const known = kept.get(key);
    if (known !== undefined) return known;
    const row = sql.version.get(tenant, kind, id, version);
    if (row === undefined) return null;
    const found = Object.freeze(toVersion(row));
    frozenJson(found.document);
    kept.set(key, found);
    return found;
  }

  return {
    publish(tenant, documents, by, at) {
      return queue.run(() => {
        let operations = 0;
        let bytes = 0;
        return documents.map(({ kind, id, digest, document, replaces }) => {
          const active = sql.active.get(tenant, kind, id);
          if (replaces !== undefined && active?.digest !== replaces) throw new VersionChanged(kind, id);
          if (active?.digest === digest) return { kind, id, version: active.version, outcome: 'unchanged' as const };
          const newest = sql.newest.get(tenant, kind, id) ?? null;
          const version = (newest ?? 0) + 1;
          const text = JSON.stringify(document);
          operations += 2;
          bytes += 2 * Buffer.byteLength(text);
          if (operations > LIMITS.operations || bytes > LIMITS.bytes)
            throw new PlatformFault(
              'LIMIT',
              `publish at most ${LIMITS.operations / 2} changed documents and 1 MB at once`,
            );
          sql.insert.run(tenant, kind, id, version, digest, text, by, at);
          sql.point.run(tenant, kind, id, version);
          return { kind, id, version, outcome: newest === null ? ('created' as const) : ('updated' as const) };
        });
      });
    },

    async active(tenant, kind, id) {
      const version = sql.alias.get(tenant, kind, id);
      return version === undefined ? null : read(tenant, kind, id, version);
    },

    async version(tenant, kind, id, version) {
      return read(tenant, kind, id, version);
    },

    async versions(tenant, kind, id, limit, cursor) {
      const query = { list: 'versions', kind, id };
      const before =
        cursor === null ? Number.MAX_SAFE_INTEGER : Number((await cursors.read(tenant, query, cursor, 1))[0]);
      const size = pageSize(limit);
      const rows = sql.versions.all(tenant, kind, id, before, size + 1);
      const items = rows.slice(0, size).map(toVersion);
      const last = items.at(-1);
      return {
        items,
        cursor:
          rows.length > size && last !== undefined ? await cursors.write(tenant, query, [String(last.version)]) : null,
      };
    },

    async list(tenant, kind, limit, cursor) {
      const query = { list: 'definitions', kind };
      const after = cursor === null ? '' : ((await cursors.read(tenant, query, cursor, 1))[0] as string);
      const size = pageSize(limit);
      const rows = sql.list.all(tenant, kind, after, size + 1);
      const items = rows.slice(0, size).map(toVersion);
      const last = items.at(-1);
      return {
        items,
        cursor: rows.length > size && last !== undefined ? await cursors.write(tenant, query, [last.id]) : null,
      };
    },

    retire(tenant, kind, id, expected) {
      return queue.run(() => {
        if (expected !== undefined && sql.active.get(tenant, kind, id)?.digest !== expected)
          throw new VersionChanged(kind, id);
        return sql.retire.run(tenant, kind, id).changes > 0;
      });
    },
  };
}
