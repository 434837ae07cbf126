/** Form values of a decision, as approvers give them by API, command line and link to the product as it runs (F1, K6). */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CanaryScan } from '../support/canary.ts';
import { ledgerOf, startProduct, type Product } from '../support/product.ts';
import { changed, post } from './approval-forms.ts';
import { formOf } from './canary/story.ts';
import { documentsFor, STEP } from './decision-form.ts';

const CLI = join(import.meta.dirname, '..', '..', 'dist', 'cli.mjs');
const NOTE = 'ask for Mrs Novotná at the north gate';
const VALUES = { note: NOTE, days: 2, dock: 'n' };

describe('form values of a decision', () => {
  let product: Product;
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-values-'));
    product = await startProduct({ args: ['--verbose', '--json-logs'], env: { COUNTERSIGN_LOG: 'debug' } });
    const { status, body } = await product.call('owner', 'POST', '/api/v1/definitions', {
      texts: documentsFor(product),
    });
    assert.equal(status, 200, JSON.stringify(body));
  });
  after(async () => {
    await product.remove();
    rmSync(folder, { recursive: true });
  });

  async function ask(workflow = 'noted-posting'): Promise<{ run: string; approval: string }> {
    const { body } = await product.call('starter', 'POST', `/api/v1/workflows/${workflow}/runs?wait=20`, {
      input: { amount: 700 },
    });
    assert.equal(body.state, 'SUSPENDED', JSON.stringify(body));
    return { run: body.id, approval: `${body.id}~${STEP}` };
  }
  const read = async (approval: string, account = 'approver') =>
    (await product.call(account, 'GET', `/api/v1/approvals/${approval}`)).body;
  const second = () => product.authorization({ oid: 'second', roles: ['approver'], groups: ['finance'] });
  async function decide(approval: string, cast: object, headers: Record<string, string> = {}) {
    const { revision, digest } = await read(approval);
    const whole = { decision: 'approve', revision, digest, ...cast };
    return product.call('approver', 'POST', `/api/v1/approvals/${approval}/decision`, whole, headers);
  }
  const pointers = (body: any): string[] => body.errors.map((error: any) => `${error.pointer} ${error.code}`).sort();
  const events = async (run: string): Promise<any[]> =>
    (await product.call('starter', 'GET', `/api/v1/runs/${run}/events?limit=500`)).body.items;
  /** How many records there are once the notice is delivered: every later one would be of a decision. */
  async function settled(run: string): Promise<number> {
    for (;;) {
      const records = await events(run);
      if (records.some(({ event }) => event.type === 'OUTBOX')) return records.length;
    }
  }
  async function ended(run: string): Promise<any> {
    for (;;) {
      const { body } = await product.call('starter', 'GET', `/api/v1/runs/${run}?wait=20`);
      if (body.endedAt !== null) return body;
    }
  }
  async function said(run: string): Promise<any> {
    const view = await ended(run);
    assert.equal(view.state, 'SUCCEEDED', JSON.stringify(view));
    const address = `/api/v1/runs/${run}/output?reveal=&reason=${encodeURIComponent('a test')}`;
    return (await product.call('starter', 'GET', address)).body.output;
  }
  const booked = (run: string): number =>
    ledgerOf(product)
      .flatMap(({ entries }) => entries)
      .filter((entry: any) => entry.externalId === run).length;

  test('by API: what is asked can be read, what is answered is used by the steps that follow', async () => {
    const { run, approval } = await ask();
    const asked = await read(approval);
    assert.deepEqual(
      [asked.values, asked.content.values, asked.form.required],
      ['asked', null, ['note', 'days', 'dock']],
    );
    const { body: list } = await product.call('approver', 'GET', '/api/v1/approvals?mine=true&limit=200');
    assert.equal(list.items.find((item: any) => item.id === approval).values, 'asked');
    const { status, body: receipt } = await decide(approval, { values: VALUES });
    assert.deepEqual([status, receipt.state, receipt.values, receipt.revision], [200, 'APPROVED', 'given', 2]);
    assert.notEqual(receipt.digest, asked.digest);
    assert.deepEqual(await said(run), { said: NOTE, days: 2 });
    assert.deepEqual(
      (await ended(run)).steps.map((step: any) => step.state),
      Array(4).fill('SUCCEEDED'),
    );
    assert.equal(booked(run), 1);
    assert.deepEqual((await read(approval)).content.values, VALUES);
    const same = { ...VALUES, decision: 'approve' as const };
    const again = await product.call('approver', 'POST', `/api/v1/approvals/${approval}/decision`, {
      decision: same.decision,
      revision: asked.revision,
      digest: asked.digest,
      values: VALUES,
    });
    assert.deepEqual([again.status, again.body], [200, { ...receipt, replayed: true }]);
    const other = await decide(approval, { values: { ...VALUES, days: 3 } });
    assert.deepEqual(
      [other.status, other.body.code, other.body.standing.digest],
      [409, 'ALREADY_DECIDED', receipt.digest],
    );
  });

  test('who may not decide sees that there are values, and none of them', async () => {
    const { run, approval } = await ask();
    await decide(approval, { values: VALUES });
    await ended(run);
    for (const account of ['starter', 'operator', 'owner'])
      for (const path of [
        `approvals/${approval}`,
        `receipts/${approval}`,
        `runs/${run}`,
        `runs/${run}/events?limit=500`,
      ]) {
        const { body } = await product.call(account, 'GET', `/api/v1/${path}`);
        assert.doesNotMatch(JSON.stringify(body), /Novotn|north gate/, `${account} ${path}`);
      }
    assert.equal((await read(approval, 'starter')).values, 'given');
    const output = await product.call('starter', 'GET', `/api/v1/runs/${run}/steps/policy/output`);
    assert.doesNotMatch(JSON.stringify(output.body), /Novotn/);
  });

  test('what does not fit is refused with every field, and nothing is written', async () => {
    const { run, approval } = await ask();
    const length = await settled(run);
    const wrong: [object, number, string[]][] = [
      [{}, 422, ['/values/days REQUIRED', '/values/dock REQUIRED', '/values/note REQUIRED']],
      [
        { values: { note: 1, days: '2', dock: 'w', due: '2026-02-30', fragile: 'no', more: 1 } },
        422,
        [
          '/values/days TYPE',
          '/values/dock ONE_OF',
          '/values/due FORMAT',
          '/values/fragile TYPE',
          '/values/more UNKNOWN_FIELD',
          '/values/note TYPE',
        ],
      ],
      [{ values: { ...VALUES, days: 1.5 } }, 422, ['/values/days TYPE']],
      [{ values: { ...VALUES, days: null } }, 422, ['/values/days TYPE']],
      [{ values: { ...VALUES, fragile: true } }, 422, ['/values/due REQUIRED']],
      [{ values: { ...VALUES, note: 'x'.repeat(301) } }, 422, ['/values/note MAX_LENGTH']],
      [{ values: { ...VALUES, note: 'x'.repeat(900_000) } }, 422, ['/values TOO_LARGE']],
      [
        { values: { ...VALUES, ['constructor']: 1, toString: 1 } },
        422,
        ['/values/constructor UNKNOWN_FIELD', '/values/toString UNKNOWN_FIELD'],
      ],
      [{ decision: 'reject', values: VALUES }, 422, ['/comment REQUIRED', '/values REJECTION']],
      [{ values: [] }, 400, ['/values INVALID_TYPE']],
      [{ values: null }, 400, ['/values INVALID_TYPE']],
      [{ values: 'note' }, 400, ['/values INVALID_TYPE']],
    ];
    for (const [cast, status, expected] of wrong) {
      const answer = await decide(approval, cast);
      assert.deepEqual(
        [answer.status, pointers(answer.body)],
        [status, expected],
        JSON.stringify(answer.body).slice(0, 900),
      );
    }
    const { revision, digest } = await read(approval);
    const raw = (values: string) =>
      product.call(
        'approver',
        'POST',
        `/api/v1/approvals/${approval}/decision`,
        `{"decision":"approve","revision":${revision},"digest":"${digest}","values":${values}}`,
      );
    for (const [values, expected] of [
      ['{"note":"a","days":9007199254740993,"dock":"n"}', '/values/days UNSAFE_NUMBER'],
      ['{"__proto__":{"note":"a"},"days":1,"dock":"n"}', '/values/__proto__ FORBIDDEN_KEY'],
      ['{"note":"a","note":"b","days":1,"dock":"n"}', '/values/note DUPLICATE_KEY'],
      ['{"note":"\\ud800","days":1,"dock":"n"}', '/values/note LONE_SURROGATE'],
    ] as const) {
      const { status, body } = await raw(values);
      assert.deepEqual([status, pointers(body)], [400, [expected]], JSON.stringify(body));
    }
    assert.equal((await raw(`{"note":"${'x'.repeat(1_000_001)}"}`)).status, 413);
    assert.equal((await events(run)).length, length);
    assert.equal((await read(approval)).state, 'OPEN');
    const rejected = await decide(approval, { decision: 'reject', comment: 'not this one' });
    assert.deepEqual([rejected.status, rejected.body.values], [200, 'asked']);
    assert.equal((await ended(run)).cause.code, 'GOVERN_REJECTED');
  });

  test('an approval without a form takes no values', async () => {
    const { body } = await product.call('starter', 'POST', '/api/v1/workflows/labour-cost-posting/runs?wait=30', {
      input: { week: '2026-W46' },
    });
    const { approval } = body.waitingFor[0];
    assert.equal((await read(approval)).values, 'none');
    const answer = await decide(approval, { values: {} });
    assert.deepEqual([answer.status, pointers(answer.body)], [422, ['/values NO_FORM']]);
  });

  test('two people: the second approves what the first wrote, as shown and not otherwise', async () => {
    const { run, approval } = await ask('noted-by-two');
    const first = await read(approval);
    const own = { decision: 'approve', revision: first.revision, digest: first.digest, values: { ...VALUES, days: 9 } };
    assert.equal((await decide(approval, { values: VALUES })).body.state, 'OPEN');
    const headers = await second();
    const send = (cast: object) =>
      product.call('approver', 'POST', `/api/v1/approvals/${approval}/decision`, cast, headers);
    assert.equal((await send(own)).body.code, 'CONTENT_CHANGED');
    const shown = (await product.call('approver', 'GET', `/api/v1/approvals/${approval}`, undefined, headers)).body;
    assert.deepEqual([shown.values, shown.content.values, shown.mayDecide], ['given', VALUES, true]);
    const standing = { decision: 'approve', revision: shown.revision, digest: shown.digest };
    const refused = await send({ ...standing, values: own.values });
    assert.deepEqual([refused.status, pointers(refused.body)], [422, ['/values GIVEN']]);
    assert.equal((await send(standing)).body.state, 'APPROVED');
    assert.deepEqual(await said(run), { said: NOTE, days: 2 });
  });

  test('taken back: whoever decides then is asked again, and what had been written is not used', async () => {
    const { run, approval } = await ask();
    const reason = { reason: 'a test' };
    await product.call('operator', 'POST', `/api/v1/runs/${run}/pause`, reason);
    await decide(approval, { values: VALUES });
    assert.equal((await product.call('approver', 'POST', `/api/v1/approvals/${approval}/revoke`, reason)).status, 200);
    await product.call('operator', 'POST', `/api/v1/runs/${run}/resume`, reason);
    let now = await read(approval);
    for (let tries = 0; now.state !== 'OPEN' && tries < 500; tries++) now = await read(approval);
    assert.deepEqual([now.values, now.content.values, now.reasons[0]], ['asked', null, 'WITHDRAWN']);
    assert.equal((await decide(approval, {})).status, 422);
    assert.equal((await decide(approval, { values: { ...VALUES, note: 'another note' } })).status, 200);
    assert.deepEqual(await said(run), { said: 'another note', days: 2 });
    assert.equal(booked(run), 1);
  });

  test('by command line: from an argument or a file; what is missing is said in words that can be pasted', async () => {
    const { run, approval } = await ask();
    const cli = (...args: string[]) =>
      spawnSync(process.execPath, [CLI, '--data', product.data, 'decide', approval, ...args], { encoding: 'utf8' });
    const silent = cli('approve');
    assert.equal(silent.status, 1, silent.stdout);
    assert.match(silent.stderr, /\/values\/note: is required[^]*--values '\{"note":…,"days":…,"dock":…\}'/);
    const unsafe = cli('approve', '--values', '{"days":9007199254740993}');
    assert.equal(unsafe.status, 2, 'a number that would change is not sent');
    assert.match(unsafe.stderr, /\/days: the number cannot be held exactly/);
    assert.equal(cli('approve', '--values', '@nowhere.json').status, 2);
    assert.equal(cli('approve', '--values', 'note').status, 2);
    assert.match(cli('reject', '--comment', 'no', '--values', '{}').stderr, /a rejection has none/);
    const file = join(folder, 'values.json');
    writeFileSync(file, JSON.stringify(VALUES));
    const done = cli('approve', '--values', `@${file}`);
    assert.equal(done.status, 0, done.stderr);
    assert.match(done.stdout, /APPROVED\nYou decided over the content and the values with digest [0-9a-f]{64}/);
    assert.deepEqual(await said(run), { said: NOTE, days: 2 });
  });

  test('by link: every wrong field is named where it stands, what was typed is kept as text, the answer counts once', async () => {
    const { run, approval } = await ask();
    const link = await product.link('approver', run);
    const page = await (await fetch(link)).text();
    assert.match(page, /<label for="field-note"\s*><bdi>Note<\/bdi>/);
    assert.match(page, /id="field-days"[^>]*value="5"/);
    assert.doesNotMatch(page, /<b>now|<script/);
    const form = formOf(page);
    const length = await settled(run);
    const typed = {
      'value.note': '"><script>alert(1)</script>\u202e',
      'value.days': '1,5',
      'value.dock': '7',
      'value.due': 'soon',
    };
    const refused = await post(link, changed(form, { ...typed, comment: 'kept' }));
    const again = await refused.text();
    assert.equal(refused.status, 422);
    for (const name of ['days', 'dock', 'due']) assert.match(again, new RegExp(`id="field-${name}-error"`), name);
    assert.doesNotMatch(again, /id="field-note-error"|<script>alert/);
    assert.match(again, /&lt;script&gt;alert/);
    assert.match(again, /value="1,5"/);
    assert.match(again, />\s*kept<\/textarea>/);
    const unknown = await post(
      link,
      changed(form, { 'value.note': 'a', 'value.days': '1', 'value.dock': '0', 'value.zzz': 'b' }),
    );
    assert.equal(unknown.status, 422);
    assert.match(await unknown.text(), /not asked here/);
    assert.equal((await post(link, changed(form, { ...typed, 'value.note': 'x'.repeat(500_000) }))).status, 422);
    assert.equal((await events(run)).length, length);

    const good = changed(form, {
      'value.note': ` ${NOTE} `,
      'value.days': '2',
      'value.dock': '0',
      'value.due': '',
      'value.fragile': '',
    });
    const answers = await Promise.all([post(link, good), post(link, good), post(link, good)]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200],
    );
    const receipt = await answers[0]?.text();
    assert.match(receipt ?? '', /Novotn/);
    assert.match(receipt ?? '', /North/);
    const otherwise = await post(link, changed(good, { 'value.days': '3' }));
    assert.equal(otherwise.status, 409);
    const late = await product.link('second', run);
    assert.match(await (await fetch(late)).text(), /Approved/);
    assert.deepEqual(await said(run), { said: NOTE, days: 2 });
    assert.equal((await read(approval)).decisions.length, 1);
    assert.equal(booked(run), 1);
  });

  test('a form that was open while the question changed decides nothing', async () => {
    const { run, approval } = await ask();
    const link = await product.link('approver', run);
    const form = changed(formOf(await (await fetch(link)).text()), {
      'value.note': 'a',
      'value.days': '1',
      'value.dock': '0',
    });
    await product.call('operator', 'POST', `/api/v1/runs/${run}/cancel`, { reason: 'a test' });
    assert.equal((await post(link, form)).status, 409);
    const view = await read(approval);
    assert.deepEqual([view.state, view.values, view.decisions], ['VOID', 'asked', []]);
  });

  test('nothing of what was typed stands in any file or line', async () => {
    const scan = new CanaryScan([
      { kind: 'note', value: NOTE },
      { kind: 'another note', value: 'another note' },
    ]);
    scan.folder(product.data, ['inbox', 'demo']);
    scan.text('printed', product.output());
    assert.equal(scan.report(), '');
    assert.ok(scan.bytes > 200_000);
  });
});
