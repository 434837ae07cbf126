/** A run store in memory whose commits can be made to die before or after they are durable. */
import type { RunScope } from '../../../src/domain/ids.ts';
import type { AuditRecord, RunDocument } from '../../../src/domain/run/documents.ts';
import type { RunBatch, RunStore, StoredHead } from '../../../src/ports/run-store.ts';

export interface MemoryRuns extends RunStore {
  /** Called before and after each commit; throws to die there. */
  onCommit: (when: 'before' | 'after', batch: RunBatch) => void;
  commits: number;
  /** Set when the process has died: nothing answers any more until it is restarted. */
  dead: Error | null;
  document(scope: RunScope, id: string): RunDocument | null;
  all<Kind extends RunDocument['kind']>(kind: Kind): readonly Extract<RunDocument, { kind: Kind }>[];
  replace(scope: RunScope, document: RunDocument): void;
}

interface Partition {
  head: StoredHead;
  documents: Map<string, RunDocument>;
  audit: AuditRecord[];
}

export function memoryRuns(): MemoryRuns {
  const partitions = new Map<string, Partition>();
  const at = (scope: RunScope): Partition | undefined => partitions.get(`${scope.tenant}/${scope.run}`);
  const pick = (scope: RunScope, kind: string): RunDocument[] =>
    [...(at(scope)?.documents.values() ?? [])].filter((document) => document.kind === kind);
  const store: MemoryRuns = {
    onCommit: () => undefined,
    commits: 0,
    dead: null,
    document: (scope, id) => at(scope)?.documents.get(id) ?? null,
    all: <Kind extends RunDocument['kind']>(kind: Kind) =>
      [...partitions.values()].flatMap((partition) =>
        [...partition.documents.values()].filter(
          (document): document is Extract<RunDocument, { kind: Kind }> => document.kind === kind,
        ),
      ),
    replace: (scope, document) => void at(scope)?.documents.set(document.id, document),
    create: async (scope, batch) => {
      if (at(scope) !== undefined) return 'exists';
      partitions.set(`${scope.tenant}/${scope.run}`, {
        head: { head: batch.head, etag: '1' },
        documents: new Map(batch.put.map((document) => [document.id, document])),
        audit: [batch.audit],
      });
      return 'created';
    },
    commit: async (scope, etag, batch) => {
      if (store.dead !== null) throw store.dead;
      const partition = at(scope);
      if (partition === undefined || partition.head.etag !== etag) return 'conflict';
      if (batch.put.length + batch.remove.length + 2 > 100) throw new Error('more than 100 operations in a batch');
      store.onCommit('before', batch);
      store.commits += 1;
      partition.head = { head: batch.head, etag: String(Number(etag) + 1) };
      for (const document of batch.put) partition.documents.set(document.id, structuredClone(document));
      for (const id of batch.remove) partition.documents.delete(id);
      partition.audit.push(batch.audit);
      const committed = { etag: partition.head.etag, durable: Promise.resolve() };
      store.onCommit('after', batch);
      return committed;
    },
    readHead: async (scope) => at(scope)?.head ?? null,
    readDocument: async (scope, kind, id) => {
      if (store.dead !== null) throw store.dead;
      const found = at(scope)?.documents.get(id);
      return (found?.kind === kind ? found : null) as never;
    },
    readDocuments: async (scope, kind, ids) =>
      ids.flatMap((id) => pick(scope, kind).filter((document) => document.id === id)) as never,
    listDocuments: async (scope, kind) => pick(scope, kind) as never,
    readAudit: async (scope, from, limit) =>
      (at(scope)?.audit ?? []).filter((record) => record.seq >= from).slice(0, limit),
    listRuns: async () => ({ items: [], cursor: null }),
    listOpenRequests: async () => ({
      items: [...partitions.values()].flatMap((partition) =>
        [...partition.documents.values()]
          .filter((document) => document.kind === 'request' && document.state === 'OPEN')
          .map((document) => ({ run: partition.head.head.run, request: document.id })),
      ),
      cursor: null,
    }),
    listDue: async () => [],
    writeLive: async () => undefined,
    readLive: async () => null,
  };
  return store;
}
