/** `$digest` is salted with the run's own key: the same value gives another digest in another run, and the same one within a run. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
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
