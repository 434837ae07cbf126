/** Size and disaster: many runs, many lanes, large graphs, a hub that is slow or gone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunScope } from '../../src/domain/ids.ts';
import { asksPeople, choose, fakeVerbs, takes } from '../support/simulation/fake-verbs.ts';
import { checkEnded, checkRun } from '../support/simulation/invariants.ts';
import { chain, planOf, type StepSketch } from '../support/simulation/plans.ts';
import { World } from '../support/simulation/world.ts';

const names = (count: number, prefix = 's'): readonly string[] =>
  Array.from({ length: count }, (_, at) => `${prefix}${at}`);

async function startMany(world: World, count: number): Promise<readonly RunScope[]> {
  const scopes: RunScope[] = [];
  for (const name of names(count, 'run')) scopes.push(await world.start(name));
  return scopes;
}

const eventsOf = (world: World, scope: RunScope, type: string): number =>
  world.partition(scope).audit.filter(({ event }) => event.type === type).length;

test('5,000 lanes behind a slow hub: not one needless takeover', async () => {
  const count = 5_000;
  const world = new World({
    plan: planOf([{ id: 'only', verb: 'FETCH' }]),
    verbs: fakeVerbs({ only: takes(250) }),
    sweepEveryMs: 5_000,
  });
  world.hub.width = 10;
  const scopes = await startMany(world, count);
  await world.finish(scopes);
  const silence = world.scheduler.ms - Date.parse(world.head(scopes[0] as RunScope).createdAt);
  assert.ok(silence > 120_000, `the hub was not slow: ${silence} ms`);
  assert.equal(world.verbs.entered.get('only'), count);
  assert.equal(
    scopes.reduce((sum, scope) => sum + eventsOf(world, scope, 'TAKEN_OVER'), 0),
    0,
  );
});

test("P7: the hub's file is deleted in the middle of 200 runs: all end, each step once", async () => {
  const plan = planOf([...chain(5, 'FETCH'), { id: 'side', after: ['s1'], verb: 'FETCH' }]);
  const world = new World({ plan, verbs: fakeVerbs({}, takes(300)), processes: 2, straightOnMs: 0 });
  const scopes = await startMany(world, 200);
  world.scheduler.after(700, () => world.hub.forgetAll());
  await world.finish(scopes, 60_000);
  for (const scope of scopes) {
    checkEnded(world.head(scope));
    checkRun(plan, world.partition(scope));
    assert.equal(world.head(scope).state, 'SUCCEEDED');
  }
  assert.ok(
    scopes.some((scope) => eventsOf(world, scope, 'TAKEN_OVER') > 0),
    'nothing was interrupted',
  );
});

test('P7: 200 runs wait for people when the hub is deleted: every decision still arrives', async () => {
  const plan = planOf([
    { id: 'policy', verb: 'GOVERN' },
    { id: 'post', verb: 'PUSH', after: ['policy'], governedById: 'policy' },
  ]);
  const world = new World({ plan, verbs: fakeVerbs({ policy: asksPeople() }) });
  const scopes = await startMany(world, 200);
  await world.until(() => scopes.every((scope) => world.head(scope).state === 'SUSPENDED'));
  world.hub.forgetAll();
  for (const scope of scopes) assert.equal(await world.decide(scope, 1, 'APPROVED'), true);
  await world.finish(scopes, 30_000);
  assert.ok(scopes.every((scope) => world.head(scope).state === 'SUCCEEDED'));
});

for (const [shape, steps] of [
  ['in a row', chain(500)],
  [
    'side by side',
    [
      { id: 'root' },
      ...names(498).map((id) => ({ id, after: ['root'], verb: 'FETCH' as const })),
      { id: 'join', after: names(498) },
    ],
  ],
] as const) {
  test(`500 steps ${shape}`, async () => {
    const plan = planOf(steps as readonly StepSketch[]);
    const world = new World({ plan });
    const scope = await world.start('large');
    await world.finish([scope]);
    checkRun(plan, world.partition(scope));
    assert.equal(world.head(scope).state, 'SUCCEEDED');
    assert.equal(world.verbs.entered.size, 500);
  });
}

test('a gate that skips 150 of 300 steps does so in one batch of at most 5 operations', async () => {
  const skipped = names(150, 'no');
  const steps: StepSketch[] = [
    { id: 'gate', branches: [skipped.slice(0, 1), ['yes0']] },
    ...skipped.map((id, at): StepSketch => ({ id, after: at === 0 ? [] : [`no${at - 1}`] })),
    ...names(148, 'yes').map((id, at): StepSketch => ({ id, after: at === 0 ? [] : [`yes${at - 1}`] })),
    { id: 'join', after: ['no149', 'yes147', 'gate'] },
  ];
  const plan = planOf(steps);
  const world = new World({ plan, verbs: fakeVerbs({ gate: () => choose(1) }) });
  const scope = await world.start('one');
  await world.finish([scope]);
  const { audit, batches, head } = world.partition(scope);
  const at = audit.findIndex(({ rows }) => rows.filter((row) => row.reason === 'LOGIC_GATE').length === 150);
  assert.ok(at > 0, 'the skips are not in one record');
  assert.ok((batches[at] ?? 99) <= 5, `${batches[at]} operations`);
  assert.equal(Math.max(...batches), 3);
  assert.equal(head.state, 'SUCCEEDED');
  assert.equal(head.rows.at(-2)?.state, 'SUCCEEDED');
});

test('P2: every activity runs twice, the second beside the first: every step is committed once', async () => {
  const plan = planOf([
    ...chain(6, 'FETCH'),
    { id: 'side', after: ['s1'], verb: 'FETCH' },
    { id: 'join', after: ['side', 's5'] },
  ]);
  const world: World = new World({
    plan,
    verbs: fakeVerbs({}, takes(100)),
    processes: 2,
    straightOnMs: 0,
    store: { latency: () => world.scheduler.sleep(world.random.below(20)) },
    hub: { repeats: () => world.random.below(150) },
  });
  const scope = await world.start('one');
  await world.finish([scope]);
  checkRun(plan, world.partition(scope));
  const entered = [...world.verbs.entered.values()].reduce((sum, times) => sum + times, 0);
  assert.ok(entered > plan.steps.length + 3, `only ${entered} executions: hardly anything ran twice`);
});
