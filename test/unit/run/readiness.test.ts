/** LANGUAGE §3 as tables: every pair of dependencies × six end states, and the rules one by one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newHead } from '../../../src/domain/run/new-run.ts';
import { readiness, type Readiness } from '../../../src/domain/run/readiness.ts';
import type { Row } from '../../../src/domain/run/head.ts';
import { planOf, type StepSketch } from '../../support/simulation/plans.ts';
import { PERSON, TENANT } from '../../support/simulation/world.ts';
import { runId } from '../../../src/domain/ids.ts';
import type { Plan } from '../../../src/domain/workflow/plan.ts';

type Shape = Partial<Row>;
const NOW = '2026-11-21T10:00:00.000Z';

function judge(plan: Plan, step: string, shapes: Readonly<Record<string, Shape>>): Readiness {
  const startedBy = { id: PERSON, kind: 'user' } as const;
  const scope = { tenant: TENANT, run: runId('r1') };
  const head = newHead({
    scope,
    plan,
    startedBy,
    trigger: 'api',
    scheduledFor: null,
    businessKey: null,
    traceparent: null,
    now: NOW,
  });
  const rows = head.rows.map((row) => ({ ...row, ...shapes[row.id] }));
  const found = plan.steps.find((each) => each.id === step);
  assert.ok(found);
  return readiness(plan, rows, found);
}

const ENDS = {
  SUCCEEDED: { state: 'SUCCEEDED' },
  FAILED: { state: 'FAILED' },
  TOLERATED: { state: 'FAILED' },
  LOGIC_GATE: { state: 'SKIPPED', reason: 'LOGIC_GATE' },
  CONDITION: { state: 'SKIPPED', reason: 'CONDITION' },
  NOT_APPROVED: { state: 'SKIPPED', reason: 'NOT_APPROVED' },
} as const satisfies Record<string, Shape>;
type End = keyof typeof ENDS;
const names = Object.keys(ENDS) as End[];

function expected(a: End, b: End): Readiness {
  if (a === 'FAILED' || b === 'FAILED') return 'UPSTREAM_FAILED';
  return a === 'LOGIC_GATE' && b === 'LOGIC_GATE' ? 'LOGIC_GATE' : 'RUN';
}

for (const a of names) {
  for (const b of names) {
    test(`a step after one that ended ${a} and one that ended ${b}: ${expected(a, b)}`, () => {
      const plan = planOf([
        { id: 'a', onError: a === 'TOLERATED' ? 'continue' : 'fail' },
        { id: 'b', onError: b === 'TOLERATED' ? 'continue' : 'fail' },
        { id: 'c', after: ['a', 'b'] },
      ]);
      assert.equal(judge(plan, 'c', { a: ENDS[a], b: ENDS[b] }), expected(a, b));
    });
  }
}

const open: readonly Row['state'][] = ['PENDING', 'RUNNING', 'SUSPENDED'];
for (const state of open) {
  test(`a dependency that is ${state} makes the step wait, unless the other one failed`, () => {
    const plan = planOf([{ id: 'a' }, { id: 'b' }, { id: 'c', after: ['a', 'b'] }]);
    for (const end of names) {
      const verdict = end === 'FAILED' || end === 'TOLERATED' ? 'UPSTREAM_FAILED' : 'WAIT';
      assert.equal(judge(plan, 'c', { a: { state }, b: ENDS[end] }), verdict, end);
    }
  });
}

const gate: readonly StepSketch[] = [
  { id: 'other' },
  { id: 'gate', branches: [['x'], ['y']], onError: 'continue' },
  { id: 'x', after: ['other'] },
  { id: 'y' },
];

test('a branch that was not chosen is skipped at once, whatever else it waits for', () => {
  const plan = planOf(gate);
  assert.equal(judge(plan, 'x', { gate: { state: 'SUCCEEDED', chosen: 1 } }), 'LOGIC_GATE');
  assert.equal(judge(plan, 'y', { gate: { state: 'SUCCEEDED', chosen: 1 } }), 'RUN');
  assert.equal(judge(plan, 'x', { gate: { state: 'SUCCEEDED', chosen: 0 } }), 'WAIT');
});

for (const end of ['TOLERATED', 'LOGIC_GATE', 'CONDITION', 'NOT_APPROVED'] as const) {
  test(`a gate that ended ${end} has chosen nothing: its branches are skipped`, () => {
    const plan = planOf(gate);
    assert.equal(judge(plan, 'x', { gate: ENDS[end], other: ENDS.SUCCEEDED }), 'LOGIC_GATE');
    assert.equal(judge(plan, 'y', { gate: ENDS[end] }), 'LOGIC_GATE');
  });
}

test('a governed step runs only after its GOVERN approved', () => {
  const plan = planOf([
    { id: 'policy', verb: 'GOVERN' },
    { id: 'between', after: ['policy'] },
    { id: 'post', after: ['between'], governedById: 'policy' },
  ]);
  const after = (policy: Shape): Readiness => judge(plan, 'post', { policy, between: ENDS.SUCCEEDED });
  assert.equal(after({ state: 'SUCCEEDED', chosen: 1 }), 'RUN');
  assert.equal(after({ state: 'SUCCEEDED', chosen: 0 }), 'NOT_APPROVED');
  assert.equal(after({ state: 'SUCCEEDED', chosen: null }), 'NOT_APPROVED');
  assert.equal(after(ENDS.CONDITION), 'NOT_APPROVED');
  assert.equal(after({ state: 'FAILED' }), 'NOT_APPROVED');
  assert.equal(after({ state: 'SUSPENDED' }), 'WAIT');
});

test('handler steps wait for the end of their step, and run only if it failed', () => {
  const plan = planOf([
    { id: 'bad', onError: 'continue' },
    { id: 'first', handlerOf: 'bad' },
    { id: 'second', handlerOf: 'bad', after: ['first'] },
    { id: 'next', after: ['bad'] },
  ]);
  assert.equal(judge(plan, 'first', { bad: { state: 'RUNNING' } }), 'WAIT');
  assert.equal(judge(plan, 'first', { bad: ENDS.SUCCEEDED }), 'CONDITION');
  assert.equal(judge(plan, 'first', { bad: ENDS.FAILED }), 'RUN');
  assert.equal(judge(plan, 'second', { bad: ENDS.FAILED }), 'WAIT');
  assert.equal(judge(plan, 'next', { bad: ENDS.FAILED, first: ENDS.SUCCEEDED }), 'WAIT');
  const handled = { bad: ENDS.FAILED, first: ENDS.SUCCEEDED, second: ENDS.SUCCEEDED };
  assert.equal(judge(plan, 'next', handled), 'RUN');
  assert.equal(judge(plan, 'next', { ...handled, second: ENDS.FAILED }), 'UPSTREAM_FAILED');
});
