/** The sweep's own rules: whom it asks, how long it waits, when it gives a step up, and what it never forgets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EffectDocument } from '../../../src/domain/run/documents.ts';
import type { Step, StepOutcome } from '../../../src/activities/step.ts';
import { asksPeople, fails, fakeVerbs, takes } from '../../support/simulation/fake-verbs.ts';
import { checkEnded, checkRun } from '../../support/simulation/invariants.ts';
import { planOf, type StepSketch } from '../../support/simulation/plans.ts';
import { World } from '../../support/simulation/world.ts';

const FOR_EVER = new Promise<StepOutcome>(() => undefined);

/** A step that ends the process in which it works, after it has done `first`. */
function deadly(first: (step: Step) => Promise<void> = async () => undefined) {
  const deaths = { count: 0 };
  const die = (world: () => World) => async (step: Step) => {
    await first(step);
    deaths.count += 1;
    world().killAll();
    world().hub.forgetAll();
    return FOR_EVER;
  };
  return { deaths, die };
}

function worldOf(steps: readonly StepSketch[], parts: (world: () => World) => Parameters<typeof fakeVerbs>[0]): World {
  const world: World = new World({ plan: planOf(steps), verbs: fakeVerbs(parts(() => world)), straightOnMs: 0 });
  return world;
}

async function intend(step: Step): Promise<void> {
  const id = `effect~${step.step.ordinal}~0~0`;
  await step.transact(() => ({
    put: [{ kind: 'effect', id, step: step.step.ordinal, state: 'intended' } as EffectDocument],
    openEffects: 1,
    intends: true,
    event: { type: 'EFFECT_INTENDED' },
  }));
}

const takeovers = (world: World, scope: Parameters<World['head']>[0]): number =>
  world.partition(scope).audit.filter(({ event }) => event.type === 'TAKEN_OVER').length;

test('P7: a step that kills whoever works it is given up after five takeovers, and the run ends', async () => {
  const { deaths, die } = deadly();
  const world = worldOf([{ id: 'bomb' }, { id: 'after', after: ['bomb'] }, { id: 'tidy', list: 'FINALLY' }], (own) => ({
    bomb: die(own),
  }));
  const scope = await world.start('one');
  await world.finish([scope]);
  const head = world.head(scope);
  checkEnded(head);
  checkRun(world.plan, world.partition(scope));
  assert.deepEqual(head.cause, { code: 'ENGINE_LOST', step: 1 });
  assert.equal(head.state, 'FAILED');
  assert.equal(head.rows[3]?.state, 'SUCCEEDED', '`finally` still runs');
  assert.equal(deaths.count, 6);
  assert.equal(takeovers(world, scope), 6);
});

test('P7: a write that kills its process each time it has said what it intends is given up too, and still settled', async () => {
  const { deaths, die } = deadly(intend);
  const world = worldOf([{ id: 'bomb', verb: 'PUSH' }], (own) => ({ bomb: die(own) }));
  const scope = await world.start('one');
  await world.finish([scope], 24 * 3_600_000);
  const head = world.head(scope);
  checkEnded(head);
  assert.deepEqual(head.cause, { code: 'ENGINE_LOST', step: 1 });
  assert.equal(deaths.count, 6);
  assert.equal(head.rows[1]?.openEffects, 1);
  assert.notEqual(head.rows[1]?.due, null, 'what it may have written is looked up later');
});

test('a step that gets on between two losses is not given up', async () => {
  let round = 0;
  const world = worldOf([{ id: 'long', verb: 'PUSH' }], (own) => ({
    long: async (step) => {
      round += 1;
      if (round > 12) return { kind: 'succeeded', output: null };
      // One batch is confirmed in every life of the process.
      await step.transact(() => ({ put: [], openEffects: 0, event: { type: 'EFFECTS_CONFIRMED' } }));
      own().killAll();
      own().hub.forgetAll();
      return FOR_EVER;
    },
  }));
  const scope = await world.start('one');
  await world.finish([scope], 24 * 3_600_000);
  assert.equal(world.head(scope).state, 'SUCCEEDED');
  assert.equal(takeovers(world, scope), 12);
});

