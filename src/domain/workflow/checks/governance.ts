/** Writes and their decisions: what a connector may ask approval for needs a GOVERN before it, over content known by then. */
import { APPROVAL_REQUIRED } from '../../governance/policy.ts';
import { stepFields } from '../fields.ts';
import { problem } from '../problems.ts';
import type { Problem } from '../problems.ts';
import { readsOfFields } from '../reads.ts';
import type { Placed } from '../place-steps.ts';
import { stepAt } from './context.ts';
import type { CheckContext } from './context.ts';

export function checkGovernance(context: CheckContext): readonly Problem[] {
  return context.placed.flatMap((placed) => [...ungoverned(placed, context), ...governed(placed, context)]);
}

function ungoverned({ read }: Placed, { catalogue }: CheckContext): readonly Problem[] {
  const { step, pointer } = read;
  if (!('verb' in step) || (step.verb !== 'PUSH' && step.verb !== 'EXECUTE') || step.governedBy !== undefined)
    return [];
  const connector = catalogue.connector(step.connector);
  const target = step.verb === 'PUSH' ? connector?.resources.get(step.resource) : connector?.commands.get(step.command);
  if (target === undefined || target.access !== 'write') return [];
  const asking = (target.policies ?? [APPROVAL_REQUIRED]).filter(
    (id) => catalogue.policy(id)?.mayRequireApproval === true,
  );
  if (asking.length === 0) return [];
  return [
    problem(
      'UNGOVERNED_WRITE',
      pointer,
      `The connector \`${step.connector}\` may ask approval for this write (${asking.map((id) => `\`${id}\``).join(', ')}).`,
      'Add a GOVERN step before it and name it in `governedBy`.',
    ),
  ];
}

function governed(placed: Placed, context: CheckContext): readonly Problem[] {
  const { step, pointer } = placed.read;
  const id = 'governedBy' in step ? step.governedBy : undefined;
  if (id === undefined) return [];
  const at = `${pointer}/governedBy`;
  const ordinal = context.byId.get(id);
  if (ordinal === undefined) {
    return context.workflow.declared.has(id) ? [] : [problem('UNKNOWN_STEP', at, `There is no step \`${id}\`.`)];
  }
  const govern = stepAt(context, ordinal);
  if (govern.read.kind !== 'GOVERN') {
    return [problem('UNGOVERNED_WRITE', at, `The step \`${id}\` is no GOVERN.`, 'Name a GOVERN step.')];
  }
  if (context.before === null) return [];
  if (context.before.get(placed.ordinal)?.has(ordinal) !== true) {
    const graph = context.workflow.order === 'graph';
    return [
      problem(
        'NOT_UPSTREAM',
        at,
        `The GOVERN \`${id}\` does not come before \`${step.id}\` on every path.`,
        graph ? `Add \`${id}\` to \`dependsOn\`.` : 'Move the GOVERN before the step that writes.',
      ),
    ];
  }
  return lateInput(placed, govern, context);
}

/**
 * What is approved is exactly what will be written: nothing in it may come into being after the GOVERN. `run.now` may be in
 * it, as governed steps share the clock of their GOVERN.
 */
function lateInput(placed: Placed, govern: Placed, context: CheckContext): readonly Problem[] {
  const known = context.before?.get(govern.ordinal) ?? new Set<number>();
  const problems: Problem[] = [];
  for (const field of stepFields(placed.read)) {
    if (!field.content) continue;
    for (const ordinal of readsOfFields([field], context.byId)) {
      if (known.has(ordinal)) continue;
      const late = stepAt(context, ordinal).read.step.id;
      const judge = govern.read.step.id;
      const [message, suggestion] =
        late === judge
          ? [
              `What \`${judge}\` judges cannot depend on its answer: people approve content that stands before they do.`,
              `Use the values of \`${judge}\` in a later step that it does not govern.`,
            ]
          : [
              `The content depends on \`${late}\`, which has not ended when \`${judge}\` judges it.`,
              `Let \`${judge}\` come after \`${late}\`.`,
            ];
      problems.push(problem('GOVERNED_LATE_INPUT', field.pointer, message, suggestion));
    }
  }
  return problems;
}
