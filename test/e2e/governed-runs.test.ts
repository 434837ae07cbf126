/**
 * 50 governed runs at once where the host tests the app hardest: strict mode (JSON wire, random cuts, every replay checked), or
 * the rough weather of the real host when the suite runs there. What was booked is what was approved, once.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { erpUrl, IN_WEATHER, ledgerOf, startProduct, type Product } from '../support/product.ts';
import { verifyChain } from '../support/verify-chain.ts';
import { BOOKS, GOVERNED } from '../support/workflows.ts';

const RUNS = 50;

describe(IN_WEATHER ? 'many runs in rough weather' : 'many runs in strict mode', () => {
  let product: Product;
  before(async () => {
    product = await startProduct({ args: IN_WEATHER ? [] : ['--strict'], env: { COUNTERSIGN_SILENCE_MS: '1000' } });
    const texts = [BOOKS(erpUrl(product)), GOVERNED];
    const { status, body } = await product.call('owner', 'POST', '/api/v1/definitions', { texts });
    assert.equal(status, 200, JSON.stringify(body));
  });
  after(() => product.remove());

  async function start(workflow: string, input: unknown): Promise<string> {
    const { status, body } = await product.call('starter', 'POST', `/api/v1/workflows/${workflow}/runs`, { input });
    assert.equal(status, 202, JSON.stringify(body));
    return body.id;
  }
  async function until(run: string, state: string): Promise<any> {
    for (;;) {
      const { body } = await product.call('starter', 'GET', `/api/v1/runs/${run}?wait=5`);
      if (body.state === state) return body;
      assert.ok(body.endedAt === null, JSON.stringify(body));
      await sleep(20);
    }
  }
  async function approve(run: string, step: number): Promise<any> {
    const path = `/api/v1/approvals/${run}~${step}`;
    const { body } = await product.call('approver', 'GET', path);
    const { revision, digest } = body;
    const decision = { decision: 'approve', revision, digest };
    const { status } = await product.call('approver', 'POST', `${path}/decision`, decision);
    assert.equal(status, 200);
    return body;
  }
  const booked = (): any[] => ledgerOf(product).flatMap(({ entries }) => entries);

  test(`${RUNS} governed runs: each is approved, booked once, and its chain holds`, async () => {
    const runs = await Promise.all(
      Array.from({ length: RUNS }, (_, n) => start('governed-posting', { amount: n + 1 })),
    );
    await Promise.all(runs.map((run) => until(run, 'SUSPENDED')));
    await Promise.all(runs.map((run) => approve(run, 2)));
    await Promise.all(runs.map((run) => until(run, 'SUCCEEDED')));
    const mine = booked().filter(({ externalId }) => runs.includes(externalId));
    assert.deepEqual(mine.map(({ externalId }) => externalId).toSorted(), runs.toSorted());
    for (const run of runs) {
      const { body } = await product.call('starter', 'GET', `/api/v1/runs/${run}/events?limit=500`);
      assert.equal(verifyChain(body.items), null, run);
    }
  });
});
