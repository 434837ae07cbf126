/** From what a verb answered to what is committed: one event, with the output or the error sealed beside it. */
import type { Change } from '../app/commit-run.ts';
import type { StepCode } from '../domain/errors.ts';
import type { Json } from '../domain/json.ts';
import type { ResultDocument } from '../domain/run/documents.ts';
import { placeOf } from '../domain/run/facts.ts';
import type { Head, LaneTurn, Row } from '../domain/run/head.ts';
import type { PlanStep } from '../domain/workflow/plan.ts';
import type { Deps } from '../ports/deps.ts';
import type { StepOutcome } from './step.ts';
import { retryAt } from './step-retry.ts';

export interface Worked {
  readonly deps: Pick<Deps, 'vault' | 'clock'>;
  readonly turn: LaneTurn;
  readonly step: PlanStep;
  readonly head: Head;
  readonly row: Row;
}

export async function changeFor(worked: Worked, outcome: StepOutcome): Promise<Change> {
  const { step, fence, lane } = worked.turn;
  const at = { step, fence, lane };
  switch (outcome.kind) {
    case 'succeeded': {
      const result = await sealResult(worked, 'output', outcome.output);
      const event = {
        type: 'STEP_SUCCEEDED',
        ...at,
        result: result?.id ?? null,
        chosen: outcome.chosen ?? null,
      } as const;
      return { event, put: withResult(outcome.put, result) };
    }
    case 'skipped':
      return { event: { type: 'STEP_SKIPPED', ...at, reason: outcome.reason } };
    case 'failed': {
      const { code, detail, records } = outcome;
      const result = await sealResult(worked, 'error', { code, detail, ...(records === undefined ? {} : { records }) });
      const retry = nextAttempt(worked, code, outcome.retryAfterMs ?? null);
      const event = { type: 'STEP_FAILED', ...at, code, result: result?.id ?? null, retryAt: retry } as const;
      return { event, put: withResult(outcome.put, result) };
    }
    case 'suspended': {
      const { reason, due, post, put } = outcome;
      return { event: { type: 'STEP_SUSPENDED', ...at, reason, due, post }, put };
    }
    case 'sleep': {
      const { until, idle } = outcome;
      return { event: { type: 'STEP_SLEEPS', ...at, until, ...(idle ? { idle } : {}) } };
    }
  }
}

/** Id of a result: unique per fence, so no two executions that commit ever share one. */
export const resultId = (step: number, attempt: number, fence: number): string => `result~${step}~${attempt}~${fence}`;

/** Null is what a step without a result reads as: it is not stored. */
export async function sealResult(
  { deps, turn, head }: Pick<Worked, 'deps' | 'turn' | 'head'>,
  what: ResultDocument['what'],
  value: Json,
): Promise<ResultDocument | null> {
  if (value === null) return null;
  const { step, fence } = turn;
  const sealed = await deps.vault.seal(placeOf(turn, `step/${step}`, what, head.attempt), value);
  const id = resultId(step, head.attempt, fence);
  return { kind: 'result', id, step, attempt: head.attempt, what, value: sealed };
}

const withResult = (put: Change['put'] = [], result: ResultDocument | null): NonNullable<Change['put']> =>
  result === null ? put : [...put, result];

function nextAttempt({ deps, turn, step, row }: Worked, code: StepCode, retryAfterMs: number | null): string | null {
  const seed = `${turn.run}~${turn.step}`;
  return retryAt({ step, row, seed, code, retryAfterMs, now: deps.clock.now() });
}
