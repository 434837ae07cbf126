/**
 * One record for every commit of a run: what happened, which head fields, rows and documents changed, chained by hash.
 * Unchanged rows are told by reference, so the cost of a record follows what changed and not the size of the run.
 */
import type { PrincipalId } from '../ids.ts';
import { canonicalJson, type Instant, type Json } from '../json.ts';
import type { AuditRecord, RunDocument, AuditedDocument } from '../run/documents.ts';
import type { Head, Row } from '../run/head.ts';

/** SHA-256 of a text in UTF-8, lower-case hex. The domain knows no `node:`: callers hand it in. */
export type Sha256Hex = (text: string) => string;

export type AuditEvent = AuditRecord['event'];

export interface Recorded {
  readonly at: Instant;
  readonly by: PrincipalId;
  readonly event: AuditEvent;
  readonly put: readonly RunDocument[];
  readonly remove: readonly string[];
}

/** The head with its new place in the chain, and the record that belongs to it. `before` is null for the first commit. */
export function record(
  before: Head | null,
  after: Head,
  what: Recorded,
  sha256: Sha256Hex,
): { readonly head: Head; readonly audit: AuditRecord } {
  const { seq, hash: prev } = after.audit;
  const documents = [
    ...what.put.map((document) => audited(document, sha256)),
    ...what.remove.map((id) => ({ hash: null, id, state: null })),
  ];
  // In canonical order, like rows and what they hold: this is hashed in every commit.
  const open = {
    at: what.at,
    by: what.by,
    documents,
    event: what.event,
    head: changedFields(before, after),
    prev,
    rows: changedRows(before, after),
    seq: seq + 1,
  };
  const hash = hashOf(open, sha256);
  return { head: { ...after, audit: { seq: seq + 1, hash } }, audit: { ...open, hash } };
}

/** What a chain says of a document: enough to prove its stored form, and to tell the life of an effect or a request without it. */
export function audited(document: RunDocument, sha256: Sha256Hex): AuditedDocument {
  const state = document.kind === 'effect' || document.kind === 'request' ? document.state : null;
  return { hash: sha256(canonicalJson(document as unknown as Json)), id: document.id, state };
}

export function hashOf(open: Omit<AuditRecord, 'hash'>, sha256: Sha256Hex): string {
  return sha256(canonicalJson(open as unknown as Json));
}

function changedFields(before: Head | null, after: Head): AuditRecord['head'] {
  const { rows: _rows, audit: _audit, ...fields } = after;
  if (before === null) return fields;
  const changed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (before[name as keyof Head] !== value) changed[name] = value;
  }
  return changed as AuditRecord['head'];
}

function changedRows(before: Head | null, after: Head): readonly Row[] {
  return before === null ? after.rows : after.rows.filter((row, at) => row !== before.rows[at]);
}
