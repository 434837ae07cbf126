/** What operators do to runs, by the API of the product as it runs (DESIGN §5, Control), with an outside system that waits. */
import assert from 'node:assert/strict';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { erpUrl, IN_WEATHER, ledgerOf, startProduct, type Product } from '../support/product.ts';
import { verifyChain } from '../support/verify-chain.ts';
import { BOOKS, GOVERNED } from '../support/workflows.ts';

const documents = (url: string) => `apiVersion: countersign/v1
kind: Connector
id: gate
category: datasource
adapter: datasource/http-json
settings: { baseUrl: '${url}', allowedHosts: [127.0.0.1], timeout: PT60S }
resources:
  held: { access: read, path: /held, items: /value }
  counted: { access: read, path: /counted, items: /value }
  flaky: { access: read, path: /flaky, items: /value }
  broken: { access: read, path: /broken, items: /value }
---
apiVersion: countersign/v1
id: held
steps:
  - { id: first, verb: FETCH, connector: gate, resource: counted }
  - { id: held, verb: FETCH, connector: gate, resource: held, timeout: PT1M }
  - { id: last, verb: TRANSFORM, map: 1 }
finally:
  - { id: goodbye, verb: FETCH, connector: gate, resource: counted }
---
apiVersion: countersign/v1
id: flaky
steps:
  - { id: flaky, verb: FETCH, connector: gate, resource: flaky, retry: { maxAttempts: 4, initial: 200, jitter: false } }
---
apiVersion: countersign/v1
id: breaking
steps:
  - { id: first, verb: FETCH, connector: gate, resource: counted }
  - { id: broken, verb: FETCH, connector: gate, resource: broken, retry: { maxAttempts: 1 } }
  - { id: last, verb: TRANSFORM, map: '{{ steps.broken.output }}' }
---
apiVersion: countersign/v1
id: too-slow
timeout: PT1S
steps:
  - { id: held, verb: FETCH, connector: gate, resource: held, timeout: PT1M }
finally:
  - { id: goodbye, verb: FETCH, connector: gate, resource: counted }
`;

