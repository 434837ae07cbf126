/** The check of a step's output against its `returns`: a schema of its own, a business object, or a list of these. */
import type { Json, JsonObject } from '../domain/json.ts';
import { validateJson } from '../domain/schema/validate.ts';
import type { Step, StepOutcome } from './step.ts';

type Succeeded = Extract<StepOutcome, { kind: 'succeeded' }>;

export async function checkReturns(step: Step, outcome: Succeeded): Promise<StepOutcome> {
  const { returns } = step.step;
  if (returns === null) return outcome;
  const schema = typeof returns === 'string' ? await objectSchema(step, returns) : returns;
  if (schema === null) return mismatch(`the business object of \`returns\` does not exist`);
  const problems = validateJson(schema, outcome.output as Json);
  return problems.length === 0 ? outcome : mismatch(JSON.stringify(problems.slice(0, 20)));
}

const mismatch = (detail: string): StepOutcome => ({ kind: 'failed', code: 'RETURNS_MISMATCH', detail });

async function objectSchema(step: Step, name: string): Promise<JsonObject | null> {
  const list = name.endsWith('[]');
  const id = list ? name.slice(0, -2) : name;
  const found = await step.deps.definitions.active(step.scope.tenant, 'BusinessObject', id);
  if (found === null) return null;
  const schema = found.document.schema as JsonObject;
  return list ? { type: 'array', items: schema } : schema;
}
