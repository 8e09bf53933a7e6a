// npx vitest run subscriber.vitest.test.js
import { createEventTrackersClient } from 'event-trackers/client';
import { startLocalRuntime } from 'event-trackers-local';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSubscriber } from './subscriber.js';

const { handler, trackingIds } = createSubscriber();
const HOUR_MS = 3_600_000;
let runtime;
let client;

beforeAll(async () => {
  runtime = await startLocalRuntime({
    subscribers: { mine: { handler, pattern: { detail: { metadata: { tenantId: ['acme'] } } } } },
    timing: { createInProgressMs: HOUR_MS },
  });
  client = createEventTrackersClient({ endpoint: runtime.apiUrl, token: () => runtime.token({ tenant: 'acme' }) });
}, 30_000);
afterAll(() => runtime.stop());

test('there is no tracking ID before the event tracker is ACTIVE', { timeout: 60_000 }, async () => {
  const datasetGroupArn = await runtime.createDatasetGroup('acme-books');
  const { eventTracker } = await client.createEventTracker({ name: 'books', datasetGroupArn });
  const status = async () => {
    const { eventTracker: now } = await client.describeEventTracker({ trackerId: eventTracker.trackerId });
    return now.status;
  };
  await expect.poll(status, { timeout: 30_000 }).toBe('CREATE IN_PROGRESS');
  expect(trackingIds.size).toBe(0);

  await runtime.advance(HOUR_MS);
  await runtime.event(({ detail }) => detail.data.status === 'ACTIVE', { timeoutMs: 30_000 });
  await expect.poll(() => trackingIds.has(eventTracker.trackerId), { timeout: 30_000 }).toBe(true);
});
