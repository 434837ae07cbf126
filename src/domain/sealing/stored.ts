/**
 * Declarations of the head, its rows, its outbox and the audit record: every stored field of a run that
 * `domain/run/documents.ts` does not declare. The stores write exactly these fields and refuse any other.
 */
import type { ApproverLink, AuditRecord, Decision, RequestDocument, AuditedDocument } from '../run/documents.ts';
import type { Head, Out, OutboxEntry, Row, Turn } from '../run/head.ts';
import { clear, type ClearField, type Declared } from './sealed.ts';

const ID = 'identifier made of ordinals, random numbers or names from the definition';
const WHEN = 'time, needed for operation';
const CODE = 'closed code';
const COUNT = 'number, needed for operation';
const WHO = 'principal id: who acted is the point of the record';

export const HEAD_FIELDS: Declared<Head> = {
  tenant: clear(ID),
  run: clear(ID),
  kind: clear(CODE),
  workflow: clear(ID),
  version: clear(COUNT),
  attempt: clear(COUNT),
  state: clear(CODE),
  pendingReason: clear(CODE),
  pausedBy: clear(WHO),
  phase: clear(CODE),
  endingAs: clear(CODE),
  cause: clear('closed code and step ordinal'),
  partial: clear('flag, needed for operation'),
  startedBy: clear(WHO),
  trigger: clear(CODE),
  scheduledFor: clear(WHEN),
  createdAt: clear(WHEN),
  startedAt: clear(WHEN),
  endedAt: clear(WHEN),
  erasedAt: clear(WHEN),
  activeMs: clear(COUNT),
  activeSince: clear(WHEN),
  timeoutMs: clear(COUNT),
  businessKey: clear('HMAC under the tenant’s index key, or clear because the definition says so'),
  slot: clear('HMAC of the concurrency key, and a number'),
  traceparent: clear('random trace id'),
  audit: clear('sequence number and hash'),
  nextDue: clear(WHEN),
  outbox: clear('entries declared by OUTBOX_FIELDS'),
  rows: clear('rows declared by ROW_FIELDS'),
};

export const ROW_FIELDS: Declared<Row> = {
  step: clear(ID),
  id: clear('step id of the definition, declared non-sensitive'),
  state: clear(CODE),
  reason: clear(CODE),
  fence: clear(COUNT),
  attempt: clear(COUNT),
  takeovers: clear(COUNT),
  since: clear(WHEN),
  due: clear(WHEN),
  wakeAt: clear(WHEN),
  lane: clear('Durable instance id made of run id and numbers'),
  out: clear('answer declared by OUT_FIELDS'),
  decided: clear('flag, needed for operation'),
  chosen: clear('ordinal of a branch; which one is needed for the join rules'),
  startedAt: clear(WHEN),
  endedAt: clear(WHEN),
  errorCode: clear(CODE),
  result: clear(ID),
  openEffects: clear(COUNT),
};

export const OUT_FIELDS: Declared<Out> = {
  fence: clear(COUNT),
  next: clear('turn declared by TURN_FIELDS'),
  sleepUntil: clear(WHEN),
  doorbell: clear('event name made of numbers'),
};

export const TURN_FIELDS: Declared<Turn> = {
  tenant: clear(ID),
  run: clear(ID),
  step: clear(ID),
  fence: clear(COUNT),
  verb: clear(CODE),
};

export const OUTBOX_FIELDS: Declared<OutboxEntry> = {
  id: clear(ID),
  kind: clear(CODE),
  step: clear(ID),
  document: clear(ID),
  attempts: clear(COUNT),
  notBefore: clear(WHEN),
};

export const AUDIT_FIELDS: Declared<AuditRecord> = {
  seq: clear(COUNT),
  at: clear(WHEN),
  by: clear(WHO),
  event: clear('type of the event with ids, codes and numbers'),
  head: clear('changed fields of HEAD_FIELDS'),
  rows: clear('changed rows, declared by ROW_FIELDS'),
  documents: clear('document ids and hashes of their stored (cipher) form'),
  prev: clear('hash'),
  hash: clear('hash'),
};

export const CAUSE_FIELDS: Declared<NonNullable<Head['cause']>> = { code: clear(CODE), step: clear(ID) };

export const STARTER_FIELDS: Declared<Head['startedBy']> = { id: clear(WHO), kind: clear(CODE) };

export const SLOT_FIELDS: Declared<NonNullable<Head['slot']>> = {
  key: clear('HMAC of the concurrency key'),
  grant: clear(COUNT),
};

export const CHAIN_END_FIELDS: Declared<Head['audit']> = { seq: clear(COUNT), hash: clear('hash') };

export const DECISION_FIELDS: Declared<Decision> = {
  by: clear(WHO),
  onBehalfOf: clear(WHO),
  decision: clear('approve or reject: what happened is the point of the record'),
  at: clear(WHEN),
  assurance: clear(CODE),
  revision: clear(COUNT),
  digest: clear('salted digest'),
  withdrawn: clear('who took it back, and when'),
};

export const APPROVER_LINK_FIELDS: Declared<ApproverLink> = {
  approver: clear(WHO),
  tokenHash: clear('SHA-256 of 256 random bits'),
  expiresAt: clear(WHEN),
  revokedAt: clear(WHEN),
};

export const ELIGIBLE_FIELDS: Declared<RequestDocument['eligible']> = {
  users: clear('directory ids'),
  roles: clear('names of roles'),
  groups: clear('directory ids'),
};

export const STORED_HASH_FIELDS: Declared<AuditedDocument> = {
  id: clear(ID),
  hash: clear('hash of the stored (cipher) form'),
  state: clear('closed code of the ledger or of a request'),
};

/** A declaration without its type, for walking. */
export type Declaration = Readonly<Record<string, ClearField | { readonly sealed: string }>>;
