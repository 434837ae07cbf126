/** Throttled, unavailable, silent and half-answering dependencies: retried within bounds, told truly, nothing lost or doubled. */
import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { principalId } from '../../src/domain/ids.ts';
import { azureBlobStore } from '../../src/platform/azure/blob/blob-store.ts';
import { cosmosClient } from '../../src/platform/azure/cosmos/client.ts';
import { Containers } from '../../src/platform/azure/cosmos/containers.ts';
import { cosmosDefinitionStore } from '../../src/platform/azure/cosmos/definition-store.ts';
import { cosmosRunStore } from '../../src/platform/azure/cosmos/run-store.ts';
import { cosmosTenantLog } from '../../src/platform/azure/cosmos/tenant-log.ts';
import { cursors } from '../../src/platform/common/cursor.ts';
import { brokenAt } from '../../src/platform/common/tenant-chain.ts';
import type { RunStore } from '../../src/ports/run-store.ts';
import { down, first, lost, throttled } from '../support/azure/faults.ts';
import type { Fault } from '../support/azure/https-server.ts';
import { QUICK, testBlobs, testCosmos, testCredential } from '../support/azure/platform.ts';
import {
  fakeSealed,
  SAMPLE_AT,
  sampleBatch,
  sampleHead,
  sampleNext,
  sampleResult,
  scopeOf,
} from '../support/run-samples.ts';

const A = scopeOf('tenant-a', 'run-1');
const listing = cursors({ mac: async () => createSecretKey(Buffer.alloc(32, 7)) });
async function begun(t: TestContext) {
  const cosmos = await testCosmos(t, { patience: { ...QUICK, timeoutMs: 250 } });
  const runs = cosmosRunStore(cosmos.containers, listing);
  assert.equal(await runs.create(A, sampleBatch(sampleHead(A, 3))), 'created');
  const stored = await runs.readHead(A);
  assert.ok(stored);
  return { ...cosmos, runs, stored, second: cosmosRunStore(cosmos.containers, listing) };
}

const chain = async (runs: RunStore): Promise<number[]> => (await runs.readAudit(A, 1, 50)).map(({ seq }) => seq);

for (const [what, fault] of Object.entries({
  throttled,
  unavailable: down,
  broken: { kind: 'reset' },
  silent: { kind: 'silent' },
} as Record<string, Fault>)) {
  test(`a store that is ${what} twice takes the commit at the third try, once`, async (t) => {
    const { server, runs, stored } = await begun(t);
    server.faults = first('batch', fault, 2);
    const next = sampleNext(stored.head);
    assert.notEqual(await runs.commit(A, stored.etag, sampleBatch(next)), 'conflict');
    assert.deepEqual((await runs.readHead(A))?.head, next);
    assert.deepEqual(await chain(runs), [1, 2]);
  });

  test(`a store that stays ${what} is given up within bounds, and nothing was written`, async (t) => {
    const { server, runs, stored } = await begun(t);
    const before = server.counts.get('batch') ?? 0;
    server.faults = (asked) => (asked.operation === 'batch' ? fault : null);
    const batch = sampleBatch(sampleNext(stored.head), { put: [sampleResult(1, 1)] });
    await assert.rejects(runs.commit(A, stored.etag, batch), { code: 'STORE_UNAVAILABLE' });
    assert.equal((server.counts.get('batch') ?? 0) - before, QUICK.tries);
    server.faults = null;
    assert.equal((await runs.readHead(A))?.etag, stored.etag);
    assert.deepEqual(await runs.listDocuments(A, 'result'), []);
    assert.notEqual(await runs.commit(A, stored.etag, batch), 'conflict');
  });
}

test('a commit whose answer was lost is told as done, and the next one goes on from it', async (t) => {
  const { server, runs, stored } = await begun(t);
  server.faults = first('batch', lost);
  const next = sampleNext(stored.head);
  const outcome = await runs.commit(A, stored.etag, sampleBatch(next));
  assert.notEqual(outcome, 'conflict');
  assert.notEqual(await runs.commit(A, (outcome as { etag: string }).etag, sampleBatch(sampleNext(next))), 'conflict');
  assert.deepEqual(await chain(runs), [1, 2, 3]);
});

