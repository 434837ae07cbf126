/**
 * What a run's partition holds: head, chain, documents. `body` is the declared record; the fields beside it repeat what queries
 * need, so that the index can leave bodies out. `declared-fields.ts` declares each field.
 */
import type { RunScope } from '../../../domain/ids.ts';
import type { AuditRecord, RunDocument } from '../../../domain/run/documents.ts';
import type { Head } from '../../../domain/run/head.ts';
import type { Item, PartitionKey } from './containers.ts';

export const HEAD_ID = 'head';
export const auditId = (seq: number): string => `audit~${String(seq).padStart(10, '0')}`;
export const keyOf = (scope: RunScope): PartitionKey => [scope.tenant, scope.run];

export interface HeadItem extends Item {
  readonly type: 'head';
  readonly state: string;
  readonly workflow: string;
  readonly businessKey: string | null;
  readonly createdAt: string;
  /** `createdAt` and run: the order of listings. */
  readonly createdOrder: string;
  /** Left out when nothing is due, and so not in the index. */
  readonly nextDue?: string;
  readonly body: Head;
}
export interface AuditItem extends Item {
  readonly type: 'audit';
  readonly seq: number;
  /** Random, of the batch that wrote it: tells whether a batch whose answer was lost is the one that stands. */
  readonly commit: string;
  readonly body: AuditRecord;
}
export interface DocumentItem extends Item {
  readonly type: 'document';
  readonly kind: RunDocument['kind'];
  /** Open requests only: deadline, run and request, the order of their listing. */
  readonly openOrder?: string;
  readonly body: RunDocument;
}

/** Sorts after every deadline. */
const NO_DEADLINE = '~';

const place = (scope: RunScope) => ({ tenantId: scope.tenant, scopeId: scope.run });

export function headItem(scope: RunScope, body: Head): HeadItem {
  return {
    id: HEAD_ID,
    ...place(scope),
    type: 'head',
    state: body.state,
    workflow: body.workflow,
    businessKey: body.businessKey,
    createdAt: body.createdAt,
    createdOrder: `${body.createdAt}|${body.run}`,
    ...(body.nextDue === null ? {} : { nextDue: body.nextDue }),
    body,
  };
}

export function auditItem(scope: RunScope, body: AuditRecord, commit: string): AuditItem {
  return { id: auditId(body.seq), ...place(scope), type: 'audit', seq: body.seq, commit, body };
}

export function documentItem(scope: RunScope, body: RunDocument): DocumentItem {
  const open = body.kind === 'request' && body.state === 'OPEN';
  return {
    id: body.id,
    ...place(scope),
    type: 'document',
    kind: body.kind,
    ...(open ? { openOrder: `${body.dueAt ?? NO_DEADLINE}|${scope.run}|${body.id}` } : {}),
    body,
  };
}
