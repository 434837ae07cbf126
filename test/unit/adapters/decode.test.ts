/** K16 and A6 at the edge to outside systems: numbers keep their value, hostile text is refused, random text never crashes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync, brotliCompressSync, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { decodeText, decompress, Garbage, parseLossless, TooLarge } from '../../../src/adapters/http/decode.ts';
import { canonicalJson, type Json } from '../../../src/domain/json.ts';

test('numbers that a double cannot hold come as their own text', () => {
  const cases: readonly [string, Json][] = [
    ['9007199254740993', '9007199254740993'],
    ['-9007199254740993', '-9007199254740993'],
    ['9007199254740991', 9007199254740991],
    ['9007199254740993.0', '9007199254740993.0'],
    ['0.1', 0.1],
    ['1.10', 1.1],
    ['-0', 0],
    ['-0.0', 0],
    ['1e3', 1000],
    ['1e400', '1e400'],
    ['-1E400', '-1E400'],
    ['1e-400', '1e-400'],
    ['0.1234567890123456789', '0.1234567890123456789'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
    ['1e21', '1e21'],
    ['19.99', 19.99],
  ];
  for (const [text, value] of cases) assert.deepEqual(parseLossless(`[${text}]`), [value], text);
});

test('two amounts that differ never become one value', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }), fc.integer({ min: 1, max: 3 }), (n, delta) => {
      assert.notDeepEqual(parseLossless(String(n)), parseLossless(String(n + BigInt(delta))));
    }),
    { numRuns: 300, seed: 20261121 },
  );
});

test('what JSON.stringify writes is read back; the result always has a canonical form', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      let parsed: Json;
      try {
        parsed = parseLossless(JSON.stringify(value));
      } catch (error) {
        assert.ok(error instanceof Garbage);
        return;
      }
      canonicalJson(parsed);
    }),
    { numRuns: 300, seed: 20261122 },
  );
});

test('mutated documents are read or refused as garbage, and never pollute a prototype (T4b)', () => {
  const document = '{"value":[{"id":"a","cents":1999,"when":"2026-11-21","tags":["x",null,true]}],"next":"c\\u00e4"}';
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.nat(document.length),
          fc.constantFrom(
            '',
            '"',
            '{',
            ']',
            '\\',
            'e',
            '-',
            '.',
            '9'.repeat(30),
            '"__proto__":{"x":1},',
            '\\ud800',
            '\u0000',
            ',',
          ),
        ),
        { minLength: 1, maxLength: 4 },
      ),
      (edits) => {
        let text = document;
        for (const [place, insert] of edits) text = text.slice(0, place) + insert + text.slice(place + 1);
        try {
          canonicalJson(parseLossless(text));
        } catch (error) {
          assert.ok(error instanceof Garbage, `${String(error)}: ${text}`);
        }
        assert.equal(({} as Record<string, unknown>)['x'], undefined);
      },
    ),
    { numRuns: 2_000, seed: 20261123 },
  );
});

test('an escaped quote does not hide depth', () => {
  assert.throws(() => parseLossless(`["\\"", ${'['.repeat(70)}${']'.repeat(70)}]`), Garbage);
  assert.deepEqual(parseLossless(`["${'['.repeat(500)}"]`), ['['.repeat(500)]);
});

test('the text of a refusal never quotes the body', () => {
  for (const text of [
    '{"iban":"AT611904300234573201"',
    '["AT611904300234573201",]',
    '{"a":"AT611904300234573201","a":2}',
  ])
    assert.throws(
      () => parseLossless(text),
      (error) => error instanceof Garbage && !/AT61|iban/.test(error.message),
    );
});

test('content encodings are undone within the limit', async () => {
  const text = Buffer.from('[1]');
  assert.equal(decodeText(await decompress(gzipSync(text), 'gzip', 100)), '[1]');
  assert.equal(decodeText(await decompress(deflateSync(text), 'Deflate', 100)), '[1]');
  assert.equal(decodeText(await decompress(brotliCompressSync(text), 'br', 100)), '[1]');
  await assert.rejects(decompress(gzipSync(Buffer.alloc(5_000_000)), 'gzip', 1_000), TooLarge);
  await assert.rejects(decompress(text, 'gzip, gzip', 1_000), Garbage);
});