test('a commit whose answer was lost while another came on top is told as done; its etag is old', async (t) => {
  const { server, runs, second, stored } = await begun(t);
  const next = sampleNext(stored.head);
  let other: Promise<unknown> | null = null;
  // The answer is lost, and before the batch is sent again somebody else commits on top.
  server.faults = (asked, earlier) => {
    if (asked.operation !== 'batch' || earlier !== 1) return null;
    other = (async () => {
      const now = await second.readHead(A);
      assert.notEqual(await second.commit(A, now?.etag ?? '', sampleBatch(sampleNext(next))), 'conflict');
    })();
    return lost;
  };
  const outcome = await runs.commit(A, stored.etag, sampleBatch(next));
  await other;
  assert.notEqual(outcome, 'conflict');
  assert.deepEqual((await chain(runs)).slice(0, 2), [1, 2]);
});

test('another’s commit in between is a conflict, also after a lost answer that had done nothing', async (t) => {
  const { server, runs, second, stored } = await begun(t);
  assert.notEqual(await second.commit(A, stored.etag, sampleBatch(sampleNext(stored.head))), 'conflict');
  server.faults = first('batch', lost);
  assert.equal(await runs.commit(A, stored.etag, sampleBatch(sampleNext(stored.head))), 'conflict');
  assert.deepEqual(await chain(runs), [1, 2]);
});

test('a creation whose answer was lost is told as created; a second creator is told that it exists', async (t) => {
  const { server, runs, second } = await begun(t);
  const B = scopeOf('tenant-a', 'run-2');
  server.faults = first('batch', lost);
  assert.equal(await runs.create(B, sampleBatch(sampleHead(B, 2))), 'created');
  assert.equal(await second.create(B, sampleBatch(sampleHead(B, 2))), 'exists');
});

test('reads and listings of a throttled store come through', async (t) => {
  const { server, runs } = await begun(t);
  for (const operation of ['read', 'query']) {
    server.faults = first(operation, throttled, 3);
    assert.ok(await runs.readHead(A));
    assert.equal((await runs.listRuns(A.tenant, {}, 5, null)).items.length, 1);
    assert.equal((await runs.readAudit(A, 1, 5)).length, 1);
  }
});

for (const [what, fault] of Object.entries({
  broken: { kind: 'reset' },
  silent: { kind: 'silent' },
  unavailable: down,
} as Record<string, Fault>))
  for (const operation of ['read', 'query', 'metadata'])
    test(`a store that stays ${what} for a ${operation} is given up in its time, whatever its library would do`, async (t) => {
      const patience = { ...QUICK, timeoutMs: 120, tries: 2 };
      const { server, containers } = await testCosmos(t, { patience });
      if (operation !== 'metadata') assert.equal(await containers.read('runs', ['a', 'b'], 'head'), null);
      server.faults = (asked) => (asked.operation === operation ? fault : null);
      const query = { query: 'SELECT * FROM c WHERE c.type = "head"' };
      const asked =
        operation === 'query' ? containers.query('runs', query, ['a', 'b']) : containers.read('runs', ['a', 'b'], 'x');
      await assert.rejects(asked, { code: 'STORE_UNAVAILABLE' });
    });

test('what is missing because its container is missing is unavailable, not absent', async (t) => {
  const { server, containers } = await testCosmos(t);
  assert.equal(await containers.read('runs', ['a', 'b'], 'head'), null);
  const elsewhere = new Containers(cosmosClient(server.url, testCredential, 3_000), 'another', QUICK);
  t.after(() => elsewhere.close());
  await assert.rejects(elsewhere.read('runs', ['a', 'b'], 'head'), { code: 'STORE_UNAVAILABLE' });
  // Also when the library still remembers the container.
  server.faults = (asked) => (asked.operation === 'read' ? { kind: 'status', status: 404, substatus: 1003 } : null);
  await assert.rejects(containers.read('runs', ['a', 'b'], 'head'), { code: 'STORE_UNAVAILABLE' });

  const blobs = await testBlobs(t);
  const nowhere = blobs.container('nowhere');
  for (const ask of [
    () => nowhere.read('x'),
    () => nowhere.metadata('x'),
    () => nowhere.write('x', Buffer.from('x'), { create: true }),
    () => nowhere.write('x', Buffer.from('x'), { etag: '"0x1"' }),
    () => nowhere.remove('x'),
    () => nowhere.list('', null, 5),
  ])
    await assert.rejects(ask, { code: 'STORE_UNAVAILABLE' });
  const here = blobs.container('sealed');
  assert.deepEqual(await Promise.all([here.read('x'), here.metadata('x'), here.remove('x')]), [null, null, false]);
  assert.equal(await here.write('x', Buffer.from('x'), { etag: '"0x1"' }), false, 'what is gone cannot be replaced');
});