describe('controls of an operator', () => {
  let product: Product;
  let server: Server;
  let held: ServerResponse[] = [];
  const hits: Record<string, number> = {};
  let broken = true;
  before(async () => {
    product = await startProduct();
    server = createServer((request, response) => {
      const path = request.url ?? '';
      hits[path] = (hits[path] ?? 0) + 1;
      const answer = (status: number) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end('{"value":[1]}');
      if (path === '/held') held.push(response);
      else if (path === '/flaky') answer((hits[path] ?? 0) < 3 ? 503 : 200);
      else if (path === '/broken') answer(broken ? 400 : 200);
      else answer(200);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const texts = [documents(url), BOOKS(erpUrl(product)), GOVERNED];
    const { status, body } = await product.call('owner', 'POST', '/api/v1/definitions', { texts });
    assert.equal(status, 200, JSON.stringify(body));
  });
  after(async () => {
    await product.remove();
    server.closeAllConnections();
    server.close();
  });

  const start = async (workflow: string, input: unknown = {}): Promise<string> =>
    (await product.call('starter', 'POST', `/api/v1/workflows/${workflow}/runs`, { input })).body.id;
  async function until(run: string, wanted: (view: any) => boolean): Promise<any> {
    for (let tries = 0; tries < 1_500; tries++) {
      const { body } = await product.call('starter', 'GET', `/api/v1/runs/${run}`);
      if (wanted(body)) return body;
      await sleep(20);
    }
    throw new Error(JSON.stringify((await product.call('starter', 'GET', `/api/v1/runs/${run}`)).body));
  }
  const is = (state: string) => (view: any) => view.state === state;
  const steps = (view: any): Record<string, string> =>
    Object.fromEntries(view.steps.map((step: any) => [step.id, step.state]));
  const control = async (run: string, what: string, expected = 200) => {
    const { status, body } = await product.call('operator', 'POST', `/api/v1/runs/${run}/${what}`, {
      reason: 'a test',
    });
    assert.equal(status, expected, JSON.stringify(body));
    return body;
  };
  async function somebodyIsHeld(): Promise<void> {
    while (held.length === 0) await sleep(10);
  }
  function letGo(): void {
    for (const response of held) response.writeHead(200, { 'content-type': 'application/json' }).end('{"value":[1]}');
    held = [];
  }
  /** How often the outside system was asked. Weather gives a turn out twice now and then: it is asked once more then. */
  function asked(path: string, times: number): void {
    const found = hits[path] ?? 0;
    if (IN_WEATHER) assert.ok(found >= times, `${path}: ${found}`);
    else assert.equal(found, times, path);
  }
  async function whole(run: string): Promise<any[]> {
    const { body } = await product.call('starter', 'GET', `/api/v1/runs/${run}/events?limit=500`);
    assert.equal(verifyChain(body.items), null);
    return body.items;
  }

  test('pause: what runs ends, nothing new starts; resume goes on', async () => {
    const run = await start('held');
    await somebodyIsHeld();
    await control(run, 'pause');
    letGo();
    const paused = await until(run, (view) => steps(view).held === 'SUCCEEDED');
    assert.equal(paused.state, 'PAUSED');
    assert.equal(steps(paused).last, 'READY');
    await control(run, 'pause', 409);
    await control(run, 'resume');
    await until(run, is('SUCCEEDED'));
    await control(run, 'resume', 409);
    await whole(run);
  });

  test('a decision over a paused run is recorded, and takes effect with resume', async () => {
    const run = await start('governed-posting', { amount: 3 });
    await until(run, is('SUSPENDED'));
    await control(run, 'pause');
    const { body } = await product.call('approver', 'GET', `/api/v1/approvals/${run}~2`);
    const { revision, digest } = body;
    const decision = { decision: 'approve', revision, digest };
    const decided = await product.call('approver', 'POST', `/api/v1/approvals/${run}~2/decision`, decision);
    assert.deepEqual([decided.status, decided.body.state], [200, 'APPROVED']);
    const booked = () =>
      ledgerOf(product)
        .flatMap(({ entries }) => entries)
        .filter((entry: any) => entry.externalId === run);
    // The woken lane has looked and waits again, or has not looked: either way nothing is written.
    const paused = await until(run, is('PAUSED'));
    assert.notEqual(steps(paused).post, 'RUNNING');
    assert.equal(booked().length, 0);
    await control(run, 'resume');
    await until(run, is('SUCCEEDED'));
    assert.equal(booked().length, 1);
    await whole(run);
  });

  test('cancel while people are asked: void, nothing written, no decision any more', async () => {
    const run = await start('governed-posting', { amount: 3 });
    await until(run, is('SUSPENDED'));
    const { body: shown } = await product.call('approver', 'GET', `/api/v1/approvals/${run}~2`);
    await control(run, 'cancel');
    const view = await until(run, is('CANCELLED'));
    assert.equal(steps(view).policy, 'CANCELLED');
    const { revision, digest } = shown;
    const decision = { decision: 'approve', revision, digest };
    const late = await product.call('approver', 'POST', `/api/v1/approvals/${run}~2/decision`, decision);
    assert.equal(late.status, 409, JSON.stringify(late.body));
    assert.equal((await product.call('approver', 'GET', `/api/v1/approvals/${run}~2`)).body.state, 'VOID');
    await control(run, 'cancel', 409);
    await whole(run);
  });

  test('cancel while a step works: it is aborted, `finally` runs, nothing after it', async () => {
    const before_ = hits['/counted'] ?? 0;
    const run = await start('held');
    await somebodyIsHeld();
    await control(run, 'cancel');
    letGo();
    const view = await until(run, is('CANCELLED'));
    assert.equal(steps(view).goodbye, 'SUCCEEDED');
    assert.equal(steps(view).last, 'CANCELLED');
    asked('/counted', before_ + 2);
    await whole(run);
  });

  test('terminate: ended at once, no `finally`; what the step answers later changes nothing', async () => {
    const before_ = hits['/counted'] ?? 0;
    const run = await start('held');
    await somebodyIsHeld();
    const ended = await control(run, 'terminate');
    assert.equal(ended.state, 'CANCELLED');
    const records = (await whole(run)).length;
    letGo();
    // Another run goes all the way through the same hub and worker, so the late answer has had its chance.
    await until(await start('flaky'), is('SUCCEEDED'));
    assert.equal((await whole(run)).length, records);
    asked('/counted', before_ + 1);
    assert.equal(steps(await until(run, () => true)).goodbye, 'CANCELLED');
  });

  test('a failing source is asked again after a pause, as often as the step allows', async () => {
    hits['/flaky'] = 0;
    const run = await start('flaky');
    const view = await until(run, is('SUCCEEDED'));
    asked('/flaky', 3);
    const records = await whole(run);
    const failures = records.filter(({ event }) => event.type === 'STEP_FAILED');
    // Where an attempt asks twice, fewer attempts are refused.
    if (!IN_WEATHER) assert.deepEqual([view.steps[0].attempt, failures.length], [3, 2]);
    for (const { event } of failures) assert.equal(event.code, 'OUTSIDE_UNAVAILABLE');
    const waits = failures.map(({ at, event }) => Date.parse(event.retryAt) - Date.parse(at));
    // The pause counts from the failure, which is a little before its commit.
    for (const [index, wait] of waits.entries()) {
      const pause = 200 * 2 ** index;
      assert.ok(wait <= pause && wait > pause / 2, `${waits}`);
    }
  });

  test('retry of a step: only it and what follows run again, as the next attempt of the run', async () => {
    broken = true;
    const run = await start('breaking');
    const failed = await until(run, is('FAILED'));
    assert.deepEqual([failed.cause.code, failed.cause.step], ['OUTSIDE_REFUSED', 'broken']);
    const counted = hits['/counted'] ?? 0;
    broken = false;
    await control(run, 'steps/nothing/retry', 404);
    await control(run, 'steps/broken/retry');
    const view = await until(run, is('SUCCEEDED'));
    assert.deepEqual(steps(view), { first: 'SUCCEEDED', broken: 'SUCCEEDED', last: 'SUCCEEDED' });
    assert.equal(view.attempt, 2);
    asked('/counted', counted); // What had succeeded is not done again.
    const ends = (await whole(run)).filter(({ event }) => event.type === 'ENDED').map(({ event }) => event.outcome);
    assert.deepEqual(ends, ['FAILED', 'SUCCEEDED'], 'each attempt has its one outcome');
  });

  test('retry of a run: everything again, as the next attempt', async () => {
    broken = true;
    const run = await start('breaking');
    await until(run, is('FAILED'));
    const counted = hits['/counted'] ?? 0;
    broken = false;
    await control(run, 'retry');
    const view = await until(run, is('SUCCEEDED'));
    assert.equal(view.attempt, 2);
    asked('/counted', counted + 1);
    await whole(run);
  });

  test('a run that uses up its time fails, after `finally`', async () => {
    const run = await start('too-slow');
    await somebodyIsHeld();
    const view = await until(run, (each) => each.endedAt !== null);
    assert.deepEqual([view.state, view.cause.code, steps(view).goodbye], ['FAILED', 'RUN_TIMEOUT', 'SUCCEEDED']);
    letGo();
    await whole(run);
  });

  test('controls need the role, and a reason that nobody can read in the chain', async () => {
    const run = await start('governed-posting', { amount: 3 });
    await until(run, is('SUSPENDED'));
    for (const account of ['starter', 'approver', 'owner'])
      for (const what of ['cancel', 'terminate', 'pause', 'resume', 'retry', 'steps/policy/retry'])
        assert.equal(
          (await product.call(account, 'POST', `/api/v1/runs/${run}/${what}`, { reason: 'please' })).status,
          403,
        );
    assert.equal((await product.call('operator', 'POST', `/api/v1/runs/${run}/pause`, {})).status, 400);
    const why = 'Ms. Example asked for it by telephone';
    assert.equal((await product.call('operator', 'POST', `/api/v1/runs/${run}/pause`, { reason: why })).status, 200);
    const records = await whole(run);
    assert.ok(!JSON.stringify(records).includes('Example'));
    const paused = records.find(({ event }) => event.type === 'PAUSE');
    assert.match(String(paused.event.note), /^note~/);
    assert.ok(paused.documents.some((document: any) => document.id === paused.event.note && document.hash));
  });
});
