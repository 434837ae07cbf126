/**
 * The edge: what every route has in common. Reads the token, the permission, parameters and body, calls the handler, and
 * turns what it returns or throws into an answer. Nothing passes here that the route did not declare, and nothing leaves
 * but declared answers and problem documents.
 */
import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import type { z } from 'zod';
import { permissionsOf, rolesWith, type Permission } from '../../src/contract/permissions.ts';
import { Problem, PROBLEMS, problemBody, type FieldError } from '../../src/contract/problems.ts';
import type { BodyOf, ParamsOf, QueryOf, Route } from '../../src/contract/route.ts';
import { MAX_BODY_BYTES, parseStrictJson } from '../../src/contract/strict-json.ts';
import { PlatformFault, StepFault } from '../../src/domain/errors.ts';
import type { Principal } from '../../src/ports/identity.ts';
import { CursorRefused } from '../../src/ports/run-store.ts';
import type { Services } from '../services.ts';

export interface Call<R extends Route> {
  readonly params: ParamsOf<R>;
  readonly query: QueryOf<R>;
  readonly body: BodyOf<R>;
  /** Body of routes with `rawBody`. */
  readonly raw: { readonly bytes: Uint8Array; readonly contentType: string };
  /** Never null except on anonymous routes, where it is not looked at. */
  readonly caller: Principal;
  readonly may: (permission: Permission) => boolean;
  readonly header: (name: string) => string | null;
}

export interface Answer {
  readonly status: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Handling {
  readonly route: Route;
  readonly run: (call: Call<Route>, services: Services) => Promise<Answer>;
}

/** Binds a handler to its route; the handler's types come from the route. */
export function handle<R extends Route>(
  route: R,
  run: (call: Call<R>, services: Services) => Promise<Answer>,
): Handling {
  return { route, run: run as unknown as Handling['run'] };
}

/** Headers of every answer. */
export const ALWAYS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};
const NOBODY = null as unknown as Principal;

/** Who turned out to call, for what is told about a request that was refused later on. */
interface Seen {
  caller: Principal | null;
}

/** Answers a request, always: what a handler throws becomes a problem document, and an unknown error only its id. */
export async function serve(handling: Handling, request: HttpRequest, services: Services): Promise<HttpResponseInit> {
  const { route } = handling;
  const started = performance.now();
  const seen: Seen = { caller: null };
  let status = 500;
  try {
    const answer = await handling.run(await readCall(route, request, services, seen), services);
    status = answer.status;
    return {
      status,
      headers: {
        ...ALWAYS,
        ...(answer.text !== undefined ? {} : answer.json !== undefined ? { 'content-type': 'application/json' } : {}),
        ...answer.headers,
      },
      ...(answer.json !== undefined
        ? { body: JSON.stringify(answer.json) }
        : answer.text !== undefined
          ? { body: answer.text }
          : answer.bytes
            ? { body: answer.bytes }
            : {}),
    };
  } catch (error) {
    const problem = asProblem(error, services);
    status = PROBLEMS[problem.code].status;
    const headers = {
      ...ALWAYS,
      'content-type': 'application/problem+json',
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      ...(status === 503 ? { 'retry-after': '2' } : {}),
    };
    return { status, headers, body: JSON.stringify(problemBody(problem)) };
  } finally {
    const about = {
      tenant: seen.caller?.tenant ?? null,
      route: route.id,
      status,
      ms: Math.round(performance.now() - started),
    };
    if (status === 401 || status === 403)
      services.deps.telemetry.event('request.refused', { ...about, clientId: seen.caller?.client ?? 'none' });
    else services.deps.telemetry.event('request.served', about);
  }
}

async function readCall(route: Route, request: HttpRequest, services: Services, seen: Seen): Promise<Call<Route>> {
  const caller = route.permission === 'anonymous' ? NOBODY : await authenticate(route, request, services, seen);
  const granted = caller ? permissionsOf(caller.roles) : new Set<Permission>();
  const errors: FieldError[] = [];
  const params = check(route.params, declared(request.params, route.params), 'path', errors);
  const query = check(route.query, Object.fromEntries(request.query), 'query', errors);
  if (!route.query && [...request.query.keys()].length > 0)
    errors.push({ pointer: 'query', code: 'UNKNOWN_FIELD', message: 'this route takes no query parameters' });
  if (errors.length > 0) throw new Problem('INVALID_REQUEST', 'The path or the query is not valid.', errors);
  const { body, raw } = await readBody(route, request);
  return {
    params: params as never,
    query: query as never,
    body: body as never,
    raw,
    caller,
    may: (permission) => granted.has(permission),
    header: (name) => request.headers.get(name),
  };
}

async function authenticate(route: Route, request: HttpRequest, services: Services, seen: Seen): Promise<Principal> {
  const principal = await services.identity.verify(request.headers.get('authorization'));
  if ('refused' in principal)
    throw new Problem('UNAUTHENTICATED', 'The token is missing or not valid for this service.');
  seen.caller = principal;
  const needed = route.permission;
  if (needed !== 'any' && needed !== 'anonymous' && !permissionsOf(principal.roles).has(needed)) {
    throw new Problem(
      'FORBIDDEN',
      `This needs the permission ${needed} (roles: ${rolesWith(needed).join(', ') || 'none'}).`,
    );
  }
  return principal;
}

async function readBody(
  route: Route,
  request: HttpRequest,
): Promise<{ body: unknown; raw: { bytes: Uint8Array; contentType: string } }> {
  const contentType = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const none = { body: undefined, raw: { bytes: new Uint8Array(), contentType } };
  if (!route.body && !route.rawBody) return none;
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES)
    throw new Problem('BODY_TOO_LARGE', `At most ${MAX_BODY_BYTES} bytes are read.`);
  const bytes = new Uint8Array(await request.arrayBuffer());
  if (bytes.byteLength > MAX_BODY_BYTES)
    throw new Problem('BODY_TOO_LARGE', `At most ${MAX_BODY_BYTES} bytes are read.`);
  if (route.rawBody?.includes(contentType)) return { body: undefined, raw: { bytes, contentType } };
  if (!route.body || contentType !== 'application/json') {
    throw new Problem(
      'CONTENT_TYPE',
      `This route reads ${[...(route.body ? ['application/json'] : []), ...(route.rawBody ?? [])].join(', ')}.`,
    );
  }
  const parsed = parseStrictJson(bytes);
  if (!parsed.ok) throw new Problem('BODY_NOT_JSON', 'The body is not JSON as this service reads it.', parsed.errors);
  const errors: FieldError[] = [];
  const body = check(route.body, parsed.value, '', errors);
  if (errors.length > 0) throw new Problem('INVALID_REQUEST', 'The body is not valid.', errors);
  return { body, raw: { bytes, contentType } };
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
  for (const issue of result.error.issues.slice(0, 50)) {
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

function asProblem(error: unknown, services: Services): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof CursorRefused) {
    return new Problem('INVALID_REQUEST', 'The cursor is not one of this listing.', [
      { pointer: 'query/cursor', code: 'CURSOR', message: 'begin again without a cursor' },
    ]);
  }
  if (error instanceof StepFault && error.code === 'KEY_DESTROYED')
    return new Problem('GONE', 'The data of this run is erased.');
  if (error instanceof PlatformFault && error.code !== 'LIMIT' && error.code !== 'SEAL_BROKEN')
    return new Problem('UNAVAILABLE', `A dependency does not answer (${error.code}).`);
  const errorId = services.deps.telemetry.fault('INTERNAL', error);
  return new Problem('INTERNAL', 'Something went wrong that should not.', [], { errorId });
}
