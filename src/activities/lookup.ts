/** LOOKUP: one record by its key, or null where the author allows that it is missing. */
import type { LookupAction } from '../domain/workflow/plan.ts';
import { StepFault } from '../domain/errors.ts';
import { readable } from './fetch.ts';
import { valueOf, verb } from './internal-step.ts';
import type { StepOutcome } from './step.ts';

export const lookup = verb<LookupAction>(async (step): Promise<StepOutcome> => {
  const { connector, resource, key, missing } = step.step.action;
  const resolved = await readable(step, connector, resource);
  const record = await resolved.adapter.lookup(
    resolved.context(step.signal, (percent) => step.progress(percent)),
    { resource, key: valueOf(await step.deps.expressions.value(key, await step.values())) },
  );
  if (record === null && missing === 'fail') throw new StepFault('NOT_FOUND', `no record of ${resource} has this key`);
  return { kind: 'succeeded', output: record };
});
