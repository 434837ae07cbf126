/** What every check of a workflow gets: the reading, where each step stands, who comes before whom. */
import type { Catalogue } from '../catalogue.ts';
import type { Placed } from '../place-steps.ts';
import type { ReadWorkflow } from '../read-workflow.ts';

export interface CheckContext {
  readonly workflow: ReadWorkflow;
  readonly catalogue: Catalogue;
  readonly placed: readonly Placed[];
  /** Ordinal of the first step with an id. */
  readonly byId: ReadonlyMap<string, number>;
  /** Null when the graph has a cycle: then nothing is said about before and after. */
  readonly before: ReadonlyMap<number, ReadonlySet<number>> | null;
}

export function stepAt(context: CheckContext, ordinal: number): Placed {
  const found = context.placed[ordinal - 1];
  if (found === undefined) throw new RangeError(`no step has the ordinal ${ordinal}`);
  return found;
}
