/** The form of a decision in a real browser: without JavaScript, by keyboard, on a phone, under the eye of axe-core. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { ApprovalPage } from '../../src/app/approval-page/model.ts';
import { renderApprovalPage } from '../../src/app/approval-page/render.ts';
import { browserPath, openBrowser, violations } from '../support/browser.ts';
import { openDesk, type Desk } from './decision-form.ts';

const chromium = browserPath();
const skip = chromium === null ? 'no Chromium on this machine (apt-get install chromium, or set CHROMIUM)' : false;
/** Set it to keep pictures of what was looked at. */
const PICTURES = process.env.PICTURES;

const DESK: BrowserContextOptions = { viewport: { width: 1280, height: 900 } };
const PHONE: BrowserContextOptions = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };
const WAYS: Record<string, BrowserContextOptions> = {
  desk: DESK,
  'phone in the dark': { ...PHONE, colorScheme: 'dark' },
  'narrow, as zoomed to 400 %': { viewport: { width: 320, height: 256 } },
};

describe('the form of a decision in a browser', { skip }, () => {
  let desk: Desk;
  let browser: Browser;
  before(async () => {
    desk = await openDesk();
    browser = await openBrowser(chromium ?? '');
  });
  after(async () => {
    await browser?.close();
    await desk?.product.remove();
  });

  async function ask(): Promise<{ approval: string; link: string }> {
    const { run, approval } = await desk.ask();
    return { approval, link: await desk.product.link('approver', run) };
  }
  async function keep(page: Page, name: string): Promise<void> {
    if (PICTURES)
      await page.screenshot({ path: join(PICTURES, `${name.replaceAll(/\W+/g, '-')}.png`), fullPage: true });
  }
  const approve = (page: Page) => page.getByRole('button', { name: 'Approve' }).click();

  for (const [way, options] of Object.entries(WAYS)) {
    test(`asked, found wanting and answered, ${way}: no violation, nothing wider than the screen`, async () => {
      const { link } = await ask();
      const context = await browser.newContext({ ...options, bypassCSP: true });
      const page = await context.newPage();
      const look = async (what: string): Promise<void> => {
        await keep(page, `form ${what} ${way}`);
        assert.deepEqual(await violations(page), [], what);
        const wider = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        assert.ok(Number(wider) <= 0, `${what}: ${wider} px wider than the screen`);
        const small = await page.evaluate(
          `[...document.querySelectorAll('button, input:not([type=hidden]), textarea, select, summary')].filter((each) => {
             const { width, height } = each.getBoundingClientRect(); return width < 24 || height < 24 }).length`,
        );
        assert.equal(small, 0, 'targets of at least 24 px');
      };
      await page.goto(link);
      await look('asked');
      await approve(page);
      await page.getByRole('alert').waitFor();
      await look('found wanting');
      await page.getByLabel('Note').fill('ring twice');
      await page.getByLabel('Dock').selectOption({ label: 'South' });
      await approve(page);
      await page.getByRole('status').waitFor();
      await look('answered');
      assert.match((await page.textContent('main')) ?? '', /ring twice[^]*South/);
      await context.close();
    });
  }

  test('without JavaScript and by keyboard: the errors lead to their fields, nothing typed is lost', async () => {
    const { approval, link } = await ask();
    const context = await browser.newContext({ ...PHONE, javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(link);
    assert.equal(await page.getByLabel('Days to keep').inputValue(), '5', 'the suggestion of the author');
    await page.getByLabel('Note').focus();
    await page.keyboard.type('first line');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('soon');
    await page.getByLabel('Comment').fill('as agreed');
    await page.getByRole('button', { name: 'Approve' }).focus();
    await page.keyboard.press('Enter');
    const alert = page.getByRole('alert');
    assert.match((await alert.textContent()) ?? '', /Days to keep: Write a whole number[^]*Dock: Choose one/);
    for (const [label, value] of [
      ['Note', 'first line'],
      ['Days to keep', 'soon'],
      ['Comment', 'as agreed'],
    ] as const)
      assert.equal(await page.getByLabel(label).inputValue(), value);
    const days = page.getByLabel('Days to keep');
    assert.equal(await days.getAttribute('aria-invalid'), 'true');
    const described = ((await days.getAttribute('aria-describedby')) ?? '').split(' ');
    const words = await Promise.all(described.map((id) => page.locator(`#${id}`).textContent()));
    assert.match(words.join(' '), /from 1 up to 30[^]*whole number/);
    await alert.getByRole('link', { name: 'Dock' }).click();
    assert.match(page.url(), /#field-dock$/);
    await page.getByLabel('Dock').selectOption('North');
    await page.getByLabel('Days to keep').fill('3');
    await page.getByLabel('Due').fill('2026-12-01');
    await approve(page);
    await page.locator('form').waitFor({ state: 'detached' });
    await context.close();
    const body = await desk.read(approval);
    assert.deepEqual(body.content.values, { note: 'first line', days: 3, dock: 'n', due: '2026-12-01' });
  });

  test('a rejection needs a comment and nothing else', async () => {
    const { approval, link } = await ask();
    const context = await browser.newContext({ ...DESK, javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(link);
    await page.getByRole('button', { name: 'Reject' }).click();
    assert.equal(await page.locator('[aria-invalid]').count(), 1, 'only the comment is missing');
    await page.getByLabel('Comment').fill('not this one');
    await page.getByRole('button', { name: 'Reject' }).click();
    await page.locator('form').waitFor({ state: 'detached' });
    await context.close();
    const body = await desk.read(approval);
    assert.deepEqual([body.state, body.content.values], ['REJECTED', null]);
  });

  test('what was said before is shown with what is asked again', async () => {
    const context = await browser.newContext({ ...PHONE, bypassCSP: true });
    const page = await context.newPage();
    await page.setContent(renderApprovalPage(ASKED_AGAIN));
    await keep(page, 'form said before');
    assert.deepEqual(await violations(page), []);
    assert.match(
      (await page.getByRole('region', { name: 'What has been filled in' }).textContent()) ?? '',
      /ring twice/,
    );
    assert.equal(await page.locator('fieldset').count(), 0, 'it has been said');
    assert.equal(await page.locator('b').count(), 0, 'text stays text');
    await context.close();
  });
});

/** As a write asks again after its GOVERN has handed the values on. */
const ASKED_AGAIN: ApprovalPage = {
  kind: 'ask',
  subject: { workflow: 'Post with a note', version: 1, run: 'r', step: 'post', reader: 'Second' },
  startedBy: 'Starter',
  openedAt: '2026-11-28T08:00:00.000Z',
  dueAt: null,
  onDeadline: null,
  validForMs: 86_400_000,
  now: '2026-11-28T09:00:00.000Z',
  reasons: [{ code: 'WITHDRAWN', text: null }],
  quorum: 1,
  totals: {},
  facts: {},
  checked: null,
  requests: [],
  complete: true,
  paging: { page: 1, pages: 1, from: 0, to: 0, total: 0 },
  revision: 1,
  digest: 'a'.repeat(64),
  nonce: 'n',
  comment: '',
  form: null,
  informational: false,
  values: [
    { label: 'Note', value: 'ring twice <b>now</b>' },
    { label: 'Days to keep', value: 3 },
  ],
  problem: null,
};
