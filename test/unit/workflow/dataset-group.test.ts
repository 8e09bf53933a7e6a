import { expect, test } from 'vitest';
import { isIdle } from '../../../functions/tracker/record.ts';
import { World } from '../../world/world.ts';

/** Requests for dataset groups that are not ready, with the real tasks on a virtual clock. */
const GROUP = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-new';
const MINUTE = 60_000;
const SCHEMA = JSON.stringify({
  type: 'record',
  name: 'Interactions',
  namespace: 'x',
  fields: [{ name: 'USER_ID', type: 'string' }],
  version: '1.0',
});

const createGroup = (world: World) => world.personalize.core.call('CreateDatasetGroup', { name: 'acme-new' });
function createDataset(world: World): void {
  const { core } = world.personalize;
  core.call('CreateSchema', { name: 'new', schema: SCHEMA });
  const dataset = core.call('CreateDataset', {
    name: 'new',
    schemaArn: 'arn:aws:personalize:us-east-1:123456789012:schema/new',
    datasetGroupArn: GROUP,
    datasetType: 'Interactions',
  });
  expect(dataset.kind).toBe('output');
}
const ask = (world: World, more: { waitForDatasetGroup?: boolean; taskToken?: string } = {}) =>
  world.ask({ datasetGroupArn: GROUP, ...more });
const outcomes = (world: World) => world.published.map(({ data }) => [data.status, data.failure?.code]);
/** After so many steps an execution has waited for a while and dies. */
const SOME = 12;

/** A world with an ACTIVE dataset group whose dataset becomes ACTIVE after `datasetMs`. */
function withDatasetInCreation(datasetMs: number): World {
  const world = new World();
  createGroup(world);
  world.time += MINUTE;
  world.personalize.core.setTiming({ datasetMs });
  createDataset(world);
  return world;
}

test('waits for a dataset until the deadline, and the sweeper never takes over from the waiting owner', async () => {
  const world = withDatasetInCreation(25 * MINUTE);
  world.sweepsDuringWaits = true;
  world.settings = { ...world.settings, leaseMs: 10_000 };
  const deletionRequestedAt = world.time;
  await ask(world);
  await world.run();
  const record = world.recordOf(GROUP);
  expect(record).toMatchObject({ status: 'ACTIVE', epoch: 1, attempt: 1 });
  expect(record.preflightWait).toBeUndefined();
  expect(world.takenFromLiveOwners).toBe(0);
  expect(record.history.map(({ cause }) => cause)).toEqual(
    expect.arrayContaining(['WAITING_FOR_INTERACTIONS_DATASET', 'DATASET_GROUP_READY']),
  );
  expect(world.time - deletionRequestedAt).toBeGreaterThan(25 * MINUTE);
  // Each wait is a fixed share of the elapsed time, and at most a minute.
  expect(world.calls('DescribeDatasetGroup').length).toBeLessThan(60);
  // The wait does not count toward the service's own latency.
  const [active] = world.measured.filter(({ AcceptToActive }) => AcceptToActive !== undefined);
  expect(active?.AcceptToActive).toBeLessThan(MINUTE);
});

test('the wait does not shorten the deadline of the creation', async () => {
  const world = withDatasetInCreation(25 * MINUTE);
  world.personalize.core.setTiming({ createInProgressMs: 25 * MINUTE });
  await ask(world);
  await world.run();
  expect(world.recordOf(GROUP).status).toBe('ACTIVE');
  // No alarm in between, because the age of each part counts separately.
  const ages = world.measured.flatMap(({ OldestPendingRequestAge }) => OldestPendingRequestAge ?? []);
  expect(Math.max(...ages)).toBeLessThan((30 * MINUTE) / 1000);
});

