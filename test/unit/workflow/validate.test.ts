import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VALIDATION_CODES } from '../../../src/domain/workflow/problems.ts';
import { validateWorkflow } from '../../../src/domain/workflow/validate-workflow.ts';
import { documentOf, LABOUR, REORDER, surroundings } from './examples.ts';

const catalogue = surroundings();
const problemsOf = (text: string): readonly string[] =>
  validateWorkflow(documentOf(text), catalogue).problems.map((p) => `${p.code} ${p.pointer}`);
const steps = (...list: readonly string[]): string =>
  `id: x\ninput: {}\nsteps:\n${list.map((s) => `  - ${s}\n`).join('')}`;
const value = (id: string, map: string, more = ''): string => `{ id: ${id}, verb: TRANSFORM, map: ${map}${more} }`;

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

const govern = '{ id: g, verb: GOVERN, policies: [reorder-limits] }';
const push = (more: string): string =>
  `{ id: p, verb: PUSH, connector: erp, resource: purchase-orders, records: ${more} }`;
const fetch = '{ id: f, verb: FETCH, connector: warehouse, resource: levels }';

const table: readonly (readonly [string, string, readonly string[]])[] = [
  ['no steps', 'id: x\ninput: {}\nsteps: []\n', ['EMPTY /steps']],
  ['neither steps nor nodes', 'id: x\ninput: {}\n', ['EMPTY ']],
  ['both', 'id: x\nsteps: []\nnodes: []\nedges: []\n', ['KIND_MANY /nodes']],
  ['no id', 'input: {}\nsteps: [ { id: a, verb: TRANSFORM, map: 1 } ]\n', ['MISSING_KEY /id']],
  [
    'an unknown key of the workflow',
    steps(value('a', '1')).replace('input: {}', 'input: {}\ntimeuot: PT1M'),
    ['UNKNOWN_KEY /timeuot'],
  ],
  ['a step without kind', steps('{ id: a }'), ['KIND_NONE /steps/0']],
  ['a step with two kinds', steps('{ id: a, verb: TRANSFORM, workflow: y }'), ['KIND_MANY /steps/0']],
  ['an unknown verb', steps('{ id: a, verb: FECTH }'), ['INVALID_VALUE /steps/0/verb']],
  ['an unknown key of a step', steps(value('a', '1', ', mpa: 2')), ['UNKNOWN_KEY /steps/0/mpa']],
  ['a missing key', steps('{ id: a, verb: LOOKUP, connector: erp, resource: projects }'), ['MISSING_KEY /steps/0/key']],
  ['a reserved id', steps(value('in', '1')), ['INVALID_VALUE /steps/0/id']],
  ['a duration that is none', steps(value('a', '1', ', timeout: 5 minutes')), ['INVALID_VALUE /steps/0/timeout']],
  ['the same id twice', steps(value('a', '1'), value('a', '2')), ['DUPLICATE_ID /steps/1/id']],
  [
    'the same id in finally',
    `${steps(value('a', '1'))}finally: [ ${value('a', '1')} ]\n`,
    ['DUPLICATE_ID /finally/0/id'],
  ],
  ['ids that become equal', steps(value('a-b', '1'), value('a_b', '2')), ['NAME_CLASH /steps/1/id']],
  ['an unknown dependency', steps(value('a', '1', ', dependsOn: [b]')), ['UNKNOWN_STEP /steps/0/dependsOn/0']],
  [
    'a step that depends on itself',
    steps(value('a', '1', ', dependsOn: [a]')),
    ['SELF_DEPENDENCY /steps/0/dependsOn/0'],
  ],
  [
    'a circle',
    steps(
      value('a', '1', ', dependsOn: [c]'),
      value('b', '1', ', dependsOn: [a]'),
      value('c', '1', ', dependsOn: [b]'),
    ),
    ['CYCLE /steps'],
  ],
  [
    'dependsOn in a listed workflow',
    steps(value('a', '1'), value('b', '1', ', dependsOn: [a]')).replace('steps:', 'order: listed\nsteps:'),
    ['ORDER_MIXED /steps/1/dependsOn'],
  ],
  [
    'a gate that names nothing known',
    steps('{ id: g, verb: LOGIC_GATE, if: "true", then: [nope] }'),
    ['UNKNOWN_STEP /steps/0/then/0'],
  ],
  ['a gate without branches', steps('{ id: g, verb: LOGIC_GATE, if: "true" }'), ['GATE_BRANCH /steps/0']],
  [
    'a gate with if and switch',
    steps('{ id: g, verb: LOGIC_GATE, if: "true", switch: [ { if: "true", then: [a] } ], then: [a] }', value('a', '1')),
    ['KIND_MANY /steps/0/switch', 'KIND_MANY /steps/0/then'],
  ],
  [
    'a step in both branches',
    steps('{ id: g, verb: LOGIC_GATE, if: "true", then: [a], else: [a] }', value('a', '1')),
    ['GATE_BRANCH /steps/0/else/0'],
  ],
  [
    'a branch before its gate',
    steps(value('a', '1'), '{ id: g, verb: LOGIC_GATE, if: "true", then: [a] }'),
    ['GATE_BRANCH /steps/0'],
  ],
  [
    'a step between the branches',
    steps(
      '{ id: g, verb: LOGIC_GATE, if: "true", then: [a], else: [c] }',
      value('a', '1'),
      value('b', '1'),
      value('c', '1'),
    ),
    ['GATE_BRANCH /steps/2'],
  ],
  [
    'branches of two gates that overlap',
    steps(
      '{ id: g, verb: LOGIC_GATE, if: "true", then: [a, b] }',
      '{ id: h, verb: LOGIC_GATE, if: "true", then: [b] }',
      value('a', '1'),
      value('b', '1'),
    ),
    ['GATE_BRANCH /steps/1', 'GATE_BRANCH /steps/3'],
  ],
  [
    'an output of a later step',
    steps(value('a', '"{{ steps.b.output }}"'), value('b', '1')),
    ['NOT_UPSTREAM /steps/0/map'],
  ],
  [
    'an output of the other branch',
    steps(
      '{ id: g, verb: LOGIC_GATE, if: "true", then: [a], else: [b] }',
      value('a', '1'),
      value('b', '"{{ steps.a.output }}"'),
    ),
    ['NOT_UPSTREAM /steps/2/map'],
  ],
  [
    'an output that nothing waits for',
    steps(
      value('a', '1'),
      value('b', '1', ', dependsOn: [a]'),
      value('c', '"{{ steps.b.output }}"', ', dependsOn: [a]'),
    ),
    ['NOT_UPSTREAM /steps/2/map'],
  ],
  ['its own output', steps(value('a', '"{{ steps.a.output }}"')), ['SELF_DEPENDENCY /steps/0/map']],
  ['an output of nobody', steps(value('a', '"{{ steps.b.output }}"')), ['UNKNOWN_STEP /steps/0/map']],
  [
    'a hyphen in JSONata',
    steps(value('a-b', '1'), value('c', '"{{ steps.a-b.output }}"')),
    ['DYNAMIC_REFERENCE /steps/1/map'],
  ],
  [
    'a hyphen in quotes',
    steps(value('a-b', '1'), value('c', `'{{ steps["a-b"].output }}'`)),
    ['DYNAMIC_REFERENCE /steps/1/map'],
  ],
  [
    'a hyphen in CEL',
    steps(value('a-b', '1'), value('c', '1', ', when: "steps.a-b.output > 1"')),
    ['DYNAMIC_REFERENCE /steps/1/when'],
  ],
  [
    'a wildcard over steps',
    steps(value('a', '1'), value('b', '"{{ steps.*.output }}"')),
    ['DYNAMIC_REFERENCE /steps/1/map'],
  ],
  [
    'a look-up in steps',
    steps(value('a', '1'), value('b', `"{{ $lookup(steps, 'a') }}"`)),
    ['DYNAMIC_REFERENCE /steps/1/map'],
  ],
  ['an expression without end', steps(value('a', '"{{ input.x"')), ['EXPRESSION_SYNTAX /steps/0/map']],
  ['an expression that cannot be read', steps(value('a', '"{{ input. }}"')), ['EXPRESSION_SYNTAX /steps/0/map']],
  [
    'a key that is an expression',
    steps(value('a', '{ "{{ input.x }}": 1 }')),
    ['EXPRESSION_SYNTAX /steps/0/map/{{ input.x }}'],
  ],
  ['braces in a condition', steps(value('a', '1', ', when: "{{ input.x }}"')), ['EXPRESSION_SYNTAX /steps/0/when']],
  ['a condition that is a number', steps(value('a', '1', ', when: "1 + 1"')), ['NOT_BOOLEAN /steps/0/when']],
  [
    'matches in a condition',
    steps(value('a', '1', `, when: "input.x.matches('a')"`)),
    ['EXPRESSION_FORBIDDEN /steps/0/when'],
  ],
  [
    'inGroup outside a policy',
    steps(value('a', '1', `, when: "inGroup(input.x, 'a')"`)),
    ['EXPRESSION_FORBIDDEN /steps/0/when'],
  ],
  ...['$eval("1")', '$now()', '$millis()', '$random()', '$shuffle([1])'].map(
    (f) => [`the function ${f}`, steps(value('a', `'{{ ${f} }}'`)), ['EXPRESSION_FORBIDDEN /steps/0/map']] as const,
  ),
  [
    'a removed function by another name',
    steps(value('a', `'{{ ($f := $eval; $f("1")) }}'`)),
    ['EXPRESSION_FORBIDDEN /steps/0/map'],
  ],
  ['item outside a list', steps(value('a', '"{{ item.x }}"')), ['EXPRESSION_FORBIDDEN /steps/0/map']],
  ['secrets', steps(value('a', '"{{ secrets.x }}"')), ['EXPRESSION_FORBIDDEN /steps/0/map']],
  ['the outcome before the end', steps(value('a', '"{{ run.outcome }}"')), ['EXPRESSION_FORBIDDEN /steps/0/map']],
  [
    'vars that name steps',
    `${steps(value('a', '1'))}vars: { v: "{{ steps.a.output }}" }\n`,
    ['EXPRESSION_FORBIDDEN /vars/v'],
  ],
  ['a variable that is not there', steps(value('a', '"{{ vars.x }}"')), ['UNKNOWN_KEY /steps/0/map']],
  [
    'an unknown connector',
    steps('{ id: a, verb: FETCH, connector: warehose, resource: levels }'),
    ['UNKNOWN_CONNECTOR /steps/0/connector'],
  ],
  [
    'an unknown resource',
    steps('{ id: a, verb: FETCH, connector: warehouse, resource: level }'),
    ['UNKNOWN_RESOURCE /steps/0/resource'],
  ],
  [
    'an unknown command',
    steps('{ id: a, verb: EXECUTE, connector: notifications, command: shout }'),
    ['UNKNOWN_RESOURCE /steps/0/command'],
  ],
  [
    'a read of a write resource',
    steps('{ id: a, verb: FETCH, connector: erp, resource: notes }'),
    ['READ_WRITE_MISMATCH /steps/0/resource'],
  ],
  [
    'a write to a read resource',
    steps('{ id: a, verb: PUSH, connector: erp, resource: projects, records: [] }'),
    ['READ_WRITE_MISMATCH /steps/0/resource'],
  ],
  [
    'a mode that is not declared',
    steps(
      '{ id: g, verb: GOVERN, policies: [reorder-limits] }',
      '{ id: a, verb: PUSH, connector: erp, resource: notes, records: [], mode: delete, governedBy: g }',
    ),
    ['READ_WRITE_MISMATCH /steps/1/mode'],
  ],
  [
    'a record key that the connector demands',
    steps(
      '{ id: g, verb: GOVERN, policies: [labour-posting-limits] }',
      '{ id: a, verb: PUSH, connector: erp, resource: ledger-entries, records: [], governedBy: g }',
    ),
    ['MISSING_KEY /steps/1/recordKey'],
  ],
  ['an unknown object', steps(value('a', '1', ', to: LaborRecord')), ['UNKNOWN_OBJECT /steps/0/to']],
  ['an unknown object in returns', steps(value('a', '1', ', returns: "Nope[]"')), ['UNKNOWN_OBJECT /steps/0/returns']],
  [
    'a schema out of the subset',
    steps(value('a', '1', ', returns: { $ref: "https://e.example/x" }')),
    ['INVALID_VALUE /steps/0/returns/$ref'],
  ],
  [
    'an unknown policy',
    steps('{ id: g, verb: GOVERN, policies: [nope], subject: 1 }'),
    ['UNKNOWN_POLICY /steps/0/policies/0'],
  ],
  ['a GOVERN that nothing names', steps(govern), ['MISSING_KEY /steps/0/subject']],
  [
    'a GOVERN to be continued past',
    steps('{ id: g, verb: GOVERN, policies: [reorder-limits], subject: 1, onError: continue }'),
    ['INVALID_VALUE /steps/0/onError'],
  ],
  ['a write that may need approval, without GOVERN', steps(push('[]')), ['UNGOVERNED_WRITE /steps/0']],
  [
    'a write without declared policies, without GOVERN',
    steps('{ id: a, verb: PUSH, connector: erp, resource: notes, records: [] }'),
    ['UNGOVERNED_WRITE /steps/0'],
  ],
  [
    'a write whose policies only allow needs none',
    steps('{ id: a, verb: EXECUTE, connector: notifications, command: notify }'),
    [],
  ],
  [
    'governed by a step that is no GOVERN',
    steps(fetch, push('[], governedBy: f')),
    ['UNGOVERNED_WRITE /steps/1/governedBy'],
  ],
  ['governed by a later step', steps(push('[], governedBy: g'), govern), ['NOT_UPSTREAM /steps/0/governedBy']],
  ['governed by nobody', steps(push('[], governedBy: nope')), ['UNKNOWN_STEP /steps/0/governedBy']],
  [
    'governed in the other branch',
    steps('{ id: s, verb: LOGIC_GATE, if: "true", then: [g], else: [p] }', govern, push('[], governedBy: g')),
    ['NOT_UPSTREAM /steps/2/governedBy'],
  ],
  [
    'content that comes after the decision',
    steps(govern, fetch, push('"{{ steps.f.output }}", governedBy: g')),
    ['GOVERNED_LATE_INPUT /steps/2/records'],
  ],
  [
    'content that comes with the decision',
    steps(govern, push('"{{ [steps.g.output.values] }}", governedBy: g')),
    ['GOVERNED_LATE_INPUT /steps/1/records'],
  ],
  ['content with the time of the decision', steps(govern, push('[ { at: "{{ run.now }}" } ], governedBy: g')), []],
  [
    'late content through with',
    steps(govern, fetch, push('"{{ with.r }}", with: { r: "{{ steps.f.output }}" }, governedBy: g')),
    ['GOVERNED_LATE_INPUT /steps/2/with'],
  ],
  [
    'a token in a text',
    steps(value('a', '"Bearer abcdefghijklmnopqrstuvwxyz012345"')),
    ['SECRET_IN_TEXT /steps/0/map'],
  ],
  [
    'a workflow that calls itself',
    steps('{ id: a, workflow: x }'),
    ['SELF_WORKFLOW /steps/0/workflow', 'NOT_YET /steps/0/workflow'],
  ],
  [
    'handlers of handlers',
    steps(
      value('a', '1', `, onError: { steps: [ ${value('b', '1', `, onError: { steps: [ ${value('c', '1')} ] }`)} ] }`),
    ),
    ['DEPTH /steps/0/onError/steps/0/onError'],
  ],
  [
    'too many tags',
    `${steps(value('a', '1'))}tags: [${Array.from({ length: 21 }, (_, i) => `a:b${i}`).join(', ')}]\n`,
    ['TOO_LARGE /tags'],
  ],
  ['code', steps('{ id: a, verb: TRANSFORM, code: { language: javascript, source: "1" } }'), ['NOT_YET /steps/0/code']],
  ['compensate', steps(value('a', '1', ', compensate: { verb: FETCH }')), ['NOT_YET /steps/0/compensate']],
  ['hooks', `${steps(value('a', '1'))}hooks: { onFail: [ { notify: ops } ] }\n`, ['NOT_YET /hooks']],
  ['retry of the whole workflow', `${steps(value('a', '1'))}retry: { scope: workflow }\n`, ['NOT_YET /retry/scope']],
  [
    'another rule at the limit',
    `${steps(value('a', '1'))}concurrency: { limit: 1, onLimit: reject }\n`,
    ['NOT_YET /concurrency/onLimit'],
  ],
];
for (const [name, text, expected] of table) {
  test(`validate: ${name}`, () => assert.deepEqual([...problemsOf(text)].sort(), [...expected].sort()));
}

test('every problem is reported at once, each with code, place and message', () => {
  const text = steps(
    '{ id: a, verb: FECTH }',
    '{ id: b, verb: FETCH, conector: erp, resource: levels }',
    value('c', '"{{ steps.b.output }} {{ $now() }} {{ foo }}"', ', dependsOn: [zz]'),
  );
  const { problems } = validateWorkflow(documentOf(text), catalogue);
  assert.deepEqual(
    problems.map((p) => p.code).sort(),
    [
      'EXPRESSION_FORBIDDEN',
      'EXPRESSION_FORBIDDEN',
      'INVALID_VALUE',
      'MISSING_KEY',
      'NOT_UPSTREAM',
      'UNKNOWN_KEY',
      'UNKNOWN_STEP',
    ].filter((c) => c !== 'NOT_UPSTREAM'),
  );
  for (const p of problems) {
    assert.ok(VALIDATION_CODES.includes(p.code));
    assert.ok(p.message.length > 10);
  }
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
