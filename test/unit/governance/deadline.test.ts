/** Deadlines, quorums, several demands at once, and approvals that outlive a retry. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commitRun } from '../../../src/app/commit-run.ts';
import { controlRun } from '../../../src/app/control-run.ts';
import { decideApproval } from '../../../src/app/decide-approval.ts';
import type { Candidate } from '../../../src/domain/governance/eligible.ts';
import { principalId, type RunScope } from '../../../src/domain/ids.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { who } from '../verbs/govern-people.ts';
import { ASK, publishSamples } from '../verbs/samples.ts';
import { makeWorld, type World } from '../verbs/world.ts';

const GOVERN = 2;
const POST = 3;
const TWO_DAYS = 2 * 86_400_000;

const asking = (more: JsonObject): JsonObject => ({
  rules: [
    { id: 'ask', if: 'true', then: 'require-approval', reason: 'ASK', approvers: { groups: ['finance'] }, ...more },
  ],
});

async function start(policy: JsonObject): Promise<{ world: World; scope: RunScope }> {
  const world = makeWorld();
  publishSamples(world, policy);
  const scope = await world.start('posting');
  await world.drive(scope);
  return { world, scope };
}
function vote(world: World, scope: RunScope, by: Candidate, decision: 'approve' | 'reject' = 'approve') {
  const { revision, digest } = world.request(scope, GOVERN)!;
  return decideApproval(world.deps, scope, GOVERN, by, {
    decision,
    revision,
    digest,
    comment: 'ok',
    values: null,
    tokenHash: null,
  });
}
async function pass(world: World, scope: RunScope): Promise<void> {
  world.clock.advance(TWO_DAYS);
  const row = (await world.runs.readHead(scope))!.head.rows[GOVERN]!;
  await commitRun(world.deps, scope, () => ({ event: { type: 'DEADLINE_PASSED', step: GOVERN, fence: row.fence } }));
}

test('nobody answers in time: rejected or failed, never approved', async () => {
  for (const onDeadline of ['reject', 'fail']) {
    const { world, scope } = await start(asking({ sla: { due: 'P2D', onDeadline } }));
    await pass(world, scope);
    const head = await world.drive(scope);
    assert.equal(head.cause?.code, 'GOVERN_EXPIRED');
    assert.equal(world.request(scope, GOVERN)?.state, 'EXPIRED');
    assert.equal(world.target.entries.length, 0);
  }
});

test('a vote after the deadline reads EXPIRED, before and after the step has taken note', async () => {
  const { world, scope } = await start(ASK);
  world.clock.advance(TWO_DAYS);
  const early = await vote(world, scope, who('approver'));
  assert(early.kind === 'standing' && early.state === 'EXPIRED');
  await pass(world, scope);
  const between = await vote(world, scope, who('approver'));
  assert(between.kind === 'standing' && between.state === 'EXPIRED');
  await world.drive(scope);
  const after = await vote(world, scope, who('approver'));
  assert(after.kind === 'standing' && after.state === 'EXPIRED');
});

test('a vote after a deadline that a faster clock has committed is not called recorded', async () => {
  const { world, scope } = await start(ASK);
  const row = (await world.runs.readHead(scope))!.head.rows[GOVERN]!;
  const ahead = { ...world.deps, clock: { ...world.deps.clock, now: () => row.due ?? '' } };
  const passed = await commitRun(ahead, scope, () => ({
    event: { type: 'DEADLINE_PASSED', step: GOVERN, fence: row.fence },
  }));
  assert.equal(passed.ok, true);
  const late = await vote(world, scope, who('approver'));
  assert.deepEqual(late, { kind: 'standing', state: 'EXPIRED', receipt: null });
  assert.deepEqual(world.request(scope, GOVERN)?.decisions, []);
});

test('a vote that is committed before the deadline wins over it', async () => {
  const { world, scope } = await start(ASK);
  await vote(world, scope, who('approver'));
  const row = (await world.runs.readHead(scope))!.head.rows[GOVERN]!;
  const late = await commitRun(world.deps, scope, () => ({
    event: { type: 'DEADLINE_PASSED', step: GOVERN, fence: row.fence },
  }));
  assert.equal(late.ok, false);
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
});

test('escalation keeps the question open and tells the managers', async () => {
  const { world, scope } = await start(asking({ sla: { due: 'P2D', onDeadline: 'escalate' } }));
  await pass(world, scope);
  const head = await world.drive(scope);
  assert.equal(head.rows[GOVERN]?.state, 'SUSPENDED');
  const told = (await world.notices()).filter((notice) => notice.kind === 'escalation');
  assert.deepEqual(
    told.map((notice) => [notice.to.id, notice.link]),
    [['boss', null]],
  );
  assert.equal((await vote(world, scope, who('approver'))).kind, 'recorded');
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
});

test('P3: a quorum of two counts two people, not two votes', async () => {
  const { world, scope } = await start(asking({ quorum: 2 }));
  const first = await vote(world, scope, who('approver'));
  assert(first.kind === 'recorded' && first.receipt.state === 'OPEN');
  const same = await vote(world, scope, who('approver'));
  assert(same.kind === 'recorded' && same.receipt.replayed);
  assert.equal((await world.drive(scope)).state, 'SUSPENDED');
  const changed = await vote(world, scope, who('approver'), 'reject');
  assert.equal(changed.kind, 'standing');
  const second = await vote(world, scope, who('second'));
  assert(second.kind === 'recorded' && second.receipt.state === 'APPROVED');
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
});

test('a quorum that cannot be reached fails at once', async () => {
  const { world, scope } = await start(asking({ quorum: 3 }));
  assert.equal((await world.runs.readHead(scope))?.head.cause?.code, 'NO_APPROVERS');
});

test('demands of two policies have to be met by the same person', async () => {
  const world = makeWorld();
  publishSamples(world, {
    rules: [
      { id: 'a', if: 'true', then: 'require-approval', reason: 'FINANCE', approvers: { groups: ['finance'] } },
      { id: 'b', if: 'true', then: 'require-approval', reason: 'SECOND', approvers: { users: ['second'] } },
    ],
  });
  const scope = await world.start('posting');
  await world.drive(scope);
  assert.deepEqual(world.request(scope, GOVERN)?.eligible, { users: ['second'], roles: [], groups: [] });
  assert.equal((await vote(world, scope, who('approver'))).kind, 'ineligible');
  const out = await vote(world, scope, who('second', { groups: [] }));
  assert.deepEqual(out, { kind: 'ineligible', why: 'NOT_ELIGIBLE' }, 'left the group since');
  assert.equal((await vote(world, scope, who('second'))).kind, 'recorded');
});

test('P3: a policy that demands a second factor is not satisfied by a link or a plain sign-in', async () => {
  const { world, scope } = await start(asking({ assurance: 'signed-in+mfa' }));
  assert(world.request(scope, GOVERN)?.links.length === 0);
  assert.deepEqual(await vote(world, scope, who('approver')), { kind: 'ineligible', why: 'ASSURANCE_TOO_LOW' });
  assert.equal((await vote(world, scope, who('approver', { assurance: 'signed-in+mfa' }))).kind, 'recorded');
});

test('after a retry of the run the same content is not asked again, other content is, and nothing is sent twice', async () => {
  const { world, scope } = await start(ASK);
  await vote(world, scope, who('approver'));
  world.target.faults.push({ kind: 'refuse', retryable: false });
  assert.equal((await world.drive(scope)).state, 'FAILED');
  await controlRun(world.deps, { scope, control: { kind: 'retry' }, by: principalId('operator') });
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED', JSON.stringify(world.events));
  assert.equal(world.target.entries.length, 1);
  assert.equal(world.request(scope, GOVERN)?.revision, 1);
});

test('other content after a confirmed write is EFFECT_CHANGED: it is never sent', async () => {
  const world = makeWorld();
  publishSamples(world);
  world.target.batchMax = 1;
  world.target.faults.push({ kind: 'cut', when: 'before' });
  const scope = await world.start('posting');
  await world.drive(scope);
  await vote(world, scope, who('approver'));
  world.target.faults.splice(0, 1);
  world.target.faults.push({ kind: 'refuse-one', index: 9 }, { kind: 'refuse', retryable: false });
  assert.equal((await world.drive(scope)).state, 'FAILED');
  assert.equal(world.target.entries.length, 1);
  world.target.records = [{ id: 'a', cents: 999, name: 'Ann' }];
  await controlRun(world.deps, { scope, control: { kind: 'retry' }, by: principalId('operator') });
  assert.equal((await world.drive(scope)).state, 'SUSPENDED');
  await vote(world, scope, who('approver'));
  const head = await world.drive(scope);
  assert.equal(head.rows[POST]?.errorCode, 'EFFECT_CHANGED', JSON.stringify(world.events));
  assert.equal(world.target.entries.length, 1);
});

test('who had the run repeated is involved, and may not approve what it asks now', async () => {
  const { world, scope } = await start(ASK);
  await vote(world, scope, who('approver'), 'reject');
  await world.drive(scope);
  await controlRun(world.deps, { scope, control: { kind: 'retry' }, by: principalId('second') });
  await world.drive(scope);
  assert.equal(world.request(scope, GOVERN)?.revision, 2);
  assert.deepEqual(await vote(world, scope, who('second')), { kind: 'ineligible', why: 'EXCLUDED' });
});
