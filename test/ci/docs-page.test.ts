import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROUTES } from '../../functions/api/routes.ts';
import { type LocalRuntime, startLocalRuntime, tokenOf } from '../e2e/local-runtime.ts';
import { type Browser, launch, PLAYWRIGHT } from './chromium.ts';

describe.skipIf(PLAYWRIGHT === undefined)('the docs page in Chromium', () => {
  let runtime: LocalRuntime;
  let browser: Browser;
  beforeAll(async () => {
    runtime = await startLocalRuntime();
    browser = await launch({ viewport: { width: 1200, height: 1600 } });
  });
  afterAll(async () => {
    await browser?.close();
    await runtime?.end('SIGKILL');
  });

  /** Opens a page and records its requests and errors. */
  async function open(path: string) {
    const page = await browser.newPage();
    const requested: string[] = [];
    const wrong: string[] = [];
    page.on('request', (request) => requested.push(request.url()));
    page.on('requestfailed', (request) => wrong.push(`failed: ${request.url()}`));
    page.on('pageerror', (error) => wrong.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') wrong.push(message.text());
    });
    await page.goto(`${runtime.apiUrl}${path}`);
    const elsewhere = () =>
      requested.filter((url) => !url.startsWith(`${runtime.apiUrl}/`) && !url.startsWith('data:'));
    return { page, wrong, requested, elsewhere };
  }

  test('lists every operation and loads nothing from other hosts', async () => {
    const { page, wrong, requested, elsewhere } = await open('/docs');
    await page.locator('.opblock').first().waitFor();
    const listed = (await page.locator('.opblock-summary-path').allInnerTexts()).map((text) =>
      text.replaceAll(/[\u200b\s]/g, ''),
    );
    expect(listed.sort()).toEqual(ROUTES.map(({ path }) => path as string).sort());
    await page.screenshot({ path: join(tmpdir(), 'event-trackers-docs.png'), fullPage: true });
    expect(requested).toContain(`${runtime.apiUrl}/openapi.json`);
    expect(elsewhere()).toEqual([]);
    expect(wrong).toEqual([]);
    await page.close();
  });

  test('can send a request with a token', async () => {
    const { page, wrong, elsewhere } = await open('/docs');
    await page.locator('.authorize').first().click();
    await page.locator('#auth-bearer-value').fill(await tokenOf(runtime));
    await page.locator('.auth-btn-wrapper .authorize').first().click();
    await page.locator('.auth-btn-wrapper .btn-done').first().click();
    await page.locator('#operations-Event_trackers-ListEventTrackers .opblock-summary-control').click();
    await page.locator('#operations-Event_trackers-ListEventTrackers .try-out__btn').click();
    await page.locator('#operations-Event_trackers-ListEventTrackers .execute').click();
    const answer = page.locator('#operations-Event_trackers-ListEventTrackers .live-responses-table .response');
    await answer.first().waitFor();
    expect(await answer.first().innerText()).toMatch(/200[\s\S]*"eventTrackers": \[\]/);
    expect(elsewhere()).toEqual([]);
    expect(wrong).toEqual([]);
    await page.close();
  });

  test('the type of a problem links to its page', async () => {
    const { page, elsewhere } = await open('/problems/name_conflict');
    expect(await page.evaluate("document.querySelector('h1')?.textContent")).toBe('name_conflict');
    expect(elsewhere()).toEqual([]);
    await page.close();
  });
});
