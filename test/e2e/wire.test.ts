/**
 * Requests that no client sends, on the wire of the product as it runs: broken framing, smuggled seconds, hostile addresses,
 * bodies without end. Never a 5xx, never somebody else's answer, and afterwards everything still works.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startProduct, type Product } from '../support/product.ts';
import { rawHttp } from '../support/raw-http.ts';
import { rawSocket } from '../support/raw-socket.ts';

const START = '/api/v1/workflows/inventory-reorder-alerts/runs';

describe('hostile bytes on the wire', () => {
  let product: Product;
  let port: number;
  let host: string;
  before(async () => {
    product = await startProduct();
    port = Number(new URL(product.url).port);
    host = `Host: localhost:${port}\r\n`;
  });
  after(() => product.remove());

  const statusesOf = (text: string): number[] =>
    [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, code]) => Number(code));
  const runs = async (): Promise<number> =>
    (await product.call('starter', 'GET', '/api/v1/runs?limit=200')).body.items.length;

  /** At most one answer, and that one a refusal; the connection may also just be closed. */
  async function refused(what: string, ...parts: (string | Buffer)[]): Promise<void> {
    const statuses = statusesOf(await rawSocket(port, ...parts));
    assert.ok(statuses.length <= 1, `${what}: ${statuses}`);
    for (const status of statuses) assert.ok(status >= 400 && status < 500, `${what}: ${status}`);
  }

  test('framing that two readers could read differently is refused, and no second request gets through', async () => {
    const before_ = await runs();
    const second = `POST ${START} HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`;
    const json = `Content-Type: application/json\r\n`;
    await refused(
      'length and chunks',
      `POST /api/v1/runs/search HTTP/1.1\r\n${host}${json}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${second}`,
    );
    await refused(
      'two lengths',
      `POST /api/v1/runs/search HTTP/1.1\r\n${host}${json}Content-Length: 2\r\nContent-Length: 200\r\n\r\n{}${second}`,
    );
    await refused('a signed length', `POST /api/v1/runs/search HTTP/1.1\r\n${host}${json}Content-Length: +2\r\n\r\n{}`);
    await refused(
      'a hexadecimal length',
      `POST /api/v1/runs/search HTTP/1.1\r\n${host}${json}Content-Length: 0x2\r\n\r\n{}`,
    );
    await refused(
      'chunked twice',
      `POST /api/v1/runs/search HTTP/1.1\r\n${host}${json}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${second}`,
    );
    await refused(
      'a broken chunk',
      `POST /api/v1/runs/search HTTP/1.1\r\n${host}${json}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
    );
    await refused(
      'space before the colon',
      `POST /api/v1/runs/search HTTP/1.1\r\n${host}${json}Content-Length : 2\r\n\r\n{}`,
    );
    await refused('a folded header', `GET /api/v1/me HTTP/1.1\r\n${host}X-A: b\r\n c: d\r\nX\r\n\r\n`);
    await refused('no host', 'GET /api/v1/me HTTP/1.1\r\n\r\n');
    await refused('two hosts', `GET /api/v1/me HTTP/1.1\r\n${host}Host: evil.example\r\n\r\n`);
    await refused('HTTP/1.0 without a host', 'GET /api/v1/me HTTP/1.0\r\n\r\n');
    await refused('another protocol', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    await refused('noise', Buffer.from(Array.from({ length: 2_000 }, (_, at) => (at * 37) % 256)));
    await refused('a NUL in a header', `GET /api/v1/me HTTP/1.1\r\n${host}X-A: a\0b\r\n\r\n`);
    await refused('headers without end', `GET /api/v1/me HTTP/1.1\r\n${host}`, `X-A: ${'a'.repeat(200_000)}\r\n\r\n`);
    await refused('CONNECT', `CONNECT evil.example:443 HTTP/1.1\r\n${host}\r\n`);
    await refused(
      'an absolute address elsewhere',
      `GET http://evil.example/api/v1/me HTTP/1.1\r\nHost: evil.example\r\n\r\n`,
    );
    await refused('a method that is none', `BREW /api/v1/me HTTP/1.1\r\n${host}\r\n`);
    assert.equal(await runs(), before_);
  });

  test('hostile addresses are unknown or malformed, and reach no file', async () => {
    const paths = [
      '/api/v1/../../package.json',
      '/api/v1/%2e%2e/%2e%2e/package.json',
      '/api/docs/../../../package.json',
      '/api/docs/..%2f..%2f..%2fpackage.json',
      '/api/docs/%2e%2e%2fpackage.json',
      '/api/docs/package.json',
      '/api/docs/constructor',
      '/api/v1/runs/%00',
      '/api/v1/runs/%zz',
      '/api/v1/runs/%ff%fe',
      '/api/v1/runs/%E0%A4%A',
      '/api/v1/runs/__proto__',
      '/api/v1/workflows/__proto__',
      '/api/v1/workflows/constructor/versions/1',
      '/api/v1/workflows/toString/graph',
      `/api/v1/runs/${'a'.repeat(8_000)}`,
      '//api/v1/me',
      '/api/v1//me',
      '/API/v1/me/',
      '/api/v1/runs?limit=1&limit=2&cursor=%00',
      '/api/v1/runs?__proto__[x]=1',
      `/api/v1/runs?${'a=1&'.repeat(2_000)}`,
      '/admin/functions',
      '/runtime/webhooks/durabletask/../../api/v1/me',
      '/.git/config',
      '/dist/app.mjs',
    ];
    for (const path of paths) {
      const { status, text } = await rawHttp(port, { path });
      const own = status === 200 && JSON.parse(text).id === 'starter';
      assert.ok((status >= 400 && status < 500) || own, `${path}: ${status}`);
      assert.ok(!text.includes('"dependencies"'), path);
    }
  });

  test('bodies that are too long, never end, or are cut off leave nothing behind', async () => {
    const before_ = await runs();
    const head = `POST ${START} HTTP/1.1\r\n${host}Content-Type: application/json\r\n`;
    await refused(
      'two megabytes',
      `${head}Content-Length: 2000000\r\n\r\n`,
      `{"input":{"a":"${'x'.repeat(1_999_984)}"}}`,
    );
    const endless = rawSocket(
      port,
      `${head}Transfer-Encoding: chunked\r\n\r\n`,
      ...Array.from({ length: 40 }, () => `10000\r\n${'x'.repeat(65_536)}\r\n`),
    );
    for (const status of statusesOf(await endless)) assert.ok(status >= 400 && status < 500, `endless: ${status}`);
    const declared = await rawHttp(port, {
      method: 'POST',
      path: START,
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: '{}x',
    });
    assert.ok(declared.status >= 400 && declared.status < 500, `an encoding: ${declared.status}`);
    await Promise.all(Array.from({ length: 30 }, () => cutOff(`${head}Content-Length: 500\r\n\r\n{"input"`)));
    assert.equal(await runs(), before_);
  });

  async function cutOff(bytes: string): Promise<void> {
    const { connect } = await import('node:net');
    await new Promise<void>((closed) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(bytes, () => socket.resetAndDestroy()));
      socket.on('close', () => closed());
      socket.on('error', () => undefined);
    });
  }

  test('afterwards everything still works, and nothing crashed', async () => {
    const { status, body } = await product.call('starter', 'POST', `${START}?wait=20`, {});
    assert.equal(status, 200, JSON.stringify(body));
    assert.doesNotMatch(product.output(), /APP_CRASHED|failed inside the host|INTERNAL/);
  });
});
