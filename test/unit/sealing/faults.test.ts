/** The injected faults do what they say, so that tests built on them mean something. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultsAt, faulty, staleReads } from '../../support/faults.ts';
import { temporaryPlatform } from '../../support/local-platform.ts';
import { sampleBatch, sampleHead, sampleNext, scopeOf } from '../../support/run-samples.ts';

const A = scopeOf('tenant-a', 'r1');

test('a fault before leaves nothing; a fault after leaves everything and loses the answer', async (t) => {
  const { runs } = (await temporaryPlatform(t)).platform;
  const plan = faultsAt(
    new Map([
      [0, 'before' as const],
      [2, 'after' as const],
    ]),
  );
  const unreliable = faulty(runs, plan.decide);
  const batch = sampleBatch(sampleHead(A, 1));
  await assert.rejects(unreliable.create(A, batch), { code: 'STORE_UNAVAILABLE' });
  assert.equal(await unreliable.readHead(A), null);
  await assert.rejects(unreliable.create(A, batch), { code: 'STORE_UNAVAILABLE' });
  assert.notEqual(await unreliable.readHead(A), null);
  assert.equal(await unreliable.create(A, batch), 'exists');
  assert.deepEqual(
    plan.failed.map((call) => [call.method, call.index]),
    [
      ['create', 0],
      ['create', 2],
    ],
  );
});

test('a stale read is an older head with its own etag, under which no commit succeeds', async (t) => {
  const { runs } = (await temporaryPlatform(t)).platform;
  let behind = 0;
  const stale = staleReads(runs, () => behind);
  const head = sampleHead(A, 1);
  await stale.create(A, sampleBatch(head));
  const first = await stale.readHead(A);
  assert.ok(first);
  assert.notEqual(await stale.commit(A, first.etag, sampleBatch(sampleNext(head))), 'conflict');
  behind = 1;
  assert.deepEqual(await stale.readHead(A), first);
  assert.equal(await stale.commit(A, first.etag, sampleBatch(sampleNext(head))), 'conflict');
  behind = 2;
  assert.equal(await stale.readHead(A), null);
});
