/** Rounds of 500 posts at once by two approvers, for and against: every round ends with one decision and one effect or none. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { formOf } from './canary/story.ts';
import { erpUrl, ledgerOf, startProduct, type Product } from '../support/product.ts';
import { seeded } from '../support/seeded.ts';
import { BOOKS, GOVERNED } from '../support/workflows.ts';

const SEED = Number(process.env.SEED ?? 20261121);
const ROUNDS = Number(process.env.ROUNDS ?? 20);
const POSTS = 500;
const PEOPLE = `apiVersion: countersign/v1
kind: Directory
id: demo
users:
  - { id: starter, name: Starter, email: starter@example.test, roles: [starter] }
  - { id: approver, name: Approver, email: approver@example.test, roles: [approver], groups: [finance] }
  - { id: second, name: Second, email: second@example.test, roles: [approver], groups: [finance] }
groups: [{ id: finance, name: Finance }]
`;

describe(`decisions at the same moment (SEED=${SEED})`, () => {
  const random = seeded(SEED);
  let product: Product;
  before(async () => {
    product = await startProduct();
    const texts = [BOOKS(erpUrl(product)), GOVERNED, PEOPLE];
    assert.equal((await product.call('owner', 'POST', '/api/v1/definitions', { texts })).status, 200);
  });
  after(() => product.remove());

  for (let round = 1; round <= ROUNDS; round++) {
    test(`round ${round}`, async () => {
      const { body } = await product.call('starter', 'POST', '/api/v1/workflows/governed-posting/runs?wait=20', {
        input: { amount: round },
      });
      const run: string = body.id;
      const links = [await product.link('approver', run), await product.link('second', run)];
      const forms = await Promise.all(links.map(async (link) => formOf(await (await fetch(link)).text())));
      const answers = await Promise.all(
        Array.from({ length: POSTS }, () => {
          const who = random.below(2);
          const form = new URLSearchParams(forms[who]);
          form.set('decision', random.below(2) === 0 ? 'approve' : 'reject');
          form.set('comment', 'as I see it');
          return fetch(links[who] ?? '', {
            method: 'POST',
            headers: { 'content-type': 'application/x-www-form-urlencoded' },
            body: form,
          });
        }),
      );
      for (const { status } of answers) assert.ok(status === 200 || status === 409, String(status));
      let view = body;
      while (view.endedAt === null) view = (await product.call('starter', 'GET', `/api/v1/runs/${run}?wait=20`)).body;
      const events: any[] = (await product.call('starter', 'GET', `/api/v1/runs/${run}/events?limit=500`)).body.items;
      assert.equal(events.filter(({ event }) => event.type === 'DECIDED').length, 1);
      const entries = ledgerOf(product).flatMap((posting) => posting.entries);
      const booked = entries.filter((entry: any) => entry.externalId === run).length;
      assert.equal(booked, view.state === 'SUCCEEDED' ? 1 : 0);
    });
  }
});
