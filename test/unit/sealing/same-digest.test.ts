/**
 * P3: two contents have one digest exactly when the same bytes would be sent. Look-alikes, other spellings of a number, other
 * orders of members, hostile names: nothing that a person could take for what they approved slips under their approval.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson, type Json } from '../../../src/domain/json.ts';
import { requestDigest, type BoundRequest } from '../../../src/domain/governance/content.ts';
import { merkleRoot } from '../../../src/domain/sealing/digest.ts';
import { sha256 } from '../../../src/platform/common/hash.ts';
import { canonical } from '../../support/offline-audit.ts';

const SALT = 'ab'.repeat(32);
const SEED = Number(process.env.SEED ?? 20261121);
const request = (records: readonly Json[], recordKeys: readonly string[] | null = null): BoundRequest => ({
  step: 'post',
  connector: 'erp',
  connectorVersion: 1,
  target: { resource: 'entries', mode: 'create' },
  records,
  recordKeys,
});
const digest = (...records: readonly Json[]): string => requestDigest(sha256, SALT, request(records));
const read = (text: string): Json => JSON.parse(text) as Json;

test('spellings of one number are one content, numbers that differ are not', () => {
  const one = ['1', '1.0', '1e0', '10e-1', '0.1e1'].map((text) => digest(read(`{"cents":${text}}`)));
  assert.equal(new Set(one).size, 1);
  const others = ['1', '"1"', '"1.0"', '1.0000000000000002', '-1', '0', 'true', '[1]', 'null', '100', '1e21', '1e-7'];
  assert.equal(new Set(others.map((text) => digest(read(`{"cents":${text}}`)))).size, others.length);
  assert.equal(digest(-0), digest(0), 'both are sent as 0');
});

test('texts that look alike are different contents', () => {
  const groups = [
    ['é', 'e\u0301'],
    ['paypal', 'pаypal', 'раyраl'],
    ['A', 'Ａ', 'Α', 'А'],
    ['1', '１', '١'],
    ['a b', 'a\u00a0b', 'a\u2009b', 'a\u200bb', 'ab', 'a  b'],
    ['DE89', 'DE89\u202e', '\u2066DE89\u2069', '\ufeffDE89'],
    ['ß', 'ss', 'ẞ'],
    ['İ', 'I', 'ı', 'i'],
  ];
  for (const group of groups) {
    assert.equal(new Set(group.map((text) => digest({ payee: text }))).size, group.length, JSON.stringify(group));
    assert.equal(new Set(group.map((name) => digest({ [name]: 1 }))).size, group.length);
    const keys = group.map((key) => requestDigest(sha256, SALT, request([{ a: 1 }], [key])));
    assert.equal(new Set(keys).size, group.length);
  }
});

test('hostile names are names: nothing of a record is left out of its digest', () => {
  const records = [
    '{}',
    '{"__proto__":{"cents":1}}',
    '{"__proto__":{"cents":2}}',
    '{"constructor":{"prototype":{"cents":1}}}',
    '{"toJSON":1}',
    '{"":1}',
    '{"length":0}',
    '{"cents":null}',
    '{"records":[],"recordKeys":null}',
  ].map(read);
  assert.equal(new Set(records.map((record) => digest(record))).size, records.length);
});

test('records exchanged, repeated, nested, split or put into the key of another are other contents', () => {
  const [a, b] = [{ id: 'a' }, { id: 'b' }];
  const shapes: readonly (readonly Json[])[] = [
    [],
    [a],
    [b],
    [a, b],
    [b, a],
    [a, a],
    [[a, b]],
    [[a], [b]],
    [a, b, null],
    [null],
  ];
  assert.equal(new Set(shapes.map((records) => digest(...records))).size, shapes.length);
  // A root of two must not be presentable as one leaf, nor a leaf as a node.
  const root = merkleRoot(sha256, SALT, [a, b]);
  assert.notEqual(merkleRoot(sha256, SALT, [root]), root);
  assert.notEqual(
    requestDigest(sha256, SALT, request([a, b], ['x', 'y'])),
    requestDigest(sha256, SALT, request([a, b], ['y', 'x'])),
  );
});

const json = fc
  .jsonValue({ maxDepth: 4, stringUnit: 'binary' })
  .filter((value) => isWell(value as Json)) as fc.Arbitrary<Json>;
function isWell(value: Json): boolean {
  return JSON.stringify(value) === JSON.stringify(value).toWellFormed() && !/\\ud[89a-f]/i.test(JSON.stringify(value));
}

test(`1,000 random pairs: one digest exactly when they are the same JSON (SEED=${SEED})`, () => {
  fc.assert(
    fc.property(json, json, fc.boolean(), (left, other, same) => {
      const right = same ? (JSON.parse(JSON.stringify(left)) as Json) : other;
      assert.equal(digest(left) === digest(right), canonical(left) === canonical(right));
      assert.equal(canonicalJson(left), canonical(JSON.parse(JSON.stringify(left))));
    }),
    { seed: SEED, numRuns: 1_000 },
  );
});

test('what I-JSON forbids has no digest at all', () => {
  for (const bad of [Number.NaN, Infinity, '\ud800', { '\udc00': 1 }, [undefined], 1n, () => 1] as Json[])
    assert.throws(() => digest(bad), TypeError);
});
