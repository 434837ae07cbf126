/**
 * Is a JSON Schema within the subset that Countersign takes from authors? It is code from outside: no address is followed,
 * patterns are linear, and its size is bounded. All problems at once.
 */
import { linearPattern } from '../expression/linear-pattern.ts';
import { isJsonObject } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';

export interface SchemaProblem {
  readonly pointer: string;
  readonly message: string;
  readonly suggestion: string | null;
}

export const MAX_SCHEMA_CHARACTERS = 64 * 1024;
const MAX_SCHEMA_DEPTH = 32;
const TYPES = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'];
export const FORMATS = ['date', 'date-time', 'time', 'email', 'uuid', 'uri', 'duration'] as const;

type Check = (value: Json, pointer: string, checker: SubsetChecker) => void;

const text: Check = (value, pointer, c) => c.expect(typeof value === 'string', pointer, 'must be text');
const flag: Check = (value, pointer, c) => c.expect(typeof value === 'boolean', pointer, 'must be true or false');
const size: Check = (value, pointer, c) =>
  c.expect(Number.isSafeInteger(value) && (value as number) >= 0, pointer, 'must be a whole number from 0');
const number: Check = (value, pointer, c) => c.expect(typeof value === 'number', pointer, 'must be a number');
const anything: Check = () => undefined;
const one: Check = (value, pointer, c) => c.schema(value, pointer);
const many: Check = (value, pointer, c) => {
  if (!Array.isArray(value) || value.length === 0) return c.expect(false, pointer, 'must be a list of schemas');
  value.forEach((each: Json, i) => c.schema(each, `${pointer}/${i}`));
};
const named: Check = (value, pointer, c) => {
  if (!isJsonObject(value)) return c.expect(false, pointer, 'must be a mapping of names to schemas');
  for (const [key, each] of Object.entries(value)) c.schema(each, `${pointer}/${escape(key)}`);
};
const pattern: Check = (value, pointer, c) => {
  if (typeof value !== 'string') return c.expect(false, pointer, 'must be text');
  try {
    linearPattern(value);
  } catch {
    c.expect(
      false,
      pointer,
      'cannot be matched in linear time',
      'Write it without look-around, back-references and large repetitions.',
    );
  }
};

const KEYWORDS: Readonly<Record<string, Check>> = {
  type: (value, pointer, c) => {
    const list = Array.isArray(value) ? value : [value];
    const good = list.length > 0 && list.every((t) => typeof t === 'string' && TYPES.includes(t));
    c.expect(good, pointer, `must be one of ${TYPES.join(', ')}, or a list of them`);
  },
  enum: (value, pointer, c) => c.expect(Array.isArray(value) && value.length > 0, pointer, 'must be a list of values'),
  const: anything,
  properties: named,
  required: (value, pointer, c) =>
    c.expect(Array.isArray(value) && value.every((k) => typeof k === 'string'), pointer, 'must be a list of names'),
  additionalProperties: one,
  patternProperties: (value, pointer, c) => {
    named(value, pointer, c);
    if (isJsonObject(value)) for (const key of Object.keys(value)) pattern(key, `${pointer}/${escape(key)}`, c);
  },
  minProperties: size,
  maxProperties: size,
  items: one,
  prefixItems: many,
  minItems: size,
  maxItems: size,
  uniqueItems: flag,
  minLength: size,
  maxLength: size,
  pattern,
  format: (value, pointer, c) =>
    c.expect(
      typeof value === 'string' && (FORMATS as readonly string[]).includes(value),
      pointer,
      `must be one of ${FORMATS.join(', ')}`,
    ),
  minimum: number,
  maximum: number,
  exclusiveMinimum: number,
  exclusiveMaximum: number,
  multipleOf: (value, pointer, c) =>
    c.expect(typeof value === 'number' && value > 0, pointer, 'must be a number over 0'),
  allOf: many,
  anyOf: many,
  oneOf: many,
  not: one,
  if: one,
  then: one,
  else: one,
  $defs: named,
  $ref: (value, pointer, c) => c.reference(value, pointer),
  $schema: text,
  $comment: text,
  title: text,
  description: text,
  default: anything,
  examples: anything,
  deprecated: flag,
  readOnly: flag,
  writeOnly: flag,
  'x-public': flag,
};

export function checkSchema(schema: Json): readonly SchemaProblem[] {
  const checker = new SubsetChecker(schema);
  if (JSON.stringify(schema).length > MAX_SCHEMA_CHARACTERS) {
    checker.expect(false, '', `has more than ${MAX_SCHEMA_CHARACTERS} characters`);
  } else checker.schema(schema, '');
  return checker.problems;
}

class SubsetChecker {
  readonly problems: SchemaProblem[] = [];
  readonly #root: Json;
  constructor(root: Json) {
    this.#root = root;
  }

  expect(good: boolean, pointer: string, message: string, suggestion: string | null = null): void {
    if (!good)
      this.problems.push({
        pointer,
        message: `The schema ${pointer === '' ? '' : `at ${pointer} `}${message}.`,
        suggestion,
      });
  }

  schema(value: Json, pointer: string): void {
    if (typeof value === 'boolean') return;
    if (!isJsonObject(value)) return this.expect(false, pointer, 'must be a schema: a mapping, true or false');
    if (pointer.split('/').length > MAX_SCHEMA_DEPTH) return this.expect(false, pointer, 'is nested too deep');
    for (const [key, given] of Object.entries(value)) {
      const check = Object.hasOwn(KEYWORDS, key) ? KEYWORDS[key] : undefined;
      const at = `${pointer}/${escape(key)}`;
      if (check === undefined) this.expect(false, at, `uses the keyword \`${key}\`, which is not in the subset`);
      else check(given, at, this);
    }
  }

  reference(value: Json, pointer: string): void {
    const local = typeof value === 'string' && /^#(\/.*)?$/.test(value);
    this.expect(local, pointer, 'refers to another document', 'Refer to `#/$defs/<name>` only.');
    if (local && resolveLocal(this.#root, value) === null) this.expect(false, pointer, `refers to nothing: ${value}`);
  }
}

/** The schema that `#/…` names, or null. */
export function resolveLocal(root: Json, reference: string): JsonObject | boolean | null {
  let at: Json | undefined = root;
  for (const part of reference.slice(1).split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(at)) at = (at as readonly Json[])[Number(key)];
    else at = isJsonObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
    if (at === undefined) return null;
  }
  return isJsonObject(at) || typeof at === 'boolean' ? at : null;
}

export function escape(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
