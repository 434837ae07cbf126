/**
 * Ways round an approval that validation would refuse, put into the store behind its back: at run time the write is
 * refused as well (security G1). And decisions that were made, moved to where they were not made.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commitRun } from '../../../src/app/commit-run.ts';
import { decideApproval } from '../../../src/app/decide-approval.ts';
import { isFulfilled } from '../../../src/domain/governance/fulfilled.ts';
import { approvalRequired, type Requirement } from '../../../src/domain/governance/policy.ts';
import { principalId, type RunScope } from '../../../src/domain/ids.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { Decision, RequestDocument } from '../../../src/domain/run/documents.ts';
import type { Head } from '../../../src/domain/run/head.ts';
import { publishSamples } from '../verbs/samples.ts';
import { makeWorld, type World } from '../verbs/world.ts';

const rows: JsonObject = { id: 'rows', verb: 'FETCH', connector: 'erp', resource: 'rows' };
const govern = (more: JsonObject = {}): JsonObject => ({
  id: 'policy',
  verb: 'GOVERN',
  policies: ['posting'],
  totals: { cents: '/cents' },
  ...more,
});
const post = (more: JsonObject = {}): JsonObject => ({
  id: 'post',
  verb: 'PUSH',
  connector: 'erp',
  resource: 'entries',
  records: [{ id: 'a', cents: 1 }],
  ...more,
});
const fails: JsonObject = { id: 'bad', verb: 'LOOKUP', connector: 'erp', resource: 'rows', key: 'nothing' };

function worldOf(workflow: JsonObject): World {
  const world = makeWorld();
  publishSamples(world);
  world.publish('Workflow', 'sly', { id: 'sly', ...workflow });
  return world;
}
const approver = {
  id: principalId('approver'),
  kind: 'user',
  roles: ['approver'],
  groups: ['finance'],
  assurance: 'link',
} as const;
function vote(world: World, scope: RunScope, step: number, decision: 'approve' | 'reject' = 'approve') {
  const { revision, digest } = world.request(scope, step)!;
  return decideApproval(world.deps, scope, step, approver, {
    decision,
    revision,
    digest,
    comment: 'so',
    values: null,
    tokenHash: null,
  });
}

const SLY: Record<string, { workflow: JsonObject; code: string | null }> = {
  'no GOVERN at all': { workflow: { steps: [post()] }, code: 'UNGOVERNED_EFFECT' },
  'a write in `finally`': { workflow: { steps: [rows], finally: [post()] }, code: 'UNGOVERNED_EFFECT' },
  'a write when the run fails': { workflow: { steps: [fails], onError: [post()] }, code: 'UNGOVERNED_EFFECT' },
  'a write when a step fails': {
    workflow: { steps: [{ ...fails, onError: { steps: [post()], then: 'continue' } }] },
    code: 'UNGOVERNED_EFFECT',
  },
  'a GOVERN that is switched off': {
    workflow: { steps: [govern({ when: 'false' }), post({ governedBy: 'policy' })] },
    code: null,
  },
  'a GOVERN that fails and is ignored': {
    workflow: {
      steps: [govern({ totals: { none: '/nothing' }, onError: 'continue' }), post({ governedBy: 'policy' })],
    },
    code: null,
  },
  'another step in the place of the GOVERN': {
    workflow: {
      steps: [
        { id: 'policy', verb: 'TRANSFORM', map: { decision: 'approved', chosen: 1 } },
        post({ governedBy: 'policy' }),
      ],
    },
    code: null,
  },
  'an EXECUTE in the place of a PUSH': {
    workflow: { steps: [{ id: 'post', verb: 'EXECUTE', connector: 'erp', command: 'entries', arguments: {} }] },
    code: 'RESOURCE_UNKNOWN',
  },
  'a read resource that is written to': {
    workflow: { steps: [post({ resource: 'rows' })] },
    code: 'READ_WRITE_MISMATCH',
  },
  'a write resource that is read': {
    workflow: { steps: [{ id: 'post', verb: 'FETCH', connector: 'erp', resource: 'entries' }] },
    code: 'READ_WRITE_MISMATCH',
  },
};

for (const [what, { workflow, code }] of Object.entries(SLY)) {
  test(`P3: ${what} writes nothing`, async () => {
    const world = worldOf(workflow);
    const scope = await world.start('sly').catch(() => null);
    if (scope !== null) {
      const head = await world.drive(scope);
      const row = head.rows.find(({ id }) => id === 'post');
      assert(row !== undefined && row.state !== 'SUCCEEDED', JSON.stringify(head.rows));
      assert.equal(row.errorCode, code, JSON.stringify(row));
    } else assert.equal(code, null);
    assert.equal(world.target.received.length, 0);
  });
}

test('P3: a rejection that does not fail the run lets nothing be written either', async () => {
  const world = worldOf({ steps: [govern({ onReject: 'continue' }), post({ governedBy: 'policy' })] });
  const scope = await world.start('sly');
  await world.drive(scope);
  assert.equal((await vote(world, scope, 1, 'reject')).kind, 'recorded');
  const head = await world.drive(scope);
  assert.deepEqual([head.state, head.rows[2]?.reason], ['SUCCEEDED', 'NOT_APPROVED']);
  assert.equal(world.target.received.length, 0);
});

test('P3: an approval of one GOVERN is none of another', async () => {
  const other = govern({ id: 'other' });
  const steps = [
    govern(),
    post({ governedBy: 'policy' }),
    other,
    post({ id: 'post2', governedBy: 'other', records: [{ id: 'b', cents: 2 }] }),
  ];
  const world = worldOf({ steps });
  const scope = await world.start('sly');
  await world.drive(scope);
  await vote(world, scope, 1);
  const head = await world.drive(scope);
  assert.equal(head.rows[3]?.reason, 'APPROVAL');
  assert.equal(world.target.entries.length, 1);
});

/** The waiting GOVERN is made to look at its request as it now lies in the store. */
async function taken(world: World, scope: RunScope): Promise<Head> {
  await commitRun(world.deps, scope, () => ({ event: { type: 'DECIDED', step: 1 } }));
  return world.drive(scope);
}

