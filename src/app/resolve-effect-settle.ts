/**
 * Settles effects of steps that have ended without knowing what became of them: after a cancel, a terminate or the last
 * attempt. Only asks, never writes: what the target cannot tell waits for a person.
 */
import { later } from '../domain/instant.ts';
import type { Deps } from '../ports/deps.ts';
import { StepFault } from '../domain/errors.ts';
import type { RunScope } from '../domain/ids.ts';
import type { Instant } from '../domain/json.ts';
import { isOpen, nextMove, settledAt, surelyNew, unchangedSince } from '../domain/effect/slot.ts';
import { absent, confirmed, effectPlace, refused } from '../domain/effect/transitions.ts';
import type { EffectDocument } from '../domain/run/documents.ts';
import type { Row } from '../domain/run/head.ts';
import type { PlanStep } from '../domain/workflow/plan.ts';
import { commitRun, type EngineDeps } from './commit-run.ts';

export type SettleDeps = EngineDeps & Pick<Deps, 'adapters' | 'vault'>;

/** Look-ups of one step in one sweep, and how long one may take. */
const MOST_LOOKUPS = 20;
const LOOKUP_MS = 20_000;
/** When a target that does not answer is asked again. */
const UNANSWERED_MS = 300_000;

interface Settled {
  readonly effect: EffectDocument;
  /** When to look again; null when only a person can tell. */
  readonly again: Instant | null;
}

export async function settleEffects(deps: SettleDeps, scope: RunScope, row: Row): Promise<void> {
  const stored = await deps.runs.readHead(scope);
  if (stored === null) return;
  const plan = await deps.plans.get(scope.tenant, stored.head.workflow, stored.head.version);
  const step = plan.steps[row.step - 1];
  if (step === undefined) return;
  const open = await openEffects(deps, scope, row.step);
  const looked: Settled[] = [];
  for (const effect of open.slice(0, MOST_LOOKUPS)) looked.push(await settle(deps, scope, step, effect));
  const unseen = open.length > looked.length ? [deps.clock.now()] : [];
  const again = [...unseen, ...looked.flatMap((each) => (each.again === null ? [] : [each.again]))].sort();
  await commitRun(deps, scope, async () => {
    // Whoever was faster, a person or another sweep, knows more: only what stands as it was read is changed.
    const known = new Map((await openEffects(deps, scope, row.step)).map((effect) => [effect.id, effect]));
    const valid = looked.filter(({ effect }, at) => unchangedSince(known.get(effect.id) ?? null, open[at] ?? null));
    const settled = valid.filter(({ effect }) => !isOpen(effect)).length;
    const put = valid.map(({ effect }) => effect).filter((effect) => !open.includes(effect));
    const { step: ordinal, fence } = row;
    const left = known.size - settled;
    return { event: { type: 'EFFECTS_CHANGED', step: ordinal, fence, open: left, due: again[0] ?? null }, put };
  });
}

async function openEffects(deps: SettleDeps, scope: RunScope, step: number): Promise<readonly EffectDocument[]> {
  const all = await deps.runs.listDocuments(scope, 'effect');
  return all.filter((effect) => effect.step === step && isOpen(effect));
}

async function settle(deps: SettleDeps, scope: RunScope, step: PlanStep, effect: EffectDocument): Promise<Settled> {
  const now = deps.clock.now();
  try {
    const resolved = await deps.adapters.resolve(scope.tenant, effect.connector, effect.connectorVersion);
    const isCommand = step.action.verb === 'EXECUTE';
    const target = isCommand ? { command: effect.resource } : { resource: effect.resource };
    const traits = isCommand
      ? resolved.adapter.command(resolved.connector, effect.resource)
      : resolved.adapter.resource(resolved.connector, effect.resource);
    if (traits === null) return { effect, again: null };
    // A step that has ended sends nothing more, whatever its target would allow.
    const asked = {
      honoursKey: false,
      askable: traits.askable,
      settleMs: traits.settleMs,
      onUnknown: 'reconcile',
    } as const;
    const move = nextMove(effect, effect.requestDigest, asked, now);
    if (move.do === 'sleep') return { effect, again: move.until };
    if (move.do === 'send') return { effect: surelyNew(effect) ? refused(effect, null, now) : effect, again: null };
    if (move.do !== 'look-up') return { effect, again: null };
    const context = resolved.context(AbortSignal.timeout(LOOKUP_MS), () => undefined);
    const answer = await resolved.adapter.reconcile(context, { target, idempotencyKey: effect.key });
    if (!answer.found) {
      return move.counts
        ? { effect: refused(effect, null, now), again: null }
        : { effect: absent(effect, false, now), again: settledAt(now, traits.settleMs) };
    }
    const receipt = await deps.vault.seal(effectPlace(scope, effect, 'receipt'), {
      receipt: answer.receipt,
      refused: [],
    });
    return { effect: confirmed(effect, receipt, now), again: null };
  } catch (error) {
    if (!(error instanceof StepFault)) throw error;
    deps.telemetry.fault(error.code, error, { run: scope.run, step: effect.step, batch: effect.batch });
    return { effect, again: error.code === 'KEY_DESTROYED' ? null : later(now, UNANSWERED_MS) };
  }
}
