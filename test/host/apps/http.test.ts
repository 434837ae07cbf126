/** HTTP triggers as an app sees them: one test for each row of the README's table. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { request as rawRequest } from 'node:http';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { RunningHost } from '../../../src/host/server/start-host.ts';
import { functionsHost, temporaryFolder } from './support.ts';

const data = temporaryFolder();
let host: RunningHost;
let base: string;
before(async () => {
  host = await functionsHost('http-esm', { data });
  base = `${host.url}/api/v2`;
});

/** `fetch` refuses some methods and bodies that a client may well send. */
function send(method: string, path: string, body = ''): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const url = new URL(path, host.url);
    const request = rawRequest(
      {
        host: '127.0.0.1',
        port: url.port,
        path: url.pathname + url.search,
        method,
        headers: { 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      },
    );
    request.once('error', reject);
    request.end(body);
  });
}

describe('what a function receives', () => {
  test('parameters, query (repeated values joined), headers, body and the public URL', async () => {
    const response = await fetch(`${base}/describe/42/end%20part?a=1&a=2&b=x%20y`, {
      method: 'POST',
      body: 'héllo',
      headers: { 'X-Test': 'value' },
    });
    assert.equal(response.headers.get('x-function'), 'describe');
    assert.deepEqual(await response.json(), {
      url: `${base}/describe/42/end%20part?a=1&a=2&b=x%20y`,
      method: 'POST',
      params: { id: '42', tail: 'end part' },
      query: [
        ['a', '1,2'],
        ['b', 'x y'],
      ],
      header: 'value',
      body: 'héllo',
      metadata: null,
    });
  });

  test('an absent optional parameter, and a GET whose body is left out', async () => {
    const { status, text } = await send('GET', '/api/v2/describe/7', 'ignored');
    const seen = JSON.parse(text) as { params: object; body: string };
    assert.deepEqual([status, seen.params, seen.body], [200, { id: '7' }, '']);
  });

  test('a body of unknown length is left out', async () => {
    const body = new Blob(['chunked']).stream();
    const init = { method: 'POST', body, duplex: 'half' } as unknown as RequestInit;
    const seen = (await (await fetch(`${host.url}/api/v2/describe/7`, init)).json()) as { body: string };
    assert.equal(seen.body, '');
  });

  test('the declared methods, and 500 for TRACE', async () => {
    for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
      const { status, text } = await send(method, '/api/v2/describe/1');
      assert.deepEqual([status, (JSON.parse(text) as { method: string }).method], [200, method]);
    }
    assert.deepEqual(await send('HEAD', '/api/v2/describe/1'), { status: 200, text: '' });
    assert.equal((await send('TRACE', '/api/v2/describe/1')).status, 500);
  });

  test('a megabyte of bytes', async () => {
    const response = await fetch(`${base}/size`, { method: 'POST', body: new Uint8Array(1_000_000) });
    assert.equal(await response.text(), '1000000');
  });

  test('settings of local.settings.json, in the environment and in bindings', async () => {
    assert.equal(await (await fetch(`${base}/planets/setting`)).text(), 'good day');
  });
});

test('a body over the limit is 500', async () => {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const { port } = new URL(host.url);
    const headers = { 'content-length': 104_857_601 };
    const options = { host: '127.0.0.1', port, path: '/api/v2/size', method: 'POST', headers };
    const request = rawRequest(options, (response) => {
      resolve(response.statusCode);
      request.destroy();
    });
    request.once('error', reject);
    request.flushHeaders();
  });
  assert.equal(status, 500);
});

test('the trace context of a request reaches the function', async () => {
  const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'a=b' };
  assert.deepEqual(await (await fetch(`${base}/trace`, { headers })).json(), {
    traceParent: headers.traceparent,
    traceState: 'a=b',
  });
});

describe('what a caller receives', () => {
  test('bytes with their content type and length', async () => {
    const response = await fetch(`${base}/bytes`);
    assert.deepEqual([...new Uint8Array(await response.arrayBuffer())], [0, 255, 1]);
    assert.deepEqual(
      [response.headers.get('content-type'), response.headers.get('content-length')],
      ['application/x-test', '3'],
    );
  });
  test('204 when the function returned nothing', async () => {
    for (const name of ['nothing', 'nullAnswer']) assert.equal((await fetch(`${base}/${name}`)).status, 204);
  });
  test('the answer as an extra output, when the return value goes elsewhere', async () => {
    const response = await fetch(`${base}/asOutput`);
    assert.deepEqual([response.status, await response.text()], [202, 'answered beside']);
  });
  test('500 without a text when the function threw or returned no response', async () => {
    for (const name of ['throws', 'text']) {
      const response = await fetch(`${base}/${name}`);
      assert.deepEqual([response.status, await response.text()], [500, '']);
    }
  });
  test('status and JSON of an HttpResponse', async () => {
    const response = await fetch(`${base}/teapot`);
    assert.deepEqual([response.status, await response.json()], [418, { short: true }]);
  });
  test('cookies with all their attributes', async () => {
    const response = await fetch(`${base}/cookies`);
    assert.equal(response.status, 201);
    assert.deepEqual(response.headers.getSetCookie(), [
      'plain=a%20b; path=/',
      'full=v; expires=Tue, 01 Jan 2030 00:00:00 GMT; max-age=60; domain=example.org; path=/p; secure; samesite=strict; httponly',
    ]);
  });
});