test('the deadline counts from the start of the wait, not from the request, and the failure names what is missing', async () => {
  const world = new World();
  world.startFailures = 1;
  await ask(world, { waitForDatasetGroup: true });
  world.time += 40 * MINUTE;
  const begun = world.time;
  await world.sweepUntilIdle();
  const { failure } = world.recordOf(GROUP);
  expect(failure).toMatchObject({ code: 'DEADLINE_EXCEEDED', reason: expect.stringContaining(GROUP) });
  expect(failure?.reason).toContain('does not exist');
  expect(world.time - begun).toBeGreaterThan(30 * MINUTE);
  expect(world.time - begun).toBeLessThan(40 * MINUTE);
  expect(world.calls('CreateEventTracker')).toEqual([]);
  // This failure raises no alarm.
  const failed = world.measured.filter(({ CreateFailed }) => CreateFailed !== undefined);
  expect(failed.length).toBeGreaterThan(0);
  expect(failed.every(({ ServiceFault }) => ServiceFault === undefined)).toBe(true);
});

test('if an owner dies while it waits, the next one continues with the same deadline', async () => {
  const world = new World();
  await ask(world, { waitForDatasetGroup: true });
  const deletionRequestedAt = world.time;
  for (let death = 0; death < 3; death++) {
    await world.run(SOME);
    expect(world.recordOf(GROUP)).toMatchObject({ waitingFor: 'dataset-group', status: 'CREATE PENDING' });
    world.time = Math.max(world.time, world.recordOf(GROUP).due.at) + 1;
    await world.sweepOnce();
  }
  await world.run();
  expect(world.recordOf(GROUP).failure?.code).toBe('DEADLINE_EXCEEDED');
  expect(world.recordOf(GROUP).epoch).toBe(4);
  expect(world.time - deletionRequestedAt).toBeLessThan(45 * MINUTE);
});

test('DELETE ends the wait, and the next request has its own deadline', async () => {
  const world = new World();
  await ask(world, { waitForDatasetGroup: true });
  await world.run(SOME);
  await world.delete({ datasetGroupArn: GROUP });
  await ask(world, { waitForDatasetGroup: true });
  expect(world.recordOf(GROUP).preflightWait).toBeUndefined();
  const deletionRequestedAt = world.time;
  await world.sweepUntilIdle();
  expect(outcomes(world)).toEqual([
    ['DELETED', undefined],
    ['CREATE FAILED', 'DEADLINE_EXCEEDED'],
  ]);
  // The wait does not delay an event.
  expect(world.publishedAt[0]).toBeLessThan(deletionRequestedAt + 5 * MINUTE);
  expect(world.time - deletionRequestedAt).toBeGreaterThan(30 * MINUTE);
});

test.each([
  [false, 'DATASET_GROUP_NOT_FOUND'],
  [true, 'DEADLINE_EXCEEDED'],
])(
  'a dataset group that is deleted during the wait leads, with waitForDatasetGroup %s, to %s',
  async (waitForDatasetGroup, code) => {
    const world = new World();
    world.personalize.core.addFault({ operation: 'CreateDatasetGroup', times: 1, fault: 'create-failed' });
    world.personalize.core.setTiming({ datasetGroupMs: 5 * MINUTE });
    createGroup(world);
    await ask(world, { waitForDatasetGroup });
    await world.run(SOME);
    expect(world.recordOf(GROUP).waitingFor).toBe('dataset-group');
    world.time += 5 * MINUTE;
    world.personalize.core.setTiming({ datasetGroupMs: 0 });
    expect(world.personalize.core.call('DeleteDatasetGroup', { datasetGroupArn: GROUP }).kind).toBe('output');
    await world.sweepUntilIdle();
    expect(world.recordOf(GROUP).failure?.code).toBe(code);
  },
);

