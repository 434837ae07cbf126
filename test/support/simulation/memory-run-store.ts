/**
 * A run store in memory: etags, create-only, Cosmos' limits, one partition per batch. `StoreFaults` can make it slow, make
 * it read an older version, and lose an answer after the commit.
 */
import { PlatformFault } from '../../../src/domain/errors.ts';
import type { RunScope } from '../../../src/domain/ids.ts';
import type { AuditRecord, RunDocument } from '../../../src/domain/run/documents.ts';
import type { Head } from '../../../src/domain/run/head.ts';
import type { Live, RunBatch, RunStore, StoredHead } from '../../../src/ports/run-store.ts';

export interface StoreFaults {
  /** Waits as long as an operation takes. */
  latency(): Promise<void>;
  /** Whether this read sees the version before the newest one. */
  readsStale(): boolean;
  /** Whether the answer of this commit, which succeeded, is lost. */
  losesAnswer(scope: RunScope): boolean;
}

export interface Partition {
  head: Head;
  version: number;
  before: StoredHead | null;
  readonly documents: Map<string, RunDocument>;
  readonly audit: AuditRecord[];
  readonly live: Map<number, Live>;
  /** Operations of each batch. */
  readonly batches: number[];
}

/** The data, shared by the stores of several processes. */
export class RunData {
  readonly partitions = new Map<string, Partition>();
  of(scope: RunScope): Partition | undefined {
    return this.partitions.get(`${scope.tenant}/${scope.run}`);
  }
}

const MOST_OPERATIONS = 100;
const MOST_BYTES = 2 * 1024 * 1024;

export const reliable: StoreFaults = {
  latency: () => Promise.resolve(),
  readsStale: () => false,
  losesAnswer: () => false,
};

export function memoryRunStore(data: RunData, faults: StoreFaults = reliable): RunStore {
  const read = async (scope: RunScope): Promise<StoredHead | null> => {
    await faults.latency();
    const found = data.of(scope);
    if (found === undefined) return null;
    if (faults.readsStale()) return found.before;
    return { head: found.head, etag: String(found.version) };
  };
  const documents = async <Kind extends RunDocument['kind']>(
    scope: RunScope,
    kind: Kind,
    ids: readonly string[] | null,
  ) => {
    await faults.latency();
    const all = data.of(scope)?.documents ?? new Map<string, RunDocument>();
    const byId = (a: RunDocument, b: RunDocument): number => (a.id < b.id ? -1 : 1);
    const found =
      ids === null ? [...all.values()].sort(byId) : ids.map((id) => all.get(id)).filter((each) => each !== undefined);
    return found.filter((each) => each.kind === kind) as Extract<RunDocument, { kind: Kind }>[];
  };
  return {
    async create(scope, batch) {
      await faults.latency();
      if (data.of(scope) !== undefined) return 'exists';
      const { head } = batch;
      const made: Partition = {
        head,
        version: 1,
        before: null,
        documents: new Map(),
        audit: [],
        live: new Map(),
        batches: [],
      };
      write(made, batch);
      data.partitions.set(`${scope.tenant}/${scope.run}`, made);
      await answer(faults, scope);
      return 'created';
    },
    async commit(scope, etag, batch) {
      await faults.latency();
      const found = data.of(scope);
      if (found === undefined || String(found.version) !== etag) return 'conflict';
      const before = { head: found.head, etag };
      write(found, batch);
      found.before = before;
      found.version += 1;
      const written = { etag: String(found.version) };
      await answer(faults, scope);
      return written;
    },
    readHead: read,
    readDocument: async (scope, kind, id) => (await documents(scope, kind, [id]))[0] ?? null,
    readDocuments: documents,
    listDocuments: (scope, kind) => documents(scope, kind, null),
    readAudit: async (scope, fromSeq, limit) =>
      (data.of(scope)?.audit ?? []).filter((each) => each.seq >= fromSeq).slice(0, limit),
    listRuns: (tenant) =>
      Promise.resolve({
        items: [...data.partitions.values()].map((each) => each.head).filter((head) => head.tenant === tenant),
        cursor: null,
      }),
    listOpenRequests: () => Promise.resolve({ items: [], cursor: null }),
    listDue: async (now, limit) => {
      await faults.latency();
      const due = [...data.partitions.values()]
        .map((each) => each.head)
        .filter((head) => head.nextDue !== null && head.nextDue <= now);
      due.sort((a, b) => (String(a.nextDue) < String(b.nextDue) ? -1 : 1));
      return due.slice(0, limit).map(({ tenant, run }) => ({ tenant, run }));
    },
    writeLive: (scope, live) => {
      data.of(scope)?.live.set(live.step, live);
      return Promise.resolve();
    },
    readLive: (scope, step) => Promise.resolve(data.of(scope)?.live.get(step) ?? null),
  };
}

async function answer(faults: StoreFaults, scope: RunScope): Promise<void> {
  const lost = faults.losesAnswer(scope);
  await faults.latency();
  if (lost) throw new PlatformFault('STORE_UNAVAILABLE', 'the answer was lost');
}

function write(partition: Partition, { head, audit, put, remove }: RunBatch): void {
  const operations = 2 + put.length + remove.length;
  if (operations > MOST_OPERATIONS) throw new PlatformFault('LIMIT', `${operations} operations`);
  const bytes = JSON.stringify(head).length + JSON.stringify(audit).length + JSON.stringify(put).length;
  if (bytes > MOST_BYTES) throw new PlatformFault('LIMIT', `${bytes} bytes`);
  partition.head = head;
  partition.audit.push(audit);
  partition.batches.push(operations);
  for (const document of put) partition.documents.set(document.id, document);
  for (const id of remove) partition.documents.delete(id);
}
