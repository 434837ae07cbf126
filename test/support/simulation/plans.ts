/** Plans for simulations, written by hand or at random: graphs of steps whose verbs are played by the simulation. */
import { workflowId } from '../../../src/domain/ids.ts';
import type { Action, Plan, PlanStep, RetryRule } from '../../../src/domain/workflow/plan.ts';
import type { Seeded } from '../seeded.ts';

export interface StepSketch extends Partial<Omit<PlanStep, 'ordinal' | 'id' | 'action' | 'retry'>> {
  readonly id: string;
  readonly after?: readonly string[];
  /** A gate: names of the steps of each branch. */
  readonly branches?: readonly (readonly string[])[];
  readonly verb?: 'TRANSFORM' | 'FETCH' | 'GOVERN' | 'PUSH';
  readonly governedById?: string;
  readonly handlerOf?: string;
  readonly retry?: Partial<RetryRule>;
}

const RETRY: RetryRule = {
  maxAttempts: 3,
  initialMs: 2_000,
  backoff: 2,
  maxIntervalMs: 60_000,
  jitter: true,
  on: null,
  never: [],
};

export function planOf(sketches: readonly StepSketch[], change: Partial<Plan> = {}): Plan {
  const ordinals = new Map(sketches.map((sketch, at) => [sketch.id, at + 1]));
  const ordinal = (id: string): number => {
    const found = ordinals.get(id);
    if (found === undefined) throw new RangeError(`no step ${id}`);
    return found;
  };
  const steps = sketches.map((sketch): PlanStep => {
    const gates = sketches.flatMap((gate) =>
      (gate.branches ?? []).flatMap((targets, branch) =>
        targets.includes(sketch.id) ? [{ gate: ordinal(gate.id), branch }] : [],
      ),
    );
    const dependsOn = [...new Set([...(sketch.after ?? []).map(ordinal), ...gates.map(({ gate }) => gate)])];
    dependsOn.sort((a, b) => a - b);
    return {
      ordinal: ordinal(sketch.id),
      id: sketch.id,
      name: null,
      list: sketch.handlerOf === undefined ? (sketch.list ?? 'MAIN') : 'HANDLER',
      handles: sketch.handlerOf === undefined ? null : ordinal(sketch.handlerOf),
      dependsOn,
      gates,
      when: sketch.when ?? null,
      with: sketch.with ?? {},
      timeoutMs: sketch.timeoutMs ?? 120_000,
      totalTimeoutMs: sketch.totalTimeoutMs ?? null,
      heartbeatMs: sketch.heartbeatMs ?? null,
      retry: { ...RETRY, ...sketch.retry },
      onError: sketch.onError ?? 'fail',
      handler: sketches.filter((each) => each.handlerOf === sketch.id).map((each) => ordinal(each.id)),
      governedBy: sketch.governedById === undefined ? null : ordinal(sketch.governedById),
      governs: sketches.filter((each) => each.governedById === sketch.id).map((each) => ordinal(each.id)),
      sensitive: true,
      returns: sketch.returns ?? null,
      reads: sketch.reads ?? [],
      action: actionOf(sketch, ordinal),
    };
  });
  const main = steps.filter((step) => step.list === 'MAIN');
  return {
    workflow: workflowId('simulated'),
    version: 1,
    digest: '0'.repeat(64),
    name: 'simulated',
    owner: null,
    tags: [],
    order: 'graph',
    input: null,
    vars: {},
    businessKey: null,
    effectKey: null,
    output: null,
    sinks: main
      .filter((step) => !main.some((each) => each.dependsOn.includes(step.ordinal)))
      .map((step) => step.ordinal),
    timeoutMs: 24 * 3_600_000,
    concurrency: null,
    trigger: null,
    retentionMs: null,
    steps,
    ...change,
  };
}

function actionOf(sketch: StepSketch, ordinal: (id: string) => number): Action {
  if (sketch.branches !== undefined) {
    const last = sketch.branches.length - 1;
    return {
      verb: 'LOGIC_GATE',
      branches: sketch.branches.map((targets, at) => ({
        condition: at === last ? null : 'false',
        targets: targets.map(ordinal),
      })),
    };
  }
  switch (sketch.verb ?? 'TRANSFORM') {
    case 'GOVERN':
      return {
        verb: 'GOVERN',
        policies: [],
        facts: {},
        totals: {},
        disclose: null,
        form: null,
        onReject: 'continue',
        subject: null,
      };
    case 'FETCH':
      return {
        verb: 'FETCH',
        connector: 'c' as never,
        resource: 'r',
        params: {},
        query: {},
        page: { size: null, max: null },
        limit: 10,
      };
    case 'PUSH':
      return {
        verb: 'PUSH',
        connector: 'c' as never,
        resource: 'r',
        records: [],
        mode: 'create',
        recordKey: null,
        batchSize: null,
        effectKey: null,
        onUnknown: 'reconcile',
      };
    case 'TRANSFORM':
      return { verb: 'TRANSFORM', map: null, from: null, to: null, invalid: 'fail' };
  }
}

/** `count` steps, each after the one before. */
export const chain = (count: number, verb: StepSketch['verb'] = 'TRANSFORM'): readonly StepSketch[] =>
  Array.from({ length: count }, (_, at) => ({ id: `s${at}`, verb, after: at === 0 ? [] : [`s${at - 1}`] }));

/** A random graph without cycles: edges lead to later steps, some steps are gates, some tolerate failure. */
export function randomSketches(random: Seeded, most: number): readonly StepSketch[] {
  const count = 1 + random.below(most);
  const sketches: StepSketch[] = [];
  for (let at = 0; at < count; at++) {
    const after = sketches.filter(() => random.next() < 1.6 / (at + 1)).map((each) => each.id);
    sketches.push({ id: `s${at}`, after, verb: random.next() < 0.5 ? 'FETCH' : 'TRANSFORM', onError: 'continue' });
  }
  return sketches.map((sketch, at) => {
    const rest = sketches.slice(at + 1).map((each) => each.id);
    if (rest.length < 2 || random.next() > 0.25) return sketch;
    const branches: string[][] = [[], []];
    for (const id of rest) if (random.next() < 0.4) branches[random.below(2)]?.push(id);
    const { verb: _verb, ...gate } = sketch;
    return { ...gate, branches };
  });
}
