import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { injectFault, type LocalRuntime, local, personalizeCalls, startLocalRuntime } from '../e2e/local-runtime.ts';
import { type Browser, launch, type Page, PLAYWRIGHT } from './chromium.ts';
import { isLive, openConsole, seriousFindings, tooWide } from './console-page.ts';

describe.skipIf(PLAYWRIGHT === undefined)('the guided tour of the console in Chromium', () => {
  let runtime: LocalRuntime;
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch({ viewport: { width: 1400, height: 900 } });
  });
  beforeEach(async () => {
    runtime = await startLocalRuntime();
    await local(runtime, 'PUT', '/_simulator/timing', { createPendingMs: 100, createInProgressMs: 400 });
    return async () => {
      await runtime.end('SIGKILL');
    };
  });
  afterAll(() => browser?.close());

  const panel = (page: Page) => page.locator('section.tour');
  const offer = (page: Page) => page.getByRole('button', { name: 'Take the tour' });
  const faults = async () => ((await local(runtime, 'GET', '/_faults')) as { faults: object[] }).faults;
  /** The heading of a step has the focus, so that a screen reader reads it and the next Tab leads into the step. */
  const isAt = async (page: Page, title: string) => {
    await panel(page).getByRole('heading', { name: title }).waitFor();
    const focused = 'document.activeElement.matches("h2") ? document.activeElement.textContent : ""';
    await expect.poll(() => page.evaluate(focused)).toContain(title);
  };
  const ask = async (page: Page) => {
    await panel(page).getByRole('button', { name: 'Open the form' }).click();
    await page.locator('dialog').getByRole('button', { name: 'Request', exact: true }).click();
    await isAt(page, 'Watch it go ACTIVE');
    await panel(page).getByText('It is ACTIVE, and its event is on the bus').waitFor();
    await panel(page).getByRole('button', { name: 'Next' }).click();
    await isAt(page, 'Lose an answer');
  };

  test('it leads from the first request to the proof that a lost answer made no second tracker', async () => {
    const opened = await openConsole(browser, runtime);
    const { page, wrong } = opened;
    await offer(page).click();
    await isAt(page, 'Ask for an event tracker');
    await ask(page);
    await panel(page).getByRole('button', { name: 'Lose the next answer' }).click();
    await page.locator('section[aria-label="Switched on"]').getByText('lost-answer of CreateEventTracker').waitFor();
    await panel(page).getByRole('button', { name: 'Ask for a tracker' }).click();
    await isAt(page, 'See that only one was made');
    const proof = panel(page).locator('.note.tone-good', { hasText: 'exactly one tracker' });
    await proof.waitFor();
    const numbers = (await proof.locator('dd').allInnerTexts()).map(Number);
    const { datasetGroupArn } = (await personalizeCalls(runtime, 'CreateEventTracker')).at(-1)?.parameters ?? {};
    const calls = (await personalizeCalls(runtime, 'CreateEventTracker')).filter(
      ({ parameters }) => parameters.datasetGroupArn === datasetGroupArn,
    );
    expect(calls.map(({ outcome }) => outcome)).toContain('lost-answer');
    expect(numbers).toEqual([calls.length, 1, 1]);
    // The pages that the tour shows are as good as the others.
    for (const viewport of [
      { width: 1400, height: 900 },
      { width: 360, height: 740 },
    ]) {
      await page.setViewportSize(viewport);
      expect.soft(await seriousFindings(opened, browser), `${viewport.width} px`).toEqual([]);
      expect.soft(await tooWide(page), `${viewport.width} px`).toBe(0);
    }
    await panel(page).getByRole('button', { name: 'Done' }).click();
    await panel(page).waitFor({ state: 'detached' });
    expect(await faults()).toEqual([]);
    expect(wrong.filter((each) => !each.includes('status of 404'))).toEqual([]);
    await page.close();
  });

  test('it is offered at the first visit only, can be started again, and works with the keyboard at 360 px', async () => {
    const { page, wrong } = await openConsole(browser, runtime);
    await page.setViewportSize({ width: 360, height: 740 });
    await page.getByRole('button', { name: 'No, thanks' }).click();
    await offer(page).waitFor({ state: 'detached' });
    await page.reload();
    await isLive(page);
    expect(await offer(page).count()).toBe(0);
    await page.getByRole('button', { name: 'Guided tour' }).click();
    await isAt(page, 'Ask for an event tracker');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('dialog').getByLabel('Name').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    await isAt(page, 'Ask for an event tracker');
    await page.keyboard.press('Escape');
    await panel(page).waitFor({ state: 'detached' });
    expect(wrong).toEqual([]);
    await page.close();
  });

  test('left in the middle, by its button or by closing the page, it takes back what it has switched on, and nothing else', async () => {
    await injectFault(runtime, 'dynamodb', { operation: 'Scan', fault: 'cut' });
    const others = await faults();
    const { page } = await openConsole(browser, runtime);
    await offer(page).click();
    await ask(page);
    const tourFault = page.locator('section[aria-label="Switched on"] li', { hasText: 'lost-answer' });
    const loseAnswer = async () => {
      await panel(page).getByRole('button', { name: 'Lose the next answer' }).click();
      await tourFault.waitFor();
    };
    await loseAnswer();
    await panel(page).getByRole('button', { name: 'Leave the tour' }).click();
    await tourFault.waitFor({ state: 'detached' });
    expect(await faults()).toEqual(others);

    await page.getByRole('button', { name: 'Guided tour' }).click();
    await ask(page);
    await loseAnswer();
    await page.goto('about:blank');
    await expect.poll(faults).toEqual(others);
    await page.close();
  });

  test('without storage, the page and its tour work all the same', async () => {
    const page = await browser.newPage();
    const wrong: string[] = [];
    page.on('pageerror', (error) => wrong.push(String(error)));
    await page.addInitScript(`Object.defineProperty(window, 'localStorage', {
      get() { throw new DOMException('The operation is insecure.', 'SecurityError'); },
    })`);
    await page.goto(`${runtime.awsUrl}/`);
    await isLive(page);
    await offer(page).click();
    await isAt(page, 'Ask for an event tracker');
    await panel(page).getByRole('button', { name: 'Leave the tour' }).click();
    expect(await offer(page).count()).toBe(0);
    expect(wrong).toEqual([]);
    await page.close();
  });
});
