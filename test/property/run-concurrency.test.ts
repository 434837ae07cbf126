/** Runs under one concurrency key, with waits, losses and cancels: never more than the limit, and all of them end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlRun } from '../../src/app/control-run.ts';
import type { RunScope } from '../../src/domain/ids.ts';
import { asksPeople, fakeVerbs, takes } from '../support/simulation/fake-verbs.ts';
import { checkEnded, checkRun } from '../support/simulation/invariants.ts';
import { chain, planOf, type StepSketch } from '../support/simulation/plans.ts';
import { PERSON, World, type WorldOptions } from '../support/simulation/world.ts';

const limited = (steps: readonly StepSketch[], limit: number, maxWaitMs: number | null = null) =>
  planOf(steps, { concurrency: { limit, key: '{{ input.key }}', onLimit: 'queue', maxWaitMs, priority: 3 } });

async function startMany(world: World, count: number, key = 'k'): Promise<readonly RunScope[]> {
  const scopes: RunScope[] = [];
  for (let at = 0; at < count; at++) {
    scopes.push(await world.start(`${key}${at}`, { key }));
    const next = world.scheduler.ms + 10;
    await world.until(() => world.scheduler.ms >= next);
  }
  return scopes;
}

/** Runs with a step in the hands of a verb. */
const working = (world: World): number =>
  [...world.data.partitions.values()].filter(({ head }) =>
    head.rows.some((row) => row.step > 0 && row.state === 'RUNNING' && row.id !== '$end'),
  ).length;

function watchLimit(world: World, limit: number): { readonly most: () => number } {
  let most = 0;
  const look = (): void => {
    most = Math.max(most, working(world));
    assert.ok(most <= limit, `${most} runs at once`);
    world.scheduler.after(25, look);
  };
  look();
  return { most: () => most };
}

const finished = (world: World, scopes: readonly RunScope[]): void => {
  for (const scope of scopes) {
    checkEnded(world.head(scope));
    checkRun(world.plan, world.partition(scope));
  }
  for (const { document } of world.slots.documents.values()) {
    assert.deepEqual([document.holders, document.queue], [[], []], 'a slot is lost');
  }
};

test('20 runs share 3 slots: never more than 3 at once, in their order, without idle gaps', async () => {
  const world = new World({ plan: limited(chain(2, 'FETCH'), 3), verbs: fakeVerbs({}, takes(1_000)) });
  const { most } = watchLimit(world, 3);
  const scopes = await startMany(world, 20);
  await world.finish(scopes, 60_000);
  await world.until(() => [...world.slots.documents.values()].every(({ document }) => document.holders.length === 0));
  finished(world, scopes);
  assert.equal(most(), 3);
  const order = scopes.map((scope) => world.head(scope).startedAt ?? '');
  assert.deepEqual(order, [...order].sort());
});

test('other keys have slots of their own', async () => {
  const world = new World({ plan: limited(chain(1, 'FETCH'), 1), verbs: fakeVerbs({}, takes(10_000)) });
  const scopes = [...(await startMany(world, 1, 'x')), ...(await startMany(world, 1, 'y'))];
  await world.finish(scopes, 15_000);
});

test('a run that waits for a person holds no slot, and goes on ahead of new ones', async () => {
  const plan = limited(
    [
      { id: 'policy', verb: 'GOVERN' },
      { id: 'post', verb: 'PUSH', after: ['policy'], governedById: 'policy' },
    ],
    1,
  );
  const parts = { policy: asksPeople(), post: takes(5_000) };
  const world = new World({ plan, verbs: fakeVerbs(parts) });
  watchLimit(world, 1);
  const [first, second, third] = (await startMany(world, 3)) as [RunScope, RunScope, RunScope];
  await world.until(() => [first, second, third].every((scope) => world.head(scope).state === 'SUSPENDED'), 20_000);
  for (const scope of [first, second, third]) assert.equal(await world.decide(scope, 1, 'APPROVED'), true);
  await world.until(() => world.head(first).rows[2]?.state === 'RUNNING', 20_000);
  assert.equal(world.head(second).state, 'PENDING');
  assert.equal(world.head(second).pendingReason, 'SLOT');
  const fourth = await world.start('fourth', { key: 'k' });
  await world.finish([first, second, third], 60_000);
  await world.until(() => world.head(fourth).state === 'SUSPENDED', 60_000);
  assert.ok(String(world.head(third).endedAt) < String(world.head(fourth).startedAt), 'a new run overtook');
});

test('a run that waits too long fails QUEUED_TOO_LONG, having done nothing', async () => {
  const world = new World({ plan: limited(chain(1, 'FETCH'), 1, 60_000), verbs: fakeVerbs({}, takes(110_000)) });
  const [first, second] = (await startMany(world, 2)) as [RunScope, RunScope];
  await world.finish([first, second], 300_000);
  assert.equal(world.head(first).state, 'SUCCEEDED');
  assert.deepEqual(world.head(second).cause, { code: 'QUEUED_TOO_LONG', step: null });
  assert.equal(world.verbs.entered.get('s0'), 1);
});

for (let seed = 1; seed <= 20; seed++) {
  test(`slots under losses, cancels and a deleted hub (seed ${seed})`, async () => {
    const calmAt = 120_000;
    let calm = false;
    const chance = (p: number): boolean => !calm && world.random.next() < p;
    const options: WorldOptions = {
      plan: limited(
        [
          { id: 'a', verb: 'FETCH' },
          { id: 'policy', verb: 'GOVERN', after: ['a'] },
          { id: 'b', verb: 'FETCH', after: ['policy'] },
        ],
        2,
      ),
      verbs: fakeVerbs({ policy: asksPeople(20_000) }, takes(800)),
      seed,
      processes: 2,
      store: { latency: () => world.scheduler.sleep(world.random.below(20)), losesAnswer: () => chance(0.03) },
      hub: { delay: () => world.random.below(100), failsReplay: () => chance(0.03), losesStart: () => chance(0.05) },
    };
    const world: World = new World(options);
    watchLimit(world, 2);
    const scopes = await startMany(world, 12);
    world.scheduler.after(calmAt, () => (calm = true));
    world.scheduler.after(5_000, () => world.hub.forgetAll());
    for (const scope of scopes.filter(() => world.random.next() < 0.3)) {
      world.scheduler.after(world.random.below(60_000), () => {
        controlRun(world.deps, { scope, control: { kind: 'cancel' }, by: PERSON }).catch(() => undefined);
      });
    }
    await world.finish(scopes);
    await world.until(() =>
      [...world.slots.documents.values()].every(
        ({ document }) => document.holders.length + document.queue.length === 0,
      ),
    );
    finished(world, scopes);
  });
}
