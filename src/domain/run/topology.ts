/**
 * What a plan implies for the engine, worked out once per plan and kept as long as the plan itself: which rows belong to
 * which phase, and which steps have to be looked at again when a step ends. Knows nothing of heads or time.
 */
import type { Plan, PlanStep } from '../workflow/plan.ts';
import type { Head, Phase, Turn, TurnVerb } from './head.ts';

export interface Topology {
  /** Ordinal of `$end`. */
  readonly end: number;
  /** Activity that works the row with this ordinal. */
  readonly verbs: readonly TurnVerb[];
  /** By ordinal; a handler belongs to the phase of the step it handles; null for `$begin` and `$end`. */
  readonly phases: readonly (Phase | null)[];
  /** By ordinal: steps that may become ready or be skipped when this one has ended. */
  readonly followers: readonly (readonly number[])[];
  /** Ordinals of a phase, ascending. */
  readonly members: Readonly<Record<Phase, readonly number[]>>;
}

const known = new WeakMap<Plan, Topology>();

export function topologyOf(plan: Plan): Topology {
  const found = known.get(plan);
  if (found) return found;
  const made = build(plan);
  known.set(plan, made);
  return made;
}

export function stepOf(plan: Plan, ordinal: number): PlanStep {
  const step = plan.steps[ordinal - 1];
  if (step === undefined) throw new RangeError(`the plan has no step ${ordinal}`);
  return step;
}

function build(plan: Plan): Topology {
  const end = plan.steps.length + 1;
  const phases: (Phase | null)[] = [null];
  const verbs: TurnVerb[] = ['BEGIN'];
  const followers: Set<number>[] = Array.from({ length: end + 1 }, () => new Set<number>());
  const members: Record<Phase, number[]> = { MAIN: [], ON_ERROR: [], COMPENSATING: [], FINALLY: [] };
  for (const step of plan.steps) {
    const phase = phaseOf(plan, step);
    phases.push(phase);
    members[phase].push(step.ordinal);
    verbs.push(step.action.verb);
    for (const before of step.dependsOn) followers[before]?.add(step.ordinal);
    for (const { gate } of step.gates) followers[gate]?.add(step.ordinal);
    if (step.governedBy !== null) followers[step.governedBy]?.add(step.ordinal);
  }
  phases.push(null);
  verbs.push('END');
  return { end, verbs, phases, members, followers: followers.map((set) => [...set].sort((a, b) => a - b)) };
}

function phaseOf(plan: Plan, step: PlanStep): Phase {
  let at = step;
  while (at.list === 'HANDLER' && at.handles !== null) at = stepOf(plan, at.handles);
  return at.list === 'HANDLER' ? 'MAIN' : at.list;
}

export function turnFor(plan: Plan, head: Pick<Head, 'tenant' | 'run'>, step: number, fence: number): Turn {
  const verb = topologyOf(plan).verbs[step];
  if (verb === undefined) throw new RangeError(`the plan has no step ${step}`);
  return { fence, run: head.run, step, tenant: head.tenant, verb };
}

/** Every step that depends on `ordinal`, over any number of steps; without `ordinal` itself. */
export function descendantsOf(plan: Plan, ordinal: number): ReadonlySet<number> {
  const { followers } = topologyOf(plan);
  const found = new Set<number>();
  const open = [ordinal];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const next of followers[at] ?? []) {
      if (found.has(next) || next === ordinal) continue;
      found.add(next);
      open.push(next);
    }
  }
  return found;
}
