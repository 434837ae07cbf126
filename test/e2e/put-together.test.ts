/** An app that cannot be put together says why to who deploys it, and to callers that it is a matter of time. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startProduct, type Product } from '../support/product.ts';

let product: Product | null = null;
after(() => product?.remove());

test('adapter modules that are not those of the settings: named with their hash, 503 for callers', async () => {
  const started = await startProduct({
    demo: false,
    env: { COUNTERSIGN_ADAPTERS: `dist/app.mjs=${'0'.repeat(64)},nowhere.mjs=${'1'.repeat(64)}` },
  });
  product = started;
  for (let n = 0; n < 2; n++) {
    const { status, body, headers } = await started.call('starter', 'GET', '/api/v1/runs');
    assert.deepEqual([status, body.code, headers.get('retry-after')], [503, 'UNAVAILABLE', '2']);
    assert.equal(headers.get('content-type'), 'application/problem+json');
  }
  assert.match(started.output(), /dist\/app\.mjs: its SHA-256 is [0-9a-f]{64}, not the one in the settings/);
  assert.match(started.output(), /nowhere\.mjs: cannot be read \(ENOENT\)/);
});
