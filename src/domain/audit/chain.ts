/** Reading a run's chain: whether it is whole and unchanged, and the head that it tells. Needs nothing but the records. */
import { GENESIS } from '../run/new-run.ts';
import type { AuditRecord, AuditedDocument } from '../run/documents.ts';
import type { Head, Row } from '../run/head.ts';
import { hashOf, type Sha256Hex } from './record.ts';

export type ChainFault = { readonly seq: number; readonly what: 'GAP' | 'HASH' | 'PREV' };

/** The first fault, or null. `from` is the place in the chain before the first record given; the start when left out. */
export function verifyChain(
  records: readonly AuditRecord[],
  sha256: Sha256Hex,
  from: { readonly seq: number; readonly hash: string } = { seq: 0, hash: GENESIS },
): ChainFault | null {
  let { seq, hash: prev } = from;
  for (const each of records) {
    seq += 1;
    if (each.seq !== seq) return { seq, what: 'GAP' };
    if (each.prev !== prev) return { seq, what: 'PREV' };
    const { hash, ...open } = each;
    if (hashOf(open, sha256) !== hash) return { seq, what: 'HASH' };
    prev = hash;
  }
  return null;
}

/**
 * The head after the last record: each record carries the new values of all that its commit changed. `from` is the head before
 * the first record given, when they are not the whole chain.
 */
export function rebuildHead(records: readonly AuditRecord[], from: Head | null = null): Head {
  const last = records.at(-1);
  if (last === undefined && from !== null) return from;
  if (last === undefined) throw new RangeError('an empty chain tells no head');
  const fields: Record<string, unknown> = { ...from };
  const rows: Row[] = [...(from?.rows ?? [])];
  for (const each of records) {
    Object.assign(fields, each.head);
    for (const row of each.rows) rows[row.step] = row;
  }
  return { ...fields, rows, audit: { seq: last.seq, hash: last.hash } } as unknown as Head;
}

/** By id, what the chain tells of every document that stands after the last record. */
export function rebuildDocuments(records: readonly AuditRecord[]): ReadonlyMap<string, AuditedDocument> {
  const standing = new Map<string, AuditedDocument>();
  for (const document of records.flatMap((each) => each.documents)) {
    if (document.hash === null) standing.delete(document.id);
    else standing.set(document.id, document);
  }
  return standing;
}
