/** The decision of a link by a form that another web page sent, whichever host serves the app: refused before the link is looked at. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { HANDLERS } from '../../../functions/http/handlers.ts';
import { submitApprovalPage } from '../../../src/contract/routes/service.ts';
import { callEdge, openServices, type TestServices } from '../../support/services.ts';

const handling = HANDLERS.find(({ route }) => route.id === submitApprovalPage.id);

describe('a form for a link', () => {
  let opened: TestServices;
  before(async () => void (opened = await openServices()));
  after(() => opened.close());

  const status = async (headers: Record<string, string>): Promise<number> => {
    assert.ok(handling);
    const path = { token: 'A'.repeat(43) };
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    return (await callEdge(opened.services, handling, { path, body: 'a=b', headers: { ...type, ...headers } })).status;
  };

  const foreign: Record<string, string>[] = [
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost:7072' },
    { 'sec-fetch-site': 'cross-site', origin: 'http://localhost:7071' },
    { 'sec-fetch-site': 'same-site' },
  ];
  for (const headers of foreign)
    test(`is refused with ${JSON.stringify(headers)}`, async () => assert.equal(await status(headers), 403));

  const own: Record<string, string>[] = [
    {},
    { origin: 'http://localhost:7071' },
    { origin: 'null', 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
  ];
  for (const headers of own)
    test(`is looked at with ${JSON.stringify(headers)}`, async () => assert.equal(await status(headers), 404));
});
