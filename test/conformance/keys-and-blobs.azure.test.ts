/** Blobs, keys, sealing and secrets on Blob Storage and Key Vault under the suites of their ports. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { tenantId } from '../../src/domain/ids.ts';
import { azureBlobStore } from '../../src/platform/azure/blob/blob-store.ts';
import { azureKeyStore } from '../../src/platform/azure/blob/key-store.ts';
import { keyVaultRoot } from '../../src/platform/azure/vault/root-wrapper.ts';
import { keyVaultSecrets } from '../../src/platform/azure/vault/secret-broker.ts';
import { createContextVault } from '../../src/platform/common/context-vault.ts';
import { createKeyRing } from '../../src/platform/common/key-ring.ts';
import { QUICK, testBlobs, testCredential, testVault } from '../support/azure/platform.ts';
import { manualClock } from '../support/manual-clock.ts';
import { blobStoreSuite } from './blob-store.suite.ts';
import { contextVaultSuite } from './context-vault.suite.ts';
import { keyRingSuite } from './key-ring.suite.ts';
import { secretBrokerSuite } from './secret-broker.suite.ts';

const tenant = tenantId('tenant-a');

async function rings(t: TestContext) {
  const clock = manualClock();
  const blobs = await testBlobs(t);
  const vault = await testVault(t);
  const open = () =>
    createKeyRing({
      store: azureKeyStore(blobs.container('run-keys')),
      root: keyVaultRoot({
        vault: vault.server.url,
        key: 'tenant-wrapping',
        credential: testCredential,
        patience: QUICK,
      }),
      nowMs: () => Date.parse(clock.now()),
    });
  return { clock, blobs, vault, open };
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
  return keyVaultSecrets({ vault: server.url, credential: testCredential, patience: QUICK });
});

test('one question to the vault a tenant and five minutes, however many keys are used', async (t) => {
  const { clock, vault, open } = await rings(t);
  const keys = open();
  await Promise.all(Array.from({ length: 20 }, (_, n) => keys.create({ tenant, kind: 'run', id: `r${n}` })));
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
  const paths = vault.server.log.filter(({ operation }) => operation === 'wrap').map(({ path }) => path);
  assert.equal(paths.length, 2);
  assert.ok((await open().get({ tenant, kind: 'run', id: 'r1' }, 'step')).key.equals(made.key));
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

test('where the app may only read secrets, binding says no and the secret goes nowhere', async (t) => {
  const { server, service } = await testVault(t);
  const secrets = keyVaultSecrets({ vault: server.url, credential: testCredential, patience: QUICK });
  await secrets.set(tenant, 'erp-token', 'hunter2', []);
  service.readOnly = true;
  assert.equal(await secrets.bind(tenant, 'erp-token', ['erp.example.test']), false);
  await assert.rejects(secrets.resolve(tenant, 'erp-token', 'erp.example.test'), { code: 'SECRET_NOT_ALLOWED' });
  await assert.rejects(secrets.set(tenant, 'erp-token', 'x', []), { code: 'STORE_UNAVAILABLE' });
});

test('more hosts than fit into one tag are kept in several', async (t) => {
  const { server } = await testVault(t);
  const secrets = keyVaultSecrets({ vault: server.url, credential: testCredential, patience: QUICK });
  const hosts = Array.from({ length: 60 }, (_, n) => `erp-${n}.example.test`);
  await secrets.set(tenant, 'erp-token', 'hunter2', hosts);
  for (const host of hosts) assert.equal(await secrets.resolve(tenant, 'erp-token', host), 'hunter2');
  const far = Array.from({ length: 200 }, (_, n) => `erp-${n}.example.test`);
  await assert.rejects(secrets.set(tenant, 'erp-token', 'hunter2', far), { code: 'LIMIT' });
});
