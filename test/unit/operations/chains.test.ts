/** Verification in passing: whole chains are counted, and each way of meddling with the records is told with its run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verifyChains } from '../../../src/app/health-chains.ts';
import type { AuditRecord } from '../../../src/domain/run/documents.ts';
import type { RunStore } from '../../../src/ports/run-store.ts';
import { World } from '../../support/simulation/world.ts';
import { fakeVerbs } from '../../support/simulation/fake-verbs.ts';
import { planOf } from '../../support/simulation/plans.ts';

const plan = planOf([{ id: 'one' }, { id: 'two' }]);

async function told(meddle: (chain: AuditRecord[]) => AuditRecord[]) {
  const world = new World({ plan, verbs: fakeVerbs({}) });
  const scope = await world.start('one');
  await world.until(() => world.head(scope).state === 'SUCCEEDED');
  const head = world.head(scope);
  const chain = meddle([...(await world.deps.runs.readAudit(scope, 1, 500))]);
  const runs = {
    listRuns: async (_tenant: string, { state }: { state?: string }) => ({
      items: state === head.state ? [head] : [],
      cursor: null,
    }),
    readAudit: async (_scope: object, from: number, limit: number) => chain.slice(from - 1, from - 1 + limit),
  } as unknown as RunStore;
  const events: object[] = [];
  const telemetry = {
    ...world.deps.telemetry,
    event: (name: string, attributes: object) => void events.push({ name, ...attributes }),
  };
  await verifyChains({ runs, telemetry }, [scope.tenant]);
  return { events, run: head.run, tenant: head.tenant };
}

test('a whole chain is counted', async () => {
  const { events } = await told((chain) => chain);
  assert.deepEqual(events, [{ name: 'audit.verified', result: 'ok', runs: 1 }]);
});

for (const [what, result, meddle] of [
  [
    'a record was changed',
    'CHAIN_BROKEN',
    (chain: AuditRecord[]) => chain.with(1, { ...chain[1]!, at: '2020-01-01T00:00:00.000Z' }),
  ],
  ['a record was taken out', 'CHAIN_BROKEN', (chain: AuditRecord[]) => chain.toSpliced(1, 1)],
  ['the end was cut off', 'CHAIN_SHORT', (chain: AuditRecord[]) => chain.slice(0, -1)],
] as const)
  test(`it is told when ${what}`, async () => {
    const { events, run, tenant } = await told(meddle);
    assert.deepEqual(events, [
      { name: 'audit.verified', tenant, run, result },
      { name: 'audit.verified', result: 'ok', runs: 0 },
    ]);
  });
