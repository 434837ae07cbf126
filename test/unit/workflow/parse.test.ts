import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_TEXT_BYTES, parseText } from '../../../src/domain/workflow/parse.ts';

const codes = (text: string): readonly string[] => parseText(text).problems.map((p) => p.code);

test('YAML and JSON give the same document', () => {
  const yaml = parseText('id: a\nsteps:\n  - { id: s, when: "true", n: 1.5, m: -3 }\n');
  const json = parseText('{\n\t"id": "a", "steps": [{"id": "s", "when": "true", "n": 1.5, "m": -3}]}');
  assert.deepEqual(yaml.problems, []);
  assert.deepEqual(json.documents[0]?.document, yaml.documents[0]?.document);
});

test('YAML 1.2 core: no and on stay words, 010 is ten', () => {
  assert.deepEqual(parseText('a: no\nb: on\nc: 010\nd: 0o10\ne: ~\n').documents[0]?.document, {
    a: 'no',
    b: 'on',
    c: 10,
    d: 8,
    e: null,
  });
});

test('every value has its place, and what has none has the place above it', () => {
  const [document] = parseText('id: a\nsteps:\n  - id: first\n    query: { week: 1 }\n').documents;
  assert.deepEqual(document?.at('/steps/0/query/week'), { line: 4, column: 14 });
  assert.deepEqual(document?.at('/steps/0/query/none'), document?.at('/steps/0/query'));
});

test('several documents in one text, each with its own problems', () => {
  const { documents, problems } = parseText('id: a\n---\nid: b\nid: c\n---\nid: d\n');
  assert.deepEqual(
    documents.map((d) => d.document['id']),
    ['a', 'd'],
  );
  assert.deepEqual(
    problems.map((p) => [p.code, p.document, p.line]),
    [['DUPLICATE_ID', 'document 2', 4]],
  );
});

const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
  .split('')
  .map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefghi'[i]}`).join(',')}]`)
  .join('\n')}\n`;

const refused: readonly (readonly [string, string, string])[] = [
  ['an alias', 'a: &x 1\nb: *x\n', 'SYNTAX'],
  ['a bomb of aliases', bomb, 'SYNTAX'],
  ['a merge key', 'a: &x { b: 1 }\nc: { <<: *x }\n', 'SYNTAX'],
  ['a custom tag', 'a: !!js/function "x"\n', 'SYNTAX'],
  ['a core tag', 'a: !!str 1\n', 'SYNTAX'],
  ['a tag on a key', '!!str a: 1\n', 'SYNTAX'],
  ['a binary', 'a: !!binary aGVsbG8=\n', 'SYNTAX'],
  ['a doubled key', 'a: 1\na: 2\n', 'DUPLICATE_ID'],
  ['a doubled key in JSON', '{"a": {"b": 1, "b": 2}}', 'DUPLICATE_ID'],
  ['__proto__', '{"__proto__": {"polluted": true}}', 'UNKNOWN_KEY'],
  ['__proto__ deep inside', 'steps: [ { with: { __proto__: 1 } } ]', 'UNKNOWN_KEY'],
  ['an integer beyond 2^53', 'a: 9007199254740993\n', 'INVALID_VALUE'],
  ['a negative one', 'a: -9007199254740993\n', 'INVALID_VALUE'],
  ['one with a point', 'a: 9007199254740993.0\n', 'INVALID_VALUE'],
  ['an endless number', 'a: 1e400\n', 'INVALID_VALUE'],
  ['.inf', 'a: .inf\n', 'INVALID_VALUE'],
  ['.nan', 'a: .nan\n', 'INVALID_VALUE'],
  ['a lone surrogate in the text', `a: "${'\ud800'}"\n`, 'SYNTAX'],
  ['a lone surrogate by escape', '{"a": "\\ud800"}', 'SYNTAX'],
  ['a lone surrogate in a key', '{"\\udc00": 1}', 'SYNTAX'],
  ['a key that is a number', '1: a\n', 'SYNTAX'],
  ['a key that is a list', '? [a]\n: 1\n', 'SYNTAX'],
  ['nesting over 32', `a: ${'['.repeat(40)}${']'.repeat(40)}\n`, 'DEPTH'],
  ['text that is no YAML', 'a: [1\n', 'SYNTAX'],
  ['a tab as indentation', 'a:\n\tb: 1\n', 'SYNTAX'],
  ['nothing', '', 'EMPTY'],
  ['a list', '- a\n', 'EMPTY'],
  ['a word', 'hello', 'EMPTY'],
  ['too much', `a: "${'x'.repeat(MAX_TEXT_BYTES)}"`, 'TOO_LARGE'],
];
for (const [name, text, code] of refused) {
  test(`refuses ${name}`, () => {
    const { problems, documents } = parseText(text);
    assert.ok(codes(text).includes(code), `${JSON.stringify(problems.slice(0, 3))}`);
    assert.deepEqual(documents, []);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });
}

test('a pair of surrogates is one character', () => {
  assert.deepEqual(parseText('{"a": "\\ud83d\\ude00"}').documents[0]?.document, { a: '😀' });
});

const K = 250_000;
const floods: Readonly<Record<string, string>> = {
  'opening brackets': '['.repeat(K),
  'opening braces': '{'.repeat(K),
  'braces just over what a stack holds': '{'.repeat(5_000),
  'nested JSON': `${'{"a":'.repeat(K / 5)}1${'}'.repeat(K / 5)}`,
  'dashes on a line': '- '.repeat(K / 2),
  'question marks': '? '.repeat(K / 2),
  'deeper and deeper lines': Array.from({ length: 700 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
  commas: `[${','.repeat(K)}`,
  'quotation marks': '"'.repeat(K),
  anchors: '&a '.repeat(K / 3),
  aliases: `a: [${'*a,'.repeat(K / 3)}]`,
  documents: '---\n'.repeat(K / 4),
  'the same key': 'a: 1\n'.repeat(40_000),
};
for (const [name, text] of Object.entries(floods)) {
  test(`a flood of ${name} is refused with a few words`, () => {
    const { problems, documents } = parseText(text);
    assert.deepEqual(documents, []);
    assert.ok(problems.length > 0 && problems.length <= 50, String(problems.length));
  });
}
