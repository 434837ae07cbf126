/** How entries of a tenant's chain follow one another: the same on both platforms, so that one verifier reads both. */
import type { TenantLogEntry } from '../../ports/tenant-log.ts';
import { canonicalDigest } from '../../domain/sealing/digest.ts';
import { sha256 } from './hash.ts';

/** `prev` of the first entry. */
export const CHAIN_START = '0'.repeat(64);

/** The entry that follows `last`; its hash is SHA-256 (hex) of the canonical entry without `hash`. */
export function nextEntry(
  last: Pick<TenantLogEntry, 'seq' | 'hash'> | null,
  entry: Pick<TenantLogEntry, 'at' | 'by' | 'type' | 'facts'>,
): TenantLogEntry {
  const { at, by, type, facts } = entry;
  for (const [name, value] of Object.entries(facts)) {
    if (value !== null && typeof value === 'object') throw new TypeError(`fact "${name}" is not an id, code or number`);
  }
  const body = { seq: (last?.seq ?? 0) + 1, at, by, type, facts, prev: last?.hash ?? CHAIN_START };
  return { ...body, hash: canonicalDigest(sha256, body) };
}

/** Sequence number of the first entry that does not follow from the one before it; null when the chain holds. */
export function brokenAt(entries: readonly TenantLogEntry[], before: TenantLogEntry | null = null): number | null {
  let last = before;
  for (const entry of entries) {
    const expected = nextEntry(last, entry);
    if (entry.seq !== expected.seq || entry.prev !== expected.prev || entry.hash !== expected.hash) return entry.seq;
    last = entry;
  }
  return null;
}
