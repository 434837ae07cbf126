/** The context vault on the local key ring and files; and what binds a value to its place where keys do not. */
import assert from 'node:assert/strict';
import { createSecretKey, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { tenantId } from '../../src/domain/ids.ts';
import type { Sealed, SealedPlace } from '../../src/domain/sealing/sealed.ts';
import { createContextVault } from '../../src/platform/common/context-vault.ts';
import type { BlobStore } from '../../src/ports/blob-store.ts';
import type { KeyRing } from '../../src/ports/key-ring.ts';
import { temporaryPlatform } from '../support/local-platform.ts';
import { broken, contextVaultSuite, place } from './context-vault.suite.ts';

contextVaultSuite('SQLite and files', async (t) => (await temporaryPlatform(t)).platform);

const PLACE = place();

/** One key for all owners in all its versions, and blobs in memory. */
function shared() {
  const ring = { version: 1, key: createSecretKey(randomBytes(32)) };
  const keys = { create: async () => ring, get: async () => ring } as unknown as KeyRing;
  const stored = new Map<string, Uint8Array>();
  const read: string[] = [];
  const blobs = {
    put: async (_tenant, name, bytes) => void stored.set(name, bytes),
    get: async (_tenant, name) => {
      read.push(name);
      return stored.get(name) ?? null;
    },
  } as BlobStore;
  return { ring, read, vault: createContextVault(keys, blobs) };
}

test('a value is bound to every part of its place, also where all owners have one key', async () => {
  const { vault } = shared();
  const sealed = await vault.seal(PLACE, 'payee A');
  const others: readonly Partial<SealedPlace>[] = [
    { tenant: tenantId('tenant-b') },
    { kind: 'document' },
    { id: 'r2' },
    { path: 'step/4' },
    { field: 'error' },
    { attempt: 2 },
    { path: 'step/3output', field: '' },
    { id: 'r1step', path: '/3' },
  ];
  for (const other of others)
    await assert.rejects(vault.open({ ...PLACE, ...other }, sealed), broken, JSON.stringify(other));
  assert.equal(await vault.open(PLACE, sealed), 'payee A');
});

test('a value is bound to the version of its key, also where the next one is the same key', async () => {
  const { vault, ring } = shared();
  const sealed = await vault.seal(PLACE, 'payee A');
  ring.version = 2;
  await assert.rejects(vault.open(PLACE, sealed), broken);
  await assert.rejects(vault.open(PLACE, sealed.replace('s1.1.', 's1.2.') as Sealed), broken);
});

test('a blob of another owner is not even read; nor is one whose name has something behind it', async () => {
  const { vault, read } = shared();
  const sealed = await vault.seal(PLACE, 'x'.repeat(100_000));
  await assert.rejects(vault.open({ ...PLACE, id: 'r2' }, sealed), broken);
  await assert.rejects(vault.open(PLACE, `${sealed}.x` as Sealed), broken);
  assert.deepEqual(read, []);
  assert.equal(((await vault.open(PLACE, sealed)) as string).length, 100_000);
});

test('opening makes no key where there is none', async (t) => {
  const { platform } = await temporaryPlatform(t);
  const sealed = await platform.vault.seal(PLACE, 'payee A');
  const other = { ...PLACE, id: 'r2' };
  for (let n = 0; n < 2; n++) await assert.rejects(platform.vault.open(other, sealed), { code: 'KEY_UNAVAILABLE' });
});
