/** Approvals that are taken back: before anything is written they count for nothing, afterwards they stand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VERBS } from '../../../src/activities/verbs.ts';
import { workTurn } from '../../../src/activities/turn.ts';
import { controlRun } from '../../../src/app/control-run.ts';
import { decideApproval } from '../../../src/app/decide-approval.ts';
import { contentOfRequest } from '../../../src/app/request-content.ts';
import { readApproval } from '../../../src/app/read-approval.ts';
import { withdrawApproval, type Asked } from '../../../src/app/withdraw-approval.ts';
import { principalId, type RunScope } from '../../../src/domain/ids.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { seeded } from '../../support/seeded.ts';
import { who } from '../verbs/govern-people.ts';
import { ASK, publishSamples } from '../verbs/samples.ts';
import { makeWorld, type World } from '../verbs/world.ts';

const GOVERN = 2;
const POST = 3;
const operator = principalId('operator');

async function start(policy: JsonObject = ASK): Promise<{ world: World; scope: RunScope }> {
  const world = makeWorld();
  publishSamples(world, policy);
  const scope = await world.start('posting');
  await world.drive(scope);
  return { world, scope };
}
function vote(world: World, scope: RunScope, by: string, step = GOVERN, decision: 'approve' | 'reject' = 'approve') {
  const { revision, digest } = world.request(scope, step)!;
  const cast = { decision, revision, digest, comment: 'ok', values: null, tokenHash: null } as const;
  return decideApproval(world.deps, scope, step, who(by), cast);
}
const takeBack = (world: World, scope: RunScope, by: string, step = GOVERN, whose: Asked['whose'] = 'own') =>
  withdrawApproval(world.deps, scope, step, { by: principalId(by), whose, reason: 'the amount is Bob 250' });

/** The GOVERN takes its decision; the turn of the write is left waiting. */
async function takeDecision(world: World): Promise<void> {
  const { lane, turn } = world.queue.shift()!;
  const out = await workTurn(world.deps, VERBS, { ...turn, lane }, { straightOnMs: 0 });
  assert.equal(out.next?.step, POST);
  world.queue.push({ lane, turn: out.next });
}

test('withdrawn before the GOVERN took it: it asks again, with new links, and what is decided then counts', async () => {
  const { world, scope } = await start();
  await vote(world, scope, 'approver');
  const taken = await takeBack(world, scope, 'approver');
  assert(taken.kind === 'withdrawn' && taken.receipt.state === 'VOID' && !taken.receipt.replayed);
  const head = await world.drive(scope);
  assert.equal(head.rows[GOVERN]?.state, 'SUSPENDED');
  const request = world.request(scope, GOVERN);
  assert.deepEqual([request?.state, request?.revision, request?.reasons[0]], ['OPEN', 2, 'WITHDRAWN']);
  assert.equal((await world.notices()).length, 4);
  assert.equal(world.target.received.length, 0);
  assert.equal((await vote(world, scope, 'second')).kind, 'recorded');
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
  assert.deepEqual(((await world.output(scope, GOVERN)) as JsonObject)['approvers'], ['second']);
  assert.equal(world.target.entries.length, 1);
});

test('withdrawn after the GOVERN has ended: the write itself asks again, and can be taken back there too', async () => {
  const { world, scope } = await start();
  await vote(world, scope, 'approver');
  await takeDecision(world);
  assert.equal((await takeBack(world, scope, 'approver')).kind, 'withdrawn');
  const head = await world.drive(scope);
  assert.deepEqual([head.rows[GOVERN]?.state, head.rows[POST]?.state], ['SUCCEEDED', 'SUSPENDED']);
  assert.equal(world.request(scope, POST)?.reasons[0], 'WITHDRAWN');
  await vote(world, scope, 'approver', POST);
  assert.equal((await takeBack(world, scope, 'approver', POST)).kind, 'withdrawn');
  assert.equal((await world.drive(scope)).rows[POST]?.state, 'SUSPENDED');
  assert.equal(world.request(scope, POST)?.revision, 2);
  assert.equal(world.target.received.length, 0);
  await vote(world, scope, 'second', POST);
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
  assert.equal(world.target.entries.length, 1);
});

test('withdrawn between the last check and the intent: nothing is sent', async () => {
  const { world, scope } = await start();
  await vote(world, scope, 'approver');
  await takeDecision(world);
  const { readDocuments } = world.runs;
  world.runs.readDocuments = async (where, kind, ids) => {
    // The slots are read once the write is authorised.
    if (kind === 'effect' && world.request(scope, GOVERN)?.state === 'APPROVED')
      assert.equal((await takeBack(world, scope, 'approver')).kind, 'withdrawn');
    return readDocuments(where, kind, ids);
  };
  const head = await world.drive(scope);
  assert.equal(head.rows[POST]?.state, 'SUSPENDED');
  assert.equal(head.rows[POST]?.openEffects, 0);
  assert.equal(world.target.received.length, 0);
  assert.equal(world.runs.all('effect').length, 0);
});

