/** Approvals taken back and effect keys, by the API of the product as it runs. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { erpUrl, ledgerOf, startProduct, type Product } from '../support/product.ts';
import { verifyChain } from '../support/verify-chain.ts';
import { BOOKS, GOVERNED } from '../support/workflows.ts';

const KEYED = `apiVersion: countersign/v1
id: keyed-posting
effectKey: '{{ input.invoice }}'
steps:
  - { id: post, verb: PUSH, connector: books, resource: ledger-entries, records: [{ project: P-1, cents: 5 }], recordKey: '{{ run.id }}' }
`;
const INVOICE = 'INV-2026-000471-SECRET';

describe('approvals taken back, effects with a key', () => {
  let product: Product;
  before(async () => {
    product = await startProduct();
    const texts = [BOOKS(erpUrl(product)), GOVERNED, KEYED];
    const { status, body } = await product.call('owner', 'POST', '/api/v1/definitions', { texts });
    assert.equal(status, 200, JSON.stringify(body));
  });
  after(() => product.remove());

  const start = async (workflow: string, input: unknown): Promise<string> =>
    (await product.call('starter', 'POST', `/api/v1/workflows/${workflow}/runs`, { input })).body.id;
  async function until(run: string, wanted: (view: any) => boolean): Promise<any> {
    for (let tries = 0; tries < 1_500; tries++) {
      const { body } = await product.call('starter', 'GET', `/api/v1/runs/${run}`);
      if (wanted(body)) return body;
      await sleep(20);
    }
    throw new Error(JSON.stringify((await product.call('starter', 'GET', `/api/v1/runs/${run}`)).body));
  }
  const booked = (whose: (externalId: string) => boolean): number =>
    ledgerOf(product)
      .flatMap(({ entries }) => entries)
      .filter((entry: any) => whose(entry.externalId)).length;
  const is = (state: string) => (view: any) => view.state === state;
  const read = async (approval: string) =>
    (await product.call('approver', 'GET', `/api/v1/approvals/${approval}`)).body;
  async function approve(approval: string): Promise<void> {
    const { revision, digest } = await read(approval);
    const decision = { decision: 'approve', revision, digest };
    const { status, body } = await product.call('approver', 'POST', `/api/v1/approvals/${approval}/decision`, decision);
    assert.equal(status, 200, JSON.stringify(body));
  }
  const revoke = (approval: string, by = 'approver', what = 'revoke') =>
    product.call(by, 'POST', `/api/v1/approvals/${approval}/${what}`, { reason: 'one line is wrong' });

  test('withdrawn while the run is paused: nothing is written, it is asked again, and the new answer counts', async () => {
    const run = await start('governed-posting', { amount: 71 });
    const approval = `${run}~2`;
    await until(run, is('SUSPENDED'));
    assert.equal((await revoke(approval)).status, 409, 'nothing has been approved');
    await product.call('operator', 'POST', `/api/v1/runs/${run}/pause`, { reason: 'a test' });
    await approve(approval);
    assert.equal((await revoke(approval, 'starter')).status, 403);
    assert.equal((await revoke(approval, 'approver', 'void')).status, 403, 'only an admin voids');
    const taken = await revoke(approval);
    assert.deepEqual([taken.status, taken.body.state], [200, 'VOID'], JSON.stringify(taken.body));
    assert.equal((await revoke(approval)).body.replayed, true);
    const shown = await read(approval);
    assert.equal(shown.state, 'VOID');
    assert.equal(shown.decisions[0].withdrawnAt, taken.body.at);
    await product.call('operator', 'POST', `/api/v1/runs/${run}/resume`, { reason: 'a test' });
    let again = await read(approval);
    for (let tries = 0; again.state === 'VOID' && tries < 500; tries++) {
      await sleep(20);
      again = await read(approval);
    }
    assert.deepEqual([again.state, again.revision, again.reasons[0]], ['OPEN', 2, 'WITHDRAWN']);
    await approve(approval);
    await until(run, is('SUCCEEDED'));
    assert.equal((await revoke(approval)).status, 409, 'it is written');
    const resolution = { resolution: 'send-again', reason: 'a test' };
    const settled = await product.call(
      'operator',
      'POST',
      `/api/v1/runs/${run}/effects/effect~3~0~0/resolution`,
      resolution,
    );
    assert.deepEqual([settled.status, settled.body.code], [409, 'CONFLICT'], 'its outcome is known');
    const { items } = (await product.call('starter', 'GET', `/api/v1/runs/${run}/events?limit=500`)).body;
    assert.equal(verifyChain(items), null);
    const types = items.map((item: any) => item.event.type);
    assert.equal(types.filter((type: string) => type === 'APPROVAL_WITHDRAWN').length, 1);
    assert.equal(
      booked((id) => id === run),
      1,
    );
  });

  test('two runs at once with one effect key: one writes, the other fails and says whose it is', async () => {
    const runs = await Promise.all(Array.from({ length: 4 }, () => start('keyed-posting', { invoice: INVOICE })));
    const views = await Promise.all(runs.map((run) => until(run, (view) => view.endedAt !== null)));
    assert.deepEqual(views.map((view) => view.state).sort(), ['FAILED', 'FAILED', 'FAILED', 'SUCCEEDED']);
    const failed = views.filter((view) => view.state === 'FAILED');
    for (const view of failed) assert.equal(view.steps[0].errorCode ?? view.cause?.code, 'EFFECT_EXISTS');
    assert.equal(
      booked((id) => runs.includes(id)),
      1,
    );
  });
});
