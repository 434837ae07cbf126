/**
 * Runs in `records.db`: the chain, which tells the head, its documents, and the indexes that listings and the sweep need, all
 * changed by one batch.
 *
 * 1. A batch is a part of one grouped transaction; a conflict writes nothing.
 * 2. Reads see committed state only, because the queue begins and ends its transaction without yielding. Heads, the chain and
 *    listings are given when they are on the disk; documents are told of by heads only, and given at once.
 */
import type { Database } from 'better-sqlite3';
import { runId, tenantId, type RunScope } from '../../domain/ids.ts';
import type { AuditRecord, RunDocument } from '../../domain/run/documents.ts';
import type { Cursors } from '../common/cursor.ts';
import { kindOf, writeBatch, type WrittenBatch } from '../common/run-batch.ts';
import type { Live, RunBatch, RunStore } from '../../ports/run-store.ts';
import type { CommitQueue } from './commit-queue.ts';
import { listOpenRequests, listRuns } from './run-listings.ts';
import { RunHeads, rowOf } from './run-heads.ts';
import { Listings, runStatements, type RunRow, type RunStatements } from './run-statements.ts';

export function localRunStore(db: Database, queue: CommitQueue, cursors: Cursors): RunStore {
  const sql = runStatements(db);
  const listings = new Listings(db);
  const heads = new RunHeads(db, sql, () => queue.durable);
  const numberOf = (scope: RunScope): number | null => sql.run.get(scope.tenant, scope.run)?.n ?? null;

  const store: RunStore = {
    async create(scope, batch) {
      const written = writeBatch(scope, batch);
      const { head } = batch;
      const { result: n, durable } = await queue.apply(() => {
        if (numberOf(scope) !== null) return null;
        const { seq, hash } = head.audit;
        const { lastInsertRowid } = sql.insertRun.run(
          scope.tenant,
          scope.run,
          seq,
          hash,
          head.state,
          head.workflow,
          head.businessKey,
          head.createdAt,
          head.nextDue,
        );
        writeRest(sql, scope, Number(lastInsertRowid), batch, written);
        return Number(lastInsertRowid);
      });
      if (n !== null) heads.written(scope, n, head, durable);
      await durable;
      return n === null ? 'exists' : 'created';
    },

    async commit(scope, etag, batch) {
      const written = writeBatch(scope, batch);
      const { head } = batch;
      const { result: n, durable } = await queue.apply(() => {
        const before = heads.rowUnder(scope, etag);
        if (before === undefined || !advance(sql, before, rowOf(before.n, head))) return null;
        heads.snapshot(before.n, head);
        writeRest(sql, scope, before.n, batch, written);
        return before.n;
      });
      return n === null ? 'conflict' : { etag: heads.written(scope, n, head, durable), durable };
    },

    async readHead(scope) {
      const known = heads.read(scope);
      await known?.durable;
      return known;
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
      const page = await listRuns(listings, heads, cursors, tenant, filter, limit, cursor);
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

/** Moves the row of a run on; false when somebody else has done so. */
function advance(sql: RunStatements, before: RunRow, { seq, hash, state, next_due, business_key }: RunRow): boolean {
  const under = [before.n, before.seq, before.hash] as const;
  if (before.state !== state || before.business_key !== business_key)
    return sql.advanceAll.run(seq, hash, next_due, state, business_key, ...under).changes > 0;
  if (before.next_due !== next_due) return sql.advanceDue.run(seq, hash, next_due, ...under).changes > 0;
  return sql.advance.run(seq, hash, ...under).changes > 0;
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
