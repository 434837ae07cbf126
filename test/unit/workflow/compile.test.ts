import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePlan } from '../../../src/domain/workflow/compile.ts';
import type { Plan } from '../../../src/domain/workflow/plan.ts';
import { validateWorkflow } from '../../../src/domain/workflow/validate-workflow.ts';
import { documentOf, LABOUR, surroundings } from './examples.ts';

const plan = (text: string): Plan => compilePlan(documentOf(text), 3, 'digest');
const valid = (text: string): void => assert.deepEqual(validateWorkflow(documentOf(text), surroundings()).problems, []);
/** `id < dependencies` for every step. */
const shape = (p: Plan): readonly string[] =>
  p.steps.map((s) => `${s.id} < ${s.dependsOn.map((d) => p.steps[d - 1]?.id).join(' ')}`.trim());
const t = (id: string, more = ''): string => `  - { id: ${id}, verb: TRANSFORM, map: 1${more} }\n`;
const gate = (id: string, then: string, otherwise = '[]'): string =>
  `  - { id: ${id}, verb: LOGIC_GATE, if: "input.a", then: ${then}, else: ${otherwise} }\n`;
const listed = (...steps: readonly string[]): string => `id: x\ninput: {}\nsteps:\n${steps.join('')}`;

test('the first example: chain, branches, governance, reads', () => {
  const p = plan(LABOUR);
  assert.deepEqual(shape(p), [
    'timesheets <',
    'labour < timesheets',
    'any-cost < labour',
    'policy < any-cost',
    'post < policy',
    'tell-nobody-worked < any-cost',
  ]);
  assert.deepEqual(
    p.steps.map((s) => s.gates),
    [[], [], [], [{ gate: 3, branch: 0 }], [{ gate: 3, branch: 0 }], [{ gate: 3, branch: 1 }]],
  );
  assert.deepEqual(
    p.steps.map((s) => s.reads),
    [[], [1], [2], [2], [2], []],
  );
  assert.deepEqual([p.steps[3]?.governs, p.steps[4]?.governedBy], [[5], 4]);
  assert.deepEqual(p.steps[2]?.action, {
    verb: 'LOGIC_GATE',
    branches: [
      { condition: 'size(steps.labour.output) > 0', targets: [4, 5] },
      { condition: null, targets: [6] },
    ],
  });
  assert.deepEqual([p.timeoutMs, p.version, p.digest, p.sinks], [1_800_000, 3, 'digest', [5, 6]]);
});

test('the step after both branches waits for the end of each', () => {
  const text = listed(gate('g', '[a, b]', '[c]'), t('a'), t('b'), t('c'), t('after'), t('last'));
  valid(text);
  assert.deepEqual(shape(plan(text)), ['g <', 'a < g', 'b < a', 'c < g', 'after < b c', 'last < after']);
});

test('the step after an empty branch waits for the gate as well', () => {
  const text = listed(gate('g', '[a]'), t('a'), t('after'));
  valid(text);
  assert.deepEqual(shape(plan(text)), ['g <', 'a < g', 'after < g a']);
});

test('a switch has a branch for each case and for none', () => {
  const text = listed(
    '  - { id: g, verb: LOGIC_GATE, switch: [ { if: "input.a", then: [a] }, { if: "input.b", then: [b] } ], else: [c] }\n',
    t('a'),
    t('b'),
    t('c'),
    t('after'),
  );
  valid(text);
  const p = plan(text);
  assert.deepEqual(shape(p), ['g <', 'a < g', 'b < g', 'c < g', 'after < a b c']);
  assert.deepEqual(
    p.steps.map((s) => s.gates.map((g) => g.branch)),
    [[], [0], [1], [2], []],
  );
});

for (const outer of ['[h, a, b, c]', '[h, c]']) {
  test(`a gate in a branch joins inside it (${outer})`, () => {
    const text = listed(gate('g', outer, '[d]'), gate('h', '[a]', '[b]'), t('a'), t('b'), t('c'), t('d'), t('after'));
    valid(text);
    assert.deepEqual(shape(plan(text)), ['g <', 'h < g', 'a < h', 'b < h', 'c < a b', 'd < g', 'after < c d']);
  });
}

