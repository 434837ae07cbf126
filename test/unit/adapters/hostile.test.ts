/** Outside systems that answer garbage, slowly, endlessly or hugely: bounded, a clear code, nothing thrown that has none. */
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { LostAnswer } from '../../../src/adapters/adapter.ts';
import { StepFault, type StepCode } from '../../../src/domain/errors.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { bench, httpConnector } from '../../support/outside/bench.ts';
import { json, outside, type Seen } from '../../support/outside/server.ts';

const ALL = { resource: 'list', params: {}, query: {}, pageSize: null, maxPages: null, limit: 10_000 };
const SMALL: JsonObject = { timeout: 150, maxBytes: 10_000, maxTotalBytes: 60_000, maxPages: 40 };

type Handler = (seen: Seen, response: ServerResponse, socket: Socket) => void;
const CASES: readonly { name: string; code: StepCode; handle: Handler; list?: JsonObject }[] = [
  { name: 'html', code: 'OUTSIDE_GARBAGE', handle: (_, r) => json(r, 200, '<html>') },
  { name: 'nothing', code: 'OUTSIDE_GARBAGE', handle: (_, r) => json(r, 200, '') },
  { name: 'half of a document', code: 'OUTSIDE_GARBAGE', handle: (_, r) => json(r, 200, '[{"a":1},{') },
  { name: 'two documents', code: 'OUTSIDE_GARBAGE', handle: (_, r) => json(r, 200, '[] []') },
  { name: 'not a list', code: 'OUTSIDE_GARBAGE', handle: (_, r) => json(r, 200, '{"value":1}') },
  {
    name: 'bytes that are no UTF-8',
    code: 'OUTSIDE_GARBAGE',
    handle: (_, r) => r.end(Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d])),
  },
  {
    name: 'depth 100,000 inside the byte limit',
    code: 'OUTSIDE_GARBAGE',
    handle: (_, r) => json(r, 200, '['.repeat(9_000)),
  },
  { name: 'depth 65', code: 'OUTSIDE_GARBAGE', handle: (_, r) => json(r, 200, '['.repeat(65) + ']'.repeat(65)) },
  { name: '__proto__', code: 'OUTSIDE_GARBAGE', handle: (_, r) => json(r, 200, '[{"__proto__":{"admin":true}}]') },
  {
    name: 'escaped __proto__',
    code: 'OUTSIDE_GARBAGE',
    handle: (_, r) => json(r, 200, '[{"\\u005f_proto__":{"admin":true}}]'),
  },
  { name: 'duplicate keys', code: 'OUTSIDE_GARBAGE', handle: (_, r) => json(r, 200, '[{"cents":1,"cents":2}]') },
  { name: 'a lone surrogate', code: 'OUTSIDE_GARBAGE', handle: (_, r) => json(r, 200, '["\\ud800"]') },
  { name: 'a lone surrogate in a key', code: 'OUTSIDE_GARBAGE', handle: (_, r) => json(r, 200, '[{"\\udc00":1}]') },
  { name: 'NaN', code: 'OUTSIDE_GARBAGE', handle: (_, r) => json(r, 200, '[NaN]') },
  {
    name: 'an unknown encoding',
    code: 'OUTSIDE_GARBAGE',
    handle: (_, r) => json(r, 200, '[]', { 'content-encoding': 'zstd' }),
  },
  {
    name: 'an encoding named like a method',
    code: 'OUTSIDE_GARBAGE',
    handle: (_, r) => json(r, 200, '[]', { 'content-encoding': 'constructor' }),
  },
  {
    name: 'gzip that is none',
    code: 'OUTSIDE_GARBAGE',
    handle: (_, r) => json(r, 200, 'abc', { 'content-encoding': 'gzip' }),
  },
  {
    name: 'a gzip bomb',
    code: 'OUTSIDE_TOO_LARGE',
    handle: (_, r) => {
      r.writeHead(200, { 'content-encoding': 'gzip' });
      r.end(gzipSync(`[${'0,'.repeat(400_000)}0]`));
    },
  },
  {
    name: 'a content-length over the limit',
    code: 'OUTSIDE_TOO_LARGE',
    handle: (_, r) => json(r, 200, `["${'x'.repeat(10_000)}"]`),
  },
  {
    name: 'an endless body',
    code: 'OUTSIDE_TOO_LARGE',
    handle: (_, r) => {
      r.writeHead(200);
      const more = (): void => {
        while (!r.destroyed && r.write('['.repeat(4_096)));
        if (!r.destroyed) r.once('drain', more);
      };
      more();
    },
  },
  { name: 'never an answer', code: 'OUTSIDE_UNAVAILABLE', handle: () => undefined },
  {
    name: 'a byte now and then',
    code: 'OUTSIDE_UNAVAILABLE',
    handle: (_, r) => {
      r.writeHead(200);
      const timer = setInterval(() => r.write(' '), 20);
      r.on('close', () => clearInterval(timer));
    },
  },
  {
    name: 'a cut in the headers',
    code: 'OUTSIDE_UNAVAILABLE',
    handle: (_, __, s) => s.end('HTTP/1.1 200 OK\r\ncontent-le'),
  },
  {
    name: 'a cut in the body',
    code: 'OUTSIDE_UNAVAILABLE',
    handle: (_, __, s) => s.end('HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n[1,'),
  },
  { name: 'no HTTP', code: 'OUTSIDE_UNAVAILABLE', handle: (_, __, s) => s.end('220 smtp ready\r\n') },
  {
    name: 'endless headers',
    code: 'OUTSIDE_UNAVAILABLE',
    handle: (_, __, s) => s.end(`HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(50_000)}`),
  },
  { name: 'a reset', code: 'OUTSIDE_UNAVAILABLE', handle: (_, __, s) => s.resetAndDestroy() },
  { name: '500', code: 'OUTSIDE_UNAVAILABLE', handle: (_, r) => json(r, 500, {}) },
  { name: '408', code: 'OUTSIDE_UNAVAILABLE', handle: (_, r) => json(r, 408, {}) },
  { name: '403', code: 'OUTSIDE_REFUSED', handle: (_, r) => json(r, 403, '<html>no') },
  {
    name: 'the same cursor twice',
    code: 'OUTSIDE_GARBAGE',
    list: { access: 'read', path: '/x', items: '/v', paging: { kind: 'cursor', param: 'c', next: '/n' } },
    handle: (_, r) => json(r, 200, { v: [1], n: 'again' }),
  },
  {
    name: 'a cursor without end',
    code: 'OUTSIDE_TOO_LARGE',
    list: { access: 'read', path: '/x', items: '/v', paging: { kind: 'cursor', param: 'c', next: '/n' } },
    handle: (seen, r) => json(r, 200, { v: [], n: Number(seen.url.split('c=')[1] ?? 0) + 1 }),
  },
  {
    name: 'pages that are too much together',
    code: 'OUTSIDE_TOO_LARGE',
    list: { access: 'read', path: '/x', paging: { kind: 'offset', param: 'o' } },
    handle: (_, r) => json(r, 200, ['x'.repeat(9_000)]),
  },
  {
    name: 'a cursor that is an object',
    code: 'OUTSIDE_GARBAGE',
    list: { access: 'read', path: '/x', items: '/v', paging: { kind: 'cursor', param: 'c', next: '/n' } },
    handle: (_, r) => json(r, 200, { v: [1], n: {} }),
  },
  {
    name: 'links that run in a circle',
    code: 'OUTSIDE_GARBAGE',
    list: { access: 'read', path: '/x', paging: { kind: 'link' } },
    handle: (_, r) => json(r, 200, [1], { link: '<?p=2>; rel="next"' }),
  },
];

