import assert from 'node:assert/strict';
import { test } from 'node:test';
import { celUsage } from '../../../src/domain/expression/cel-usage.ts';
import { jsonataUsage } from '../../../src/domain/expression/jsonata-usage.ts';
import type { Usage } from '../../../src/domain/expression/usage.ts';

const said = ({ references, problems }: Usage): readonly string[] => [
  ...references.map((r) => [r.root, ...r.path].join('.')),
  ...problems.map((p) => p.code),
];

const jsonata: readonly (readonly [string, readonly string[]])[] = [
  ['steps.a.output.b', ['steps.a.output.b']],
  ['$.input.x', ['input.x']],
  ['$$.steps.a.state', ['steps.a.state']],
  ['steps.a.output[b = $$.input.c].d', ['steps.a.output', 'input.c']],
  ['steps.a.output.(b + input)', ['steps.a.output']],
  ['$map(input.xs, function($v) { $v.a + input.r })', ['input.xs', 'input.r']],
  ['input.xs ~> $map(function($v) { vars.f * $v })', ['input.xs', 'vars.f']],
  ['($o := input.o; $o.steps.b)', ['input.o']],
  ['input.xs@$x.rows[id = $x.id]', ['input.xs.rows']],
  ['input@$x.steps.*.output', ['input.steps', 'DYNAMIC_REFERENCE', 'DYNAMIC_REFERENCE']],
  ['(input)@$x.steps.*.output', ['input', 'DYNAMIC_REFERENCE']],
  ['$.input@$x.steps.*', ['input.steps', 'DYNAMIC_REFERENCE']],
  ['steps.a@$x.output.output', ['steps.a.output.output', 'DYNAMIC_REFERENCE']],
  ['input.xs^(>price).name', ['input.xs']],
  ['input.xs{kind: $sum(price)}', ['input.xs']],
  ['{"a": input.a, "b": [vars.b, item]}', ['input.a', 'vars.b', 'item']],
  ['input.a ? vars.b : with.c', ['input.a', 'vars.b', 'with.c']],
  ['input.a ?? vars.b', ['input.a', 'input.a', 'vars.b']],
  ['input.** ', ['input']],
  ['input ~> |a|{"b": c}|', ['input']],
  ['steps', ['DYNAMIC_REFERENCE']],
  ['steps.a', ['DYNAMIC_REFERENCE']],
  ['steps.a.*', ['DYNAMIC_REFERENCE']],
  ['steps.*.output', ['DYNAMIC_REFERENCE']],
  ['steps.**.output', ['DYNAMIC_REFERENCE']],
  ['steps[0].output', ['DYNAMIC_REFERENCE']],
  ['steps.a[0].output', ['DYNAMIC_REFERENCE']],
  ['steps.(a).output', ['DYNAMIC_REFERENCE']],
  ['$keys(steps)', ['DYNAMIC_REFERENCE']],
  ['$lookup(steps, input.name)', ['DYNAMIC_REFERENCE', 'input.name']],
  ['($s := steps; $s.a)', ['DYNAMIC_REFERENCE']],
  ['$', ['DYNAMIC_REFERENCE']],
  ['$$', ['DYNAMIC_REFERENCE']],
  ['*', ['DYNAMIC_REFERENCE']],
  ['**', ['DYNAMIC_REFERENCE']],
  ['$[0]', ['DYNAMIC_REFERENCE']],
  ['$$.*', ['DYNAMIC_REFERENCE']],
  ['input.xs.$$', ['input.xs', 'DYNAMIC_REFERENCE']],
  ['input.a.b.%.c', ['input.a.b', 'DYNAMIC_REFERENCE']],
  ['vars', ['DYNAMIC_REFERENCE']],
  ['$eval("1")', ['EXPRESSION_FORBIDDEN']],
  ['$map(input.xs, $random)', ['input.xs', 'EXPRESSION_FORBIDDEN']],
  ['input.xs.$now()', ['input.xs', 'EXPRESSION_FORBIDDEN']],
  ['($eval := function($x) { $x }; $eval(1))', ['EXPRESSION_FORBIDDEN']],
  ['function($millis) { $millis() }(1)', ['EXPRESSION_FORBIDDEN']],
  ['$match(input.a, /(?=a)b/)', ['input.a', 'EXPRESSION_FORBIDDEN']],
  ['$match(input.a, /(a)\\1/)', ['input.a', 'EXPRESSION_FORBIDDEN']],
  [`${'('.repeat(40)}input.a${' ?? 1)'.repeat(40)}`, ['EXPRESSION_FORBIDDEN']],
  [`$match(input.a, /${'a{0,1000}'.repeat(60)}/)`, ['input.a', 'EXPRESSION_FORBIDDEN']],
  ['input.', ['EXPRESSION_SYNTAX']],
  [`"${'x'.repeat(9_000)}"`, ['EXPRESSION_FORBIDDEN']],
  [`${'('.repeat(3_000)}1${')'.repeat(3_000)}`, ['EXPRESSION_FORBIDDEN']],
  [`${'-'.repeat(6_000)}1`, ['EXPRESSION_FORBIDDEN']],
  [`1${'+1'.repeat(2_000)}`, ['EXPRESSION_FORBIDDEN']],
  [`input${'.a'.repeat(2_000)}`, ['EXPRESSION_FORBIDDEN']],
];
for (const [source, expected] of jsonata) {
  test(`jsonata: ${source.slice(0, 60)}`, () =>
    assert.deepEqual([...said(jsonataUsage(source))].sort(), [...expected].sort()));
}

