/** Salted digests and Merkle roots: what they bind, and what they do not tell. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson, type Json } from '../../../src/domain/json.ts';
import {
  canonicalDigest,
  hex,
  merkleProof,
  merkleRoot,
  merkleVerify,
  saltedDigest,
} from '../../../src/domain/sealing/digest.ts';
import { sha256, sha256Hex } from '../../../src/platform/common/hash.ts';

const SALT = 'ab'.repeat(32);
const OTHER = 'cd'.repeat(32);
const records = (count: number): Json[] => Array.from({ length: count }, (_, n) => ({ n, amount: `${n}.00` }));

test('the digest is SHA-256 over the canonical form, whatever the order of members', () => {
  assert.equal(canonicalDigest(sha256, { b: 1, a: [2, 'x'] }), sha256Hex('{"a":[2,"x"],"b":1}'));
  assert.equal(saltedDigest(sha256, SALT, { b: 1, a: 2 }), saltedDigest(sha256, SALT, { a: 2, b: 1 }));
  assert.equal(saltedDigest(sha256, SALT, 1), sha256Hex(`{"salt":"${SALT}","value":1}`));
});

test('another salt or another value is another digest; a short salt is refused', () => {
  const all = [
    saltedDigest(sha256, SALT, { a: 1 }),
    saltedDigest(sha256, OTHER, { a: 1 }),
    saltedDigest(sha256, SALT, { a: '1' }),
  ];
  assert.equal(new Set(all).size, 3);
  for (const bad of ['', 'ab', SALT.toUpperCase(), `${SALT}00`])
    assert.throws(() => saltedDigest(sha256, bad, 1), TypeError);
});

test('roots follow RFC 6962: empty, one leaf, and the tree of seven against a tree made by hand', () => {
  const h = (...parts: (string | Buffer)[]): Buffer => {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest();
  };
  const leafOf = (value: Json, index: number): Buffer =>
    h(Buffer.from([0]), `{"index":${index},"salt":"${SALT}","value":${JSON.stringify(value)}}`);
  const node = (left: Buffer, right: Buffer): Buffer => h(Buffer.from([1]), left, right);
  assert.equal(merkleRoot(sha256, SALT, []), h().toString('hex'));
  assert.equal(merkleRoot(sha256, SALT, ['x']), leafOf('x', 0).toString('hex'));
  const [a, b, c, d, e, f, g] = Array.from({ length: 7 }, (_, n) => leafOf(n, n)) as Buffer[] as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ];
  const expected = node(node(node(a, b), node(c, d)), node(node(e, f), g));
  assert.equal(merkleRoot(sha256, SALT, [0, 1, 2, 3, 4, 5, 6]), hex(expected));
});

test('a changed, moved, left out, doubled or added record changes the root', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(), fc.nat(), (count, x, y) => {
      const all = records(count);
      const i = x % count;
      const j = y % count;
      const root = merkleRoot(sha256, SALT, all);
      const swapped = all.map((one, n) => (n === i ? all[j] : n === j ? all[i] : one)) as Json[];
      assert.equal(merkleRoot(sha256, SALT, swapped) === root, i === j);
      for (const other of [
        all.map((one, n) => (n === i ? { n, amount: '9' } : one)),
        all.filter((_, n) => n !== i),
        [...all.slice(0, i), all[i] as Json, ...all.slice(i)],
        [...all, { n: count }],
      ])
        assert.notEqual(merkleRoot(sha256, SALT, other), root);
      assert.notEqual(merkleRoot(sha256, OTHER, all), root);
    }),
    { seed: 6962, numRuns: 60 },
  );
});

test('one record is proved without the others, and nothing else is', () => {
  for (let count = 1; count <= 20; count++) {
    const all = records(count);
    const root = merkleRoot(sha256, SALT, all);
    for (let index = 0; index < count; index++) {
      const proof = merkleProof(sha256, SALT, all, index);
      const value = all[index] as Json;
      assert.ok(merkleVerify(sha256, SALT, value, { index, count }, proof, root));
      assert.ok(!merkleVerify(sha256, SALT, { n: 99 }, { index, count }, proof, root));
      assert.ok(!merkleVerify(sha256, SALT, value, { index: index + 1, count: count + 1 }, proof, root));
      assert.ok(!merkleVerify(sha256, OTHER, value, { index, count }, proof, root));
      assert.ok(!merkleVerify(sha256, SALT, value, { index, count }, [...proof, root], root));
    }
  }
  assert.throws(() => merkleProof(sha256, SALT, [], 0), RangeError);
});

test('every character is written as the serializer writes it, alone and between others; half a pair is refused', () => {
  for (let unit = 0; unit <= 0xffff; unit++) {
    const text = String.fromCharCode(unit);
    if (!text.isWellFormed()) assert.throws(() => canonicalJson(`a${text}b`), TypeError);
    else for (const each of [text, `a${text}b`]) assert.equal(canonicalJson(each), JSON.stringify(each));
  }
});
