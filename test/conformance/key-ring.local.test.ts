/** The key ring on `keys.db` and a master key file: the suite, and what only files can be asked. */
import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import Sqlite from 'better-sqlite3';
import { tenantId } from '../../src/domain/ids.ts';
import { createKeyRing } from '../../src/platform/common/key-ring.ts';
import { CommitQueue } from '../../src/platform/local/commit-queue.ts';
import { KEYS_SCHEMA, KEYS_VERSION, localKeyStore } from '../../src/platform/local/key-store.ts';
import { masterKey } from '../../src/platform/local/master-key.ts';
import type { RootWrapper, WrappedKeyStore } from '../../src/platform/common/wrapped-keys.ts';
import { openLog, openSqlite } from '../../src/platform/local/sqlite.ts';
import { temporaryFolder } from '../support/local-platform.ts';
import { manualClock } from '../support/manual-clock.ts';
import { keyRingSuite } from './key-ring.suite.ts';

const tenant = tenantId('tenant-a');

function openKeys(t: TestContext, folder: string) {
  const file = join(folder, 'keys.db');
  const db = openSqlite({
    file,
    schema: KEYS_SCHEMA,
    version: KEYS_VERSION,
    waitMs: 1000,
  });
  const queue = new CommitQueue(db, openLog(db, 'NORMAL'), assert.ifError);
  t.after(async () => {
    await queue.close();
    db.close();
  });
  return localKeyStore(db, queue);
}

keyRingSuite('SQLite', async (t) => {
  const folder = temporaryFolder(t);
  const clock = manualClock();
  const open = async () =>
    createKeyRing({
      store: openKeys(t, folder),
      root: masterKey(join(folder, 'master.key'), true),
      nowMs: () => Date.parse(clock.now()),
    });
  return { keys: await open(), clock, other: open };
});

/** Whether 12 bytes in a row of `needle` stand in any file of the folder. */
function holdsPartOf(folder: string, needle: Uint8Array): string | null {
  for (const name of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, name));
    for (let at = 0; at + 12 <= needle.length; at += 4) {
      if (bytes.includes(Buffer.from(needle.subarray(at, at + 12)))) return name;
    }
  }
  return null;
}

test('after a destruction no byte of the wrapped key is left in the database or its log', async (t) => {
  const folder = temporaryFolder(t);
  const store = openKeys(t, folder);
  const keys = createKeyRing({ store, root: masterKey(join(folder, 'master.key'), true), nowMs: () => 0 });
  const wrapped: Uint8Array[] = [];
  for (let n = 0; n < 200; n++) {
    await keys.create({ tenant, kind: 'run', id: `r${n}` });
    wrapped.push((await store.read(tenant, `run/r${n}`))?.wrapped as Uint8Array);
  }
  // Re-wrapped keys leave old forms behind, which must go as well.
  await keys.rotate(tenant);
  await keys.rewrap(tenant, '', 1000);
  for (let n = 0; n < 200; n++) wrapped.push((await store.read(tenant, `run/r${n}`))?.wrapped as Uint8Array);
  const doomed = wrapped.filter((_, n) => n % 2 === 0);
  assert.ok(doomed.every((bytes) => bytes.length > 32));
  assert.notEqual(holdsPartOf(folder, wrapped[200] as Uint8Array), null, 'the search finds a key that is there');
  await Promise.all(Array.from({ length: 100 }, (_, n) => keys.destroy({ tenant, kind: 'run', id: `r${n * 2}` })));
  for (const bytes of doomed) assert.equal(holdsPartOf(folder, bytes), null);
  for (let n = 1; n < 200; n += 2) {
    keys.forget({ tenant, kind: 'run', id: `r${n}` });
    await keys.get({ tenant, kind: 'run', id: `r${n}` }, 'step');
  }
});

test('destructions one after the other each leave nothing; one that cannot be completed is not acknowledged', async (t) => {
  const folder = temporaryFolder(t);
  const store = openKeys(t, folder);
  const names = ['run/r1', 'run/r2', 'run/r3'];
  for (const [n, name] of names.entries())
    await store.create(tenant, name, { version: 1, wrappedBy: 1, wrapped: Buffer.alloc(60, n + 65) });
  for (const [n, name] of names.slice(0, 2).entries()) {
    assert.notEqual(holdsPartOf(folder, Buffer.alloc(60, n + 65)), null);
    await store.destroy(tenant, [name]);
    assert.equal(holdsPartOf(folder, Buffer.alloc(60, n + 65)), null, name);
  }
  // Somebody who reads the file keeps its log from being truncated.
  const reader = new Sqlite(join(folder, 'keys.db'), { readonly: true });
  t.after(() => reader.close());
  reader.exec('BEGIN');
  reader.prepare('SELECT * FROM keys').all();
  await assert.rejects(store.destroy(tenant, ['run/r3']), { code: 'STORE_UNAVAILABLE' });
  reader.exec('COMMIT');
  await store.destroy(tenant, ['run/r3']);
  assert.equal(holdsPartOf(folder, Buffer.alloc(60, 67)), null);
});

test('of two replacements under one etag the second is a conflict', async (t) => {
  const store = openKeys(t, temporaryFolder(t));
  const key = (byte: number) => ({ version: 1, wrappedBy: 1, wrapped: Buffer.alloc(60, byte) });
  await store.create(tenant, 'run/r1', key(1));
  const { etag } = (await store.read(tenant, 'run/r1'))!;
  assert.equal(await store.replace(tenant, 'run/r1', etag, key(2)), 'replaced');
  assert.equal(await store.replace(tenant, 'run/r1', etag, key(3)), 'conflict');
  assert.equal((await store.read(tenant, 'run/r1'))?.wrapped?.[0], 2);
});

