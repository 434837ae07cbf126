/**
 * Turn of `$end`: the output of a run that succeeded, sealed, and the outcome of the attempt. An output that cannot be
 * worked out fails the run: its steps are done, so nothing is repeated but the template, by a retry.
 */
import { commitRun, type Change, type Committed } from '../app/commit-run.ts';
import { deliverOutbox } from '../app/deliver-outbox.ts';
import { saltFor } from '../app/digest-salt.ts';
import { StepFault, type StepCode } from '../domain/errors.ts';
import type { Json } from '../domain/json.ts';
import { runFacts } from '../domain/run/facts.ts';
import type { Head, LaneTurn } from '../domain/run/head.ts';
import type { Plan } from '../domain/workflow/plan.ts';
import type { Deps } from '../ports/deps.ts';
import { waitsUntil } from './platform-away.ts';
import { sealResult } from './step-outcome.ts';
import { openInput, openSteps } from './step-values.ts';
import type { Found } from './turn-classify.ts';

export async function endRun(deps: Deps, turn: LaneTurn, found: Extract<Found, { kind: 'WORK' }>): Promise<Committed> {
  const { stored } = found;
  const change = await outcomeOf(deps, turn, stored.head).catch((error: unknown): Change => {
    const until = waitsUntil(deps, turn, error);
    if (until === null) throw error;
    return { event: { type: 'STEP_SLEEPS', step: turn.step, fence: turn.fence, lane: turn.lane, until, idle: true } };
  });
  const committed = await commitRun(deps, turn, () => change, stored);
  if (!committed.ok || change.event.type !== 'ENDED') return committed;
  deps.keys.forget({ tenant: turn.tenant, kind: 'run', id: turn.run });
  if (committed.head.slot !== null) await deliverOutbox(deps, turn, committed.head);
  return committed;
}

async function outcomeOf(deps: Deps, turn: LaneTurn, head: Head): Promise<Change> {
  const outcome = head.endingAs ?? 'SUCCEEDED';
  const output = outcome === 'SUCCEEDED' ? await outputOf(deps, turn, head) : { ok: true as const, value: null };
  const result = output.ok
    ? await sealResult({ deps, turn, head }, 'output', output.value)
    : await sealResult({ deps, turn, head }, 'error', { code: output.code, detail: output.detail });
  const ended = { type: 'ENDED', fence: turn.fence, result: result?.id ?? null } as const;
  const event = output.ok ? { ...ended, outcome } : { ...ended, outcome: 'FAILED' as const, code: output.code };
  return { event, put: result === null ? [] : [result] };
}

type Output =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly code: StepCode; readonly detail: string };

async function outputOf(deps: Deps, turn: LaneTurn, head: Head): Promise<Output> {
  const plan = await deps.plans.get(turn.tenant, head.workflow, head.version);
  try {
    if (plan.output === null) return { ok: true, value: await sinksOf(deps, turn, plan, head) };
    const named = plan.outputReads ?? plan.steps.filter((step) => step.list === 'MAIN').map((step) => step.ordinal);
    const scope = {
      ...(await openInput(deps, turn, { input: true, vars: true })),
      steps: await openSteps(deps, turn, plan, head, named),
      run: runFacts(head, deps.clock.now()),
      ...(await saltFor(deps, turn, plan.output)),
    };
    return await deps.expressions.value(plan.output, scope);
  } catch (error) {
    if (!(error instanceof StepFault)) throw error;
    return { ok: false, code: error.code, detail: error.detail };
  }
}

const nameOf = (plan: Plan, ordinal: number): string => (plan.steps[ordinal - 1]?.id ?? '').replaceAll('-', '_');

/** One sink gives its output, several a map by step id. */
async function sinksOf(deps: Deps, turn: LaneTurn, plan: Plan, head: Head): Promise<Json> {
  const opened = await openSteps(deps, turn, plan, head, plan.sinks);
  const outputOfSink = (ordinal: number): Json => {
    const value = opened[nameOf(plan, ordinal)] as { readonly output: Json } | undefined;
    return value?.output ?? null;
  };
  const [only, ...more] = plan.sinks;
  if (only !== undefined && more.length === 0) return outputOfSink(only);
  return Object.fromEntries(plan.sinks.map((sink) => [plan.steps[sink - 1]?.id ?? '', outputOfSink(sink)]));
}
