import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROUTES } from '../../functions/api/routes.ts';
import { type LocalRuntime, startLocalRuntime, tokenOf } from '../e2e/local-runtime.ts';

/** The folder in which test/ci/run.ts installs playwright-core. Without it, these tests are skipped. */
const PLAYWRIGHT = process.env.PLAYWRIGHT_CORE;
const CHROMIUM = '/usr/bin/chromium';
/** Without these flags, Chromium looks for updates and calls Google's hosts. As root, it runs only without its sandbox. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The used part of playwright-core, which is not a dependency, so its types are missing. */
interface Playwright {
  readonly chromium: {
    launchPersistentContext(
      folder: string,
      options: {
        executablePath: string;
        headless: boolean;
        args: string[];
        viewport: { width: number; height: number };
      },
    ): Promise<Browser>;
  };
}
interface Browser {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}
interface Locator {
  click(): Promise<void>;
  fill(text: string): Promise<void>;
  first(): Locator;
  count(): Promise<number>;
  waitFor(): Promise<void>;
  innerText(): Promise<string>;
  allInnerTexts(): Promise<string[]>;
}
interface Page {
  goto(url: string): Promise<unknown>;
  locator(selector: string): Locator;
  on(event: 'request', listener: (request: { url(): string }) => void): void;
  on(event: 'requestfailed', listener: (request: { url(): string }) => void): void;
  on(event: 'console', listener: (message: { type(): string; text(): string }) => void): void;
  on(event: 'pageerror', listener: (error: Error) => void): void;
  screenshot(options: { path: string; fullPage: boolean }): Promise<unknown>;
  evaluate(expression: string): Promise<unknown>;
  close(): Promise<void>;
}

describe.skipIf(PLAYWRIGHT === undefined)('the docs page in Chromium', () => {
  const profile = mkdtempSync(join(tmpdir(), 'event-trackers-chromium-'));
  let runtime: LocalRuntime;
  let browser: Browser;
  beforeAll(async () => {
    runtime = await startLocalRuntime();
    const { chromium }: Playwright = (
      (await import(pathToFileURL(join(PLAYWRIGHT ?? '', 'index.js')).href)) as { default: Playwright }
    ).default;
    const viewport = { width: 1200, height: 1600 };
    const options = { executablePath: CHROMIUM, headless: true, args: FLAGS, viewport };
    browser = await chromium.launchPersistentContext(profile, options);
  });
  afterAll(async () => {
    await browser?.close();
    await runtime?.end('SIGKILL');
    rmSync(profile, { recursive: true, force: true });
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
