/** The turn protocol: what an activity does for every relation of its fence to the record, and what may leave it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guarded } from '../../../src/activities/guard.ts';
import { classify } from '../../../src/activities/turn-classify.ts';
import type { Telemetry } from '../../../src/ports/telemetry.ts';
import { PlatformFault } from '../../../src/domain/errors.ts';
import { laneId } from '../../../src/domain/ids.ts';
import type { Head, LaneTurn, Out, Row } from '../../../src/domain/run/head.ts';
import { asksPeople, fakeVerbs, takes } from '../../support/simulation/fake-verbs.ts';
import { chain, planOf } from '../../support/simulation/plans.ts';
import { World } from '../../support/simulation/world.ts';
import { sampleHead, scopeOf } from '../../support/run-samples.ts';

const scope = scopeOf('acme', 'r1');
const turn = (fence: number): LaneTurn => ({ ...scope, step: 1, fence, verb: 'FETCH', lane: laneId(scope.run, 0, 1) });
const out = (fence: number): Out => ({ fence, next: null, sleepUntil: null, doorbell: null });

function found(row: Partial<Row>, fence: number, head: Partial<Head> = {}): string {
  const sample = sampleHead(scope, 3, head);
  const rows = sample.rows.map((each) => (each.step === 1 ? { ...each, out: null, ...row } : each));
  return classify({ head: { ...sample, rows }, etag: '1' }, turn(fence)).kind;
}

const table: readonly (readonly [string, Partial<Row>, number, string])[] = [
  ['no record of this fence yet', { fence: 1, state: 'PENDING' }, 2, 'STALE'],
  ['running under this fence', { fence: 2, state: 'RUNNING' }, 2, 'WORK'],
  ['a greater fence', { fence: 3, state: 'RUNNING' }, 2, 'STOP'],
  ['ended under this fence by somebody who left no answer', { fence: 2, state: 'CANCELLED' }, 2, 'STOP'],
  ['answered under this fence', { fence: 2, state: 'SUCCEEDED', out: out(2) }, 2, 'ANSWERED'],
  ['answered under this fence and moved on', { fence: 3, state: 'RUNNING', out: out(2) }, 2, 'ANSWERED'],
  ['suspended and decided', { fence: 3, state: 'SUSPENDED', reason: 'APPROVAL', decided: true }, 3, 'WORK'],
  ['suspended and rung for nothing', { fence: 3, state: 'SUSPENDED', reason: 'APPROVAL', decided: false }, 3, 'EARLY'],
  ['suspended without a bell', { fence: 3, state: 'SUSPENDED', reason: 'EFFECT', decided: false }, 3, 'STOP'],
];
for (const [name, row, fence, kind] of table) {
  test(`${name}: ${kind}`, () => assert.equal(found(row, fence), kind));
}

test('decided while the run is paused: the effect is held', () => {
  const row = { fence: 3, state: 'SUSPENDED', reason: 'APPROVAL', decided: true } as const;
  assert.equal(found(row, 3, { pausedBy: 'acme:op' as never }), 'EARLY');
});

test('P1: no record at all is a stale read, never a reason to run or to end', () => {
  assert.equal(classify(null, turn(1)).kind, 'STALE');
});

test('a record that stays behind its turn is read again for ten seconds, then the activity fails', async () => {
  const world = new World({ plan: planOf(chain(1, 'FETCH')) });
  const lost = { tenant: scope.tenant, run: scope.run, step: 1, fence: 1, verb: 'FETCH', lane: scope.run } as const;
  const begun = world.scheduler.ms;
  const failed = world.work(lost as unknown as LaneTurn).then(
    () => null,
    (error: unknown) => ({ error, after: world.scheduler.ms - begun }),
  );
  let result: Awaited<typeof failed> = null;
  void failed.then((value) => (result = value));
  await world.until(() => result !== null, 60_000);
  assert.match(String((result as unknown as { error: unknown }).error), /STALE_READ/);
  assert.ok((result as unknown as { after: number }).after >= 10_000);
  assert.equal(world.verbs.entered.size, 0);
});

const silent: Telemetry = { event: () => undefined, fault: () => 'e-1', within: (_work, run) => run() };

test('nothing but code and error id leaves an activity, whatever is thrown', async () => {
  const secrets = ['iban DE44', 'https://erp.example/?employee=7', 'hunter2'];
  const thrown = [new Error(secrets[0]), new PlatformFault('STORE_UNAVAILABLE', secrets[1] ?? ''), secrets[2]];
  for (const each of thrown) {
    const activity = guarded(silent, () => Promise.reject(each));
    await assert.rejects(activity(turn(1)), (error: Error) => {
      const text = `${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`;
      for (const secret of secrets) assert.ok(!text.includes(secret), text);
      const { code, errorId } = JSON.parse(error.message) as { code: string; errorId: string };
      assert.equal(code, each instanceof PlatformFault ? 'STORE_UNAVAILABLE' : 'INTERNAL');
      assert.equal(errorId, 'e-1');
      return true;
    });
  }
});

test('a fault of ours in a verb fails the step, not the activity', async () => {
  const world = new World({
    plan: planOf(chain(1)),
    verbs: fakeVerbs({
      s0: () => {
        throw new TypeError('a bug');
      },
    }),
  });
  const run = await world.start('one');
  await world.finish([run]);
  assert.equal(world.head(run).rows[1]?.errorCode, 'INTERNAL');
  assert.equal(world.faults.get('INTERNAL'), 1);
});

for (const code of ['KEY_UNAVAILABLE', 'STORE_UNAVAILABLE'] as const)
  test(`K9: two hours of ${code} make the step wait, outside its attempts and the run’s time, and are told`, async () => {
    let away = true;
    const world = new World({
      plan: planOf(chain(1), { timeoutMs: 300_000 }),
      verbs: fakeVerbs({
        s0: () => {
          if (away) throw new PlatformFault(code, 'vault');
          return { kind: 'succeeded', output: 1 };
        },
      }),
    });
    const run = await world.start('one');
    world.scheduler.after(7_200_000, () => (away = false));
    await world.finish([run], 10_000_000);
    const head = world.head(run);
    assert.deepEqual([head.state, head.rows[1]?.attempt], ['SUCCEEDED', 1]);
    assert.ok(head.activeMs < 60_000, `${head.activeMs} ms count as the run’s own`);
    assert.ok((world.faults.get(code) ?? 0) > 100);
  });

test('K9: the end of a run waits for keys as its steps do', async () => {
  let outage = true;
  let seen: () => Head | null = () => null;
  const world = new World({
    plan: planOf(chain(1), { timeoutMs: 300_000 }),
    verbs: fakeVerbs({ s0: () => ({ kind: 'succeeded', output: 1 }) }),
    vaultAway: () => outage && seen()?.rows[1]?.state === 'SUCCEEDED',
  });
  const run = await world.start('one');
  seen = () => world.head(run);
  world.scheduler.after(7_200_000, () => (outage = false));
  await world.finish([run], 10_000_000);
  const head = world.head(run);
  assert.deepEqual([head.state, head.rows.at(-1)?.takeovers], ['SUCCEEDED', 0]);
  assert.ok((world.faults.get('KEY_UNAVAILABLE') ?? 0) > 100);
});

test('a step that takes longer than its timeout is stopped, and retried', async () => {
  const plan = planOf([{ id: 'slow', verb: 'FETCH', timeoutMs: 5_000, retry: { maxAttempts: 2 } }]);
  const world = new World({ plan, verbs: fakeVerbs({ slow: takes(600_000) }) });
  const run = await world.start('one');
  await world.finish([run]);
  assert.equal(world.head(run).rows[1]?.errorCode, 'STEP_TIMEOUT');
  assert.equal(world.verbs.entered.get('slow'), 2);
  assert.equal(world.head(run).state, 'FAILED');
});

test('a step that does not listen to its abort signal is left behind', async () => {
  const plan = planOf([{ id: 'deaf', verb: 'FETCH', timeoutMs: 5_000, retry: { maxAttempts: 1 } }]);
  const world = new World({ plan, verbs: fakeVerbs({ deaf: () => new Promise(() => undefined) }) });
  const run = await world.start('one');
  await world.finish([run], 60_000);
  assert.equal(world.head(run).rows[1]?.errorCode, 'STEP_TIMEOUT');
});

test('a step that works for minutes beats, and is not taken over', async () => {
  const plan = planOf([{ id: 'long', verb: 'FETCH', timeoutMs: 3_600_000 }]);
  const world = new World({ plan, verbs: fakeVerbs({ long: takes(1_800_000) }) });
  const run = await world.start('one');
  await world.finish([run]);
  assert.equal(world.head(run).state, 'SUCCEEDED');
  assert.equal(world.verbs.entered.get('long'), 1);
  assert.ok(world.partition(run).live.get(1));
});

test('a run whose active time is used up times out; time in which it waits does not count', async () => {
  const plan = planOf(
    [
      { id: 'policy', verb: 'GOVERN' },
      { id: 'slow', verb: 'FETCH', after: ['policy'], timeoutMs: 3_600_000 },
    ],
    { timeoutMs: 60_000 },
  );
  const world = new World({ plan, verbs: fakeVerbs({ policy: asksPeople(), slow: takes(600_000) }) });
  const run = await world.start('one');
  const later = world.scheduler.ms + 3_600_000;
  await world.until(() => world.scheduler.ms >= later, 7_200_000);
  assert.equal(world.head(run).state, 'SUSPENDED');
  await world.decide(run, 1, 'APPROVED');
  await world.finish([run], 90_000);
  assert.deepEqual(world.head(run).cause, { code: 'RUN_TIMEOUT', step: null });
  assert.equal(world.head(run).state, 'FAILED');
});
