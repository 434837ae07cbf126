/**
 * What the expressions of one step may see (LANGUAGE §1), opened only when they are evaluated and only as far as they
 * name it: input and vars, `with`, and the outputs of the steps in `reads`. Kept for one turn, never longer.
 */
import { saltFor } from '../app/digest-salt.ts';
import { StepFault } from '../domain/errors.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { Head, Row } from '../domain/run/head.ts';
import { INPUT_ID, placeOf, runFacts } from '../domain/run/facts.ts';
import type { Sealed } from '../domain/sealing/sealed.ts';
import type { RunScope } from '../domain/ids.ts';
import type { Plan, PlanStep } from '../domain/workflow/plan.ts';
import type { Scope } from '../ports/expressions.ts';
import type { Deps } from '../ports/deps.ts';

type Opener = Pick<Deps, 'runs' | 'vault' | 'expressions' | 'clock' | 'keys'>;

export type ValuesOf = (step: PlanStep) => Promise<Scope>;

/** One scope per step, worked out once. */
export function stepValues(deps: Opener, scope: RunScope, plan: Plan, head: Head): ValuesOf {
  const known = new Map<number, Promise<Scope>>();
  return (step) => {
    let values = known.get(step.ordinal);
    if (values === undefined) known.set(step.ordinal, (values = valuesFor(deps, scope, plan, head, step)));
    return values;
  };
}

async function valuesFor(deps: Opener, scope: RunScope, plan: Plan, head: Head, step: PlanStep): Promise<Scope> {
  const names = mentioned(step);
  const [given, steps, salt] = await Promise.all([
    openInput(deps, scope, names),
    openSteps(deps, scope, plan, head, step.reads),
    names.digest ? saltFor(deps, scope, '$digest') : {},
  ]);
  const values: Record<string, Json> = {
    ...given,
    ...salt,
    steps,
    run: runFacts(head, nowOf(head, step, deps.clock.now())),
  };
  const error = errorFor(plan, head, step);
  if (error !== null) values.error = error;
  values.with = {};
  if (Object.keys(step.with).length > 0) {
    const evaluated = await deps.expressions.value(step.with, values);
    if (!evaluated.ok) throw new StepFault(evaluated.code, evaluated.detail);
    values.with = evaluated.value;
  }
  return values;
}

/** The step's frozen clock. What is governed shares the clock of its GOVERN, so that both see the same content. */
function nowOf(head: Head, step: PlanStep, now: string): string {
  const { startedAt } = head.rows[step.governedBy ?? step.ordinal] ?? {};
  return startedAt ?? now;
}

/** What failed: for a step's own handler that step, for `onError` and `finally` the cause of the run's end. */
function errorFor(plan: Plan, head: Head, step: PlanStep): JsonObject | null {
  const named = (ordinal: number | null): string | null =>
    ordinal === null ? null : (plan.steps[ordinal - 1]?.id ?? null);
  if (step.handles !== null) {
    return { code: head.rows[step.handles]?.errorCode ?? null, step: named(step.handles) };
  }
  return step.list === 'MAIN' || head.cause === null ? null : { code: head.cause.code, step: named(head.cause.step) };
}

interface Mentioned {
  readonly input: boolean;
  readonly vars: boolean;
}
const mentions = new WeakMap<PlanStep, Mentioned & { readonly digest: boolean }>();

/** Names are literal in both languages: a text that does not hold the word does not read the value. */
function mentioned(step: PlanStep): Mentioned & { readonly digest: boolean } {
  let found = mentions.get(step);
  if (found === undefined) {
    const text = JSON.stringify([step.action, step.when, step.with]);
    found = { input: text.includes('input'), vars: text.includes('vars'), digest: text.includes('$digest') };
    mentions.set(step, found);
  }
  return found;
}

export async function openInput(deps: Opener, scope: RunScope, which: Mentioned): Promise<Record<string, Json>> {
  if (!which.input && !which.vars) return { input: {}, vars: {} };
  const document = await deps.runs.readDocument(scope, 'input', INPUT_ID);
  if (document === null) throw new StepFault('INTERNAL', 'the run has no input document');
  const open = (wanted: boolean, field: string, value: Sealed): Promise<Json> =>
    wanted ? deps.vault.open(placeOf(scope, INPUT_ID, field, 0), value) : Promise.resolve({});
  const [input, vars] = await Promise.all([
    open(which.input, 'input', document.input),
    open(which.vars, 'vars', document.vars),
  ]);
  return { input, vars };
}

/** Outputs and metadata of steps, under their names in expressions. */
export async function openSteps(
  deps: Opener,
  scope: RunScope,
  plan: Plan,
  head: Head,
  ordinals: readonly number[],
): Promise<JsonObject> {
  const rows = ordinals.map((ordinal) => head.rows[ordinal]).filter((row) => row !== undefined);
  const outputs = await openOutputs(deps, scope, rows);
  const steps: Record<string, Json> = {};
  for (const row of rows) {
    const id = plan.steps[row.step - 1]?.id ?? row.id;
    steps[id.replaceAll('-', '_')] = {
      output: outputs.get(row.step) ?? null,
      state: row.state,
      reason: row.reason,
      attempt: row.attempt,
      error: { code: row.errorCode },
    };
  }
  return steps;
}

async function openOutputs(deps: Opener, scope: RunScope, rows: readonly Row[]): Promise<ReadonlyMap<number, Json>> {
  const ids = rows.filter((row) => row.state === 'SUCCEEDED').map((row) => row.result);
  const wanted = ids.filter((id) => id !== null);
  const opened = new Map<number, Json>();
  if (wanted.length === 0) return opened;
  const results = await deps.runs.readDocuments(scope, 'result', wanted);
  if (results.length !== wanted.length) throw new StepFault('INTERNAL', 'an output that a step names is missing');
  await Promise.all(
    results.map(async (result) => {
      const place = placeOf(scope, `step/${result.step}`, result.what, result.attempt);
      opened.set(result.step, await deps.vault.open(place, result.value));
    }),
  );
  return opened;
}
