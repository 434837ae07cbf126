/** A governed write from its question to its confirmation, and every way in which it is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideApproval } from '../../../src/app/decide-approval.ts';
import type { RunScope } from '../../../src/domain/ids.ts';
import { contentPlace } from '../../../src/domain/governance/notice.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { RequestDocument } from '../../../src/domain/run/documents.ts';
import type { Candidate } from '../../../src/domain/governance/eligible.ts';
import { who } from './govern-people.ts';
import { ALLOW, DENY, publishSamples } from './samples.ts';
import { makeWorld, type World } from './world.ts';

const GOVERN = 2;
const POST = 3;

function vote(world: World, scope: RunScope, by: Candidate, decision: 'approve' | 'reject' = 'approve', step = GOVERN) {
  const request = world.request(scope, step);
  assert(request);
  const { revision, digest } = request;
  return decideApproval(world.deps, scope, step, by, {
    decision,
    revision,
    digest,
    comment: 'seen',
    values: null,
    tokenHash: null,
  });
}

async function waiting(world: World): Promise<RunScope> {
  publishSamples(world);
  const scope = await world.start('posting');
  const head = await world.drive(scope);
  assert.equal(head.state, 'SUSPENDED', JSON.stringify(world.events));
  return scope;
}

test('an approved posting is written once, and its output says what was confirmed', async () => {
  const world = makeWorld();
  const scope = await waiting(world);
  assert.equal(world.target.entries.length, 0);
  const decided = await vote(world, scope, who('approver'));
  assert.equal(decided.kind, 'recorded');
  const head = await world.drive(scope);
  assert.equal(head.state, 'SUCCEEDED', JSON.stringify(world.events));
  assert.equal(world.target.entries.length, 1);
  assert.deepEqual(await world.output(scope, POST), { confirmed: 2, refused: [], receipts: [{ id: 'entry-0' }] });
  assert.deepEqual(await world.output(scope, GOVERN), {
    decision: 'approved',
    reasons: ['POSTING_NEEDS_FINANCE'],
    approvers: ['approver'],
    values: {},
  });
  assert.equal(head.rows[POST]?.openEffects, 0);
});

test('everyone involved is excluded, everyone else eligible gets a notice with a personal link', async () => {
  const world = makeWorld();
  const scope = await waiting(world);
  const notices = await world.notices();
  assert.deepEqual(notices.map((notice) => notice.to.id).sort(), ['approver', 'second']);
  assert.equal(new Set(notices.map((notice) => notice.link)).size, 2);
  for (const excluded of ['starter', 'publisher']) {
    assert.deepEqual(await vote(world, scope, who(excluded)), { kind: 'ineligible', why: 'EXCLUDED' });
  }
  assert.deepEqual(await vote(world, scope, who('stranger', { roles: [], groups: [] })), {
    kind: 'ineligible',
    why: 'NOT_ELIGIBLE',
  });
  assert.deepEqual(await vote(world, scope, who('robot', { kind: 'app' })), {
    kind: 'ineligible',
    why: 'NOT_A_PERSON',
  });
  assert.equal((await world.drive(scope)).state, 'SUSPENDED');
  assert.equal(world.tenantEntries.filter((entry) => entry.type === 'APPROVAL_REFUSED').length, 4);
});

test('tokens lie nowhere in the request: only their hashes', async () => {
  const world = makeWorld();
  const scope = await waiting(world);
  const request = JSON.stringify(world.request(scope, GOVERN));
  for (const { link } of await world.notices()) {
    const token = link?.split('/').at(-1) ?? '';
    assert.equal(token.length, 43);
    assert(!request.includes(token));
  }
});

test('a rejection needs a comment, fails the run, and writes nothing', async () => {
  const world = makeWorld();
  const scope = await waiting(world);
  const { revision, digest } = world.request(scope, GOVERN)!;
  const silent = { decision: 'reject', revision, digest, comment: '  ', values: null, tokenHash: null } as const;
  assert.deepEqual(await decideApproval(world.deps, scope, GOVERN, who('approver'), silent), {
    kind: 'invalid',
    problems: [{ pointer: '/comment', keyword: 'required', message: 'say why you reject' }],
  });
  assert.equal((await vote(world, scope, who('approver'), 'reject')).kind, 'recorded');
  const head = await world.drive(scope);
  assert.equal(head.state, 'FAILED');
  assert.equal(head.cause?.code, 'GOVERN_REJECTED');
  assert.equal(world.target.entries.length, 0);
});

test('the same decision again gives the same receipt; another one reads the standing outcome', async () => {
  const world = makeWorld();
  const scope = await waiting(world);
  const first = await vote(world, scope, who('approver'));
  const again = await vote(world, scope, who('approver'));
  assert(first.kind === 'recorded' && again.kind === 'recorded');
  assert.deepEqual({ ...again.receipt, replayed: false }, first.receipt);
  await world.drive(scope);
  const later = await vote(world, scope, who('approver'));
  assert(later.kind === 'recorded' && later.receipt.replayed);
  const other = await vote(world, scope, who('second'), 'reject');
  assert(other.kind === 'standing' && other.state === 'APPROVED' && other.receipt?.by === 'approver');
});

test('a decision over another digest or revision than the standing one is refused', async () => {
  const world = makeWorld();
  const scope = await waiting(world);
  const { revision, digest } = world.request(scope, GOVERN)!;
  const base = { decision: 'approve', comment: null, values: null, tokenHash: null } as const;
  for (const shown of [
    { revision, digest: 'f'.repeat(64) },
    { revision: revision + 1, digest },
  ]) {
    const decided = await decideApproval(world.deps, scope, GOVERN, who('approver'), { ...base, ...shown });
    assert.deepEqual(decided, { kind: 'changed' });
  }
});

test('500 votes at once make one decision', async () => {
  const world = makeWorld();
  const scope = await waiting(world);
  const votes = await Promise.all(
    Array.from({ length: 500 }, (_, at) => vote(world, scope, who(at % 2 === 0 ? 'approver' : 'second'))),
  );
  assert.equal(votes.filter((each) => each.kind === 'recorded' && !each.receipt.replayed).length, 1);
  assert.equal(world.request(scope, GOVERN)?.decisions.length, 1);
  await world.drive(scope);
  assert.equal(world.target.entries.length, 1);
});

test('P3: content that changes after the approval is not sent: the question opens again under the write', async () => {
  const world = makeWorld();
  const scope = await waiting(world);
  await vote(world, scope, who('approver'));
  const id = (await world.runs.readHead(scope))!.head.rows[1]!.result!;
  const result = world.runs.document(scope, id);
  assert(result?.kind === 'result');
  const place = {
    tenant: scope.tenant,
    kind: 'run',
    id: scope.run,
    path: 'step/1',
    field: 'output',
    attempt: 1,
  } as const;
  const value = await world.vault.seal(place, [{ id: 'a', cents: 101, name: 'Ann' }]);
  world.runs.replace(scope, { ...result, value });
  const head = await world.drive(scope);
  assert.equal(world.target.entries.length, 0);
  assert.equal(head.rows[POST]?.state, 'SUSPENDED');
  assert.equal(world.request(scope, GOVERN)?.state, 'VOID');
  assert.equal(world.request(scope, POST)?.reasons[0], 'CONTENT_CHANGED');
  assert.equal((await vote(world, scope, who('approver'), 'approve', POST)).kind, 'recorded');
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED', JSON.stringify(world.events));
  assert.deepEqual(
    world.target.entries.map((entry) => entry.body),
    [[{ id: 'a', cents: 101, name: 'Ann' }]],
  );
});

test('P3: an approval that is too old at dispatch is asked for again', async () => {
  const world = makeWorld();
  publishSamples(world);
  const scope = await world.start('posting');
  await world.drive(scope);
  await vote(world, scope, who('approver'));
  world.clock.advance(86_400_000);
  const head = await world.drive(scope);
  assert.equal(head.rows[POST]?.state, 'SUSPENDED');
  assert.equal(world.request(scope, POST)?.reasons[0], 'EXPIRED');
  assert.equal(world.target.entries.length, 0);
});

test('a connector published after the approval is not used for what was approved', async () => {
  const world = makeWorld();
  const scope = await waiting(world);
  await vote(world, scope, who('approver'));
  world.publish('Connector', 'erp', { resources: { entries: { access: 'write', policies: ['posting'] } } });
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
  assert.equal(world.target.entries[0]?.version, 1);
});

test('what a policy denies is never asked and never written', async () => {
  const world = makeWorld();
  publishSamples(world, DENY);
  const scope = await world.start('posting');
  const head = await world.drive(scope);
  assert.equal(head.cause?.code, 'GOVERN_DENIED');
  assert.deepEqual(world.request(scope, GOVERN)?.reasons, ['FORBIDDEN']);
  assert.equal(world.target.entries.length, 0);
});

test('what policies allow needs no person, with a GOVERN and without', async () => {
  const world = makeWorld();
  publishSamples(world, ALLOW);
  for (const workflow of ['posting', 'free']) {
    const scope = await world.start(workflow);
    assert.equal((await world.drive(scope)).state, 'SUCCEEDED', JSON.stringify(world.events));
  }
  assert.equal(world.target.entries.length, 2);
  assert.equal((await world.notices()).length, 0);
});

test('P3: a write without GOVERN to a target that may ask people fails UNGOVERNED_EFFECT', async () => {
  const world = makeWorld();
  publishSamples(world);
  for (const resource of ['entries', 'bare']) {
    world.publish('Workflow', 'bypass', {
      id: 'bypass',
      steps: [{ id: 'post', verb: 'PUSH', connector: 'erp', resource, records: [{ id: 'a', cents: 1 }] }],
    });
    const head = await world.drive(await world.start('bypass'));
    assert.equal(head.cause?.code, 'UNGOVERNED_EFFECT');
  }
  assert.equal(world.target.entries.length, 0);
});

test('nobody may answer: the step fails NO_APPROVERS instead of waiting for ever', async () => {
  const world = makeWorld();
  publishSamples(world);
  world.people.splice(0, world.people.length, ...world.people.filter((each) => each.id === 'publisher'));
  const head = await world.drive(await world.start('posting'));
  assert.equal(head.cause?.code, 'NO_APPROVERS');
});

test('P3: a decision record that does not hold what was decided is no authority', async () => {
  const tampered = [
    (request: RequestDocument) => ({ ...request, policies: [] }),
    (request: RequestDocument) => ({ ...request, digest: 'f'.repeat(64) }),
    (request: RequestDocument) => ({ ...request, decisions: [] }),
    (request: RequestDocument) => ({
      ...request,
      decisions: request.decisions.map((each) => ({ ...each, revision: 7 })),
    }),
    (request: RequestDocument) => ({ ...request, state: 'OPEN' as const }),
  ];
  for (const change of tampered) {
    const world = makeWorld();
    const scope = await waiting(world);
    await vote(world, scope, who('approver'));
    // The GOVERN has taken the decision; the record is changed before the write reads it.
    world.runs.onCommit = (when) => {
      const request = world.request(scope, GOVERN);
      if (when === 'after' && request !== null) world.runs.replace(scope, change(request));
    };
    const head = await world.drive(scope);
    assert.equal(head.rows[POST]?.errorCode, 'UNGOVERNED_EFFECT', String(change));
    assert.equal(world.target.entries.length, 0);
  }
});

test('P3: an earlier content put back in place of the approved one is refused', async () => {
  const world = makeWorld();
  const scope = await waiting(world);
  await vote(world, scope, who('approver'));
  world.runs.onCommit = (when) => {
    const request = world.request(scope, GOVERN);
    if (when !== 'after' || request === null) return;
    const content = world.vault.peek(request.content) as JsonObject;
    const place = contentPlace(scope, GOVERN, request.revision, request.attempt);
    world.runs.replace(scope, { ...request, content: world.vault.sealNow(place, { ...content, validForMs: 1 }) });
  };
  const head = await world.drive(scope);
  assert.equal(head.rows[POST]?.errorCode, 'UNGOVERNED_EFFECT');
});

test('a link that is revoked between the page and the vote decides nothing', async () => {
  const world = makeWorld();
  const scope = await waiting(world);
  const { revision, digest, links } = world.request(scope, GOVERN)!;
  const mine = links.find((link) => link.approver === 'approver')!;
  const by = who('approver', { assurance: 'link' });
  const cast = { decision: 'approve', revision, digest, comment: null, values: null } as const;
  const tokens = ['0'.repeat(64), links.find((link) => link.approver === 'second')!.tokenHash];
  const refused = { kind: 'ineligible', why: 'LINK_INVALID' };
  for (const tokenHash of tokens)
    assert.deepEqual(await decideApproval(world.deps, scope, GOVERN, by, { ...cast, tokenHash }), refused);
  const request = world.request(scope, GOVERN)!;
  world.runs.replace(scope, { ...request, links: [{ ...mine, revokedAt: world.clock.now() }] });
  const vote = { ...cast, tokenHash: mine.tokenHash };
  assert.deepEqual(await decideApproval(world.deps, scope, GOVERN, by, vote), refused);
  world.runs.replace(scope, request);
  assert.equal((await decideApproval(world.deps, scope, GOVERN, by, vote)).kind, 'recorded');
});
