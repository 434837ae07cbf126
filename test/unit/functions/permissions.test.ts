/** Generated from the routes: every route × every role × no token, and every declared route has its function. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { HANDLERS } from '../../../functions/http/handlers.ts';
import { PERMISSIONS, ROLE_PERMISSIONS, rolesWith, type Permission } from '../../../src/contract/permissions.ts';
import { ROUTES } from '../../../src/contract/routes/all.ts';
import { ROLES, type Role } from '../../../src/ports/identity.ts';
import { GOOD_PATH } from '../../support/bad-requests.ts';
import { as, callEdge, openServices, type TestServices } from '../../support/services.ts';

/** Who may do what changes data, rules or rights, or shows values. Named here once more, so that nobody gets it by accident. */
const HOLDERS: Partial<Record<Permission, readonly Role[]>> = {
  'workflows.publish': ['publisher'],
  'business-objects.publish': ['publisher'],
  'connectors.publish': ['admin', 'governor'],
  'policies.publish': ['governor'],
  'directory.publish': ['admin'],
  'runs.start': ['starter'],
  'runs.control': ['operator'],
  'effects.resolve': ['operator'],
  'data.reveal-own': ['starter'],
  'data.reveal': ['governor'],
  'approvals.decide': ['approver'],
  'approvals.void': ['admin'],
  'artifacts.write': ['starter'],
  'artifacts.read': ['starter'],
  'audit.read': ['admin', 'auditor'],
};

test('what is dangerous is in the hands of the roles that it was given to, and no others', () => {
  for (const [permission, roles] of Object.entries(HOLDERS))
    assert.deepEqual(rolesWith(permission as Permission).toSorted(), roles, permission);
  for (const permission of PERMISSIONS) assert.ok(rolesWith(permission).length > 0, permission);
});

describe('routes and permissions', () => {
  let test_: TestServices;
  before(async () => (test_ = await openServices()));
  after(() => test_.close());

  test('every route has one function and every function one route', () => {
    const functions = HANDLERS.map(({ route }) => route.id);
    assert.deepEqual(functions.toSorted(), ROUTES.map(({ id }) => id).toSorted());
    assert.equal(new Set(functions).size, functions.length);
  });
  test('no two routes answer the same method and path', () => {
    const places = ROUTES.map(({ method, path }) => `${method} ${path.replace(/\{\w+\}/g, '{}')}`);
    assert.equal(new Set(places).size, places.length);
  });
  for (const handling of HANDLERS) {
    const { id, permission } = handling.route;
    const body = handling.route.rawBody && !handling.route.body ? 'x=1' : '{}';
    const type = handling.route.body ? 'application/json' : (handling.route.rawBody?.[0] ?? 'application/json');
    const call = (headers: Record<string, string>) =>
      callEdge(test_.services, handling, {
        path: GOOD_PATH,
        query: id === 'getArtifact' ? { reason: 'because' } : id === 'putArtifact' ? { name: 'a' } : {},
        body,
        headers: { 'content-type': type, ...headers },
      });

    test(`${id}: without a token`, async () => {
      const { status } = await call({});
      if (permission === 'anonymous') assert.ok(status < 500 && status !== 401, String(status));
      else assert.equal(status, 401);
    });
    test(`${id}: with a token without roles`, async () => {
      const { status } = await call(as('nobody', 't1', []));
      if (permission === 'anonymous' || permission === 'any') assert.notEqual(status, 401);
      else assert.equal(status, 403);
    });
    for (const role of ROLES) {
      test(`${id}: as ${role}`, async () => {
        const { status, text } = await call(as('somebody', 't1', [role]));
        const allowed =
          permission === 'anonymous' || permission === 'any' || ROLE_PERMISSIONS[role].includes(permission);
        if (allowed)
          assert.ok(
            status !== 401 && (status !== 403 || permission === 'any') && status < 500,
            `${status} ${text} ${test_.faults.join()}`,
          );
        else assert.equal(status, 403, text);
      });
    }
  }
});
