/**
 * What internal verbs are handed: expressions over values that are already in memory. No store, no adapter, no network,
 * no clock: what is not in this type, TRANSFORM and LOGIC_GATE cannot reach.
 */
import type { Json, JsonObject } from '../domain/json.ts';
import type { Action, PlanStep } from '../domain/workflow/plan.ts';
import { StepFault } from '../domain/errors.ts';
import type { Evaluated, Expressions, Scope } from '../ports/expressions.ts';
import type { Step, StepOutcome, VerbActivity } from './step.ts';

export interface InternalStep<A extends Action> {
  readonly step: PlanStep & { readonly action: A };
  readonly scope: Scope;
  readonly expressions: Pick<Expressions, 'value' | 'each' | 'list' | 'condition'>;
  /** Schema of the business object that the step names, when it names one. */
  readonly object: JsonObject | null;
}

/** The value, or the fault that says why there is none. */
export function valueOf<Value>(evaluated: Evaluated<Value>): Value {
  if (!evaluated.ok) throw new StepFault(evaluated.code, evaluated.detail);
  return evaluated.value;
}

/** A map of templates as one template: a key whose value is undefined is left out. */
export async function mapOf(
  expressions: Pick<Expressions, 'value'>,
  map: Readonly<Record<string, Json>>,
  scope: Scope,
): Promise<JsonObject> {
  const value = valueOf(await expressions.value(map, scope));
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new StepFault('EXPRESSION_ERROR', 'a map of values did not give a map');
  return value as JsonObject;
}

/** Turns faults into outcomes: a verb answers with a value, whatever happens outside. */
export function verb<A extends Action>(work: VerbActivity<A>): VerbActivity<A> {
  return async (step: Step<A>): Promise<StepOutcome> => {
    try {
      return await work(step);
    } catch (error) {
      if (!(error instanceof StepFault)) throw error;
      return { kind: 'failed', code: error.code, detail: error.detail, retryAfterMs: error.retryAfterMs };
    }
  };
}
