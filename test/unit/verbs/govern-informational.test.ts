/** Form values that a policy calls informational (F1): recorded with each approval, no part of what anybody approves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideByLink, openLink } from '../../../src/app/approval-page/by-link.ts';
import { askPage } from '../../../src/app/approval-page/present.ts';
import { renderApprovalPage } from '../../../src/app/approval-page/render.ts';
import { controlRun } from '../../../src/app/control-run.ts';
import { readApproval } from '../../../src/app/read-approval.ts';
import { readPolicy } from '../../../src/domain/governance/policy.ts';
import { principalId, type RunScope } from '../../../src/domain/ids.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { validateJson } from '../../../src/domain/schema/validate.ts';
import { definitionJsonSchema } from '../../../src/domain/workflow/published-schema.ts';
import { validateDocument } from '../../../src/domain/workflow/validate-document.ts';
import { formOf } from '../../e2e/canary/story.ts';
import { surroundings } from '../workflow/examples.ts';
import { changed } from '../../e2e/approval-forms.ts';
import { asked, contentOf, GOVERN, POST, QUORUM, said, SECRET, takeBack, VALUES, vote } from './form-world.ts';
import { who } from './govern-people.ts';
import { ASK } from './samples.ts';
import type { World } from './world.ts';

const RULES = QUORUM['rules'] as JsonObject[];
const informational = (rules: readonly JsonObject[] = RULES): JsonObject => ({
  ...ASK,
  rules: rules.map((rule) => ({ ...rule, values: 'informational' })),
});
const OTHER: JsonObject = { note: 'ring once', days: 2 };
const state = ({ world, scope }: { world: World; scope: RunScope }) => {
  const { state: stands, revision, digest, values } = world.request(scope, GOVERN)!;
  return { stands, revision, digest, values };
};

test('a later approver types something else: the earlier approval stands, nothing is asked again, the last values are used', async () => {
  const it = await asked(informational());
  const { world, scope } = it;
  const question = state(it);
  const first = await vote(world, scope, 'approver', { values: VALUES });
  assert(first.kind === 'recorded');
  assert.deepEqual([first.receipt.values, first.receipt.digest], ['noted', question.digest]);
  assert.deepEqual(state(it), { ...question, values: 'noted' }, 'neither revision nor digest moves');
  const second = await vote(world, scope, 'second', { ...question, values: OTHER });
  assert(second.kind === 'recorded' && second.receipt.state === 'APPROVED');
  assert.equal(contentOf(world, world.request(scope, GOVERN)!).values, null);
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED', JSON.stringify(world.events));
  assert.deepEqual(await said(world, scope), OTHER);
  assert.equal(world.target.entries.length, 1);

  const view = await readApproval(world.deps, scope, GOVERN, who('third'), { offset: 0, limit: 10 });
  const { values, informational: beside, answers } = view!.content!;
  assert.deepEqual([values, beside], [OTHER, true]);
  assert.deepEqual(answers, [
    { by: 'approver', values: VALUES },
    { by: 'second', values: OTHER },
  ]);
});

test('who brings none leaves those that stand; the first has to bring what the form demands', async () => {
  const { world, scope } = await asked(informational());
  assert.equal((await vote(world, scope, 'approver')).kind, 'invalid');
  assert.equal((await vote(world, scope, 'approver', { values: { note: 1 } })).kind, 'invalid');
  assert.equal((await vote(world, scope, 'approver', { values: VALUES })).kind, 'recorded');
  assert.equal((await vote(world, scope, 'second', { values: { ...OTHER, days: 0 } })).kind, 'invalid');
  assert.equal((await vote(world, scope, 'second')).kind, 'recorded');
  await world.drive(scope);
  assert.deepEqual(await said(world, scope), VALUES);
});

test('nothing of informational values stands in clear, and the audit tells whose vote it was', async () => {
  const { world, scope } = await asked(informational());
  await vote(world, scope, 'approver', { values: VALUES });
  const { content: _content, comments: _comments, answers, ...clear } = world.request(scope, GOVERN)!;
  assert(answers != null);
  const audit = await world.runs.readAudit(scope, 1, 200);
  assert.doesNotMatch(JSON.stringify([clear, audit, world.events, world.tenantEntries]), /Novotn|gate|"days"/);
  assert.deepEqual(world.vault.peek(answers), [VALUES]);
  assert(audit.some(({ by, event }) => by === 'approver' && event['values'] === 'noted'));
});

test('the same vote again is the same decision; with other values it is not, and a rejection has none', async () => {
  const { world, scope } = await asked(informational());
  await vote(world, scope, 'approver', { values: VALUES });
  for (const values of [VALUES, null]) {
    const again = await vote(world, scope, 'approver', { values });
    assert(again.kind === 'recorded' && again.receipt.replayed);
  }
  const other = await vote(world, scope, 'approver', { values: OTHER });
  assert(other.kind === 'invalid' && other.problems[0]?.keyword === 'given');
  const no = await vote(world, scope, 'second', { decision: 'reject', comment: 'no', values: OTHER });
  assert(no.kind === 'invalid' && no.problems[0]?.keyword === 'rejection');
  await vote(world, scope, 'second', { values: OTHER });
  assert.equal((await vote(world, scope, 'approver', { values: OTHER })).kind, 'standing');
  assert.deepEqual(world.vault.peek(world.request(scope, GOVERN)!.answers!), [VALUES, OTHER]);
});

test('an approval taken back takes its values with it: the others stand, and when none do the form is asked again', async () => {
  const it = await asked(informational(RULES.map((rule) => ({ ...rule, quorum: 3 }))));
  const { world, scope } = it;
  const { digest } = state(it);
  await vote(world, scope, 'approver', { values: VALUES });
  await vote(world, scope, 'second', { values: OTHER });
  const values = async () =>
    (await readApproval(world.deps, scope, GOVERN, who('third'), { offset: 0, limit: 1 }))?.content?.values;
  assert.deepEqual(await values(), OTHER);
  await takeBack(world, scope, 'second');
  assert.deepEqual([await values(), state(it).values], [VALUES, 'noted']);
  await takeBack(world, scope, 'approver');
  assert.deepEqual([await values(), state(it).values, state(it).digest], [null, 'asked', digest]);
  assert.equal((await vote(world, scope, 'third')).kind, 'invalid');
});

test('one of two rules that ask does not say so: values are part of what is approved', async () => {
  const [rule] = RULES as [JsonObject];
  const { world, scope } = await asked({
    ...ASK,
    rules: [
      { ...rule, values: 'informational' },
      { ...rule, id: 'other', reason: 'OTHER' },
    ],
  });
  await vote(world, scope, 'approver', { values: VALUES });
  const request = world.request(scope, GOVERN)!;
  assert.deepEqual([request.values, request.revision, contentOf(world, request).values], ['given', 2, VALUES]);
  assert.equal((await vote(world, scope, 'second', { values: OTHER })).kind, 'invalid');
});

test('a GOVERN done again keeps them; what is asked again under the write is over the write alone', async () => {
  const { world, scope } = await asked(informational());
  world.target.faults.push({ kind: 'refuse', retryable: false });
  for (const by of ['approver', 'second']) await vote(world, scope, by, { values: by === 'second' ? OTHER : VALUES });
  assert.equal((await world.drive(scope)).state, 'FAILED');
  await controlRun(world.deps, { scope, control: { kind: 'retry-step', step: 'policy' }, by: principalId('operator') });
  world.target.faults.push({ kind: 'refuse', retryable: false });
  assert.equal((await world.drive(scope)).state, 'FAILED', JSON.stringify(world.events));
  assert.deepEqual(((await world.output(scope, GOVERN)) as JsonObject)['values'], OTHER);
  world.clock.advance(2 * 86_400_000);
  await controlRun(world.deps, { scope, control: { kind: 'retry-step', step: 'post' }, by: principalId('operator') });
  assert.equal((await world.drive(scope)).rows[POST]?.reason, 'APPROVAL');
  const again = world.request(scope, POST)!;
  assert.deepEqual([again.values, contentOf(world, again).values], ['none', null]);
  for (const by of ['approver', 'second']) assert.equal((await vote(world, scope, by, {}, POST)).kind, 'recorded');
  assert.equal((await world.drive(scope)).state, 'SUCCEEDED', JSON.stringify(world.events));
  assert.deepEqual(await said(world, scope), OTHER);
});

test('the page says that they are no part of it, and shows what stands to be left or put right', async () => {
  const { world, scope } = await asked(informational());
  await vote(world, scope, 'approver', { values: VALUES });
  const view = await readApproval(world.deps, scope, GOVERN, who('second'), { offset: 0, limit: 10 });
  const names = { reader: 'Second', of: (id: string) => id };
  const how = { now: world.clock.now(), nonce: 'n', comment: '', problem: null, page: 1, typed: null, violations: [] };
  const html = renderApprovalPage(askPage(view!, view!.content!, names, how));
  assert.match(html, /no part of what you decide/);
  assert.match(html, /recorded with your approval; it is no part of what is approved/);
  assert.doesNotMatch(html, /becomes part of what is approved|It is part of what you decide/);
  assert.match(html, /name="value\.note"[^>]*value="ask for Mrs Novotná at the gate"/);
  assert.match(html, /name="value\.days"[^>]*value="7"/);
});

test('by a personal link the form says so before anything is filled in, and the receipt shows what was', async () => {
  const [rule] = RULES as [JsonObject];
  const { world, scope } = await asked(informational([{ ...rule, quorum: 1 }]));
  const { link } = (await world.notices()).find(({ to }) => to.id === 'approver')!;
  const token = link!.split('/').at(-1)!;
  const page = await openLink(world.deps, token);
  assert.match(page.html, /recorded with your approval; it is no part of what is approved/);
  const filled = changed(formOf(page.html), { 'value.note': SECRET, 'value.days': '7', decision: 'approve' });
  const answer = await decideByLink(world.deps, token, filled);
  assert.equal(answer.status, 200);
  assert.match(answer.html, /at the gate/);
  assert.equal(world.request(scope, GOVERN)?.values, 'noted');
  assert.equal((await decideByLink(world.deps, token, filled)).status, 200, 'the same form again is the same decision');
});

test('the rule says it with what it asks; anything else is refused, and denies where it is stored', () => {
  const document = (more: JsonObject): JsonObject => ({
    apiVersion: 'countersign/v1',
    kind: 'Policy',
    id: 'p',
    rules: [{ id: 'a', if: 'true', ...more }],
  });
  const asks = { then: 'require-approval', approvers: { roles: ['approver'] } };
  const cases: readonly (readonly [JsonObject, readonly string[]])[] = [
    [{ ...asks, values: 'informational' }, []],
    [{ ...asks, values: 'approved' }, []],
    [{ ...asks, values: 'whatever' }, ['INVALID_VALUE /rules/0/values']],
    [{ then: 'deny', values: 'informational' }, ['UNKNOWN_KEY /rules/0/values']],
  ];
  for (const [rule, wrong] of cases) {
    const { problems } = validateDocument('Policy', document(rule), surroundings());
    assert.deepEqual(
      problems.map(({ code, pointer }) => `${code} ${pointer}`),
      wrong,
    );
    const published = validateJson(definitionJsonSchema(), document(rule)).length === 0;
    assert.equal(published, rule['values'] !== 'whatever');
  }
  const read = (rule: JsonObject) => readPolicy('p', 1, document(rule))?.rules[0]?.requirement;
  assert.equal(read({ ...asks, values: 'informational' })?.values, 'informational');
  assert.equal(read({ ...asks, values: 'whatever' }), undefined);
  assert.deepEqual(read({ ...asks, values: 'approved' }), read(asks), 'the default is what it was');
});