test('a throttled preflight is retried, a missing permission fails the request, and a refused list does not', async () => {
  const world = withDatasetInCreation(5 * MINUTE);
  world.personalize.core.addFault({ operation: 'DescribeDatasetGroup', times: 10, fault: 'throttle' });
  await ask(world);
  await world.run();
  expect(world.recordOf(GROUP)).toMatchObject({ status: 'ACTIVE', epoch: 1 });

  const denied = withDatasetInCreation(60 * MINUTE);
  await ask(denied);
  await denied.run(SOME);
  denied.personalize.core.addFault({ operation: 'ListDatasets', times: 1, fault: 'access-denied' });
  await denied.sweepUntilIdle();
  expect(denied.recordOf(GROUP).failure?.code).toBe('ACCESS_DENIED');

  // AWS does not document what a list returns for a dataset group that is missing or still being created.
  for (const error of ['ResourceNotFoundException', 'InvalidInputException', 'ResourceInUseException']) {
    const refused = new World();
    refused.personalize.core.addFault({ operation: 'ListEventTrackers', times: 1000, fault: 'error', error });
    await ask(refused, { waitForDatasetGroup: true });
    await refused.run(SOME);
    expect(refused.recordOf(GROUP)).toMatchObject({ waitingFor: 'dataset-group' });
    expect(refused.recordOf(GROUP).unreadableSince).toBeUndefined();
    refused.personalize.core.setTiming({ datasetGroupMs: 15 * MINUTE });
    createGroup(refused);
    refused.time = refused.recordOf(GROUP).due.at + 1;
    await refused.sweepOnce();
    await refused.run(SOME);
    expect(refused.recordOf(GROUP)).toMatchObject({ waitingFor: 'dataset-group' });
    expect(refused.recordOf(GROUP).unreadableSince).toBeUndefined();
  }
});

test('a dataset group that vanishes between preflight and create is DATASET_GROUP_NOT_FOUND', async () => {
  const world = new World();
  const error = 'ResourceNotFoundException';
  world.personalize.core.addFault({ operation: 'CreateEventTracker', times: 1, fault: 'error', error });
  await world.ask();
  await world.run();
  await world.sweepUntilIdle();
  expect(world.record.failure).toMatchObject({
    code: 'DATASET_GROUP_NOT_FOUND',
    awsError: error,
    awsRequestId: expect.any(String),
  });
  expect(isIdle(world.record)).toBe(true);
});

test('a repeat can turn on waitForDatasetGroup before the outcome, but no repeat turns it off', async () => {
  const world = new World();
  world.personalize.core.setTiming({ datasetGroupMs: 5 * MINUTE });
  createGroup(world);
  await ask(world);
  await world.run(SOME);
  const { rev } = world.recordOf(GROUP);
  await ask(world);
  expect(world.recordOf(GROUP)).toMatchObject({ rev });
  expect(await ask(world, { waitForDatasetGroup: true })).toMatchObject({ generation: 1, waitForDatasetGroup: true });
  await ask(world, { waitForDatasetGroup: false });
  expect(world.recordOf(GROUP)).toMatchObject({ rev: rev + 1, waitForDatasetGroup: true, generation: 1 });
  world.time += 10 * MINUTE;
  await world.sweepOnce();
  await world.run(SOME);
  expect(world.recordOf(GROUP).waitingFor).toBe('interactions-dataset');
  createDataset(world);
  await world.sweepUntilIdle();
  expect(world.recordOf(GROUP).status).toBe('ACTIVE');
  // The next request for the dataset group waits only if it has waitForDatasetGroup itself.
  await world.delete({ datasetGroupArn: GROUP });
  await ask(world);
  expect(world.recordOf(GROUP).waitForDatasetGroup).toBeFalsy();
});

test('after a deletion request, nothing waits for the dataset group', async () => {
  const world = new World();
  await ask(world, { waitForDatasetGroup: true });
  await world.run(SOME);
  expect(world.recordOf(GROUP)).toMatchObject({ status: 'CREATE PENDING', waitingFor: 'dataset-group' });
  await world.delete({ datasetGroupArn: GROUP });
  expect(world.recordOf(GROUP)).toMatchObject({ status: 'DELETE PENDING', waitingFor: 'deletion' });
});
