/** `POST /connectors/{id}/test`: whatever is wrong with the outside system is the answer, never a fault of ours. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { tenantId } from '../../../src/domain/ids.ts';
import { json, outside, type Outside } from '../../support/outside/server.ts';
import { as, callPath, openServices, type TestServices } from '../../support/services.ts';

let opened: TestServices;
before(async () => (opened = await openServices()));
after(() => opened.close());

const OWNER = { ...as('owner', 't1', ['admin', 'governor', 'operator']), 'content-type': 'application/json' };
let named = 0;
async function tested(baseUrl: string, more: object = {}) {
  const id = `system-${++named}`;
  const document = {
    kind: 'Connector',
    id,
    category: 'datasource',
    adapter: 'datasource/http-json',
    settings: { baseUrl, allowedHosts: ['127.0.0.1', 'localhost'], timeout: 1000, test: { path: '/health' }, ...more },
    resources: { things: { access: 'read', path: '/things' } },
  };
  const put = await callPath(opened.services, 'PUT', `/api/v1/connectors/${id}`, {
    headers: OWNER,
    body: JSON.stringify(document),
  });
  assert.equal(put.status, 200, put.text);
  const answer = await callPath(opened.services, 'POST', `/api/v1/connectors/${id}/test`, {
    headers: OWNER,
    body: '{}',
  });
  assert.equal(answer.status, 200, `${answer.text} ${opened.faults.at(-1)}`);
  return answer.body as { ok: boolean; detail: string; code: string | null; next: string | null };
}

test('a system that answers well is well', async (t) => {
  const target: Outside = await outside(t, (_, response) => json(response, 200, { up: true }));
  assert.deepEqual(await tested(target.url), {
    ok: true,
    detail: 'The target answered 200.',
    code: null,
    next: null,
  });
});

test('a system that refuses, fails, talks nonsense, is silent or is not there is told as it is', async (t) => {
  const of = async (handle: Parameters<typeof outside>[1]) => tested((await outside(t, handle)).url);
  assert.deepEqual((await of((_, response) => json(response, 403, { iban: 'DE44' }))).ok, false);
  for (const [handle, code] of [
    [(_, response) => json(response, 503, {}), 'OUTSIDE_UNAVAILABLE'],
    [(_, response) => json(response, 302, {}, { location: 'http://elsewhere.example/' }), 'ADDRESS_REFUSED'],
    [(_, response) => void response.writeHead(200).end('<html>DE44</html>'), 'OUTSIDE_GARBAGE'],
    [() => undefined, 'OUTSIDE_UNAVAILABLE'],
  ] satisfies [Parameters<typeof outside>[1], string][]) {
    const answer = await of(handle);
    assert.deepEqual([answer.ok, answer.code], [false, code]);
    assert.ok((answer.next ?? '').length > 10 && !JSON.stringify(answer).includes('DE44'), JSON.stringify(answer));
  }
  assert.equal((await tested('http://127.0.0.1:9')).code, 'OUTSIDE_UNAVAILABLE');
});

test('a secret that is missing, or meant for another host, is named as the reason', async () => {
  const auth = (secret: string) => ({ auth: { kind: 'bearer', secret } });
  const missing = await tested('http://127.0.0.1:9', auth('never-set'));
  assert.deepEqual([missing.code, /secret set/.test(missing.next ?? '')], ['SECRET_UNKNOWN', true]);
  const value = 'value-of-the-secret';
  await opened.services.deps.secrets.set(tenantId('t1'), 'meant-for-others', value, ['other.example']);
  const other = await tested('http://127.0.0.1:9', auth('meant-for-others'));
  assert.equal(other.code, 'SECRET_NOT_ALLOWED');
  assert.ok(!JSON.stringify(other).includes(value));
});
