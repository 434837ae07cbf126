/** The edge's JSON: what JSON.parse would let through and Countersign refuses. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseStrictJson } from '../../../src/contract/strict-json.ts';

const parse = (text: string | Uint8Array) =>
  parseStrictJson(typeof text === 'string' ? new TextEncoder().encode(text) : text);
const codes = (text: string | Uint8Array) => {
  const parsed = parse(text);
  return parsed.errors.map((error) => `${error.pointer} ${error.code}`);
};

describe('strict JSON', () => {
  test('a duplicate key is named by its pointer', () =>
    assert.deepEqual(codes('{"a":{"b":1,"b":2}}'), ['/a/b DUPLICATE_KEY']));
  test('a duplicate key written differently is still one', () =>
    assert.deepEqual(codes('{"ab":1,"\\u0061b":2}'), ['/ab DUPLICATE_KEY']));
  test('__proto__ is refused, also escaped', () => {
    assert.deepEqual(codes('{"__proto__":{}}'), ['/__proto__ FORBIDDEN_KEY']);
    assert.deepEqual(codes('{"\\u005f_proto__":1}'), ['/__proto__ FORBIDDEN_KEY']);
  });
  test('the same key in two items of a list is no duplicate', () => assert.deepEqual(codes('[{"a":1},{"a":2}]'), []));
  test('a text that looks like a key is no key', () => assert.deepEqual(codes('{"a":"__proto__","b":["x","x"]}'), []));
  test('integers that a double cannot hold', () => {
    assert.deepEqual(codes('{"n":9007199254740993}'), ['/n UNSAFE_NUMBER']);
    assert.deepEqual(codes('[1,1e400]'), ['/1 UNSAFE_NUMBER']);
  });
  test('lone surrogates', () => assert.deepEqual(codes('{"a":"\\ud800"}'), ['/a LONE_SURROGATE']));
  test('33 levels', () =>
    assert.deepEqual(
      codes('['.repeat(33) + ']'.repeat(33))
        .at(0)
        ?.endsWith('TOO_DEEP'),
      true,
    ));
  test('a hundred thousand levels do not overflow the stack', () =>
    assert.deepEqual(codes('['.repeat(100_000)).length, 1));
  test('bytes that are not UTF-8', () => assert.deepEqual(codes(new Uint8Array([0x22, 0xff, 0x22])), [' NOT_UTF8']));
  test('no JSON at all', () => assert.deepEqual(codes('{'), [' SYNTAX']));
  test('what JSON.stringify wrote is read back (seeded)', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5, noUnicodeString: false } as never), (value) => {
        const parsed = parse(JSON.stringify(value));
        if (parsed.errors.length === 0) assert.deepEqual(parsed.value, JSON.parse(JSON.stringify(value)));
        else
          assert.ok(
            parsed.errors.every((error) => ['UNSAFE_NUMBER', 'LONE_SURROGATE', 'FORBIDDEN_KEY'].includes(error.code)),
            JSON.stringify(parsed.errors),
          );
      }),
      { seed: 20261121, numRuns: 500 },
    );
  });
});
