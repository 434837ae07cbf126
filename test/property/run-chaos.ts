/** One chaotic run by seed: random graph, random faults, random people and operators. Shared by the quick and the long test. */
import { controlRun, type Control } from '../../src/app/control-run.ts';
import { bellName, type RunScope } from '../../src/domain/ids.ts';
import { isEndState } from '../../src/domain/run/head.ts';
import { Problem } from '../../src/contract/problems.ts';
import {
  asksPeople,
  choose,
  failsFirst,
  fakeVerbs,
  takes,
  worksFine,
  type Part,
} from '../support/simulation/fake-verbs.ts';
import type { HubFaults } from '../support/simulation/hub.ts';
import { checkEnded, checkRun } from '../support/simulation/invariants.ts';
import type { StoreFaults } from '../support/simulation/memory-run-store.ts';
import { planOf, randomSketches, type StepSketch } from '../support/simulation/plans.ts';
import { PERSON, World } from '../support/simulation/world.ts';
import { seeded, type Seeded } from '../support/seeded.ts';

/** Faults stop after this; promise P7 is about what happens then. */
const CALM_MS = 600_000;

/** Runs with these seeds; what happened in all of them together. */
export async function chaosSeeds(from: number, to: number): Promise<Readonly<Record<string, number>>> {
  const sum: Record<string, number> = {};
  for (let seed = from; seed <= to; seed++) {
    try {
      for (const [what, times] of Object.entries(await chaos(seed))) sum[what] = (sum[what] ?? 0) + times;
    } catch (cause) {
      throw new Error(`seed ${seed}: ${String(cause)}`, { cause });
    }
  }
  return sum;
}

