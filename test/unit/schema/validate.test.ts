import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import { publicPointers } from '../../../src/domain/schema/public-fields.ts';
import { checkSchema } from '../../../src/domain/schema/subset.ts';
import { validateJson } from '../../../src/domain/schema/validate.ts';

const rows: readonly (readonly [string, JsonObject, Json, readonly string[]])[] = [
  [
    'a missing and an unknown key',
    { type: 'object', required: ['a'], additionalProperties: false, properties: { a: {} } },
    { b: 1 },
    ['/a required', '/b additionalProperties'],
  ],
  ['a key inherited by every object', { type: 'object', required: ['toString'] }, {}, ['/toString required']],
  ['types in a list', { items: { type: ['string', 'null'] } }, ['a', null, 3], ['/2 type']],
  ['an integer that has a fraction', { type: 'integer' }, 1.5, [' type']],
  ['bounds of a number', { minimum: 1, exclusiveMaximum: 3 }, 3, [' exclusiveMaximum']],
  ['a decimal step', { multipleOf: 0.01 }, 19.99, []],
  ['a decimal step missed', { multipleOf: 0.01 }, 19.995, [' multipleOf']],
  ['length counts characters, not code units', { maxLength: 1 }, '😀', []],
  ['a pattern', { pattern: '^\\d{4}-W\\d{2}$' }, '2026-1', [' pattern']],
  [
    'equal elements',
    { uniqueItems: true },
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    [' uniqueItems'],
  ],
  ['prefix and rest', { prefixItems: [{ type: 'string' }], items: { type: 'number' } }, ['a', 1, 'b'], ['/2 type']],
  ['a constant object', { const: { a: 1 } }, { a: 2 }, [' const']],
  ['one of two forms', { oneOf: [{ type: 'number' }, { minimum: 3 }] }, 5, [' oneOf']],
  ['a condition', { if: { required: ['a'] }, then: { required: ['b'] } }, { a: 1 }, ['/b required']],
  [
    'a local reference',
    { $defs: { x: { type: 'string' } }, properties: { a: { $ref: '#/$defs/x' } } },
    { a: 1 },
    ['/a type'],
  ],
  ['a day that does not exist', { format: 'date' }, '2026-02-30', [' format']],
  ['a key with a slash', { properties: { 'a/b': { type: 'string' } } }, { 'a/b': 1 }, ['/a~1b type']],
  [
    'names by pattern',
    { patternProperties: { '^x-': { type: 'string' } }, additionalProperties: false },
    { 'x-a': 1, y: 2 },
    ['/x-a type', '/y additionalProperties'],
  ],
];
for (const [name, schema, value, expected] of rows) {
  test(`validate: ${name}`, () => {
    assert.deepEqual(checkSchema(schema), []);
    assert.deepEqual(
      validateJson(schema, value).map((v) => `${v.pointer} ${v.keyword}`),
      expected,
    );
  });
}

test('a pattern that would take a backtracking engine years is matched at once', () => {
  const schema = { pattern: '^(a+)+$' };
  assert.equal(validateJson(schema, `${'a'.repeat(5_000)}!`).length, 1);
});

test('alternatives that refer to themselves end in a violation, not in an endless check', () => {
  const schema = { $defs: { a: { allOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/a' }] } }, $ref: '#/$defs/a' };
  const found = validateJson(schema, 1);
  assert.ok(found.length > 0);
  assert.ok(found.every((v) => v.keyword === '$ref'));
});

test('every way out of the subset is refused, all at once, with its place', () => {
  const schema = {
    $id: 'https://elsewhere.example/',
    properties: {
      a: { $ref: 'https://elsewhere.example/schema.json' },
      b: { pattern: '(?=x)' },
      c: { $ref: '#/$defs/none' },
      d: { type: 'money' },
      e: { format: 'regex' },
      f: { unevaluatedProperties: false },
      g: 'string',
    },
  };
  assert.deepEqual(
    checkSchema(schema).map((p) => p.pointer),
    [
      '/$id',
      '/properties/a/$ref',
      '/properties/b/pattern',
      '/properties/c/$ref',
      '/properties/d/type',
      '/properties/e/format',
      '/properties/f/unevaluatedProperties',
      '/properties/g',
    ],
  );
});

test('a schema over 64 KiB is refused', () => {
  assert.equal(checkSchema({ description: 'x'.repeat(70_000) }).length, 1);
});

test('public fields are found below lists', () => {
  const schema = {
    properties: {
      week: { type: 'string', 'x-public': true },
      rows: { items: { properties: { no: { 'x-public': true } } } },
    },
  };
  assert.deepEqual(publicPointers(schema), ['/week', '/rows/*/no']);
});

test('no violation repeats the value', () => {
  const secret = 'kJ8-not-to-be-shown';
  const schema = {
    type: 'object',
    properties: { a: { type: 'number', enum: [1], const: 2 }, b: { pattern: '^x', format: 'date' } },
  };
  const found = validateJson(schema, { a: secret, b: secret });
  assert.ok(found.length >= 5);
  assert.ok(!JSON.stringify(found).includes(secret));
});

test('a short pattern that makes a large program is refused; a long text is not matched by a middling one', () => {
  assert.equal(checkSchema({ pattern: '\\p{L}{0,1000}'.repeat(20) }).length, 1);
  assert.equal(checkSchema({ pattern: '^(\\p{L}{1,40} ?){1,40}$' }).length, 1);
  const schema = { pattern: '^[a-z0-9-]{1,600}$' };
  assert.deepEqual(checkSchema(schema), []);
  assert.deepEqual(
    validateJson(schema, 'a'.repeat(500_000)).map((v) => v.message),
    ['is too long to be matched'],
  );
});
