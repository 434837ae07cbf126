/** A1, A5: where a credential goes, in which form, and that no answer brings it back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LostAnswer } from '../../../src/adapters/adapter.ts';
import { headerNameAllowed, headerValueAllowed } from '../../../src/adapters/http/headers.ts';
import { scrubber } from '../../../src/adapters/http/scrub.ts';
import { StepFault } from '../../../src/domain/errors.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { bench, httpConnector } from '../../support/outside/bench.ts';
import { json, outside } from '../../support/outside/server.ts';

const SECRET = 'p@ss/w+rd "q" é=1';
const LIST = { list: { access: 'read', path: '/x' }, orders: { access: 'write', path: '/x' } };
const ALL = { resource: 'list', params: {}, query: {}, pageSize: null, maxPages: null, limit: 10 };
const WRITE = { resource: 'orders', mode: 'create' as const, records: [{}], recordKeys: null, idempotencyKey: 'k' };

test('each kind of auth sends what its name says, and asks the broker for the host it goes to', async (t) => {
  const target = await outside(t, (_, r) => json(r, 200, []));
  const cases: [JsonObject, string, string][] = [
    [{ kind: 'bearer', secret: 's' }, 'authorization', 'Bearer abcd1234'],
    [
      { kind: 'basic', user: 'me', secret: 's' },
      'authorization',
      `Basic ${Buffer.from('me:abcd1234').toString('base64')}`,
    ],
    [{ kind: 'apiKey', header: 'X-Api-Key', secret: 's' }, 'x-api-key', 'abcd1234'],
  ];
  for (const [auth, header, value] of cases) {
    const made = bench([httpConnector(target.url, { settings: { auth }, resources: LIST })], {
      secrets: { s: 'abcd1234' },
    });
    t.after(() => made.adapters.close());
    const { resolved, context } = await made.open('outside');
    await resolved.adapter.fetch(context, ALL);
    assert.equal(target.seen.at(-1)?.headers[header], value);
    assert.deepEqual(made.asked, [{ name: 's', host: '127.0.0.1' }]);
  }
});

test('one activity reads a secret once, the next one reads it anew', async (t) => {
  const target = await outside(t, (_, r) => json(r, 200, []));
  const settings = { auth: { kind: 'bearer', secret: 's' } };
  const made = bench([httpConnector(target.url, { settings, resources: LIST })], { secrets: { s: 'abcd1234' } });
  t.after(() => made.adapters.close());
  const { resolved, context } = await made.open('outside');
  await Promise.all([resolved.adapter.fetch(context, ALL), resolved.adapter.fetch(context, ALL)]);
  for (let at = 0; at < 5; at++) await resolved.adapter.fetch(context, ALL);
  assert.deepEqual([target.seen.length, made.asked.length], [7, 1]);
  const later = await made.open('outside');
  await later.resolved.adapter.fetch(later.context, ALL);
  assert.equal(made.asked.length, 2);
});

test('a secret that is refused is asked for anew, and sent again only when it is another', async (t) => {
  let wanted = 'old-secret';
  const target = await outside(t, (seen, r) =>
    seen.headers.authorization === `Bearer ${wanted}` ? json(r, 200, []) : json(r, 401, {}),
  );
  const settings = { auth: { kind: 'bearer', secret: 's' } };
  const secrets = { s: wanted };
  const made = bench([httpConnector(target.url, { settings, resources: LIST })], { secrets });
  t.after(() => made.adapters.close());
  const { resolved, context } = await made.open('outside');
  await resolved.adapter.fetch(context, ALL);
  secrets.s = wanted = 'new-secret';
  await resolved.adapter.fetch(context, ALL);
  assert.equal(made.asked.length, 2);
  wanted = 'a third that the broker does not have';
  await assert.rejects(resolved.adapter.fetch(context, ALL));
  assert.deepEqual([made.asked.length, target.seen.length], [3, 4], 'the same secret is not sent a second time');
});

test('a secret that is unknown, or that no header can carry, stops before anything is sent', async (t) => {
  const target = await outside(t, (_, r) => json(r, 200, []));
  for (const [secrets, code] of [
    [{}, 'SECRET_UNKNOWN'],
    [{ s: 'a\r\nX-Evil: 1' }, 'SECRET_NOT_ALLOWED'],
  ] as const) {
    const settings = { auth: { kind: 'bearer', secret: 's' } };
    const made = bench([httpConnector(target.url, { settings, resources: LIST })], { secrets });
    t.after(() => made.adapters.close());
    const { resolved, context } = await made.open('outside');
    await assert.rejects(resolved.adapter.fetch(context, ALL), { code });
    await assert.rejects(resolved.adapter.push(context, WRITE), { code });
  }
  assert.equal(target.seen.length, 0);
});

test('client credentials: one token for many requests, a new one when it ends or is refused', async (t) => {
  let given = 0;
  let refuse = false;
  const target = await outside(t, (seen, r) => {
    if (seen.url === '/token') json(r, 200, { access_token: `token-${(given += 1)}`, expires_in: 600 });
    else if (refuse && seen.headers.authorization === 'Bearer token-2') json(r, 401, {});
    else json(r, 200, [seen.headers.authorization ?? null]);
  });
  const auth = {
    kind: 'clientCredentials',
    tokenUrl: `${target.url}/token`,
    clientId: 'me',
    scope: 'a b',
    secret: 's',
  };
  const made = bench([httpConnector(target.url, { settings: { auth }, resources: LIST })], { secrets: { s: SECRET } });
  t.after(() => made.adapters.close());
  const { resolved, context } = await made.open('outside');
  const read = () => resolved.adapter.fetch(context, ALL);
  assert.deepEqual(await Promise.all([read(), read()]), [['Bearer [secret]'], ['Bearer [secret]']]);
  assert.equal(given, 1);
  const form = new URLSearchParams(target.seen[0]?.body);
  assert.deepEqual([form.get('client_secret'), form.get('scope'), form.get('client_id')], [SECRET, 'a b', 'me']);
  made.clock.ms += 541_000;
  await read();
  assert.equal(given, 2, 'a minute before it ends a token counts as old');
  refuse = true;
  await read();
  assert.equal(given, 3);
});

test('a token address that fails is a definite failure, also for a write', async (t) => {
  for (const [status, body, code] of [
    [500, {}, 'OUTSIDE_UNAVAILABLE'],
    [401, {}, 'OUTSIDE_REFUSED'],
    [200, 'oops', 'OUTSIDE_GARBAGE'],
    [200, {}, 'OUTSIDE_GARBAGE'],
  ] as const) {
    const target = await outside(t, (_, r) => json(r, status, body));
    const auth = { kind: 'clientCredentials', tokenUrl: `${target.url}/token`, clientId: 'me', secret: 's' };
    const made = bench([httpConnector(target.url, { settings: { auth }, resources: LIST })], {
      secrets: { s: 'abcd' },
    });
    t.after(() => made.adapters.close());
    const { resolved, context } = await made.open('outside');
    await assert.rejects(resolved.adapter.push(context, WRITE), (error) => {
      assert.ok(error instanceof StepFault && !(error instanceof LostAnswer));
      assert.equal(error.code, code);
      return true;
    });
  }
});

test('an answer that echoes the secret in any form brings none of it back', async (t) => {
  const forms = [
    SECRET,
    Buffer.from(SECRET).toString('base64'),
    Buffer.from(SECRET).toString('base64url'),
    encodeURIComponent(SECRET),
    encodeURIComponent(SECRET).toLowerCase(),
    JSON.stringify(SECRET).slice(1, -1),
  ];
  const echo = {
    list: forms.map((form) => `before ${form} after`),
    deep: { [SECRET]: [SECRET] },
    clean: 'text',
    n: 12,
  };
  const made = scrubber([SECRET]);
  const text = JSON.stringify(made.json(echo));
  for (const form of forms) assert.ok(!text.includes(form), form);
  assert.ok(text.includes('before [secret] after') && text.includes('"clean":"text"') && text.includes('"n":12'));

  const target = await outside(t, (seen, r) => {
    const token = seen.headers.authorization ?? '';
    if (seen.method === 'GET') json(r, 403, `<html>bad ${token}</html>`, { 'x-echo': token });
    else json(r, 400, { why: token });
  });
  const settings = { auth: { kind: 'bearer', secret: 's' } };
  const b = bench([httpConnector(target.url, { settings, resources: LIST })], { secrets: { s: 'abcd1234' } });
  t.after(() => b.adapters.close());
  const { resolved, context } = await b.open('outside');
  const outcomes = [
    await resolved.adapter.push(context, WRITE),
    await resolved.adapter.fetch(context, ALL).catch((error: StepFault) => error.detail),
    await context.http.send({ method: 'GET', path: '/x' }),
  ];
  assert.ok(!JSON.stringify(outcomes).includes('abcd1234'), JSON.stringify(outcomes));
  assert.ok(JSON.stringify(outcomes).includes('[secret]'));
});

test('headers of platforms and of the client cannot be set, and no value smuggles a second one', async (t) => {
  for (const name of [
    'Host',
    'Authorization',
    'Metadata',
    'X-IDENTITY-HEADER',
    'x-forwarded-for',
    'Cookie',
    'Content-Length',
    'Transfer-Encoding',
    'traceparent',
    'a b',
    'a:',
    '',
    'ä',
    'Proxy-Authorization',
    'X-MS-TOKEN-AAD-ID-TOKEN',
  ])
    assert.equal(headerNameAllowed(name), false, name);
  assert.equal(headerNameAllowed('Idempotency-Key'), true);
  for (const value of ['a\r\nb: c', 'a\nb', 'a\u0000', 'ä', '\u0085']) assert.equal(headerValueAllowed(value), false);
  const target = await outside(t, (_, r) => json(r, 200, []));
  const made = bench([httpConnector(target.url, { resources: LIST })]);
  t.after(() => made.adapters.close());
  const { context } = await made.open('outside');
  for (const headers of [{ host: 'evil' }, { Metadata: 'true' }, { 'x-a': '1\r\nx-b: 2' }] as Record<string, string>[])
    await assert.rejects(context.http.send({ method: 'GET', path: '/', headers }), { code: 'ADDRESS_REFUSED' });
  assert.equal(target.seen.length, 0);
});