for (const { name, code, handle, list } of CASES)
  test(`a read that is answered with ${name} fails ${code}`, async (t) => {
    const target = await outside(t, handle);
    const resources = { list: list ?? { access: 'read', path: '/x' } };
    const made = bench([httpConnector(target.url, { settings: SMALL, resources })]);
    t.after(() => made.adapters.close());
    const { resolved, context } = await made.open('outside');
    await assert.rejects(resolved.adapter.fetch(context, ALL), (error) => {
      assert.ok(error instanceof StepFault, String(error));
      assert.equal(error.code, code, error.detail);
      return true;
    });
    assert.ok(target.seen.length <= 41);
  });

const WRITE = {
  resource: 'orders',
  mode: 'create' as const,
  records: [{ a: 1 }],
  recordKeys: null,
  idempotencyKey: 'k',
};
const BEFORE = new Set(['403']);
for (const { name, handle, list } of CASES.filter((given) => given.list === undefined))
  test(`a write that is answered with ${name} is ${BEFORE.has(name) ? 'refused' : 'lost or taken'}, never failed`, async (t) => {
    const target = await outside(t, handle);
    assert.equal(list, undefined);
    const resources = { orders: { access: 'write', path: '/x', key: '/id' } };
    const made = bench([httpConnector(target.url, { settings: SMALL, resources })]);
    t.after(() => made.adapters.close());
    const { resolved, context } = await made.open('outside');
    const outcome = await resolved.adapter.push(context, WRITE).catch((error: unknown) => error);
    if (BEFORE.has(name)) assert.equal((outcome as { outcome: string }).outcome, 'refused');
    else if (outcome instanceof Error) assert.ok(outcome instanceof LostAnswer, String(outcome));
    else assert.equal((outcome as { outcome: string }).outcome, 'confirmed');
    assert.equal(target.seen.length, 1, 'nothing is sent twice');
  });
