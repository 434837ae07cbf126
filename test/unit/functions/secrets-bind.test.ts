/** A secret set without hosts: the first connector that names it fixes where it may go; a later one cannot widen that. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HANDLERS } from '../../../functions/http/handlers.ts';
import { tenantId } from '../../../src/domain/ids.ts';
import { as, callEdge, openServices, type TestServices } from '../../support/services.ts';

const connector = (id: string, host: string) => `apiVersion: countersign/v1
kind: Connector
id: ${id}
category: datasource
adapter: datasource/http-json
settings: { baseUrl: 'https://${host}/api', allowedHosts: ['${host}'], auth: { kind: bearer, secret: shared } }
resources: { things: { access: read, path: /things } }
`;

let opened: TestServices;
before(async () => (opened = await openServices()));
after(() => opened.close());

test('the first connector fixes the hosts of a secret', async () => {
  const tenant = tenantId('t1');
  const { secrets } = opened.services.deps;
  await secrets.set(tenant, 'shared', 'value-of-the-secret', []);
  await assert.rejects(secrets.resolve(tenant, 'shared', 'good.example'), { code: 'SECRET_NOT_ALLOWED' });
  const apply = HANDLERS.find(({ route }) => route.id === 'applyDefinitions')!;
  const publish = (text: string) =>
    callEdge(opened.services, apply, {
      body: JSON.stringify({ texts: [text] }),
      headers: { ...as('owner', 't1', ['admin', 'governor']), 'content-type': 'application/json' },
    });
  assert.equal((await publish(connector('first', 'good.example'))).status, 200);
  assert.equal((await publish(connector('second', 'evil.example'))).status, 200);
  assert.equal(await secrets.resolve(tenant, 'shared', 'good.example'), 'value-of-the-secret');
  await assert.rejects(secrets.resolve(tenant, 'shared', 'evil.example'), { code: 'SECRET_NOT_ALLOWED' });
});
