/**
 * A batch on its way into a store: checked against the declarations, turned into text once, measured against Cosmos'
 * limits. Both platforms begin with this, so what Cosmos could not do fails on SQLite too. Rows are checked where they change,
 * in the audit record that tells them.
 */
import { PlatformFault } from '../../domain/errors.ts';
import type { RunScope } from '../../domain/ids.ts';
import { RUN_DOCUMENT_FIELDS, type AuditRecord, type RunDocument } from '../../domain/run/documents.ts';
import type { Head, Row } from '../../domain/run/head.ts';
import * as declared from '../../domain/sealing/stored.ts';
import type { RunBatch } from '../../ports/run-store.ts';
import { fieldCheck } from './fields.ts';

/** A batch's request may have 2 MB, and every operation in it an envelope: its kind, its key and the fields that queries need. */
const ENVELOPE = 1024;
export const LIMITS = { operations: 100, bytes: 2 * 1024 * 1024 - 100 * ENVELOPE } as const;

export interface WrittenDocument {
  readonly id: string;
  readonly text: string;
}
export interface WrittenBatch {
  readonly audit: string;
  readonly put: readonly WrittenDocument[];
}

const head = fieldCheck('head', declared.HEAD_FIELDS);
const cause = fieldCheck('cause', declared.CAUSE_FIELDS);
const starter = fieldCheck('starter', declared.STARTER_FIELDS);
const slot = fieldCheck('slot', declared.SLOT_FIELDS);
const chainEnd = fieldCheck('end of the chain', declared.CHAIN_END_FIELDS);
const row = fieldCheck('row', declared.ROW_FIELDS);
const out = fieldCheck('out', declared.OUT_FIELDS);
const turn = fieldCheck('turn', declared.TURN_FIELDS);
const outbox = fieldCheck('outbox entry', declared.OUTBOX_FIELDS);
const audit = fieldCheck('audit record', declared.AUDIT_FIELDS);
const storedHash = fieldCheck('hash of a document', declared.STORED_HASH_FIELDS);
const decision = fieldCheck('decision', declared.DECISION_FIELDS);
const approverLink = fieldCheck('link', declared.APPROVER_LINK_FIELDS);
const eligible = fieldCheck('eligible', declared.ELIGIBLE_FIELDS);
const documents = Object.fromEntries(
  Object.entries(RUN_DOCUMENT_FIELDS).map(([kind, fields]) => [kind, fieldCheck(kind, fields)]),
);

/** A head of 500 steps has a sixth of what a document may: it is taken for so much a row, because measuring takes longer than writing. */
const HEAD_BYTES = 4096;
const ROW_BYTES = 640;

function checkHead(value: Head): number {
  head(value);
  starter(value.startedBy);
  chainEnd(value.audit);
  if (value.cause !== null) cause(value.cause);
  if (value.slot !== null) slot(value.slot);
  for (const entry of value.outbox) outbox(entry);
  return limited('head', HEAD_BYTES + ROW_BYTES * (value.rows.length + value.outbox.length));
}

/** Nobody may change a row once it was checked: heads share the rows that a commit leaves as they are. */
function checkRow(value: Row): void {
  row(value);
  Object.freeze(value);
  if (value.out === null) return;
  out(value.out);
  if (value.out.next !== null) turn(value.out.next);
}

function textOfAudit(value: AuditRecord): string {
  audit(value);
  for (const changed of value.rows) checkRow(changed);
  for (const entry of value.documents) storedHash(entry);
  for (const [name, fact] of Object.entries(value.event)) {
    if (fact !== null && typeof fact === 'object')
      throw new TypeError(`audit record: "${name}" of the event is not an id, code or number`);
  }
  for (const field of Object.keys(value.head)) {
    if (!Object.hasOwn(declared.HEAD_FIELDS, field) || field === 'rows' || field === 'audit')
      throw new TypeError(`audit record: head field "${field}" is not declared`);
  }
  return JSON.stringify(value);
}

/** Kind of the document with this id: ids begin with their kind, so that a partition never holds one id twice. */
export function kindOf(id: string): RunDocument['kind'] {
  const kind = id.split('~', 1)[0] as RunDocument['kind'];
  if (!Object.hasOwn(RUN_DOCUMENT_FIELDS, kind) || !/^[A-Za-z0-9_~-]{1,200}$/.test(id))
    throw new TypeError('not a document id: the kind, then "~" and ordinals');
  return kind;
}

function textOfDocument(value: RunDocument): WrittenDocument {
  const check = documents[value.kind];
  if (check === undefined || kindOf(value.id) !== value.kind)
    throw new TypeError('the id of a document does not begin with its kind');
  check(value);
  if (value.kind === 'request') {
    eligible(value.eligible);
    for (const entry of value.decisions) decision(entry);
    for (const entry of value.links) approverLink(entry);
  }
  return { id: value.id, text: JSON.stringify(value) };
}

/**
 * Throws `TypeError` for a field without declaration or a batch that does not hang together (a bug of the caller),
 * `PlatformFault` `LIMIT` for what no store may take.
 */
export function writeBatch(scope: RunScope, batch: RunBatch): WrittenBatch {
  if (batch.head.tenant !== scope.tenant || batch.head.run !== scope.run)
    throw new TypeError('a batch writes to one partition: head and scope differ');
  if (batch.audit.seq !== batch.head.audit.seq || batch.audit.hash !== batch.head.audit.hash)
    throw new TypeError('the audit record is not the one that the head names');
  const operations = 2 + batch.put.length + batch.remove.length;
  if (operations > LIMITS.operations)
    throw new PlatformFault('LIMIT', `${operations} operations in a batch, ${LIMITS.operations} at most`);
  for (const id of batch.remove) kindOf(id);
  const written = { audit: textOfAudit(batch.audit), put: batch.put.map(textOfDocument) };
  const ids = new Set(batch.remove);
  let total = checkHead(batch.head) + limited('audit record', Buffer.byteLength(written.audit));
  for (const { id, text } of written.put) {
    if (ids.has(id)) throw new TypeError(`"${id}" appears twice in one batch`);
    ids.add(id);
    total += limited(id, Buffer.byteLength(text));
  }
  if (total > LIMITS.bytes) throw new PlatformFault('LIMIT', `a batch of ${total} bytes, ${LIMITS.bytes} at most`);
  return written;
}

function limited(what: string, size: number): number {
  if (size > LIMITS.bytes) throw new PlatformFault('LIMIT', `${what} of ${size} bytes, ${LIMITS.bytes} at most`);
  return size;
}