test('once the write has begun, an approval can no longer be taken back', async () => {
  const { world, scope } = await start();
  await vote(world, scope, 'approver');
  const answers: string[] = [];
  world.target.gate = async () => void answers.push((await takeBack(world, scope, 'approver')).kind);
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
  answers.push((await takeBack(world, scope, 'approver')).kind);
  assert.deepEqual(answers, ['too-late', 'too-late']);
  assert.equal(world.request(scope, GOVERN)?.state, 'APPROVED');
});

test('P3: withdrawal and dispatch at the same time: either it is too late, or nothing is written', async () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 120; seed++) {
    const random = seeded(seed);
    const { world, scope } = await start();
    const pause = async (): Promise<void> => {
      for (let turns = random.below(8); turns > 0; turns--) await new Promise((next) => setImmediate(next));
    };
    const { readDocument, readDocuments } = world.runs;
    world.runs.readDocument = async (...asked) => (await pause(), readDocument(...asked));
    world.runs.readDocuments = async (...asked) => (await pause(), readDocuments(...asked));
    await vote(world, scope, 'approver');
    const late = async () => {
      for (let pauses = random.below(14); pauses > 0; pauses--) await pause();
      return takeBack(world, scope, 'approver');
    };
    const [head, taken] = await Promise.all([world.drive(scope), late()]);
    const written = world.target.received.length;
    const row = head.rows[POST]?.state === 'SUSPENDED' ? 'asked again' : head.rows[GOVERN]?.state;
    seen.add(taken.kind);
    if (taken.kind === 'too-late') assert.deepEqual([written, head.state], [1, 'SUCCEEDED'], `seed ${seed}`);
    else {
      assert.equal(taken.kind, 'withdrawn', `seed ${seed}`);
      assert.equal(written, 0, `seed ${seed}: ${row} ${JSON.stringify(world.events)}`);
      const again = await world.drive(scope);
      assert.equal(again.state, 'SUSPENDED', `seed ${seed}`);
    }
  }
  assert.deepEqual([...seen].sort(), ['too-late', 'withdrawn']);
});

const TWO: JsonObject = {
  rules: [
    {
      id: 'two',
      if: 'true',
      then: 'require-approval',
      reason: 'TWO',
      approvers: { groups: ['finance'] },
      quorum: 2,
    },
  ],
};

test('one of two approvals withdrawn: the question stays open, and both may still be given', async () => {
  const { world, scope } = await start(TWO);
  await vote(world, scope, 'approver');
  const taken = await takeBack(world, scope, 'approver');
  assert(taken.kind === 'withdrawn' && taken.receipt.state === 'OPEN');
  const second = await vote(world, scope, 'second');
  assert(second.kind === 'recorded' && second.receipt.state === 'OPEN', 'a withdrawn approval does not count');
  assert.equal((await world.drive(scope)).state, 'SUSPENDED');
  const again = await vote(world, scope, 'approver');
  assert(again.kind === 'recorded' && again.receipt.state === 'APPROVED');
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
});

test('nobody takes back what is not theirs, a rejection, or what stands no more; twice is once', async () => {
  const { world, scope } = await start(TWO);
  await vote(world, scope, 'approver');
  for (const by of ['second', 'stranger']) assert.equal((await takeBack(world, scope, by)).kind, 'nothing');
  assert.equal((await takeBack(world, scope, 'approver', POST)).kind, 'unknown');
  const first = await takeBack(world, scope, 'approver');
  world.clock.advance(1_000);
  const again = await takeBack(world, scope, 'approver');
  assert(first.kind === 'withdrawn' && again.kind === 'withdrawn');
  assert.deepEqual(again.receipt, { ...first.receipt, replayed: true });
  await vote(world, scope, 'second', GOVERN, 'reject');
  assert.equal((await takeBack(world, scope, 'second')).kind, 'nothing');
  assert.equal((await world.drive(scope)).cause?.code, 'GOVERN_REJECTED');
});

