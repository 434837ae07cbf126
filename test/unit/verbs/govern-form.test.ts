/** Form values from the answer to the step that uses them: part of what everybody approves, whatever comes between (F1). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workTurn } from '../../../src/activities/turn.ts';
import { VERBS } from '../../../src/activities/verbs.ts';
import { controlRun } from '../../../src/app/control-run.ts';
import { decideApproval, type Decided, type Vote } from '../../../src/app/decide-approval.ts';
import { candidateOfLink, readApproval } from '../../../src/app/read-approval.ts';
import { withdrawApproval } from '../../../src/app/withdraw-approval.ts';
import { contentPlace } from '../../../src/domain/governance/notice.ts';
import type { Content } from '../../../src/domain/governance/content.ts';
import { principalId, type RunScope } from '../../../src/domain/ids.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { RequestDocument } from '../../../src/domain/run/documents.ts';
import { seeded } from '../../support/seeded.ts';
import { ALLOW, ASK, publishSamples } from './samples.ts';
import { makeWorld, TENANT, type World } from './world.ts';
import { who } from './govern-people.ts';

const GOVERN = 2;
const POST = 3;
const AFTER = 4;
const SECRET = 'ask for Mrs Novotná at the gate';
const VALUES: JsonObject = { note: SECRET, days: 7 };

const QUORUM: JsonObject = { ...ASK, rules: [{ ...((ASK['rules'] as JsonObject[])[1] as JsonObject), quorum: 2 }] };

function publish(
  world: World,
  policy: JsonObject,
  govern: JsonObject = {},
  use = '{{steps.policy.output.values}}',
): void {
  publishSamples(world, policy);
  const step = (id: string, more: JsonObject): JsonObject => ({ id, ...more });
  world.publish('Workflow', 'form', {
    id: 'form',
    steps: [
      step('rows', { verb: 'FETCH', connector: 'erp', resource: 'rows' }),
      step('policy', {
        verb: 'GOVERN',
        policies: ['posting'],
        totals: { cents: '/cents' },
        form: {
          type: 'object',
          required: ['note', 'days'],
          properties: { note: { type: 'string', maxLength: 200 }, days: { type: 'integer', minimum: 1 } },
        },
        ...govern,
      }),
      step('post', {
        verb: 'PUSH',
        connector: 'erp',
        resource: 'entries',
        records: '{{steps.rows.output}}',
        recordKey: '{{item.id}}',
        governedBy: 'policy',
      }),
      step('after', { verb: 'TRANSFORM', map: { said: use } }),
    ],
  });
}

async function asked(policy = ASK, govern: JsonObject = {}): Promise<{ world: World; scope: RunScope }> {
  const world = makeWorld();
  world.people.push({ ...world.people.find((each) => each.id === 'second')!, id: principalId('third') });
  publish(world, policy, govern);
  const scope = await world.start('form');
  const head = await world.drive(scope);
  assert.equal(head.state, 'SUSPENDED', JSON.stringify(world.events));
  return { world, scope };
}

const shownNow = (world: World, scope: RunScope, step = GOVERN): Pick<Vote, 'revision' | 'digest'> => {
  const { revision, digest } = world.request(scope, step)!;
  return { revision, digest };
};
function vote(world: World, scope: RunScope, by: string, cast: Partial<Vote> = {}, step = GOVERN): Promise<Decided> {
  const whole = {
    decision: 'approve',
    comment: 'seen',
    values: null,
    tokenHash: null,
    ...shownNow(world, scope, step),
  };
  return decideApproval(world.deps, scope, step, who(by), { ...whole, ...cast } as Vote);
}
const contentOf = (world: World, request: RequestDocument): Content =>
  world.vault.peek(request.content) as unknown as Content;
const takeBack = (world: World, scope: RunScope, by: string, step = GOVERN) =>
  withdrawApproval(world.deps, scope, step, { by: principalId(by), whose: 'own', reason: 'wrong' });
const said = async (world: World, scope: RunScope) => ((await world.output(scope, AFTER)) as JsonObject)['said'];

test('what the approver types is approved with the content, and a later step uses it', async () => {
  const { world, scope } = await asked();
  const question = world.request(scope, GOVERN)!;
  assert.equal(question.values, 'asked');
  const decided = await vote(world, scope, 'approver', { values: VALUES });
  assert(decided.kind === 'recorded');
  const answered = world.request(scope, GOVERN)!;
  assert.deepEqual([answered.state, answered.revision, answered.values], ['APPROVED', 2, 'given']);
  assert.notEqual(answered.digest, question.digest);
  assert.deepEqual(contentOf(world, answered).values, VALUES);
  assert.deepEqual(contentOf(world, answered).requests, contentOf(world, question).requests);
  const { digest, revision, values } = decided.receipt;
  assert.deepEqual([digest, revision, values], [answered.digest, 2, 'given']);
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED', JSON.stringify(world.events));
  assert.deepEqual(((await world.output(scope, GOVERN)) as JsonObject)['values'], VALUES);
  assert.deepEqual(await said(world, scope), VALUES);
  assert.equal(world.target.entries.length, 1);
});

test('nothing of the values stands in the request, the audit or what is told', async () => {
  const { world, scope } = await asked();
  await vote(world, scope, 'approver', { values: VALUES });
  const { content: _content, comments: _comments, ...clear } = world.request(scope, GOVERN)!;
  const audit = await world.runs.readAudit(scope, 1, 200);
  const open = JSON.stringify([clear, audit, world.events, world.tenantEntries]);
  assert.doesNotMatch(open, /Novotn|gate|"days"/);
  const decision = audit.find(({ event }) => event['type'] === 'DECIDED');
  assert.equal(decision?.event['digest'], clear.digest);
});

test('values that do not fit are all named, and nothing is written', async () => {
  const { world, scope } = await asked();
  const commits = world.runs.commits;
  const problems = async (cast: Partial<Vote>): Promise<readonly string[]> => {
    const decided = await vote(world, scope, 'approver', cast);
    assert(decided.kind === 'invalid', JSON.stringify(decided));
    assert.doesNotMatch(JSON.stringify(decided), /Novotn/);
    return decided.problems.map(({ pointer, keyword }) => `${pointer} ${keyword}`);
  };
  assert.deepEqual(await problems({}), ['/values/note required', '/values/days required']);
  assert.deepEqual(await problems({ values: { note: 1, days: `${SECRET}`, more: SECRET } }), [
    '/values/note type',
    '/values/days type',
    '/values/more additionalProperties',
  ]);
  assert.deepEqual(await problems({ values: { note: 'x'.repeat(70_000), days: 1 } }), ['/values tooLarge']);
  assert.deepEqual(await problems({ decision: 'reject', comment: ' ', values: VALUES }), [
    '/comment required',
    '/values rejection',
  ]);
  assert.equal(world.runs.commits, commits);
  assert.equal(world.request(scope, GOVERN)?.state, 'OPEN');
});

test('a rejection needs no values', async () => {
  const { world, scope } = await asked(ASK, { onReject: 'continue' });
  assert.equal((await vote(world, scope, 'approver', { decision: 'reject', comment: 'no' })).kind, 'recorded');
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED');
  const output = (await world.output(scope, GOVERN)) as JsonObject;
  assert.deepEqual([output['decision'], output['values']], ['rejected', {}]);
  assert.equal(world.target.entries.length, 0);
});

test('what a policy allows asks nobody, and has no values', async () => {
  const world = makeWorld();
  publish(world, ALLOW);
  const scope = await world.start('form');
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED', JSON.stringify(world.events));
  assert.deepEqual(await said(world, scope), {});
  assert.equal(world.request(scope, GOVERN)?.values, 'none');
});

test('the same answer again is the same receipt; another one, or another person, reads what stands', async () => {
  const { world, scope } = await asked();
  const seen = shownNow(world, scope);
  const first = await vote(world, scope, 'approver', { ...seen, values: VALUES });
  assert(first.kind === 'recorded');
  for (const drive of [false, true]) {
    if (drive) await world.drive(scope);
    for (const cast of [{ ...seen, values: VALUES }, {}, { values: VALUES }]) {
      const again = await vote(world, scope, 'approver', cast);
      assert(again.kind === 'recorded', JSON.stringify(again));
      assert.deepEqual(again.receipt, { ...first.receipt, replayed: true });
    }
    const others: readonly (readonly [string, Partial<Vote>])[] = [
      ['approver', { ...seen, values: { ...VALUES, days: 8 } }],
      ['second', { ...seen, values: VALUES }],
      ['second', { ...seen, values: { ...VALUES, days: 8 } }],
      ['second', { ...seen, decision: 'reject' }],
      ['second', { decision: 'reject' }],
    ];
    for (const [by, cast] of others) {
      const late = await vote(world, scope, by, cast);
      assert(late.kind === 'standing' && late.receipt?.by === 'approver', `${by} ${JSON.stringify(late)}`);
    }
  }
  assert.equal(world.request(scope, GOVERN)?.decisions.length, 1);
});

test('200 different answers at once: one stands, whole, with its own values', async () => {
  const { world, scope } = await asked();
  const seen = shownNow(world, scope);
  const people = ['approver', 'second', 'third'];
  const votes = await Promise.all(
    Array.from({ length: 200 }, async (_, at) => ({
      at,
      decided: await vote(world, scope, people[at % 3]!, { ...seen, values: { note: `answer ${at}`, days: at + 1 } }),
    })),
  );
  const [won, ...more] = votes.filter(({ decided }) => decided.kind === 'recorded');
  assert(won !== undefined && more.length === 0);
  await world.drive(scope);
  assert.deepEqual(await said(world, scope), { note: `answer ${won.at}`, days: won.at + 1 });
  assert.equal(world.request(scope, GOVERN)?.decisions.length, 1);
});

test('withdrawn before anything is written: it is asked again, and the old values are gone', async () => {
  const { world, scope } = await asked();
  await vote(world, scope, 'approver', { values: VALUES });
  assert.equal((await takeBack(world, scope, 'approver')).kind, 'withdrawn');
  await world.drive(scope);
  const again = world.request(scope, GOVERN)!;
  assert.deepEqual([again.state, again.revision, again.values], ['OPEN', 3, 'asked']);
  assert.equal(contentOf(world, again).values, null);
  assert.equal((await vote(world, scope, 'second')).kind, 'invalid');
  assert.equal((await vote(world, scope, 'second', { values: { note: 'fresh', days: 1 } })).kind, 'recorded');
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED', JSON.stringify(world.events));
  assert.deepEqual(await said(world, scope), { note: 'fresh', days: 1 });
});

/** The GOVERN takes its decision and hands its values on; the write has not begun. */
async function handOn(world: World): Promise<void> {
  const { lane, turn } = world.queue.shift()!;
  const out = await workTurn(world.deps, VERBS, { ...turn, lane }, { straightOnMs: 0 });
  assert.equal(out.next?.step, POST);
  world.queue.push({ lane, turn: out.next });
}

