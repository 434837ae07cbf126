import assert from 'node:assert/strict';
import { test } from 'node:test';
import { templateParts } from '../../../src/domain/expression/template.ts';

const parts = (text: string): unknown => {
  const split = templateParts(text);
  return split.ok ? split.parts.map((p) => (p.kind === 'text' ? p.text : [p.source])) : split.message;
};

const table: readonly (readonly [string, string, unknown])[] = [
  ['plain text', 'a } b', ['a } b']],
  ['one expression', '{{ a.b }}', [['a.b']]],
  ['an expression in a block scalar', '{{ a }}\n', [['a']]],
  ['text around it', 'x {{ a }}{{ b }} y', ['x ', ['a'], ['b'], ' y']],
  ['four braces are two', '{{{{ a }}', ['{{ a }}']],
  ['four braces, then an expression', '{{{{{{ a }}', ['{{', ['a']]],
  ['objects in objects', '{{ {"a":{"b":1}}}}', [['{"a":{"b":1}}']]],
  ['braces in a string', `{{ "}}" & '}}' }}`, [[`"}}" & '}}'`]]],
  ['an escaped quote', '{{ "\\"}}" }}', [['"\\"}}"']]],
  ['braces in a name', '{{ `a}}b` }}', [['`a}}b`']]],
  ['braces in a comment', '{{ a /* }} */ }}', [['a /* }} */']]],
  ['braces in a regular expression', '{{ $match(a, /b{2}}}/) }}', [['$match(a, /b{2}}}/)']]],
  ['a slash in a set', '{{ $match(a, /[/}}]/) }}', [['$match(a, /[/}}]/)']]],
  ['a division is no regular expression', '{{ a / 2 }} {{ b / 2 }}', [['a / 2'], ' ', ['b / 2']]],
  ['a regular expression after a word', '{{ a and /x}}/(b) }}', [['a and /x}}/(b)']]],
  ['no end', 'x {{ a', 'An expression that begins with `{{` does not end with `}}`.'],
  ['a string without end', '{{ "a }}', 'An expression that begins with `{{` does not end with `}}`.'],
  ['nothing inside', '{{ }}', 'There is no expression between `{{` and `}}`.'],
];
for (const [name, text, expected] of table) {
  test(`template: ${name}`, () => assert.deepEqual(parts(text), expected));
}
