import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isIdle } from '../../../functions/tracker/record.ts';
import { GROUP, World } from '../../world/world.ts';

test('a tracker becomes ACTIVE, and one event has the tracking ID that Personalize returns', async () => {
  const world = new World();
  await world.ask();
  await world.run();
  const record = world.record;
  expect(record).toMatchObject({ status: 'ACTIVE', observedGeneration: 1, attempt: 1, outbox: [] });
  expect(isIdle(record)).toBe(true);
  const described = world.personalize.core.call('DescribeEventTracker', { eventTrackerArn: record.eventTrackerArn });
  expect(described).toMatchObject({ output: { eventTracker: { trackingId: record.trackingId, status: 'ACTIVE' } } });
  expect(world.published.map(({ data }) => [data.status, data.trackingId])).toEqual([['ACTIVE', record.trackingId]]);
  expect(world.calls('CreateEventTracker')).toHaveLength(1);
});

test('a first creation lists the trackers of the dataset group once, after the preflight', async () => {
  const world = new World();
  await world.ask();
  await world.run();
  const counts = ['DescribeDatasetGroup', 'ListDatasets', 'ListEventTrackers', 'CreateEventTracker'].map(
    (operation) => world.calls(operation).length,
  );
  expect(counts).toEqual([1, 1, 1, 1]);
});

test('a request that adopts a tracker needs no preflight', async () => {
  const world = new World();
  world.personalize.core.call('CreateEventTracker', { name: 'theirs', datasetGroupArn: GROUP });
  world.time += 3_600_000;
  await world.ask({ adoptExisting: true });
  await world.run();
  expect(world.record).toMatchObject({ status: 'ACTIVE', adopted: true });
  expect(world.calls('DescribeDatasetGroup')).toEqual([]);
});

test('after CREATE FAILED the tracker is deleted, then the failure is published', async () => {
  const world = new World();
  world.personalize.core.addFault({ operation: 'CreateEventTracker', times: 1, fault: 'create-failed' });
  await world.ask();
  await world.run();
  expect(world.record).toMatchObject({
    status: 'CREATE FAILED',
    failure: { code: 'CREATE_FAILED', retryable: true },
  });
  expect(await world.trackers(GROUP)).toEqual([]);
  expect(world.published.map(({ data }) => [data.status, data.failure?.code])).toEqual([
    ['CREATE FAILED', 'CREATE_FAILED'],
  ]);
});

test('a creation stuck in CREATE IN_PROGRESS fails at the deadline, and its cleanup stays pending', async () => {
  const world = new World();
  world.personalize.core.addFault({ operation: 'CreateEventTracker', times: 1, fault: 'stuck' });
  await world.ask();
  await expect(world.run()).rejects.toThrow('did not end');
  expect(world.record).toMatchObject({
    status: 'CREATE FAILED',
    failure: { code: 'DEADLINE_EXCEEDED' },
    cleanup: {},
  });
  expect(world.published.map(({ data }) => data.failure?.code)).toEqual(['DEADLINE_EXCEEDED']);
});

test.each([
  ['a missing dataset group', 'acme-none', [], 'DATASET_GROUP_NOT_FOUND'],
  ['a dataset group without an Interactions dataset', 'acme-new', ['CreateDatasetGroup'], 'NO_INTERACTIONS_DATASET'],
])('%s fails the request with its reason, without a create call', async (_, name, calls, code) => {
  const world = new World();
  for (const operation of calls) world.personalize.core.call(operation as 'CreateDatasetGroup', { name });
  world.time += 60_000;
  const datasetGroupArn = `arn:aws:personalize:us-east-1:123456789012:dataset-group/${name}`;
  await world.ask({ datasetGroupArn });
  await world.run();
  const record = world.recordOf(datasetGroupArn);
  expect(record).toMatchObject({ status: 'CREATE FAILED', failure: { code } });
  expect(isIdle(record)).toBe(true);
  expect(world.calls('CreateEventTracker')).toEqual([]);
  expect(world.published.map(({ data }) => data.failure?.code)).toEqual([code]);
});

