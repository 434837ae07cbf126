/**
 * The power goes while the disk lags behind: the last commits are gone, and with them everything that worked. What anybody was
 * told before must still stand, and every run ends as ever. A failure names its seed.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkEnded, checkRun } from '../support/simulation/invariants.ts';
import { asksPeople, fakeVerbs, takes, worksFine, type Part } from '../support/simulation/fake-verbs.ts';
import { chain, planOf, randomSketches, type StepSketch } from '../support/simulation/plans.ts';
import { World } from '../support/simulation/world.ts';
import { seeded } from '../support/seeded.ts';

/** A graph whose steps are internal, but for a few: lanes go straight on over many commits, fan out and join. */
function sketchesOf(seed: number): readonly StepSketch[] {
  const random = seeded(seed);
  if (seed % 4 === 0) return chain(12, 'TRANSFORM');
  return randomSketches(random, 10).map((sketch) => {
    const verb = random.next() < 0.2 ? (random.next() < 0.5 ? 'FETCH' : 'GOVERN') : 'TRANSFORM';
    return sketch.branches === undefined ? { ...sketch, verb } : sketch;
  });
}

/** Runs one graph through power cuts; answers how many commits they took back. */
async function cut(seed: number): Promise<number> {
  const random = seeded(seed + 1000);
  const sketches = sketchesOf(seed);
  const plan = planOf(sketches);
  const partOf = ({ verb }: StepSketch): Part =>
    verb === 'GOVERN' ? asksPeople() : verb === 'FETCH' ? takes(random.below(200)) : worksFine;
  const played = sketches.filter((sketch) => sketch.branches === undefined);
  const world: World = new World({
    plan,
    seed,
    verbs: fakeVerbs(Object.fromEntries(played.map((sketch) => [sketch.id, partOf(sketch)]))),
    store: {
      latency: () => world.scheduler.sleep(random.below(3)),
      flush: () => world.scheduler.sleep(random.below(60)),
    },
    hub: { delay: () => random.below(20) },
  });
  let taken = 0;
  const scope = await world.start('one');
  // Some while the first lane works, some after the sweep has begun again.
  for (let cuts = 0; cuts < 8; cuts++) {
    world.scheduler.after(random.below(cuts < 4 ? 200 : 60_000), () => {
      taken += world.cutPower();
      if (random.next() < 0.3) world.hub.forgetAll();
    });
  }
  const decide = (): void => {
    world.scheduler.after(3_000, () => {
      for (const { step, state, decided } of world.head(scope).rows)
        if (state === 'SUSPENDED' && !decided) void world.decide(scope, step, 'APPROVED');
      decide();
    });
  };
  decide();
  await world.finish([scope]);
  checkEnded(world.head(scope));
  checkRun(plan, world.partition(scope));
  // A lane that was told of a commit which is gone would ask for a fence that nobody has heard of.
  assert.equal(world.faults.get('STALE_READ'), undefined);
  return taken;
}

test('P1 P2 P5 P7: 150 runs through power cuts end, and nothing that was told is taken back', async () => {
  let taken = 0;
  for (let seed = 1; seed <= 150; seed++) {
    taken += await cut(seed).catch((cause: unknown) => {
      throw new Error(`seed ${seed}: ${String(cause)}`, { cause });
    });
  }
  assert.ok(taken > 150, `only ${taken} commits were lost: the test shows little`);
});
