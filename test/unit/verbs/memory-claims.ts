/** An idempotency store in memory, with a way to stop or to die before a claim is made and after it is. */
import type { IdempotencyStore } from '../../../src/ports/request-index.ts';
import type { Clock } from '../../../src/ports/clock.ts';

interface Claim {
  readonly bodyHash: string;
  readonly answer: string;
  readonly expiresAt: string;
}

export interface MemoryClaims extends IdempotencyStore {
  onClaim: (when: 'before' | 'after') => Promise<void>;
  readonly standing: Map<string, Claim>;
}

export function memoryClaims(clock: Pick<Clock, 'now'>): MemoryClaims {
  const standing = new Map<string, Claim>();
  const live = (tenant: string, keyHash: string): Claim | null => {
    const found = standing.get(`${tenant}/${keyHash}`);
    return found === undefined || found.expiresAt <= clock.now() ? null : found;
  };
  const claims: MemoryClaims = {
    standing,
    onClaim: async () => undefined,
    claim: async (tenant, keyHash, entry, expiresAt, replaces = null) => {
      await claims.onClaim('before');
      const found = live(tenant, keyHash);
      const first = found === null || found.answer === replaces;
      if (first) standing.set(`${tenant}/${keyHash}`, { ...entry, expiresAt });
      const { bodyHash, answer } = first ? entry : found;
      await claims.onClaim('after');
      return { bodyHash, answer, first };
    },
    find: async (tenant, keyHash) => live(tenant, keyHash),
  };
  return claims;
}
