/** Blobs, keys, sealing and secrets on Blob Storage and Key Vault under the suites of their ports. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { tenantId } from '../../src/domain/ids.ts';
import { azureBlobStore } from '../../src/platform/azure/blob/blob-store.ts';
import { keyVaultSecrets } from '../../src/platform/azure/vault/secret-broker.ts';
import { createContextVault } from '../../src/platform/common/context-vault.ts';
import { QUICK, testBlobs, testCredential, testKeyRings, testVault } from '../support/azure/platform.ts';
import { manualClock } from '../support/manual-clock.ts';
import { blobStoreSuite } from './blob-store.suite.ts';
import { contextVaultSuite } from './context-vault.suite.ts';
import { keyRingSuite } from './key-ring.suite.ts';
import { secretBrokerSuite } from './secret-broker.suite.ts';

const tenant = tenantId('tenant-a');

async function rings(t: TestContext) {
  const clock = manualClock();
  return { clock, ...(await testKeyRings(t, () => Date.parse(clock.now()))) };
}

blobStoreSuite('Blob Storage', async (t) => azureBlobStore((await testBlobs(t)).container('sealed')));

keyRingSuite('Blob Storage and Key Vault', async (t) => {
  const { clock, open } = await rings(t);
  return { keys: open(), clock, other: async () => open() };
});

contextVaultSuite('Blob Storage and Key Vault', async (t) => {
  const { blobs, open } = await rings(t);
  const keys = open();
  const store = azureBlobStore(blobs.container('sealed'));
  return { keys, blobs: store, vault: createContextVault(keys, store) };
});

secretBrokerSuite('Key Vault', async (t) => {
  const { server } = await testVault(t);
  return keyVaultSecrets({ vault: server.url, credential: testCredential, patience: QUICK, nowMs: () => 0 });
});

test('one question to the vault a tenant and five minutes, however many keys are used', async (t) => {
  const { clock, vault, open } = await rings(t);
  const keys = open();
  await Promise.all(Array.from({ length: 20 }, (_, n) => keys.create({ tenant, kind: 'run', id: `r${n}` })));
  assert.deepEqual(
    Object.fromEntries(vault.server.counts),
    { challenge: 1, wrap: 1 },
    'a new tenant is one question too',
  );
  const second = open();
  const asked = () => vault.server.counts.get('unwrap') ?? 0;
  await second.get({ tenant, kind: 'run', id: 'r0' }, 'step');
  const before = asked();
  for (let minute = 0; minute < 5; minute++) {
    for (let n = 0; n < 20; n++) await second.get({ tenant, kind: 'run', id: `r${n}` }, 'step');
    clock.advance(59_000);
  }
  assert.equal(asked(), before);
  clock.advance(10_000);
  await second.get({ tenant, kind: 'run', id: 'r0' }, 'step');
  assert.equal(asked(), before + 1);
});

test('a tenant key wrapped by an older version of the vault’s key still opens, and a new one uses the newest', async (t) => {
  const { vault, open } = await rings(t);
  const made = await open().create({ tenant, kind: 'run', id: 'r1' });
  vault.service.rotateKey();
  const after = open();
  assert.ok((await after.get({ tenant, kind: 'run', id: 'r1' }, 'step')).key.equals(made.key));
  await after.rotate(tenant);
  const last = open();
  const before = vault.server.counts.get('unwrap') ?? 0;
  const both = await Promise.all(Array.from({ length: 10 }, () => last.get({ tenant, kind: 'run', id: 'r1' }, 'step')));
  assert.ok(both.every(({ key }) => key.equals(made.key)));
  assert.equal((vault.server.counts.get('unwrap') ?? 0) - before, 2, 'the newest and the one before it, each once');
  const unwrapped = vault.server.log.filter(({ operation }) => operation === 'unwrap').map(({ path }) => path);
  assert.equal(new Set(unwrapped).size, 2, 'each by the version that wrapped it');
});

test('a tenant key put in the place of another tenant’s does not open', async (t) => {
  const { blobs, open } = await rings(t);
  const other = tenantId('tenant-b');
  await open().create({ tenant, kind: 'run', id: 'r1' });
  await open().create({ tenant: other, kind: 'run', id: 'r1' });
  const stolen = blobs.service.blobs.get('run-keys/tenant-a/wrap');
  assert.ok(stolen);
  blobs.service.blobs.set('run-keys/tenant-b/wrap', stolen);
  await assert.rejects(open().get({ tenant: other, kind: 'run', id: 'r1' }, 'step'), { code: 'SEAL_BROKEN' });
});

test('after a destruction no byte of the wrapped key is left in the account', async (t) => {
  const { blobs, open } = await rings(t);
  const keys = open();
  await keys.create({ tenant, kind: 'run', id: 'r1' });
  const text = (): string => [...blobs.service.blobs.values()].map(({ bytes }) => bytes.toString()).join('\n');
  const form = JSON.parse(String(blobs.service.blobs.get('run-keys/tenant-a/run/r1')?.bytes)) as { wrapped: string };
  assert.ok(text().includes(form.wrapped));
  await keys.destroy({ tenant, kind: 'run', id: 'r1' });
  assert.ok(!text().includes(form.wrapped.slice(0, 16)));
  assert.ok(blobs.service.blobs.has('run-keys/tenant-a/run/r1'));
});

test('one question to the vault a secret and five minutes, for steps that come together too; a refusal always asks', async (t) => {
  const clock = manualClock();
  const { server } = await testVault(t);
  const options = { vault: server.url, credential: testCredential, patience: QUICK };
  const open = () => keyVaultSecrets({ ...options, nowMs: () => Date.parse(clock.now()) });
  const owner = open();
  const secrets = open();
  const read = (host = 'erp.example.test', anew = false) => secrets.resolve(tenant, 'erp-token', host, anew);
  const asked = () => server.counts.get('secret-get') ?? 0;
  await owner.set(tenant, 'erp-token', 'one', ['erp.example.test']);
  assert.deepEqual(new Set(await Promise.all(Array.from({ length: 20 }, () => read()))), new Set(['one']));
  assert.equal(asked(), 1);
  clock.advance(299_000);
  await read();
  assert.equal(asked(), 1);
  await assert.rejects(read('mine.test'), { code: 'SECRET_NOT_ALLOWED' });
  assert.equal(asked(), 2, 'a host that is not among the remembered ones may have been added');
  await owner.set(tenant, 'erp-token', 'two', ['erp.example.test']);
  assert.equal(await read(), 'one', 'another instance may go on with the old value');
  assert.equal(await read('erp.example.test', true), 'two', 'until it is refused');
  assert.equal(await read(), 'two');
  await owner.set(tenant, 'erp-token', 'three', ['erp.example.test']);
  clock.advance(300_000);
  assert.equal(await read(), 'three', 'or five minutes are over');
  assert.equal(asked(), 4);
});

test('what is set or bound here is used here at once', async (t) => {
  const { server } = await testVault(t);
  const secrets = keyVaultSecrets({ vault: server.url, credential: testCredential, patience: QUICK, nowMs: () => 0 });
  await secrets.set(tenant, 'erp-token', 'one', []);
  await assert.rejects(secrets.resolve(tenant, 'erp-token', 'erp.example.test'), { code: 'SECRET_NOT_ALLOWED' });
  await secrets.bind(tenant, 'erp-token', ['erp.example.test']);
  assert.equal(await secrets.resolve(tenant, 'erp-token', 'erp.example.test'), 'one');
  await secrets.set(tenant, 'erp-token', 'two', ['b.test']);
  await assert.rejects(secrets.resolve(tenant, 'erp-token', 'erp.example.test'), { code: 'SECRET_NOT_ALLOWED' });
  assert.equal(await secrets.resolve(tenant, 'erp-token', 'b.test'), 'two');
});

test('where the app may only read secrets, binding says no and the secret goes nowhere', async (t) => {
  const { server, service } = await testVault(t);
  const secrets = keyVaultSecrets({ vault: server.url, credential: testCredential, patience: QUICK, nowMs: () => 0 });
  await secrets.set(tenant, 'erp-token', 'hunter2', []);
  service.readOnly = true;
  assert.equal(await secrets.bind(tenant, 'erp-token', ['erp.example.test']), false);
  await assert.rejects(secrets.resolve(tenant, 'erp-token', 'erp.example.test'), { code: 'SECRET_NOT_ALLOWED' });
  await assert.rejects(secrets.set(tenant, 'erp-token', 'x', []), { code: 'STORE_UNAVAILABLE' });
});

test('more hosts than fit into one tag are kept in several', async (t) => {
  const { server } = await testVault(t);
  const secrets = keyVaultSecrets({ vault: server.url, credential: testCredential, patience: QUICK, nowMs: () => 0 });
  const hosts = Array.from({ length: 60 }, (_, n) => `erp-${n}.example.test`);
  await secrets.set(tenant, 'erp-token', 'hunter2', hosts);
  for (const host of hosts) assert.equal(await secrets.resolve(tenant, 'erp-token', host), 'hunter2');
  const far = Array.from({ length: 200 }, (_, n) => `erp-${n}.example.test`);
  await assert.rejects(secrets.set(tenant, 'erp-token', 'hunter2', far), { code: 'LIMIT' });
});
