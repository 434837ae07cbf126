/**
 * The edge: what every route has in common. Reads the token and the permission, then the request, calls the handler, and
 * turns what it returns or throws into an answer. Nothing passes here that the route did not declare, and nothing leaves
 * but declared answers and problem documents.
 */
import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import { permissionsOf, rolesWith, type Permission } from '../../src/contract/permissions.ts';
import { Problem, PROBLEMS, problemBody } from '../../src/contract/problems.ts';
import type { BodyOf, ParamsOf, QueryOf, Route } from '../../src/contract/route.ts';
import { PlatformFault, StepFault } from '../../src/domain/errors.ts';
import { VersionChanged } from '../../src/ports/definition-store.ts';
import type { Principal } from '../../src/ports/identity.ts';
import { CursorRefused } from '../../src/ports/run-store.ts';
import type { Services } from '../services.ts';
import { readRequest, type Read } from './read-call.ts';

export interface Call<R extends Route> {
  readonly params: ParamsOf<R>;
  readonly query: QueryOf<R>;
  readonly body: BodyOf<R>;
  /** Body of routes with `rawBody`. */
  readonly raw: Read['raw'];
  /** Of routes that are `idempotent`; null when there is none. */
  readonly idempotencyKey: string | null;
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
const ALWAYS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};
/** Says that the answer was given before, under the same `Idempotency-Key`. */
export const replayed = (replay: boolean): Record<string, string> => (replay ? { 'idempotent-replay': 'true' } : {});
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
    return problemAnswer(problem);
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

export function problemAnswer(problem: Problem): HttpResponseInit {
  const { status } = PROBLEMS[problem.code];
  const headers = {
    ...ALWAYS,
    'content-type': 'application/problem+json',
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(status === 503 ? { 'retry-after': '2' } : {}),
  };
  return { status, headers, body: JSON.stringify(problemBody(problem)) };
}

async function readCall(route: Route, request: HttpRequest, services: Services, seen: Seen): Promise<Call<Route>> {
  const caller = route.permission === 'anonymous' ? NOBODY : await authenticate(route, request, services, seen);
  const granted = caller ? permissionsOf(caller.roles) : new Set<Permission>();
  return {
    ...((await readRequest(route, request)) as Read & Pick<Call<Route>, 'params' | 'query' | 'body'>),
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
    const roles = rolesWith(needed);
    const detail = `This needs the permission ${needed} (roles: ${roles.join(', ') || 'none'}).`;
    throw new Problem('FORBIDDEN', detail, [], { permission: needed, roles });
  }
  return principal;
}

function asProblem(error: unknown, services: Services): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof CursorRefused) {
    return new Problem('INVALID_REQUEST', 'The cursor is not one of this listing.', [
      { pointer: 'query/cursor', code: 'CURSOR', message: 'begin again without a cursor' },
    ]);
  }
  if (error instanceof VersionChanged) return new Problem('PRECONDITION_FAILED', `${error.message}.`);
  if (error instanceof StepFault && error.code === 'KEY_DESTROYED')
    return new Problem('GONE', 'The data of this run is erased.');
  if (error instanceof PlatformFault && error.code !== 'LIMIT' && error.code !== 'SEAL_BROKEN')
    return new Problem('UNAVAILABLE', `A dependency does not answer (${error.code}).`);
  const errorId = services.deps.telemetry.fault('INTERNAL', error);
  return new Problem('INTERNAL', 'Something went wrong that should not.', [], { errorId });
}
