/**
 * A run store in memory: etags, create-only, Cosmos' limits, one partition per batch. `StoreFaults` can make it slow, make
 * it read an older version, lose an answer after the commit, and let the disk lag behind until the power goes.
 */
import { PlatformFault } from '../../../src/domain/errors.ts';
import type { RunScope } from '../../../src/domain/ids.ts';
import type { AuditRecord, RunDocument } from '../../../src/domain/run/documents.ts';
import type { Head } from '../../../src/domain/run/head.ts';
import type { Live, RunBatch, RunStore, StoredHead } from '../../../src/ports/run-store.ts';

export interface StoreFaults {
  /** Waits as long as an operation takes. */
  latency(): Promise<void>;
  /** Waits as long as the disk takes: what is committed meanwhile goes with the power. */
  flush(): Promise<void>;
  /** Whether this read sees the version before the newest one. */
  readsStale(): boolean;
  /** Whether the answer of this commit, which succeeded, is lost. */
  losesAnswer(scope: RunScope): boolean;
}

export interface Partition {
  head: Head;
  version: number;
  before: StoredHead | null;
  /** When the newest version is on the disk. */
  durable: Promise<void>;
  readonly documents: Map<string, RunDocument>;
  readonly audit: AuditRecord[];
  readonly live: Map<number, Live>;
  /** Operations of each batch. */
  readonly batches: number[];
}

/** The data, shared by the stores of several processes. */
export class RunData {
  readonly partitions = new Map<string, Partition>();
  /** Commits that the disk does not hold yet, oldest first. */
  readonly #unflushed: { readonly undo: () => void; lost: boolean }[] = [];
  #version = 0;

  /** Never the same one again, whatever was taken back. */
  nextVersion(): number {
    this.#version += 1;
    return this.#version;
  }

  /** Resolves when this commit, and so every one before it, is on the disk; never when the power goes before. */
  async flushed(undo: () => void, flush: () => Promise<void>): Promise<void> {
    const commit = { undo, lost: false };
    this.#unflushed.push(commit);
    await flush();
    if (commit.lost) await new Promise(() => undefined);
    this.#unflushed.splice(0, this.#unflushed.indexOf(commit) + 1);
  }

  /** What the disk does not hold is taken back, the latest first; answers how many commits that were. */
  cutPower(): number {
    const lost = this.#unflushed.splice(0).reverse();
    for (const commit of lost) {
      commit.lost = true;
      commit.undo();
    }
    return lost.length;
  }

  of(scope: RunScope): Partition | undefined {
    return this.partitions.get(`${scope.tenant}/${scope.run}`);
  }
}

const MOST_OPERATIONS = 100;
const MOST_BYTES = 2 * 1024 * 1024;

export const reliable: StoreFaults = {
  latency: () => Promise.resolve(),
  flush: () => Promise.resolve(),
  readsStale: () => false,
  losesAnswer: () => false,
};

export function memoryRunStore(data: RunData, faults: StoreFaults = reliable): RunStore {
  const read = async (scope: RunScope): Promise<StoredHead | null> => {
    await faults.latency();
    const found = data.of(scope);
    if (found === undefined) return null;
    const seen = faults.readsStale() ? found.before : { head: found.head, etag: String(found.version) };
    await found.durable;
    return seen;
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
        version: data.nextVersion(),
        before: null,
        durable: Promise.resolve(),
        documents: new Map(),
        audit: [],
        live: new Map(),
        batches: [],
      };
      write(made, batch);
      const key = `${scope.tenant}/${scope.run}`;
      data.partitions.set(key, made);
      made.durable = data.flushed(() => data.partitions.delete(key), faults.flush);
      await made.durable;
      await answer(faults, scope);
      return 'created';
    },
    async commit(scope, etag, batch) {
      await faults.latency();
      const found = data.of(scope);
      if (found === undefined || String(found.version) !== etag) return 'conflict';
      const before = { head: found.head, etag };
      const undo = undoOf(found);
      write(found, batch);
      found.before = before;
      found.version = data.nextVersion();
      found.durable = data.flushed(undo, faults.flush);
      const written = { etag: String(found.version), durable: found.durable };
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

function undoOf(partition: Partition): () => void {
  const { head, version, before, durable, audit, batches } = partition;
  const [documents, records, count] = [[...partition.documents], audit.length, batches.length];
  return () => {
    Object.assign(partition, { head, version, before, durable });
    partition.documents.clear();
    for (const [id, document] of documents) partition.documents.set(id, document);
    audit.length = records;
    batches.length = count;
  };
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
