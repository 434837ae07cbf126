/** What every run store lists, for one tenant or for the sweep, page by page. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { tenantId, workflowId } from '../../src/domain/ids.ts';
import type { Head, RunState } from '../../src/domain/run/head.ts';
import { CursorRefused, type RunFilter, type RunStore } from '../../src/ports/run-store.ts';
import { instant, sampleBatch, sampleHead, sampleNext, sampleRequest, scopeOf } from '../support/run-samples.ts';
import { seeded } from '../support/seeded.ts';
import type { RunStoreFactory } from './run-store.suite.ts';

const A = tenantId('tenant-a');
const STATES: readonly RunState[] = ['RUNNING', 'SUSPENDED', 'SUCCEEDED'];

async function populate(runs: RunStore, tenant: string, count: number, seed: number): Promise<Head[]> {
  const random = seeded(seed);
  const heads = Array.from({ length: count }, (_, n) =>
    sampleHead(scopeOf(tenant, `run-${n}`), 1, {
      state: random.pick(STATES),
      workflow: workflowId(random.pick(['posting', 'reorder'])),
      businessKey: random.pick([null, 'key-1', 'key-2']),
      createdAt: instant(random.below(20)),
    }),
  );
  await Promise.all(heads.map((head) => runs.create(scopeOf(tenant, head.run), sampleBatch(head))));
  return heads;
}

function expected(heads: readonly Head[], filter: RunFilter): string[] {
  return heads
    .filter((head) => filter.workflow === undefined || head.workflow === filter.workflow)
    .filter((head) => filter.state === undefined || head.state === filter.state)
    .filter((head) => filter.businessKey === undefined || head.businessKey === filter.businessKey)
    .filter((head) => filter.createdFrom === undefined || head.createdAt >= filter.createdFrom)
    .filter((head) => filter.createdTo === undefined || head.createdAt <= filter.createdTo)
    .sort((a, b) => (a.createdAt === b.createdAt ? (a.run < b.run ? 1 : -1) : a.createdAt < b.createdAt ? 1 : -1))
    .map((head) => head.run);
}

async function all(runs: RunStore, filter: RunFilter, limit: number): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<RunStore['listRuns']>> = await runs.listRuns(A, filter, limit, cursor);
    assert.ok(page.items.length <= limit);
    found.push(...page.items.map((head) => head.run));
    cursor = page.cursor;
  } while (cursor !== null);
  return found;
}

export function runListingsSuite(name: string, factory: RunStoreFactory): void {
  describe(`run listings on ${name}`, () => {
    test('every filter gives, page by page, exactly the runs of the tenant that match, newest first', async (t) => {
      const runs = await factory(t);
      const heads = await populate(runs, 'tenant-a', 60, 11);
      await populate(runs, 'tenant-b', 60, 12);
      const filters: RunFilter[] = [
        {},
        { state: 'RUNNING' },
        { workflow: workflowId('posting') },
        { workflow: workflowId('posting'), state: 'SUSPENDED' },
        { businessKey: 'key-1' },
        { businessKey: 'key-2', state: 'SUCCEEDED', workflow: workflowId('reorder') },
        { createdFrom: instant(5), createdTo: instant(9) },
        { businessKey: 'no such key' },
      ];
      for (const filter of filters) assert.deepEqual(await all(runs, filter, 7), expected(heads, filter));
      assert.deepEqual(await all(runs, {}, 60), expected(heads, {}));
    });

    test('a run that changes moves from one listing to the other, whatever changes with it', async (t) => {
      const runs = await factory(t);
      const scope = scopeOf('tenant-a', 'run-1');
      await runs.create(scope, sampleBatch(sampleHead(scope, 1, { businessKey: 'key-1' })));
      const seen = async (change: Partial<Head>): Promise<readonly string[]> => {
        const stored = await runs.readHead(scope);
        assert.ok(stored);
        await runs.commit(scope, stored.etag, sampleBatch(sampleNext(stored.head, change)));
        const filters: RunFilter[] = [{ state: 'RUNNING' }, { state: 'FAILED' }, { businessKey: 'key-1' }];
        const found = await Promise.all(filters.map((filter) => all(runs, filter, 5)));
        const names = ['running', 'failed', 'key'].filter((_, at) => (found[at] as string[]).includes('run-1'));
        return [...names, ...((await runs.listDue(instant(5), 5)).length > 0 ? ['due'] : [])];
      };
      assert.deepEqual(await seen({ nextDue: instant(1) }), ['running', 'key', 'due']);
      assert.deepEqual(await seen({ state: 'FAILED', nextDue: null }), ['failed', 'key']);
      assert.deepEqual(await seen({ state: 'RUNNING', nextDue: instant(2) }), ['running', 'key', 'due']);
      assert.deepEqual(await seen({ businessKey: null }), ['running', 'due']);
    });

    test('a cursor of another tenant, another query or another alphabet is refused', async (t) => {
      const runs = await factory(t);
      await populate(runs, 'tenant-a', 5, 13);
      await populate(runs, 'tenant-b', 5, 14);
      const { cursor } = await runs.listRuns(A, {}, 2, null);
      assert.ok(cursor);
      const [elsewhere] = ((await runs.listRuns(A, {}, 3, null)).cursor as string).split('.');
      const tampered = `${cursor.slice(0, -2)}${cursor.at(-2) === 'A' ? 'B' : 'A'}${cursor.at(-1)}`;
      await assert.rejects(runs.listRuns(tenantId('tenant-b'), {}, 2, cursor), CursorRefused);
      await assert.rejects(runs.listRuns(A, { state: 'RUNNING' }, 2, cursor), CursorRefused);
      await assert.rejects(runs.listOpenRequests(A, 2, cursor), CursorRefused);
      for (const bad of [tampered, `${elsewhere}.${cursor.split('.')[1]}`, '', 'x', '..', `${cursor}.x`, '💥'])
        await assert.rejects(runs.listRuns(A, {}, 2, bad), CursorRefused, JSON.stringify(bad));
      assert.equal((await runs.listRuns(A, {}, 2, cursor)).items.length, 2);
    });

    test('the sweep sees heads of every tenant whose time has come, earliest first, and no other', async (t) => {
      const runs = await factory(t);
      const due = [null, 5, 1, 9, 3, null];
      for (const [n, seconds] of due.entries()) {
        const scope = scopeOf(n % 2 === 0 ? 'tenant-a' : 'tenant-b', `run-${n}`);
        const nextDue = seconds === null ? null : instant(seconds);
        await runs.create(scope, sampleBatch(sampleHead(scope, 1, { nextDue })));
      }
      const names = async (seconds: number, limit = 10): Promise<string[]> =>
        (await runs.listDue(instant(seconds), limit)).map((scope) => `${scope.tenant}/${scope.run}`);
      assert.deepEqual(await names(0), []);
      assert.deepEqual(await names(5), ['tenant-a/run-2', 'tenant-a/run-4', 'tenant-b/run-1']);
      assert.deepEqual(await names(100, 2), ['tenant-a/run-2', 'tenant-a/run-4']);
      const scope = scopeOf('tenant-a', 'run-2');
      const stored = await runs.readHead(scope);
      assert.ok(stored);
      await runs.commit(scope, stored.etag, sampleBatch(sampleNext(stored.head, { nextDue: null })));
      assert.deepEqual(await names(5), ['tenant-a/run-4', 'tenant-b/run-1']);
    });

    test('open requests are listed by deadline, leave when decided or removed, and return when opened again', async (t) => {
      const runs = await factory(t);
      const deadlines = [30, 10, null, 20];
      for (const [n, seconds] of deadlines.entries()) {
        const scope = scopeOf('tenant-a', `run-${n}`);
        const dueAt = seconds === null ? null : instant(seconds);
        await runs.create(scope, sampleBatch(sampleHead(scope, 1), { put: [sampleRequest(1, { dueAt })] }));
      }
      const foreign = scopeOf('tenant-b', 'run-1');
      await runs.create(foreign, sampleBatch(sampleHead(foreign, 1), { put: [sampleRequest(1)] }));
      const first = await runs.listOpenRequests(A, 3, null);
      assert.deepEqual(
        first.items.map((item) => item.run),
        ['run-1', 'run-3', 'run-0'],
      );
      const rest = await runs.listOpenRequests(A, 3, first.cursor);
      assert.deepEqual(rest, { items: [{ run: 'run-2', request: 'request~1' }], cursor: null });
      const change = async (run: string, batch: { put?: []; state?: 'APPROVED' | 'OPEN'; remove?: string[] }) => {
        const scope = scopeOf('tenant-a', run);
        const stored = await runs.readHead(scope);
        assert.ok(stored);
        const put = batch.state === undefined ? [] : [sampleRequest(1, { state: batch.state, revision: 2 })];
        const next = sampleBatch(sampleNext(stored.head), { put, remove: batch.remove ?? [] });
        assert.notEqual(await runs.commit(scope, stored.etag, next), 'conflict');
      };
      await change('run-1', { state: 'APPROVED' });
      await change('run-3', { remove: ['request~1'] });
      assert.deepEqual(
        (await runs.listOpenRequests(A, 9, null)).items.map((item) => item.run),
        ['run-0', 'run-2'],
      );
      await change('run-1', { state: 'OPEN' });
      assert.equal((await runs.listOpenRequests(A, 9, null)).items.length, 3);
      const theirs = await runs.listOpenRequests(foreign.tenant, 9, null);
      assert.deepEqual(theirs.items, [{ run: 'run-1', request: 'request~1' }], 'of another tenant, under the same ids');
    });
  });
}
