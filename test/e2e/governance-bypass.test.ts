/**
 * Ways round the approval that authors, operators and even governors might try (security G1–G5) on the product as it runs:
 * by leaving out, by never reaching, by changing what was approved after it was approved.
 */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { erpUrl, ledgerOf, startProduct, type Product } from '../support/product.ts';
import { BOOKS, GOVERNED } from '../support/workflows.ts';

const head = (id: string): string => `apiVersion: countersign/v1\nid: ${id}\nsteps:\n`;
const shape = `  - { id: shape, verb: TRANSFORM, map: [{ project: P-1, cents: '{{ input.amount }}' }] }\n`;
const govern = (more = ''): string =>
  `  - { id: policy, verb: GOVERN, policies: [labour-posting-limits], totals: { cents: /cents }${more} }\n`;
const post = (more = 'governedBy: policy', records = '{{ steps.shape.output }}'): string =>
  `  - { id: post, verb: PUSH, connector: guarded-books, resource: ledger-entries, records: '${records}', recordKey: '{{ run.id }}', ${more} }\n`;

describe('ways round an approval', () => {
  let product: Product;
  let evil: Server;
  let evilUrl: string;
  let stolen = 0;
  before(async () => {
    evil = createServer((request, response) => {
      stolen += 1;
      request.resume();
      response.writeHead(201, { 'content-type': 'application/json' }).end('{"value":[{"entryId":"X"}]}');
    });
    await new Promise<void>((listening) => evil.listen(0, '127.0.0.1', listening));
    evilUrl = `http://127.0.0.1:${(evil.address() as AddressInfo).port}`;
    product = await startProduct();
    const { status, body } = await apply('owner', BOOKS(erpUrl(product)), GOVERNED);
    assert.equal(status, 200, JSON.stringify(body));
  });
  after(async () => {
    await product?.remove();
    evil.closeAllConnections();
    evil.close();
  });

  const apply = (account: string, ...texts: string[]) =>
    product.call(account, 'POST', '/api/v1/definitions', { texts });
  const booked = (run: string): any[] =>
    ledgerOf(product)
      .flatMap(({ entries }) => entries)
      .filter((entry: any) => entry.externalId === run);
  async function until(run: string, wanted: (view: any) => boolean): Promise<any> {
    for (let tries = 0; tries < 1_000; tries++) {
      const { body } = await product.call('starter', 'GET', `/api/v1/runs/${run}`);
      if (wanted(body)) return body;
      await sleep(20);
    }
    throw new Error(JSON.stringify((await product.call('starter', 'GET', `/api/v1/runs/${run}`)).body));
  }
  const start = async (workflow: string): Promise<string> =>
    (await product.call('starter', 'POST', `/api/v1/workflows/${workflow}/runs`, { input: { amount: 4 } })).body.id;
  /** A run that is approved and held: what comes now comes too late to be approved. */
  async function approvedAndHeld(workflow = 'governed-posting'): Promise<string> {
    const run = await start(workflow);
    await until(run, ({ state }) => state === 'SUSPENDED');
    const control = { reason: 'hold it' };
    assert.equal((await product.call('operator', 'POST', `/api/v1/runs/${run}/pause`, control)).status, 200);
    const { body } = await product.call('approver', 'GET', `/api/v1/approvals/${run}~2`);
    const decision = { decision: 'approve', revision: body.revision, digest: body.digest };
    assert.equal((await product.call('approver', 'POST', `/api/v1/approvals/${run}~2/decision`, decision)).status, 200);
    return run;
  }
  const resume = async (run: string) =>
    assert.equal(
      (await product.call('operator', 'POST', `/api/v1/runs/${run}/resume`, { reason: 'go on' })).status,
      200,
    );

  test('a definition that would write without asking is refused, whoever publishes it', async () => {
    const definitions: Record<string, string> = {
      'no GOVERN at all': head('sly') + shape + post('timeout: PT1M'),
      'a GOVERN that governs something else': `${head('sly') + shape + govern(", subject: '{{ 1 }}'")}${post('timeout: PT1M')}`,
      'a GOVERN whose failure is ignored': head('sly') + shape + govern(', onError: continue') + post(),
      'content that does not exist yet when it is judged': `${head('sly') + shape + govern()}  - { id: late, verb: TRANSFORM, map: [{ cents: 1 }] }\n${post('governedBy: policy', '{{ steps.late.output }}')}`,
      'a GOVERN after the write': head('sly') + shape + post() + govern(),
    };
    for (const [what, text] of Object.entries(definitions)) {
      const { status, body } = await apply('owner', text);
      assert.equal(status, 422, `${what}: ${JSON.stringify(body)}`);
    }
  });

  test('P3: a GOVERN that never runs lets nothing be written', async () => {
    assert.equal((await apply('owner', `${head('skipped')}${shape}${govern(", when: 'false'")}${post()}`)).status, 200);
    const gate = `  - { id: gate, verb: LOGIC_GATE, if: 'input.amount > 1000.0', then: [policy], else: [] }\n`;
    const published = await apply('owner', `${head('gated')}${shape}${gate}${govern()}${post()}`);
    for (const workflow of ['skipped', ...(published.status === 200 ? ['gated'] : [])]) {
      const run = await start(workflow);
      const view = await until(run, ({ endedAt }) => endedAt !== null);
      assert.equal(view.steps.find(({ id }: any) => id === 'post').state, 'SKIPPED', JSON.stringify(view.steps));
      assert.deepEqual(booked(run), []);
    }
  });

  test('who writes workflows writes neither connectors nor policies', async () => {
    const author = await product.authorization({ oid: 'author', roles: ['author', 'publisher'] });
    const policy = `apiVersion: countersign/v1\nkind: Policy\nid: labour-posting-limits\nrules: [{ id: all, if: 'true', then: allow, reason: MINE }]\n`;
    for (const text of [policy, BOOKS(evilUrl)]) {
      const { status } = await product.call('starter', 'POST', '/api/v1/definitions', { texts: [text] }, author);
      assert.equal(status, 403);
    }
    const mine = { rules: [{ id: 'all', if: 'true', then: 'allow', reason: 'MINE' }] };
    assert.equal(
      (await product.call('starter', 'PUT', '/api/v1/policies/labour-posting-limits', mine, author)).status,
      403,
    );
    assert.equal(
      (await product.call('starter', 'DELETE', '/api/v1/policies/labour-posting-limits', undefined, author)).status,
      403,
    );
  });

  test('P3: a connector moved to another host after the approval: what was approved goes where it was approved to go', async () => {
    const run = await approvedAndHeld();
    const moved = await apply('owner', BOOKS(evilUrl));
    assert.equal(moved.status, 200, JSON.stringify(moved.body));
    await resume(run);
    assert.equal((await until(run, ({ endedAt }) => endedAt !== null)).state, 'SUCCEEDED');
    assert.equal(booked(run).length, 1);
    assert.equal(stolen, 0);
    assert.equal((await apply('owner', BOOKS(erpUrl(product)))).status, 200);
  });

  test('a workflow published anew after the approval: the run keeps the version that was approved', async () => {
    const run = await approvedAndHeld();
    const greedy = GOVERNED.replace("cents: '{{ input.amount }}'", "cents: '{{ input.amount * 1000 }}'");
    assert.equal((await apply('owner', greedy)).status, 200);
    await resume(run);
    assert.equal((await until(run, ({ endedAt }) => endedAt !== null)).state, 'SUCCEEDED');
    assert.deepEqual(
      booked(run).map(({ cents }) => cents),
      [4],
    );
    assert.equal((await apply('owner', GOVERNED)).status, 200);
  });

  test('P3: a retry of what comes before the approval: nothing is written on the old one unless it is the same', async () => {
    const run = await approvedAndHeld();
    await resume(run);
    await until(run, ({ endedAt }) => endedAt !== null);
    assert.equal(booked(run).length, 1);
    const again = await product.call('operator', 'POST', `/api/v1/runs/${run}/retry`, { reason: 'once more' });
    if (again.status === 200) await until(run, (view) => view.endedAt !== null || view.state === 'SUSPENDED');
    else assert.equal(again.status, 409);
    assert.equal(booked(run).length, 1, 'a run books its record once, however often it is run again');
  });
});
