import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The folder in which test/ci/run.ts installs playwright-core. Without it, the tests in a browser are skipped. */
export const PLAYWRIGHT = process.env.PLAYWRIGHT_CORE;
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

/** How a page is shown: the size of the window, and the settings of the system. */
export interface Look {
  readonly viewport: { readonly width: number; readonly height: number };
  readonly colorScheme?: 'light' | 'dark';
  readonly reducedMotion?: 'reduce' | 'no-preference';
}

/** The used part of playwright-core, which is not a dependency, so its types are missing. */
interface Playwright {
  readonly chromium: {
    launchPersistentContext(
      folder: string,
      options: Look & { executablePath: string; headless: boolean; args: string[] },
    ): Promise<Browser>;
  };
}
export interface Browser {
  newPage(): Promise<Page>;
  newCDPSession(page: Page): Promise<DevTools>;
  close(): Promise<void>;
}
/** A session of the Chrome DevTools Protocol. */
export interface DevTools {
  send(method: string, parameters?: object): Promise<Record<string, unknown>>;
}
export interface Locator {
  click(): Promise<void>;
  fill(text: string): Promise<void>;
  selectOption(value: string): Promise<unknown>;
  isDisabled(): Promise<boolean>;
  getAttribute(name: string): Promise<string | null>;
  locator(selector: string, options?: { hasText?: string | RegExp }): Locator;
  getByRole(role: string, options?: { name?: string | RegExp; exact?: boolean }): Locator;
  getByText(text: string | RegExp): Locator;
  getByLabel(text: string | RegExp): Locator;
  first(): Locator;
  nth(index: number): Locator;
  count(): Promise<number>;
  waitFor(options?: { timeout?: number; state?: 'visible' | 'detached' }): Promise<void>;
  innerText(): Promise<string>;
  inputValue(): Promise<string>;
  allInnerTexts(): Promise<string[]>;
}
/** A request of the page on its way to the server. */
interface Route {
  fetch(): Promise<{ text(): Promise<string> }>;
  fulfill(answer: { response: object; body: string }): Promise<void>;
}
export interface Page {
  goto(url: string): Promise<unknown>;
  reload(): Promise<unknown>;
  addInitScript(script: string): Promise<unknown>;
  readonly keyboard: { press(key: string): Promise<void> };
  locator(selector: string, options?: { hasText?: string | RegExp }): Locator;
  getByRole(role: string, options?: { name?: string | RegExp; exact?: boolean }): Locator;
  getByText(text: string | RegExp): Locator;
  getByLabel(text: string | RegExp, options?: { exact?: boolean }): Locator;
  route(url: string, handle: (route: Route) => Promise<void>): Promise<void>;
  on(event: 'request', listener: (request: { url(): string }) => void): void;
  on(event: 'requestfailed', listener: (request: { url(): string }) => void): void;
  on(event: 'console', listener: (message: { type(): string; text(): string }) => void): void;
  on(event: 'pageerror', listener: (error: Error) => void): void;
  emulateMedia(options: Partial<Look>): Promise<void>;
  setViewportSize(size: Look['viewport']): Promise<void>;
  screenshot(options: { path: string; fullPage: boolean }): Promise<unknown>;
  evaluate(expression: string): Promise<unknown>;
  close(): Promise<void>;
}

/** Starts Debian's Chromium with a new profile, which is removed when the browser is closed. */
export async function launch(look: Look): Promise<Browser> {
  const { chromium } = (
    (await import(pathToFileURL(join(PLAYWRIGHT ?? '', 'index.js')).href)) as { default: Playwright }
  ).default;
  const profile = mkdtempSync(join(tmpdir(), 'event-trackers-chromium-'));
  const options = { ...look, executablePath: CHROMIUM, headless: true, args: FLAGS };
  const browser = await chromium.launchPersistentContext(profile, options);
  return {
    newPage: () => browser.newPage(),
    newCDPSession: (page) => browser.newCDPSession(page),
    async close() {
      await browser.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
