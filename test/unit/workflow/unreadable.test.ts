import { expect, test } from 'vitest';
import type { PersonalizeSimulator } from '../../../infra/local/personalize/simulator.ts';
import { GROUP, World } from '../../world/world.ts';

type Fault = Parameters<PersonalizeSimulator['addFault']>[0];
const FOR_EVER = 1_000_000;
const MINUTE = 60_000;

/** The next calls of an operation are refused with an error that its model has and nobody planned for. */
const refuse = (world: World, operation: Fault['operation'], times = FOR_EVER, error = 'InvalidInputException') =>
  world.personalize.core.addFault({ operation, times, fault: 'error', error });

/** Steps that an execution makes in some 40 minutes of waiting. It would go on: so it dies there. */
const FORTY_MINUTES = 160;

const outcomes = ({ published }: World) =>
  published.map(({ data, metadata }) => [metadata.sequence, data.status, data.failure?.code]);

test.each(['DescribeEventTracker', 'ListEventTrackers'] as const)(
  '%s refused for ever: waited out until the deadline, then reported with its name and request id',
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
    // A minute apart in the end: some 30 polls until the deadline, not one each second.
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
  '%s refused for a while is no failure, and one execution sees it through',
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

test('the deadline counts from the first of the refusals: throttles before them count for nothing', async () => {
  const world = new World();
  world.personalize.core.addFault({ operation: 'ListEventTrackers', times: 240, fault: 'throttle' });
  refuse(world, 'ListEventTrackers', 3);
  await world.ask();
  const deletionRequestedAt = world.time;
  await world.run();
  expect(world.time - deletionRequestedAt).toBeGreaterThan(35 * MINUTE);
  expect(world.record).toMatchObject({ status: 'ACTIVE' });
});

test('nor do refusals before a readable response', async () => {
  const world = new World();
  // Still CREATE IN_PROGRESS at the readable response, which comes after some 20 minutes, and ACTIVE after the refusals that follow it.
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

test('nor do unreadable responses of an earlier request: the next one has a deadline of its own', async () => {
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
  // Not what the last request waited for.
  expect(world.record.waitingFor).toBeUndefined();
  await world.run();
  expect(world.time - retriedAt).toBeGreaterThan(35 * MINUTE);
  expect(world.record).toMatchObject({ status: 'ACTIVE' });
});

test.each([
  ['InvalidInputException', false],
  ['ResourceInUseException', true],
])('a preflight refused with %s fails immediately, by its name', async (error, retryable) => {
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

test('a group that goes between the two calls of the preflight is a group that is not there', async () => {
  const world = new World();
  refuse(world, 'ListDatasets', 1, 'ResourceNotFoundException');
  await world.ask();
  await world.run();
  expect(world.record.failure?.code).toBe('DATASET_GROUP_NOT_FOUND');
});

test.each(['ListEventTrackers', 'ListDatasets'] as const)(
  'a page token of %s that is not taken any more: the list is asked for again',
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
  'a deletion refused with %s for ever holds no event up, is asked for a minute apart, and succeeds once it may',
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
    // A request that waits behind it fails at its deadline.
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

test('a throttle of Personalize holds no event up', async () => {
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