test('what is asked again under the write shows the values that were handed on, and takes no others', async () => {
  for (const cause of ['withdrawn', 'expired'] as const) {
    const { world, scope } = await asked();
    await vote(world, scope, 'approver', { values: VALUES });
    await handOn(world);
    if (cause === 'withdrawn') await takeBack(world, scope, 'approver');
    else world.clock.advance(86_400_000);
    assert.equal((await world.drive(scope)).rows[POST]?.state, 'SUSPENDED', cause);
    const again = world.request(scope, POST)!;
    assert.deepEqual([again.state, again.values, contentOf(world, again).values], ['OPEN', 'given', VALUES]);
    const reader = await candidateOfLink(world.deps, TENANT, 'second');
    const view = await readApproval(world.deps, scope, POST, reader!, { offset: 0, limit: 10 });
    assert.deepEqual(view?.content?.values, VALUES);
    assert.equal((await vote(world, scope, 'second', { values: { note: 'other', days: 1 } }, POST)).kind, 'invalid');
    assert.equal((await vote(world, scope, 'second', {}, POST)).kind, 'recorded');
    assert.equal((await takeBack(world, scope, 'second', POST)).kind, 'withdrawn');
    assert.equal((await world.drive(scope)).rows[POST]?.state, 'SUSPENDED');
    assert.deepEqual(contentOf(world, world.request(scope, POST)!).values, VALUES);
    assert.equal((await vote(world, scope, 'third', {}, POST)).kind, 'recorded');
    assert.equal((await world.drive(scope)).state, 'SUCCEEDED', JSON.stringify(world.events));
    assert.deepEqual(await said(world, scope), VALUES);
    assert.equal(world.target.entries.length, 1);
  }
});

