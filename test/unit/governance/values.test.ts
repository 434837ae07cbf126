/** Form values: what fits, and what a vote with or without them is over (security F1). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '../../../src/app/link-token.ts';
import { contentDigest, type Content } from '../../../src/domain/governance/content.ts';
import { fieldsOf } from '../../../src/domain/governance/form.ts';
import { checkValues, MOST_CHARACTERS, readBallot, type Ballot } from '../../../src/domain/governance/values.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';

const FORM: JsonObject = {
  type: 'object',
  required: ['note', 'days'],
  properties: {
    note: { type: 'string', title: 'Note to the buyer', description: 'Who reads it', maxLength: 20 },
    days: { type: 'integer', minimum: 1, maximum: 30, default: 5 },
    share: { type: 'number' },
    urgent: { type: 'boolean' },
    site: { oneOf: [{ const: 'w', title: 'West' }, { const: 'e' }] },
    due: { $ref: '#/$defs/day' },
  },
  $defs: { day: { type: 'string', format: 'date' } },
};

const asked: Content = {
  v: 1,
  salt: 'cd'.repeat(32),
  workflow: { id: 'w', version: 1, digest: 'd' },
  run: 'r',
  policies: ['p@1'],
  validForMs: 1,
  requests: [],
  subject: 1,
  totals: {},
  facts: {},
  values: null,
  requirements: [],
  texts: {},
};
const VALUES = { note: 'by ship', days: 7 };
const given: Content = { ...asked, values: VALUES };
const before = { revision: 1, digest: contentDigest(sha256, asked) };
const after = { revision: 2, digest: contentDigest(sha256, given) };

const read = (
  content: Content,
  standing: { revision: number; digest: string },
  ballot: Partial<Ballot>,
  more: { state?: 'OPEN' | 'APPROVED'; form?: JsonObject | null } = {},
) =>
  readBallot(
    sha256,
    more.form === undefined ? FORM : more.form,
    { state: more.state ?? 'OPEN', ...standing },
    content,
    {
      decision: 'approve',
      ...standing,
      values: null,
      ...ballot,
    },
  );

test('the fields of a form, in the order and the words of its author', () => {
  const fields = fieldsOf(FORM);
  assert.deepEqual(
    fields.map(({ name, label, kind, required }) => [name, label, kind, required]),
    [
      ['note', 'Note to the buyer', 'text', true],
      ['days', 'days', 'integer', true],
      ['share', 'share', 'number', false],
      ['urgent', 'urgent', 'choice', false],
      ['site', 'site', 'choice', false],
      ['due', 'due', 'text', false],
    ],
  );
  assert.equal(fields[5]?.format, 'date');
  assert.deepEqual(fields[4]?.options, [
    { label: 'West', value: 'w' },
    { label: 'e', value: 'e' },
  ]);
});

test('every value that does not fit is named, and none of it is repeated', () => {
  const wrong: JsonObject = {
    note: 'x'.repeat(21),
    days: 31.5,
    share: '1',
    urgent: 'yes',
    site: 'n',
    due: '30.11.2026',
    zzz: 1,
  };
  const found = checkValues(FORM, wrong);
  assert.deepEqual(
    found.map(({ pointer, keyword }) => `${pointer} ${keyword}`).sort(),
    [
      '/days maximum',
      '/days type',
      '/due format',
      '/note maxLength',
      '/share type',
      '/site oneOf',
      '/urgent type',
      '/zzz additionalProperties',
    ].sort(),
  );
  assert.deepEqual(
    checkValues(FORM, {}).map(({ pointer, keyword }) => `${pointer} ${keyword}`),
    ['/note required', '/days required'],
  );
  const hostile = JSON.parse('{"__proto__":1,"constructor":2,"note":"a","days":1}') as JsonObject;
  assert.deepEqual(
    checkValues(FORM, hostile)
      .map(({ pointer }) => pointer)
      .sort(),
    ['/__proto__', '/constructor'],
  );
});

test('more than people type is refused at once, before any pattern is tried', () => {
  const form: JsonObject = { type: 'object', properties: { note: { type: 'string', pattern: '^(a+)+$' } } };
  const found = checkValues(form, { note: 'a'.repeat(MOST_CHARACTERS) });
  assert.deepEqual(
    found.map(({ pointer, keyword }) => [pointer, keyword]),
    [['', 'tooLarge']],
  );
});

test('the first approval gives the question its values', () => {
  const answer = read(asked, before, { values: VALUES });
  assert(answer.kind === 'answer');
  assert.deepEqual(answer.content, given);
  assert.notEqual(after.digest, before.digest);
  const silent = read(asked, before, {});
  assert(silent.kind === 'invalid');
  assert.equal(silent.violations.length, 2);
});

test('a form that asks for nothing in particular is answered by an approval without values', () => {
  const form: JsonObject = { type: 'object', properties: { note: { type: 'string' } } };
  const answer = read(asked, before, {}, { form });
  assert(answer.kind === 'answer');
  assert.deepEqual(answer.content.values, {});
});

test('later approvals are over the values that stand: without own ones, or with the same', () => {
  assert.deepEqual(read(given, after, {}), { kind: 'over', ...after });
  assert.deepEqual(read(given, after, { values: { days: 7, note: 'by ship' } }), { kind: 'over', ...after });
  const other = read(given, after, { values: { ...VALUES, days: 8 } });
  assert(other.kind === 'invalid');
  assert.equal(other.violations[0]?.keyword, 'given');
});

test('who saw the question before it was answered has seen other content, unless they answered it alike', () => {
  assert.deepEqual(read(given, after, { ...before, values: { ...VALUES, days: 8 } }), { kind: 'late' });
  assert.deepEqual(read(given, after, { ...before }), { kind: 'late' });
  assert.deepEqual(read(given, after, { ...before, values: VALUES }), { kind: 'over', ...after });
  assert.deepEqual(read(given, after, { ...before, values: VALUES }, { state: 'APPROVED' }), {
    kind: 'over',
    ...after,
  });
  assert.deepEqual(read(given, after, { values: {} }, { state: 'APPROVED' }), { kind: 'late' });
});

test('another digest or revision is passed on as it is, to be found changed', () => {
  for (const shown of [
    { revision: 1, digest: 'f'.repeat(64) },
    { revision: 0, digest: before.digest },
    { revision: 3, digest: after.digest },
  ])
    assert.deepEqual(read(given, after, { ...shown, values: VALUES }), { kind: 'over', ...shown });
  assert.deepEqual(read(asked, before, { revision: 2, values: { junk: 1 } }), { kind: 'over', ...before, revision: 2 });
});

test('a rejection has no values, and a question without a form takes none', () => {
  assert.deepEqual(read(asked, before, { decision: 'reject' }), { kind: 'over', ...before });
  assert.equal(read(asked, before, { decision: 'reject', values: VALUES }).kind, 'invalid');
  assert.deepEqual(read(asked, before, {}, { form: null }), { kind: 'over', ...before });
  assert.equal(read(asked, before, { values: {} }, { form: null }).kind, 'invalid');
});

test('values that are as large as they may be, or odd, have one canonical form', () => {
  const odd: Json[] = ['', '\u202e', 'é', 'e\u0301', 0, -1.5, true];
  const digests = odd.map((value) => contentDigest(sha256, { ...asked, values: { value } }));
  assert.equal(new Set(digests).size, odd.length);
});
