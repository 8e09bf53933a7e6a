import { expect, test } from 'vitest';
import { preferredWait } from '../../../functions/api/prefer.ts';
import { waitForOutcome } from '../../../functions/requests/wait-for-outcome.ts';
import { createRecord } from '../../../functions/tracker/desired-state.ts';
import { AWS_SETTINGS } from '../../../functions/tracker/settings.ts';

const record = createRecord(
  {
    trackerId: 'et-1',
    datasetGroupArn: 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop',
    name: 'shop',
    tags: [],
    tenantId: 'acme',
    adoptExisting: false,
    correlationId: '1',
    key: { key: '1', body: '1' },
  },
  0,
  AWS_SETTINGS,
);

test('the code does not limit how many responses wait: only the concurrency of the function does', async () => {
  const { promise: end, resolve } = Promise.withResolvers<void>();
  let clock = 0;
  const waiting = { store: { read: async () => record }, now: () => clock, sleep: () => end };
  const held = Array.from({ length: 101 }, () => waitForOutcome(waiting, record, 10));
  clock = 10_000;
  resolve();
  for (const { applied } of await Promise.all(held)) expect(applied).toBe(10);
});

test.each([
  [0, undefined],
  [4, 4],
  [25, 20],
])('in a deployment with preferWaitSeconds %d, wait=20 applies as %s', (preferWaitSeconds, applied) => {
  expect(preferredWait({ headers: { prefer: 'wait=20' } }, { preferWaitSeconds })).toBe(applied);
});

test('the wait ends as soon as there is an outcome', async () => {
  let clock = 0;
  const done = { ...record, status: 'ACTIVE', observedGeneration: 1 } as const;
  const waiting = {
    store: { read: async () => (clock >= 1_000 ? done : record) },
    now: () => clock,
    sleep: async (ms: number) => {
      clock += ms;
    },
  };
  expect(await waitForOutcome(waiting, record, 20)).toEqual({ record: done, applied: 20 });
  expect(clock).toBe(1_000);
});