const cel: readonly (readonly [string, readonly string[]])[] = [
  ['steps.a.output.b > 1', ['steps.a.output.b']],
  ['has(input.x) && input.x == vars.y', ['input.x', 'input.x', 'vars.y']],
  ['input.xs.exists(x, x.a == input.b)', ['input.xs', 'input.b']],
  ['input.xs.filter(x, x > 1).map(y, y * 2).size() > 0', ['input.xs']],
  ['cel.bind(total, sum(input.xs), total > 1 && total < 9)', ['input.xs']],
  ['steps.a.output[0].b == "c"', ['steps.a.output']],
  ['input["a-b"] == 1', ['input']],
  ['type(input.x) == string', ['input.x']],
  ['size(steps) > 0', ['DYNAMIC_REFERENCE']],
  ['steps[input.x].output == 1', ['DYNAMIC_REFERENCE', 'input.x']],
  ['steps.exists(s, s == "a")', ['DYNAMIC_REFERENCE']],
  ['steps.a == null', ['DYNAMIC_REFERENCE']],
  ['input.x.matches("a")', ['EXPRESSION_FORBIDDEN', 'input.x']],
  ['bytes("a") == b"a"', ['EXPRESSION_FORBIDDEN']],
  ['inGroup(input.x, "a")', ['EXPRESSION_FORBIDDEN', 'input.x']],
  ['eval("1")', ['EXPRESSION_FORBIDDEN']],
  ['input.x + 1', ['input.x', 'NOT_BOOLEAN']],
  ['1 + 1', ['NOT_BOOLEAN']],
  ['"a"', ['NOT_BOOLEAN']],
  ['[1, 2]', ['NOT_BOOLEAN']],
  ['1 + "a" == 2', ['EXPRESSION_SYNTAX']],
  ['input.x ==', ['EXPRESSION_SYNTAX']],
  ['{{ input.x }}', ['EXPRESSION_SYNTAX']],
  ['input.x == 9007199254740993', ['EXPRESSION_SYNTAX', 'input.x']],
  [`${'('.repeat(500)}true${')'.repeat(500)}`, ['EXPRESSION_SYNTAX']],
];
for (const [source, expected] of cel) {
  test(`cel: ${source.slice(0, 60)}`, () => assert.deepEqual([...said(celUsage(source))].sort(), [...expected].sort()));
}

test('policies know inGroup', () => {
  assert.deepEqual(said(celUsage('inGroup(principals.starter, "a")', true)), ['principals.starter']);
});