test('a GOVERN that is repeated while its approval holds keeps the values; over other content it asks for new ones', async () => {
  const { world, scope } = await asked();
  await vote(world, scope, 'approver', { values: VALUES });
  world.target.faults.push({ kind: 'refuse', retryable: false });
  assert.equal((await world.drive(scope)).state, 'FAILED');
  const again = async (step: string) => {
    await controlRun(world.deps, { scope, control: { kind: 'retry-step', step }, by: principalId('operator') });
    return world.drive(scope);
  };
  world.target.faults.push({ kind: 'refuse', retryable: false });
  assert.equal((await again('policy')).state, 'FAILED');
  assert.equal(world.request(scope, GOVERN)?.revision, 2);
  assert.deepEqual(((await world.output(scope, GOVERN)) as JsonObject)['values'], VALUES);
  world.target.records = [{ id: 'c', cents: 1 }];
  assert.equal((await again('rows')).state, 'SUSPENDED', JSON.stringify(world.events));
  const request = world.request(scope, GOVERN)!;
  assert.deepEqual([request.revision, request.values, contentOf(world, request).values], [3, 'asked', null]);
});

test('two people: the second approves exactly what the first typed, and has to have seen it', async () => {
  const { world, scope } = await asked(QUORUM);
  const seen = shownNow(world, scope);
  assert.equal((await vote(world, scope, 'approver', { ...seen, values: VALUES })).kind, 'recorded');
  assert.deepEqual([world.request(scope, GOVERN)?.state, world.request(scope, GOVERN)?.values], ['OPEN', 'given']);
  assert.equal((await world.drive(scope)).state, 'SUSPENDED');
  assert.equal((await vote(world, scope, 'second', { ...seen, values: { ...VALUES, days: 8 } })).kind, 'changed');
  assert.equal((await vote(world, scope, 'second', { ...seen })).kind, 'changed');
  assert.equal((await vote(world, scope, 'second', { ...seen, decision: 'reject' })).kind, 'changed');
  const other = await vote(world, scope, 'second', { values: { ...VALUES, days: 8 } });
  assert(other.kind === 'invalid' && other.problems[0]?.keyword === 'given');
  const done = await vote(world, scope, 'second');
  assert(done.kind === 'recorded' && done.receipt.state === 'APPROVED');
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED', JSON.stringify(world.events));
  const output = (await world.output(scope, GOVERN)) as JsonObject;
  assert.deepEqual([output['approvers'], output['values']], [['approver', 'second'], VALUES]);
});

