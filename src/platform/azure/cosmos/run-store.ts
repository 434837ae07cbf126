/**
 * Runs on Cosmos DB: one partition a run, one transactional batch a commit, one point read for a head.
 *
 * 1. A commit replaces the head under its etag; head, audit record and documents are written together or not at all.
 * 2. The audit record is create-only and carries the commit's random mark: after a lost answer it says whose batch stands.
 * 3. A remembered head is used only when the database says that it still has this etag.
 */
import { randomBytes } from 'node:crypto';
import { PlatformFault } from '../../../domain/errors.ts';
import { runId, tenantId, type RunScope } from '../../../domain/ids.ts';
import type { RunDocument } from '../../../domain/run/documents.ts';
import type { Head } from '../../../domain/run/head.ts';
import type { RunBatch, RunStore, StoredHead } from '../../../ports/run-store.ts';
import type { Cursors } from '../../common/cursor.ts';
import { frozenHead } from '../../common/frozen-head.ts';
import { kindOf, writeBatch } from '../../common/run-batch.ts';
import type { BatchOutcome, Containers, Operation } from './containers.ts';
import { readLive, writeLive } from './live-items.ts';
import { RecentDocuments } from './recent-documents.ts';
import { auditId, auditItem, documentItem, HEAD_ID, headItem, keyOf } from './run-items.ts';
import type { AuditItem, DocumentItem, HeadItem } from './run-items.ts';
import { listDue, listOpenRequests, listRuns } from './run-listings.ts';

const REMEMBERED = 256;
/** Up to so many documents are read one by one: a point read costs less than a query. */
const POINT_READS = 4;

