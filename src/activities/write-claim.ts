/**
 * Claims the effect key of a write before its first `intended`: once in the tenant and connector, whatever run, fork or
 * double start comes with it. One key covers the whole write of a step. A claim that was committed but whose answer was
 * lost is found standing under the same turn.
 */
import { later } from '../domain/instant.ts';
import {
  anySent,
  EFFECT_KEY_KEPT_MS,
  holderText,
  isGivenUp,
  isSameStep,
  readHolder,
  type Holder,
} from '../domain/effect/claim.ts';
import { StepFault } from '../domain/errors.ts';
import { canonicalJson, type Json } from '../domain/json.ts';
import type { EffectDocument } from '../domain/run/documents.ts';
import { runFacts } from '../domain/run/facts.ts';
import type { ExecuteAction, PushAction } from '../domain/workflow/plan.ts';
import { valueOf } from './internal-step.ts';
import { openInput } from './step-values.ts';
import { claimKey } from './write-keys.ts';
import type { Step } from './step.ts';

type Writing = Step<PushAction | ExecuteAction>;

/** Others that give the key up while it is being claimed; then the key is busy and the step is tried again. */
const MOST_TRIES = 5;

/** Throws `EFFECT_EXISTS` when another step holds the key. `slots`: what is recorded of this step. */
export async function claimEffectKey(step: Writing, slots: readonly EffectDocument[]): Promise<void> {
  const name = await nameOf(step);
  if (name === null) return;
  const { deps, scope } = step;
  const keyHash = claimKey(await deps.keys.mac(scope.tenant, 'effect'), step.step.action.connector, name);
  const mine: Holder = { run: scope.run, step: step.step.ordinal, record: 0, fence: step.row.fence };
  const entry = { bodyHash: keyHash, answer: holderText(mine) };
  let replaces: string | null = null;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const expiresAt = later(deps.clock.now(), EFFECT_KEY_KEPT_MS);
    const claimed = await deps.idempotency.claim(scope.tenant, keyHash, entry, expiresAt, replaces);
    if (claimed.first) return;
    const holder = readHolder(claimed.answer);
    if (holder === null) throw exists(step, null);
    if (isSameStep(holder, mine)) {
      // What this step has sent under the key keeps it. Otherwise the claim of an earlier turn may be passing to another.
      if (holder.fence >= mine.fence || anySent(slots)) return;
    } else if (!(await givenUp(step, holder))) throw exists(step, holder);
    replaces = claimed.answer;
  }
  throw new StepFault('OUTSIDE_UNAVAILABLE', 'others kept claiming the same effect key');
}

/** What the key is within its connector. The workflow's key is another one for each of its steps. */
async function nameOf(step: Writing): Promise<Json | null> {
  const { action, id } = step.step;
  const { expressions } = step.deps;
  if (action.effectKey !== null)
    return ['step', textOf(valueOf(await expressions.value(action.effectKey, await step.values())))];
  const { effectKey, workflow } = step.plan;
  if (effectKey === null) return null;
  const text = JSON.stringify(effectKey);
  const which = { input: text.includes('input'), vars: text.includes('vars') };
  const given = await openInput(step.deps, step.scope, which);
  const now = step.row.startedAt ?? step.deps.clock.now();
  const value = valueOf(await expressions.value(effectKey, { ...given, run: runFacts(step.head, now) }));
  return ['workflow', workflow, id, textOf(value)];
}

/** A number and its digits are the same key: better one write too few than one too many. */
function textOf(value: Json): string {
  if (value === null || value === '') throw new StepFault('EXPRESSION_UNDEFINED', 'effectKey has no value');
  return typeof value === 'string' ? value : canonicalJson(value);
}

/** The row first, then what was sent: a turn that is over by then has sent nothing after. */
async function givenUp(step: Writing, holder: Holder): Promise<boolean> {
  const { runs } = step.deps;
  const scope = { tenant: step.scope.tenant, run: holder.run };
  const stored = await runs.readHead(scope);
  if (stored === null) return false;
  const effects = await runs.listDocuments(scope, 'effect');
  const own = effects.filter((effect) => effect.step === holder.step && effect.record === holder.record);
  return isGivenUp(holder, stored.head.rows[holder.step], own);
}

function exists(step: Writing, holder: Holder | null): StepFault {
  const { connector } = step.step.action;
  const who = holder === null ? 'something else' : `run ${holder.run}, step ${holder.step}`;
  return new StepFault('EFFECT_EXISTS', `${who} holds this effect key at ${connector}: nothing was sent`);
}
