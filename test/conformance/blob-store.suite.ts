/** What every blob store promises: whole or absent, written once, one tenant apart from the other. */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { tenantId } from '../../src/domain/ids.ts';
import type { BlobStore } from '../../src/ports/blob-store.ts';

export type BlobStoreFactory = (t: TestContext) => Promise<BlobStore>;

const A = tenantId('tenant-a');
const B = tenantId('tenant-b');
const bytes = (text: string): Uint8Array => Buffer.from(text);

export function blobStoreSuite(name: string, factory: BlobStoreFactory): void {
  describe(`blob store on ${name}`, () => {
    test('bytes come back as they were, empty and large ones too', async (t) => {
      const blobs = await factory(t);
      const large = Buffer.alloc(3_000_000, 'abc');
      await blobs.put(A, 'run/r1/empty', new Uint8Array(0));
      await blobs.put(A, 'run/r1/large', large);
      assert.equal((await blobs.get(A, 'run/r1/empty'))?.length, 0);
      assert.ok(large.equals((await blobs.get(A, 'run/r1/large')) as Uint8Array));
      assert.equal(await blobs.get(A, 'run/r1/none'), null);
      assert.equal(await blobs.get(A, 'run/r2/empty'), null);
    });

    test('a name is written once; the first bytes stand', async (t) => {
      const blobs = await factory(t);
      await blobs.put(A, 'run/r1/x', bytes('first'));
      await assert.rejects(blobs.put(A, 'run/r1/x', bytes('second')), { code: 'EXISTS' });
      assert.equal(Buffer.from((await blobs.get(A, 'run/r1/x')) as Uint8Array).toString(), 'first');
    });

    test('of 10 writers of one name one succeeds, and its bytes are whole', async (t) => {
      const blobs = await factory(t);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 10 }, (_, n) => blobs.put(A, 'run/r1/x', Buffer.alloc(100_000, String(n)))),
      );
      const winners = outcomes.flatMap((outcome, n) => (outcome.status === 'fulfilled' ? [n] : []));
      assert.equal(winners.length, 1);
      const stored = Buffer.from((await blobs.get(A, 'run/r1/x')) as Uint8Array);
      assert.ok(stored.equals(Buffer.alloc(100_000, String(winners[0]))));
    });

    test('one tenant neither reads nor removes what another wrote', async (t) => {
      const blobs = await factory(t);
      await blobs.put(A, 'run/r1/x', bytes('a'));
      assert.equal(await blobs.get(B, 'run/r1/x'), null);
      await blobs.put(B, 'run/r1/x', bytes('b'));
      assert.equal(await blobs.removePrefix(B, 'run/'), 1);
      assert.equal(Buffer.from((await blobs.get(A, 'run/r1/x')) as Uint8Array).toString(), 'a');
    });

    test('removal takes every name that begins so, and no other', async (t) => {
      const blobs = await factory(t);
      const names = ['run/r1/a', 'run/r1/b', 'run/r10/a', 'run/r2/a', 'tenant/t/a'];
      for (const one of names) await blobs.put(A, one, bytes(one));
      assert.equal(await blobs.removePrefix(A, 'run/r1/'), 2);
      assert.equal(await blobs.get(A, 'run/r1/a'), null);
      assert.notEqual(await blobs.get(A, 'run/r10/a'), null);
      assert.equal(await blobs.removePrefix(A, 'run/r1'), 1);
      assert.notEqual(await blobs.get(A, 'run/r2/a'), null);
      assert.equal(await blobs.removePrefix(A, 'run/none/'), 0);
      await blobs.put(A, 'run/r1/a', bytes('again'));
    });

    test('a name or tenant that could lead elsewhere is refused', async (t) => {
      const blobs = await factory(t);
      for (const bad of [
        '',
        '.',
        '..',
        '../x',
        'run/../../x',
        '/etc/passwd',
        'run//x',
        'run/r1/',
        'a\\b',
        'a\u0000b',
        'run/é',
      ]) {
        await assert.rejects(blobs.put(A, bad, bytes('x')), TypeError, JSON.stringify(bad));
        await assert.rejects(blobs.get(A, bad), TypeError, JSON.stringify(bad));
      }
      for (const bad of ['', '..', 'a/b', '.']) await assert.rejects(blobs.get(tenantId(bad), 'x'), TypeError);
      await assert.rejects(blobs.removePrefix(A, '../'), TypeError);
    });
  });
}
