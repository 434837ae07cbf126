/** Keys, secrets, search, directory and tokens that cannot be had: faults of the platform that say which, and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TokenCredential } from '@azure/identity';
import { principalId, tenantId } from '../../src/domain/ids.ts';
import { BlobContainer } from '../../src/platform/azure/blob/account.ts';
import { cosmosClient } from '../../src/platform/azure/cosmos/client.ts';
import { Containers } from '../../src/platform/azure/cosmos/containers.ts';
import { graphDirectory } from '../../src/platform/azure/graph/directory.ts';
import { Graph } from '../../src/platform/azure/graph/graph.ts';
import { aiSearchIndex } from '../../src/platform/azure/search/search-index.ts';
import { keyVaultRoot } from '../../src/platform/azure/vault/root-wrapper.ts';
import { keyVaultSecrets } from '../../src/platform/azure/vault/secret-broker.ts';
import { down, first, lost, throttled } from '../support/azure/faults.ts';
import { graphService } from '../support/azure/graph-service.ts';
import { startService } from '../support/azure/https-server.ts';
import { QUICK, testBlobs, testCosmos, testCredential, testKeyRings, testVault } from '../support/azure/platform.ts';
import { searchService } from '../support/azure/search-service.ts';
import { scopeOf } from '../support/run-samples.ts';

const A = scopeOf('tenant-a', 'run-1');

test('a vault or key account that does not answer makes keys unavailable, never destroyed, and says nothing else', async (t) => {
  const { blobs, vault, open } = await testKeyRings(t, () => 0);
  const owner = { tenant: tenantId('tenant-a'), kind: 'run' as const, id: 'r1' };
  const made = await open().create(owner);
  for (const server of [vault.server, blobs.server]) {
    server.faults = () => down;
    await assert.rejects(open().get(owner, 'step'), (error: Error & { code?: string }) => {
      assert.match(error.code ?? '', /^(KEY|STORE)_UNAVAILABLE$/);
      assert.doesNotMatch(error.message, /injected|localhost/);
      return true;
    });
    server.faults = first('unwrap', throttled, 2);
    assert.ok((await open().get(owner, 'step')).key.equals(made.key));
    server.faults = null;
  }
});

test('a vault of secrets that stays silent, refuses or throttles is a fault of the platform, and says nothing of the secret', async (t) => {
  const { server } = await testVault(t);
  const options = { vault: server.url, credential: testCredential, patience: { ...QUICK, timeoutMs: 100, tries: 2 } };
  const secrets = keyVaultSecrets({ ...options, nowMs: () => 0 });
  await secrets.set(A.tenant, 'erp-token', 'hunter2', ['erp.example.test']);
  for (const fault of [down, throttled, lost, { kind: 'silent' }, { kind: 'status', status: 403 }] as const) {
    server.faults = () => fault;
    await assert.rejects(
      secrets.resolve(A.tenant, 'erp-token', 'erp.example.test'),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'STORE_UNAVAILABLE');
        assert.doesNotMatch(error.message, /hunter2|injected|localhost|erp-token/);
        return true;
      },
    );
  }
  server.faults = first('secret-get', throttled, 1);
  assert.equal(await secrets.resolve(A.tenant, 'erp-token', 'erp.example.test'), 'hunter2');
});

test('an index that stays away is a fault and answers nothing', async (t) => {
  const server = await startService(searchService());
  t.after(() => server.close());
  const patience = { ...QUICK, timeoutMs: 100, tries: 2 };
  const index = aiSearchIndex({ endpoint: server.url, credential: testCredential, patience });
  const document = { id: 'd1', collection: 'c', title: 't', readers: ['r'] };
  await index.put(A.tenant, document, ['overtime'], 0);
  const ask = () => index.search(A.tenant, { text: 'overtime', collections: null, as: ['r'], limit: 5 });
  for (const fault of [down, throttled, lost, { kind: 'silent' }] as const) {
    server.faults = () => fault;
    await assert.rejects(ask(), { code: 'STORE_UNAVAILABLE' });
    await assert.rejects(index.put(A.tenant, document, ['overtime'], 1), { code: 'STORE_UNAVAILABLE' });
  }
  server.faults = null;
  assert.equal((await ask()).length, 1);
});

test('without a token every port is unavailable, and says no more', async (t) => {
  const credential: TokenCredential = {
    getToken: () => Promise.reject(Object.assign(new Error('planted text'), { name: 'CredentialUnavailableError' })),
  };
  const { server } = await testCosmos(t);
  const blobs = await testBlobs(t);
  const vault = await testVault(t);
  const search = await startService(searchService());
  const graph = await startService(graphService([], 'api'));
  t.after(() => Promise.all([search.close(), graph.close()]));
  const options = { credential, patience: QUICK };
  const containers = new Containers(cosmosClient(server.url, credential, 3_000), 'countersign', QUICK);
  t.after(() => containers.close());
  const directory = graphDirectory({
    graph: new Graph(credential, QUICK, graph.url),
    tenant: A.tenant,
    audience: 'api',
    nowMs: () => 0,
  });
  const ports: Record<string, () => Promise<unknown>> = {
    records: () => containers.read('runs', ['a', 'b'], 'head'),
    blobs: () => new BlobContainer(blobs.server.url, 'sealed', credential, QUICK).read('x'),
    keys: () =>
      keyVaultRoot({ vault: vault.server.url, key: 'tenant-wrapping', ...options }).wrap('x', Buffer.from('k')),
    secrets: () =>
      keyVaultSecrets({ vault: vault.server.url, ...options, nowMs: () => 0 }).resolve(A.tenant, 'x', 'x.test'),
    search: () => aiSearchIndex({ endpoint: search.url, ...options }).remove(A.tenant, 'd1', 1),
    directory: () => directory.find(A.tenant, principalId('anna')),
    members: () => directory.members(A.tenant, { users: [], roles: ['approver'], groups: ['finance'] }),
  };
  for (const [name, ask] of Object.entries(ports))
    await assert.rejects(ask, (error: Error & { code?: string }) => {
      assert.equal(error.code, name === 'keys' ? 'KEY_UNAVAILABLE' : 'STORE_UNAVAILABLE', `${name}: ${error.stack}`);
      assert.doesNotMatch(error.message, /planted/);
      return true;
    });
});