test('a gate at the end of a branch hands its ends on', () => {
  const text = listed(gate('g', '[h]', '[]'), gate('h', '[a]', '[]'), t('a'), t('after'));
  valid(text);
  assert.deepEqual(shape(plan(text)), ['g <', 'h < g', 'a < h', 'after < g h a']);
});

test('a graph says its dependencies itself; targets of a gate depend on it', () => {
  const text = listed(
    t('a'),
    t('b'),
    gate('g', '[c]', '[d]'),
    t('c', ', dependsOn: [a]'),
    t('d'),
    t('e', ', dependsOn: [c, d, b]'),
  );
  valid(text);
  const p = plan(text);
  assert.equal(p.order, 'graph');
  assert.deepEqual(shape(p), ['a <', 'b <', 'g <', 'c < a g', 'd < g', 'e < b c d']);
  assert.deepEqual(p.sinks, [6]);
});

test('order: graph without any dependsOn starts everything at once', () => {
  assert.deepEqual(shape(plan(listed(t('a'), t('b')).replace('steps:', 'order: graph\nsteps:'))), ['a <', 'b <']);
});

test('all lists have ordinals in one row; handlers follow the main list and begin without dependencies', () => {
  const text = `${listed(
    t(
      'a',
      ', onError: { steps: [ { id: h1, verb: TRANSFORM, map: 1 }, { id: h2, verb: TRANSFORM, map: "{{ error.code }}" } ], then: continue }',
    ),
    t('b', ', onError: continue'),
  )}onError:\n${t('e')}finally:\n${t('f1')}${t('f2')}`;
  valid(text);
  const p = plan(text);
  assert.deepEqual(
    p.steps.map((s) => [s.ordinal, s.id, s.list, s.handles, s.dependsOn]),
    [
      [1, 'a', 'MAIN', null, []],
      [2, 'b', 'MAIN', null, [1]],
      [3, 'h1', 'HANDLER', 1, []],
      [4, 'h2', 'HANDLER', 1, [3]],
      [5, 'e', 'ON_ERROR', null, []],
      [6, 'f1', 'FINALLY', null, []],
      [7, 'f2', 'FINALLY', null, [6]],
    ],
  );
  assert.deepEqual([p.steps[0]?.handler, p.steps[0]?.onError, p.steps[1]?.onError], [[3, 4], 'continue', 'continue']);
  assert.deepEqual(p.sinks, [2]);
});

test('defaults: LANGUAGE §2, the workflow, `defaults`, the step; the nearest wins key by key', () => {
  const text = `${listed(t('a'), t('b', ', timeout: 1500, retry: { backoff: 3 }'), t('c', ', retries: 0'))}retry: { maxAttempts: 5, initial: PT1S }\ndefaults: { timeout: PT10S, retry: { initial: PT4S } }\n`;
  const [a, b, c] = plan(text).steps;
  const retry = {
    maxAttempts: 5,
    initialMs: 4_000,
    backoff: 2,
    maxIntervalMs: 60_000,
    jitter: true,
    on: null,
    never: [],
  };
  assert.deepEqual([a?.timeoutMs, a?.retry], [10_000, retry]);
  assert.deepEqual([b?.timeoutMs, b?.retry], [1_500, { ...retry, backoff: 3 }]);
  assert.deepEqual(c?.retry.maxAttempts, 1);
  const [plain] = plan(listed(t('a'))).steps;
  assert.deepEqual([plain?.timeoutMs, plain?.retry.maxAttempts, plan(listed(t('a'))).timeoutMs], [120_000, 3, 300_000]);
});

test('a workflow with a name alone gets its id from it', () => {
  const p = plan('name: Übertrag der Löhne 2026!\nsteps: [ { id: a, verb: TRANSFORM, map: 1 } ]\n');
  assert.deepEqual([p.workflow, p.name], ['ubertrag-der-lohne-2026', 'Übertrag der Löhne 2026!']);
});

