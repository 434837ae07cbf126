/** A second `countersign start` beside a running one: refused with its exit code, and the first goes on with its demo. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { freePort, startProduct, type Product } from '../support/product.ts';

const CLI = join(import.meta.dirname, '..', '..', 'dist', 'cli.mjs');

describe('a second start', () => {
  let product: Product;
  before(async () => {
    product = await startProduct();
  });
  after(() => product.remove());

  function startAgain(port: string) {
    const args = [CLI, 'start', '--demo', '--port', port, '--data', product.data];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 30_000 });
    return { status, stderr };
  }

  async function postsLabourCosts(): Promise<void> {
    const started = await product.call('starter', 'POST', '/api/v1/workflows/labour-cost-posting/runs?wait=20', {
      input: { week: '2026-W46' },
    });
    assert.equal(started.body.state, 'SUSPENDED', JSON.stringify(started.body));
  }

  test('at the same port says that the port is taken, and disturbs nothing', async () => {
    const { status, stderr } = startAgain(new URL(product.url).port);
    assert.match(stderr, /PORT_TAKEN: Port \d+ is taken/);
    assert.equal(status, 4);
    await postsLabourCosts();
  });

  test('in the same data folder says so, and disturbs nothing', async () => {
    const { status, stderr } = startAgain(String(await freePort()));
    assert.match(stderr, /data folder/i);
    assert.equal(status, 5);
    await postsLabourCosts();
  });
});