describe('which function answers', () => {
  const answer = async (path: string) =>
    (await (await fetch(`${base}/${path}`)).json()) as { name: string; params: object };
  test('the first in the order of names whose template fits', async () => {
    assert.deepEqual(await answer('files/list'), { name: 'fileList', params: {} });
    assert.deepEqual(await answer('files/12'), { name: 'fileNumber', params: { number: '12' } });
    assert.deepEqual(await answer('files/a'), { name: 'fileWhole', params: { name: 'a' } });
    assert.deepEqual(await answer('files/a.txt'), { name: 'filePart', params: { name: 'a', extension: 'txt' } });
    assert.deepEqual(await answer('files/a/size'), { name: 'fileSize', params: { name: 'a', unit: 'bytes' } });
    assert.deepEqual(await answer('files/a/b/c'), { name: 'fileZRest', params: { rest: 'a/b/c' } });
    assert.deepEqual(await answer('other/b'), { name: 'zAnything', params: { any: 'other/b' } });
  });
  test('404 for an unknown path and for a method that no route takes', async () => {
    assert.equal((await fetch(`${host.url}/elsewhere`)).status, 404);
    assert.equal((await send('DELETE', '/api/v2/only/put')).status, 404);
    assert.equal((await send('PUT', '/api/v2/only/put')).status, 200);
  });
});

describe('who may call', () => {
  const keys = () =>
    JSON.parse(readFileSync(join(data, 'host-keys.json'), 'utf8')) as {
      master: string;
      host: string;
      system: { durabletask: string };
      functions: Record<string, string>;
    };
  const status = async (path: string, key?: string) =>
    (await fetch(`${base}/levels/${path}`, key ? { headers: { 'x-functions-key': key } } : {})).status;

  test('anonymous needs no key; function takes its own, the host and the master key; admin the master key alone', async () => {
    const { master, host: hostKey, functions, system } = keys();
    assert.equal(await status('open'), 200);
    for (const key of [undefined, 'wrong', functions.open, system.durabletask])
      assert.equal(await status('function', key), 401);
    for (const key of [functions.locked, hostKey, master]) assert.equal(await status('function', key), 200);
    for (const key of [undefined, functions.guarded, hostKey]) assert.equal(await status('admin', key), 401);
    assert.equal(await status('admin', master), 200);
    assert.equal((await fetch(`${base}/levels/function?code=${hostKey}`)).status, 200);
  });

  test('management webhooks: system and master key; another key 403; none 401', async () => {
    const { master, host: hostKey, functions, system } = keys();
    const call = async (key?: string) =>
      (await fetch(`${host.url}/runtime/webhooks/durabletask/instances/x${key ? `?code=${key}` : ''}`)).status;
    assert.deepEqual(
      await Promise.all([call(system.durabletask), call(master), call(hostKey), call(functions.open), call()]),
      [200, 200, 403, 403, 401],
    );
  });

  test('the keys lie in the data folder, for the owner alone', () => {
    assert.equal(statSync(join(data, 'host-keys.json')).mode & 0o777, 0o600);
  });

  test('admin routes list functions for the master key', async () => {
    assert.equal((await fetch(`${host.url}/admin/functions`)).status, 401);
    const list = (await (
      await fetch(`${host.url}/admin/functions`, { headers: { 'x-functions-key': keys().master } })
    ).json()) as { name: string; route: string }[];
    assert.equal(list.find(({ name }) => name === 'fileZRest')?.route, 'api/v2/files/{*rest}');
  });

  test('cross-origin calls as Host.CORS allows them', async () => {
    const preflight = (origin: string) =>
      fetch(`${base}/bytes`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'GET' } });
    const allowed = await preflight('https://example.org');
    assert.deepEqual(
      [allowed.status, allowed.headers.get('access-control-allow-origin')],
      [204, 'https://example.org'],
    );
    assert.equal((await preflight('https://example.com')).headers.get('access-control-allow-origin'), null);
  });
});
