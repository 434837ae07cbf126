/** What a write may say: confirmed, surely refused, or lost; and what it sends. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { LostAnswer, type WriteRequest } from '../../../src/adapters/adapter.ts';
import { StepFault } from '../../../src/domain/errors.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { bench, httpConnector } from '../../support/outside/bench.ts';
import { json, outside } from '../../support/outside/server.ts';

const request = (more: Partial<WriteRequest> = {}): WriteRequest => ({
  resource: 'orders',
  mode: 'create',
  records: [{ sku: 'a', n: 1 }],
  recordKeys: null,
  idempotencyKey: 'key-1',
  ...more,
});

async function connector(t: TestContext, url: string, orders: JsonObject, rest: JsonObject = {}, signal?: AbortSignal) {
  const document = httpConnector(url, {
    resources: { orders: { access: 'write', path: '/orders', ...orders } },
    commands: { close: { path: '/orders/{id}/close', key: '/done', idempotency: { header: 'X-Key' } } },
    ...rest,
  });
  const made = bench([document], signal === undefined ? {} : { signal });
  t.after(() => made.adapters.close());
  return made.open('outside');
}

test('nobody listens: the write surely did not happen', async (t) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const { resolved, context } = await connector(t, `http://127.0.0.1:${port}`, {});
  await assert.rejects(resolved.adapter.push(context, request()), (error) => {
    assert.ok(error instanceof StepFault);
    assert.equal(error.code, 'OUTSIDE_UNAVAILABLE');
    return true;
  });
});

test('a write that is stopped before it leaves surely did not happen', async (t) => {
  const target = await outside(t, (_, r) => json(r, 201, {}));
  const { resolved, context } = await connector(t, target.url, {}, {}, AbortSignal.abort(new Error('cancelled')));
  await assert.rejects(resolved.adapter.push(context, request()), StepFault);
  assert.equal(target.seen.length, 0);
});

test('abort-in-the-middle-of-a-write is lost', async (t) => {
  const stop = new AbortController();
  const target = await outside(t, () => stop.abort(new Error('cancelled')));
  const { resolved, context } = await connector(t, target.url, {}, {}, stop.signal);
  await assert.rejects(resolved.adapter.push(context, request()), LostAnswer);
});

test('a status by which the target surely did nothing is a failure, the others are lost', async (t) => {
  let status = 0;
  const target = await outside(t, (_, r) => json(r, status, {}, { 'retry-after': '7' }));
  const { resolved, context } = await connector(t, target.url, { notPerformed: [503] });
  for (status of [429, 501, 505, 503])
    await assert.rejects(resolved.adapter.push(context, request()), (error) => {
      assert.ok(error instanceof StepFault, String(status));
      assert.deepEqual([error.code, error.retryAfterMs], ['OUTSIDE_UNAVAILABLE', 7_000]);
      return true;
    });
  for (status of [500, 502, 504, 408, 599, 301, 302, 303])
    await assert.rejects(resolved.adapter.push(context, request()), LostAnswer, String(status));
});

test('a refusal keeps the target’s reason', async (t) => {
  const target = await outside(t, (_, r) => json(r, 422, { why: 'closed period' }));
  const { resolved, context } = await connector(t, target.url, {});
  assert.deepEqual(await resolved.adapter.push(context, request()), {
    outcome: 'refused',
    reason: { status: 422, answer: { why: 'closed period' } },
    retryable: false,
    retryAfterMs: null,
  });
});

test('same-key-in-progress is lost, because the other sender may succeed', async (t) => {
  const target = await outside(t, (_, r) => json(r, 409, {}));
  const keyed = await connector(t, target.url, { idempotency: { header: 'Idempotency-Key' } });
  await assert.rejects(keyed.resolved.adapter.push(keyed.context, request()), LostAnswer);
  const plain = await connector(t, target.url, {});
  assert.equal((await plain.resolved.adapter.push(plain.context, request())).outcome, 'refused');
});

test('modes become methods; path values are encoded; the record key goes where the connector says', async (t) => {
  const target = await outside(t, (_, r) => json(r, 200, { id: 'T-1' }));
  const {
    resolved,
    context,
    connector: view,
  } = await connector(t, target.url, {
    path: '/orders/{sku}',
    modes: ['update', 'upsert', 'delete'],
    methods: { update: 'POST' },
    recordKeyMember: 'ref',
    key: '/id',
    idempotency: { header: 'Idempotency-Key' },
  });
  for (const mode of ['update', 'upsert', 'delete'] as const) {
    const answer = await resolved.adapter.push(
      context,
      request({ mode, records: [{ sku: 'a/b c', n: 1 }], recordKeys: ['r1'] }),
    );
    assert.deepEqual(answer, { outcome: 'confirmed', receipt: { key: 'T-1' } });
  }
  assert.deepEqual(
    target.seen.map((seen) => [seen.method, seen.url, seen.body, seen.headers['idempotency-key']]),
    [
      ['POST', '/orders/a%2Fb%20c', '{"sku":"a/b c","n":1,"ref":"r1"}', 'key-1'],
      ['PUT', '/orders/a%2Fb%20c', '{"sku":"a/b c","n":1,"ref":"r1"}', 'key-1'],
      ['DELETE', '/orders/a%2Fb%20c', '', 'key-1'],
    ],
  );
  await assert.rejects(resolved.adapter.push(context, request()), { code: 'READ_WRITE_MISMATCH' });
  assert.deepEqual(resolved.adapter.resource(view, 'orders'), {
    access: 'write',
    modes: ['update', 'upsert', 'delete'],
    honoursKey: true,
    askable: false,
    settleMs: 0,
    recordKey: 'optional',
    batchMax: 1,
  });
});

test('a value that could climb the path is refused before anything is sent', async (t) => {
  const target = await outside(t, (_, r) => json(r, 200, {}));
  const { resolved, context } = await connector(t, target.url, { path: '/orders/{sku}' });
  for (const sku of [
    '..',
    '.',
    '../admin',
    '..\\admin',
    '%2e%2e',
    '%252e%252e/x',
    'a/../b',
    'a\r\nb',
    '',
    null,
    {},
    ['x'],
    '\ud800',
  ])
    await assert.rejects(
      resolved.adapter.push(context, request({ records: [{ sku } as JsonObject] })),
      { code: 'INVALID_RECORD' },
      JSON.stringify(sku),
    );
  assert.equal(target.seen.length, 0);
});

test('batches: body pointer, receipts by key, refused records; an unreadable list of refusals is lost', async (t) => {
  let answer: unknown = { out: [{ id: 1 }, { id: 2 }] };
  const target = await outside(t, (_, r) => json(r, 200, answer));
  const { resolved, context } = await connector(t, target.url, {
    batch: { max: 3, body: '/data/rows' },
    results: '/out',
    key: '/id',
    refused: '/bad',
  });
  const batch = request({ records: [{ a: 1 }, { a: 2 }, { a: 3 }] });
  assert.deepEqual(await resolved.adapter.push(context, batch), {
    outcome: 'confirmed',
    receipt: [{ key: 1 }, { key: 2 }],
  });
  assert.equal(target.seen[0]?.body, '{"data":{"rows":[{"a":1},{"a":2},{"a":3}]}}');
  for (const bad of [
    [{ index: 3 }],
    [{ index: -1 }],
    [{ index: 0 }, { index: 0 }],
    [{}],
    ['0'],
    'x',
    {},
    [{ index: 0.5 }],
  ]) {
    answer = { out: [], bad };
    await assert.rejects(resolved.adapter.push(context, batch), LostAnswer, JSON.stringify(bad));
  }
  answer = { out: [], bad: [{ index: 0 }, { index: 1 }, { index: 2 }] };
  assert.equal((await resolved.adapter.push(context, batch)).outcome, 'refused');
});

test('commands put arguments into path and body', async (t) => {
  const target = await outside(t, (_, r) => json(r, 200, { done: true }));
  const { resolved, context, connector: view } = await connector(t, target.url, {});
  const call = { command: 'close', arguments: { id: 7, why: 'x' }, idempotencyKey: 'k9' };
  assert.deepEqual(await resolved.adapter.execute(context, call), { outcome: 'confirmed', receipt: { key: true } });
  const [seen] = target.seen;
  assert.deepEqual([seen?.url, seen?.body, seen?.headers['x-key']], ['/orders/7/close', '{"why":"x"}', 'k9']);
  assert.equal(resolved.adapter.command(view, 'close')?.honoursKey, true);
  assert.equal(resolved.adapter.command(view, 'constructor'), null);
  assert.equal(resolved.adapter.resource(view, '__proto__'), null);
});

test('reconcile: found, absent, and a target that cannot say', async (t) => {
  let status = 200;
  let body: unknown = { value: [{ id: 5 }] };
  const target = await outside(t, (_, r) => json(r, status, body));
  const { resolved, context } = await connector(t, target.url, {
    key: '/id',
    lookup: { path: '/orders?k={key}', found: '/value/0', settle: 'PT2S' },
  });
  const ask = () => resolved.adapter.reconcile(context, { target: { resource: 'orders' }, idempotencyKey: 'a&b' });
  assert.deepEqual(await ask(), { found: true, receipt: { key: 5 } });
  assert.equal(target.seen[0]?.url, '/orders?k=a%26b');
  body = { value: [] };
  assert.deepEqual(await ask(), { found: false });
  status = 404;
  assert.deepEqual(await ask(), { found: false });
  for (status of [500, 429, 403]) await assert.rejects(ask(), StepFault, 'not knowing is never "absent"');
});
