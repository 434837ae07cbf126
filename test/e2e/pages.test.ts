/**
 * The pages that people see, in a real browser: the approval page on a desk and on a phone, light and dark, with and without
 * JavaScript, by eye of axe-core; and the reference page of the API under its content security policy.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { browserPath, complaints, openBrowser, violations } from '../support/browser.ts';
import { FOREIGN_HOST } from '../support/foreign-host.ts';
import { startProduct, type Product } from '../support/product.ts';

const chromium = browserPath();
const skip = chromium === null ? 'no Chromium on this machine (apt-get install chromium, or set CHROMIUM)' : false;
/** Set it to keep pictures of what was looked at. */
const PICTURES = process.env.PICTURES;

const DESK: BrowserContextOptions = { viewport: { width: 1280, height: 900 } };
const PHONE: BrowserContextOptions = {
  viewport: { width: 360, height: 740 },
  isMobile: true,
  hasTouch: true,
  deviceScaleFactor: 2,
};
const WAYS: Record<string, BrowserContextOptions> = {
  desk: DESK,
  phone: PHONE,
  'desk in the dark': { ...DESK, colorScheme: 'dark' },
  'phone in the dark': { ...PHONE, colorScheme: 'dark' },
  'narrow, as zoomed to 400 %': { viewport: { width: 320, height: 256 } },
};

describe('pages in a browser', { skip }, () => {
  let product: Product;
  let browser: Browser;
  let link: string;
  before(async () => {
    product = await startProduct();
    browser = await openBrowser(chromium ?? '');
    link = await ask();
  });
  after(async () => {
    await browser?.close();
    await product?.remove();
  });

  let weeks = 10;
  async function ask(): Promise<string> {
    const { body } = await product.call('starter', 'POST', '/api/v1/workflows/labour-cost-posting/runs?wait=30', {
      input: { week: `2026-W${weeks++}` },
    });
    assert.equal(body.state, 'SUSPENDED', JSON.stringify(body));
    return product.link('approver', body.id);
  }
  async function keep(page: { screenshot(options: object): Promise<unknown> }, name: string): Promise<void> {
    if (PICTURES)
      await page.screenshot({ path: join(PICTURES, `${name.replaceAll(/\W+/g, '-')}.png`), fullPage: false });
  }

  for (const [way, options] of Object.entries(WAYS)) {
    test(`the approval page, ${way}: no complaint, no violation, nothing wider than the screen`, async () => {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      const heard = complaints(page);
      await page.goto(link);
      await keep(page, `approval ${way}`);
      assert.deepEqual(heard, []);
      const wider = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
      assert.ok(Number(wider) <= 0, `${wider} px wider than the screen`);
      const small = await page.evaluate(
        `[...document.querySelectorAll('button, input:not([type=hidden]), textarea, summary')].filter((each) => {
           const { width, height } = each.getBoundingClientRect(); return width > 0 && (width < 24 || height < 24) }).length`,
      );
      assert.equal(small, 0, 'targets of at least 24 px');
      await context.close();

      const open = await browser.newContext({ ...options, bypassCSP: true });
      const looked = await open.newPage();
      await looked.goto(link);
      assert.deepEqual(await violations(looked), []);
      await open.close();
    });
  }

  test('by keyboard and without JavaScript: a rejection without a reason is explained, then an approval is receipted', async () => {
    const context = await browser.newContext({ ...PHONE, javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(await ask());
    await page.getByRole('button', { name: /reject/i }).click();
    await keep(page, 'approval without a reason');
    assert.ok(
      await page
        .getByText(/why you reject/i)
        .first()
        .isVisible(),
    );
    await page.getByRole('button', { name: /approve/i }).focus();
    await page.keyboard.press('Enter');
    await page.locator('form').waitFor({ state: 'detached' });
    await keep(page, 'approval receipt');
    assert.match((await page.textContent('h1')) ?? '', /approved|recorded/i);
    assert.equal(await page.locator('form').count(), 0);
    const receipt = page.url();
    await context.close();

    const open = await browser.newContext({ ...PHONE, bypassCSP: true });
    const looked = await open.newPage();
    await looked.goto(receipt);
    assert.deepEqual(await violations(looked), []);
    await looked.goto(`${product.url}/approve/${'A'.repeat(43)}`);
    await keep(looked, 'approval link that is not valid');
    assert.deepEqual(await violations(looked), []);
    await open.close();
  });

  const ours = FOREIGN_HOST !== undefined && 'it is about the token that our own front adds';
  test('a link followed from another web page opens the approval page, and nothing else', { skip: ours }, async () => {
    const mail = createServer((_request, response) =>
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end(`<a href="${link}">decide</a> <a href="${product.url}/api/v1/me">me</a>`),
    );
    await new Promise<void>((listening) => mail.listen(0, '127.0.0.1', listening));
    const context = await browser.newContext(DESK);
    const page = await context.newPage();
    const address = `http://127.0.0.1:${(mail.address() as AddressInfo).port}/`;
    await page.goto(address);
    await page.getByRole('link', { name: 'decide' }).click();
    await page.waitForURL(/\/approve\//);
    assert.ok(await page.getByRole('button', { name: /approve/i }).isVisible());
    await page.goto(address);
    await page.getByRole('link', { name: 'me' }).click();
    await page.waitForURL(/\/api\//);
    assert.match((await page.textContent('body')) ?? '', /another web page/);
    await context.close();
    mail.closeAllConnections();
    mail.close();
  });

  test('the reference page shows every operation under its own content security policy', async () => {
    const context = await browser.newContext(DESK);
    const page = await context.newPage();
    const heard = complaints(page);
    await page.goto(`${product.url}/api/docs`);
    await page.waitForSelector('.opblock');
    await page.waitForLoadState('networkidle');
    await keep(page, 'api docs');
    const { body } = await product.call('starter', 'GET', '/api/openapi.json');
    const operations = Object.values(body.paths as Record<string, object>).flatMap((path) => Object.keys(path));
    assert.equal(await page.locator('.opblock').count(), operations.length);
    await page.locator('.opblock-summary-control').first().click();
    await page.waitForSelector('.opblock-body');
    assert.deepEqual(heard, []);
    await context.close();
  });
});