const NODES = `
metadata: { id: from-nodes, name: From nodes }
nodes:
  - { id: start, type: trigger, config: { kind: schedule } }
  - { id: join, type: action, config: { verb: TRANSFORM, map: "{{ [steps.left.output, steps.right.output] }}" } }
  - { id: right, type: action, config: { verb: TRANSFORM, map: 2 } }
  - { id: left, type: action, config: { verb: TRANSFORM, map: 1 } }
edges:
  - { from: start, to: right }
  - { from: start, to: left }
  - { from: left, to: join }
  - { from: right, to: join }
input: {}
`;
test('nodes and edges: one at a time in topological order, ties as declared', () => {
  valid(NODES);
  const p = plan(NODES);
  assert.deepEqual(shape(p), ['right <', 'left < right', 'join < left']);
  assert.deepEqual([p.workflow, p.trigger, p.order, p.name], ['from-nodes', 'schedule', 'listed', 'From nodes']);
});

const nodeProblems = (text: string): readonly string[] =>
  validateWorkflow(documentOf(text), surroundings()).problems.map((p) => `${p.code} ${p.pointer}`);
test('nodes: problems stand at the nodes', () => {
  const replace = (a: string, b: string): readonly string[] => nodeProblems(NODES.replace(a, b));
  assert.deepEqual(replace('{ from: start, to: left }', '{ from: start, to: lefd }'), [
    'UNKNOWN_STEP /edges/1/to',
    'UNREACHABLE /nodes/3',
  ]);
  assert.deepEqual(replace('{ from: start, to: left }', '{ from: join, to: left }'), ['CYCLE /edges']);
  assert.deepEqual(replace('map: 2', 'mpa: 2'), ['UNKNOWN_KEY /nodes/2/config/mpa']);
  assert.deepEqual(replace('type: trigger', 'type: action'), ['EMPTY /nodes', 'KIND_NONE /nodes/0/config']);
});
test('python in a node is code over its direct predecessors, which this release does not execute', () => {
  const text = NODES.replace(
    '{ verb: TRANSFORM, map: "{{ [steps.left.output, steps.right.output] }}" }',
    '{ python: "return a" }',
  ).replace('{ from: left, to: join }', '{ from: left, to: join, as: a }');
  assert.deepEqual(nodeProblems(text), ['NOT_YET /nodes/1/config/code']);
});

test('500 steps compile, each with its one dependency', () => {
  const p = plan(listed(...Array.from({ length: 500 }, (_, i) => t(`s${i}`))));
  assert.equal(p.steps.length, 500);
  assert.ok(p.steps.every((s, i) => s.ordinal === i + 1 && s.dependsOn.join() === (i === 0 ? '' : String(i))));
});

test('a gate that chooses between 300 steps', () => {
  const names = Array.from({ length: 300 }, (_, i) => `s${i}`);
  const text = listed(
    gate('g', `[${names.slice(0, 150).join(', ')}]`, `[${names.slice(150).join(', ')}]`),
    ...names.map((n) => t(n)),
    t('after'),
  );
  valid(text);
  const p = plan(text);
  assert.deepEqual(p.steps[301]?.dependsOn, [151, 301]);
  assert.equal(p.steps.filter((s) => s.gates.some((g) => g.branch === 1)).length, 150);
});

test('what output names is loaded for it', () => {
  const p = plan(`${listed(t('a-b'), t('c'))}output: { x: "{{ steps.a_b.output }}" }\n`);
  assert.deepEqual(p.outputReads, [1]);
});

test('a business key may be kept in clear', () => {
  const key = (text: string): unknown => plan(`${listed(t('a'))}businessKey: ${text}\n`).businessKey;
  assert.deepEqual(key('"{{ input.no }}"'), { value: '{{ input.no }}', clear: false });
  assert.deepEqual(key('{ value: "{{ input.no }}", clear: true }'), { value: '{{ input.no }}', clear: true });
});

for (const [written, meant] of [
  ['', 'fail'],
  [', missing: fail', 'fail'],
  [', missing: null', 'null'],
  [', missing: "null"', 'null'],
] as const) {
  test(`LOOKUP${written} means ${meant}`, () => {
    const [step] = plan(
      `id: x\nsteps: [ { id: a, verb: LOOKUP, connector: c, resource: r, key: 1${written} } ]\n`,
    ).steps;
    assert.equal(step?.action.verb === 'LOOKUP' && step.action.missing, meant);
  });
}
