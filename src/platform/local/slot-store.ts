/** Concurrency slots in `records.db`: one small document per limited key, replaced under its version. */
import type { Database } from 'better-sqlite3';
import type { SlotDocument } from '../../domain/run/slots.ts';
import type { SlotStore } from '../../ports/slot-store.ts';
import type { CommitQueue } from './commit-queue.ts';

interface SlotRow {
  readonly version: number;
  readonly body: string;
}

export function localSlotStore(db: Database, queue: CommitQueue): SlotStore {
  const find = db.prepare<[string, string], SlotRow>('SELECT version, body FROM slots WHERE tenant = ? AND key = ?');
  const insert = db.prepare<[string, string, string]>(
    'INSERT INTO slots(tenant, key, version, body) VALUES(?, ?, 1, ?) ON CONFLICT DO NOTHING',
  );
  const replace = db.prepare<[string, string, string, number]>(
    'UPDATE slots SET body = ?, version = version + 1 WHERE tenant = ? AND key = ? AND version = ?',
  );
  return {
    read(tenant, key) {
      const row = find.get(tenant, key);
      const found = row === undefined ? null : { document: read(row.body), etag: String(row.version) };
      return Promise.resolve(found);
    },
    write(tenant, key, etag, document) {
      const body = JSON.stringify(document);
      return queue.run(() => {
        const done = etag === null ? insert.run(tenant, key, body) : replace.run(body, tenant, key, Number(etag));
        return done.changes === 1 ? 'written' : 'conflict';
      });
    },
  };
}

const read = (body: string): SlotDocument => JSON.parse(body) as SlotDocument;
