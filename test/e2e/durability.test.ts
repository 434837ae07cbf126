/**
 * What may be lost without harm: the hub's file in the middle of 200 runs, every process while approvals wait, answers of
 * the ERP in every cruel way. The ERP's own ledger is the oracle: each run is booked exactly once, or not at all.
 */
import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FOREIGN_HOST } from '../support/foreign-host.ts';
import { erpUrl, ledgerOf, startProduct, type Product } from '../support/product.ts';
import { verifyChain } from '../support/verify-chain.ts';
import { BOOKS, GOVERNED } from '../support/workflows.ts';

const RUNS = 200;
const GOVERNED_EACH = 10;

describe('what may be lost', () => {
  let product: Product;
  before(async () => {
    product = await startProduct({ env: { COUNTERSIGN_SILENCE_MS: '1000' } });
    // Short, so that an ERP that is slow after it has booked is given up on and asked again.
    const books = BOOKS(erpUrl(product)).replaceAll('timeout: PT10S', 'timeout: PT1S');
    const { status, body } = await product.call('owner', 'POST', '/api/v1/definitions', { texts: [books, GOVERNED] });
    assert.equal(status, 200, JSON.stringify(body));
  });
  after(() => product.remove());

  async function start(workflow: string, key: string): Promise<string> {
    const { status, body } = await product.call(
      'starter',
      'POST',
      `/api/v1/workflows/${workflow}/runs`,
      { input: { amount: 5 } },
      { 'idempotency-key': key },
    );
    assert.ok(status === 202 || status === 200, JSON.stringify(body));
    return body.id;
  }
  async function settled(run: string): Promise<any> {
    for (;;) {
      const { body } = await product.call('starter', 'GET', `/api/v1/runs/${run}?wait=20`);
      if (body.state !== 'RUNNING' && body.state !== 'PENDING') return body;
    }
  }
  async function ended(run: string): Promise<any> {
    for (;;) {
      const view = await settled(run);
      if (view.endedAt !== null || view.waitingFor.some((each: any) => each.reason === 'EFFECT')) return view;
      await sleep(20);
    }
  }
  async function approve(run: string): Promise<void> {
    const { body } = await product.call('approver', 'GET', `/api/v1/approvals/${run}~2`);
    const { revision, digest } = body;
    const decision = { decision: 'approve', revision, digest };
    const answer = await product.call('approver', 'POST', `/api/v1/approvals/${run}~2/decision`, decision);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
  }
  const bookings = (): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const { externalId } of ledgerOf(product).flatMap(({ entries }) => entries))
      counts.set(externalId, (counts.get(externalId) ?? 0) + 1);
    return counts;
  };
  const faults = (kind: string, count = 1, more: Record<string, number> = {}) =>
    fetch(`${erpUrl(product)}/faults`, { method: 'POST', body: JSON.stringify({ kind, count, ...more }) });

  test(`P7: the hub's file deleted in the middle of ${RUNS} runs: all end, none is booked twice`, async () => {
    const runs: string[] = [];
    const one = async (n: number) =>
      void runs.push(await start(n % GOVERNED_EACH === 0 ? 'governed-posting' : 'allowed-posting', `hub-${n}`));
    for (let n = 0; n < RUNS; n += 20) await Promise.all(Array.from({ length: 20 }, (_, at) => one(n + at)));
    await product.kill();
    const hub = readdirSync(product.data).filter((name) => name.startsWith('hub.sqlite'));
    // Another host keeps its hub elsewhere: there it is found again as it was left.
    assert.ok(hub.length > 0 || FOREIGN_HOST !== undefined, 'the hub has a file');
    for (const name of hub) rmSync(join(product.data, name));
    await product.restart();
    const waiting: string[] = [];
    for (const run of runs) if ((await settled(run)).state === 'SUSPENDED') waiting.push(run);
    assert.equal(waiting.length, RUNS / GOVERNED_EACH);

    // Their lanes and doorbells are gone with the file: the decision is all there is.
    await product.kill();
    await product.restart();
    for (const run of waiting) await approve(run);
    for (const run of runs) assert.equal((await ended(run)).state, 'SUCCEEDED', run);
    const counts = bookings();
    assert.deepEqual(
      runs.filter((run) => counts.get(run) !== 1),
      [],
    );
    for (const run of [...runs.slice(0, 20), ...waiting]) {
      const { body } = await product.call('starter', 'GET', `/api/v1/runs/${run}/events?limit=500`);
      assert.equal(verifyChain(body.items), null, run);
    }
  });

  test('P3: killed right after a decision was acknowledged: it stands, and is acted on once', async () => {
    const runs = await Promise.all(Array.from({ length: 8 }, (_, n) => start('governed-posting', `kill-${n}`)));
    for (const run of runs) assert.equal((await settled(run)).state, 'SUSPENDED');
    for (const run of runs) await approve(run);
    await product.kill();
    await product.restart();
    for (const run of runs) assert.equal((await ended(run)).state, 'SUCCEEDED', run);
    const counts = bookings();
    for (const run of runs) assert.equal(counts.get(run), 1, run);
  });

  for (const second of ['503', 'drop-before', 'garbage', 'drop-after', 'slow-after']) {
    test(`P4: booked, the answer lost, and the repetition meets ${second}: booked once`, async () => {
      await faults('drop-after');
      await faults(second, 1, { delayMs: 1_500 });
      const run = await start('allowed-posting', `twice-${second}`);
      const view = await ended(run);
      assert.equal(bookings().get(run), 1, JSON.stringify(view));
      assert.equal(view.state, 'SUCCEEDED', JSON.stringify(view.steps));
      await fetch(`${erpUrl(product)}/faults`, { method: 'DELETE' });
    });
  }

  test('P4: 60 runs at an ERP that misbehaves in every way: each is booked exactly once', async () => {
    for (const kind of ['slow', 'slow-after', 'drop-before', 'drop-after', '503', 'garbage'])
      for (let at = 0; at < 5; at++) await faults(kind, 1, { skip: at, delayMs: kind === 'slow' ? 200 : 1_500 });
    const runs = await Promise.all(Array.from({ length: 60 }, (_, n) => start('allowed-posting', `weather-${n}`)));
    const states = await Promise.all(runs.map(ended));
    const counts = bookings();
    for (const [at, run] of runs.entries()) {
      const view = states[at];
      if (view.state === 'SUCCEEDED') assert.equal(counts.get(run), 1, run);
      else assert.ok((counts.get(run) ?? 0) <= 1 && view.state === 'SUSPENDED', JSON.stringify(view));
    }
    assert.ok(states.filter(({ state }) => state === 'SUCCEEDED').length >= 55, 'the faults pass by');
  });
});
