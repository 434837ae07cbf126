/**
 * A person says what became of an effect whose outcome nobody knows. The statement is recorded with its reason, sealed,
 * and the waiting step goes on from it: it counts the write as done, fails, or sends the same key once more.
 */
import type { Deps } from '../ports/deps.ts';
import { effectPlace, noted, resolved, type Resolution } from '../domain/effect/transitions.ts';
import type { PrincipalId, RunScope } from '../domain/ids.ts';
import type { Instant } from '../domain/json.ts';
import type { EffectDocument } from '../domain/run/documents.ts';
import type { Row } from '../domain/run/head.ts';
import { commitRun } from './commit-run.ts';

export interface EffectView {
  readonly id: string;
  readonly step: string;
  readonly batch: number;
  readonly epoch: number;
  readonly state: EffectDocument['state'];
  readonly key: string;
  readonly connector: string;
  readonly connectorVersion: number;
  readonly resource: string;
  readonly until: Instant | null;
  readonly settledAt: Instant | null;
  readonly decision: string | null;
}

/** Ids, codes and times of everything that a run wrote or may have written. Opens nothing sealed. */
export async function listEffects(deps: Pick<Deps, 'runs'>, scope: RunScope): Promise<readonly EffectView[]> {
  const [stored, effects] = await Promise.all([deps.runs.readHead(scope), deps.runs.listDocuments(scope, 'effect')]);
  return effects
    .toSorted((a, b) => a.step - b.step || a.record - b.record || a.batch - b.batch)
    .map((effect) => ({
      id: effect.id,
      step: stored?.head.rows[effect.step]?.id ?? String(effect.step),
      batch: effect.batch,
      epoch: effect.epoch,
      state: effect.state,
      key: effect.key,
      connector: effect.connector,
      connectorVersion: effect.connectorVersion,
      resource: effect.resource,
      until: effect.until,
      settledAt: effect.settledAt,
      decision: effect.decision,
    }));
}

export interface Statement {
  readonly effect: string;
  readonly resolution: Resolution;
  readonly by: PrincipalId;
  readonly reason: string;
}

/**
 * `NOT_OPEN`: its outcome is known. `STILL_ACTING`: an execution may still be sending. `NOT_WAITING`: its step runs or
 * has another effect to settle first.
 */
export type Resolved =
  | { readonly ok: true }
  | { readonly ok: false; readonly refusal: 'NOT_FOUND' | 'NOT_OPEN' | 'STILL_ACTING' | 'NOT_WAITING' };

type Resolver = Pick<Deps, 'runs' | 'plans' | 'lanes' | 'clock' | 'ids' | 'telemetry' | 'settings' | 'vault'>;

export async function resolveEffect(deps: Resolver, scope: RunScope, statement: Statement): Promise<Resolved> {
  let answer: Resolved = { ok: false, refusal: 'NOT_FOUND' };
  const committed = await commitRun(deps, scope, async (head) => {
    const effect = await deps.runs.readDocument(scope, 'effect', statement.effect);
    const row = effect === null ? undefined : head.rows[effect.step];
    const now = deps.clock.now();
    answer =
      effect === null || row === undefined
        ? { ok: false, refusal: 'NOT_FOUND' }
        : judge(effect, row, statement.resolution, now);
    if (effect === null || row === undefined || !answer.ok) return null;
    const { by, reason, resolution } = statement;
    const note = { receipt: null, refused: [], resolution, by, reason };
    const sealedNote = await deps.vault.seal(effectPlace(scope, effect, 'receipt'), note);
    const said = resolved(effect, resolution, sealedNote, now);
    // A step that waits takes note itself, by failing; one that has ended has failed already.
    const put = [row.state === 'SUSPENDED' ? said : noted(said)];
    const facts = { resolution, effect: effect.id, epoch: effect.epoch };
    // A waiting step takes the statement; of a step that has ended only the ledger changes.
    if (row.state === 'SUSPENDED') return { event: { type: 'DECIDED', step: row.step }, by, put, facts };
    const open = Math.max(0, row.openEffects - 1);
    return { event: { type: 'EFFECTS_CHANGED', step: row.step, fence: row.fence, open }, by, put, facts };
  });
  if (answer.ok && !committed.ok) return { ok: false, refusal: 'NOT_WAITING' };
  return answer;
}

function judge(effect: EffectDocument, row: Row, resolution: Resolution, now: Instant): Resolved {
  if (effect.state !== 'unknown' && effect.state !== 'intended') return { ok: false, refusal: 'NOT_OPEN' };
  if (effect.state === 'intended' && effect.until !== null && now < effect.until)
    return { ok: false, refusal: 'STILL_ACTING' };
  const waits = row.state === 'SUSPENDED' && row.reason === 'EFFECT' && !row.decided;
  // A step that has ended sends nothing more; a retry of it does.
  const settles = row.endedAt !== null && resolution !== 'send-again';
  return waits || settles ? { ok: true } : { ok: false, refusal: 'NOT_WAITING' };
}
