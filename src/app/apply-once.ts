/**
 * Applying under an `Idempotency-Key`: the first answer is given again. Version numbers are known only when the documents are
 * published, so the key is first taken for an application that has begun, and then for its answer. Whoever finds one begun
 * waits for its answer; when none comes its process is gone, and applying again is harmless: what stands is `unchanged`.
 */
import type { PrincipalId, TenantId } from '../domain/ids.ts';
import type { Json } from '../domain/json.ts';
import type { Sealed } from '../domain/sealing/sealed.ts';
import type { Ids } from '../ports/clock.ts';
import type { ContextVault } from '../ports/context-vault.ts';
import { checkTexts, publish } from './apply-definitions.ts';
import type { Applied, ApplyDeps, MayWrite } from './apply-definitions.ts';
import { claimKey, keyFor, standingFor } from './idempotency.ts';
import type { Key, KeyDeps } from './idempotency.ts';

export interface ApplyOnceDeps extends ApplyDeps, KeyDeps {
  readonly vault: ContextVault;
  readonly ids: Ids;
}

/** Longer than publishing takes; then whoever began is taken to be gone. */
const BEGUN_MS = 5_000;
const ASK_AGAIN_MS = 50;

/** Refused documents take no key: corrected ones may be sent under it. */
export async function applyOnce(
  deps: ApplyOnceDeps,
  { tenant, by, texts, mayWrite }: { tenant: TenantId; by: PrincipalId; texts: readonly string[]; mayWrite: MayWrite },
  idempotencyKey: string,
): Promise<{ readonly applied: Applied; readonly replay: boolean }> {
  const key = await keyFor(deps, { tenant, by, route: 'applyDefinitions', of: [] }, idempotencyKey, texts);
  const before = await answered(deps, key);
  if (before !== null) return { applied: before, replay: true };
  const checked = await checkTexts(deps, tenant, texts, mayWrite);
  if (!checked.ok) return { applied: checked, replay: false };
  const own = `begun ${deps.ids.next()}`;
  for (let begun: string | null = null; ;) {
    const claimed = await claimKey(deps, key, own, begun);
    if (claimed.first) break;
    const others = await answered(deps, key, BEGUN_MS);
    if (others !== null) return { applied: others, replay: true };
    begun = claimed.answer;
  }
  const applied = await publish(deps, tenant, by, checked);
  await claimKey(deps, key, await asAnswer(deps, key, applied), own);
  return { applied, replay: false };
}

/** The answer that was given under the key, if there is one or comes in time. */
async function answered(deps: ApplyOnceDeps, key: Key, waitMs = 0): Promise<Applied | null> {
  for (let waited = 0; ; waited += ASK_AGAIN_MS) {
    const standing = await standingFor(deps, key);
    if (standing?.startsWith('{')) return fromAnswer(deps, key, standing);
    if (waited >= waitMs) return null;
    await deps.clock.sleep(ASK_AGAIN_MS);
  }
}

type Results = (Applied & { readonly ok: true })['results'];

/** Ids and outcomes in clear; warnings are text, so they are sealed. */
async function asAnswer(deps: ApplyOnceDeps, key: Key, applied: Applied & { readonly ok: true }): Promise<string> {
  const { results, warnings } = applied;
  const sealed = warnings.length === 0 ? null : await deps.vault.seal(placeOf(key), warnings);
  return JSON.stringify({ results, warnings: sealed });
}

async function fromAnswer(deps: ApplyOnceDeps, key: Key, text: string): Promise<Applied> {
  const { results, warnings } = JSON.parse(text) as { readonly results: Results; readonly warnings: Sealed | null };
  const opened: Json = warnings === null ? [] : await deps.vault.open(placeOf(key), warnings);
  return { ok: true, results, warnings: opened as readonly string[] };
}

function placeOf({ tenant, hash }: Key) {
  return { tenant, kind: 'tenant', id: tenant, path: `answer/${hash}`, field: 'warnings', attempt: 0 } as const;
}
