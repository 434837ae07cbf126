/**
 * Runs in `records.db`: the head under its etag, its documents, its chain, and the indexes that listings and the sweep need,
 * all changed by one batch.
 *
 * 1. A batch is one SAVEPOINT of one grouped transaction; a conflict writes nothing.
 * 2. Reads see committed state only, because the queue begins and ends its transaction without yielding. Heads, the chain and
 *    listings are given when they are on the disk; documents are told of by heads only, and given at once.
 * 3. Etags are never repeated, by no run and no process.
 * 4. The memory of parsed heads is valid only for the etag that the file holds at the moment of the read.
 */
import type { Database } from 'better-sqlite3';
import { randomBytes } from 'node:crypto';
import { runId, tenantId, type RunScope } from '../../domain/ids.ts';
import type { AuditRecord, RunDocument } from '../../domain/run/documents.ts';
import type { Head } from '../../domain/run/head.ts';
import type { Cursors } from '../common/cursor.ts';
import { kindOf, writeBatch, type WrittenBatch } from '../common/run-batch.ts';
import type { Live, RunBatch, RunStore, StoredHead } from '../../ports/run-store.ts';
import type { CommitQueue } from './commit-queue.ts';
import { listOpenRequests, listRuns } from './run-listings.ts';
import { Listings, runStatements, type RunStatements } from './run-statements.ts';

/** Parsed heads kept: enough for the runs that move at the same time. */
const REMEMBERED = 256;

interface Remembered extends StoredHead {
  readonly durable: Promise<void>;
}

export function localRunStore(db: Database, queue: CommitQueue, cursors: Cursors): RunStore {
  const sql = runStatements(db);
  const listings = new Listings(db);
  const remembered = new Map<string, Remembered>();
  const process = randomBytes(6).toString('base64url');
  let count = 0;

  const remember = (scope: RunScope, stored: Remembered): void => {
    const key = `${scope.tenant}\n${scope.run}`;
    remembered.delete(key);
    remembered.set(key, stored);
    if (remembered.size > REMEMBERED) remembered.delete(remembered.keys().next().value as string);
  };

  const newEtag = (): string => `${process}.${++count}`;

  const numberOf = (scope: RunScope): number | null => sql.key.get(scope.tenant, scope.run)?.n ?? null;

  const store: RunStore = {
    async create(scope, batch) {
      const written = writeBatch(scope, batch);
      const etag = newEtag();
      const { result, durable } = await queue.apply(() => {
        if (sql.key.get(scope.tenant, scope.run) !== undefined) return 'exists';
        const { lastInsertRowid } = sql.insertHead.run(
          scope.tenant,
          scope.run,
          etag,
          batch.head.state,
          batch.head.workflow,
          batch.head.businessKey,
          batch.head.createdAt,
          batch.head.nextDue,
          written.head,
        );
        writeRest(sql, scope, Number(lastInsertRowid), batch, written);
        return 'created';
      });
      if (result === 'created') remember(scope, { head: Object.freeze(batch.head), etag, durable });
      await durable;
      return result;
    },

    async commit(scope, etag, batch) {
      const written = writeBatch(scope, batch);
      const next = newEtag();
      const { result: done, durable } = await queue.apply(() => {
        const key = sql.key.get(scope.tenant, scope.run);
        if (key === undefined || key.etag !== etag) return false;
        const { state, nextDue, businessKey } = batch.head;
        if (key.state !== state || key.business_key !== businessKey)
          sql.bodyAndAll.run(next, written.head, nextDue, state, businessKey, key.n);
        else if (key.next_due !== nextDue) sql.bodyAndDue.run(next, written.head, nextDue, key.n);
        else sql.bodyOnly.run(next, written.head, key.n);
        writeRest(sql, scope, key.n, batch, written);
        return true;
      });
      if (!done) return 'conflict';
      remember(scope, { head: Object.freeze(batch.head), etag: next, durable });
      return { etag: next, durable };
    },

    async readHead(scope) {
      const key = sql.key.get(scope.tenant, scope.run);
      if (key === undefined) return null;
      const known = remembered.get(`${scope.tenant}\n${scope.run}`);
      const stored =
        known?.etag === key.etag
          ? known
          : {
              head: JSON.parse(sql.body.get(scope.tenant, scope.run) as string) as Head,
              etag: key.etag,
              durable: queue.durable,
            };
      if (stored !== known) remember(scope, stored);
      await stored.durable;
      return stored;
    },

    async readDocument(scope, kind, id) {
      const [document] = await store.readDocuments(scope, kind, [id]);
      return document ?? null;
    },

    async readDocuments<Kind extends RunDocument['kind']>(scope: RunScope, kind: Kind, ids: readonly string[]) {
      const n = numberOf(scope);
      if (n === null) return [];
      return ids
        .filter((id) => kindOf(id) === kind)
        .map((id) => sql.document.get(n, id))
        .filter((body) => body !== undefined)
        .map((body) => JSON.parse(body) as Extract<RunDocument, { kind: Kind }>);
    },

    async listDocuments<Kind extends RunDocument['kind']>(scope: RunScope, kind: Kind) {
      const n = numberOf(scope);
      if (n === null) return [];
      return sql.documentsOfKind
        .all(n, kind, `${kind}~`, `${kind}\u007f`)
        .map((body) => JSON.parse(body) as Extract<RunDocument, { kind: Kind }>);
    },

    async readAudit(scope, fromSeq, limit) {
      const n = numberOf(scope);
      if (n === null) return [];
      const records = sql.auditFrom.all(n, fromSeq, limit).map((body) => JSON.parse(body) as AuditRecord);
      await queue.durable;
      return records;
    },

    async listRuns(tenant, filter, limit, cursor) {
      const page = await listRuns(listings, cursors, tenant, filter, limit, cursor);
      await queue.durable;
      return page;
    },

    async listOpenRequests(tenant, limit, cursor) {
      const page = await listOpenRequests(listings, cursors, tenant, limit, cursor);
      await queue.durable;
      return page;
    },

    async listDue(now, limit) {
      return sql.due.all(now, limit).map((row) => ({ tenant: tenantId(row.tenant), run: runId(row.run) }));
    },

    async writeLive(scope, live) {
      const { step, fence, beatAt, percent } = live;
      const body = JSON.stringify({ step, fence, beatAt, percent });
      await queue.run(() => void sql.writeLive.run(scope.tenant, scope.run, step, body));
    },

    async readLive(scope, step) {
      const body = sql.readLive.get(scope.tenant, scope.run, step);
      return body === undefined ? null : (JSON.parse(body) as Live);
    },
  };
  return store;
}

/** Everything of a batch but its head. A sequence number that is taken makes the whole batch fail. */
function writeRest(sql: RunStatements, scope: RunScope, n: number, batch: RunBatch, written: WrittenBatch): void {
  sql.putAudit.run(n, batch.audit.seq, written.audit);
  for (const { id, text } of written.put) sql.putDocument.run(n, id, text);
  for (const document of batch.put) {
    if (document.kind !== 'request') continue;
    if (document.state === 'OPEN')
      sql.openRequest.run(scope.tenant, document.dueAt ?? NO_DEADLINE, scope.run, document.id);
    else sql.closeRequest.run(scope.tenant, scope.run, document.id);
  }
  for (const id of batch.remove) {
    sql.removeDocument.run(n, id);
    if (kindOf(id) === 'request') sql.closeRequest.run(scope.tenant, scope.run, id);
  }
}

/** Sorts after every deadline. */
const NO_DEADLINE = '~';