test('a foreign tracker in the dataset group is a conflict that names it, and it is not deleted', async () => {
  const world = new World();
  const foreign = world.personalize.core.call('CreateEventTracker', { name: 'theirs', datasetGroupArn: GROUP });
  if (foreign.kind !== 'output') throw new Error('not created');
  world.time += 60_000;
  await world.ask();
  await world.run();
  const { failure } = world.record;
  expect(failure).toMatchObject({ code: 'CONFLICT' });
  expect(failure?.reason).toContain(foreign.output.eventTrackerArn);
  expect(await world.trackers(GROUP)).toHaveLength(1);
  expect(world.calls('DeleteEventTracker')).toEqual([]);
});

test('the deadline for ResourceAlreadyExists counts from the first such refusal of each request', async () => {
  const world = new World();
  const refuse = {
    operation: 'CreateEventTracker',
    times: 1000,
    fault: 'error',
    error: 'ResourceInUseException',
  } as const;
  world.personalize.core.addFault(refuse);
  await world.ask();
  await world.run();
  expect(world.record).toMatchObject({ failure: { code: 'CONFLICT', awsError: 'ResourceInUseException' } });
  expect(world.record.alreadyExistsRefusal).toBeUndefined();
  world.personalize.core.clearFaults();
  await world.ask();
  await world.run();
  expect(world.record).toMatchObject({ status: 'ACTIVE', generation: 2 });
});

test('the tracker of an Action interactions dataset is not a conflict', async () => {
  const world = new World();
  const { core } = world.personalize;
  const schema = core.call('CreateSchema', {
    name: 'actions',
    schema: JSON.stringify({
      type: 'record',
      name: 'ActionInteractions',
      namespace: 'x',
      fields: [{ name: 'USER_ID', type: 'string' }],
      version: '1.0',
    }),
  });
  if (schema.kind !== 'output') throw new Error(`no schema: ${JSON.stringify(schema)}`);
  const dataset = core.call('CreateDataset', {
    name: 'actions',
    schemaArn: schema.output.schemaArn,
    datasetGroupArn: GROUP,
    datasetType: 'Action_Interactions',
  });
  expect(dataset.kind).toBe('output');
  world.time += 60_000;
  expect(await world.trackers(GROUP)).toHaveLength(1);
  await world.ask();
  await world.run();
  expect(world.record.status).toBe('ACTIVE');
});

test('a role without permission to create fails the request with ACCESS_DENIED and the request ID', async () => {
  const world = new World();
  world.personalize.core.addFault({ operation: 'CreateEventTracker', times: 1, fault: 'access-denied' });
  await world.ask();
  await world.run();
  expect(world.record.failure).toMatchObject({ code: 'ACCESS_DENIED', awsRequestId: expect.any(String) });
});

test('a bus that is down does not delay the creation, and gets the event when it is back', async () => {
  const world = new World();
  world.busFailures = 5;
  await world.ask();
  await world.run();
  expect(world.record).toMatchObject({ status: 'ACTIVE', outbox: [] });
  expect(world.published).toHaveLength(1);
});

const OPERATIONS_AND_FAULTS = [
  ...['throttle', 'server-error', 'lost-answer', 'late-act', 'create-failed'].map((fault) => [
    'CreateEventTracker',
    fault,
  ]),
  ...['throttle', 'server-error', 'stale-describe'].map((fault) => ['DescribeEventTracker', fault]),
  ...['throttle', 'server-error', 'stale-list'].map((fault) => ['ListEventTrackers', fault]),
  ...['throttle', 'server-error', 'lost-answer', 'late-act'].map((fault) => ['DeleteEventTracker', fault]),
  ...['throttle', 'server-error'].map((fault) => ['DescribeDatasetGroup', fault]),
  ...['throttle', 'server-error'].map((fault) => ['ListDatasets', fault]),
  ...['throttle', 'server-error'].map((fault) => ['ListTagsForResource', fault]),
] as const;

/** Hundreds of trackers take seconds. The limit is generous because the machine may be loaded. */
const LOADED_MS = 180_000;

