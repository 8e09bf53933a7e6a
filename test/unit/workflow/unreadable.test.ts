import { expect, test } from 'vitest';
import type { PersonalizeSimulator } from '../../../infra/local/personalize/simulator.ts';
import { GROUP, World } from '../../world/world.ts';

type Fault = Parameters<PersonalizeSimulator['addFault']>[0];
const FOR_EVER = 1_000_000;
const MINUTE = 60_000;

/** Makes the next calls of an operation fail with an error that the API documents but the service does not expect. */
const refuse = (world: World, operation: Fault['operation'], times = FOR_EVER, error = 'InvalidInputException') =>
  world.personalize.core.addFault({ operation, times, fault: 'error', error });

/** An execution makes this many steps in about 40 minutes of waiting. It would continue, so it is killed there. */
const FORTY_MINUTES = 160;

const outcomes = ({ published }: World) =>
  published.map(({ data, metadata }) => [metadata.sequence, data.status, data.failure?.code]);

test.each(['DescribeEventTracker', 'ListEventTrackers'] as const)(
  '%s that is always refused fails the request at the deadline, and the failure names the error and the request ID',
  async (operation) => {
    const world = new World();
    refuse(world, operation);
    await world.ask();
    const deletionRequestedAt = world.time;
    await world.run(FORTY_MINUTES);
    expect(outcomes(world)).toEqual([[1, 'CREATE FAILED', 'REFUSED_BY_PERSONALIZE']]);
    const { failure, history, status } = world.record;
    expect(status).toBe('CREATE FAILED');
    expect(failure).toMatchObject({
      code: 'REFUSED_BY_PERSONALIZE',
      retryable: true,
      awsError: 'InvalidInputException',
      awsRequestId: expect.any(String),
    });
    expect(failure?.reason).toContain(`the last response to ${operation} was InvalidInputException`);
    const failedAt = history.find((step) => step.status === 'CREATE FAILED')?.at ?? 0;
    expect(failedAt - deletionRequestedAt).toBeGreaterThanOrEqual(30 * MINUTE);
    expect(failedAt - deletionRequestedAt).toBeLessThan(33 * MINUTE);
    // The polls are a minute apart in the end: about 30 until the deadline, instead of one per second.
    const polls = world.calls(operation).filter(({ time }) => Date.parse(time) <= failedAt);
    expect(polls.length).toBeGreaterThan(20);
    expect(polls.length).toBeLessThan(80);

    // The cleanup stays pending, and deletes the tracker as soon as it can be read.
    world.personalize.core.clearFaults();
    await world.sweepUntilIdle();
    expect(await world.trackers(GROUP)).toEqual([]);
    expect(outcomes(world)).toHaveLength(1);
  },
);

test.each(['DescribeEventTracker', 'ListEventTrackers', 'ListTagsForResource'] as const)(
  '%s that is refused temporarily causes no failure, and one execution completes the request',
  async (operation) => {
    const world = new World();
    if (operation === 'ListTagsForResource') {
      world.personalize.core.addFault({ operation: 'CreateEventTracker', times: 1, fault: 'lost-answer' });
    }
    refuse(world, operation, 5);
    await world.ask();
    await world.run();
    expect(world.record).toMatchObject({ status: 'ACTIVE', epoch: 1 });
    expect(world.record.unreadableSince).toBeUndefined();
    expect(world.calls('CreateEventTracker')).toHaveLength(1);
  },
);

test('the deadline counts from the first unreadable response, and throttles before it do not count', async () => {
  const world = new World();
  world.personalize.core.addFault({ operation: 'ListEventTrackers', times: 240, fault: 'throttle' });
  refuse(world, 'ListEventTrackers', 3);
  await world.ask();
  const deletionRequestedAt = world.time;
  await world.run();
  expect(world.time - deletionRequestedAt).toBeGreaterThan(35 * MINUTE);
  expect(world.record).toMatchObject({ status: 'ACTIVE' });
});

test('unreadable responses before a readable one do not count either', async () => {
  const world = new World();
  // The readable response comes after about 20 minutes and shows CREATE IN_PROGRESS. After further refusals the tracker is ACTIVE.
  world.personalize.core.setTiming({ createInProgressMs: 25 * MINUTE });
  refuse(world, 'DescribeEventTracker', 38);
  world.personalize.core.addFault({ operation: 'DescribeEventTracker', times: 1, fault: 'delay', delayMs: 1 });
  refuse(world, 'DescribeEventTracker', 38);
  await world.ask();
  const requestedAt = world.time;
  await world.run();
  expect(world.time - requestedAt).toBeGreaterThan(35 * MINUTE);
  expect(outcomes(world)).toEqual([[1, 'ACTIVE', undefined]]);
});

