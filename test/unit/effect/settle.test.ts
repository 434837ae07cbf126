/** What became of a write that nobody waits for any more: after a cancel, a terminate, a failure. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlRun } from '../../../src/app/control-run.ts';
import { resolveEffect } from '../../../src/app/resolve-effect.ts';
import { settleEffects } from '../../../src/app/resolve-effect-settle.ts';
import { principalId, type RunScope } from '../../../src/domain/ids.ts';
import { publishSamples } from '../verbs/samples.ts';
import type { TargetKind } from '../verbs/fake-adapters.ts';
import { makeWorld, type World } from '../verbs/world.ts';

const POST = 1;
const EFFECT = 'effect~1~0~0';

/** A run terminated while its write has been sent and not answered. */
async function terminated(kind: TargetKind): Promise<{ world: World; scope: RunScope }> {
  const world = makeWorld();
  publishSamples(world);
  world.target.kind = kind;
  world.publish('Workflow', 'write', {
    id: 'write',
    steps: [{ id: 'post', verb: 'PUSH', connector: 'erp', resource: 'free', records: [{ id: 'a' }] }],
  });
  const scope = await world.start('write');
  world.target.faults.push({ kind: 'cut', when: 'after' });
  world.target.gate = async () => {
    await controlRun(world.deps, { scope, control: { kind: 'terminate' }, by: principalId('operator') });
  };
  const head = await world.drive(scope);
  assert.equal(head.rows[POST]?.state, 'CANCELLED');
  return { world, scope };
}

async function settleOnce(world: World, scope: RunScope): Promise<string | null> {
  const row = (await world.runs.readHead(scope))!.head.rows[POST]!;
  await settleEffects(world.deps, scope, row);
  return (await world.runs.readHead(scope))!.head.rows[POST]!.due;
}

const state = (world: World, scope: RunScope): string | undefined => {
  const found = world.runs.document(scope, EFFECT);
  return found?.kind === 'effect' ? found.state : undefined;
};

test('a write that went through after its run was terminated is found and recorded', async () => {
  const { world, scope } = await terminated('askable');
  assert.equal(state(world, scope), 'intended');
  world.clock.advance(200_000);
  assert.equal(await settleOnce(world, scope), null);
  assert.equal(state(world, scope), 'confirmed');
  assert.equal((await world.runs.readHead(scope))!.head.rows[POST]?.openEffects, 0);
});

test('while the sender may still act nothing is asked; an absent answer counts the second time', async () => {
  const { world, scope } = await terminated('askable');
  world.target.lagMs = 10_000_000;
  const until = await settleOnce(world, scope);
  assert.equal(world.target.lookups, 0);
  world.clock.advance(Date.parse(until!) - Date.parse(world.clock.now()));
  const again = await settleOnce(world, scope);
  assert.equal(state(world, scope), 'unknown');
  world.clock.advance(Date.parse(again!) - Date.parse(world.clock.now()));
  assert.equal(await settleOnce(world, scope), null);
  assert.equal(state(world, scope), 'refused');
});

test('what cannot be asked waits for a person and is not looked at again and again', async () => {
  for (const kind of ['honours', 'neither'] as const) {
    const { world, scope } = await terminated(kind);
    world.clock.advance(200_000);
    assert.equal(await settleOnce(world, scope), null);
    assert.equal(world.target.received.length, 1);
    const say = (resolution: 'happened' | 'send-again') =>
      resolveEffect(world.deps, scope, { effect: EFFECT, resolution, by: principalId('operator'), reason: 'seen' });
    assert.deepEqual(await say('send-again'), { ok: false, refusal: 'NOT_WAITING' });
    assert.deepEqual(await say('happened'), { ok: true });
    assert.equal(state(world, scope), 'confirmed');
    assert.equal((await world.runs.readHead(scope))!.head.rows[POST]?.openEffects, 0);
  }
});
