// node --test subscriber.test.js
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createEventTrackersClient, waitUntilEventTrackerActive } from 'event-trackers/client';
import { startLocalRuntime } from 'event-trackers-local';
import { createSubscriber } from './subscriber.js';

const { handler, trackingIds } = createSubscriber();
let runtime;
let client;

before(async () => {
  runtime = await startLocalRuntime({ subscribers: { mine: handler } });
  client = createEventTrackersClient({ endpoint: runtime.apiUrl, token: () => runtime.token({ tenant: 'acme' }) });
});
after(() => runtime.stop());

test('the tracking ID of an event tracker is kept, also if the answer of its creation was lost', async () => {
  const datasetGroupArn = await runtime.createDatasetGroup('acme-books');
  await runtime.fault({ service: 'personalize', operation: 'CreateEventTracker', fault: 'lost-answer' });
  const { eventTracker } = await client.createEventTracker({ name: 'books', datasetGroupArn });
  const { reason } = await waitUntilEventTrackerActive({ client, maxWaitTime: 60 }, eventTracker);
  await runtime.event(({ detail }) => detail.data.trackerId === eventTracker.trackerId, { timeoutMs: 30_000 });
  // The handler runs a moment after the event.
  for (let left = 100; left > 0 && trackingIds.size === 0; left--) await new Promise((end) => setTimeout(end, 50));
  assert.deepEqual([...trackingIds], [[eventTracker.trackerId, reason.eventTracker.trackingId]]);
  assert.deepEqual(await runtime.failedInvocations(), []);
});
