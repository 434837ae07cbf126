/** `$digest` is salted with the run's own key: the same value gives another digest in another run, and the same one within a run. */
import assert from 'node:assert/strict';
import { createHmac, type KeyObject } from 'node:crypto';
import { after, before, test } from 'node:test';
import { businessKeyHash } from '../../../src/app/business-key.ts';
import { saltFor } from '../../../src/app/digest-salt.ts';
import { startRun } from '../../../src/app/start-run.ts';
import { stepValues } from '../../../src/activities/step-values.ts';
import { principalId, runId, tenantId, workflowId } from '../../../src/domain/ids.ts';
import { HANDLERS } from '../../../functions/http/handlers.ts';
import { as, callEdge, openServices, type TestServices } from '../../support/services.ts';

const WORKFLOW = `apiVersion: countersign/v1
id: digests
vars: { one: '{{ $digest(input.who) }}' }
steps:
  - { id: two, verb: TRANSFORM, map: ['{{ vars.one }}', '{{ $digest(input.who) }}'] }
`;

let opened: TestServices;
before(async () => (opened = await openServices()));
after(() => opened.close());

async function digestsOf(who: string): Promise<readonly [string, string]> {
  const { deps } = opened.services;
  const tenant = tenantId('t1');
  const { head } = await startRun(deps, {
    tenant,
    workflow: workflowId('digests'),
    version: null,
    input: { who },
    startedBy: { id: principalId('starter'), kind: 'user' },
    trigger: 'api',
    idempotencyKey: null,
  });
  const plan = await deps.plans.get(tenant, 'digests', 1);
  const scope = await stepValues(deps, { tenant, run: runId(head.run) }, plan, head)(plan.steps[0]!);
  const two = await deps.expressions.value('{{ $digest(input.who) }}', scope);
  assert.ok(two.ok, JSON.stringify(two));
  return [(scope.vars as { one: string }).one, two.value as string];
}

test('the same value in two runs has two digests, in one run one', async () => {
  const apply = HANDLERS.find(({ route }) => route.id === 'applyDefinitions')!;
  const headers = { ...as('owner', 't1', ['publisher']), 'content-type': 'application/json' };
  const applied = await callEdge(opened.services, apply, { body: JSON.stringify({ texts: [WORKFLOW] }), headers });
  assert.equal(applied.status, 200, applied.text);
  const [first, again] = await digestsOf('J. Doe');
  const [other] = await digestsOf('J. Doe');
  assert.match(first, /^[0-9a-f]{64}$/);
  assert.equal(again, first);
  assert.notEqual(first, other);
});

test('the salt is made from the run’s key and a stored business key from the tenant’s, so that no id tells them', async () => {
  const { deps } = opened.services;
  const [t1, t2] = [tenantId('t1'), tenantId('t2')];
  const owner = { tenant: t1, kind: 'run', id: 'salted' } as const;
  const { key } = await deps.keys.create(owner);
  const hmac = (by: KeyObject, text: string) => createHmac('sha256', by).update(text).digest('hex');
  const scope = { tenant: t1, run: runId('salted') };
  assert.deepEqual(await saltFor(deps, scope, '$digest(x)'), { '#salt': hmac(key, 'salt of $digest') });
  assert.deepEqual(await saltFor(deps, scope, '$sum(x)'), {});
  for (const tenant of [t1, t2])
    assert.equal(await businessKeyHash(deps, tenant, 'K-1'), hmac(await deps.keys.mac(tenant, 'index'), 'K-1'));
  assert.notEqual(await businessKeyHash(deps, t1, 'K-1'), await businessKeyHash(deps, t2, 'K-1'));
});
