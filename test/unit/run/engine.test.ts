/** The engine end to end over a memory store, a simulated hub and verbs that play their parts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asksPeople, choose, fails, failsFirst, fakeVerbs, takes } from '../../support/simulation/fake-verbs.ts';
import { checkEnded, checkRun } from '../../support/simulation/invariants.ts';
import { chain, planOf } from '../../support/simulation/plans.ts';
import { World } from '../../support/simulation/world.ts';

const states = (world: World, scope: Parameters<World['head']>[0]): Record<string, string> =>
  Object.fromEntries(world.head(scope).rows.map((row) => [row.id, row.reason ?? row.state]));

for (const straightOnMs of [0, 200]) {
  test(`a chain of ten steps ends with the output of its sink, one commit a step (straight on ${straightOnMs} ms)`, async () => {
    const world = new World({ plan: planOf(chain(10)), straightOnMs });
    const scope = await world.start('one');
    await world.finish([scope]);
    const { head, audit } = world.partition(scope);
    checkEnded(head);
    checkRun(world.plan, world.partition(scope));
    assert.equal(head.state, 'SUCCEEDED');
    assert.equal(audit.length, 1 + 1 + 10 + 1);
    const output = world.partition(scope).documents.get(head.rows[11]?.result ?? '');
    assert.ok(output?.kind === 'result' && output.value.includes('"value":"s9"'));
    assert.equal(world.faults.size, 0);
  });
}

test('a diamond joins once, a branch starts a lane of its own', async () => {
  const plan = planOf([
    { id: 'a' },
    { id: 'b', after: ['a'], verb: 'FETCH' },
    { id: 'c', after: ['a'], verb: 'FETCH' },
    { id: 'd', after: ['b', 'c'] },
  ]);
  const world = new World({ plan });
  const scope = await world.start('one');
  await world.finish([scope]);
  checkRun(plan, world.partition(scope));
  assert.deepEqual([...world.verbs.entered.values()], [1, 1, 1, 1]);
  assert.equal(world.hub.instances.size, 2);
});

test('a gate skips what it did not choose and the join runs once', async () => {
  const plan = planOf([
    { id: 'gate', branches: [['x', 'y'], ['z']] },
    { id: 'x', after: [] },
    { id: 'y', after: ['x'] },
    { id: 'z' },
    { id: 'join', after: ['y', 'z', 'gate'] },
  ]);
  const world = new World({ plan, verbs: fakeVerbs({ gate: () => choose(1) }) });
  const scope = await world.start('one');
  await world.finish([scope]);
  const seen = states(world, scope);
  assert.deepEqual([seen.x, seen.y, seen.z, seen.join], ['LOGIC_GATE', 'LOGIC_GATE', 'SUCCEEDED', 'SUCCEEDED']);
  assert.equal(world.head(scope).state, 'SUCCEEDED');
});

test('a step that fails twice is retried in its lane and succeeds at the third attempt', async () => {
  const world = new World({ plan: planOf(chain(2)), verbs: fakeVerbs({ s0: failsFirst(2) }) });
  const scope = await world.start('one');
  await world.finish([scope]);
  assert.equal(world.head(scope).state, 'SUCCEEDED');
  assert.equal(world.head(scope).rows[1]?.attempt, 3);
  assert.equal(world.hub.instances.size, 1);
});

test('a failure skips what is below it, runs onError and finally, and fails the run', async () => {
  const plan = planOf([
    { id: 'a' },
    { id: 'bad', after: ['a'] },
    { id: 'below', after: ['bad'] },
    { id: 'caught', list: 'ON_ERROR' },
    { id: 'always', list: 'FINALLY' },
  ]);
  const world = new World({ plan, verbs: fakeVerbs({ bad: fails() }) });
  const scope = await world.start('one');
  await world.finish([scope]);
  const head = world.head(scope);
  checkEnded(head);
  const seen = states(world, scope);
  assert.deepEqual([seen.below, seen.caught, seen.always], ['UPSTREAM_FAILED', 'SUCCEEDED', 'SUCCEEDED']);
  assert.equal(head.state, 'FAILED');
  assert.deepEqual(head.cause, { code: 'OUTSIDE_REFUSED', step: 2 });
});

test('handler steps run when their step fails, and the run goes on', async () => {
  const plan = planOf([
    { id: 'bad', onError: 'continue' },
    { id: 'mend', handlerOf: 'bad' },
    { id: 'next', after: ['bad'] },
    { id: 'good' },
    { id: 'unused', handlerOf: 'good' },
  ]);
  const world = new World({ plan, verbs: fakeVerbs({ bad: fails() }) });
  const scope = await world.start('one');
  await world.finish([scope]);
  const seen = states(world, scope);
  assert.deepEqual([seen.bad, seen.mend, seen.next, seen.unused], ['FAILED', 'SUCCEEDED', 'SUCCEEDED', 'CONDITION']);
  assert.equal(world.head(scope).state, 'SUCCEEDED');
  assert.equal(world.head(scope).partial, true);
});

for (const [state, end] of [
  ['APPROVED', 'SUCCEEDED'],
  ['REJECTED', 'NOT_APPROVED'],
] as const) {
  test(`a governed step waits for a person; ${state} leaves it ${end}`, async () => {
    const plan = planOf([
      { id: 'policy', verb: 'GOVERN' },
      { id: 'post', verb: 'PUSH', after: ['policy'], governedById: 'policy' },
    ]);
    const world = new World({ plan, verbs: fakeVerbs({ policy: asksPeople() }) });
    const scope = await world.start('one');
    await world.until(() => world.head(scope).state === 'SUSPENDED');
    assert.equal(world.head(scope).nextDue, null);
    assert.equal(await world.decide(scope, 1, state), true);
    await world.finish([scope], 5_000);
    assert.equal(states(world, scope).post, end);
    assert.equal(world.head(scope).state, 'SUCCEEDED');
    assert.equal(await world.decide(scope, 1, state), false);
  });
}

test('`when` false skips the step and what follows goes on', async () => {
  const plan = planOf([
    { id: 'a', when: 'false' },
    { id: 'b', after: ['a'], when: 'true' },
  ]);
  const world = new World({ plan });
  const scope = await world.start('one');
  await world.finish([scope]);
  assert.deepEqual([states(world, scope).a, states(world, scope).b], ['CONDITION', 'SUCCEEDED']);
});

test('a needless ring costs one commit, and the decision after it is taken at once', async () => {
  const plan = planOf([{ id: 'policy', verb: 'GOVERN' }]);
  const world = new World({ plan, verbs: fakeVerbs({ policy: asksPeople() }) });
  const scope = await world.start('one');
  for (let ring = 0; ring < 3; ring++) {
    await world.until(() => world.head(scope).rows[1]?.fence === 2 + ring);
    const row = world.head(scope).rows[1];
    assert.ok(row?.lane && row.out?.doorbell);
    await world.hub.ring(row.lane, row.out.doorbell);
  }
  await world.until(() => world.head(scope).rows[1]?.fence === 5);
  assert.equal(await world.decide(scope, 1, 'APPROVED'), true);
  await world.finish([scope], 1_000);
});

test('a failure closes what waits in other branches: nobody is asked any more, the run does not hang', async () => {
  const plan = planOf([
    { id: 'policy', verb: 'GOVERN' },
    { id: 'bad', verb: 'FETCH' },
  ]);
  const world = new World({ plan, verbs: fakeVerbs({ policy: asksPeople(), bad: takes(5_000, fails()) }) });
  const scope = await world.start('one');
  await world.finish([scope], 10_000);
  const seen = states(world, scope);
  assert.deepEqual([seen.policy, seen.bad], ['CANCELLED', 'FAILED']);
  const request = world.partition(scope).documents.get('request~1');
  assert.ok(request?.kind === 'request' && request.state === 'VOID');
  assert.equal(await world.decide(scope, 1, 'APPROVED'), false);
});

test('P2: decision and deadline at the same moment: the first commit wins, the other is told', async () => {
  const plan = planOf([{ id: 'policy', verb: 'GOVERN', onError: 'continue' }]);
  const world = new World({ plan, verbs: fakeVerbs({ policy: asksPeople(10_000) }) });
  const scope = await world.start('one');
  await world.until(() => world.head(scope).state === 'SUSPENDED');
  const due = Date.parse(world.head(scope).rows[1]?.due ?? '');
  await world.until(() => world.scheduler.ms >= due);
  const decided = await world.decide(scope, 1, 'APPROVED');
  await world.finish([scope], 5_000);
  const events = world.partition(scope).audit.map(({ event }) => event.type);
  assert.equal(events.filter((type) => type === 'DECIDED' || type === 'DEADLINE_PASSED').length, 1);
  assert.equal(world.head(scope).rows[1]?.chosen, decided ? 1 : null);
});
