/** What every search index promises: words find passages, for their readers, in their tenant, until they are removed. */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { tenantId } from '../../src/domain/ids.ts';
import type { IndexedDocument, SearchIndex, SearchQuery } from '../../src/ports/search-index.ts';

export type SearchIndexFactory = (t: TestContext) => Promise<SearchIndex>;

const A = tenantId('tenant-a');
const B = tenantId('tenant-b');
const document = (id: string, change: Partial<IndexedDocument> = {}): IndexedDocument => ({
  id,
  collection: 'handbook',
  title: `Title of ${id}`,
  readers: ['finance'],
  ...change,
});
const asking = (text: string, change: Partial<SearchQuery> = {}): SearchQuery => ({
  text,
  collections: null,
  as: ['anna', 'finance'],
  limit: 10,
  ...change,
});

export function searchIndexSuite(name: string, factory: SearchIndexFactory): void {
  describe(`search index on ${name}`, () => {
    const found = async (index: SearchIndex, query: SearchQuery, tenant = A): Promise<string[]> =>
      (await index.search(tenant, query)).map((hit) => `${hit.document}/${hit.passage}`).sort();

    test('words find the passages that hold one of them, whatever their case', async (t) => {
      const index = await factory(t);
      await index.put(A, document('d1'), ['Overtime is paid at one and a half.', 'Travel counts as work.'], 0);
      await index.put(A, document('d2', { title: 'Expenses' }), ['Overtime meals are paid.'], 0);
      assert.deepEqual(await found(index, asking('OVERTIME')), ['d1/0', 'd2/0']);
      assert.deepEqual(await found(index, asking('travel meals')), ['d1/1', 'd2/0']);
      assert.deepEqual(await found(index, asking('expenses')), ['d2/0']);
      assert.deepEqual(await found(index, asking('pension')), []);
      const [hit] = await index.search(A, asking('travel'));
      assert.deepEqual(hit, {
        document: 'd1',
        collection: 'handbook',
        title: 'Title of d1',
        passage: 1,
        text: 'Travel counts as work.',
      });
    });

    test('operators, quotes and wildcards are words or nothing', async (t) => {
      const index = await factory(t);
      await index.put(A, document('d1'), ['plain text about overtime'], 0);
      for (const odd of ['"', "'", '*', 'over*', 'NOT', '(', "x' or tenantId ne 'y", 'a:b', '""', '-overtime x'])
        assert.ok(Array.isArray(await found(index, asking(odd))), odd);
      assert.deepEqual(await found(index, asking('')), []);
      assert.deepEqual(await found(index, asking('"overtime"')), ['d1/0']);
    });

    test('P6: nothing is found from another tenant', async (t) => {
      const index = await factory(t);
      await index.put(A, document('d1'), ['overtime'], 0);
      await index.put(B, document('d1'), ['overtime in b'], 0);
      assert.deepEqual(
        (await index.search(B, asking('overtime'))).map((hit) => hit.text),
        ['overtime in b'],
      );
      await index.remove(B, 'd1', 1);
      assert.deepEqual(await found(index, asking('overtime')), ['d1/0']);
      assert.deepEqual(await found(index, asking('overtime'), tenantId('tenant-c')), []);
    });

    test('only a reader finds a passage; without anyone who asks nothing is found', async (t) => {
      const index = await factory(t);
      await index.put(A, document('d1', { readers: ['finance', 'otto'] }), ['overtime'], 0);
      assert.deepEqual(await found(index, asking('overtime', { as: ['otto'] })), ['d1/0']);
      assert.deepEqual(await found(index, asking('overtime', { as: ['bert', 'board'] })), []);
      assert.deepEqual(await found(index, asking('overtime', { as: [] })), []);
      await assert.rejects(found(index, asking('overtime', { as: ["x', '|')) or true"] })), TypeError);
    });

    test('collections narrow a search', async (t) => {
      const index = await factory(t);
      await index.put(A, document('d1'), ['overtime'], 0);
      await index.put(A, document('d2', { collection: 'contracts' }), ['overtime'], 0);
      assert.deepEqual(await found(index, asking('overtime', { collections: ['contracts'] })), ['d2/0']);
      assert.deepEqual(await found(index, asking('overtime', { collections: ['contracts', 'handbook'] })), [
        'd1/0',
        'd2/0',
      ]);
      assert.deepEqual(await found(index, asking('overtime', { collections: [] })), []);
    });

    test('a document put again is replaced, shorter too; a removed one is gone', async (t) => {
      const index = await factory(t);
      await index.put(A, document('d1'), ['overtime one', 'overtime two', 'overtime three'], 0);
      await index.put(A, document('d1', { readers: ['board'] }), ['overtime again'], 3);
      assert.deepEqual(await found(index, asking('overtime')), []);
      assert.deepEqual(await found(index, asking('overtime', { as: ['board'] })), ['d1/0']);
      await index.remove(A, 'd1', 1);
      await index.remove(A, 'd1', 1);
      assert.deepEqual(await found(index, asking('overtime', { as: ['board'] })), []);
    });

    test('the limit is kept, and names that are no names are refused', async (t) => {
      const index = await factory(t);
      await index.put(
        A,
        document('d1'),
        Array.from({ length: 30 }, (_, n) => `overtime ${n}`),
        0,
      );
      assert.equal((await index.search(A, asking('overtime', { limit: 7 }))).length, 7);
      for (const bad of [{ id: "d'1" }, { collection: 'a|b' }, { readers: ['x y'] }])
        await assert.rejects(async () => index.put(A, document('d9', bad), ['x'], 0), TypeError);
    });
  });
}
