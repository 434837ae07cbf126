/** What has to hold at the moment of the write, not only when it was decided: the rules, the time, the people, the content. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlRun } from '../../../src/app/control-run.ts';
import { decideApproval } from '../../../src/app/decide-approval.ts';
import { principalId, type RunScope } from '../../../src/domain/ids.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { ASK, DENY, publishSamples } from '../verbs/samples.ts';
import { makeWorld, type World } from '../verbs/world.ts';

const GOVERN = 2;
const POST = 3;

async function approved(policy: JsonObject = ASK): Promise<{ world: World; scope: RunScope }> {
  const world = makeWorld();
  publishSamples(world, policy);
  const scope = await world.start('posting');
  await world.drive(scope);
  if (world.request(scope, GOVERN)?.state === 'OPEN') assert.equal(await vote(world, scope), 'recorded');
  return { world, scope };
}
async function vote(world: World, scope: RunScope, step = GOVERN): Promise<string> {
  const who = { id: principalId('approver'), kind: 'user', roles: ['approver'], groups: ['finance'] } as const;
  const { revision, digest } = world.request(scope, step)!;
  const cast = { decision: 'approve', revision, digest, comment: 'ok', tokenHash: null } as const;
  return (await decideApproval(world.deps, scope, step, { ...who, assurance: 'signed-in+mfa' }, cast)).kind;
}

test('P3: a policy tightened to deny after the approval: nothing is written', async () => {
  const { world, scope } = await approved();
  world.publish('Policy', 'posting', DENY);
  const head = await world.drive(scope);
  assert.equal(world.target.received.length, 0);
  assert.equal(head.cause?.code, 'GOVERN_DENIED');
});

test('P3: a policy that asks for more after the approval: people are asked again, under the new rules', async () => {
  const { world, scope } = await approved();
  const rules = (ASK['rules'] as JsonObject[]).map((rule) => ({ ...rule, assurance: 'signed-in+mfa' }));
  world.publish('Policy', 'posting', { ...ASK, rules });
  const head = await world.drive(scope);
  assert.equal(world.target.received.length, 0);
  assert.equal(head.rows[POST]?.reason, 'APPROVAL');
  assert.equal(world.request(scope, GOVERN)?.state, 'VOID');
  assert.equal(world.request(scope, POST)?.assurance, 'signed-in+mfa');
  assert.equal(await vote(world, scope, POST), 'recorded');
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
  assert.equal(world.target.entries.length, 1);
});

test('a policy that has nothing to do with the write changes nothing', async () => {
  const { world, scope } = await approved();
  world.publish('Policy', 'other', DENY);
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
});

test('P3: an approval that runs out between two requests of one write stops the rest, and what is left is asked for', async () => {
  const { world, scope } = await approved();
  world.target.batchMax = 1;
  world.clock.advance(86_400_000 - 30_000);
  world.target.gate = async () => {
    world.target.gate = null;
    world.clock.advance(60_000);
  };
  const head = await world.drive(scope);
  assert.equal(world.target.entries.length, 1);
  assert.equal(head.rows[POST]?.reason, 'APPROVAL');
  assert.equal(world.request(scope, POST)?.reasons[0], 'EXPIRED');
  assert.equal(await vote(world, scope, POST), 'recorded');
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
  assert.equal(world.target.entries.length, 2);
});

test('P3: what a policy allowed once and denies now is not written by a retry', async () => {
  const world = makeWorld();
  publishSamples(world, {
    rules: [
      { id: 'barred', if: "principals.starter.roles.0 == 'barred'", then: 'deny', reason: 'BARRED' },
      { id: 'all', if: 'true', then: 'allow', reason: 'ALLOWED' },
    ],
  });
  world.target.faults.push({ kind: 'refuse', retryable: false });
  const scope = await world.start('posting');
  const head = await world.drive(scope);
  assert.equal(head.cause?.code, 'OUTSIDE_REFUSED', JSON.stringify(head.rows));
  const starter = world.people.findIndex((person) => person.id === 'starter');
  world.people[starter] = { ...world.people[starter]!, roles: ['barred'] };
  const received = world.target.received.length;
  await controlRun(world.deps, { scope, control: { kind: 'retry' }, by: principalId('operator') });
  const again = await world.drive(scope);
  assert.equal(again.cause?.code, 'GOVERN_DENIED');
  assert.equal(world.target.received.length, received);
});
