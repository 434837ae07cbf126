/** The chain of a run as the API answers it, checked with nothing but the records: null, or the first fault. */
import { verifyChain as verify, type ChainFault } from '../../src/domain/audit/chain.ts';
import { sha256hex } from '../../src/app/sha256.ts';
import type { AuditRecord } from '../../src/domain/run/documents.ts';

export function verifyChain(records: readonly AuditRecord[]): ChainFault | null {
  return verify(records, sha256hex);
}
