/**
 * Attacks on the personal link and the decision (security L1–L6, Q1, V1) against the product as it runs: whatever is tried,
 * a run has at most one decision, by an eligible person, over what that person was shown, and the token is nowhere to read.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CanaryScan } from '../support/canary.ts';
import { changed, PEOPLE, post, FORM } from './approval-forms.ts';
import { formOf } from './canary/story.ts';
import { FOREIGN_HOST } from '../support/foreign-host.ts';
import { erpUrl, ledgerOf, startProduct, type Product } from '../support/product.ts';
import { rawHttp } from '../support/raw-http.ts';
import { BOOKS, GOVERNED } from '../support/workflows.ts';

describe('attacks on approvals', () => {
  let product: Product;
  let port: number;
  const links: string[] = [];
  before(async () => {
    product = await startProduct({ args: ['--verbose', '--json-logs'], env: { COUNTERSIGN_LOG: 'debug' } });
    port = Number(new URL(product.url).port);
    const texts = [BOOKS(erpUrl(product)), GOVERNED, PEOPLE];
    const { status, body } = await product.call('owner', 'POST', '/api/v1/definitions', { texts });
    assert.equal(status, 200, JSON.stringify(body));
  });
  after(() => product.remove());

  interface Asked {
    readonly run: string;
    readonly link: string;
    readonly path: string;
    readonly second: string;
    readonly form: URLSearchParams;
  }
  async function asked(): Promise<Asked> {
    const { body } = await product.call('starter', 'POST', '/api/v1/workflows/governed-posting/runs?wait=20', {
      input: { amount: 700 },
    });
    assert.equal(body.state, 'SUSPENDED', JSON.stringify(body));
    const link = await product.link('approver', body.id);
    const second = await product.link('second', body.id);
    links.push(link, second);
    const page = await (await fetch(link)).text();
    return { run: body.id, link, path: new URL(link).pathname, second, form: formOf(page) };
  }
  const read = async (run: string) => (await product.call('starter', 'GET', `/api/v1/runs/${run}`)).body;
  const events = async (run: string): Promise<any[]> =>
    (await product.call('starter', 'GET', `/api/v1/runs/${run}/events?limit=500`)).body.items;
  const decisions = async (run: string): Promise<number> =>
    (await events(run)).filter(({ event }) => event.type === 'DECIDED').length;
  /** The notice has been delivered and nothing else is under way: from here every record is an attacker's. */
  async function seqOf(run: string): Promise<number> {
    for (;;) {
      const records = await events(run);
      if (records.some(({ event }) => event.type === 'OUTBOX')) return records.length;
    }
  }
  test('opened by scanners, previews and prefetchers: nothing happens', async () => {
    const { run, link, path } = await asked();
    const seq = await seqOf(run);
    const ways = [{}, { purpose: 'prefetch' }, { 'sec-purpose': 'prefetch;prerender' }, { 'user-agent': 'Slackbot' }];
    for (let i = 0; i < 100; i++) {
      const headers: Record<string, string> = ways[i % ways.length] ?? {};
      assert.equal((await fetch(link, { headers })).status, 200);
      if (i < 50) assert.equal((await fetch(link, { method: 'HEAD', headers })).status, 200);
    }
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']) {
      const { status } = await rawHttp(port, { method, path });
      assert.ok(status === 404 || status === 405 || status === 204, `${method}: ${status}`);
    }
    for (const query of ['decision=approve', 'decision=approve&confirm=yes', 'page=1&decision=reject&comment=x'])
      await fetch(`${link}?${query}`);
    assert.equal((await events(run)).length, seq);
    assert.equal((await read(run)).state, 'SUSPENDED');
  });

  test('forms that the page did not make decide nothing', async () => {
    const mine = await asked();
    const other = await asked();
    const seq = await seqOf(mine.run);
    const theirs = formOf(await (await fetch(mine.second)).text());
    const [expiry = '', mac = ''] = (mine.form.get('nonce') ?? '').split('.');
    const flipped = `${mac.startsWith('A') ? 'B' : 'A'}${mac.slice(1)}`;
    const forms: Record<string, URLSearchParams | string> = {
      'an empty form': '',
      'no nonce': changed(mine.form, { nonce: '' }),
      'a longer-lived nonce': changed(mine.form, { nonce: `${Number(expiry) + 3600}.${mac}` }),
      'a flipped nonce': changed(mine.form, { nonce: `${expiry}.${flipped}` }),
      'the nonce of another approver': changed(mine.form, { nonce: theirs.get('nonce') ?? '' }),
      'the form of another run': changed(other.form, {}),
      'the nonce of another run': changed(mine.form, { nonce: other.form.get('nonce') ?? '' }),
      'another digest': changed(mine.form, { digest: 'f'.repeat(64) }),
      'the digest of another run': changed(mine.form, { digest: other.form.get('digest') ?? '' }),
      'another revision': changed(mine.form, { revision: '2' }),
      'a decision that is none': changed(mine.form, { decision: 'APPROVE' }),
      garbage: '%%%=%00&decision',
      'a megabyte': `decision=approve&comment=${'x'.repeat(999_000)}`,
    };
    for (const [what, form] of Object.entries(forms)) {
      const { status } = await post(mine.link, form);
      assert.ok(status >= 400 && status < 500, `${what}: ${status}`);
    }
    const json = await fetch(mine.link, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(Object.fromEntries(changed(mine.form, {}))),
    });
    assert.equal(json.status, 415);
    assert.equal((await events(mine.run)).length, seq);
  });

  test('a token that is nearly right opens nothing, and is told nothing', async () => {
    const { run, link } = await asked();
    const seq = await seqOf(run);
    const token = link.split('/').at(-1) ?? '';
    const pages = new Set<string>();
    const near = Array.from(
      token,
      (character, at) => `${token.slice(0, at)}${character === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`,
    );
    for (const wrong of [
      ...near,
      token.toLowerCase() === token ? token.toUpperCase() : token.toLowerCase(),
      token.slice(0, -1),
      `${token}A`,
      'A'.repeat(43),
    ]) {
      const answer = await fetch(`${product.url}/approve/${wrong}`);
      const text = await answer.text();
      assert.ok(answer.status === 404 || answer.status === 400, `${answer.status}`);
      if (answer.status === 404) pages.add(text);
    }
    assert.equal(pages.size, 1, 'unknown and malformed tokens are answered alike');
    assert.equal((await events(run)).length, seq);
  });

  test('a form sent by another web page, or by a rebound name, is refused', async () => {
    const { run, path, form } = await asked();
    const seq = await seqOf(run);
    const body = changed(form, {}).toString();
    const foreign: Record<string, string>[] = [
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      // Asked of our own front only: another host is reached by the name that its platform gives it.
      ...(FOREIGN_HOST === undefined ? [{ host: `evil.example:${port}` }] : []),
    ];
    for (const headers of foreign) {
      const answer = await rawHttp(port, { method: 'POST', path, headers: { ...FORM, ...headers }, body });
      assert.equal(answer.status, 403, JSON.stringify(headers));
    }
    assert.equal((await events(run)).length, seq);
  });

  test('the page may not be framed, scripted, cached, indexed or leak its address', async () => {
    const { link } = await asked();
    const wrong = `${product.url}/approve/${'A'.repeat(43)}`;
    for (const address of [link, wrong]) {
      const { headers } = await fetch(address);
      const policy = headers.get('content-security-policy') ?? '';
      for (const part of ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'"])
        assert.ok(policy.includes(part), policy);
      assert.doesNotMatch(policy, /unsafe|script-src (?!'none')/);
      assert.equal(headers.get('referrer-policy'), 'no-referrer');
      assert.equal(headers.get('cache-control'), 'no-store');
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.match(headers.get('x-frame-options') ?? '', /DENY/i);
      assert.equal(headers.get('set-cookie'), null);
    }
  });

  test('who may not decide, does not: the starter, an app, an outsider, another tenant, a role without the group', async () => {
    const { run } = await asked();
    const id = `${run}~2`;
    const { body: shown } = await product.call('approver', 'GET', `/api/v1/approvals/${id}`);
    const seq = await seqOf(run);
    const decision = { decision: 'approve', revision: shown.revision, digest: shown.digest };
    const finance = { roles: ['approver'], groups: ['finance'] };
    const people: [string, Record<string, unknown>, number][] = [
      ['the starter, though in finance', { oid: 'starter', ...finance }, 403],
      ['an app', { oid: 'robot', idtyp: 'app', scp: undefined, ...finance }, 403],
      ['somebody outside finance', { oid: 'outsider', roles: ['approver'], groups: [] }, 403],
      ['somebody of finance without the role', { oid: 'second', roles: ['auditor'], groups: ['finance'] }, 403],
      ['the same person of another tenant', { oid: 'approver', tid: 'other', ...finance }, 404],
      ['the publisher', { oid: 'owner', ...finance }, 403],
    ];
    for (const [who, claims, expected] of people) {
      const headers = await product.authorization(claims);
      const { status, body } = await product.call(
        'approver',
        'POST',
        `/api/v1/approvals/${id}/decision`,
        decision,
        headers,
      );
      assert.equal(status, expected, `${who}: ${JSON.stringify(body)}`);
    }
    assert.equal((await events(run)).length, seq);
    await assert.rejects(
      async () => readFileSync(join(product.data, 'inbox', 'starter', run)),
      'the starter got no link',
    );
  });

  test('200 posts at once, of two approvers, for and against: one decision, one effect or none', async () => {
    const { run, link, second, form } = await asked();
    const theirs = formOf(await (await fetch(second)).text());
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, at) =>
        at % 4 === 0
          ? post(second, changed(theirs, { decision: 'reject', comment: 'no' }))
          : post(link, changed(form, { decision: 'approve' })),
      ),
    );
    const statuses = answers.map(({ status }) => status);
    assert.ok(
      statuses.every((status) => status === 200 || status === 409),
      String(new Set(statuses)),
    );
    assert.ok(statuses.includes(200) && statuses.includes(409));
    assert.equal(await decisions(run), 1);
    let view = await read(run);
    while (!view.endedAt) view = (await product.call('starter', 'GET', `/api/v1/runs/${run}?wait=20`)).body;
    const { body: approval } = await product.call('approver', 'GET', `/api/v1/approvals/${run}~2`);
    assert.equal(approval.decisions.length, 1);
    const booked = ledgerOf(product)
      .flatMap(({ entries }) => entries)
      .filter((entry: any) => entry.externalId === run);
    assert.equal(booked.length, approval.state === 'APPROVED' ? 1 : 0);
    assert.equal(view.state, approval.state === 'APPROVED' ? 'SUCCEEDED' : 'FAILED');

    const replayed = await post(link, changed(form, { decision: 'approve' }));
    assert.equal(replayed.status, approval.state === 'APPROVED' ? 200 : 409);
    const opposed = await post(
      second,
      changed(theirs, { decision: approval.state === 'APPROVED' ? 'reject' : 'approve', comment: 'late' }),
    );
    assert.equal(opposed.status, 409);
    assert.equal(await decisions(run), 1);
  });

  test('what was shown before a new revision, or before a cancellation, decides nothing', async () => {
    const { run, link, form } = await asked();
    const again = await product.call('operator', 'POST', `/api/v1/runs/${run}/steps/policy/retry`, {
      reason: 'ask again',
    });
    assert.equal(again.status, 409, 'a step that waits is not at rest');
    const cancelled = await product.call('operator', 'POST', `/api/v1/runs/${run}/cancel`, { reason: 'not needed' });
    assert.equal(cancelled.status, 200);
    assert.equal((await product.call('starter', 'GET', `/api/v1/runs/${run}?wait=20`)).body.state, 'CANCELLED');
    const late = await post(link, changed(form, { decision: 'approve' }));
    assert.ok(late.status === 409 || late.status === 404, String(late.status));
    assert.equal(await decisions(run), 0);

    const retried = await product.call('operator', 'POST', `/api/v1/runs/${run}/retry`, { reason: 'needed after all' });
    assert.equal(retried.status, 200, JSON.stringify(retried.body));
    let view = await read(run);
    while (view.state !== 'SUSPENDED') {
      assert.ok(!view.endedAt, JSON.stringify(view));
      view = (await product.call('starter', 'GET', `/api/v1/runs/${run}?wait=20`)).body;
    }
    const { body: now } = await product.call('approver', 'GET', `/api/v1/approvals/${run}~2`);
    assert.ok(now.revision > Number(form.get('revision')));
    const old = await post(link, changed(form, { decision: 'approve' }));
    assert.ok(old.status >= 400 && old.status < 500, `the old form: ${old.status}`);
    const stale = await product.call('approver', 'POST', `/api/v1/approvals/${run}~2/decision`, {
      decision: 'approve',
      revision: Number(form.get('revision')),
      digest: form.get('digest'),
    });
    assert.deepEqual([stale.status, stale.body.code], [409, 'CONTENT_CHANGED']);
    assert.equal(await decisions(run), 0);
    const operator = await product.authorization({ oid: 'operator', roles: ['approver'], groups: ['finance'] });
    const involved = await product.call(
      'approver',
      'POST',
      `/api/v1/approvals/${run}~2/decision`,
      { decision: 'approve', revision: now.revision, digest: now.digest },
      operator,
    );
    assert.equal(involved.status, 403, 'who retried the run is involved');
  });

  test('no token stands in what was printed, in any file but the inbox, or in any answer', async () => {
    assert.ok(links.length >= 14);
    const tokens = links.map((link) => ({ kind: 'approval token', value: link.split('/').at(-1) ?? '' }));
    const scan = new CanaryScan(tokens);
    scan.folder(product.data, ['inbox', 'demo']);
    scan.text('printed', product.output());
    for (const path of [
      '/api/v1/approvals?limit=200',
      '/api/v1/runs?limit=200',
      `/api/v1/approvals/${(await asked()).run}~2`,
    ])
      for (const account of ['starter', 'approver', 'operator', 'owner'])
        scan.text(path, JSON.stringify((await product.call(account, 'GET', path)).body));
    assert.equal(scan.report(), '');
    assert.ok(product.output().includes('showApprovalPage'), 'the page was served under the eyes of the log');
  });
});
