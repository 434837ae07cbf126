/**
 * Everything that PUSH and EXECUTE have in common: authority first, then the effect key, then one slot after the other,
 * then the result. The first batch that does not end confirmed ends the turn; what is confirmed stays confirmed and is
 * not sent again.
 */
import { effectPlace } from '../domain/effect/transitions.ts';
import { StepFault } from '../domain/errors.ts';
import { isJsonObject, type Json } from '../domain/json.ts';
import type { EffectDocument } from '../domain/run/documents.ts';
import type { ExecuteAction, PushAction } from '../domain/workflow/plan.ts';
import { authorise, AuthorityLost, type Authority } from './dispatch.ts';
import { writeBatch, type Writer } from './write-batch.ts';
import { claimEffectKey } from './write-claim.ts';
import { openLedger } from './write-ledger.ts';
import { batchesOf, sentBeyond, slotsOf, type Batch } from './write-slots.ts';
import type { Step, StepOutcome } from './step.ts';

/** How often a decision may be taken back while one turn is about to write. */
const MOST_AUTHORITIES = 3;

/** What the confirmed batches say, in their order. */
export interface Written {
  readonly receipt: Json;
  readonly refused: readonly { readonly index: number; readonly reason: Json }[];
  readonly offset: number;
  readonly count: number;
}

/**
 * Writes all batches of a step, each recorded as intended before and as confirmed after; asks for authority again when it is taken
 * back meanwhile. `outputOf` makes the output of what the target confirmed.
 */
export async function write(
  step: Step<PushAction | ExecuteAction>,
  outputOf: (written: readonly Written[]) => Json,
): Promise<StepOutcome> {
  for (let tries = 0; tries < MOST_AUTHORITIES; tries++) {
    const authorised = await authorise(step);
    if (!authorised.ok) return authorised.outcome;
    const outcome = await writeUnder(step, authorised.authority, outputOf);
    if (outcome !== null) return outcome;
  }
  throw new StepFault('UNGOVERNED_EFFECT', 'its decision record does not stay what it is');
}

/** Null when the decision was taken back before everything was sent. */
async function writeUnder(
  step: Step<PushAction | ExecuteAction>,
  authority: Authority,
  outputOf: (written: readonly Written[]) => Json,
): Promise<StepOutcome | null> {
  const batches = batchesOf(step, authority.bound);
  const slots = await slotsOf(step, batches);
  if (sentBeyond(step, batches, slots)) throw new StepFault('EFFECT_CHANGED', 'more was sent before than there is now');
  const { traits } = authority.bound;
  const writer: Writer = {
    step,
    authority,
    target: { ...traits, onUnknown: step.step.action.onUnknown },
    key: await step.deps.keys.mac(step.scope.tenant, 'effect'),
    ledger: openLedger(step, slots, authority),
  };
  if (batches.length > 0) await claimEffectKey(step, [...slots.values()]);
  const total = authority.bound.request.records.length;
  const confirmed: { batch: Batch; effect: EffectDocument }[] = [];
  try {
    for (const [index, batch] of batches.entries()) {
      const end = await writeBatch(writer, batch);
      if (end.kind === 'ended') {
        await writer.ledger.flush();
        return end.outcome.kind === 'failed' ? { ...end.outcome, total } : end.outcome;
      }
      confirmed.push({ batch, effect: end.effect });
      step.progress(Math.floor(((index + 1) * 100) / batches.length));
    }
  } catch (error) {
    // What the target has confirmed stays known, whatever has gone wrong since.
    await writer.ledger.flush();
    if (error instanceof AuthorityLost) return null;
    if (!(error instanceof StepFault)) throw error;
    const { code, detail, retryAfterMs } = error;
    return { kind: 'failed', code, detail, retryAfterMs, total };
  }
  // Its output may yet be refused by `returns`: that fails the step, and leaves nothing of the write in doubt.
  if (step.step.returns !== null) await writer.ledger.flush();
  const written = await Promise.all(confirmed.map((each) => openReceipt(step, each)));
  return { kind: 'succeeded', output: outputOf(written), put: writer.ledger.rest() };
}

async function openReceipt(step: Step, { batch, effect }: { batch: Batch; effect: EffectDocument }): Promise<Written> {
  const place = effectPlace(step.scope, effect, 'receipt');
  const value = effect.receipt === null ? null : await step.deps.vault.open(place, effect.receipt);
  const found = isJsonObject(value) ? value : {};
  const refused = Array.isArray(found['refused']) ? (found['refused'] as Written['refused']) : [];
  return { receipt: found['receipt'] ?? null, refused, offset: batch.offset, count: batch.records.length };
}
