/**
 * The local host as the machine's neighbours meet it (security I1–I7): web pages, rebound names, tunnels, other users.
 * Nobody but a local caller is the default account, and the app itself knows no development path.
 */
import assert from 'node:assert/strict';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { LOOPBACK, listeningSockets } from '../support/open-sockets.ts';
import { startProduct, type Product } from '../support/product.ts';
import { rawHttp } from '../support/raw-http.ts';

const START = '/api/v1/workflows/inventory-reorder-alerts/runs';
const JSON_TYPE = { 'content-type': 'application/json' };

describe('the local host among its neighbours', () => {
  let product: Product;
  let port: number;
  before(async () => {
    product = await startProduct({ args: ['--verbose'] });
    port = Number(new URL(product.url).port);
  });
  after(() => product.remove());

  const runs = async (): Promise<number> =>
    (await product.call('starter', 'GET', '/api/v1/runs?limit=200')).body.items.length;
  /** Asks who one is and tries to start a run; neither may be done in the default account's name. */
  async function nobody(what: string, headers: Record<string, string>, to = port): Promise<void> {
    const before_ = await runs();
    const me = await rawHttp(to, { path: '/api/v1/me', headers });
    assert.ok(me.status >= 400 && me.status < 500, `${what}: GET answered ${me.status}`);
    assert.ok(!me.text.includes('starter'), `${what}: ${me.text}`);
    assert.equal(me.headers['access-control-allow-origin'], undefined, what);
    const post = await rawHttp(to, { method: 'POST', path: START, headers: { ...JSON_TYPE, ...headers }, body: '{}' });
    assert.ok(post.status >= 400 && post.status < 500, `${what}: POST answered ${post.status}`);
    assert.equal(await runs(), before_, what);
  }

  test('a caller of this machine without a token is the default account', async () => {
    for (const name of ['localhost', '127.0.0.1', '[::1]']) {
      const me = await rawHttp(port, { path: '/api/v1/me', headers: { host: `${name}:${port}` } });
      assert.equal(JSON.parse(me.text).id, 'starter', name);
    }
    const own = { origin: `http://localhost:${port}`, 'sec-fetch-site': 'same-origin' };
    assert.equal((await rawHttp(port, { path: '/api/v1/me', headers: own })).status, 200);
  });

  test('a rebound or foreign name is nobody', async () => {
    const names = [
      'evil.example',
      `evil.example:${port}`,
      'localhost',
      `localhost:${port + 1}`,
      `localhost.evil.example:${port}`,
      `127.0.0.1.nip.io:${port}`,
      `0.0.0.0:${port}`,
      `[::]:${port}`,
      `127.1:${port}`,
      `2130706433:${port}`,
      `localhost.:${port}`,
      `user@localhost:${port}`,
      `localhost:${port}.evil.example`,
      `localhost:${port}, evil.example`,
    ];
    for (const host of names) {
      await nobody(`Host ${host}`, { host });
      for (const path of ['/approve/x', '/runtime/webhooks/durabletask/instances', '/admin/host/status'])
        assert.ok((await rawHttp(port, { path, headers: { host } })).status >= 400, `${path} by Host ${host}`);
    }
  });

  test('another web page is nobody, whatever it calls itself', async () => {
    const origins = [
      'http://evil.example',
      'null',
      'file://',
      `https://localhost:${port}`,
      `http://localhost:${port + 1}`,
      'http://localhost',
      `http://localhost:${port}.evil.example`,
      `http://localhost:${port}@evil.example`,
      'chrome-extension://abcdef',
      '',
    ];
    for (const origin of origins) await nobody(`Origin ${origin}`, { origin });
    for (const site of ['cross-site', 'same-site', 'unknown'])
      await nobody(`Sec-Fetch-Site ${site}`, { 'sec-fetch-site': site });
    for (const site of ['cross-site', 'same-site', 'none'])
      await nobody(`Origin null, ${site}`, { origin: 'null', 'sec-fetch-site': site });
    const preflight = await rawHttp(port, {
      method: 'OPTIONS',
      path: START,
      headers: { origin: 'http://evil.example', 'access-control-request-method': 'POST' },
    });
    assert.equal(preflight.headers['access-control-allow-origin'], undefined);
  });

  test('behind a tunnel or a proxy there is no default account', async () => {
    const forwarding: Record<string, string> = {
      forwarded: 'for=192.0.2.1',
      via: '1.1 proxy',
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-host': `localhost:${port}`,
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '443',
      'x-forwarded-server': 'proxy',
      'x-forwarded-prefix': '/x',
      'x-real-ip': '192.0.2.1',
    };
    for (const [name, value] of Object.entries(forwarding)) await nobody(name, { [name]: value });
  });

  test('a write that is not declared as JSON is not the default account’s', async () => {
    const types = [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'text/plain; application/json',
      'application/jsonp',
      '',
    ];
    const before_ = await runs();
    for (const type of types) {
      const headers = type === '' ? {} : { 'content-type': type };
      const { status } = await rawHttp(port, { method: 'POST', path: START, headers: { ...headers }, body: '{}' });
      assert.ok(status >= 400 && status < 500, `${type}: ${status}`);
    }
    assert.equal(await runs(), before_);
  });

  test('every socket of every process is on loopback, and the inner ones know no default account', async () => {
    const sockets = listeningSockets(product.pid());
    assert.ok(sockets.length >= 3, JSON.stringify(sockets));
    assert.ok(sockets.some((socket) => socket.port === port));
    for (const socket of sockets) {
      assert.ok(LOOPBACK.includes(socket.address), JSON.stringify(socket));
      if (socket.port !== port) await nobody(`inner socket ${socket.port}`, {}, socket.port);
    }
  });

  test('the management API and the admin routes need their keys, which no answer gives away', async () => {
    const file = JSON.parse(readFileSync(join(product.data, 'host-keys.json'), 'utf8'));
    const key = file.system.durabletask as string;
    const wrong = [undefined, 'x', key.slice(0, -1), `${key}x`, file.functions[Object.keys(file.functions)[0] ?? '']];
    const paths = ['/runtime/webhooks/durabletask/instances', '/runtime/webhooks/durabletask/orchestrators/lane'];
    const started = await product.call('starter', 'POST', `${START}?wait=20`, {});
    for (const verb of ['terminate', 'suspend', 'resume', 'raiseEvent/bell'])
      paths.push(`/runtime/webhooks/durabletask/instances/${started.body.id}/${verb}?reason=x`);
    for (const path of paths) {
      for (const code of wrong) {
        for (const method of ['GET', 'POST', 'DELETE']) {
          const headers: Record<string, string> = code === undefined ? {} : { 'x-functions-key': code };
          const { status, text } = await rawHttp(port, { method, path, headers });
          assert.ok(status === 401 || status === 403, `${method} ${path}: ${status} ${text}`);
        }
      }
    }
    const headers = { 'x-functions-key': key };
    assert.equal((await rawHttp(port, { path: paths[0] ?? '', headers })).status, 200, 'the right key opens it');
    assert.equal((await rawHttp(port, { path: '/admin/functions', headers })).status, 401, 'it is no master key');
    const said = JSON.stringify([started.body, (await product.call('operator', 'GET', '/api/openapi.json')).body]);
    for (const word of ['runtime/webhooks', key, file.master, file.host]) assert.ok(!said.includes(word));
  });

  test('the data folder is its owner’s alone', () => {
    const open: string[] = [];
    let files = 0;
    const walk = (folder: string): void => {
      for (const name of readdirSync(folder)) {
        const path = join(folder, name);
        const stat = lstatSync(path);
        files += 1;
        if ((stat.mode & 0o077) !== 0)
          open.push(`${path.slice(product.data.length)} ${(stat.mode & 0o777).toString(8)}`);
        if (stat.isDirectory()) walk(path);
      }
    };
    assert.equal(lstatSync(product.data).mode & 0o777, 0o700);
    walk(product.data);
    assert.ok(files >= 10, String(files));
    assert.deepEqual(open, []);
  });

  test('tokens are taken from the header only, and are never printed', async () => {
    const { token } = { token: readToken(await product.call('operator', 'GET', '/api/v1/me')) };
    assert.equal(token, 'operator');
    for (const name of ['access_token', 'token', 'authorization', 'code', 'id_token']) {
      const answer = await rawHttp(port, {
        path: `/api/v1/me?${name}=eyJhbGciOiJSUzI1NiJ9.e30.x`,
        headers: { 'x-forwarded-for': '192.0.2.1' },
      });
      assert.equal(answer.status, 401, name);
    }
    assert.doesNotMatch(product.output(), /eyJ[A-Za-z0-9_-]{10}|Bearer /);
  });

  test('the deployed app holds no issuer of tokens', () => {
    const dist = join(import.meta.dirname, '..', '..', 'dist');
    const chunks = readdirSync(dist).filter((name) => /^app.*\.mjs$/.test(name));
    assert.ok(chunks.includes('app.mjs'));
    for (const name of chunks) {
      const text = readFileSync(join(dist, name), 'utf8');
      for (const word of [
        'development.countersign.localhost',
        'countersign-local',
        'issuer.json',
        'accounts.json',
        'SignJWT',
        'setIssuedAt',
      ])
        assert.ok(!text.includes(word), `${name} holds ${word}`);
    }
    const front = readFileSync(join(dist, 'front.mjs'), 'utf8');
    assert.ok(front.includes('development.countersign.localhost'), 'the words are looked for where they do stand');
  });
});

const readToken = (answer: { body: { id: string } }): string => answer.body.id;
