/** The small types of LANGUAGE §2 (`id`, `sid`, `dur`, `ptr`, `value`, `cond`) as zod schemas: every kind is built from them. */
import { z } from 'zod';
import type { Json } from '../../json.ts';
import { durationMs } from '../durations.ts';

const RESERVED = new Set(['in', 'null', 'true', 'false']);

export const id = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,62}$/,
    'must be a lower-case id: letters, digits and `-`, at most 63, beginning with a letter',
  )
  .describe('Lower-case id');
export const sid = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9_-]{0,63}$/,
    'must be a step id: letters, digits, `_` and `-`, at most 64, beginning with a letter',
  )
  .refine((text) => !RESERVED.has(text), 'must not be `in`, `null`, `true` or `false`')
  .describe('Step id');
export const objectId = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,62}$/, 'must be the id of a business object: letters, digits, `_` and `-`');
/** Names of resources, commands, aliases, groups, roles: part of no path that the platform builds. */
export const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be a name: letters, digits, `.`, `_` and `-`, at most 64');
export const text120 = z.string().min(1).max(120);
export const text2000 = z.string().max(2000);
export const key = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'must be a name that an expression can write: letters, digits and `_`');

export const duration = z
  .union([z.string(), z.number()])
  .refine((value) => durationMs(value) !== null, 'must be an ISO 8601 duration like `PT30M`, or milliseconds')
  .describe('ISO 8601 duration, or milliseconds');

/** RFC 6901. */
export const pointer = z
  .string()
  .max(400)
  .regex(/^(\/([^~/]|~[01])*)*$/, 'must be a JSON pointer like `/cents`, or empty for the whole');

/** A JSON value in which strings may hold `{{ JSONata }}`. */
export const value = z
  .unknown()
  .refine((given) => given !== undefined, 'is required')
  .transform((given) => given as Json)
  .describe('Value: JSON in which strings may hold {{ JSONata }}');
export const list = value.describe('Value that gives a list');
export const values = z.record(key, value);
/** Keys that go to an outside system are not restricted to names. */
export const outsideValues = z.record(z.string().min(1).max(200), value);
export const condition = z.string().min(1).max(4000).describe('Condition: CEL, without braces');
export const jsonSchema = z.record(z.string(), z.unknown()).describe('JSON Schema (subset)');

export const API_VERSION = 'countersign/v1';
export const apiVersion = z.literal(API_VERSION).default(API_VERSION);
