/**
 * Who depends on whom in one list of steps: LANGUAGE §3. A listed list is a chain in which a gate opens branches and the
 * first step after them joins their ends; a graph says its dependencies itself. Indices are positions in the list.
 */
import { didYouMean, problem } from './problems.ts';
import type { Problem } from './problems.ts';
import type { ReadStep, ReadWorkflow } from './read-workflow.ts';

export interface Arrangement {
  readonly dependsOn: readonly (readonly number[])[];
  readonly gates: readonly (readonly { readonly gate: number; readonly branch: number }[])[];
  readonly problems: readonly Problem[];
}

export interface GateBranch {
  readonly targets: readonly string[];
  readonly condition: string | null;
  readonly pointer: string;
}

/** A gate's branches in order; the last one without a condition is `else` (empty when none is written). */
export function branchesOf(read: ReadStep): readonly GateBranch[] {
  const step = read.step;
  if (!('verb' in step) || step.verb !== 'LOGIC_GATE') return [];
  const otherwise: GateBranch = { targets: step.else ?? [], condition: null, pointer: `${read.pointer}/else` };
  if (step.switch !== undefined) {
    const cases = step.switch.map((one, i) => ({
      targets: one.then,
      condition: one.if,
      pointer: `${read.pointer}/switch/${i}/then`,
    }));
    return [...cases, otherwise];
  }
  return [{ targets: step.then ?? [], condition: step.if ?? 'false', pointer: `${read.pointer}/then` }, otherwise];
}

export function arrange(
  steps: readonly ReadStep[],
  order: 'listed' | 'graph',
  ids: Pick<ReadWorkflow, 'declared' | 'unreadable'>,
  free = false,
): Arrangement {
  const problems: Problem[] = [];
  const index = new Map<string, number>();
  steps.forEach((s, i) => {
    if (!index.has(s.step.id)) index.set(s.step.id, i);
  });
  const gates = steps.map((): { gate: number; branch: number }[] => []);
  steps.forEach((s, gate) =>
    branchesOf(s).forEach((branch, b) =>
      branch.targets.forEach((id, t) => {
        const target = index.get(id);
        const pointer = `${branch.pointer}/${t}`;
        if (target === undefined) problems.push(...unknownStep(id, pointer, ids, index));
        else if (target === gate) problems.push(problem('SELF_DEPENDENCY', pointer, 'A gate does not choose itself.'));
        else if (gates[target]?.some((g) => g.gate === gate)) {
          problems.push(problem('GATE_BRANCH', pointer, `\`${id}\` stands twice in the branches of this gate.`));
        } else gates[target]?.push({ gate, branch: b });
      }),
    ),
  );
  const given = steps.map((s) => explicit(s, index, ids, problems));
  if (order === 'graph') {
    const dependsOn = given.map((own, i) => ascending([...own, ...(gates[i] ?? []).map((g) => g.gate)]));
    return { dependsOn, gates, problems };
  }
  steps.forEach((s) => {
    if ((s.step.dependsOn ?? []).length > 0) {
      problems.push(
        problem(
          'ORDER_MIXED',
          `${s.pointer}/dependsOn`,
          'In a listed workflow the order of the list decides.',
          'Leave `dependsOn` out, or write `order: graph`.',
        ),
      );
    }
  });
  return { ...chain(steps, gates, problems, free), gates, problems };
}

function explicit(
  read: ReadStep,
  index: ReadonlyMap<string, number>,
  ids: Pick<ReadWorkflow, 'declared' | 'unreadable'>,
  problems: Problem[],
): readonly number[] {
  return (read.step.dependsOn ?? []).flatMap((id, i) => {
    const pointer = `${read.pointer}/dependsOn/${i}`;
    if (id === read.step.id) {
      problems.push(problem('SELF_DEPENDENCY', pointer, `The step \`${id}\` depends on itself.`));
      return [];
    }
    const at = index.get(id);
    if (at === undefined) problems.push(...unknownStep(id, pointer, ids, index));
    return at === undefined ? [] : [at];
  });
}

