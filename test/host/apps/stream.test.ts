/** HTTP in stream mode, through the library's own server. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { RunningHost } from '../../../src/host/server/start-host.ts';
import { functionsHost } from './support.ts';

let host: RunningHost;
before(async () => {
  host = await functionsHost('stream-esm');
});

describe('streams', () => {
  test('20 MB in, counted without being collected by the host', async () => {
    const chunk = new Uint8Array(1_000_000);
    let sent = 0;
    const body = new ReadableStream({
      pull(controller) {
        sent += 1;
        if (sent > 20) controller.close();
        else controller.enqueue(chunk);
      },
    });
    const response = await fetch(`${host.url}/api/count`, { method: 'POST', body, duplex: 'half' } as RequestInit);
    assert.deepEqual(await response.json(), { bytes: 20_000_000 });
  });

  test('out, chunk by chunk, with headers and cookies', async () => {
    const response = await fetch(`${host.url}/api/drip/3`);
    assert.equal(response.headers.get('content-type'), 'text/event-stream');
    assert.deepEqual(response.headers.getSetCookie(), ['c=1']);
    assert.equal(response.headers.get('x-ms-invocation-id'), null);
    assert.equal(await response.text(), 'data: 0\n\ndata: 1\n\ndata: 2\n\n');
  });

  test('repeated query values stay apart, and query names appear among the parameters', async () => {
    const response = await fetch(`${host.url}/api/query?a=1&a=2`, { headers: { 'x-test': 'v' } });
    assert.deepEqual(await response.json(), {
      a: ['1', '2'],
      params: { a: '2' },
      url: `${host.url}/api/query?a=1&a=2`,
      header: 'v',
    });
  });

  test('204 when nothing is returned; 500 when the function throws, where the real host never answers', async () => {
    assert.equal((await fetch(`${host.url}/api/nothing`)).status, 204);
    assert.equal((await fetch(`${host.url}/api/throws`)).status, 500);
    assert.equal((await fetch(`${host.url}/api/throws`, { method: 'POST', body: 'x'.repeat(100_000) })).status, 500);
    assert.equal((await fetch(`${host.url}/api/drip/1`)).status, 200);
  });

  test('keys are asked for as without streams', async () => {
    assert.equal((await fetch(`${host.url}/api/locked`)).status, 401);
  });
});
