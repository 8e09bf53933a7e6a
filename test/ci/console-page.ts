import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type Page, PLAYWRIGHT } from './chromium.ts';

/** An open console, and what went wrong in it: errors of scripts, messages of the browser, violations of the content security policy. */
export interface OpenConsole {
  readonly page: Page;
  readonly wrong: string[];
}

/** Opens the console at a view, for example `trackers` or `trackers/et-…/events`, and waits until it is connected. */
export async function openConsole(browser: Browser, { awsUrl }: { awsUrl: string }, view = ''): Promise<OpenConsole> {
  const page = await browser.newPage();
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') wrong.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(`${awsUrl}/`)) wrong.push(`a request to ${request.url()}`);
  });
  await page.goto(`${awsUrl}/#/${view}`);
  await isLive(page);
  return { page, wrong };
}

/** Waits until the page says that it is connected. */
export const isLive = (page: Page): Promise<void> => page.locator('.connection.is-live').waitFor({ timeout: 60_000 });

/** What axe-core finds serious or critical in the page: the rule, and the elements that break it. */
export async function seriousFindings({ page }: OpenConsole, browser: Browser): Promise<string[]> {
  // The page's policy refuses scripts of others; DevTools evaluates them all the same.
  const axe = readFileSync(join(PLAYWRIGHT ?? '', '../axe-core/axe.min.js'), 'utf8');
  const tools = await browser.newCDPSession(page);
  const { result, exceptionDetails } = await tools.send('Runtime.evaluate', {
    expression: `${axe};axe.run({resultTypes:['violations']}).then(({violations})=>violations
      .filter(({impact})=>impact==='serious'||impact==='critical')
      .map(({id,nodes})=>id+': '+nodes.map(({target})=>target.join(' ')).join(', ')))`,
    awaitPromise: true,
    returnByValue: true,
  });
  if (exceptionDetails !== undefined) throw new Error(`axe-core failed: ${JSON.stringify(exceptionDetails)}`);
  return (result as { value: string[] }).value;
}

/** How many pixels of the page, or of one of its panes, can be reached by horizontal scrolling only. */
export const tooWide = (page: Page): Promise<unknown> =>
  page.evaluate(`Math.max(...[...document.querySelectorAll('html, main, .pane, .scroller, dialog')]
    .map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth))`);
