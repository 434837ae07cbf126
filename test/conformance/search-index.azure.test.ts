/** The search index on AI Search under its suite, and what only it can be asked. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { tenantId } from '../../src/domain/ids.ts';
import { aiSearchIndex } from '../../src/platform/azure/search/search-index.ts';
import { startService } from '../support/azure/https-server.ts';
import { QUICK, testCredential } from '../support/azure/platform.ts';
import { searchService } from '../support/azure/search-service.ts';
import { searchIndexSuite } from './search-index.suite.ts';

async function open(t: TestContext) {
  const service = searchService();
  const server = await startService(service);
  t.after(() => server.close());
  return {
    service,
    server,
    index: aiSearchIndex({ endpoint: server.url, credential: testCredential, patience: QUICK }),
  };
}

searchIndexSuite('AI Search', async (t) => (await open(t)).index);

test('the index is made once, when it is missing; a service that was away is asked again', async (t) => {
  const { service, server, index } = await open(t);
  server.faults = () => ({ kind: 'status', status: 503 });
  const A = tenantId('tenant-a');
  const document = { id: 'd1', collection: 'c', title: 't', readers: ['r'] };
  await assert.rejects(index.put(A, document, ['overtime'], 0), { code: 'STORE_UNAVAILABLE' });
  assert.equal(server.log.filter(({ method }) => method === 'PUT').length, 0);
  server.faults = null;
  await index.put(A, document, ['overtime'], 0);
  await index.put(A, document, ['overtime'], 1);
  assert.equal(
    server.log.filter(({ method, operation }) => method === 'PUT' && operation.startsWith('indexes')).length,
    1,
  );
  const fields = service.index?.fields ?? [];
  for (const name of ['tenantId', 'readers', 'collection'])
    assert.equal(fields.find((field) => field.name === name)?.filterable, true, name);
});