test('P7: a pseudo-step that is always lost ends the run', async () => {
  const world = worldOf([{ id: 'a' }], () => ({}));
  world.hub.faults.failsReplay = () => true;
  const scope = await world.start('one');
  await world.finish([scope]);
  checkEnded(world.head(scope));
  assert.deepEqual(world.head(scope).cause, { code: 'ENGINE_LOST', step: 0 });
});

test('a question whose step is lost for good is nobody’s any more', async () => {
  const world = worldOf([{ id: 'policy', verb: 'GOVERN' }], () => ({ policy: asksPeople(60_000) }));
  const scope = await world.start('one');
  await world.until(() => world.head(scope).state === 'SUSPENDED');
  world.hub.faults.failsReplay = () => true;
  world.hub.forgetAll();
  await world.finish([scope]);
  assert.equal(world.head(scope).rows[1]?.errorCode, 'ENGINE_LOST');
  const request = world.partition(scope).documents.get('request~1');
  assert.ok(request?.kind === 'request' && request.state === 'VOID', JSON.stringify(request));
});

test('a lane that is gone is replaced at once; one that stands still keeps its step for 90 s, looked at less and less often', async () => {
  for (const [fault, least, most] of [
    ['failsReplay', 10_000, 12_000],
    ['standsStill', 90_000, 93_000],
  ] as const) {
    const world = worldOf([{ id: 'a', verb: 'FETCH' }], () => ({ a: takes(100) }));
    let once = false;
    world.hub.faults[fault] = () => {
      const now = !once && world.hub.executions === 1;
      once ||= now;
      return now;
    };
    const scope = await world.start('one');
    const began = world.scheduler.ms;
    await world.finish([scope]);
    const took = world.scheduler.ms - began;
    assert.ok(took >= least && took <= most, `${fault}: ${took} ms`);
    assert.equal(takeovers(world, scope), 1);
    const looks = world.partition(scope).audit.filter(({ event }) => event.type === 'LEFT_ALONE');
    const gaps = looks.map(({ event, at }) => Date.parse(String(event.until)) - Date.parse(at));
    const doubled = gaps.slice(1, -1).map((gap, at) => Math.round(gap / (gaps[at] ?? 0)));
    assert.deepEqual(doubled, fault === 'standsStill' ? [2, 2] : []);
    assert.equal(fault === 'standsStill', looks.length >= 3);
    assert.equal(world.hub.terminations, fault === 'standsStill' ? 1 : 0);
  }
});

test('an effect that nobody knows the outcome of stays on the list when its step is closed by another attempt', async () => {
  const world = worldOf(
    [
      { id: 'first', verb: 'FETCH' },
      { id: 'post', verb: 'PUSH', after: ['first'] },
    ],
    () => ({
      first: (step) => (step.head.attempt === 1 ? { kind: 'succeeded', output: null } : fails()(step)),
      post: async (step) => {
        await intend(step);
        return { kind: 'failed', code: 'OUTSIDE_REFUSED', detail: 'no' };
      },
    }),
  );
  const scope = await world.start('one');
  await world.finish([scope]);
  assert.notEqual(world.head(scope).rows[2]?.due, null);
  const { commitRun } = await import('../../../src/app/commit-run.ts');
  await commitRun(world.deps, scope, () => ({ event: { type: 'RETRY_RUN', by: 'acme:operator' as never } }));
  await world.finish([scope]);
  const row = world.head(scope).rows[2];
  assert.deepEqual([row?.state, row?.reason, row?.openEffects], ['SKIPPED', 'UPSTREAM_FAILED', 1]);
  assert.notEqual(row?.due, null, 'the effect of the first attempt is forgotten');
});
