/**
 * `kill -9` of everything, at random, while 200 runs are under way: nothing that was acknowledged is lost, the ERP's own
 * ledger shows every entry exactly once, and from the files alone every chain proves every record. Governed runs wait
 * through it and are approved afterwards.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { proveFolder } from '../support/offline-audit.ts';
import { FOREIGN_HOST } from '../support/foreign-host.ts';
import { erpUrl, ledgerOf, startProduct, type Product } from '../support/product.ts';
import { BOOKS, GOVERNED } from '../support/workflows.ts';
import { seeded } from '../support/seeded.ts';

const SEED = Number(process.env.SEED ?? 20261121);
/** Another host takes many seconds to start, in which a run's time goes on: ten of these are longer than its five minutes. */
const KILLS = FOREIGN_HOST === undefined ? 10 : 3;
const RUNS = 200;

describe(`kill -9 at random (SEED=${SEED})`, () => {
  let product: Product;
  before(async () => {
    product = await startProduct({ env: { COUNTERSIGN_SILENCE_MS: '1000' } });
    const { status, body } = await product.call('owner', 'POST', '/api/v1/definitions', {
      texts: [BOOKS(erpUrl(product)), GOVERNED],
    });
    assert.equal(status, 200, JSON.stringify(body));
  });
  after(() => product.remove());

  test(`P1 P4 P5 P7: ${KILLS} kills during ${RUNS} runs lose nothing and repeat nothing`, async () => {
    const { next: random } = seeded(SEED);
    const accepted = new Set<string>();
    let asked = 0;
    // A start of the product that fails ends the test, and with it those who ask again and again.
    let over = false;
    const keep = async (): Promise<void> => {
      while (asked < RUNS && !over) {
        const n = asked++;
        const workflow = n % 10 === 0 ? 'governed-posting' : 'allowed-posting';
        while (!over) {
          try {
            const { status, body } = await product.call(
              'starter',
              'POST',
              `/api/v1/workflows/${workflow}/runs`,
              { input: { amount: n + 1 } },
              { 'idempotency-key': `n-${n}` },
            );
            if (status === 202 || status === 200) {
              accepted.add(body.id);
              break;
            }
          } catch {
            // Killed under the request: asked again with the same key.
          }
          await sleep(20);
        }
        await sleep(random() * 120);
      }
    };
    const starters = Array.from({ length: 4 }, keep);
    try {
      for (let kill = 0; kill < KILLS; kill++) {
        await sleep(100 + random() * 500);
        await product.kill();
        await product.restart();
      }
    } catch (error) {
      over = true;
      throw error;
    }
    await Promise.all(starters);
    assert.equal(accepted.size, RUNS, 'one run for each key');

    const runs = [...accepted];
    for (const run of runs) {
      const view = await settled(run);
      if (view.state === 'SUSPENDED') await approve(run);
      const done = await settled(run);
      assert.equal(done.state, 'SUCCEEDED', JSON.stringify(done));
    }
    const entries = ledgerOf(product).flatMap((posting) => posting.entries as { externalId: string }[]);
    assert.deepEqual(entries.map((entry) => entry.externalId).toSorted(), runs.toSorted());
    await product.interrupt();
    const proved = proveFolder(product.data);
    assert.ok(proved.runs >= RUNS && proved.documents > RUNS, JSON.stringify(proved));
  });

  async function settled(run: string): Promise<any> {
    for (;;) {
      const { body } = await product.call('starter', 'GET', `/api/v1/runs/${run}?wait=20`);
      if (body.state !== 'RUNNING' && body.state !== 'PENDING') return body;
    }
  }

  async function approve(run: string): Promise<void> {
    const { body } = await product.call('approver', 'GET', `/api/v1/approvals/${run}~2`);
    const { status } = await product.call('approver', 'POST', `/api/v1/approvals/${run}~2/decision`, {
      decision: 'approve',
      revision: body.revision,
      digest: body.digest,
    });
    assert.equal(status, 200);
    while ((await settled(run)).state === 'SUSPENDED') await sleep(20);
  }
});
