import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { Evaluator } from '../../../src/domain/expression/evaluator.ts';
import { ExpressionFailure } from '../../../src/domain/expression/failure.ts';
import { valueInPlace } from '../../../src/domain/expression/in-place.ts';
import type { Json } from '../../../src/domain/json.ts';

const evaluator = new Evaluator({ sha256: (text) => createHash('sha256').update(text).digest('hex') });
const scope: Readonly<Record<string, Json>> = {
  input: { week: '2026-W01', xs: [1, 2, 3], one: [7], none: [], nothing: null, yes: true, o: { a: 1, b: { c: 'd' } } },
  steps: {
    t: {
      output: [
        { a: 1, n: 'x' },
        { a: 2, n: 'y' },
      ],
      state: 'SUCCEEDED',
    },
    single: { output: [{ a: 5 }] },
  },
  run: { id: 'run-1', now: '2026-01-05T10:00:00.000Z' },
  '#salt': 'salt',
};
const value = async (template: Json): Promise<Json | string> => {
  try {
    return await evaluator.value(template, scope);
  } catch (error) {
    if (error instanceof ExpressionFailure) return error.code;
    throw error;
  }
};

const values: readonly (readonly [string, Json, Json])[] = [
  ['a literal', { a: [1, 'x', null] }, { a: [1, 'x', null] }],
  ['alone keeps the type', '{{ input.xs }}', [1, 2, 3]],
  ['alone keeps null', '{{ input.nothing }}', null],
  ['inside text', 'week {{ input.week }}, {{ input.yes }}, {{ 1 + 1 }}', 'week 2026-W01, true, 2'],
  ['null inside text', 'a {{ input.nothing }}', 'EXPRESSION_ERROR'],
  ['a list inside text', 'a {{ input.xs }}', 'EXPRESSION_ERROR'],
  ['an object inside text', 'a {{ input.o }}', 'EXPRESSION_ERROR'],
  ['undefined inside text', 'a {{ input.nope }}', 'EXPRESSION_UNDEFINED'],
  ['undefined alone', '{{ input.nope }}', 'EXPRESSION_UNDEFINED'],
  ['undefined as a key of an object leaves it out', { a: '{{ input.nope }}', b: 1 }, { b: 1 }],
  ['undefined deep in an object leaves its key out', { a: { b: '{{ input.nope }}' } }, { a: {} }],
  ['undefined in a list', ['{{ input.nope }}'], 'EXPRESSION_UNDEFINED'],
  ['results are data, never looked at again', '{{ "{{ input.week " & "}}" }}', '{{ input.week }}'],
  ['a filter that finds one gives it bare', '{{ steps.t.output[a = 1] }}', { a: 1, n: 'x' }],
  ['in brackets it stays a list', '{{ [steps.t.output[a = 1]] }}', [{ a: 1, n: 'x' }]],
  ['in brackets nothing is an empty list', '{{ [steps.t.output[a = 9]] }}', []],
  ['a list of one read by a path stays a list', '{{ steps.single.output }}', [{ a: 5 }]],
  ['an empty list stays', '{{ input.none }}', []],
  ['mapping over a list', '{{ steps.t.output.a }}', [1, 2]],
  ['doubles', '{{ 0.1 + 0.2 }}', 0.1 + 0.2],
  ['decimals', '{{ $decimalAdd("0.1", "0.2") }}', '0.3'],
  ['sums of decimals keep the longest fraction', '{{ $decimalSum(["1.50", "2", 3]) }}', '6.50'],
  ['a sum of nothing', '{{ $decimalSum(input.none) }}', '0'],
  ['decimals beyond doubles', '{{ $decimalAdd("9007199254740993", "0.01") }}', '9007199254740993.01'],
  [
    'comparing decimals',
    '{{ [$decimalCompare("1.0", "1"), $decimalCompare("-1", "1"), $decimalCompare("2", "1.9")] }}',
    [0, -1, 1],
  ],
  ['no decimal', '{{ $decimalAdd("1e3", "1") }}', 'EXPRESSION_ERROR'],
  ['a digest is salted', '{{ $digest("a") }}', createHash('sha256').update('salt\na').digest('hex')],
  [
    'a uuid is the same for the same text',
    '{{ $uuidFrom("a") = $uuidFrom("a") and $uuidFrom("a") != $uuidFrom("b") }}',
    true,
  ],
  ['a number that is none', '{{ 1 / 0 }}', 'EXPRESSION_ERROR'],
  ['a function is no value', '{{ $sum }}', 'EXPRESSION_ERROR'],
  ['a lambda in an object', '{{ {"f": function($x) { $x }} }}', 'EXPRESSION_ERROR'],
  ['the key __proto__', '{{ {"__proto__": {"x": 1}} }}', 'EXPRESSION_ERROR'],
  ['inherited names', '{{ [input.o.constructor, input.toString] }}', []],
  ['an inherited name by path', '{{ input.constructor }}', 'EXPRESSION_UNDEFINED'],
  ['a regular expression', '{{ $replace("a1b22", /[0-9]+/, "#") }}', 'a#b#'],
  ['groups of a regular expression', '{{ $match("ab12", /([a-z]+)([0-9]+)/).groups }}', ['ab', '12']],
  ['flags', '{{ $contains("ABC", /b/i) }}', true],
  ['splitting by a pattern', '{{ $split("a, b,c", /, */) }}', ['a', 'b', 'c']],
  ['padding', '{{ $pad("x", -5, "#0") }}', '#0#0x'],
  ['padding characters, not code units', '{{ $length($pad("😀", 3)) }}', 3],
  ['joining', '{{ $join(["a", "b"], "-") }}', 'a-b'],
  ['an error of the author', '{{ $error("no") }}', 'EXPRESSION_ERROR'],
  ['a removed function', '{{ $eval("1") }}', 'EXPRESSION_ERROR'],
];
for (const [name, template, expected] of values) {
  test(`value: ${name}`, async () => {
    assert.deepEqual(await value(template), expected);
    const inPlace = valueInPlace(template, scope);
    if (inPlace !== null) assert.deepEqual(inPlace.ok ? inPlace.value : inPlace.code, expected, 'read in place');
  });
}