test('a write under the etag of a destroyed key is a conflict, and a create finds the tombstone', async (t) => {
  const store = openKeys(t, temporaryFolder(t));
  const key = { version: 1, wrappedBy: 1, wrapped: Buffer.alloc(60, 7) };
  assert.equal(await store.create(tenant, 'run/r1', key), 'created');
  const read = await store.read(tenant, 'run/r1');
  assert.ok(read);
  await store.destroy(tenant, ['run/r1']);
  assert.equal(await store.replace(tenant, 'run/r1', read.etag, key), 'conflict');
  const tombstone = await store.read(tenant, 'run/r1');
  assert.equal(tombstone?.wrapped, null);
  assert.equal(await store.replace(tenant, 'run/r1', tombstone?.etag ?? '', key), 'conflict');
  assert.equal(await store.create(tenant, 'run/r1', key), 'exists');
  assert.deepEqual(await store.names(tenant, '', 10), { names: [], next: null });
});

/** A store whose answers to reads come when the test lets them. */
function slowReads(store: WrappedKeyStore) {
  const held: (() => void)[] = [];
  const reads: string[] = [];
  const slow: WrappedKeyStore = {
    ...store,
    async read(of, name) {
      const answer = await store.read(of, name);
      if (name.startsWith('run/')) {
        reads.push(name);
        await new Promise<void>((resolve) => held.push(resolve));
      }
      return answer;
    },
  };
  return { slow, held, reads };
}
const turns = async (): Promise<void> => {
  for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve));
};

for (const when of ['before', 'while'] as const)
  test(`P8: a key that was asked for ${when} it is destroyed is not remembered afterwards`, async (t) => {
    const folder = temporaryFolder(t);
    const store = openKeys(t, folder);
    const root = masterKey(join(folder, 'master.key'), true);
    const owner = { tenant, kind: 'run', id: 'r1' } as const;
    await createKeyRing({ store, root, nowMs: () => 0 }).create(owner);
    const { slow, held, reads } = slowReads(store);
    let destroying: (() => void) | null = null;
    const destroy: WrappedKeyStore['destroy'] = async (...of) => {
      await new Promise<void>((resolve) => (destroying = resolve));
      await store.destroy(...of);
    };
    const keys = createKeyRing({ store: { ...slow, destroy }, root, nowMs: () => 0 });
    const ask = () => Promise.all(Array.from({ length: 5 }, () => keys.get(owner, 'step')));
    const early = when === 'before' ? ask() : null;
    const destroyed = keys.destroy(owner);
    const asked = early ?? ask();
    await turns();
    assert.deepEqual(reads, ['run/r1'], 'who asks together asks the store once');
    (destroying as (() => void) | null)?.();
    await destroyed;
    held.forEach((answer) => answer());
    // Whoever asked before the destruction was acknowledged may have the key, once.
    await asked;
    const later = keys.get(owner, 'step');
    await turns();
    held.forEach((answer) => answer());
    await assert.rejects(later, { code: 'KEY_DESTROYED' });
  });

test('a tenant key is held five minutes, and for 32 tenants: afterwards the root is asked again', async (t) => {
  const folder = temporaryFolder(t);
  const clock = manualClock();
  const master = masterKey(join(folder, 'master.key'), true);
  let asked = 0;
  const root: RootWrapper = {
    wrap: (...of) => master.wrap(...of),
    unwrap: (...of) => ((asked += 1), master.unwrap(...of)),
  };
  const keys = createKeyRing({ store: openKeys(t, folder), root, nowMs: () => Date.parse(clock.now()) });
  const use = async (n: number): Promise<number> => {
    const before = asked;
    const owner = { tenant: tenantId(`tenant-${n}`), kind: 'run', id: 'r1' } as const;
    await keys.create(owner);
    keys.forget(owner);
    await keys.get(owner, 'step');
    return asked - before;
  };
  for (let n = 0; n < 32; n++) assert.equal(await use(n), 0, 'made here');
  assert.equal(await use(0), 0);
  await use(32);
  assert.deepEqual([await use(0), await use(32)], [1, 0], 'the oldest had to leave');
  clock.advance(299_999);
  assert.equal(await use(32), 0);
  clock.advance(1);
  assert.equal(await use(32), 1);
});

test('of what the key store says when it fails only the code is told', async (t) => {
  const folder = temporaryFolder(t);
  const failing = () => Promise.reject(Object.assign(new Error('row of J. Doe'), { code: 'EIO' }));
  const store = { ...openKeys(t, folder), read: failing };
  const keys = createKeyRing({ store, root: masterKey(join(folder, 'master.key'), true), nowMs: () => 0 });
  const message = 'KEY_UNAVAILABLE: the key store did not answer (EIO)';
  await assert.rejects(keys.get({ tenant, kind: 'run', id: 'r1' }, 'step'), { code: 'KEY_UNAVAILABLE', message });
});

test('the master key file is private, is made once, and is refused when others can read it or it is cut', async (t) => {
  const file = join(temporaryFolder(t), 'master.key');
  const first = await masterKey(file, true).wrap('here', Buffer.from('secret'));
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal((await masterKey(file, true).unwrap('here', first.wrapped, 1)).toString(), 'secret');
  await assert.rejects(masterKey(file, true).unwrap('there', first.wrapped, 1), { code: 'KEY_UNAVAILABLE' });
  chmodSync(file, 0o640);
  assert.throws(() => masterKey(file, true), { code: 'KEY_UNAVAILABLE' });
  chmodSync(file, 0o600);
  writeFileSync(file, 'short');
  assert.throws(() => masterKey(file, true), { code: 'KEY_UNAVAILABLE' });
});
