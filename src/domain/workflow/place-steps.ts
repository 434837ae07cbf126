/** Ordinals and dependencies over all lists of a workflow: what the plan and every check name a step by. */
import { arrange } from './arrange.ts';
import type { ListName, ReadStep, ReadWorkflow } from './read-workflow.ts';

/** One step with its place among all. */
export interface Placed {
  readonly read: ReadStep;
  readonly ordinal: number;
  readonly handles: number | null;
  readonly dependsOn: readonly number[];
  readonly gates: readonly { readonly gate: number; readonly branch: number }[];
}

/** All steps of all lists with ordinals and dependencies; the same numbers that the plan has. */
export function placeSteps(workflow: ReadWorkflow): readonly Placed[] {
  const placed: Placed[] = [];
  const add = (list: readonly ReadStep[], order: 'listed' | 'graph', handles: number | null): void => {
    const base = placed.length + 1;
    const { dependsOn, gates } = arrange(list, order, workflow, workflow.form === 'nodes');
    list.forEach((read, i) =>
      placed.push({
        read,
        ordinal: base + i,
        handles,
        dependsOn: (dependsOn[i] ?? []).map((d) => base + d),
        gates: (gates[i] ?? []).map((g) => ({ gate: base + g.gate, branch: g.branch })),
      }),
    );
  };
  add(workflow.main, workflow.order, null);
  const owners = (list: ListName): readonly Placed[] => placed.filter((p) => p.read.list === list);
  const handlersOf = (list: readonly Placed[]): void => {
    for (const p of list) if (p.read.handler.length > 0) add(p.read.handler, 'listed', p.ordinal);
  };
  handlersOf(owners('MAIN'));
  add(workflow.onError, 'listed', null);
  handlersOf(owners('ON_ERROR'));
  add(workflow.finally, 'listed', null);
  handlersOf(owners('FINALLY'));
  return placed;
}