/** An approved run whose write is still to come, and one that waits. */
async function twoRuns(): Promise<{ world: World; done: RunScope; waits: RunScope }> {
  const world = worldOf({ steps: [govern(), post({ governedBy: 'policy' })] });
  const done = await world.start('sly');
  await world.drive(done);
  await vote(world, done, 1);
  await world.drive(done);
  const waits = await world.start('sly');
  await world.drive(waits);
  return { world, done, waits };
}

test('P3: an approval copied from another run, word for word, lets nothing be written', async () => {
  const { world, done, waits } = await twoRuns();
  world.runs.replace(waits, structuredClone(world.request(done, 1)!));
  const head = await taken(world, waits);
  assert.deepEqual([head.state, head.rows[2]?.errorCode], ['FAILED', 'INTERNAL']);
  assert.equal(world.target.entries.length, 1);
});

const APPROVED = { state: 'APPROVED', validUntil: '9999-01-01T00:00:00.000Z' } as const;
function forged(request: RequestDocument, more: Partial<Decision> = {}): Decision {
  const { revision, digest } = request;
  const basis = { by: approver.id, onBehalfOf: null, decision: 'approve', at: request.openedAt } as const;
  return { ...basis, assurance: 'link', revision, digest, withdrawn: null, ...more };
}
const FORGERIES: Record<string, (request: RequestDocument) => Partial<RequestDocument>> = {
  'its state': () => APPROVED,
  'its state and its quorum': () => ({ ...APPROVED, quorum: 0 }),
  'its state and its authority': () => ({ ...APPROVED, authority: 'policy', quorum: 0 }),
  'a rejection into an approval': (request) => ({
    ...APPROVED,
    decisions: [forged(request, { decision: 'reject' })],
  }),
  'the vote to be of somebody involved': (request) => ({
    ...APPROVED,
    decisions: [forged(request, { by: principalId('starter') })],
  }),
  'the vote to be over an earlier revision': (request) => ({
    ...APPROVED,
    decisions: [forged(request, { revision: 0 })],
  }),
  'the vote to be over other content': (request) => ({
    ...APPROVED,
    decisions: [forged(request, { digest: 'f'.repeat(64) })],
  }),
  'a vote that was taken back': (request) => ({
    ...APPROVED,
    decisions: [forged(request, { withdrawn: { by: approver.id, at: request.openedAt } })],
  }),
};
for (const [what, forge] of Object.entries(FORGERIES)) {
  test(`P3: a request in which somebody has changed ${what} by hand`, async () => {
    const world = worldOf({ steps: [govern(), post({ governedBy: 'policy' })] });
    const scope = await world.start('sly');
    await world.drive(scope);
    const request = world.request(scope, 1)!;
    world.runs.replace(scope, { ...request, ...forge(request) });
    const head = await taken(world, scope);
    assert.equal(head.rows[2]?.errorCode, 'UNGOVERNED_EFFECT');
    assert.equal(world.target.entries.length, 0);
  });
}

test('isFulfilled: distinct people, as many and as surely known as the sealed demands say', () => {
  const demand = { ...approvalRequired.rules[0]!.requirement!, quorum: 2 };
  const basis = { revision: 1, digest: 'd', excluded: [principalId('starter')], authority: 'people' } as const;
  const ask = (decisions: readonly Partial<Decision>[], requirements: readonly Requirement[] = [demand]): boolean => {
    const request = { ...basis, decisions: [] } as unknown as RequestDocument;
    const votes = decisions.map((each) => forged(request, { assurance: 'signed-in', ...each }));
    return isFulfilled({ ...request, decisions: votes }, requirements);
  };
  const [one, two] = [{ by: principalId('one') }, { by: principalId('two') }];
  assert.equal(ask([one, two]), true);
  assert.equal(ask([one, one]), false, 'one person twice');
  assert.equal(ask([one]), false);
  assert.equal(ask([one, { ...two, assurance: 'link' }]), false);
  assert.equal(ask([one, { ...two, assurance: 'signed-in+mfa' }]), true);
  assert.equal(ask([one, { by: principalId('starter') }]), false);
  assert.equal(
    ask(
      [one, two],
      [
        { ...demand, quorum: 1 },
        { ...demand, assurance: 'signed-in+mfa' },
      ],
    ),
    false,
  );
  assert.equal(ask([one], [{ ...demand, quorum: 1 }]), true);
  assert.equal(ask([one, two], []), false, 'rules alone ask nobody');
});
