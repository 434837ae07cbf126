/** The edge alone, with a route of its own: who gets past it, what stands on every answer, and what an error tells outside. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import functions from '@azure/functions';
import { handle, serve, type Answer, type Call } from '../../../functions/http/edge.ts';
import type { Services } from '../../../functions/services.ts';
import type { Route } from '../../../src/contract/route.ts';
import { PlatformFault, StepFault } from '../../../src/domain/errors.ts';
import { principalId, tenantId } from '../../../src/domain/ids.ts';
import { VersionChanged } from '../../../src/ports/definition-store.ts';
import type { Principal, Role, TokenRefusal } from '../../../src/ports/identity.ts';
import { CursorRefused } from '../../../src/ports/run-store.ts';

const ROUTE = {
  id: 'look',
  method: 'GET',
  path: 'look',
  tag: 'test',
  summary: 'A route of this test',
  permission: 'audit.read',
  answers: { 200: { description: 'Fine' } },
} as const satisfies Route;

const caller = (roles: readonly Role[]): Principal => ({
  id: principalId('ann'),
  tenant: tenantId('t1'),
  kind: 'user',
  name: 'Ann',
  roles,
  groups: [],
  groupsOverage: false,
  mfa: false,
  client: 'client-1',
});

async function served(
  who: Principal | TokenRefusal,
  run: (call: Call<Route>) => Promise<Answer>,
  route: Route = ROUTE,
) {
  const events: { readonly name: string; readonly about: Record<string, unknown> }[] = [];
  const faults: unknown[] = [];
  const services = {
    identity: { verify: async () => who },
    deps: {
      telemetry: {
        event: (name: string, { ms: _ms, ...about }: Record<string, unknown>) => events.push({ name, about }),
        fault: (_code: string, error: unknown) => `error-${faults.push(error)}`,
      },
    },
  } as unknown as Services;
  const request = new functions.HttpRequest({ method: 'GET', url: 'http://localhost/look' });
  const answer = await serve(handle(route, run), request, services);
  const headers = answer.headers as Record<string, string>;
  return { status: answer.status, headers, body: JSON.parse(String(answer.body ?? 'null')), events, faults };
}
const fine = async (): Promise<Answer> => ({ status: 200, json: { fine: true } });
const failing = (error: unknown) => served(caller(['auditor']), () => Promise.reject(error));

test('only who has the permission gets to the handler; what is refused says whose client asked', async () => {
  const about = { tenant: 't1', route: 'look', status: 200 };
  const passed = await served(caller(['auditor']), fine);
  assert.deepEqual([passed.status, passed.body], [200, { fine: true }]);
  assert.deepEqual(passed.events, [{ name: 'request.served', about }]);
  let reached = 0;
  const told = new Set<string>();
  const counted = async () => ((reached += 1), fine());
  const refused = await served(caller(['author', 'starter']), counted);
  assert.deepEqual([refused.status, refused.body.code], [403, 'FORBIDDEN']);
  assert.deepEqual(refused.events, [
    { name: 'request.refused', about: { ...about, status: 403, clientId: 'client-1' } },
  ]);
  for (const why of ['missing', 'audience', 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED']) {
    const stranger = await served({ refused: why }, counted);
    assert.deepEqual([stranger.status, stranger.body.code], [401, 'UNAUTHENTICATED']);
    told.add(JSON.stringify(stranger.body));
    assert.equal(stranger.headers['www-authenticate'], 'Bearer');
    assert.deepEqual(stranger.events, [
      { name: 'request.refused', about: { tenant: null, route: 'look', status: 401, clientId: 'none' } },
    ]);
  }
  assert.deepEqual([reached, told.size], [0, 1], 'why a token is refused helps only who forges one');
});

test('a handler is told what else its caller may do, and nobody may anything where nobody is asked who they are', async () => {
  const may: boolean[] = [];
  const asks = async (call: Call<Route>) => (may.push(call.may('audit.read'), call.may('data.reveal')), fine());
  await served(caller(['auditor']), asks);
  await served(caller([]), asks, { ...ROUTE, permission: 'any' });
  await served(caller(['auditor']), asks, { ...ROUTE, permission: 'anonymous' });
  assert.deepEqual(may, [true, false, false, false, false, false]);
});

test('no answer is stored, guessed at or told to the next site', async () => {
  for (const { headers } of [await served(caller(['auditor']), fine), await failing(new Error('x'))]) {
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
  }
});

test('an error outside is a code of the closed list; its text stays inside', async () => {
  const secret = 'row of J. Doe';
  const table: readonly (readonly [unknown, number, string])[] = [
    [new Error(secret), 500, 'INTERNAL'],
    [new PlatformFault('SEAL_BROKEN', secret), 500, 'INTERNAL'],
    [new PlatformFault('LIMIT', secret), 500, 'INTERNAL'],
    [new PlatformFault('STORE_UNAVAILABLE', secret), 503, 'UNAVAILABLE'],
    [new StepFault('KEY_DESTROYED', secret), 410, 'GONE'],
    [new StepFault('INTERNAL', secret), 500, 'INTERNAL'],
    [new CursorRefused(), 400, 'INVALID_REQUEST'],
    [new VersionChanged('Workflow', 'posting'), 412, 'PRECONDITION_FAILED'],
  ];
  for (const [error, status, code] of table) {
    const { body, faults, headers, ...answer } = await failing(error);
    assert.deepEqual([answer.status, body.code], [status, code], String(error));
    assert.ok(!JSON.stringify(body).includes('Doe'), code);
    assert.deepEqual(faults, status === 500 ? [error] : []);
    assert.equal(body.errorId, status === 500 ? 'error-1' : undefined);
    assert.equal(headers['retry-after'], status === 503 ? '2' : undefined);
  }
});
