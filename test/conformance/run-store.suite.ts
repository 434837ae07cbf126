/** What every run store does with batches and documents, whatever it is made of. Listings have a suite of their own. */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import type { Head } from '../../src/domain/run/head.ts';
import type { RunBatch, RunStore } from '../../src/ports/run-store.ts';
import {
  fakeSealed,
  instant,
  sampleAudit,
  sampleBatch,
  sampleEffect,
  sampleHead,
  sampleNext,
  sampleRequest,
  sampleResult,
  scopeOf,
} from '../support/run-samples.ts';

export type RunStoreFactory = (t: TestContext) => Promise<RunStore>;

const A = scopeOf('tenant-a', 'run-1');
const limit = { code: 'LIMIT' };

async function begun(runs: RunStore, scope = A, steps = 3): Promise<{ head: Head; etag: string }> {
  const head = sampleHead(scope, steps);
  assert.equal(await runs.create(scope, sampleBatch(head)), 'created');
  const stored = await runs.readHead(scope);
  assert.ok(stored);
  return stored;
}

async function committed(runs: RunStore, etag: string, batch: RunBatch, scope = A): Promise<string> {
  const outcome = await runs.commit(scope, etag, batch);
  assert.notEqual(outcome, 'conflict');
  return (outcome as { etag: string }).etag;
}

