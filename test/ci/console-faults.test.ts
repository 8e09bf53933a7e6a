import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { feedUntil } from '../e2e/console-feed.ts';
import {
  call,
  clearFaults,
  DEMO_GROUP,
  injectFault,
  type LocalRuntime,
  local,
  personalizeCalls,
  startLocalRuntime,
  tokenOf,
} from '../e2e/local-runtime.ts';
import { type Browser, launch, type Page, PLAYWRIGHT } from './chromium.ts';
import { openConsole } from './console-page.ts';

describe.skipIf(PLAYWRIGHT === undefined)('faults in the console in Chromium', () => {
  let runtime: LocalRuntime;
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch({ viewport: { width: 1400, height: 900 } });
  });
  beforeEach(async () => {
    runtime = await startLocalRuntime();
    return async () => {
      await runtime.end('SIGKILL');
    };
  });
  afterAll(() => browser?.close());

  const request = async () => {
    const body = { name: 'shop', datasetGroupArn: DEMO_GROUP };
    const answer = await call(runtime, 'POST', '/event-trackers', { token: await tokenOf(runtime), body });
    expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  };
  const faults = async () => ((await local(runtime, 'GET', '/_faults')) as { faults: object[] }).faults;
  const timing = (ms: object) => local(runtime, 'PUT', '/_simulator/timing', ms);
  const bar = (page: Page) => page.locator('section[aria-label="Switched on"]');

  test('a creation that is made to fail shows so in every view; one click takes everything back, and Retry works', async () => {
    await timing({ createPendingMs: 100, createInProgressMs: 300 });
    const { page, wrong } = await openConsole(browser, runtime, 'faults');
    const create = page.getByRole('switch', { name: 'Creation fails, without a reason' });
    await page.getByLabel('Number of calls of: Creation fails, without a reason').fill('2');
    await create.click();
    await bar(page).getByText('create-failed of CreateEventTracker').waitFor();
    expect(await create.getAttribute('aria-checked')).toBe('true');
    expect(await faults()).toEqual([
      { service: 'personalize', operation: 'CreateEventTracker', times: 2, fault: 'create-failed' },
    ]);

    await request();
    await page.getByRole('link', { name: 'Trackers' }).click();
    await page.locator('a.tracker', { hasText: 'CREATE FAILED' }).click();
    await page.locator('.detail-head .status', { hasText: 'CREATE FAILED' }).waitFor();
    await bar(page).getByText('1 call left').waitFor();

    await page.getByRole('button', { name: 'Take everything back' }).click();
    await bar(page).waitFor({ state: 'detached' });
    expect(await faults()).toEqual([]);
    expect(await local(runtime, 'GET', '/_simulator/timing')).toMatchObject({ createInProgressMs: 6000 });
    await timing({ createPendingMs: 100, createInProgressMs: 300 });
    await page.getByRole('button', { name: 'Retry', exact: true }).click();
    await page.locator('.detail-head .status', { hasText: 'ACTIVE' }).waitFor();
    expect(wrong).toEqual([]);
    await page.close();
  });

  test('what another client switches on and off appears without reloading, also when it is used up', async () => {
    const { page, wrong } = await openConsole(browser, runtime, 'events');
    await injectFault(runtime, 'personalize', { operation: 'CreateEventTracker', fault: 'throttle', times: 1 });
    await injectFault(runtime, 'dynamodb', { operation: 'BatchWriteItem', fault: 'cut', times: 3 });
    await page.getByRole('link', { name: '2 switched on' }).click();
    await page.locator('.switched-on-list li', { hasText: '3 calls left · DynamoDB' }).waitFor();
    await request();
    await page.getByRole('link', { name: '1 switched on' }).waitFor();
    await page.getByRole('button', { name: /^Take back: cut of BatchWriteItem/ }).click();
    await bar(page).waitFor({ state: 'detached' });
    expect(await faults()).toEqual([]);
    await local(runtime, 'PUT', '/_simulator/throttle', {
      operations: ['CreateEventTracker'],
      ratePerSecond: 2,
      burst: 3,
      shared: false,
    });
    await bar(page).getByText('2 a second').waitFor();
    await injectFault(runtime, 'events', { operation: 'PutEvents', fault: 'throttle' });
    await page.getByRole('link', { name: '2 switched on' }).waitFor();
    await clearFaults(runtime);
    await page.getByRole('link', { name: '1 switched on' }).waitFor();
    expect(wrong).toEqual([]);
    await page.close();
  });

  test('any fault of any service can be switched on, and the page shows which field the runtime refuses', async () => {
    const { page, wrong } = await openConsole(browser, runtime, 'faults');
    const form = page.locator('.fault-form');
    await form.getByLabel('Operation').selectOption('ListEventTrackers');
    await form.getByLabel('Fault').selectOption('delay');
    await form.getByRole('button', { name: 'Switch on' }).click();
    await form.locator('.rule', { hasText: 'is required for delay' }).waitFor();
    await form.getByLabel('delayMs').fill('1500');
    await form.getByLabel('Number of calls').fill('two');
    await form.getByRole('button', { name: 'Switch on' }).click();
    await form.locator('.rule', { hasText: 'number' }).waitFor();
    expect(await form.getByLabel('Number of calls').getAttribute('aria-invalid')).toBe('true');
    await form.getByLabel('Number of calls').fill('2');
    await form.getByLabel('datasetGroupArn').fill(DEMO_GROUP);
    await form.getByRole('button', { name: 'Switch on' }).click();
    const listed = page.locator('.switched-on-list li', { hasText: 'delay of ListEventTrackers' });
    await listed.getByText(/2 calls left · Personalize · .*dataset-group\/acme-shop.* · delayMs 1500$/).waitFor();
    await form.getByLabel('Service').selectOption('secretsmanager');
    await form.getByLabel('Fault').selectOption('lost-answer');
    await form.getByRole('button', { name: 'Switch on' }).click();
    await page.getByRole('link', { name: '2 switched on' }).waitFor();
    expect(await faults()).toEqual([
      {
        ...{ service: 'personalize', operation: 'ListEventTrackers', times: 2, fault: 'delay' },
        ...{ delayMs: 1500, datasetGroupArn: DEMO_GROUP },
      },
      { service: 'secretsmanager', operation: 'CreateSecret', times: 2, fault: 'lost-answer' },
    ]);
    // The browser tells the refused requests as errors.
    expect(wrong.filter((each) => !each.includes('status of 400'))).toEqual([]);
    await page.close();
  });

  test('a tracker that is deleted behind the back of the service is found by the drift check that the page runs', async () => {
    await timing({ createPendingMs: 50, createInProgressMs: 50, deletePendingMs: 0, deleteInProgressMs: 0 });
    await request();
    const { page, wrong } = await openConsole(browser, runtime, 'faults');
    await page.getByRole('button', { name: 'Delete it in Personalize' }).click();
    await page.getByText('the service was not told').waitFor();
    expect(await personalizeCalls(runtime, 'DeleteEventTracker')).toHaveLength(1);
    await page.getByRole('button', { name: 'Drift check', exact: true }).click();
    const result = page.locator('.note', { hasText: 'Drift check: done' });
    await result
      .locator('div', { hasText: /^drifted\s*1$/ })
      .first()
      .waitFor();
    await page.getByRole('link', { name: 'Events of shop' }).click();
    await page.locator('[role=tabpanel] summary', { hasText: 'Drift' }).waitFor();
    expect(wrong).toEqual([]);
    await page.close();
  });

  test('times, throttle and quota are set by the page, which shows the rule of a value that is refused', async () => {
    const { page, wrong } = await openConsole(browser, runtime, 'faults');
    const times = page.locator('section[aria-labelledby="timing"]');
    await times.getByLabel('CREATE IN_PROGRESS').fill('-1');
    await times.getByRole('button', { name: 'Set the times' }).click();
    await times.locator('.rule').waitFor();
    await times.getByLabel('CREATE IN_PROGRESS').fill('250');
    await times.getByRole('button', { name: 'Set the times' }).click();
    await bar(page).getByText('times of Personalize').waitFor();
    expect(await local(runtime, 'GET', '/_simulator/timing')).toMatchObject({ createInProgressMs: 250 });

    const throttle = page.locator('section[aria-labelledby="throttle"]');
    await throttle.getByLabel('Calls a second').fill('0.5');
    await throttle.getByLabel('Operations').fill('CreateEventTracker, Nonsense');
    await throttle.getByRole('button', { name: 'Set the throttle' }).click();
    await throttle.locator('.rule', { hasText: 'must be "*" or a list' }).waitFor();
    await throttle.getByLabel('Operations').fill('CreateEventTracker, PutEvents');
    await throttle.getByRole('button', { name: 'Set the throttle' }).click();
    await bar(page).getByText('0.5 a second').waitFor();
    expect(await local(runtime, 'GET', '/_simulator/throttle')).toEqual({
      throttle: { operations: ['CreateEventTracker', 'PutEvents'], ratePerSecond: 0.5, burst: 10, shared: false },
    });

    await page.getByLabel('Dataset groups').fill('1');
    await page.getByRole('button', { name: 'Set the quota' }).click();
    await page.getByRole('link', { name: '3 switched on' }).waitFor();
    await page.getByRole('button', { name: 'Take everything back' }).click();
    await bar(page).waitFor({ state: 'detached' });
    expect(await times.getByLabel('CREATE IN_PROGRESS').inputValue()).toBe('6000');
    expect(await local(runtime, 'GET', '/_simulator/throttle')).toEqual({ throttle: null });
    expect(await local(runtime, 'GET', '/_simulator/quotas')).toEqual({ datasetGroups: null });
    expect(wrong.filter((each) => !each.includes('status of 400'))).toEqual([]);
    await page.close();
  });

  test('a running execution is killed by the page, and the sweeper takes its record over', async () => {
    await runtime.end('SIGKILL');
    runtime = await startLocalRuntime({ environment: { LEASE_SECONDS: '2' } });
    await timing({ createPendingMs: 100, createInProgressMs: 4_000 });
    const { page, wrong } = await openConsole(browser, runtime, 'faults');
    await request();
    await page.getByRole('button', { name: 'Kill 1 running execution' }).click();
    await page.locator('.note', { hasText: 'Kill the executions: done' }).getByText('stopped').waitFor();
    await feedUntil(runtime, ({ executions }) => [...executions.values()].some(({ status }) => status === 'ABORTED'));
    await page.getByRole('link', { name: 'Trackers' }).click();
    await page.locator('a.tracker', { hasText: 'ACTIVE' }).click();
    await page.getByRole('tab', { name: /^Executions/ }).click();
    await page.locator('[role=tabpanel]', { hasText: /take-?over|taken over|took/i }).waitFor();
    expect(wrong).toEqual([]);
    await page.close();
  });
});
