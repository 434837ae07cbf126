/** What has to hold at the moment of the write, not only when it was decided: the rules, the time, the people, the content. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlRun } from '../../../src/app/control-run.ts';
import { decideApproval } from '../../../src/app/decide-approval.ts';
import { principalId, type RunScope } from '../../../src/domain/ids.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { ASK, DENY, publishSamples } from '../verbs/samples.ts';
import { Crash, makeWorld, type World } from '../verbs/world.ts';

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
  const cast = { decision: 'approve', revision, digest, comment: 'ok', values: null, tokenHash: null } as const;
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
  world.clock.advance(86_400_000 - 150_000);
  world.target.gate = async () => {
    world.target.gate = null;
    world.clock.advance(60_000);
  };
  const head = await world.drive(scope);
  assert.equal(world.target.entries.length, 1);
  assert.equal(head.rows[POST]?.reason, 'APPROVAL');
  assert.equal(world.request(scope, POST)?.reasons[0], 'EXPIRED');
  assert.deepEqual(
    world.runs.all('effect').map(({ state }) => state),
    ['confirmed'],
    'what was written is known while people are asked',
  );
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

/** Puts other records where the write reads: what another attempt of the step before it would leave. */
async function exchange(world: World, scope: RunScope): Promise<void> {
  const result = world.runs.document(scope, (await world.runs.readHead(scope))!.head.rows[1]!.result!);
  assert(result?.kind === 'result');
  const { tenant, run } = scope;
  const place = { tenant, kind: 'run', id: run, path: 'step/1', field: 'output', attempt: 1 } as const;
  const value = await world.vault.seal(place, [{ id: 'a', cents: 101, name: 'Ann' }]);
  world.runs.replace(scope, { ...result, value });
}

test('P3 P4: content that changes after it was sent is neither sent nor asked for: it is EFFECT_CHANGED', async () => {
  for (const kind of ['askable', 'neither'] as const) {
    const { world, scope } = await approved();
    world.target.kind = kind;
    world.target.gate = async () => {
      world.target.gate = null;
      await exchange(world, scope);
      world.runs.dead = new Crash('after it was written, before anybody knew');
    };
    const head = await world.drive(scope);
    assert.equal(head.cause?.code, 'EFFECT_CHANGED', JSON.stringify(head.rows[POST]));
    assert.equal(world.request(scope, POST), null);
    assert.equal(world.target.entries.length, 1);
  }
});

test('P3: content that changes after it was refused is asked for, and then sent', async () => {
  const { world, scope } = await approved();
  world.target.faults.push({ kind: 'refuse', retryable: true });
  world.target.gate = async () => {
    world.target.gate = null;
    await exchange(world, scope);
  };
  const head = await world.drive(scope);
  assert.equal(head.rows[POST]?.reason, 'APPROVAL', JSON.stringify(head.rows[POST]));
  assert.equal(world.request(scope, POST)?.reasons[0], 'CONTENT_CHANGED');
  assert.equal(await vote(world, scope, POST), 'recorded');
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
  assert.deepEqual(
    world.target.entries.map(({ body }) => (body as { cents: number }[]).map(({ cents }) => cents)),
    [[101]],
  );
});
