/** Where a personal link leads. Says only which request a token belongs to; the request itself says whether it is still valid. */
import type { RunScope, TenantId } from '../domain/ids.ts';
import type { Instant } from '../domain/json.ts';

export interface RequestIndex {
  putLink(tokenHash: string, target: RunScope & { readonly request: string }, expiresAt: Instant): Promise<void>;
  findLink(tokenHash: string): Promise<(RunScope & { readonly request: string }) | null>;
}

/**
 * Answers kept for `Idempotency-Key` and for effect keys: ids only, never contents. Keyed by HMAC: of (tenant, principal,
 * route, key), or of (tenant, connector, effect key).
 */
export interface IdempotencyStore {
  /**
   * Records the answer unless one stands; returns the one that stands. A standing answer that equals `replaces` gives way: of
   * several that would replace it one does, and is `first`.
   */
  claim(
    tenant: TenantId,
    keyHash: string,
    entry: { readonly bodyHash: string; readonly answer: string },
    expiresAt: Instant,
    replaces?: string | null,
  ): Promise<{ readonly bodyHash: string; readonly answer: string; readonly first: boolean }>;
  find(tenant: TenantId, keyHash: string): Promise<{ readonly bodyHash: string; readonly answer: string } | null>;
}
