/** T8: no address trick opens a connection. A canary listens on loopback and counts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressAllowed, nameAllowed } from '../../../src/adapters/http/addresses.ts';
import { ownUrl, requestUrl } from '../../../src/adapters/http/target.ts';
import { StepFault } from '../../../src/domain/errors.ts';
import { bench, httpConnector } from '../../support/outside/bench.ts';
import { json, outside } from '../../support/outside/server.ts';
import { REFUSED_HOSTS, REFUSED_PATHS, REFUSED_URLS } from './ssrf-corpus.ts';

const refused = (error: unknown): boolean => error instanceof StepFault && error.code === 'ADDRESS_REFUSED';
const LIST = { list: { access: 'read', path: '/x' } };
const ALL = { resource: 'list', params: {}, query: {}, pageSize: null, maxPages: null, limit: 10 };

async function tryConnector(baseUrl: string, allowedHosts: readonly string[], resolver?: () => Promise<string[]>) {
  const document = httpConnector(baseUrl, { settings: { allowedHosts, timeout: 500 }, resources: LIST });
  const made = bench([document], { allowPrivate: () => false, ...(resolver === undefined ? {} : { resolver }) });
  try {
    const { resolved, context } = await made.open('outside');
    await resolved.adapter.fetch(context, ALL);
  } finally {
    await made.adapters.close();
  }
}

test('the corpus holds at least 120 addresses', () => {
  assert.ok(new Set([...REFUSED_HOSTS, ...REFUSED_URLS, ...REFUSED_PATHS]).size >= 120);
});

test('no refused host is reached, over https or http, whatever allowedHosts says', async (t) => {
  const canary = await outside(t, (_, response) => json(response, 200, []));
  for (const host of REFUSED_HOSTS)
    for (const url of [`https://${host}/`, `http://${host}/`, `https://${host}:${canary.port}/`]) {
      const parsed = URL.canParse(url) ? new URL(url) : null;
      const hosts = [host, parsed?.hostname ?? host, parsed?.host ?? host];
      await assert.rejects(
        tryConnector(url, hosts, async () => ['127.0.0.1']),
        refused,
        url,
      );
    }
  assert.equal(canary.connections(), 0);
});

test('no refused address is accepted', async (t) => {
  const canary = await outside(t, (_, response) => json(response, 200, []));
  for (const template of REFUSED_URLS) {
    const url = template.replace('{port}', String(canary.port));
    await assert.rejects(
      tryConnector(url, ['api.example'], async () => ['127.0.0.1']),
      refused,
      JSON.stringify(url),
    );
  }
  assert.equal(canary.connections(), 0);
});

test('no request leaves the origin and the path of its connector', () => {
  const border = { baseUrl: 'https://api.example/v1', allowedHosts: ['api.example'], allowPrivate: false };
  for (const path of REFUSED_PATHS)
    assert.throws(() => requestUrl(path.replace('{port}', '1'), {}, border), refused, JSON.stringify(path));
  assert.equal(requestUrl('/x?a=1', { b: '&c=2' }, border).href, 'https://api.example/v1/x?a=1&b=%26c%3D2');
  assert.equal(requestUrl('//evil.example/x', {}, border).host, 'api.example');
  assert.equal(requestUrl('https://api.example/v1/x', {}, border).pathname, '/v1/x');
});

test('a name that resolves to any refused address is not reached', async (t) => {
  const canary = await outside(t, (_, response) => json(response, 200, []));
  const answers = [
    '127.0.0.1',
    '169.254.169.254',
    '168.63.129.16',
    '10.0.0.1',
    '::1',
    '::ffff:127.0.0.1',
    'fe80::1',
    'fd00::1',
    '64:ff9b::7f00:1',
    '0.0.0.0',
    'nonsense',
    '',
  ];
  for (const answer of answers)
    for (const list of [[answer], ['93.184.216.34', answer], [answer, '93.184.216.34']]) {
      const resolver = async () => list;
      await assert.rejects(
        tryConnector(`https://api.example:${canary.port}/`, [`api.example:${canary.port}`], resolver),
        refused,
      );
    }
  assert.equal(canary.connections(), 0);
});

test('dns-rebinding: the address that was checked is the one that is connected to', async (t) => {
  const canary = await outside(t, (_, response) => json(response, 200, []));
  let calls = 0;
  const flipping = async () => (calls++ === 0 ? ['127.0.0.1'] : ['169.254.169.254']);
  const document = httpConnector(`http://api.example:${canary.port}`, {
    settings: { allowedHosts: [`api.example:${canary.port}`] },
    resources: LIST,
  });
  const made = bench([document], { resolver: flipping });
  t.after(() => made.adapters.close());
  const { resolved, context } = await made.open('outside');
  assert.deepEqual(await resolved.adapter.fetch(context, ALL), []);
  assert.equal(calls, 1, 'one lookup for one connection, and none in between');
  await made.adapters.close();
  const again = await made.open('outside');
  await assert.rejects(again.resolved.adapter.fetch(again.context, ALL), refused);
  assert.equal(canary.connections(), 1);
});

test('redirects are not followed, not even to an allowed host', async (t) => {
  const canary = await outside(t, (_, response) => json(response, 200, []));
  for (const status of [301, 302, 303, 307, 308, 300, 304]) {
    const target = await outside(t, (_, response) => {
      response.writeHead(status, { location: `${canary.url}/x` });
      response.end();
    });
    const made = bench([httpConnector(target.url, { resources: LIST })]);
    t.after(() => made.adapters.close());
    const { resolved, context } = await made.open('outside');
    await assert.rejects(resolved.adapter.fetch(context, ALL), refused, String(status));
  }
  assert.equal(canary.connections(), 0);
});

test('a next link that leaves the connector is not followed, however it is written', async (t) => {
  const canary = await outside(t, (_, response) => json(response, 200, []));
  const other = new URL(canary.url).host;
  const links = [
    `${canary.url}/x`,
    `//${other}/base/x`,
    `/\\${other}/base/x`,
    `\\\\${other}/base/x`,
    `http://${other}@127.0.0.1/base/x`,
    '/elsewhere',
    '../elsewhere',
    '../../base/../elsewhere',
    '%2e%2e/elsewhere',
    '/base%2f..%2felsewhere',
    'x#y',
    'file:///etc/passwd',
    'data:application/json,[]',
    'javascript:1',
    'http://[::1',
  ];
  let link = '';
  const target = await outside(t, (seen, response) => {
    assert.match(seen.url, /^\/base\/x/, link);
    json(response, 200, { value: [1], '@odata.nextLink': link });
  });
  const list = { list: { access: 'read', path: '/x', items: '/value', paging: { kind: 'odata' } } };
  const made = bench([httpConnector(`${target.url}/base`, { resources: list })]);
  t.after(() => made.adapters.close());
  const { resolved, context } = await made.open('outside');
  for (link of links)
    await assert.rejects(resolved.adapter.fetch(context, ALL), (error) => {
      assert.ok(error instanceof StepFault && ['ADDRESS_REFUSED', 'OUTSIDE_GARBAGE'].includes(error.code), link);
      return true;
    });
  assert.equal(canary.connections(), 0);
});

test('the exception for private addresses opens loopback and private ranges only', () => {
  for (const address of ['127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '::1', 'fd00::1'])
    assert.equal(addressAllowed(address, true), true, address);
  for (const address of [
    '169.254.169.254',
    '168.63.129.16',
    '0.0.0.0',
    '100.64.0.1',
    'fe80::1',
    '::ffff:127.0.0.1',
    '224.0.0.1',
  ])
    assert.equal(addressAllowed(address, true), false, address);
  assert.equal(nameAllowed('localhost', true), true);
  assert.equal(nameAllowed('metadata.azure.internal', true), false);
});

test('public addresses and names stay reachable', () => {
  for (const address of ['93.184.216.34', '1.1.1.1', '172.32.0.1', '2606:4700::1111', '2a00:1450:4001::1'])
    assert.equal(addressAllowed(address, false), true, address);
  const url = ownUrl('https://erp.example/api', { allowedHosts: ['erp.example'], allowPrivate: false });
  assert.equal(url.href, 'https://erp.example/api');
  assert.equal(
    ownUrl('https://erp.example:8443/', { allowedHosts: ['erp.example:8443'], allowPrivate: false }).port,
    '8443',
  );
});