test('two people: when nobody stands behind the values any more, the next one brings their own', async () => {
  const { world, scope } = await asked(QUORUM);
  await vote(world, scope, 'approver', { values: VALUES });
  const taken = await takeBack(world, scope, 'approver');
  assert(taken.kind === 'withdrawn' && taken.receipt.state === 'OPEN');
  const open = world.request(scope, GOVERN)!;
  assert.deepEqual([open.revision, open.values, contentOf(world, open).values], [3, 'asked', null]);
  assert.equal((await vote(world, scope, 'second')).kind, 'invalid');
  assert.equal((await vote(world, scope, 'second', { values: { note: 'mine', days: 2 } })).kind, 'recorded');
  const back = await takeBack(world, scope, 'third');
  assert.equal(back.kind, 'nothing');
  assert.equal((await vote(world, scope, 'approver')).kind, 'recorded');
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED', JSON.stringify(world.events));
  assert.deepEqual(await said(world, scope), { note: 'mine', days: 2 });
});

test('P3: answers, withdrawals and a cancellation in any order: what is used is what stands approved, or nothing is', async () => {
  const ends = new Set<string>();
  for (let seed = 1; seed <= 150; seed++) {
    const random = seeded(seed);
    const { world, scope } = await asked(random.below(2) === 0 ? ASK : QUORUM);
    const cast = async (by: string): Promise<void> => {
      const { values } = world.request(scope, GOVERN)!;
      const mine = { note: `${by} ${random.below(3)}`, days: 1 + random.below(3) };
      await vote(world, scope, by, random.below(4) === 0 || values === 'asked' ? { values: mine } : {});
    };
    const acts: (() => Promise<unknown>)[] = Array.from({ length: 6 }, () => {
      const by = random.pick(['approver', 'second', 'third'] as const);
      const act = random.below(20);
      if (act < 13) return () => cast(by);
      if (act < 17) return () => takeBack(world, scope, by);
      if (act < 19) return () => world.drive(scope);
      return () =>
        controlRun(world.deps, { scope, control: { kind: 'cancel' }, by: principalId('operator') }).catch(() => null);
    });
    for (let at = 0; at < acts.length; at += 2) await Promise.all(acts.slice(at, at + 2).map((act) => act()));
    const head = await world.drive(scope);
    ends.add(head.state);
    const request = world.request(scope, GOVERN)!;
    if (head.state !== 'SUCCEEDED') {
      assert.equal(world.target.entries.length, 0, `seed ${seed}`);
      continue;
    }
    const content = contentOf(world, request);
    assert.deepEqual(await said(world, scope), content.values, `seed ${seed}`);
    const standing = request.decisions.filter((each) => each.digest === request.digest && each.withdrawn === null);
    assert.ok(standing.length >= request.quorum, `seed ${seed}`);
    assert.equal(world.target.entries.length, 1, `seed ${seed}`);
  }
  assert.deepEqual([...ends].sort(), ['CANCELLED', 'SUCCEEDED', 'SUSPENDED']);
});

test('P3: values put in place of the approved ones are not handed on', async () => {
  const { world, scope } = await asked();
  await vote(world, scope, 'approver', { values: VALUES });
  const request = world.request(scope, GOVERN)!;
  const place = contentPlace(scope, GOVERN, request.revision, request.attempt);
  const forged = { ...contentOf(world, request), values: { note: 'forged', days: 1 } };
  world.runs.replace(scope, { ...request, content: world.vault.sealNow(place, forged as unknown as JsonObject) });
  const head = await world.drive(scope);
  assert.equal(head.rows[GOVERN]?.errorCode, 'UNGOVERNED_EFFECT');
  assert.equal(world.target.entries.length, 0);
});
