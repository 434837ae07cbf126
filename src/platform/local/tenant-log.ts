/** Tenant chains in `records.db`. Entries that wait together are committed together; the chain is made inside the commit. */
import type { Database } from 'better-sqlite3';
import type { TenantLog, TenantLogEntry } from '../../ports/tenant-log.ts';
import { nextEntry } from '../common/tenant-chain.ts';
import type { CommitQueue } from './commit-queue.ts';

export function localTenantLog(db: Database, queue: CommitQueue): TenantLog {
  const last = db
    .prepare<[string], string>('SELECT body FROM tenant_log WHERE tenant = ? ORDER BY seq DESC LIMIT 1')
    .pluck();
  const insert = db.prepare<[string, number, string]>('INSERT INTO tenant_log(tenant, seq, body) VALUES(?, ?, ?)');
  const from = db
    .prepare<[string, number, number], string>(
      'SELECT body FROM tenant_log WHERE tenant = ? AND seq >= ? ORDER BY seq LIMIT ?',
    )
    .pluck();
  return {
    append(tenant, entry) {
      return queue.run(() => {
        const before = last.get(tenant);
        const next = nextEntry(before === undefined ? null : (JSON.parse(before) as TenantLogEntry), entry);
        insert.run(tenant, next.seq, JSON.stringify(next));
        return next;
      });
    },
    async read(tenant, fromSeq, limit) {
      return from.all(tenant, fromSeq, limit).map((body) => JSON.parse(body) as TenantLogEntry);
    },
  };
}
