import { type AttributeValue, DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import pLimit from 'p-limit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { feedUntil } from '../e2e/console-feed.ts';
import { call, DEMO_GROUP, type LocalRuntime, local, startLocalRuntime, tokenOf } from '../e2e/local-runtime.ts';
import { type Browser, type DevTools, launch, PLAYWRIGHT } from './chromium.ts';
import { openConsole } from './console-page.ts';

const TRACKERS = 1_000;
const EVENTS = 2_000;
/** A page that is blocked longer than this does not answer a key or a click at once. */
const LONGEST_TASK_MS = 200;
const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

/** 26 letters. */
const idOf = (number: number): string =>
  `et-${String(number)
    .padStart(26, '0')
    .replaceAll(/\d/g, (digit) => 'abcdefghij'[Number(digit)] ?? '')}`;

/** The used heap after a garbage collection, in bytes. */
async function usedHeap(tools: DevTools): Promise<number> {
  await tools.send('HeapProfiler.collectGarbage');
  return Number((await tools.send('Runtime.getHeapUsage')).usedSize);
}

describe.skipIf(PLAYWRIGHT === undefined)('the console under load in Chromium', () => {
  let runtime: LocalRuntime;
  let browser: Browser;
  beforeAll(async () => {
    runtime = await startLocalRuntime();
    browser = await launch({ viewport: { width: 1400, height: 900 } });
  });
  afterAll(async () => {
    await browser?.close();
    await runtime?.end('SIGKILL');
  });
  const aws = () => ({ endpoint: runtime.awsUrl, region: 'us-east-1', credentials: CREDENTIALS });

  /** Makes one tracker ACTIVE. @returns its item */
  async function activeItem(client: DynamoDBClient): Promise<Record<string, AttributeValue>> {
    await local(runtime, 'PUT', '/_simulator/timing', { createPendingMs: 50, createInProgressMs: 50 });
    const body = { name: 'shop', datasetGroupArn: DEMO_GROUP };
    await call(runtime, 'POST', '/event-trackers', { token: await tokenOf(runtime), body });
    await feedUntil(runtime, ({ trackers }) =>
      [...trackers.values()].some(({ status, outbox }) => status === 'ACTIVE' && outbox === 0),
    );
    const { Items = [] } = await client.send(new ScanCommand({ TableName: 'event-trackers' }));
    const item = Items.find(({ status }) => status?.S === 'ACTIVE');
    if (item === undefined) throw new Error('there is no ACTIVE item');
    return item;
  }

  test('1,000 trackers change their state, and no task of the page takes 200 ms', async () => {
    const client = new DynamoDBClient(aws());
    const item = await activeItem(client);
    const limit = pLimit(16);
    const writeAll = (status: string, rev: number) =>
      Promise.all(
        Array.from({ length: TRACKERS }, (_, number) =>
          limit(() =>
            client.send(
              new PutItemCommand({
                TableName: 'event-trackers',
                Item: { ...item, trackerId: { S: idOf(number) }, status: { S: status }, rev: { N: String(rev) } },
              }),
            ),
          ),
        ),
      );
    await writeAll('ACTIVE', 1);
    const { page, wrong } = await openConsole(browser, runtime);
    await page.getByText(`${TRACKERS + 1} of ${TRACKERS + 1} event trackers`).waitFor();
    await page.evaluate(`
      window.tasks = [];
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) window.tasks.push(duration);
      }).observe({ type: 'longtask' });
    `);
    for (const [status, rev] of [
      ['CREATE IN_PROGRESS', 2],
      ['ACTIVE', 3],
      ['DELETE IN_PROGRESS', 4],
    ] as const) {
      await writeAll(status, rev);
      await page.locator('a.tracker .status', { hasText: status }).first().waitFor();
    }
    const longest = Number(await page.evaluate('Math.max(0, ...window.tasks)'));
    console.log(`the longest task took ${Math.round(longest)} ms`);
    expect(longest).toBeLessThan(LONGEST_TASK_MS);
    // The observer does see a task that is too long.
    await page.evaluate(`new Promise((resolve) => setTimeout(() => {
      const until = performance.now() + ${LONGEST_TASK_MS + 50};
      while (performance.now() < until);
      setTimeout(resolve, 100);
    }))`);
    expect(Number(await page.evaluate('Math.max(0, ...window.tasks)'))).toBeGreaterThan(LONGEST_TASK_MS);
    expect(wrong).toEqual([]);
    await page.close();
    client.destroy();
  });

  test('the memory of the page does not grow over 2,000 events', async () => {
    const client = new EventBridgeClient(aws());
    let sent = 0;
    const { page, wrong } = await openConsole(browser, runtime, 'events');
    const tools = await browser.newCDPSession(page);
    const send = async (count: number) => {
      for (const until = sent + count; sent < until; sent += 10) {
        const Entries = Array.from({ length: 10 }, (_, at) => ({
          Source: 'test',
          DetailType: `Number ${sent + at + 1}`,
          Detail: JSON.stringify({ text: 'x'.repeat(1_000) }),
        }));
        await client.send(new PutEventsCommand({ Entries }));
      }
      await page.locator('.tracker-name', { hasText: new RegExp(`^Number ${sent}$`) }).waitFor();
      await page.getByText('500 events, newest first').waitFor();
    };
    // The page is full after 500: from there on, what comes replaces what was there.
    await send(600);
    const before = await usedHeap(tools);
    await send(EVENTS);
    const after = await usedHeap(tools);
    console.log(`the heap had ${before} bytes before, and ${after} after ${EVENTS} events`);
    // All of them would be over 2 MB.
    expect(after - before).toBeLessThan(1_000_000);
    expect(wrong).toEqual([]);
    await page.close();
    client.destroy();
  });
});
