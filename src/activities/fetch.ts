/**
 * FETCH: a list of records from a resource that the connector declares as readable. A `limit` of the author cuts the list;
 * without one a longer list fails, because nobody would see what is missing.
 */
import type { FetchAction } from '../domain/workflow/plan.ts';
import { StepFault } from '../domain/errors.ts';
import type { ResolvedConnector } from '../ports/adapters.ts';
import { mapOf, verb } from './internal-step.ts';
import type { Step, StepOutcome } from './step.ts';

/** Records of one FETCH that names no `limit`. */
export const MOST_FETCHED = 10_000;

/** The connector's active version, with proof that the resource may be read. */
export async function readable(step: Step, connector: string, resource: string): Promise<ResolvedConnector> {
  const resolved = await step.deps.adapters.resolve(step.scope.tenant, connector);
  const traits = resolved.adapter.resource(resolved.connector, resource);
  if (traits === null) throw new StepFault('RESOURCE_UNKNOWN', `${connector} has no resource ${resource}`);
  if (traits.access !== 'read') throw new StepFault('READ_WRITE_MISMATCH', `${connector}/${resource} is not readable`);
  return resolved;
}

export const fetch = verb<FetchAction>(async (step): Promise<StepOutcome> => {
  const { connector, resource, params, query, page, limit } = step.step.action;
  const resolved = await readable(step, connector, resource);
  const scope = await step.values();
  const { expressions } = step.deps;
  const records = await resolved.adapter.fetch(
    resolved.context(step.signal, (percent) => step.progress(percent)),
    {
      resource,
      params: await mapOf(expressions, params, scope),
      query: await mapOf(expressions, query, scope),
      pageSize: page.size,
      maxPages: page.max,
      limit: limit ?? MOST_FETCHED + 1,
    },
  );
  if (limit === null && records.length > MOST_FETCHED) {
    const many = `${connector}/${resource} has more than ${MOST_FETCHED} records`;
    throw new StepFault('OUTSIDE_TOO_LARGE', `${many}: name a \`limit\` in the step, or ask for fewer by \`query\``);
  }
  return { kind: 'succeeded', output: records };
});
