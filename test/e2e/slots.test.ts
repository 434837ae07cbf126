/**
 * Concurrency limits seen from outside (DESIGN §5, slots): the system that is called counts how many runs of a key are there
 * at once, while everything is killed in between. Nobody is forgotten in the queue.
 */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { IN_WEATHER, startProduct, type Product } from '../support/product.ts';
import { verifyChain } from '../support/verify-chain.ts';

const KEYS = ['red', 'green', 'blue'];
const RUNS = 36;
const LIMIT = 2;

const documents = (url: string): string => `apiVersion: countersign/v1
kind: Connector
id: busy
category: datasource
adapter: datasource/http-json
settings: { baseUrl: '${url}', allowedHosts: [127.0.0.1], timeout: PT20S }
resources:
  work: { access: read, path: /work, items: /value }
---
apiVersion: countersign/v1
id: limited
concurrency: { limit: ${LIMIT}, key: '{{ input.key }}', onLimit: queue }
steps:
  - { id: one, verb: FETCH, connector: busy, resource: work, query: { key: '{{ input.key }}', turn: '{{ run.id }}-one' } }
  - { id: two, verb: FETCH, connector: busy, resource: work, query: { key: '{{ input.key }}', turn: '{{ run.id }}-two' } }
---
apiVersion: countersign/v1
id: single
concurrency: { limit: 1, key: '{{ input.key }}', onLimit: queue }
steps:
  - { id: one, verb: FETCH, connector: busy, resource: work, query: { key: '{{ input.key }}', turn: '{{ run.id }}-one', hold: 'yes' } }
`;

describe('concurrency limits', () => {
  let product: Product;
  let server: Server;
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  /** Requests that wait for an answer. A turn may be given out twice: it counts once, and not when it was answered before. */
  let open: { readonly key: string; readonly turn: string }[] = [];
  const answered = new Set<string>();
  const most = new Map<string, number>();
  const held = new Set<string>();
  before(async () => {
    server = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? '/', 'http://outside');
      const [key, turn] = [searchParams.get('key') ?? '', searchParams.get('turn') ?? ''];
      const own = { key, turn };
      if (!answered.has(turn)) open.push(own);
      const turns = new Set(open.filter((each) => each.key === key).map((each) => each.turn));
      most.set(key, Math.max(most.get(key) ?? 0, turns.size));
      response.on('close', () => (open = open.filter((each) => each !== own)));
      const answer = (): void => {
        answered.add(turn);
        open = open.filter((each) => each.turn !== turn);
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"value":[1]}');
      };
      if (searchParams.has('hold')) {
        held.add(turn);
        void released.then(answer);
      } else setTimeout(answer, 30);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    product = await startProduct({ env: { COUNTERSIGN_SILENCE_MS: '1000' } });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { status, body } = await product.call('owner', 'POST', '/api/v1/definitions', { texts: [documents(url)] });
    assert.equal(status, 200, JSON.stringify(body));
  });
  after(async () => {
    release();
    await product?.remove();
    server.closeAllConnections();
    server.close();
  });

  const start = (workflow: string, input: unknown) =>
    product.call('starter', 'POST', `/api/v1/workflows/${workflow}/runs`, { input });
  async function ended(run: string): Promise<any> {
    for (let tries = 0; tries < 300; tries++) {
      const { body } = await product.call('starter', 'GET', `/api/v1/runs/${run}?wait=5`);
      if (body.endedAt !== null) return body;
      await sleep(10);
    }
    throw new Error(JSON.stringify((await product.call('starter', 'GET', `/api/v1/runs/${run}`)).body));
  }

  test(`${RUNS} runs of ${KEYS.length} keys through a kill: never more than ${LIMIT} of a key at once, all end`, async () => {
    const begun = await Promise.all(
      Array.from({ length: RUNS }, (_, n) => start('limited', { key: KEYS[n % KEYS.length] })),
    );
    const runs = begun.map(({ body }) => body.id as string);
    await sleep(150);
    await product.kill();
    await product.restart();
    for (const run of runs) {
      const view = await ended(run);
      assert.equal(view.state, 'SUCCEEDED', JSON.stringify(view));
    }
    for (const key of KEYS) {
      const reached = most.get(key) ?? 0;
      assert.ok(reached <= LIMIT, `${reached} of ${key} at once`);
      // Weather may hold one of two back for as long as the other works.
      if (!IN_WEATHER) assert.equal(reached, LIMIT, key);
    }
    for (const run of runs.slice(0, 6)) {
      const { body } = await product.call('starter', 'GET', `/api/v1/runs/${run}/events?limit=500`);
      assert.equal(verifyChain(body.items), null);
    }
  });

  test('who waits for a place can be cancelled; the next one gets it, and other keys never wait', async () => {
    const first = await start('single', { key: 'solo' });
    while (held.size === 0) await sleep(10);
    const second = (await start('single', { key: 'solo' })).body.id;
    const third = (await start('single', { key: 'solo' })).body.id;
    for (let tries = 0; ; tries++) {
      const { body } = await product.call('starter', 'GET', `/api/v1/runs/${second}`);
      if (body.state === 'PENDING' && body.reason === 'SLOT') break;
      assert.ok(tries < 500, JSON.stringify(body));
      await sleep(20);
    }
    const other = await start('single', { key: 'somebody-else' });
    while (held.size < 2) await sleep(10);
    const cancel = { reason: 'not needed any more' };
    assert.equal((await product.call('operator', 'POST', `/api/v1/runs/${second}/cancel`, cancel)).status, 200);
    assert.equal((await ended(second)).state, 'CANCELLED');
    assert.equal(held.size, 2, 'the third still waits');
    release();
    for (const run of [first.body.id, other.body.id, third]) assert.equal((await ended(run)).state, 'SUCCEEDED', run);
    assert.equal(most.get('solo'), 1);
  });
});