test('an admin voids every approval, may not decide afterwards, and the reason is sealed', async () => {
  const { world, scope } = await start(TWO);
  await vote(world, scope, 'approver');
  await vote(world, scope, 'second');
  world.people.push({ ...world.people[1]!, id: principalId('admin'), name: 'Admin' });
  world.people.push({ ...world.people[1]!, id: principalId('third'), name: 'Third' });
  assert.equal((await takeBack(world, scope, 'admin', GOVERN, 'all')).kind, 'withdrawn');
  await world.drive(scope);
  assert.deepEqual(await vote(world, scope, 'admin'), { kind: 'ineligible', why: 'EXCLUDED' });
  const audit = await world.runs.readAudit(scope, 1, 100);
  const record = audit.find((each) => each.event['type'] === 'APPROVAL_VOIDED');
  assert(record?.by === 'admin' && record.event['count'] === 2);
  assert(!JSON.stringify(audit).includes('Bob 250'));
  const note = world.runs.document(scope, String(record.event['note']));
  assert(note?.kind === 'note');
  assert.equal(world.vault.peek(note.text), 'the amount is Bob 250');
  await vote(world, scope, 'third');
  await vote(world, scope, 'approver');
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
});

test('withdrawn while the run is paused: asked again when it resumes', async () => {
  const { world, scope } = await start();
  await controlRun(world.deps, { scope, control: { kind: 'pause' }, by: operator });
  await vote(world, scope, 'approver');
  assert.equal((await takeBack(world, scope, 'approver')).kind, 'withdrawn');
  await world.drive(scope);
  await controlRun(world.deps, { scope, control: { kind: 'resume' }, by: operator });
  const head = await world.drive(scope);
  assert.equal(head.rows[GOVERN]?.state, 'SUSPENDED');
  assert.equal(world.request(scope, GOVERN)?.state, 'OPEN');
  await vote(world, scope, 'approver');
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
});

for (const control of [{ kind: 'retry' }, { kind: 'retry-step', step: 'post' }] as const) {
  test(`D2: who approved and then has it done again (${control.kind}) is involved: others are asked`, async () => {
    const { world, scope } = await start();
    world.target.faults.push({ kind: 'refuse', retryable: false });
    await vote(world, scope, 'approver');
    assert.equal((await world.drive(scope)).state, 'FAILED');
    await controlRun(world.deps, { scope, control, by: principalId('approver') });
    const asking = control.kind === 'retry' ? GOVERN : POST;
    assert.equal((await world.drive(scope)).rows[asking]?.reason, 'APPROVAL');
    assert.equal(world.request(scope, asking)?.state, 'OPEN');
    assert.deepEqual(await vote(world, scope, 'approver', asking), { kind: 'ineligible', why: 'EXCLUDED' });
    assert.equal(world.target.entries.length, 0);
    assert.equal((await vote(world, scope, 'second', asking)).kind, 'recorded');
    assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
    assert.equal(world.target.entries.length, 1);
  });
}

test('an approval that is withdrawn after its run has ended does not serve a retry of it', async () => {
  const { world, scope } = await start();
  world.target.faults.push({ kind: 'refuse', retryable: false });
  await vote(world, scope, 'approver');
  assert.equal((await world.drive(scope)).state, 'FAILED');
  assert.equal((await takeBack(world, scope, 'approver')).kind, 'withdrawn');
  await controlRun(world.deps, { scope, control: { kind: 'retry' }, by: operator });
  assert.equal((await world.drive(scope)).rows[GOVERN]?.state, 'SUSPENDED');
  assert.equal(world.target.entries.length, 0);
});

test('a request that a cancel voids keeps its revision: it is shown as void, with what had been asked', async () => {
  const { world, scope } = await start();
  const before = world.request(scope, GOVERN)!;
  await controlRun(world.deps, { scope, control: { kind: 'cancel' }, by: operator });
  await world.drive(scope);
  const request = world.request(scope, GOVERN)!;
  assert.deepEqual([request.state, request.revision, request.validUntil], ['VOID', before.revision, null]);
  assert.equal((await contentOfRequest(world.deps, scope, request, 'approval-page'))?.requests.length, 1);
  const view = await readApproval(world.deps, scope, GOVERN, who('approver'), { offset: 0, limit: 10 });
  assert.deepEqual([view?.request.state, view?.mayDecide, view?.content?.count], ['VOID', false, 2]);
});

test('a question that would open while its run is being cancelled is void from the start', async () => {
  const world = makeWorld();
  publishSamples(world);
  const { directory } = world.deps;
  const { members } = directory;
  let cancelled = false;
  Object.assign(directory, {
    members: async (...asked: Parameters<typeof members>) => {
      if (!cancelled) {
        cancelled = true;
        await controlRun(world.deps, { scope, control: { kind: 'cancel' }, by: operator });
      }
      return members(...asked);
    },
  });
  const scope = await world.start('posting');
  const head = await world.drive(scope);
  assert.equal(head.state, 'CANCELLED');
  assert.equal(world.request(scope, GOVERN)?.state, 'VOID');
});