export function runStoreSuite(name: string, factory: RunStoreFactory): void {
  describe(`run store on ${name}`, () => {
    test('a run is created once; the second create writes nothing', async (t) => {
      const runs = await factory(t);
      const { head } = await begun(runs);
      const other = sampleHead(A, 1, { version: 7 });
      assert.equal(await runs.create(A, sampleBatch(other, { put: [sampleResult(1, 1)] })), 'exists');
      assert.deepEqual((await runs.readHead(A))?.head, head);
      assert.deepEqual(await runs.listDocuments(A, 'result'), []);
    });

    test('an unknown run reads as null, without documents or chain', async (t) => {
      const runs = await factory(t);
      assert.equal(await runs.readHead(A), null);
      assert.equal(await runs.readDocument(A, 'input', 'input'), null);
      assert.deepEqual(await runs.readAudit(A, 0, 10), []);
      assert.equal(await runs.commit(A, 'none', sampleBatch(sampleHead(A, 1))), 'conflict');
    });

    test('a commit under an old etag writes nothing: head, documents, chain, requests', async (t) => {
      const runs = await factory(t);
      const first = await begun(runs);
      const second = sampleNext(first.head);
      await committed(runs, first.etag, sampleBatch(second, { put: [sampleResult(1, 1)] }));
      const late = sampleNext(second, { state: 'FAILED' });
      const batch = sampleBatch(late, { put: [sampleResult(2, 1), sampleRequest(2)], remove: ['result~1~1~1'] });
      assert.equal(await runs.commit(A, first.etag, batch), 'conflict');
      assert.deepEqual((await runs.readHead(A))?.head, second);
      assert.deepEqual(
        (await runs.listDocuments(A, 'result')).map((d) => d.id),
        ['result~1~1~1'],
      );
      assert.equal((await runs.readAudit(A, 0, 10)).length, 2);
      assert.deepEqual((await runs.listOpenRequests(A.tenant, 10, null)).items, []);
    });

    test('of 20 commits under one etag exactly one succeeds', async (t) => {
      const runs = await factory(t);
      const { head, etag } = await begun(runs);
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, () => runs.commit(A, etag, sampleBatch(sampleNext(head)))),
      );
      assert.equal(outcomes.filter((outcome) => outcome !== 'conflict').length, 1);
      assert.equal((await runs.readAudit(A, 0, 50)).length, 2);
    });

    test('an etag of another run is a conflict', async (t) => {
      const runs = await factory(t);
      const { head } = await begun(runs);
      const other = await begun(runs, scopeOf('tenant-a', 'run-2'));
      assert.equal(await runs.commit(A, other.etag, sampleBatch(sampleNext(head))), 'conflict');
    });

    test('a batch that fails takes neither its own writes nor its neighbours with it', async (t) => {
      const runs = await factory(t);
      const scopes = Array.from({ length: 9 }, (_, n) => scopeOf('tenant-a', `run-${n}`));
      const heads = await Promise.all(scopes.map((scope) => begun(runs, scope)));
      const results = await Promise.allSettled(
        scopes.map((scope, n) => {
          const { head, etag } = heads[n] as { head: Head; etag: string };
          // Every third one writes a sequence number that its chain already has.
          const next = n % 3 === 0 ? { ...sampleNext(head), audit: head.audit } : sampleNext(head);
          return runs.commit(scope, etag, sampleBatch(next, { put: [sampleResult(1, 1)] }));
        }),
      );
      for (const [n, scope] of scopes.entries()) {
        const failed = n % 3 === 0;
        assert.equal(results[n]?.status, failed ? 'rejected' : 'fulfilled');
        assert.equal((await runs.readHead(scope))?.head.audit.seq, failed ? 1 : 2);
        assert.equal((await runs.listDocuments(scope, 'result')).length, failed ? 0 : 1);
      }
    });

    test('100 operations are taken, 101 refused', async (t) => {
      const runs = await factory(t);
      const { head, etag } = await begun(runs);
      const put = Array.from({ length: 99 }, (_, n) => sampleResult(n, 1, fakeSealed(10)));
      await assert.rejects(runs.commit(A, etag, sampleBatch(sampleNext(head), { put })), limit);
      const after = await committed(runs, etag, sampleBatch(sampleNext(head), { put: put.slice(1) }));
      const remove = put.slice(1).map((document) => document.id);
      const third = sampleNext(sampleNext(head));
      await assert.rejects(runs.commit(A, after, sampleBatch(third, { put: [sampleEffect(1)], remove })), limit);
      await committed(runs, after, sampleBatch(third, { remove }));
      assert.deepEqual(await runs.listDocuments(A, 'result'), []);
    });

    test('a document over 2 MB is refused, and a batch over 2 MB of smaller ones', async (t) => {
      const runs = await factory(t);
      const { head, etag } = await begun(runs);
      const next = sampleNext(head);
      const big = [sampleResult(1, 1, fakeSealed(2 * 1024 * 1024))];
      await assert.rejects(runs.commit(A, etag, sampleBatch(next, { put: big })), limit);
      const many = Array.from({ length: 21 }, (_, n) => sampleResult(n, 1, fakeSealed(100_000)));
      await assert.rejects(runs.commit(A, etag, sampleBatch(next, { put: many })), limit);
      await committed(runs, etag, sampleBatch(next, { put: many.slice(2) }));
    });

    test('a head over 2 MB is refused, and an audit record', async (t) => {
      const runs = await factory(t);
      const { head, etag } = await begun(runs);
      const next = sampleNext(head);
      const wide = sampleNext(sampleHead(A, 3_200));
      const silent = sampleAudit(wide, { rows: [] });
      await assert.rejects(runs.commit(A, etag, sampleBatch(wide, { audit: silent })), limit);
      const documents = Array.from({ length: 20_000 }, (_, n) => ({
        id: `result~${n}~1~1`,
        hash: 'b'.repeat(64),
        state: null,
      }));
      await assert.rejects(runs.commit(A, etag, sampleBatch(next, { audit: sampleAudit(next, { documents }) })), limit);
      await committed(runs, etag, sampleBatch(next));
    });

    test('bytes are counted in UTF-8, not in characters', async (t) => {
      const runs = await factory(t);
      const { head, etag } = await begun(runs);
      const reasons = ['€'.repeat(800_000)];
      const put = [sampleRequest(1, { reasons })];
      await assert.rejects(runs.commit(A, etag, sampleBatch(sampleNext(head), { put })), limit);
    });

    test('a head of another tenant or run does not fit into the partition', async (t) => {
      const runs = await factory(t);
      const { etag } = await begun(runs);
      for (const foreign of [scopeOf('tenant-b', 'run-1'), scopeOf('tenant-a', 'run-2')]) {
        const batch = sampleBatch(sampleNext(sampleHead(foreign, 2)));
        await assert.rejects(runs.commit(A, etag, batch), TypeError);
        await assert.rejects(runs.create(A, batch), TypeError);
      }
    });

    test('a batch without the audit record that its head names is refused', async (t) => {
      const runs = await factory(t);
      const { head, etag } = await begun(runs);
      const next = sampleNext(head);
      for (const audit of [sampleAudit(next, { seq: 9 }), sampleAudit(next, { hash: 'f'.repeat(64) })])
        await assert.rejects(runs.commit(A, etag, sampleBatch(next, { audit })), TypeError);
    });

    test('documents come in the order asked, missing ones and other kinds left out', async (t) => {
      const runs = await factory(t);
      const { head, etag } = await begun(runs);
      const put = [sampleResult(1, 1), sampleResult(2, 1), sampleEffect(1), sampleRequest(1)];
      await committed(runs, etag, sampleBatch(sampleNext(head), { put }));
      const ids = ['result~2~1~1', 'result~9~1~1', 'effect~1~0~0', 'result~1~1~1'];
      assert.deepEqual(
        (await runs.readDocuments(A, 'result', ids)).map((d) => d.id),
        ['result~2~1~1', 'result~1~1~1'],
      );
      assert.deepEqual(await runs.readDocument(A, 'effect', 'effect~1~0~0'), put[2]);
      assert.equal(await runs.readDocument(A, 'effect', 'result~1~1~1'), null);
      assert.deepEqual(await runs.listDocuments(A, 'effect'), [put[2]]);
    });

    test('a document put again is replaced; a removed one is gone', async (t) => {
      const runs = await factory(t);
      const { head, etag } = await begun(runs);
      const second = sampleNext(head);
      const next = await committed(runs, etag, sampleBatch(second, { put: [sampleEffect(1), sampleResult(1, 1)] }));
      const confirmed = sampleEffect(1, { state: 'confirmed', receipt: fakeSealed(64) });
      await committed(runs, next, sampleBatch(sampleNext(second), { put: [confirmed], remove: ['result~1~1~1'] }));
      assert.deepEqual(await runs.listDocuments(A, 'effect'), [confirmed]);
      assert.deepEqual(await runs.listDocuments(A, 'result'), []);
    });

    test('one id twice in a batch is refused', async (t) => {
      const runs = await factory(t);
      const { head, etag } = await begun(runs);
      const put = [sampleResult(1, 1)];
      for (const twice of [{ put: [...put, ...put] }, { put, remove: ['result~1~1~1'] }])
        await assert.rejects(runs.commit(A, etag, sampleBatch(sampleNext(head), twice)), TypeError);
    });

    test('the chain is read from any record on, in order', async (t) => {
      const runs = await factory(t);
      let { head, etag } = await begun(runs);
      for (let n = 0; n < 11; n++) {
        head = sampleNext(head);
        etag = await committed(runs, etag, sampleBatch(head));
      }
      assert.deepEqual(
        (await runs.readAudit(A, 4, 3)).map((record) => record.seq),
        [4, 5, 6],
      );
      assert.equal((await runs.readAudit(A, 1, 100)).length, 12);
    });

    test('nothing of one tenant or run is read with the scope of another', async (t) => {
      const runs = await factory(t);
      const { head, etag } = await begun(runs);
      const second = sampleBatch(sampleNext(head), { put: [sampleResult(1, 1), sampleRequest(1)] });
      await committed(runs, etag, second);
      await runs.writeLive(A, { step: 1, fence: 1, beatAt: instant(1), percent: 5 });
      for (const foreign of [scopeOf('tenant-b', 'run-1'), scopeOf('tenant-a', 'run-9')]) {
        assert.equal(await runs.readHead(foreign), null);
        assert.equal(await runs.readDocument(foreign, 'result', 'result~1~1~1'), null);
        assert.deepEqual(await runs.listDocuments(foreign, 'request'), []);
        assert.deepEqual(await runs.readAudit(foreign, 0, 10), []);
        assert.equal(await runs.readLive(foreign, 1), null);
      }
    });

    test('a head of 500 steps comes back as it was', async (t) => {
      const runs = await factory(t);
      const { head, etag } = await begun(runs, A, 500);
      const next = sampleNext(head);
      await committed(runs, etag, sampleBatch(next));
      assert.deepEqual((await runs.readHead(A))?.head, next);
    });

    test('what a caller does to a head that it read changes nothing for others', async (t) => {
      const runs = await factory(t);
      await begun(runs);
      const read = (await runs.readHead(A))?.head as unknown as {
        state: string;
        rows: { state: string; out: object }[];
      };
      const attempts: readonly (() => unknown)[] = [
        () => (read.state = 'FAILED'),
        () => ((read.rows[0] as { state: string }).state = 'FAILED'),
        () => read.rows.pop(),
      ];
      for (const attempt of attempts) {
        try {
          attempt();
        } catch (error) {
          assert.ok(error instanceof TypeError);
        }
      }
      assert.deepEqual((await runs.readHead(A))?.head, sampleHead(A, 3));
    });

    test('live documents: last writer wins, heads and etags stay', async (t) => {
      const runs = await factory(t);
      const { etag } = await begun(runs);
      await runs.writeLive(A, { step: 2, fence: 1, beatAt: instant(1), percent: null });
      await runs.writeLive(A, { step: 2, fence: 1, beatAt: instant(2), percent: 40 });
      assert.deepEqual(await runs.readLive(A, 2), { step: 2, fence: 1, beatAt: instant(2), percent: 40 });
      assert.equal(await runs.readLive(A, 1), null);
      assert.equal((await runs.readHead(A))?.etag, etag);
    });
  });
}
