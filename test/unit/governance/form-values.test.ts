/** From what a browser posts to typed values: exact or not at all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formOnPage } from '../../../src/app/approval-page/form-fields.ts';
import { typedIn, valuesIn } from '../../../src/app/approval-page/form-values.ts';
import { checkValues } from '../../../src/domain/governance/values.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';

const form = (schema: JsonObject): JsonObject => ({ type: 'object', properties: { x: schema } });
const posted = (...texts: string[]) =>
  typedIn(new URLSearchParams(texts.map((text): [string, string] => ['value.x', text])));
const one = (schema: JsonObject, text: string): Json | undefined => valuesIn(form(schema), posted(text))['x'];

test('numbers are read exactly, and what is none stays text', () => {
  const read = (text: string) => one({ type: 'number' }, text);
  for (const [text, value] of [
    ['12', 12],
    [' 12.50 ', 12.5],
    ['-0', 0],
    ['+7', 7],
    ['0.1', 0.1],
    ['9007199254740991', 9007199254740991],
    ['007', 7],
  ] as const)
    assert.equal(read(text), value, text);
  for (const text of [
    '9007199254740993',
    '0.12345678901234567',
    '1e3',
    '1,5',
    '1.5.2',
    '0x10',
    'Infinity',
    'NaN',
    '１２',
    '--1',
    '9'.repeat(400),
  ])
    assert.equal(read(text), text, text);
});

test('choices are known by their place in the list, whatever stands there', () => {
  const schema: JsonObject = { enum: ['a', '0', 2, true] };
  assert.deepEqual(
    ['0', '1', '2', '3'].map((at) => one(schema, at)),
    ['a', '0', 2, true],
  );
  for (const text of ['4', '-1', 'b', '1e0', '__proto__']) {
    const value = one(schema, text) ?? null;
    assert.equal(checkValues(form(schema), { x: value }).length, 1, text);
  }
  assert.equal(one({ type: 'boolean' }, '1'), false);
});

test('texts keep their lines; times become what their formats mean', () => {
  assert.equal(one({ type: 'string' }, ' a '), 'a');
  assert.equal(one({ type: 'string' }, ' a\r\n b'), ' a\n b');
  assert.equal(one({ type: 'string' }, ' \r\n '), undefined);
  const time: JsonObject = { type: 'string', format: 'date-time' };
  assert.equal(one(time, '2026-11-30T08:15'), '2026-11-30T08:15:00Z');
  assert.equal(one(time, '2026-11-30T08:15:09.5'), '2026-11-30T08:15:09.5Z');
  assert.equal(one(time, '2026-11-30T08:15:00+02:00'), '2026-11-30T08:15:00+02:00');
  assert.equal(one({ type: 'string', format: 'time' }, '08:15'), '08:15:00');
});

test('a field twice counts once; fields of other names are kept, to be refused', () => {
  assert.deepEqual(valuesIn(form({ type: 'string' }), posted('first', 'second')), { x: 'first' });
  const typed = typedIn(new URLSearchParams('value.x=1&value.y=2&value.__proto__=3&decision=approve'));
  const values = valuesIn(form({ type: 'string' }), typed);
  assert.deepEqual(Object.keys(values).sort(), ['__proto__', 'x', 'y']);
  assert.equal(Object.getPrototypeOf(values), Object.prototype);
  assert.deepEqual(
    checkValues(form({ type: 'string' }), values)
      .map(({ pointer }) => pointer)
      .sort(),
    ['/__proto__', '/y'],
  );
});

test('what the author suggests is shown so that posting it back gives the same value', () => {
  const suggestions: readonly JsonObject[] = [
    { type: 'string', default: 'a' },
    { type: 'integer', default: 3 },
    { type: 'number', default: -0.5 },
    { type: 'boolean', default: false },
    { enum: ['a', 2], default: 2 },
    { type: 'string', format: 'date', default: '2026-11-30' },
    { type: 'string', format: 'date-time', default: '2026-11-30T08:15:00Z' },
    { type: 'string', format: 'date-time', default: '2026-11-30T08:15:30Z' },
  ];
  for (const schema of suggestions) {
    const [field] = formOnPage(form(schema), null, []).fields;
    assert.ok(field && field.value !== '', JSON.stringify(schema));
    assert.deepEqual(one(schema, field.value), schema['default'], JSON.stringify(schema));
  }
});

test('each kind of field gets the control that a phone knows, and words for what is wrong', () => {
  const control = (schema: JsonObject) => formOnPage(form(schema), null, []).fields[0]?.control;
  assert.equal(control({ type: 'string' }), 'lines');
  assert.equal(control({ type: 'string', maxLength: 80 }), 'text');
  assert.equal(control({ type: 'string', pattern: '^a' }), 'text');
  assert.equal(control({ type: 'string', format: 'email' }), 'email');
  assert.equal(control({ type: 'string', format: 'date' }), 'date');
  assert.equal(control({ type: 'string', format: 'date-time' }), 'datetime-local');
  assert.equal(control({ type: 'integer' }), 'numeric');
  assert.equal(control({ type: 'number' }), 'decimal');
  assert.equal(control({ type: 'boolean' }), 'select');
  const wrong = form({ type: 'integer', minimum: 1 });
  const page = (values: JsonObject) => formOnPage(wrong, new Map([['x', 'abc']]), checkValues(wrong, values));
  assert.match(page({ x: 'abc' }).fields[0]?.error ?? '', /whole number/);
  assert.equal(page({ x: 'abc' }).fields[0]?.value, 'abc');
  assert.match(page({ x: 0 }).fields[0]?.error ?? '', /at least 1/);
  assert.match(page({ x: 1, y: 2 }).error ?? '', /not asked here/);
});
