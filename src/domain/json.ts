/** JSON values, and the canonical form (RFC 8785) over which every digest in Countersign is taken. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** ISO 8601 instant in UTC with milliseconds, `2026-11-21T10:00:00.000Z`: compares as a string. */
export type Instant = string;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Canonical JSON text (RFC 8785): members sorted by UTF-16 code units, no white space, ECMAScript numbers.
 * Throws `TypeError` for what I-JSON forbids: a number that is not finite, a lone surrogate, `undefined`.
 */
export function canonicalJson(value: Json): string {
  switch (typeof value) {
    case 'string':
      return canonicalText(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError('a number that is not finite has no canonical form');
      return `${value}`;
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? canonicalList(value as readonly Json[]) : canonicalObject(value as JsonObject);
    default:
      throw new TypeError(`${typeof value} has no canonical form`);
  }
}

/** Printable ASCII without quote and backslash: written as it is, without asking the serializer. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

function canonicalText(text: string): string {
  if (PLAIN.test(text)) return '"' + text + '"';
  if (!text.isWellFormed()) throw new TypeError('a lone surrogate has no canonical form');
  return JSON.stringify(text);
}

// Text is put together in loops: every commit of a run is hashed, and this is twice as fast as joining lists.
function canonicalList(list: readonly Json[]): string {
  let text = '';
  for (const item of list) text += (text === '' ? '[' : ',') + canonicalJson(item);
  return text === '' ? '[]' : text + ']';
}

function canonicalObject(object: JsonObject): string {
  let text = '';
  const keys = Object.keys(object);
  // What is written in order (`inCanonicalOrder`) is spared the sorting, which takes as long as the text.
  if (!inOrder(keys)) keys.sort();
  for (const key of keys) {
    const member = object[key];
    if (member !== undefined) text += (text === '' ? '{' : ',') + canonicalText(key) + ':' + canonicalJson(member);
  }
  return text === '' ? '{}' : text + '}';
}

function inOrder(keys: readonly string[]): boolean {
  for (let at = 1; at < keys.length; at++) if ((keys[at - 1] as string) > (keys[at] as string)) return false;
  return true;
}

/** A copy with the members of the object in the order of its canonical text. */
export function inCanonicalOrder<Members extends object>(object: Members): Members {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1))) as Members;
}

/** Freezes a JSON value through and through: for values that many hands share. */
export function frozenJson<Value extends Json>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  for (const member of Object.values(value)) frozenJson(member as Json);
  return Object.freeze(value);
}
