/** `countersign demo` beside a host that already runs the product: its main job works, and a second demo is turned away. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startProduct, type Product } from '../support/product.ts';

const CLI = join(import.meta.dirname, '..', '..', 'dist', 'cli.mjs');

describe('the demo beside another host', () => {
  let product: Product;
  before(async () => {
    product = await startProduct({ demo: false, env: { COUNTERSIGN_ALLOW_PRIVATE: '*' } });
  });
  after(() => product.remove());

  test('says what to do when nothing answers at the address', () => {
    const { status, stderr } = demo('http://localhost:9');
    assert.equal(status, 3, stderr);
    assert.match(stderr, /^Nothing answers at http:\/\/localhost:9\.\n/);
  });

  test('brings systems, secrets, people and samples; a second one disturbs nothing', async () => {
    const first = spawn(process.execPath, [CLI, 'demo', '--url', product.url, '--data', product.data]);
    for await (const chunk of first.stdout) if (String(chunk).includes("approver's link")) break;
    const { status, stderr } = demo(product.url);
    assert.equal(status, 6, stderr);
    assert.match(stderr, /^A demo runs in .* already\.\n/);
    const { body } = await product.call('starter', 'POST', '/api/v1/workflows/labour-cost-posting/runs?wait=20', {
      input: { week: '2026-W46' },
    });
    assert.equal(body.state, 'SUSPENDED', JSON.stringify(body));
    first.kill('SIGTERM');
    assert.deepEqual(await once(first, 'exit'), [0, null]);
  });

  function demo(url: string) {
    const args = [CLI, 'demo', '--url', url, '--data', product.data];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 30_000 });
    return { status, stderr };
  }
});