test('a page that is refused does not repeat the pages before it', async (t) => {
  const { server, containers } = await testCosmos(t);
  for (let at = 0; at < 500; at += 100)
    await containers.batch(
      'runs',
      ['a', 'b'],
      Array.from({ length: 100 }, (_, n) => ({
        kind: 'create' as const,
        item: { id: `i${at + n}`, tenantId: 'a', scopeId: 'b', seq: at + n },
      })),
    );
  let asked = 0;
  server.faults = ({ operation }) => (operation === 'query' && (asked += 1) % 2 === 0 ? throttled : null);
  const query = { query: 'SELECT VALUE c.seq FROM c WHERE c.seq >= 0 ORDER BY c.seq' };
  assert.deepEqual(
    await containers.query<number>('runs', query, ['a', 'b']),
    Array.from({ length: 500 }, (_, n) => n),
  );
  assert.equal(asked, 5, 'three pages, two of them asked for twice');
});

test('the largest batch that the stores accept fits into a request of the database', async (t) => {
  const { containers } = await testCosmos(t);
  const runs = cosmosRunStore(containers, listing);
  const text = (length: number) => fakeSealed(length);
  const put = Array.from({ length: 86 }, (_, n) => sampleResult(n + 1, 1, text(21_500)));
  assert.equal(await runs.create(A, sampleBatch(sampleHead(A, 100), { put })), 'created');
  const more = Array.from({ length: 97 }, (_, n) => sampleResult(n + 1, 2, text(21_500)));
  const next = await runs.readHead(A);
  assert.ok(next);
  await assert.rejects(runs.commit(A, next.etag, sampleBatch(sampleNext(next.head), { put: more })), { code: 'LIMIT' });
});

test('an append whose answer was lost is one entry, whoever else appends', async (t) => {
  const { server, containers } = await begun(t);
  const logs = [cosmosTenantLog(containers), cosmosTenantLog(containers)];
  server.faults = (asked, earlier) => (asked.operation === 'batch' && earlier % 3 === 0 ? lost : null);
  const entry = (n: number) => ({ at: SAMPLE_AT, by: principalId('p'), type: 'run.read', facts: { n } });
  await Promise.all(Array.from({ length: 30 }, (_, n) => logs[n % 2]?.append(A.tenant, entry(n))));
  server.faults = null;
  const read = await (logs[0] as (typeof logs)[number]).read(A.tenant, 1, 100);
  assert.equal(brokenAt(read), null);
  assert.deepEqual(
    read.map(({ facts }) => facts['n']).sort((a, b) => Number(a) - Number(b)),
    Array.from({ length: 30 }, (_, n) => n),
  );
});

test('a publish whose answer was lost is told as what it did', async (t) => {
  const { server, containers } = await begun(t);
  const store = cosmosDefinitionStore(containers, listing);
  const document = { kind: 'Workflow' as const, id: 'posting', digest: 'd'.repeat(64), document: { id: 'posting' } };
  server.faults = first('batch', lost);
  const [row] = await store.publish(A.tenant, [document], principalId('p'), SAMPLE_AT);
  assert.deepEqual(row, { kind: 'Workflow', id: 'posting', version: 1, outcome: 'created' });
  assert.equal((await store.versions(A.tenant, 'Workflow', 'posting', 10, null)).items.length, 1);
});

test('a blob whose answer was lost is written; a name that another took stays taken', async (t) => {
  const { server, container } = await testBlobs(t);
  const blobs = azureBlobStore(container('sealed'));
  server.faults = first('write', lost);
  await blobs.put(A.tenant, 'run/r1/x', Buffer.from('x'));
  server.faults = first('write', down, 2);
  await assert.rejects(blobs.put(A.tenant, 'run/r1/x', Buffer.from('y')), { code: 'EXISTS' });
  assert.equal(Buffer.from((await blobs.get(A.tenant, 'run/r1/x')) as Uint8Array).toString(), 'x');
  server.faults = () => down;
  await assert.rejects(blobs.get(A.tenant, 'run/r1/x'), { code: 'STORE_UNAVAILABLE' });
});
