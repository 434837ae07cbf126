/** Form values from the answer to the step that uses them: part of what everybody approves (F1), and nowhere in clear (K6). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Vote } from '../../../src/app/decide-approval.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { asked, contentOf, GOVERN, publish, QUORUM, said, SECRET, shownNow, VALUES, vote } from './form-world.ts';
import { ALLOW, ASK } from './samples.ts';
import { makeWorld } from './world.ts';

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
