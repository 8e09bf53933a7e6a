import { describe, expect, test } from 'vitest';
import { CUT, type WireResponse } from '../../../infra/local/wire.ts';
import { GROUP, TRACKER, tenant } from './onboarding-world.ts';
import { newRun, resources, worldsForEachTest } from './onboarding-worlds.ts';

/** The state machine that onboards one tenant: what it does, and how it goes on after a crash or a fault. */
const open = worldsForEachTest();

const ALL = ['acme-books ACTIVE', 'acme-books ACTIVE', 'event-trackers-interactions'];
const output = { ...TRACKER, tenantId: 'acme', trackingIdIn: 'dynamodb:event-trackers-tracking-ids/et-1' };

test('a new tenant gets a dataset group, a schema, a dataset and a tracker, in this order', async () => {
  const world = await open();
  const run = newRun();
  const { status, output: text = '' } = await world.run(run);
  expect({ status, output: JSON.parse(text) }).toEqual({ status: 'SUCCEEDED', output });
  expect(world.operations.filter((name) => name !== 'DescribeDatasetGroup')).toEqual([
    'DryRun',
    'CreateDatasetGroup',
    'DescribeDataset',
    'CreateSchema',
    'CreateDataset',
    'Request',
    'PutItem',
  ]);
  expect(resources(world)).toEqual(ALL);
  const request = { tenantId: 'acme', name: 'shop', datasetGroupArn: GROUP, waitForDatasetGroup: true };
  expect(world.calls.map(({ body: { callback, ...body } }) => [body, callback])).toEqual([
    [request, undefined],
    [request, { taskToken: expect.any(String), heartbeatSeconds: 600 }],
  ]);
  expect(await world.line(run)).toEqual({
    run,
    ...tenant(),
    status: 'ACTIVE',
    outcome: 'CREATE',
    datasetGroupCreated: true,
    datasetCreated: true,
    trackerId: 'et-1',
    eventTrackerArn: TRACKER.eventTrackerArn,
    trackingIdIn: output.trackingIdIn,
  });
  expect(JSON.stringify(await world.history(run))).not.toContain('secret-tracking-id');
});

test('a second run of the same tenant creates nothing', async () => {
  const world = await open();
  await world.run(newRun());
  world.operations.length = 0;
  const run = newRun();
  expect(JSON.parse((await world.run(run)).output ?? '')).toEqual(output);
  expect(world.operations).toEqual(['DryRun', 'DescribeDatasetGroup', 'DescribeDataset', 'Request', 'PutItem']);
  expect(await world.line(run)).toMatchObject({ datasetGroupCreated: false, datasetCreated: false });
});

test('the result names the path of the tracking ID, if the deployment keeps it', async () => {
  const world = await open({ trackingIdPath: '/event-trackers/local' });
  const trackingIdIn = '/event-trackers/local/acme/shop';
  const run = newRun();
  expect(JSON.parse((await world.run(run)).output ?? '')).toMatchObject({ trackingIdIn });
  expect(await world.line(run)).toMatchObject({ trackingIdIn });
});

test('two executions of the same tenant in parallel both succeed, and create each resource once', async () => {
  const world = await open();
  const names = [newRun(), newRun(), newRun()];
  const ends = await Promise.all(names.map((name) => world.run(name)));
  expect(ends.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
  expect(resources(world)).toEqual(ALL);
});

describe('an execution that ends at any point is continued by the next one', () => {
  const OPERATIONS = [
    ...['DryRun', 'DescribeDatasetGroup', 'CreateDatasetGroup', 'DescribeDataset'],
    ...['CreateSchema', 'CreateDataset', 'Request', 'PutItem'],
  ];
  test.each(OPERATIONS.flatMap((operation) => ['before', 'after'].map((when) => [when, operation])))(
    '%s %s',
    async (when, operation) => {
      const first = newRun();
      let isStopped = false;
      const world = await open({
        async around(name, call, { stop }): Promise<WireResponse> {
          if (isStopped || name !== operation) return await call();
          isStopped = true;
          if (when === 'after') await call();
          await stop(first);
          return CUT;
        },
      });
      expect((await world.run(first)).status).toBe('ABORTED');
      expect(isStopped).toBe(true);
      const { status, output: text = '' } = await world.run(newRun());
      expect({ status, output: JSON.parse(text) }).toEqual({ status: 'SUCCEEDED', output });
      expect(resources(world)).toEqual(ALL);
    },
  );
});

describe('calls that fail for a while do not fail the onboarding', () => {
  const CALLS = ['DescribeDatasetGroup', 'CreateDatasetGroup', 'DescribeDataset', 'CreateSchema', 'CreateDataset'];
  test.each(
    CALLS.flatMap((operation) =>
      [
        { fault: 'throttle', times: 5 },
        { fault: 'server-error', times: 3 },
        { fault: 'lost-answer', times: 2 },
        { fault: 'garbled', times: 1 },
        { fault: 'error', error: 'ThrottlingException', times: 3 },
      ].map((fault) => [operation, fault] as const),
    ),
  )('%s with %j', async (operation, fault) => {
    const world = await open();
    world.personalize.addFault({ operation, ...fault } as never);
    expect((await world.run(newRun())).status).toBe('SUCCEEDED');
    expect(world.personalize.faults()).toEqual([]);
    expect(resources(world)).toEqual(ALL);
  });

  test('a busy API is asked again, with another task token', async () => {
    const answers = [429, 503, 500];
    const world = await open({
      api({ isDryRun }) {
        const status = isDryRun ? undefined : answers.shift();
        return status === undefined ? undefined : { status, body: {} };
      },
    });
    expect((await world.run(newRun())).status).toBe('SUCCEEDED');
    const tokens = world.calls.flatMap(({ body }) => body.callback?.taskToken ?? []);
    expect(new Set(tokens).size).toBe(4);
  });

  test('a dry run that stays busy is left out', async () => {
    const world = await open({ api: ({ isDryRun }) => (isDryRun ? { status: 503, body: '' } : undefined) });
    const run = newRun();
    expect((await world.run(run)).status).toBe('SUCCEEDED');
    expect(await world.line(run)).toMatchObject({ status: 'ACTIVE', outcome: 'UNCHECKED' });
  });

  test.each(['TOO_MANY_UNFINISHED', 'TOO_MANY_CALLBACKS', 'NO_ROOM'])(
    'a dry run that finds %s is repeated',
    async (code) => {
      const findings = [{ code, reason: '', remedy: '' }];
      const answers = [{ status: 200, body: { wouldSucceed: false, outcome: 'FAIL', findings } }];
      const world = await open({ api: ({ isDryRun }) => (isDryRun ? answers.shift() : undefined) });
      expect((await world.run(newRun())).status).toBe('SUCCEEDED');
    },
  );
});
