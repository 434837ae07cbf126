/** Policies as pure rules: who wins, and that everything which cannot be judged is denied. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../src/domain/json.ts';
import { judge, type Circumstances, type Judge, type NamedPolicy } from '../../../src/domain/governance/evaluate.ts';
import { approvalRequired, mayRequireApproval, readPolicy } from '../../../src/domain/governance/policy.ts';
import { validateJson } from '../../../src/domain/schema/validate.ts';
import { fakeExpressions } from '../verbs/fake-expressions.ts';

const by: Judge = {
  condition: (text, scope) => fakeExpressions.condition(text, scope),
  fits: (schema, value) => validateJson(schema, value).length === 0,
};
const where = (facts: JsonObject = { count: 2, totals: { cents: 500 } }): Circumstances => ({
  facts,
  connector: { id: 'erp', version: 4 },
  resource: 'entries',
  mode: 'create',
  workflow: { id: 'posting', version: 1 },
  starter: { id: 'starter', kind: 'user', roles: ['starter'], groups: [] },
});
const policy = (id: string, ...rules: JsonObject[]): NamedPolicy => ({
  name: id,
  policy: readPolicy(id, 1, { rules }),
});
const rule = (then: string, condition: string, reason: string): JsonObject => ({
  id: reason,
  if: condition,
  then,
  reason,
});
const run = (policies: readonly NamedPolicy[], facts?: JsonObject) =>
  judge(by, [{ policies, circumstances: where(facts) }]);

test('deny beats require-approval beats allow, within a policy and over policies', async () => {
  const allow = rule('allow', 'true', 'A');
  const ask = rule('require-approval', 'true', 'Q');
  const deny = rule('deny', 'true', 'D');
  const verdictOf = async (...policies: NamedPolicy[]) => (await run(policies)).verdict;
  assert.equal(await verdictOf(policy('p', allow)), 'allow');
  assert.equal(await verdictOf(policy('p', allow, ask)), 'require-approval');
  assert.equal(await verdictOf(policy('p', allow, ask, deny)), 'deny');
  assert.equal(await verdictOf(policy('p', allow), policy('q', ask)), 'require-approval');
  assert.equal(await verdictOf(policy('p', ask), policy('q', deny)), 'deny');
});

test('an author who adds a policy that allows takes nothing away', async () => {
  const judged = await run([
    { name: 'approval-required', policy: approvalRequired },
    policy('mine', rule('allow', 'true', 'A')),
  ]);
  assert.equal(judged.verdict, 'require-approval');
  assert.deepEqual(judged.policies, ['approval-required@1', 'mine@1']);
});

test('what cannot be judged is denied, with the reason', async () => {
  const cases: readonly [NamedPolicy, string][] = [
    [policy('none', rule('allow', 'facts.count > 5', 'A')), 'NO_RULE_MATCHED'],
    [policy('missing', rule('allow', 'facts.missing > 5', 'A')), 'POLICY_ERROR'],
    [policy('types', rule('allow', "facts.count == 'two'", 'A')), 'POLICY_ERROR'],
    [policy('later', rule('allow', 'true', 'A'), rule('deny', 'facts.missing > 5', 'D')), 'POLICY_ERROR'],
    [policy('broken', { id: 'x', if: 'true', then: 'perhaps' }), 'POLICY_UNKNOWN'],
    [{ name: 'unknown', policy: null }, 'POLICY_UNKNOWN'],
  ];
  for (const [named, reason] of cases) {
    const judged = await run([named]);
    assert.equal(judged.verdict, 'deny', named.name);
    assert.deepEqual(judged.reasons, [reason], named.name);
  }
  assert.deepEqual((await run([])).reasons, ['NO_POLICY']);
  assert.deepEqual((await judge(by, [])).reasons, ['NO_POLICY']);
});

test('facts are checked against their schema before any rule', async () => {
  const schema = {
    type: 'object',
    required: ['risk'],
    properties: { risk: { type: 'integer', minimum: 0 } },
    additionalProperties: false,
  };
  const read = readPolicy('p', 1, { facts: schema, rules: [rule('allow', 'true', 'A')] });
  const named = { name: 'p', policy: read };
  for (const facts of [{}, { risk: -1 }, { risk: '1' }, { risk: 1, more: 1 }]) {
    assert.deepEqual((await run([named], { ...facts, count: 1, totals: {} })).reasons, ['POLICY_FACTS']);
  }
  assert.equal((await run([named], { risk: 1, count: 1, totals: {} })).verdict, 'allow');
});

test('a policy document that cannot be read is no policy', () => {
  for (const document of [
    {},
    { rules: [] },
    { rules: 'all' },
    { rules: [{ id: 'a', then: 'allow' }] },
    { rules: [{ id: 'a', if: 'true', then: 'require-approval', quorum: 0 }] },
    { rules: [{ id: 'a', if: 'true', then: 'require-approval', assurance: 'none' }] },
    { rules: [{ id: 'a', if: 'true', then: 'require-approval', validFor: 'soon' }] },
    { rules: [{ id: 'a', if: 'true', then: 'require-approval', sla: { due: 'P1D', onDeadline: 'approve' } }] },
  ] as JsonObject[]) {
    assert.equal(readPolicy('p', 1, document), null, JSON.stringify(document));
  }
});

test('a link in one mailbox never makes two people: a quorum above one demands to be signed in', () => {
  const read = readPolicy('p', 1, {
    rules: [{ id: 'a', if: 'true', then: 'require-approval', assurance: 'link', quorum: 2 }],
  });
  assert.equal(read?.rules[0]?.requirement?.assurance, 'signed-in');
});

test('a policy says by its rules whether it can ask people', () => {
  assert.equal(mayRequireApproval(approvalRequired), true);
  assert.equal(
    mayRequireApproval(readPolicy('p', 1, { rules: [rule('allow', 'true', 'A'), rule('deny', 'false', 'D')] })!),
    false,
  );
});
