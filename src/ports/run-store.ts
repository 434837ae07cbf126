/**
 * Everything that a run stores, in one partition (`tenant`, `run`), committed in batches that succeed or fail whole.
 * Implementations enforce Cosmos' limits: ≤ 100 operations and ≤ 2 MB a batch, ≤ 2 MB a document, one partition.
 */
import type { RunId, RunScope, TenantId, WorkflowId } from '../domain/ids.ts';
import type { Instant } from '../domain/json.ts';
import type { AuditRecord, RunDocument } from '../domain/run/documents.ts';
import type { Head, RunState } from '../domain/run/head.ts';

export interface StoredHead {
  readonly head: Head;
  readonly etag: string;
}

/** One commit: the new head, its audit record, and at most a few documents. */
export interface RunBatch {
  readonly head: Head;
  readonly audit: AuditRecord;
  readonly put: readonly RunDocument[];
  readonly remove: readonly string[];
}

export interface RunFilter {
  readonly workflow?: WorkflowId;
  readonly state?: RunState;
  readonly businessKey?: string;
  readonly createdFrom?: Instant;
  readonly createdTo?: Instant;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Opaque; null when there is no more. */
  readonly cursor: string | null;
}

/** The cursor was not made for this tenant and this query: the caller's mistake, never followed. */
export class CursorRefused extends Error {
  constructor() {
    super('the cursor does not belong to this listing');
    this.name = 'CursorRefused';
  }
}

/**
 * A commit that stands: every later commit builds upon it. Nothing may be told of it, or done outside because of it, before it
 * is `durable`: a power cut may take back the last commits until then, and always the latest first.
 */
export interface Written {
  readonly etag: string;
  readonly durable: Promise<void>;
}

export interface RunStore {
  /** Writes the first batch of a run, durable when this resolves; `exists` when the run is already there (nothing is written). */
  create(scope: RunScope, batch: RunBatch): Promise<'created' | 'exists'>;
  /** Replaces the head if its etag still is `etag`; `conflict` otherwise (nothing is written). */
  commit(scope: RunScope, etag: string, batch: RunBatch): Promise<Written | 'conflict'>;
  /** Heads, like everything that is listed, are given only once they are durable. */
  readHead(scope: RunScope): Promise<StoredHead | null>;
  readDocument<Kind extends RunDocument['kind']>(
    scope: RunScope,
    kind: Kind,
    id: string,
  ): Promise<Extract<RunDocument, { kind: Kind }> | null>;
  /** Several of one kind by id, in the order asked; missing ones are left out. */
  readDocuments<Kind extends RunDocument['kind']>(
    scope: RunScope,
    kind: Kind,
    ids: readonly string[],
  ): Promise<readonly Extract<RunDocument, { kind: Kind }>[]>;
  /** All documents of one kind in the run, by id. */
  listDocuments<Kind extends RunDocument['kind']>(
    scope: RunScope,
    kind: Kind,
  ): Promise<readonly Extract<RunDocument, { kind: Kind }>[]>;
  /** The run's chain from `fromSeq` on, ascending. */
  readAudit(scope: RunScope, fromSeq: number, limit: number): Promise<readonly AuditRecord[]>;
  /** Newest first, within one tenant. */
  listRuns(tenant: TenantId, filter: RunFilter, limit: number, cursor: string | null): Promise<Page<Head>>;
  /** Open approval requests of a tenant (read model kept by the same batches), oldest deadline first. */
  listOpenRequests(
    tenant: TenantId,
    limit: number,
    cursor: string | null,
  ): Promise<Page<{ readonly run: RunId; readonly request: string }>>;
  /** Heads of any tenant whose `nextDue` is not later than `now`; for the sweep only. */
  listDue(now: Instant, limit: number): Promise<readonly RunScope[]>;
  /** Heartbeat and progress of a step: outside the head, without etag, last writer wins. */
  writeLive(scope: RunScope, live: Live): Promise<void>;
  readLive(scope: RunScope, step: number): Promise<Live | null>;
}

export interface Live {
  readonly step: number;
  readonly fence: number;
  readonly beatAt: Instant;
  /** 0–100, or null when the step does not say. */
  readonly percent: number | null;
}