export function cosmosRunStore(containers: Containers, cursors: Cursors): RunStore {
  const remembered = new Map<string, StoredHead>();
  const recent = new RecentDocuments();
  const memoryKey = (scope: RunScope): string => `${scope.tenant}\n${scope.run}`;

  function remember(scope: RunScope, stored: StoredHead): StoredHead {
    remembered.delete(memoryKey(scope));
    remembered.set(memoryKey(scope), stored);
    if (remembered.size > REMEMBERED) remembered.delete(remembered.keys().next().value as string);
    return stored;
  }

  /** Whether the batch with this mark is the one that wrote this place of the chain. */
  async function stands(scope: RunScope, seq: number, commit: string): Promise<boolean> {
    const read = await containers.read<AuditItem>('runs', keyOf(scope), auditId(seq));
    return read !== null && read !== 'unchanged' && read.item.commit === commit;
  }

  /** The batch, once more without a delete of what was never there. */
  async function write(scope: RunScope, operations: readonly Operation[]): Promise<BatchOutcome> {
    const outcome = await containers.batch('runs', keyOf(scope), operations);
    if (outcome.done || outcome.status !== 404 || operations[outcome.at]?.kind !== 'delete') return outcome;
    return write(scope, operations.toSpliced(outcome.at, 1));
  }

  const rest = (scope: RunScope, batch: RunBatch, commit: string): readonly Operation[] => [
    { kind: 'create', item: auditItem(scope, batch.audit, commit) },
    ...batch.put.map((body): Operation => ({ kind: 'upsert', item: documentItem(scope, body) })),
    ...batch.remove.map((id): Operation => ({ kind: 'delete', id })),
  ];

  const store: RunStore = {
    async create(scope, batch) {
      writeBatch(scope, batch);
      const commit = mark();
      const head: Operation = { kind: 'create', item: headItem(scope, batch.head) };
      const outcome = await write(scope, [head, ...rest(scope, batch, commit)]);
      if (outcome.done) {
        remember(scope, frozen(batch.head, outcome.etags[0] as string));
        recent.remember(scope, batch.put, batch.remove);
        return 'created';
      }
      if (outcome.status !== 409) throw refused(outcome);
      return (await stands(scope, batch.audit.seq, commit)) ? 'created' : 'exists';
    },

    async commit(scope, etag, batch) {
      writeBatch(scope, batch);
      const commit = mark();
      const head: Operation = { kind: 'replace', item: headItem(scope, batch.head), etag };
      const outcome = await write(scope, [head, ...rest(scope, batch, commit)]);
      if (outcome.done) {
        const stored = remember(scope, frozen(batch.head, outcome.etags[0] as string));
        recent.remember(scope, batch.put, batch.remove);
        return { etag: stored.etag, durable: DURABLE };
      }
      if (await stands(scope, batch.audit.seq, commit)) {
        const now = await store.readHead(scope);
        // Somebody may have committed on top meanwhile: the old etag then makes the next commit a conflict, as it should.
        return { etag: now?.head.audit.seq === batch.audit.seq ? now.etag : etag, durable: DURABLE };
      }
      if (outcome.at === 0) return 'conflict';
      throw refused(outcome);
    },

    async readHead(scope) {
      const known = remembered.get(memoryKey(scope));
      const read = await containers.read<HeadItem>('runs', keyOf(scope), HEAD_ID, known?.etag);
      if (read === 'unchanged') return known as StoredHead;
      return read === null ? null : remember(scope, frozen(read.item.body, read.etag));
    },

    async readDocument(scope, kind, id) {
      const [document] = await store.readDocuments(scope, kind, [id]);
      return document ?? null;
    },

    async readDocuments<Kind extends RunDocument['kind']>(scope: RunScope, kind: Kind, ids: readonly string[]) {
      const wanted = ids.filter((id) => kindOf(id) === kind);
      const asked = wanted.filter((id) => recent.get(scope, id) === undefined);
      const found = await (asked.length <= POINT_READS ? pointReads(scope, asked) : readMany(scope, asked));
      return wanted.map((id) => found.get(id) ?? recent.get(scope, id)).filter((body) => body !== undefined) as Extract<
        RunDocument,
        { kind: Kind }
      >[];
    },

    async listDocuments<Kind extends RunDocument['kind']>(scope: RunScope, kind: Kind) {
      const query = 'SELECT VALUE c.body FROM c WHERE c.type = "document" AND c.kind = @kind ORDER BY c.id';
      const parameters = [{ name: '@kind', value: kind }];
      return containers.query<Extract<RunDocument, { kind: Kind }>>('runs', { query, parameters }, keyOf(scope));
    },

    async readAudit(scope, fromSeq, limit) {
      const top = Math.max(0, Math.trunc(limit));
      if (top === 0) return [];
      const query = `SELECT TOP ${top} VALUE c.body FROM c WHERE c.type = "audit" AND c.seq >= @from ORDER BY c.seq`;
      return containers.query('runs', { query, parameters: [{ name: '@from', value: fromSeq }] }, keyOf(scope));
    },

    listRuns: (tenant, filter, limit, cursor) => listRuns(containers, cursors, tenant, filter, limit, cursor),
    listOpenRequests: (tenant, limit, cursor) => listOpenRequests(containers, cursors, tenant, limit, cursor),
    listDue: async (now, limit) =>
      (await listDue(containers, now, limit)).map(([tenant, run]) => ({ tenant: tenantId(tenant), run: runId(run) })),
    writeLive: (scope, live) => writeLive(containers, scope, live),
    readLive: (scope, step) => readLive(containers, scope, step),
  };

  async function pointReads(scope: RunScope, ids: readonly string[]): Promise<ReadonlyMap<string, RunDocument>> {
    const read = await Promise.all(ids.map((id) => containers.read<DocumentItem>('runs', keyOf(scope), id)));
    return new Map(read.flatMap((one) => (one === null || one === 'unchanged' ? [] : [[one.item.id, one.item.body]])));
  }

  async function readMany(scope: RunScope, ids: readonly string[]): Promise<ReadonlyMap<string, RunDocument>> {
    const query = 'SELECT VALUE c.body FROM c WHERE ARRAY_CONTAINS(@ids, c.id)';
    const parameters = [{ name: '@ids', value: [...ids] }];
    const bodies = await containers.query<RunDocument>('runs', { query, parameters }, keyOf(scope));
    return new Map(bodies.map((body) => [body.id, body]));
  }

  return store;
}

/** Cosmos DB answers after its replicas have it. */
const DURABLE = Promise.resolve();
const mark = (): string => randomBytes(12).toString('base64url');

const frozen = (head: Head, etag: string): StoredHead => ({ head: frozenHead(head), etag });

/** The caller wrote what can never be written (a sequence number that is taken): not cured by a retry of the batch. */
function refused(outcome: Extract<BatchOutcome, { done: false }>): PlatformFault {
  return new PlatformFault('CONFLICT', `operation ${outcome.at} of a batch was refused (status ${outcome.status})`);
}
