/**
 * `Idempotency-Key` of creating requests: what was answered under a key is answered again, for 30 days, and another body under
 * it is refused. Clients put meaning into keys: only keyed digests of key and body are kept, beside ids of what was created.
 */
import { later } from '../domain/instant.ts';
import { createHmac } from 'node:crypto';
import { Problem } from '../contract/problems.ts';
import type { PrincipalId, TenantId } from '../domain/ids.ts';
import { canonicalJson, type Json } from '../domain/json.ts';
import type { Deps } from '../ports/deps.ts';

/** After so long a key may be used anew. */
const KEPT_MS = 30 * 86_400_000;

export type KeyDeps = Pick<Deps, 'keys' | 'idempotency' | 'clock'>;

/** A key as it is kept. */
export interface Key {
  readonly tenant: TenantId;
  readonly hash: string;
  readonly bodyHash: string;
}

/** Whose key it is, and for what: one person's key for another run, workflow or route is another key. */
export interface KeyScope {
  readonly tenant: TenantId;
  readonly by: PrincipalId;
  readonly route: string;
  /** Ids that the path names. */
  readonly of: readonly string[];
}

export async function keyFor(deps: KeyDeps, scope: KeyScope, key: string, body: Json): Promise<Key> {
  const { tenant, by, route, of } = scope;
  const secret = await deps.keys.mac(tenant, 'idempotency');
  const mac = (value: Json): string => createHmac('sha256', secret).update(canonicalJson(value)).digest('hex');
  return { tenant, hash: mac([route, by, ...of, key]), bodyHash: mac(body) };
}

/** What the key stands for, or null. Throws `IDEMPOTENCY_MISMATCH` when it stands for another body. */
export async function standingFor(deps: KeyDeps, key: Key): Promise<string | null> {
  const found = await deps.idempotency.find(key.tenant, key.hash);
  return found === null ? null : answerOf(found, key);
}

/** Takes the key for `answer` unless it is taken, or stands for `replaces`; tells what it stands for then. */
export async function claimKey(
  deps: KeyDeps,
  key: Key,
  answer: string,
  replaces: string | null = null,
): Promise<{ readonly answer: string; readonly first: boolean }> {
  const until = later(deps.clock.now(), KEPT_MS);
  const entry = { bodyHash: key.bodyHash, answer };
  const claimed = await deps.idempotency.claim(key.tenant, key.hash, entry, until, replaces);
  return { answer: answerOf(claimed, key), first: claimed.first };
}

function answerOf(found: { readonly bodyHash: string; readonly answer: string }, key: Key): string {
  if (found.bodyHash === key.bodyHash) return found.answer;
  throw new Problem('IDEMPOTENCY_MISMATCH', 'The key was used with another body.');
}