test('whatever fails and wherever the process dies, one outcome is published, and Personalize agrees with the record', {
  timeout: LOADED_MS,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(...OPERATIONS_AND_FAULTS), fc.integer({ min: 1, max: 3 })), { maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 3 }),
      async (faults, deaths) => {
        const world = new World();
        for (const [[operation, fault], times] of faults) {
          const delayMs = fault === 'late-act' ? 90_000 : undefined;
          world.personalize.core.addFault({ operation, times, fault, delayMs } as never);
        }
        await world.ask();
        for (const steps of deaths) {
          await world.run(steps);
          world.time += world.settings.leaseMs * 8;
        }
        await world.sweepUntilIdle();
        world.personalize.core.clearFaults();
        await world.sweepUntilIdle();
        world.time += 3_600_000;

        const record = world.record;
        expect(isIdle(record)).toBe(true);
        expect(['ACTIVE', 'CREATE FAILED']).toContain(record.status);
        const trackers = await world.trackers(GROUP);
        expect(trackers.map((tracker) => tracker.eventTrackerArn)).toEqual(
          record.status === 'ACTIVE' ? [record.eventTrackerArn] : [],
        );
        expect(world.received.map(({ data }) => [data.status, data.trackingId])).toEqual([
          [record.status, record.trackingId],
        ]);
      },
    ),
    { numRuns: 300 },
  );
});

test.each([
  ['a creation', []],
  ['a creation that fails', [{ operation: 'CreateEventTracker', times: 1, fault: 'create-failed' }]],
  ['a lost response', [{ operation: 'CreateEventTracker', times: 1, fault: 'lost-answer' }]],
  [
    'throttles everywhere',
    [
      { operation: 'CreateEventTracker', times: 8, fault: 'throttle' },
      { operation: 'DescribeEventTracker', times: 8, fault: 'throttle' },
    ],
  ],
  [
    'a deletion that is denied temporarily',
    [
      { operation: 'CreateEventTracker', times: 1, fault: 'create-failed' },
      { operation: 'DeleteEventTracker', times: 5, fault: 'access-denied' },
    ],
  ],
] as const)('during %s the sweeper never takes over from a live owner', async (_, faults) => {
  const world = new World();
  world.sweepsDuringWaits = true;
  // The lease is shorter than the waits, so each heartbeat must cover its wait. Each task starts just before its lease ends.
  world.settings = { ...world.settings, leaseMs: 10_000 };
  world.silentSeconds = 9;
  world.busFailures = 8;
  for (const fault of faults) world.personalize.core.addFault(fault);
  await world.ask();
  await world.run();
  expect(isIdle(world.record)).toBe(true);
  expect(world.takenFromLiveOwners).toBe(0);
  expect(world.record.epoch).toBe(1);
});

test.each([
  ['another request', (world: World) => world.ask({ name: 'blog' })],
  ['a retry', (world: World) => world.retry()],
])('after a failure because of ResourceAlreadyExists, %s has its own deadline', async (_, again) => {
  const world = new World();
  const { core } = world.personalize;
  core.addFault({ operation: 'CreateEventTracker', times: 1000, fault: 'error', error: 'ResourceInUseException' });
  await world.ask();
  await world.run();
  expect(world.record.failure).toMatchObject({ code: 'CONFLICT', awsError: 'ResourceInUseException' });
  core.clearFaults();
  await again(world);
  await world.run();
  expect(world.record).toMatchObject({ status: 'ACTIVE', generation: 2 });
});

test('after ResourceAlreadyExists and a deletion, the next request has its own deadline', async () => {
  const world = new World();
  const { core } = world.personalize;
  core.addFault({ operation: 'CreateEventTracker', times: 1000, fault: 'error', error: 'ResourceInUseException' });
  await world.ask();
  await world.run(9);
  expect(world.record.alreadyExistsRefusal).toBeDefined();
  await world.delete();
  await world.sweepUntilIdle();
  world.time += world.settings.deadlineMs;
  core.clearFaults();
  await world.ask();
  await world.run();
  expect(world.record).toMatchObject({ status: 'ACTIVE', generation: 3 });
});
