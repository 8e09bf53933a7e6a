import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { feedUntil } from '../e2e/console-feed.ts';
import {
  call,
  clearFaults,
  DEMO_GROUP,
  injectFault,
  type LocalRuntime,
  local,
  startLocalRuntime,
  tokenOf,
} from '../e2e/local-runtime.ts';
import { type Browser, launch, PLAYWRIGHT } from './chromium.ts';
import { isLive, openConsole, seriousFindings, tooWide } from './console-page.ts';

const SHOP = 'et-aqm2uhwb7pflkqipkzrbxen4hq';
const REQUEST = { name: 'shop', datasetGroupArn: DEMO_GROUP };
const WIDE = { width: 1400, height: 900 };
const NARROW = { width: 360, height: 740 };

describe.skipIf(PLAYWRIGHT === undefined)('the console in Chromium', () => {
  let runtime: LocalRuntime;
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch({ viewport: WIDE });
  });
  beforeEach(async () => {
    runtime = await startLocalRuntime();
    return async () => {
      await runtime.end('SIGKILL');
    };
  });
  afterAll(() => browser?.close());

  const timing = (createInProgressMs: number) =>
    local(runtime, 'PUT', '/_simulator/timing', { createPendingMs: 200, createInProgressMs });
  const request = async (more: object = {}) => {
    const answer = await call(runtime, 'POST', '/event-trackers', {
      token: await tokenOf(runtime),
      body: { ...REQUEST, ...more },
    });
    expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  };
  const until = (status: string) => feedUntil(runtime, ({ trackers }) => trackers.get(SHOP)?.status === status);

  test('a tracker goes ACTIVE without reloading, and its event appears', async () => {
    await timing(1_000);
    const { page, wrong } = await openConsole(browser, runtime);
    await page.getByText('No event trackers yet').waitFor();
    await page.evaluate('window.isTheSamePage = true');
    await request();
    await page.locator('a.tracker', { hasText: 'CREATE' }).click();
    await page.locator('.detail-head .status', { hasText: 'ACTIVE' }).waitFor();
    await page.getByRole('tab', { name: /^Events/ }).click();
    await page.locator('[role=tabpanel] summary', { hasText: 'ACTIVE' }).waitFor();
    expect(await page.evaluate('window.isTheSamePage')).toBe(true);
    expect(wrong).toEqual([]);
    await page.close();
  });

  test('a failed creation shows its reason and remedy, and Retry brings it up', async () => {
    await timing(400);
    await injectFault(runtime, 'personalize', { operation: 'CreateEventTracker', fault: 'create-failed' });
    const { page, wrong } = await openConsole(browser, runtime, `trackers/${SHOP}`);
    await request();
    await page.locator('.detail-head .status', { hasText: 'CREATE FAILED' }).waitFor();
    const { body } = await call(runtime, 'GET', `/event-trackers/${SHOP}`, { token: await tokenOf(runtime) });
    const note = page.locator('.note.tone-bad', { hasText: body.failure.code });
    const text = await note.innerText();
    expect(text).toContain(body.failure.reason);
    expect(text).toContain(body.failure.remedy);
    await clearFaults(runtime);
    await page.getByRole('button', { name: 'Retry', exact: true }).click();
    await page.locator('.detail-head .status', { hasText: 'ACTIVE' }).waitFor();
    expect(await note.count()).toBe(0);
    // The page asked for the tracker before it was there, which the browser tells as an error.
    expect(wrong.filter((each) => !each.includes('status of 404'))).toEqual([]);
    await page.close();
  });

  test('the runtime is killed and started again: the page connects by itself and shows the truth', async () => {
    await timing(1_500);
    await request();
    const { page } = await openConsole(browser, runtime, `trackers/${SHOP}`);
    await page.locator('.detail-head .status', { hasText: 'CREATE' }).waitFor();
    await runtime.end('SIGKILL');
    const banner = page.locator('.banner', { hasText: 'The runtime does not answer' });
    await banner.waitFor();
    // It says so once, and not for each part that could not be loaded.
    expect(await page.getByText('The runtime does not answer').count()).toBe(1);
    const { port } = new URL(runtime.awsUrl);
    runtime = await startLocalRuntime({ data: runtime.data, args: ['--aws-port', port] });
    await isLive(page);
    expect(await banner.count()).toBe(0);
    await page.locator('.detail-head .status', { hasText: 'ACTIVE' }).waitFor();
    await page.getByRole('tab', { name: /^Executions/ }).click();
    await page.locator('[role=tabpanel]', { hasText: /take-?over|taken over|took/i }).waitFor();
    await page.close();
  });

  test('a request is shown with its answer, and sent again edited', async () => {
    await timing(100);
    await request();
    await until('ACTIVE');
    await call(runtime, 'GET', `/event-trackers/${SHOP}`, { token: await tokenOf(runtime) });
    const { page, wrong } = await openConsole(browser, runtime, 'requests');
    await page.locator('a.tracker', { hasText: `GET /event-trackers/${SHOP}` }).click();
    await page.locator('.detail-pane pre', { hasText: '"trackingId": "••••••••"' }).waitFor();
    expect(await page.locator('.detail-pane').innerText()).not.toMatch(/bearer|authorization/i);

    await page.locator('a.tracker', { hasText: /POST \/event-trackers/ }).click();
    await page.locator('.detail-pane h2', { hasText: 'POST /event-trackers' }).waitFor();
    await page.getByRole('button', { name: 'Edit and send again' }).click();
    const body = page.locator('dialog textarea');
    expect(JSON.parse(await body.inputValue())).toEqual(REQUEST);
    expect(await page.getByLabel('As tenant').inputValue()).toBe('acme');
    await body.fill('{"name": "no spaces allowed", "datasetGroupArn": "x"}');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.locator('dialog .note', { hasText: 'INVALID_REQUEST' }).waitFor();
    await body.fill(JSON.stringify({ ...REQUEST, datasetGroupArn: DEMO_GROUP.replace('shop', 'other') }));
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.locator('dialog').waitFor({ state: 'detached' });
    await page.locator('a.tracker', { hasText: 'POST /event-trackers' }).nth(2).waitFor();
    const { body: list } = await call(runtime, 'GET', '/event-trackers', { token: await tokenOf(runtime) });
    expect(list.eventTrackers).toHaveLength(2);
    expect(wrong).toEqual([]);
    await page.close();
  });

  test('a pattern that is typed in shows which events it would match, also of those that arrive later', async () => {
    await timing(100);
    const { page, wrong } = await openConsole(browser, runtime, 'events');
    const pattern = page.locator('.field-pattern textarea');
    await pattern.fill('{"detail": 1}');
    await page.locator('.pattern-note', { hasText: 'Event pattern is not valid' }).waitFor();
    await pattern.fill('{"detail": {"data": {"status": ["ACTIVE"]}}}');
    await request();
    await page.getByText(/^1 of the latest \d+ events? would match/).waitFor();
    await page.locator('a.tracker', { hasText: 'ACTIVE' }).click();
    await page.locator('.detail-pane pre', { hasText: '"trackingId": "••••••••"' }).waitFor();
    await pattern.fill('{"detail": {"data": {"status": ["DELETED"]}}}');
    await page.getByText(/^0 of the latest/).waitFor();
    expect(await page.locator('a.tracker').count()).toBe(0);
    expect(wrong).toEqual([]);
    await page.close();
  });

  test('a tag that looks like HTML is text', async () => {
    const hostile = '<img src=x onerror=alert(1)>';
    await timing(100);
    await request({ tags: [{ tagKey: 'looks-like', tagValue: 'html' }] });
    const { page, wrong } = await openConsole(browser, runtime);
    // The API accepts no angle brackets in a tag, so the answer on its way to the page gets them.
    await page.route('**/_console/call', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, body: (await answer.text()).replaceAll('html', hostile) });
    });
    await page.locator('a.tracker').click();
    await page.locator('.tag', { hasText: hostile }).waitFor();
    expect(await page.evaluate("document.querySelectorAll('#main img').length")).toBe(0);
    expect(wrong).toEqual([]);
    await page.close();
  });

  test('the graph marks the state of a running execution', async () => {
    await injectFault(runtime, 'personalize', { operation: 'CreateEventTracker', fault: 'stuck' });
    const { page, wrong } = await openConsole(browser, runtime, 'machine');
    await request();
    await feedUntil(runtime, ({ executions }) =>
      [...executions.values()].some(({ status, state }) => status === 'RUNNING' && state === 'WaitBeforeNextPoll'),
    );
    await page.locator('.is-present', { hasText: 'WaitBeforeNextPoll' }).waitFor();
    expect(wrong).toEqual([]);
    await page.close();
  });

  test('the page has nothing serious for axe-core in light and dark, fits 360 px, and does not move if motion is to be reduced', async () => {
    await timing(100);
    await request({ tags: [{ tagKey: 'a-long-name-'.repeat(10), tagValue: 'x'.repeat(250) }] });
    await until('ACTIVE');
    const views = [
      'trackers',
      ...['resource', 'history', 'executions', 'events', 'outbox'].map((tab) => `trackers/${SHOP}/${tab}`),
      'machine',
      'events',
      'events/1',
      'requests',
      'requests/1',
      'faults',
    ];
    for (const view of views) {
      const opened = await openConsole(browser, runtime, view);
      const { page, wrong } = opened;
      await page.emulateMedia({ reducedMotion: 'reduce' });
      for (const viewport of [WIDE, NARROW]) {
        await page.setViewportSize(viewport);
        await pause(300);
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          const where = `${view}, ${colorScheme}, ${viewport.width} px`;
          expect.soft(await seriousFindings(opened, browser), where).toEqual([]);
        }
        expect.soft(await tooWide(page), `${view}, ${viewport.width} px`).toBe(0);
      }
      expect.soft(await page.evaluate('document.getAnimations().length'), view).toBe(0);
      expect.soft(wrong, view).toEqual([]);
      await page.close();
    }
  });
});
