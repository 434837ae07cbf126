/** LOGIC_GATE: chooses a branch. Conditions are asked in order, the first true one wins; an error never means false. */
import type { GateAction } from '../domain/workflow/plan.ts';
import { verb, valueOf, type InternalStep } from './internal-step.ts';
import type { StepOutcome } from './step.ts';

/** Branch that is chosen when no condition holds and there is no `else`: none of the targets run. */
export const NO_BRANCH = -1;

export async function chooseBranch(gate: InternalStep<GateAction>): Promise<number> {
  for (const [index, branch] of gate.step.action.branches.entries()) {
    if (branch.condition === null) return index;
    if (valueOf(await gate.expressions.condition(branch.condition, gate.scope))) return index;
  }
  return NO_BRANCH;
}

export const logicGate = verb<GateAction>(async (step): Promise<StepOutcome> => {
  const scope = await step.values();
  const chosen = await chooseBranch({ step: step.step, scope, expressions: step.deps.expressions, object: null });
  return { kind: 'succeeded', chosen, output: { chosen } };
});
