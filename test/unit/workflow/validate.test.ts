import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readdirSync, readFileSync } from 'node:fs';
import { catalogueOf } from '../../../src/domain/workflow/catalogue.ts';
import { VALIDATION_CODES } from '../../../src/domain/workflow/problems.ts';
import { validateWorkflow } from '../../../src/domain/workflow/validate-workflow.ts';
import { problemsOf, steps, value } from './ask.ts';
import { documentOf, LABOUR, REORDER, surroundings } from './examples.ts';

const catalogue = surroundings();

test('the first example has no problem', () => {
  assert.deepEqual(validateWorkflow(documentOf(LABOUR), catalogue), { problems: [], warnings: [] });
});

test('the second example is refused for what this release does not execute, and for nothing else', () => {
  assert.deepEqual(problemsOf(REORDER), [
    'NOT_YET /steps/2/code',
    'NOT_YET /steps/4/forEach',
    'NOT_YET /steps/5/wait',
    'NOT_YET /steps/6/workflow',
  ]);
});

test('every problem is reported at once, each with code, place and message', () => {
  const text = steps(
    '{ id: a, verb: FECTH }',
    '{ id: b, verb: FETCH, conector: erp, resource: levels }',
    value('c', '"{{ steps.b.output }} {{ $now() }} {{ foo }}"', ', dependsOn: [zz]'),
  );
  const { problems } = validateWorkflow(documentOf(text), catalogue);
  assert.deepEqual(problems.map((p) => p.code).sort(), [
    'EXPRESSION_FORBIDDEN',
    'EXPRESSION_FORBIDDEN',
    'INVALID_VALUE',
    'MISSING_KEY',
    'NOT_UPSTREAM',
    'UNKNOWN_KEY',
    'UNKNOWN_RESOURCE',
    'UNKNOWN_STEP',
  ]);
  for (const p of problems) {
    assert.ok(VALIDATION_CODES.includes(p.code));
    assert.ok(p.message.length > 10);
  }
});

test('a mistyped or unknown key hides nothing that is wrong elsewhere', () => {
  const wrong = '{ id: b, verb: TRANSFORM, map: "{{ $now() }}", timeuot: PT1M }';
  assert.deepEqual(problemsOf(`colour: red\ntimeout: soon\n${steps(wrong, '{ id: c, wait: { for: PT1H } }')}`), [
    'INVALID_VALUE /timeout',
    'UNKNOWN_KEY /colour',
    'UNKNOWN_KEY /steps/0/timeuot',
    'EXPRESSION_FORBIDDEN /steps/0/map',
    'NOT_YET /steps/1/wait',
  ]);
});

test('a mistyped word is answered with the right one', () => {
  const suggestion = (text: string): string | null | undefined =>
    validateWorkflow(documentOf(text), catalogue).problems[0]?.suggestion;
  assert.equal(suggestion(steps('{ id: a, verb: FECTH }')), 'Did you mean `FETCH`?');
  assert.equal(suggestion(steps(value('a', '1', ', timeuot: PT1M'))), 'Did you mean `timeout`?');
  assert.equal(
    suggestion(steps(value('review-note', '1'), value('c', '"{{ steps.review-note.output }}"'))),
    'Write `steps.review_note`.',
  );
  assert.equal(
    suggestion(steps('{ id: a, verb: FETCH, connector: warehouse, resource: level }')),
    'Did you mean `levels`?',
  );
});

test('no message repeats a secret', () => {
  const secret = 'ghp_0123456789012345678901234567890123456789';
  const { problems } = validateWorkflow(documentOf(steps(value('a', `"${secret}"`))), catalogue);
  assert.equal(problems[0]?.code, 'SECRET_IN_TEXT');
  assert.ok(!JSON.stringify(problems).includes(secret));
});

test('501 steps in all lists together are too many', () => {
  const many = Array.from({ length: 500 }, (_, i) => value(`s${i}`, '1'));
  assert.deepEqual(problemsOf(steps(...many)), []);
  assert.deepEqual(problemsOf(`${steps(...many)}finally: [ ${value('last', '1')} ]\n`), ['TOO_LARGE /steps']);
});

test('finally sees its own steps and the outcome, not the main list', () => {
  const main = steps(value('a', '1'));
  const last = (map: string): string => `${main}finally: [ ${value('b', '1')}, ${value('c', map)} ]\n`;
  assert.deepEqual(problemsOf(last('"{{ steps.b.output }} {{ run.outcome }}"')), []);
  assert.deepEqual(problemsOf(last('"{{ steps.a.output }}"')), ['NOT_UPSTREAM /finally/1/map']);
});

test('a handler sees the step that failed and all before it', () => {
  const handler = (map: string): string =>
    steps(
      value('a', '1'),
      value('b', '1', `, onError: { steps: [ ${value('h', map)} ], then: continue }`),
      value('c', '1'),
    );
  assert.deepEqual(problemsOf(handler('"{{ error.code }} {{ steps.b.error.code }} {{ steps.a.output }}"')), []);
  assert.deepEqual(problemsOf(handler('"{{ steps.c.output }}"')), ['NOT_UPSTREAM /steps/1/onError/steps/0/map']);
});

test('every code of the closed list is asked for by a test of the language', () => {
  const here = new URL('.', import.meta.url);
  const asked = readdirSync(here)
    .map((file) => readFileSync(new URL(file, here), 'utf8'))
    .join('\n');
  assert.deepEqual(
    VALIDATION_CODES.filter((code) => !asked.includes(`'${code} `) && !asked.includes(`'${code}'`)),
    [],
  );
});

test('workflows nest at most twenty deep, and a circle is endless', () => {
  const chain = (length: number, end: string): ReturnType<typeof catalogueOf> =>
    catalogueOf(
      Array.from({ length }, (_, i) => ({
        kind: 'Workflow',
        id: `w${i}`,
        document: { steps: ['a', 'b'].map((id) => ({ id, workflow: i + 1 < length ? `w${i + 1}` : end })) },
      })),
    );
  const codes = (catalogue: ReturnType<typeof catalogueOf>): readonly string[] =>
    validateWorkflow(documentOf(steps('{ id: a, workflow: w0 }')), catalogue).problems.map((p) => p.code);
  assert.deepEqual(codes(chain(19, 'none')), ['NOT_YET']);
  assert.deepEqual(codes(chain(21, 'none')), ['DEPTH', 'NOT_YET']);
  assert.deepEqual(codes(chain(3, 'x')), ['DEPTH', 'NOT_YET']);
  assert.deepEqual(codes(chain(3, 'w1')), ['DEPTH', 'NOT_YET']);
});

test('gates that all name all later steps are answered at once', () => {
  const n = 200;
  const names = Array.from({ length: n }, (_, i) => `s${i}`);
  const gates = names.map(
    (id, i) => `{ id: ${id}, verb: LOGIC_GATE, if: "true", then: [${names.slice(i + 1).join(', ')}], else: [z] }`,
  );
  assert.ok(problemsOf(steps(...gates, value('z', '1'))).some((p) => p.startsWith('GATE_BRANCH')));
});
