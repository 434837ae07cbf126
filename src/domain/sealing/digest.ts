/**
 * Digests that outlive a key: salted, so that a guess cannot be tested against them, over the canonical form. A Merkle
 * root (RFC 6962 prefixes) stands for many records of which one can be shown without the others. Pure: the caller
 * hands in SHA-256, because the domain knows no `node:`.
 */
import { canonicalJson, type Json } from '../json.ts';

/** SHA-256 of the bytes, as bytes. */
export type Hash = (bytes: Uint8Array) => Uint8Array;

/** Bytes of a salt: 256 bits, so that a salted digest says nothing without it. */
export const SALT_BYTES = 32;

const LEAF = 0;
const NODE = 1;
const encoder = new TextEncoder();

export function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** SHA-256 (hex) over the canonical form of `value`: for what is clear or already ciphertext. */
export function canonicalDigest(hash: Hash, value: Json): string {
  return hex(hash(encoder.encode(canonicalJson(value))));
}

/** SHA-256 (hex) over the canonical form of `{ salt, value }`; `salt` is lower-case hex of `SALT_BYTES` bytes. */
export function saltedDigest(hash: Hash, salt: string, value: Json): string {
  if (!/^[0-9a-f]{64}$/.test(salt)) throw new TypeError('a salt is 32 bytes in lower-case hex');
  return canonicalDigest(hash, { salt, value });
}

function prefixed(hash: Hash, prefix: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(1 + parts.reduce((sum, part) => sum + part.length, 0));
  bytes[0] = prefix;
  let at = 1;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return hash(bytes);
}

/** Leaf of one record: salted by the common salt and its own index, so that equal records differ. */
function leaf(hash: Hash, salt: string, index: number, value: Json): Uint8Array {
  return prefixed(hash, LEAF, encoder.encode(canonicalJson({ index, salt, value })));
}

/** Largest power of two smaller than `count` (RFC 6962 §2.1). */
function split(count: number): number {
  let k = 1;
  while (k * 2 < count) k *= 2;
  return k;
}

function root(hash: Hash, leaves: readonly Uint8Array[], from: number, to: number): Uint8Array {
  if (to === from) return hash(new Uint8Array(0));
  if (to - from === 1) return leaves[from] as Uint8Array;
  const middle = from + split(to - from);
  return prefixed(hash, NODE, root(hash, leaves, from, middle), root(hash, leaves, middle, to));
}

/** Merkle root (hex) over salted records, in their order. */
export function merkleRoot(hash: Hash, salt: string, values: readonly Json[]): string {
  const leaves = values.map((value, index) => leaf(hash, salt, index, value));
  return hex(root(hash, leaves, 0, leaves.length));
}

/** The siblings that lead from record `index` to the root, nearest first. */
export function merkleProof(hash: Hash, salt: string, values: readonly Json[], index: number): readonly string[] {
  if (!Number.isInteger(index) || index < 0 || index >= values.length) throw new RangeError('no such record');
  const leaves = values.map((value, at) => leaf(hash, salt, at, value));
  const path: string[] = [];
  let from = 0;
  let to = leaves.length;
  while (to - from > 1) {
    const middle = from + split(to - from);
    if (index < middle) {
      path.unshift(hex(root(hash, leaves, middle, to)));
      to = middle;
    } else {
      path.unshift(hex(root(hash, leaves, from, middle)));
      from = middle;
    }
  }
  return path;
}

function unhex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++) bytes[at] = Number.parseInt(text.slice(at * 2, at * 2 + 2), 16);
  return bytes;
}

/** Whether `value` is record `index` of `count` under `rootHex`. */
export function merkleVerify(
  hash: Hash,
  salt: string,
  value: Json,
  position: { readonly index: number; readonly count: number },
  proof: readonly string[],
  rootHex: string,
): boolean {
  const turns: boolean[] = [];
  let from = 0;
  let to = position.count;
  if (position.index < 0 || position.index >= to) return false;
  while (to - from > 1) {
    const middle = from + split(to - from);
    const left = position.index < middle;
    turns.unshift(left);
    if (left) to = middle;
    else from = middle;
  }
  if (turns.length !== proof.length) return false;
  let node = leaf(hash, salt, position.index, value);
  for (const [at, sibling] of proof.entries()) {
    const other = unhex(sibling);
    node = turns[at] ? prefixed(hash, NODE, node, other) : prefixed(hash, NODE, other, node);
  }
  return hex(node) === rootHex;
}
