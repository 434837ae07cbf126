/** Does a value fit a schema of the subset? All violations with their places, up to a bound. Never throws for a checked schema. */
import { canonicalJson, isJsonObject } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import { findsWithin } from '../expression/linear-pattern.ts';
import { fitsFormat } from './formats.ts';
import { escape, resolveLocal } from './subset.ts';

export interface Violation {
  /** JSON pointer into the value. */
  readonly pointer: string;
  readonly keyword: string;
  /** Says what is expected; never repeats the value. */
  readonly message: string;
}

export const MAX_VIOLATIONS = 200;
const MAX_DEPTH = 200;
/** Schemas looked at in one validation: bounds what alternatives that refer to themselves can multiply to. */
const MAX_WORK = 2_000_000;

export function validateJson(schema: JsonObject | boolean, value: Json): readonly Violation[] {
  const validation = new Validation(schema, { left: MAX_WORK });
  validation.check(schema, value, '', 0);
  return validation.violations;
}

class Validation {
  readonly violations: Violation[] = [];
  readonly #root: JsonObject | boolean;
  readonly #work: { left: number };
  constructor(root: JsonObject | boolean, work: { left: number }) {
    this.#root = root;
    this.#work = work;
  }

  check(schema: Json, value: Json, pointer: string, depth: number): void {
    if (schema === true || this.violations.length >= MAX_VIOLATIONS) return;
    this.#work.left -= 1;
    if (this.#work.left < 0) return this.#add(pointer, '$ref', 'takes too much work to check');
    if (!isJsonObject(schema)) return this.#add(pointer, 'false', 'is not allowed here');
    if (depth > MAX_DEPTH)
      return this.#add(pointer, '$ref', 'is checked by a schema that refers to itself without end');
    const reference = schema['$ref'];
    if (typeof reference === 'string') {
      const target = resolveLocal(this.#root, reference);
      if (target !== null) this.check(target, value, pointer, depth + 1);
    }
    this.#general(schema, value, pointer);
    if (typeof value === 'string') this.#text(schema, value, pointer);
    else if (typeof value === 'number') this.#number(schema, value, pointer);
    else if (Array.isArray(value)) this.#list(schema, value, pointer, depth);
    else if (isJsonObject(value)) this.#object(schema, value, pointer, depth);
    this.#combined(schema, value, pointer, depth);
  }

  #add(pointer: string, keyword: string, message: string): void {
    if (this.violations.length < MAX_VIOLATIONS) this.violations.push({ pointer, keyword, message });
  }

  #general(schema: JsonObject, value: Json, pointer: string): void {
    const { type, enum: options } = schema;
    if (type !== undefined) {
      const types = (Array.isArray(type) ? type : [type]) as readonly string[];
      if (!types.some((t) => hasType(value, t))) this.#add(pointer, 'type', `must be ${types.join(' or ')}`);
    }
    if (Array.isArray(options)) {
      const own = canonicalJson(value);
      if (!options.some((o: Json) => canonicalJson(o) === own))
        this.#add(pointer, 'enum', 'must be one of the listed values');
    }
    if (schema['const'] !== undefined && canonicalJson(schema['const']) !== canonicalJson(value)) {
      this.#add(pointer, 'const', 'must be the one value allowed');
    }
  }

