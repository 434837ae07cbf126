/** Time and decisions, by the product's own clock: deadlines that decide, decisions that grow old, people asked instead. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { formOf } from './canary/story.ts';
import { erpUrl, ledgerOf, startProduct, type Product } from '../support/product.ts';
import { verifyChain } from '../support/verify-chain.ts';
import { BOOKS, GOVERNED } from '../support/workflows.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const PEOPLE = `apiVersion: countersign/v1
kind: Directory
id: demo
users:
  - { id: starter, name: Starter, email: starter@example.test, roles: [starter] }
  - { id: approver, name: Approver, email: approver@example.test, roles: [approver], groups: [finance], manager: boss }
  - { id: boss, name: Boss, email: boss@example.test, roles: [approver], groups: [finance] }
groups: [{ id: finance, name: Finance }]
`;
const policy = (id: string, more: string): string => `---
apiVersion: countersign/v1
kind: Policy
id: ${id}
rules:
  - id: asked
    if: 'true'
    then: require-approval
    reason: ASKED
    approvers: { users: [approver] }
    assurance: link
    ${more}
    disclose: { approver: [/records, /totals] }
`;
/** The governed posting under another policy and name. */
const posting = (id: string): string =>
  `---\n${GOVERNED.replace('id: governed-posting', `id: ${id}`).replaceAll('labour-posting-limits', id).replaceAll('guarded-books', `${id}-books`)}`;

describe('deadlines and validity', () => {
  let product: Product;
  before(async () => {
    product = await startProduct();
    const [, guarded = ''] = BOOKS(erpUrl(product)).split('---\n');
    const books = (id: string): string =>
      `---\n${guarded.replace('id: guarded-books', `id: ${id}-books`).replace('labour-posting-limits', id)}`;
    const policies: Record<string, string> = {
      'until-rejected': 'sla: { due: PT1S, onDeadline: reject }',
      'until-failed': 'sla: { due: PT1S, onDeadline: fail }',
      'until-escalated': 'sla: { due: PT1S, onDeadline: escalate }',
      'soon-stale': 'validFor: PT1S',
    };
    const texts = [
      PEOPLE,
      ...Object.entries(policies).map(([id, more]) =>
        `${policy(id, more)}${books(id)}${posting(id)}`.replace(/^---\n/, ''),
      ),
    ];
    const { status, body } = await product.call('owner', 'POST', '/api/v1/definitions', { texts });
    assert.equal(status, 200, JSON.stringify(body));
  });
  after(() => product.remove());

  async function ask(workflow: string): Promise<string> {
    const { body } = await product.call('starter', 'POST', `/api/v1/workflows/${workflow}/runs?wait=20`, {
      input: { amount: 9 },
    });
    assert.equal(body.state, 'SUSPENDED', JSON.stringify(body));
    return body.id;
  }
  async function until(run: string, wanted: (view: any) => boolean): Promise<any> {
    for (let tries = 0; tries < 1_500; tries++) {
      const { body } = await product.call('starter', 'GET', `/api/v1/runs/${run}`);
      if (wanted(body)) return body;
      await sleep(20);
    }
    throw new Error(JSON.stringify((await product.call('starter', 'GET', `/api/v1/runs/${run}`)).body));
  }
  const ended = (view: any): boolean => view.endedAt !== null;
  const shown = async (run: string, step = 2): Promise<any> =>
    (await product.call('approver', 'GET', `/api/v1/approvals/${run}~${step}`)).body;
  const approve = ({ id, revision, digest }: any) =>
    product.call('approver', 'POST', `/api/v1/approvals/${id}/decision`, { decision: 'approve', revision, digest });
  const booked = (run: string): number =>
    ledgerOf(product)
      .flatMap(({ entries }) => entries)
      .filter((entry: any) => entry.externalId === run).length;
  async function whole(run: string): Promise<void> {
    const { body } = await product.call('starter', 'GET', `/api/v1/runs/${run}/events?limit=500`);
    assert.equal(verifyChain(body.items), null);
  }

  for (const [workflow, code] of [
    ['until-rejected', 'GOVERN_REJECTED'],
    ['until-failed', 'GOVERN_EXPIRED'],
  ] as const) {
    test(`nobody answers in time (${workflow}): ${code}, nothing is written, and it is too late`, async () => {
      const run = await ask(workflow);
      const request = await shown(run);
      const form = formOf(await (await fetch(await product.link('approver', run))).text());
      const view = await until(run, ended);
      assert.deepEqual([view.state, view.cause.step], ['FAILED', 'policy']);
      assert.ok(['GOVERN_REJECTED', 'GOVERN_EXPIRED'].includes(view.cause.code), view.cause.code);
      assert.equal((await approve(request)).status, 409);
      form.set('decision', 'approve');
      const late = await fetch(await product.link('approver', run), { method: 'POST', headers: FORM, body: form });
      assert.ok(late.status === 409 || late.status === 404, String(late.status));
      assert.equal(booked(run), 0);
      await whole(run);
    });
  }

  test('nobody answers in time: the manager is told, without a link; who was asked may still decide', async () => {
    const run = await ask('until-escalated');
    const request = await shown(run);
    const inbox = join(product.data, 'inbox', 'boss');
    const told = (): string[] => (existsSync(inbox) ? readdirSync(inbox) : []).filter((name) => name.includes(run));
    for (let tries = 0; told().length === 0; tries++) {
      assert.ok(tries < 750, 'the manager is not told');
      await sleep(20);
    }
    const [notice = ''] = told();
    assert.doesNotMatch(readFileSync(join(inbox, notice), 'utf8'), /\/approve\//);
    assert.equal((await until(run, () => true)).state, 'SUSPENDED');
    assert.equal((await approve(request)).status, 200);
    assert.equal((await until(run, ended)).state, 'SUCCEEDED');
    assert.equal(booked(run), 1);
    await whole(run);
  });

  test('a decision that has grown old is no authority: the same content is asked again', async () => {
    const run = await ask('soon-stale');
    const request = await shown(run);
    assert.equal(
      (await product.call('operator', 'POST', `/api/v1/runs/${run}/pause`, { reason: 'not today' })).status,
      200,
    );
    assert.equal((await approve(request)).status, 200);
    await sleep(1_200);
    assert.equal(
      (await product.call('operator', 'POST', `/api/v1/runs/${run}/resume`, { reason: 'today' })).status,
      200,
    );
    const view = await until(run, (each) => each.waitingFor.some(({ step }: any) => step === 'post'));
    assert.equal(booked(run), 0, 'nothing is written on an old decision');
    const again = (await product.call('approver', 'GET', `/api/v1/approvals/${view.waitingFor[0].approval}`)).body;
    assert.equal(again.state, 'OPEN');
    assert.equal((await approve({ ...again, revision: request.revision, digest: request.digest })).status, 409);
    // A second is short: an answer that is taken up late has grown old as well, and the question comes once more.
    for (let asked = again; asked.state === 'OPEN'; asked = await answered(run)) {
      assert.equal((await approve(asked)).status, 200);
    }
    assert.equal((await until(run, ended)).state, 'SUCCEEDED');
    assert.equal(booked(run), 1);
    await whole(run);
  });

  /** The question about the write, once its run has ended or it is asked again. */
  async function answered(run: string): Promise<any> {
    for (;;) {
      const { endedAt } = (await product.call('starter', 'GET', `/api/v1/runs/${run}`)).body;
      const request = await shown(run, 3);
      if (request.state === 'OPEN' || endedAt !== null) return request;
      await sleep(20);
    }
  }
});