test('plain paths are read in place, everything else is not', () => {
  assert.deepEqual(valueInPlace({ a: '{{ input.o.b.c }}', b: 'x{{ input.week }}' }, scope), {
    ok: true,
    value: { a: 'd', b: 'x2026-W01' },
  });
  assert.equal(valueInPlace('{{ steps.t.output.a }}', scope), null);
  assert.equal(valueInPlace('{{ input.xs[0] }}', scope), null);
});

const condition = (source: string, policy = false): boolean | string => {
  try {
    return evaluator.condition(source, scope, policy);
  } catch (error) {
    if (error instanceof ExpressionFailure) return error.code;
    throw error;
  }
};
const conditions: readonly (readonly [string, boolean | string])[] = [
  ['input.xs[0] + 1 == 2', true],
  ['size(input.xs) + 1 == 4', true],
  ['input.xs[size(input.xs) - 1] == 3', true],
  ['input.xs.map(x, x * 2).size() == 3', true],
  ['5 % 3 == 2', true],
  ['-input.xs[0] == -1', true],
  ['sum(input.xs) == 6 && min(input.xs) == 1 && max(input.xs) == 3', true],
  ['sum(input.none) == 0', true],
  ['min(input.none) == 0', 'CONDITION_ERROR'],
  ['max(2, 3) == 3', true],
  ['input.week.substring(0, 4) == "2026"', true],
  ['input.week.indexOf("W") + 1 == 6', true],
  ['date(run.now) > date("2026-01-01")', true],
  ['date(run.now) - duration("P5D") < date("2026-01-01")', true],
  ['duration("PT90M") == duration("1h30m")', true],
  ['date("2026-13-01") > date("2026-01-01")', 'CONDITION_ERROR'],
  ['re2(input.week, "^[0-9]{4}-W[0-9]{2}$")', true],
  ['input.week.matches("a")', 'CONDITION_ERROR'],
  ['has(input.nope)', false],
  ['has(input.toString)', false],
  ['input.nope > 3', 'CONDITION_ERROR'],
  ['input.nope == null', 'CONDITION_ERROR'],
  ['steps.nope.output > 3', 'CONDITION_ERROR'],
  ['nope', 'CONDITION_ERROR'],
  ['input.nothing == null', true],
  ['input.yes', true],
  ['input.week', 'CONDITION_ERROR'],
  ['input.o.constructor == 1', 'CONDITION_ERROR'],
  ['input.__proto__ == 1', 'CONDITION_ERROR'],
  ['type(input.week) == string', true],
  ['"x" in ["x"] && 2 in input.xs', true],
  ['steps.t.state == "SUCCEEDED"', true],
];
for (const [source, expected] of conditions) {
  test(`condition: ${source}`, () => assert.equal(condition(source), expected));
}

test('inGroup is a function of policies alone, and a principal without groups is an error', () => {
  assert.equal(condition('inGroup({"groups": ["a"]}, "a")', true), true);
  assert.equal(condition('inGroup({"groups": ["a"]}, "b")', true), false);
  assert.equal(condition('inGroup(input.o, "b")', true), 'CONDITION_ERROR');
  assert.equal(condition('inGroup({"groups": ["a"]}, "a")'), 'CONDITION_ERROR');
});