/** Ends normally when everything holds; returns how often what happened, so that a test can see that something did. */
async function chaos(seed: number): Promise<Readonly<Record<string, number>>> {
  const random = seeded(seed);
  const sketches = dressed(random, randomSketches(random, 8));
  const plan = planOf(sketches);
  const parts: Record<string, Part> = {};
  for (const sketch of sketches) parts[sketch.id] = partOf(random, sketch);
  let calm = false;
  const chance = (p: number): boolean => !calm && random.next() < p;
  const world: World = new World({
    plan,
    seed: seed + 1,
    verbs: fakeVerbs(parts),
    processes: 2,
    straightOnMs: random.next() < 0.5 ? 0 : 200,
    store: storeFaults(random, chance, (ms) => world.scheduler.sleep(ms)),
    hub: hubFaults(random, chance),
  });
  world.scheduler.after(CALM_MS, () => {
    calm = true;
  });
  const scope = await world.start('one');
  people(world, random, scope);
  operators(world, random, scope, () => calm);
  if (random.next() < 0.3) world.scheduler.after(random.below(30_000), () => world.hub.forgetAll());
  const kill = random.next() < 0.5 ? () => world.killAll() : () => void world.cutPower();
  if (random.next() < 0.3) world.scheduler.after(random.below(30_000), kill);
  for (let ends = 0; ; ends++) {
    await world.finish([scope], 6 * 3_600_000).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${describe(world, scope)}`);
    });
    checkEnded(world.head(scope));
    checkRun(plan, world.partition(scope));
    if (ends === 2 || random.next() < 0.5) break;
    await reopen(world, random, scope);
  }
  return tally(world, scope);
}

/** Where a run stands that does not end. */
function describe(world: World, scope: RunScope): string {
  const { state, phase, endingAs, pausedBy, nextDue, rows } = world.head(scope);
  const open = rows.filter((row) => !isEndState(row.state));
  const lanes = open.map((row) => row.lane && world.hub.instances.get(row.lane)?.status);
  return JSON.stringify({ state, phase, endingAs, pausedBy, nextDue, open, lanes });
}

/** The next run attempt, by a retry of everything or of one step; the client asks until it is answered. */
async function reopen(world: World, random: Seeded, scope: RunScope): Promise<void> {
  const step = random.pick(world.plan.steps);
  const control: Control = random.next() < 0.5 ? { kind: 'retry' } : { kind: 'retry-step', step: step.id };
  let answered = false;
  const ask = (): void => {
    controlRun(world.deps, { scope, control, by: PERSON }).then(
      () => (answered = true),
      (error: unknown) => {
        if (error instanceof Problem) answered = true;
      },
    );
  };
  const insist = (): void => {
    if (answered) return;
    ask();
    world.scheduler.after(30_000, insist);
  };
  insist();
  await world.until(() => answered);
}

function tally(world: World, scope: RunScope): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  const count = (what: string, by = 1): void => {
    counts[what] = (counts[what] ?? 0) + by;
  };
  for (const { event } of world.partition(scope).audit) count(String(event.type));
  for (const [code, times] of world.faults) count(code, times);
  count(world.head(scope).state);
  return counts;
}

/** Waits, fatal steps, handlers, governed steps, `onError` and `finally` on top of the bare graph. */
function dressed(random: Seeded, bare: readonly StepSketch[]): readonly StepSketch[] {
  const steps = bare.map((sketch): StepSketch => {
    const onError = random.next() < 0.3 ? 'fail' : 'continue';
    if (sketch.branches !== undefined) return { ...sketch, onError };
    return { ...sketch, onError, verb: random.next() < 0.2 ? 'GOVERN' : (sketch.verb ?? 'TRANSFORM') };
  });
  const governed = steps.map((sketch): StepSketch => {
    const policy = steps.find((each) => each.verb === 'GOVERN' && sketch.after?.includes(each.id));
    return policy === undefined || sketch.verb === 'GOVERN' ? sketch : { ...sketch, governedById: policy.id };
  });
  const handled = random.pick(steps);
  return [
    ...governed,
    ...(random.next() < 0.3 ? [{ id: 'mend', handlerOf: handled.id, onError: 'continue' } as const] : []),
    ...(random.next() < 0.3 ? [{ id: 'caught', list: 'ON_ERROR' } as const] : []),
    ...(random.next() < 0.4 ? [{ id: 'tidy', list: 'FINALLY' } as const] : []),
    ...(random.next() < 0.2 ? [{ id: 'asks', list: 'FINALLY', verb: 'GOVERN' } as const] : []),
  ];
}

function partOf(random: Seeded, sketch: StepSketch): Part {
  if (sketch.branches !== undefined) {
    const branch = random.below(sketch.branches.length);
    return () => choose(branch);
  }
  if (sketch.verb === 'GOVERN') return asksPeople(random.next() < 0.5 ? 20_000 + random.below(60_000) : null);
  const kind = random.next();
  if (kind < 0.2) return failsFirst(1 + random.below(4));
  if (kind < 0.4) return takes(random.below(60_000));
  return worksFine;
}

function storeFaults(
  random: Seeded,
  chance: (p: number) => boolean,
  sleep: (ms: number) => Promise<void>,
): StoreFaults {
  const slow = random.next() < 0.5 ? 0 : random.below(40);
  const lost = random.next() * 0.15;
  const stale = random.next() * 0.2;
  return {
    latency: () => sleep(random.below(slow + 1)),
    flush: () => sleep(random.below(slow + 1)),
    readsStale: () => chance(stale),
    losesAnswer: () => chance(lost),
  };
}

function hubFaults(random: Seeded, chance: (p: number) => boolean): HubFaults {
  const [start, ring, replay, still, repeat, delivery] = Array.from({ length: 6 }, () =>
    random.next() < 0.5 ? 0 : random.next() * 0.15,
  ) as [number, number, number, number, number, number];
  return {
    delay: () => random.below(200),
    losesStart: () => chance(start),
    losesRing: () => chance(ring),
    failsReplay: () => chance(replay),
    standsStill: () => chance(still / 3),
    repeats: () => (chance(repeat) ? random.below(3_000) : null),
    losesDelivery: () => chance(delivery),
  };
}

/** Answers every open request after a while; the hub rings without reason now and then. */
function people(world: World, random: Seeded, scope: RunScope): void {
  world.scheduler.after(5_000 + random.below(20_000), () => {
    for (const row of world.head(scope).rows) {
      if (row.state !== 'SUSPENDED' || row.reason !== 'APPROVAL' || row.decided) continue;
      if (row.lane !== null && random.next() < 0.2)
        void world.hub.ring(row.lane, bellName(row.step, row.fence)).catch(tryLater);
      if (row.due !== null && random.next() < 0.7) continue;
      world.decide(scope, row.step, random.next() < 0.7 ? 'APPROVED' : 'REJECTED').catch(tryLater);
    }
    people(world, random, scope);
  });
}

/** The store did not answer: they look again after a while. */
const tryLater = (): void => undefined;

/** Pause and resume, cancel, terminate, retries: whatever the state allows. */
function operators(world: World, random: Seeded, scope: RunScope, calm: () => boolean): void {
  const some = random.next();
  if (some < 0.4) return;
  const kinds = ['pause', 'retry', 'cancel', 'terminate'] as const;
  const act = (kind: (typeof kinds)[number] | 'resume'): void => {
    controlRun(world.deps, { scope, control: { kind }, by: PERSON }).catch((error: unknown) => {
      if (error instanceof Problem && error.code === 'CONFLICT') return;
      if (!calm()) return;
      throw error;
    });
  };
  const again = (): void => {
    world.scheduler.after(random.below(40_000), () => {
      if (isEndState(world.head(scope).state) && random.next() < 0.5) return;
      act(calm() ? 'resume' : random.pick(kinds.slice(0, some < 0.7 ? 2 : 4)));
      world.scheduler.after(random.below(20_000), () => act('resume'));
      again();
    });
  };
  again();
}