test('unreadable responses of an earlier request do not count: the next one has its own deadline', async () => {
  const world = new World();
  refuse(world, 'ListEventTrackers');
  await world.ask();
  await world.run(FORTY_MINUTES);
  world.personalize.core.clearFaults();
  await world.sweepUntilIdle();
  expect(world.record).toMatchObject({ status: 'CREATE FAILED', failure: { code: 'REFUSED_BY_PERSONALIZE' } });

  world.personalize.core.addFault({ operation: 'ListEventTrackers', times: 240, fault: 'throttle' });
  refuse(world, 'ListEventTrackers', 1);
  const retriedAt = world.time;
  expect(world.record.waitingFor).toBeDefined();
  expect(await world.retry()).toMatchObject({ status: 'CREATE PENDING' });
  // waitingFor is not that of the last request.
  expect(world.record.waitingFor).toBeUndefined();
  await world.run();
  expect(world.time - retriedAt).toBeGreaterThan(35 * MINUTE);
  expect(world.record).toMatchObject({ status: 'ACTIVE' });
});

test.each([
  ['InvalidInputException', false],
  ['ResourceInUseException', true],
])('a preflight refused with %s fails immediately, and the failure names the error', async (error, retryable) => {
  for (const operation of ['DescribeDatasetGroup', 'ListDatasets'] as const) {
    const world = new World();
    refuse(world, operation, 1, error);
    await world.ask();
    await world.run();
    expect(world.record.failure).toMatchObject({ code: 'REFUSED_BY_PERSONALIZE', retryable, awsError: error });
    expect(world.record.failure?.reason).toContain(operation);
    expect(world.calls('CreateEventTracker')).toEqual([]);
    expect(outcomes(world)).toEqual([[1, 'CREATE FAILED', 'REFUSED_BY_PERSONALIZE']]);
  }
});

test('a dataset group that vanishes between the two preflight calls is DATASET_GROUP_NOT_FOUND', async () => {
  const world = new World();
  refuse(world, 'ListDatasets', 1, 'ResourceNotFoundException');
  await world.ask();
  await world.run();
  expect(world.record.failure?.code).toBe('DATASET_GROUP_NOT_FOUND');
});

test.each(['ListEventTrackers', 'ListDatasets'] as const)(
  'a list of %s whose page token expires is repeated',
  async (operation) => {
    const world = new World();
    refuse(world, operation, 3, 'InvalidNextTokenException');
    await world.ask();
    await world.run();
    expect(world.record).toMatchObject({ status: 'ACTIVE', epoch: 1 });
  },
);

test.each([
  ['InvalidInputException', 'error'],
  ['ResourceInUseException', 'error'],
  ['AccessDeniedException', 'access-denied'],
] as const)(
  'a deletion that is always refused with %s delays no event, is repeated each minute, and succeeds once it is allowed',
  async (error, fault) => {
    const world = new World();
    await world.ask();
    await world.run();
    world.personalize.core.addFault({
      operation: 'DeleteEventTracker',
      times: FOR_EVER,
      fault,
      ...(fault === 'error' && { error }),
    });
    await world.delete();
    await world.ask();
    await world.run(FORTY_MINUTES);
    // A request that waits for the deletion fails at its deadline.
    expect(outcomes(world)).toEqual([
      [1, 'ACTIVE', undefined],
      [2, 'CREATE FAILED', fault === 'error' ? 'DEADLINE_EXCEEDED' : 'ACCESS_DENIED'],
    ]);
    expect(world.record.failure?.awsError).toBe(error);
    const [last, before] = world.calls('DeleteEventTracker').reverse();
    expect(Date.parse(last?.time ?? '') - Date.parse(before?.time ?? '')).toBeGreaterThanOrEqual(50_000);

    world.personalize.core.clearFaults();
    await world.sweepUntilIdle();
    expect(await world.trackers(GROUP)).toEqual([]);
    expect(outcomes(world).slice(2)).toEqual([[3, 'DELETED', undefined]]);
    expect(world.record.status).toBe('CREATE FAILED');
  },
);

test('a throttle of Personalize does not delay an event', async () => {
  const world = new World();
  await world.ask();
  await world.run();
  await world.delete();
  await world.ask();
  world.personalize.core.addFault({ operation: 'CreateEventTracker', times: 100, fault: 'throttle' });
  await world.run(FORTY_MINUTES);
  const deleted = world.published.find(({ data }) => data.status === 'DELETED');
  const deletedAt = Date.parse(deleted?.metadata.occurredAt ?? '');
  const throttled = world.calls('CreateEventTracker').filter(({ fault }) => fault === 'throttle');
  expect(throttled).toHaveLength(100);
  expect(world.publishedAt[1]).toBeLessThan(deletedAt + MINUTE);
  expect(Date.parse(throttled.at(-1)?.time ?? '')).toBeGreaterThan(deletedAt + 10 * MINUTE);
  expect(world.record.status).toBe('ACTIVE');
});