  #text(schema: JsonObject, value: string, pointer: string): void {
    const { minLength, maxLength, pattern, format } = schema;
    const length = typeof minLength === 'number' || typeof maxLength === 'number' ? [...value].length : 0;
    if (typeof minLength === 'number' && length < minLength) {
      this.#add(pointer, 'minLength', `must have at least ${minLength} characters`);
    }
    if (typeof maxLength === 'number' && length > maxLength) {
      this.#add(pointer, 'maxLength', `must have at most ${maxLength} characters`);
    }
    if (typeof pattern === 'string') {
      const found = findsWithin(pattern, value);
      if (found !== true)
        this.#add(pointer, 'pattern', found === null ? 'is too long to be matched' : `must match ${pattern}`);
    }
    if (typeof format === 'string' && !fitsFormat(format, value)) this.#add(pointer, 'format', `must be a ${format}`);
  }

  #number(schema: JsonObject, value: number, pointer: string): void {
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
    if (typeof minimum === 'number' && value < minimum) this.#add(pointer, 'minimum', `must be at least ${minimum}`);
    if (typeof maximum === 'number' && value > maximum) this.#add(pointer, 'maximum', `must be at most ${maximum}`);
    if (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum) {
      this.#add(pointer, 'exclusiveMinimum', `must be over ${exclusiveMinimum}`);
    }
    if (typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum) {
      this.#add(pointer, 'exclusiveMaximum', `must be under ${exclusiveMaximum}`);
    }
    if (typeof multipleOf === 'number') {
      const times = value / multipleOf;
      const off = Math.abs(times - Math.round(times));
      if (off > 1e-9 * Math.max(1, Math.abs(times)))
        this.#add(pointer, 'multipleOf', `must be a multiple of ${multipleOf}`);
    }
  }

  #list(schema: JsonObject, value: readonly Json[], pointer: string, depth: number): void {
    const { minItems, maxItems, uniqueItems, items, prefixItems } = schema;
    if (typeof minItems === 'number' && value.length < minItems) {
      this.#add(pointer, 'minItems', `must have at least ${minItems} elements`);
    }
    if (typeof maxItems === 'number' && value.length > maxItems) {
      this.#add(pointer, 'maxItems', `must have at most ${maxItems} elements`);
    }
    if (uniqueItems === true && new Set(value.map(canonicalJson)).size < value.length) {
      this.#add(pointer, 'uniqueItems', 'must not hold the same element twice');
    }
    const first = Array.isArray(prefixItems) ? (prefixItems as readonly Json[]) : [];
    value.forEach((one, i) => {
      const own = first[i] ?? items;
      if (own !== undefined) this.check(own, one, `${pointer}/${i}`, depth + 1);
    });
  }

  #object(schema: JsonObject, value: JsonObject, pointer: string, depth: number): void {
    const keys = Object.keys(value);
    const { required, minProperties, maxProperties, properties, patternProperties, additionalProperties } = schema;
    for (const key of Array.isArray(required) ? (required as readonly string[]) : []) {
      if (!Object.hasOwn(value, key)) this.#add(`${pointer}/${escape(key)}`, 'required', 'is required');
    }
    if (typeof minProperties === 'number' && keys.length < minProperties) {
      this.#add(pointer, 'minProperties', `must have at least ${minProperties} members`);
    }
    if (typeof maxProperties === 'number' && keys.length > maxProperties) {
      this.#add(pointer, 'maxProperties', `must have at most ${maxProperties} members`);
    }
    const named = isJsonObject(properties) ? properties : {};
    const patterns = isJsonObject(patternProperties) ? Object.entries(patternProperties) : [];
    for (const key of keys) {
      const at = `${pointer}/${escape(key)}`;
      const own = Object.hasOwn(named, key) ? [named[key] as Json] : [];
      const matched = patterns.filter(([pattern]) => findsWithin(pattern, key) === true).map(([, one]) => one);
      for (const one of [...own, ...matched]) this.check(one, value[key] as Json, at, depth + 1);
      if (own.length + matched.length > 0 || additionalProperties === undefined) continue;
      if (additionalProperties === false) this.#add(at, 'additionalProperties', 'is not known here');
      else this.check(additionalProperties, value[key] as Json, at, depth + 1);
    }
  }

  #combined(schema: JsonObject, value: Json, pointer: string, depth: number): void {
    const list = (key: string): readonly Json[] => (Array.isArray(schema[key]) ? (schema[key] as readonly Json[]) : []);
    for (const one of list('allOf')) this.check(one, value, pointer, depth + 1);
    const any = list('anyOf');
    if (any.length > 0 && !any.some((one) => this.#fits(one, value, depth))) {
      this.#add(pointer, 'anyOf', 'must fit at least one of the forms allowed');
    }
    const exclusive = list('oneOf');
    if (exclusive.length > 0 && exclusive.filter((one) => this.#fits(one, value, depth)).length !== 1) {
      this.#add(pointer, 'oneOf', 'must fit exactly one of the forms allowed');
    }
    if (schema['not'] !== undefined && this.#fits(schema['not'], value, depth)) {
      this.#add(pointer, 'not', 'must not have the form excluded');
    }
    if (schema['if'] !== undefined) {
      const then = this.#fits(schema['if'], value, depth) ? schema['then'] : schema['else'];
      if (then !== undefined) this.check(then, value, pointer, depth + 1);
    }
  }

  #fits(schema: Json, value: Json, depth: number): boolean {
    const trial = new Validation(this.#root, this.#work);
    trial.check(schema, value, '', depth + 1);
    return trial.violations.length === 0;
  }
}

function hasType(value: Json, type: string): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isJsonObject(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
