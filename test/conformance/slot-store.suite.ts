/** What every store of concurrency slots guarantees. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { runId, tenantId } from '../../src/domain/ids.ts';
import { NO_SLOTS, type SlotDocument } from '../../src/domain/run/slots.ts';
import type { SlotStore } from '../../src/ports/slot-store.ts';

const [a, b] = [tenantId('a'), tenantId('b')];
const holding = (run: string): SlotDocument => ({
  ...NO_SLOTS,
  grants: 1,
  holders: [{ run: runId(run), grant: 1, fence: 1 }],
  queue: [{ run: runId('waits'), priority: 3, since: '2026-11-21T10:00:00.000Z', seenAt: '2026-11-21T10:00:00.000Z' }],
});

export function slotStoreSuite(name: string, open: (t: TestContext) => Promise<SlotStore>): void {
  test(`${name}: what was written is read, with a new etag each time`, async (t) => {
    const store = await open(t);
    assert.equal(await store.read(a, 'k'), null);
    assert.equal(await store.write(a, 'k', null, holding('one')), 'written');
    const first = await store.read(a, 'k');
    assert.deepEqual(first?.document, holding('one'));
    assert.equal(await store.write(a, 'k', first?.etag ?? '', holding('two')), 'written');
    const second = await store.read(a, 'k');
    assert.deepEqual(second?.document, holding('two'));
    assert.notEqual(second?.etag, first?.etag);
  });

  test(`${name}: an old etag, a missing one, or a second creation is a conflict and writes nothing`, async (t) => {
    const store = await open(t);
    assert.equal(await store.write(a, 'k', '1', holding('x')), 'conflict');
    assert.equal(await store.write(a, 'k', null, holding('one')), 'written');
    const first = (await store.read(a, 'k'))?.etag ?? '';
    assert.equal(await store.write(a, 'k', null, holding('x')), 'conflict');
    assert.equal(await store.write(a, 'k', first, holding('two')), 'written');
    assert.equal(await store.write(a, 'k', first, holding('x')), 'conflict');
    assert.deepEqual((await store.read(a, 'k'))?.document, holding('two'));
  });

  test(`${name}: of two writers with one etag exactly one wins`, async (t) => {
    const store = await open(t);
    await store.write(a, 'k', null, NO_SLOTS);
    const etag = (await store.read(a, 'k'))?.etag ?? '';
    const both = await Promise.all([store.write(a, 'k', etag, holding('x')), store.write(a, 'k', etag, holding('y'))]);
    assert.deepEqual(both.toSorted(), ['conflict', 'written']);
  });

  test(`${name}: P6: the same key of another tenant is another document`, async (t) => {
    const store = await open(t);
    await store.write(a, 'k', null, holding('one'));
    assert.equal(await store.read(b, 'k'), null);
  });
}
