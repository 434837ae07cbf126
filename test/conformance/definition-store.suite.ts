/** What every definition store promises: immutable versions, one alias, all or nothing, one tenant apart from the other. */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { principalId, tenantId } from '../../src/domain/ids.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { VersionChanged, type DefinitionKind, type DefinitionStore } from '../../src/ports/definition-store.ts';
import { CursorRefused } from '../../src/ports/run-store.ts';
import { SAMPLE_AT, instant } from '../support/run-samples.ts';

export type DefinitionStoreFactory = (t: TestContext) => Promise<DefinitionStore>;

const A = tenantId('tenant-a');
const B = tenantId('tenant-b');
const publisher = principalId('tenant-a:publisher');
const doc = (id: string, note: string, kind: DefinitionKind = 'Workflow') => ({
  kind,
  id,
  digest: `digest of ${note}`.padEnd(64, '0'),
  document: { id, note } as JsonObject,
});

export function definitionStoreSuite(name: string, factory: DefinitionStoreFactory): void {
  describe(`definition store on ${name}`, () => {
    test('created, unchanged, updated: versions stay readable and the newest is active', async (t) => {
      const store = await factory(t);
      const publish = async (note: string) => (await store.publish(A, [doc('posting', note)], publisher, SAMPLE_AT))[0];
      assert.deepEqual(await publish('one'), { kind: 'Workflow', id: 'posting', version: 1, outcome: 'created' });
      assert.deepEqual(await publish('one'), { kind: 'Workflow', id: 'posting', version: 1, outcome: 'unchanged' });
      assert.deepEqual(await publish('two'), { kind: 'Workflow', id: 'posting', version: 2, outcome: 'updated' });
      assert.equal((await store.active(A, 'Workflow', 'posting'))?.version, 2);
      assert.deepEqual(await store.version(A, 'Workflow', 'posting', 1), {
        ...doc('posting', 'one'),
        version: 1,
        publishedBy: publisher,
        publishedAt: SAMPLE_AT,
      });
      assert.equal(await store.version(A, 'Workflow', 'posting', 3), null);
    });

    test('going back to an earlier text makes a new version', async (t) => {
      const store = await factory(t);
      for (const note of ['one', 'two', 'one']) await store.publish(A, [doc('posting', note)], publisher, SAMPLE_AT);
      assert.equal((await store.active(A, 'Workflow', 'posting'))?.version, 3);
    });

    test('a publish of several documents is all or nothing', async (t) => {
      const store = await factory(t);
      const many = Array.from({ length: 51 }, (_, n) => doc(`w${n}`, 'one'));
      await assert.rejects(store.publish(A, many, publisher, SAMPLE_AT), { code: 'LIMIT' });
      assert.equal(await store.active(A, 'Workflow', 'w0'), null);
      const rows = await store.publish(A, many.slice(0, 50), publisher, SAMPLE_AT);
      assert.equal(rows.length, 50);
      // Unchanged documents cost nothing, so one more fits now.
      assert.equal(
        (await store.publish(A, many, publisher, SAMPLE_AT)).filter((r) => r.outcome === 'created').length,
        1,
      );
    });

    test('publishes at the same time get different versions', async (t) => {
      const store = await factory(t);
      const rows = await Promise.all(
        Array.from({ length: 8 }, (_, n) => store.publish(A, [doc('posting', `text ${n}`)], publisher, SAMPLE_AT)),
      );
      assert.deepEqual(rows.map(([row]) => row?.version).sort(), [1, 2, 3, 4, 5, 6, 7, 8]);
    });

    test('of those who replace the version that they read, one does; nobody retires a version unseen', async (t) => {
      const store = await factory(t);
      const read = doc('posting', 'one').digest;
      await store.publish(A, [doc('posting', 'one')], publisher, SAMPLE_AT);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 8 }, (_, n) =>
          store.publish(
            A,
            [{ ...doc('posting', `text ${n}`), replaces: read }, doc(`w${n}`, 'x')],
            publisher,
            SAMPLE_AT,
          ),
        ),
      );
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') assert.ok(outcome.reason instanceof VersionChanged, String(outcome.reason));
      assert.equal((await store.versions(A, 'Workflow', 'posting', 10, null)).items.length, 2);
      assert.equal((await store.list(A, 'Workflow', 10, null)).items.length, 2, 'nothing of the others is written');
      await assert.rejects(store.retire(A, 'Workflow', 'posting', read), VersionChanged);
      await assert.rejects(store.retire(A, 'Workflow', 'never', read), VersionChanged);
      const now = (await store.active(A, 'Workflow', 'posting'))?.digest;
      assert.equal(await store.retire(A, 'Workflow', 'posting', now), true);
      await assert.rejects(
        store.publish(A, [{ ...doc('posting', 'back'), replaces: read }], publisher, SAMPLE_AT),
        VersionChanged,
      );
    });

    test('kinds and tenants are apart', async (t) => {
      const store = await factory(t);
      await store.publish(A, [doc('x', 'one'), doc('x', 'connector', 'Connector')], publisher, SAMPLE_AT);
      assert.equal((await store.active(A, 'Connector', 'x'))?.document['note'], 'connector');
      assert.equal(await store.active(A, 'Policy', 'x'), null);
      assert.equal(await store.active(B, 'Workflow', 'x'), null);
      assert.equal(await store.version(B, 'Workflow', 'x', 1), null);
      assert.deepEqual((await store.list(B, 'Workflow', 10, null)).items, []);
      assert.equal(await store.retire(B, 'Workflow', 'x'), false);
      assert.equal((await store.publish(B, [doc('x', 'one')], publisher, SAMPLE_AT))[0]?.version, 1);
    });

    test('the same version of the same name is another document for another kind, name or tenant, however often it is read', async (t) => {
      const store = await factory(t);
      const places = [
        { tenant: A, kind: 'Workflow', id: 'x' },
        { tenant: A, kind: 'Workflow', id: 'y' },
        { tenant: A, kind: 'Connector', id: 'x' },
        { tenant: B, kind: 'Workflow', id: 'x' },
      ] as const;
      for (const [n, { tenant, kind, id }] of places.entries())
        await store.publish(tenant, [doc(id, `text ${n}`, kind)], publisher, SAMPLE_AT);
      for (let round = 0; round < 2; round++) {
        for (const [n, { tenant, kind, id }] of places.entries()) {
          assert.equal((await store.active(tenant, kind, id))?.document['note'], `text ${n}`);
          assert.equal((await store.version(tenant, kind, id, 1))?.document['note'], `text ${n}`);
        }
      }
    });

    test('what a caller does to a version that it read changes nothing for others', async (t) => {
      const store = await factory(t);
      await store.publish(A, [doc('x', 'one')], publisher, SAMPLE_AT);
      const read = (await store.active(A, 'Workflow', 'x')) as unknown as {
        digest: string;
        document: { note: string };
      };
      for (const attempt of [() => (read.digest = 'other'), () => (read.document.note = 'other')]) {
        try {
          attempt();
        } catch (error) {
          assert.ok(error instanceof TypeError);
        }
      }
      const { digest, document } = doc('x', 'one');
      for (const again of [await store.active(A, 'Workflow', 'x'), await store.version(A, 'Workflow', 'x', 1)])
        assert.deepEqual([again?.digest, again?.document], [digest, document]);
    });

    test('a publish over 1 MB is refused, counted in UTF-8: each document is written as version and as what is active', async (t) => {
      const store = await factory(t);
      const large = { note: '€'.repeat(100_000) } as JsonObject;
      const many = (count: number) =>
        Array.from({ length: count }, (_, n) => ({ ...doc(`w${n}`, 'large'), document: large }));
      await assert.rejects(store.publish(A, many(4), publisher, SAMPLE_AT), { code: 'LIMIT' });
      assert.equal(await store.active(A, 'Workflow', 'w0'), null);
      assert.equal((await store.publish(A, many(3), publisher, SAMPLE_AT)).length, 3);
    });

    test('listings are paged by id, versions newest first; foreign cursors are refused', async (t) => {
      const store = await factory(t);
      const ids = ['a', 'b', 'c', 'd', 'e'];
      await store.publish(
        A,
        ids.map((id) => doc(id, 'one')),
        publisher,
        SAMPLE_AT,
      );
      for (let n = 2; n <= 5; n++) await store.publish(A, [doc('a', `text ${n}`)], publisher, instant(n));
      const first = await store.list(A, 'Workflow', 2, null);
      const second = await store.list(A, 'Workflow', 2, first.cursor);
      const third = await store.list(A, 'Workflow', 2, second.cursor);
      assert.deepEqual(
        [first, second, third].flatMap((page) => page.items.map((item) => item.id)),
        ids,
      );
      assert.equal(first.items[0]?.version, 5);
      assert.equal(third.cursor, null);
      const newest = await store.versions(A, 'Workflow', 'a', 3, null);
      const older = await store.versions(A, 'Workflow', 'a', 3, newest.cursor);
      assert.deepEqual(
        [newest, older].flatMap((page) => page.items.map((item) => item.version)),
        [5, 4, 3, 2, 1],
      );
      await assert.rejects(store.list(B, 'Workflow', 2, first.cursor), CursorRefused);
      await assert.rejects(store.list(A, 'Policy', 2, first.cursor), CursorRefused);
      await assert.rejects(store.versions(A, 'Workflow', 'b', 2, newest.cursor), CursorRefused);
    });

    test('a retired document is no longer active or listed; its versions stay, and publishing goes on counting', async (t) => {
      const store = await factory(t);
      await store.publish(A, [doc('x', 'one')], publisher, SAMPLE_AT);
      assert.equal(await store.retire(A, 'Workflow', 'x'), true);
      assert.equal(await store.retire(A, 'Workflow', 'x'), false);
      assert.equal(await store.active(A, 'Workflow', 'x'), null);
      assert.deepEqual((await store.list(A, 'Workflow', 10, null)).items, []);
      assert.equal((await store.version(A, 'Workflow', 'x', 1))?.version, 1);
      assert.equal((await store.publish(A, [doc('x', 'one')], publisher, SAMPLE_AT))[0]?.version, 2);
    });
  });
}
