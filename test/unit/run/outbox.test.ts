/** Deliveries: at least once under one id, tried again with back-off, never in the way of the run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliverOutbox } from '../../../src/app/deliver-outbox.ts';
import { noticeEntry, postId, postPlace } from '../../../src/domain/governance/notice.ts';
import { StepFault } from '../../../src/domain/errors.ts';
import type { Deps } from '../../../src/ports/deps.ts';
import type { RunScope } from '../../../src/domain/ids.ts';
import type { Notice } from '../../../src/ports/notifier.ts';
import { fakeVerbs, type Part } from '../../support/simulation/fake-verbs.ts';
import { planOf } from '../../support/simulation/plans.ts';
import { World } from '../../support/simulation/world.ts';

const ENTRY = 'notice~1~1~0';

/** Suspends with one notice. */
const notifies: Part = async (step) => {
  const notice = { id: ENTRY, kind: 'approval', run: step.scope.run };
  const payload = await step.deps.vault.seal(postPlace(step.scope, ENTRY), notice);
  const post = [noticeEntry(ENTRY, 1, step.deps.clock.now())];
  return {
    kind: 'suspended',
    reason: 'APPROVAL',
    due: null,
    put: [{ kind: 'post', id: postId(ENTRY), payload }],
    post,
  };
};

async function suspended(): Promise<{ readonly world: World; readonly scope: RunScope }> {
  const plan = planOf([{ id: 'policy', verb: 'GOVERN' }]);
  const world = new World({ plan, verbs: fakeVerbs({ policy: notifies }), sweepEveryMs: 10_000_000 });
  const scope = await world.start('one');
  await world.until(() => world.head(scope).state === 'SUSPENDED');
  return { world, scope };
}

const withNotifier = (world: World, deliver: (notice: Notice) => Promise<void>): Deps => ({
  ...world.deps,
  notifier: { deliver: (_tenant, notice) => deliver(notice) },
});

test('what is delivered leaves the head and takes its document with it', async () => {
  const { world, scope } = await suspended();
  assert.equal(world.head(scope).outbox.length, 1);
  assert.ok(world.partition(scope).documents.has(postId(ENTRY)));
  const got: Notice[] = [];
  await deliverOutbox(
    withNotifier(world, async (notice) => void got.push(notice)),
    scope,
    world.head(scope),
  );
  assert.deepEqual(
    got.map((each) => each.id),
    [ENTRY],
  );
  assert.equal(world.head(scope).outbox.length, 0);
  assert.ok(!world.partition(scope).documents.has(postId(ENTRY)));
  assert.equal(world.head(scope).nextDue, null);
});

test('a failed delivery is tried again later, each time with more patience', async () => {
  const { world, scope } = await suspended();
  const deps = withNotifier(world, () => Promise.reject(new Error('mail server down')));
  const waits: number[] = [];
  for (let round = 0; round < 4; round++) {
    await deliverOutbox(deps, scope, world.head(scope));
    const entry = world.head(scope).outbox[0];
    waits.push(Date.parse(entry?.notBefore ?? '') - world.scheduler.ms);
    assert.equal(world.head(scope).nextDue, entry?.notBefore);
    await deliverOutbox(deps, scope, world.head(scope));
    assert.equal(world.head(scope).outbox[0]?.attempts, round + 1, 'it was tried before its time');
    world.scheduler.after(waits.at(-1) ?? 0, () => undefined);
    const due = world.scheduler.ms + (waits.at(-1) ?? 0);
    await world.until(() => world.scheduler.ms >= due);
  }
  assert.deepEqual(waits, [5_000, 10_000, 20_000, 40_000]);
  assert.ok(world.partition(scope).documents.has(postId(ENTRY)));
});

test('what was sealed under a destroyed key is dropped: it cannot be told to anyone', async () => {
  const { world, scope } = await suspended();
  const vault = { ...world.deps.vault, open: () => Promise.reject(new StepFault('KEY_DESTROYED', '')) };
  await deliverOutbox({ ...world.deps, vault }, scope, world.head(scope));
  assert.equal(world.head(scope).outbox.length, 0);
});
