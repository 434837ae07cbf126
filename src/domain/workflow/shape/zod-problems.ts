/** Turns zod's issues into problems: missing keys, unknown keys with the nearest known one, wrong values. */
import { z } from 'zod';
import type { Json, JsonObject } from '../../json.ts';
import { didYouMean, nearest, pointerOf, problem } from '../problems.ts';
import type { Problem } from '../problems.ts';

type Issue = z.core.$ZodIssue;

export type Shaped<Value> = { readonly value: Value; readonly problems: readonly [] } | Unshaped;
export interface Unshaped {
  readonly value: null;
  readonly problems: readonly Problem[];
}

/** Reads `input` by `schema`; `prefix` is where it stands in the document. */
export function shape<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  prefix: string,
): Shaped<z.output<Schema>> {
  const result = schema.safeParse(input);
  if (result.success) return { value: result.data, problems: [] };
  const problems: Problem[] = [];
  for (const issue of result.error.issues) collect(issue, [], { schema, input, prefix, problems });
  return { value: null, problems };
}

/**
 * As `shape`, but reads on where that is safe, so that one mistyped key does not hide what else is wrong: an unknown key is
 * taken for the one that it nearly is, and bad values of `harmless` keys, on which nothing depends, are left out. Other
 * unknown keys end the reading unless `skipUnknown`: they could stand for anything.
 */
export function shapeTolerantly<Schema extends z.ZodType>(
  schema: Schema,
  input: JsonObject,
  prefix: string,
  harmless: ReadonlySet<string>,
  skipUnknown: boolean,
): { readonly value: z.output<Schema> | null; readonly problems: readonly Problem[] } {
  const strict = shape(schema, input, prefix);
  if (strict.value !== null) return strict;
  const known = keysAt(schema, []);
  const mended: Record<string, Json> = {};
  for (const [key, value] of Object.entries(input)) {
    const meant = known.includes(key) ? key : nearest(key, known);
    if (meant === null || (meant !== key && Object.hasOwn(input, meant))) {
      if (skipUnknown) continue;
      return strict;
    }
    const bad = strict.problems.some((p) => p.pointer.startsWith(`${prefix}${pointerOf([meant])}`));
    if (!(bad && harmless.has(meant))) mended[meant] = value;
  }
  const again = schema.safeParse(mended);
  return { value: again.success ? again.data : null, problems: strict.problems };
}

interface Context {
  readonly schema: z.ZodType;
  readonly input: unknown;
  readonly prefix: string;
  readonly problems: Problem[];
}

function collect(issue: Issue, above: readonly PropertyKey[], context: Context): void {
  const path = [...above, ...issue.path];
  const pointer = context.prefix + pointerOf(path);
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(context.schema, path);
    for (const unknown of issue.keys) {
      context.problems.push(
        problem(
          'UNKNOWN_KEY',
          `${pointer}${pointerOf([unknown])}`,
          `The key \`${unknown}\` is not known here.`,
          didYouMean(unknown, known) ?? (known.length > 0 ? `Known here: ${known.slice(0, 40).join(', ')}.` : null),
        ),
      );
    }
    return;
  }
  if (issue.code === 'invalid_union') {
    const options = issue.errors.filter((errors) => errors.length > 0);
    const best = options.sort((a, b) => distance(a) - distance(b))[0];
    if (best !== undefined && distance(best) < 100) {
      for (const inner of best) collect(inner, path, context);
      return;
    }
    const words = options.flat().map((inner) => inner.message);
    add(context, pointer, path, unionMessage(words), null);
    return;
  }
  if (issue.code === 'invalid_key') {
    const words = issue.issues.map((inner) => inner.message).join('; ');
    add(context, pointer, path, `The key ${words || 'is not allowed'}.`, null);
    return;
  }
  if (issue.code === 'too_big' && issue.origin === 'array') {
    context.problems.push(problem('TOO_LARGE', pointer, `At most ${String(issue.maximum)} are allowed here.`));
    return;
  }
  if (issue.code === 'invalid_value') {
    const options = issue.values.map(String);
    const given = at(context.input, path);
    const near = typeof given === 'string' ? nearest(given, options) : null;
    add(
      context,
      pointer,
      path,
      `must be ${options.length > 1 ? 'one of ' : ''}${options.map((o) => `\`${o}\``).join(', ')}`,
      near === null ? null : `Did you mean \`${near}\`?`,
    );
    return;
  }
  add(context, pointer, path, issue.message, null);
}

function add(
  context: Context,
  pointer: string,
  path: readonly PropertyKey[],
  message: string,
  suggestion: string | null,
): void {
  const missing = path.length > 0 && at(context.input, path) === undefined;
  const key = path.at(-1);
  if (missing) {
    context.problems.push(problem('MISSING_KEY', pointer, `The key \`${String(key)}\` is required.`, suggestion));
    return;
  }
  const text = message.replace(/^Invalid input: /, '');
  const subject = key === undefined ? 'The document' : `\`${String(key)}\``;
  context.problems.push(problem('INVALID_VALUE', pointer, `${subject}: ${text}.`.replace('..', '.'), suggestion));
}

/** A union's option that fails at its root by type is far away; otherwise the fewer issues, the nearer. */
function distance(errors: readonly Issue[]): number {
  return errors.some((e) => e.path.length === 0 && e.code === 'invalid_type') ? 100 : errors.length;
}

function unionMessage(words: readonly string[]): string {
  const distinct = [...new Set(words.map((w) => w.replace(/^Invalid input: /, '')))];
  return distinct.length > 0 ? distinct.slice(0, 4).join(', or ') : 'has none of the allowed forms';
}

function at(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.hasOwn(value, part) ? (value as Record<PropertyKey, unknown>)[part] : undefined;
  }
  return value;
}

/** The keys that the schema knows at a path: for suggestions only. */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodUnion) {
    return [...new Set((inner.options as z.ZodType[]).flatMap((option) => keysAt(option, path)))];
  }
  if (path.length === 0) return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
  const [head, ...rest] = path;
  if (inner instanceof z.ZodObject) {
    const next = (inner.shape as Record<PropertyKey, z.ZodType | undefined>)[head as PropertyKey];
    return next === undefined ? [] : keysAt(next, rest);
  }
  if (inner instanceof z.ZodArray) return keysAt(inner.element as z.ZodType, rest);
  if (inner instanceof z.ZodRecord) return keysAt(inner.valueType as z.ZodType, rest);
  return [];
}

function unwrap(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return unwrap(schema.unwrap() as z.ZodType);
  return schema;
}
