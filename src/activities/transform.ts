/** TRANSFORM: maps values in memory, and checks them against a business object where one is named. */
import type { TransformAction } from '../domain/workflow/plan.ts';
import { StepFault } from '../domain/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import { validateJson } from '../domain/schema/validate.ts';
import { valueOf, verb, type InternalStep } from './internal-step.ts';
import type { Step, StepOutcome } from './step.ts';

interface Invalid {
  readonly index: number;
  readonly record: Json;
  readonly problems: Json;
}

/** Problems that a failing record reports; the rest is counted only. */
const MOST_REPORTED = 20;

export async function transformed(transform: InternalStep<TransformAction>): Promise<Json> {
  const { expressions, scope } = transform;
  const { from, map } = transform.step.action;
  if (from === null) {
    const value = valueOf(await expressions.value(map, scope));
    return transform.object === null ? value : checkedValue(transform, transform.object, value);
  }
  const items = valueOf(await expressions.list(from, scope));
  const records = valueOf(await expressions.each(map, items, scope));
  return checked(transform, records);
}

/** A value without `from` is one record, or a list of them. */
function checkedValue(transform: InternalStep<TransformAction>, schema: JsonObject, value: Json): Json {
  if (Array.isArray(value)) return checked(transform, value);
  const problems = validateJson(schema, value);
  if (problems.length === 0) return value;
  const { invalid } = transform.step.action;
  if (invalid === 'drop') return null;
  const refused: Invalid = { index: 0, record: value, problems: problems as unknown as Json };
  if (invalid === 'collect') return { valid: [], invalid: [refused as unknown as Json] };
  throw invalidRecord([refused]);
}

function checked(transform: InternalStep<TransformAction>, records: readonly Json[]): Json {
  const { invalid } = transform.step.action;
  const valid: Json[] = [];
  const refused: Invalid[] = [];
  for (const [index, record] of records.entries()) {
    const problems = transform.object === null ? [] : validateJson(transform.object, record);
    if (problems.length === 0) valid.push(record);
    else refused.push({ index, record, problems: problems as unknown as Json });
  }
  if (invalid === 'collect') return { valid, invalid: refused as unknown as Json };
  if (invalid === 'fail' && refused.length > 0) throw invalidRecord(refused);
  return valid;
}

const invalidRecord = (refused: readonly Invalid[]): StepFault =>
  new StepFault(
    'INVALID_RECORD',
    JSON.stringify({
      invalid: refused.length,
      first: refused.slice(0, MOST_REPORTED).map(({ index, problems }) => ({ index, problems })),
    }),
  );

async function objectOf(step: Step<TransformAction>): Promise<JsonObject | null> {
  const { to } = step.step.action;
  if (to === null) return null;
  const found = await step.deps.definitions.active(step.scope.tenant, 'BusinessObject', to);
  const schema = found?.document['schema'];
  if (!isJsonObject(schema)) throw new StepFault('INVALID_RECORD', `the business object ${to} does not exist`);
  return schema;
}

export const transform = verb<TransformAction>(async (step): Promise<StepOutcome> => {
  const object = await objectOf(step);
  const { expressions } = step.deps;
  const output = await transformed({ step: step.step, scope: await step.values(), expressions, object });
  return { kind: 'succeeded', output };
});
