/** The same values by command line and by link; and not a word of them in any file or line (K6). */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CanaryScan } from '../support/canary.ts';
import { changed, post } from './approval-forms.ts';
import { formOf } from './canary/story.ts';
import { NOTE, openDesk, VALUES, type Desk } from './decision-form.ts';

const CLI = join(import.meta.dirname, '..', '..', 'dist', 'cli.mjs');

describe('form values by command line and by link', () => {
  let desk: Desk;
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-values-'));
    desk = await openDesk();
  });
  after(async () => {
    await desk.product.remove();
    rmSync(folder, { recursive: true });
  });

  test('by command line: from an argument or a file; what is missing is said in words that can be pasted', async () => {
    const { run, approval } = await desk.ask();
    const cli = (...args: string[]) =>
      spawnSync(process.execPath, [CLI, '--data', desk.product.data, 'decide', approval, ...args], {
        encoding: 'utf8',
      });
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
    assert.deepEqual(await desk.said(run), { said: NOTE, days: 2 });
  });

  test('by link: every wrong field is named where it stands, what was typed is kept as text, the answer counts once', async () => {
    const { run, approval } = await desk.ask();
    const link = await desk.product.link('approver', run);
    const page = await (await fetch(link)).text();
    assert.match(page, /<label for="field-note"\s*><bdi>Note<\/bdi>/);
    assert.match(page, /id="field-days"[^>]*value="5"/);
    assert.doesNotMatch(page, /<b>now|<script/);
    const form = formOf(page);
    const length = await desk.settled(run);
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
    assert.equal((await desk.events(run)).length, length);

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
    const late = await desk.product.link('second', run);
    assert.match(await (await fetch(late)).text(), /Approved/);
    assert.deepEqual(await desk.said(run), { said: NOTE, days: 2 });
    assert.equal((await desk.read(approval)).decisions.length, 1);
    assert.equal(desk.booked(run), 1);
  });

  test('a form that was open while the question changed decides nothing', async () => {
    const { run, approval } = await desk.ask();
    const link = await desk.product.link('approver', run);
    const form = changed(formOf(await (await fetch(link)).text()), {
      'value.note': 'a',
      'value.days': '1',
      'value.dock': '0',
    });
    await desk.product.call('operator', 'POST', `/api/v1/runs/${run}/cancel`, { reason: 'a test' });
    assert.equal((await post(link, form)).status, 409);
    const view = await desk.read(approval);
    assert.deepEqual([view.state, view.values, view.decisions], ['VOID', 'asked', []]);
  });

  test('nothing of what was typed stands in any file or line', async () => {
    const scan = new CanaryScan([
      { kind: 'note', value: NOTE },
      { kind: 'another note', value: 'another note' },
    ]);
    scan.folder(desk.product.data, ['inbox', 'demo']);
    scan.text('printed', desk.product.output());
    assert.equal(scan.report(), '');
    assert.ok(scan.bytes > 200_000);
  });
});
