/**
 * JSON as the edge accepts it (I-JSON, security.md K16): bounded depth, no duplicate keys, no `__proto__`, no lone
 * surrogates, no integer that a double cannot hold. Everything stored later has been through here or through the
 * definition parser.
 */
import type { Json } from '../domain/json.ts';
import type { FieldError } from './problems.ts';

export const MAX_BODY_BYTES = 1_000_000;
const MAX_DEPTH = 32;
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

export interface StrictJson {
  /** What was read, also where `errors` refuse it, so that its other problems can be told with them; undefined where nothing could. */
  readonly value: Json | undefined;
  readonly errors: readonly FieldError[];
}

/** Parses UTF-8 bytes; all problems that are found in one pass, at most 100. */
export function parseStrictJson(bytes: Uint8Array): StrictJson {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return fail('NOT_UTF8', '', 'the body is not UTF-8');
  }
  const errors = inspect(text);
  if (errors.some((error) => error.code === 'TOO_DEEP')) return { value: undefined, errors };
  try {
    return { value: JSON.parse(text) as Json, errors };
  } catch {
    return fail('SYNTAX', '', 'the body is not JSON');
  }
}

interface Level {
  readonly keys: Set<string> | null;
  name: string | number;
}

/** One pass over the tokens; relies on `JSON.parse` for the grammar. */
function inspect(text: string): FieldError[] {
  const errors: FieldError[] = [];
  const levels: Level[] = [];
  const report = (code: string, message: string) => {
    if (errors.length < 100) errors.push({ pointer: pointerOf(levels), code, message });
  };
  let expectKey = false;
  for (const [token] of text.matchAll(TOKEN)) {
    const level = levels.at(-1);
    if (token === '{' || token === '[') {
      levels.push(token === '{' ? { keys: new Set(), name: '' } : { keys: null, name: 0 });
      if (levels.length > MAX_DEPTH) {
        report('TOO_DEEP', `more than ${MAX_DEPTH} levels`);
        return errors;
      }
      expectKey = token === '{';
    } else if (token === '}' || token === ']') {
      levels.pop();
      expectKey = false;
    } else if (token === ',') {
      if (level?.keys) expectKey = true;
      else if (level) level.name = (level.name as number) + 1;
    } else if (token === ':') {
      expectKey = false;
    } else if (token.startsWith('"')) {
      const content = decode(token);
      if (content === null) continue;
      if (!content.isWellFormed()) report('LONE_SURROGATE', 'text holds half of a surrogate pair');
      if (!expectKey || !level?.keys) continue;
      level.name = content;
      if (content === '__proto__') report('FORBIDDEN_KEY', '`__proto__` is not a field name');
      if (level.keys.has(content)) report('DUPLICATE_KEY', 'the field appears twice');
      level.keys.add(content);
    } else if (!isSafe(token)) {
      report('UNSAFE_NUMBER', 'the number cannot be held exactly: send it as a string');
    }
  }
  return errors;
}

function isSafe(token: string): boolean {
  const number = Number(token);
  if (!Number.isFinite(number)) return false;
  return !Number.isInteger(number) || Number.isSafeInteger(number);
}

function decode(token: string): string | null {
  try {
    return JSON.parse(token) as string;
  } catch {
    return null;
  }
}

function pointerOf(levels: readonly Level[]): string {
  return levels.map((level) => `/${String(level.name).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function fail(code: string, pointer: string, message: string): StrictJson {
  return { value: undefined, errors: [{ pointer, code, message }] };
}
