/** The history of ended lanes through the Durable client: only what has ended, and nothing of the SDK's words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DurableClient, OrchestrationFilter } from 'durable-functions';
import { durableLanes } from '../../../src/platform/durable/lanes.ts';

const FROM = new Date('2026-11-01T00:00:00.000Z');
const TO = new Date('2026-11-02T00:00:00.000Z');

function lanesOver(purge: (filter: OrchestrationFilter) => Promise<{ instancesDeleted: number }>) {
  const lanes = durableLanes();
  lanes.bind({ purgeInstanceHistoryBy: purge } as unknown as DurableClient);
  return lanes;
}

test('asks for ended lanes of the span, and says how many went', async () => {
  const asked: OrchestrationFilter[] = [];
  const lanes = lanesOver(async (filter) => {
    asked.push(filter);
    return { instancesDeleted: 3 };
  });
  assert.equal(await lanes.history.purge(FROM, TO), 3);
  assert.deepEqual(asked, [
    {
      createdTimeFrom: FROM,
      createdTimeTo: TO,
      runtimeStatus: ['Completed', 'Failed', 'Terminated', 'Canceled'],
    },
  ]);
});

test('a hub that fails is told without the address that its error holds', async () => {
  const lanes = lanesOver(() => Promise.reject(new Error('DELETE http://127.0.0.1:7071/?code=planted failed')));
  await assert.rejects(lanes.history.purge(FROM, TO), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'HUB_UNAVAILABLE');
    return !error.message.includes('planted');
  });
});

test('before any function has brought a client there is no hub to ask', async () => {
  await assert.rejects(durableLanes().history.purge(FROM, TO), { code: 'HUB_UNAVAILABLE' });
  await assert.rejects(durableLanes().probe(), { code: 'HUB_UNAVAILABLE' });
});
