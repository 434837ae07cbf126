/**
 * The turn of a step: condition, verb, check of its output, one commit. Whatever the verb does, this ends in an outcome;
 * only faults of the platform are thrown on, and a turn that somebody else has overtaken ends without a trace.
 */
import { later } from '../domain/instant.ts';
import { commitAhead, type Committed } from '../app/commit-run.ts';
import { Cancelled } from '../app/follow-up.ts';
import { PlatformFault, StepFault } from '../domain/errors.ts';
import type { LaneTurn, Row } from '../domain/run/head.ts';
import { stepOf } from '../domain/run/topology.ts';
import type { Action, PlanStep, Verb } from '../domain/workflow/plan.ts';
import type { Deps } from '../ports/deps.ts';
import { Superseded, type Step, type StepOutcome, type VerbActivity } from './step.ts';
import { changeFor } from './step-outcome.ts';
import { checkReturns } from './step-returns.ts';
import { viewStep, type View } from './step-view.ts';
import { waitsUntil } from './platform-away.ts';
import { DeadlinePassed, OVER, watch } from './step-watch.ts';
import type { Found } from './turn-classify.ts';
import { tellRecords } from './write-told.ts';

/** One activity for each verb; each is handed only steps of its own verb. */
export type Verbs = { readonly [V in Verb]: VerbActivity<Extract<Action, { verb: V }>> };

/** An aborted verb that has not answered after this is left behind: nothing of it commits any more. */
const GRACE_MS = 5_000;

export async function workStep(
  deps: Deps,
  verbs: Verbs,
  turn: LaneTurn,
  { stored, row, woken }: Extract<Found, { kind: 'WORK' }>,
): Promise<Committed> {
  const { head } = stored;
  const plan = await deps.plans.get(turn.tenant, head.workflow, head.version);
  const step = stepOf(plan, turn.step);
  const now = deps.clock.now();
  const deadline = deadlineOf(step, row, now);
  const scope = { tenant: turn.tenant, run: turn.run };
  const watched = watch(deps, { scope, step: turn.step, fence: turn.fence, deadline, heartbeatMs: step.heartbeatMs });
  const view = viewStep({ deps, turn, plan, step, stored, row, woken, watch: watched, deadline });
  try {
    const attributes = { ...scope, step: turn.step, fence: turn.fence, verb: turn.verb };
    const outcome = await deps.telemetry.within({ name: 'step', traceparent: head.traceparent, attributes }, () =>
      settled(deps, verbs, turn, view),
    );
    const worked = { deps, turn, step, head, row };
    const change = await tellRecords(view.step, outcome)
      .then((told) => changeFor(worked, told))
      .catch((error: unknown) => changeFor(worked, fromFault(deps, turn, error)));
    return await commitAhead(deps, scope, () => change, view.stored());
  } catch (error) {
    if (!(error instanceof Superseded)) throw error;
    return { ok: false, refusal: 'STALE_FENCE', head: (await deps.runs.readHead(scope))?.head ?? null };
  } finally {
    watched.stop();
    view.close();
  }
}

function deadlineOf(step: PlanStep, row: Row, now: string): string {
  const attempt = later(now, step.timeoutMs);
  if (step.totalTimeoutMs === null) return attempt;
  const total = later(row.startedAt ?? now, step.totalTimeoutMs);
  return total < attempt ? total : attempt;
}

/** The verb's outcome, or, when it was aborted and does not come back, the outcome that the abort stands for. */
async function settled(deps: Deps, verbs: Verbs, turn: LaneTurn, view: View): Promise<StepOutcome> {
  const { signal } = view.step;
  const over = new AbortController();
  const worked = perform(verbs, view.step)
    .catch((error: unknown) => (isAbort(signal, error) ? STOPPED : fromFault(deps, turn, error)))
    .then((outcome) => afterAbort(signal, outcome));
  let graceful = (): void => undefined;
  const abandoned = new Promise<StepOutcome>((resolve) => {
    graceful = () => {
      const grace = deps.clock.sleep(GRACE_MS, over.signal);
      grace.then(() => resolve(abandon(view)), ignoreEnd);
    };
  });
  // Removed by hand: a listener that a second signal removes costs fifteen times as much, in every step.
  signal.addEventListener('abort', graceful, { once: true });
  try {
    return await Promise.race([worked, abandoned]);
  } finally {
    signal.removeEventListener('abort', graceful);
    if (signal.aborted) over.abort(OVER);
  }
}

/** The grace period was cut short because the verb answered. */
const ignoreEnd = (): void => undefined;

function abandon(view: View): StepOutcome {
  view.close();
  return afterAbort(view.step.signal, {
    kind: 'failed',
    code: 'STEP_TIMEOUT',
    detail: 'the step did not stop in time',
  });
}

/** What an abort makes of a step that answers nothing else; `afterAbort` says which abort it was. */
const STOPPED: StepOutcome = { kind: 'failed', code: 'STEP_TIMEOUT', detail: 'the step was stopped' };

const isAbort = (signal: AbortSignal, error: unknown): boolean =>
  signal.aborted && (error === signal.reason || (error instanceof Error && error.name === 'AbortError'));

async function perform(verbs: Verbs, step: Step): Promise<StepOutcome> {
  if (step.step.when !== null && step.row.attempt <= 1 && !step.woken) {
    const condition = await step.deps.expressions.condition(step.step.when, await step.values());
    if (!condition.ok) return { kind: 'failed', code: condition.code, detail: condition.detail };
    if (!condition.value) return { kind: 'skipped', reason: 'CONDITION' };
  }
  const work = verbs[step.step.action.verb] as VerbActivity<Action>;
  const outcome = await work(step);
  return outcome.kind === 'succeeded' ? checkReturns(step, outcome) : outcome;
}

/** A failure after an abort is the abort's; a write whose effect is open keeps its own word for it. */
function afterAbort(signal: AbortSignal, outcome: StepOutcome): StepOutcome {
  if (!signal.aborted || outcome.kind !== 'failed' || outcome.code.startsWith('EFFECT_')) return outcome;
  if (signal.reason instanceof Cancelled) return { ...outcome, code: 'CANCELLED' };
  return signal.reason instanceof DeadlinePassed ? { ...outcome, code: 'STEP_TIMEOUT' } : outcome;
}

/**
 * Expected failures are outcomes. While a part of the platform is away the step waits; what no retry cures ends it as a fault of
 * ours; everything else of the platform is thrown, for Durable's retry and the sweep.
 */
function fromFault(deps: Deps, turn: LaneTurn, error: unknown): StepOutcome {
  if (error instanceof StepFault) {
    return { kind: 'failed', code: error.code, detail: error.detail, retryAfterMs: error.retryAfterMs };
  }
  if (error instanceof Superseded) throw error;
  const until = waitsUntil(deps, turn, error);
  if (until !== null) return { kind: 'sleep', until, idle: true };
  if (error instanceof PlatformFault && error.code !== 'LIMIT' && error.code !== 'SEAL_BROKEN') throw error;
  const code = error instanceof PlatformFault ? error.code : 'INTERNAL';
  return { kind: 'failed', code: 'INTERNAL', detail: `error id ${deps.telemetry.fault(code, error)}` };
}
