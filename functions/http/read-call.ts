/**
 * From a request to the call of a route: everything that the route declared, checked, and every problem of path, query,
 * headers and body told at once. Reads no more of a body than may be sent.
 */
import type { HttpRequest } from '@azure/functions';
import type { z } from 'zod';
import { Problem, type FieldError, type ProblemCode } from '../../src/contract/problems.ts';
import type { Route } from '../../src/contract/route.ts';
import { IdempotencyKeyShape } from '../../src/contract/shapes.ts';
import { MAX_BODY_BYTES, parseStrictJson } from '../../src/contract/strict-json.ts';

export interface Read {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  /** Body of routes with `rawBody`. */
  readonly raw: { readonly bytes: Uint8Array; readonly contentType: string };
  readonly idempotencyKey: string | null;
}

/** More are counted, not listed: an answer stays smaller than what it answers. */
const MOST_ERRORS = 200;

/** Throws one `Problem`; its code is the body's when the body cannot be read at all. */
export async function readRequest(route: Route, request: HttpRequest): Promise<Read> {
  const errors: FieldError[] = [];
  const params = check(route.params, declared(request.params, route.params), 'path', errors);
  const query = check(route.query, Object.fromEntries(request.query), 'query', errors);
  if (!route.query && [...request.query.keys()].length > 0)
    errors.push({ pointer: 'query', code: 'UNKNOWN_FIELD', message: 'this route takes no query parameters' });
  const idempotencyKey = route.idempotent ? request.headers.get('idempotency-key') : null;
  if (idempotencyKey !== null) check(IdempotencyKeyShape, idempotencyKey, 'header/idempotency-key', errors);
  const { body, raw, unreadable } = await readBody(route, request, errors);
  if (unreadable !== null) throw new Problem(unreadable.code, unreadable.detail, bounded(errors));
  if (errors.length > 0) throw new Problem('INVALID_REQUEST', detailOf(errors), bounded(errors));
  return { params, query, body, raw, idempotencyKey };
}

interface Body {
  readonly body: unknown;
  readonly raw: Read['raw'];
  readonly unreadable: { readonly code: ProblemCode; readonly detail: string } | null;
}

async function readBody(route: Route, request: HttpRequest, errors: FieldError[]): Promise<Body> {
  const contentType = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const nothing = { body: undefined, raw: { bytes: new Uint8Array(), contentType } };
  if (!route.body && !route.rawBody) return { ...nothing, unreadable: null };
  const accepted = [...(route.body ? ['application/json'] : []), ...(route.rawBody ?? [])];
  if (!accepted.includes(contentType))
    return { ...nothing, unreadable: { code: 'CONTENT_TYPE', detail: `This route reads ${accepted.join(', ')}.` } };
  const bytes = await bytesOf(request);
  if (bytes === null)
    return { ...nothing, unreadable: { code: 'BODY_TOO_LARGE', detail: `At most ${MAX_BODY_BYTES} bytes are read.` } };
  // The Functions host hands over no body without a length: taken as it is, what was sent would be lost without a word.
  if (bytes.byteLength === 0 && request.headers.has('transfer-encoding'))
    return { ...nothing, unreadable: { code: 'LENGTH_REQUIRED', detail: 'The body did not arrive.' } };
  const raw = { bytes, contentType };
  if (route.rawBody?.includes(contentType)) return { body: undefined, raw, unreadable: null };
  const parsed = parseStrictJson(bytes);
  errors.push(...parsed.errors);
  const body = parsed.value === undefined ? undefined : check(route.body, parsed.value, '', errors);
  const detail = 'The body is not JSON as this service reads it.';
  return { body, raw, unreadable: parsed.errors.length > 0 ? { code: 'BODY_NOT_JSON', detail } : null };
}

/** Null when there are too many; what follows is not read. */
async function bytesOf(request: HttpRequest): Promise<Uint8Array | null> {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES) return null;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Only parameters that the route declares: in stream mode the host adds the query to them. */
function declared(given: Record<string, string>, shape: z.ZodObject | undefined): Record<string, string | undefined> {
  return Object.fromEntries(Object.keys(shape?.shape ?? {}).map((name) => [name, given[name]]));
}

/** Kept, because zod compiles a schema at its first use: 35 µs a request otherwise. */
const strictSchemas = new WeakMap<z.ZodType, z.ZodType>();
function strictOf(schema: z.ZodType): z.ZodType {
  let strict = strictSchemas.get(schema);
  if (strict === undefined) {
    strict = 'strict' in schema ? (schema as z.ZodObject).strict() : schema;
    strictSchemas.set(schema, strict);
  }
  return strict;
}

function check(schema: z.ZodType | undefined, value: unknown, root: string, errors: FieldError[]): unknown {
  if (!schema) return {};
  const result = (root === 'query' ? strictOf(schema) : schema).safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const unknown = issue.code === 'unrecognized_keys' ? issue.keys : [null];
    for (const key of unknown) {
      const path = key === null ? issue.path : [...issue.path, key];
      const pointer = `${root}${path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')}`;
      errors.push({
        pointer,
        code: key === null ? issue.code.toUpperCase() : 'UNKNOWN_FIELD',
        message: key === null ? issue.message : 'this field is not known',
      });
    }
  }
  return undefined;
}

const bounded = (errors: readonly FieldError[]): readonly FieldError[] => errors.slice(0, MOST_ERRORS);

function detailOf(errors: readonly FieldError[]): string {
  const places = new Set(errors.map(({ pointer }) => /^(?:path|query|header)(?=\/|$)/.exec(pointer)?.[0] ?? 'body'));
  const more = errors.length > MOST_ERRORS ? ` ${errors.length} problems; the first ${MOST_ERRORS} are listed.` : '';
  return `Not valid: ${[...places].join(', ')}.${more}`;
}