/** A step that could not be read has its own problem already. */
function unknownStep(
  id: string,
  pointer: string,
  { declared, unreadable }: Pick<ReadWorkflow, 'declared' | 'unreadable'>,
  index: ReadonlyMap<string, number>,
): readonly Problem[] {
  if (unreadable.has(id)) return [];
  const elsewhere = declared.has(id);
  return [
    problem(
      'UNKNOWN_STEP',
      pointer,
      elsewhere ? `The step \`${id}\` is not in this list.` : `There is no step \`${id}\`.`,
      elsewhere ? null : didYouMean(id, [...index.keys()]),
    ),
  ];
}

const ascending = (list: readonly number[]): number[] => [...new Set(list)].sort((a, b) => a - b);

/** Where a step lives in a listed list: directly, or in a branch of the innermost gate that names it. */
interface Home {
  readonly gate: number;
  readonly branch: number;
}

function chain(
  steps: readonly ReadStep[],
  gates: readonly (readonly Home[])[],
  problems: Problem[],
  free: boolean,
): { dependsOn: readonly (readonly number[])[] } {
  const home: (Home | null)[] = [];
  gates.forEach((named, i) => home.push(innermost(i, named, home, steps, problems)));
  const members = new Map<string, number[]>();
  home.forEach((at, i) => {
    const key = at === null ? '' : `${at.gate}/${at.branch}`;
    members.set(key, [...(members.get(key) ?? []), i]);
  });
  const dependsOn: number[][] = steps.map(() => []);
  /** Lays one container; returns its last steps, and the highest index inside it. */
  const lay = (key: string, entry: readonly number[]): { tails: readonly number[]; highest: number } => {
    let before = entry;
    let highest = -1;
    for (const i of members.get(key) ?? []) {
      if (highest > i && !free) {
        problems.push(
          problem(
            'GATE_BRANCH',
            (steps[i] as ReadStep).pointer,
            `\`${(steps[i] as ReadStep).step.id}\` stands between the branches of a gate.`,
            'List the steps of all branches directly after their gate, one branch after the other.',
          ),
        );
      }
      dependsOn[i] = ascending(before);
      highest = Math.max(highest, i);
      before = [i];
      const branches = branchesOf(steps[i] as ReadStep);
      if (branches.length > 0) {
        const ends = branches.map((_, b) => lay(`${i}/${b}`, [i]));
        before = ascending(ends.flatMap((end) => end.tails));
        highest = Math.max(highest, ...ends.map((end) => end.highest));
      }
    }
    return { tails: before, highest };
  };
  lay('', []);
  return { dependsOn };
}

/** `homes` holds the homes of all earlier steps: a gate stands before the steps that it chooses. */
function innermost(
  step: number,
  named: readonly Home[],
  homes: readonly (Home | null)[],
  steps: readonly ReadStep[],
  problems: Problem[],
): Home | null {
  const inner = [...named].sort((a, b) => b.gate - a.gate)[0];
  if (inner === undefined) return null;
  const read = steps[step] as ReadStep;
  if (inner.gate > step) {
    problems.push(problem('GATE_BRANCH', read.pointer, `\`${read.step.id}\` stands before the gate that chooses it.`));
    return null;
  }
  // Every other gate that names the step must hold the inner gate in the same branch: branches nest, they never overlap.
  const around = new Set<string>();
  for (let at: Home | null = inner; at !== null; at = homes[at.gate] ?? null) around.add(`${at.gate}/${at.branch}`);
  if (named.some((outer) => !around.has(`${outer.gate}/${outer.branch}`))) {
    problems.push(
      problem('GATE_BRANCH', read.pointer, `\`${read.step.id}\` stands in branches of two gates that are not nested.`),
    );
  }
  return inner;
}
