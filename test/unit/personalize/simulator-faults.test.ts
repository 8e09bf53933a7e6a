import { describe, expect, test } from 'vitest';
import type { PersonalizeSimulator } from '../../../infra/local/personalize/simulator.ts';
import {
  ARN,
  answerOf,
  createTracker,
  DEMO,
  event,
  listed,
  newDirectory,
  open,
  passTime,
  replaceSimulator,
  SCHEMA,
  START,
  setTime,
  simulator,
  startForEachTest,
  statusOf,
  succeed,
} from './simulation.ts';

startForEachTest();

describe('faults with a time', () => {
  const lateCreate = { operation: 'CreateEventTracker', times: 1, fault: 'late-act', delayMs: 5000 } as const;

  test('a late act takes effect at its time, as if called then, no matter when it is first observed', () => {
    simulator.addFault(lateCreate);
    expect(answerOf('CreateEventTracker', { name: 'late', datasetGroupArn: DEMO })).toBe('cut');
    setTime(4999);
    expect(listed()).toEqual([]);
    setTime(60_000);
    const [arn = ''] = listed();
    expect(succeed('DescribeEventTracker', { eventTrackerArn: arn }).eventTracker).toMatchObject({
      name: 'late',
      status: 'ACTIVE',
      creationDateTime: START / 1000 + 5,
    });
  });

  test('a late act is validated when it takes effect, and the log of calls shows its outcome', () => {
    simulator.addFault(lateCreate);
    answerOf('CreateEventTracker', { name: 'late', datasetGroupArn: DEMO });
    setTime(1000);
    const { eventTrackerArn } = createTracker('early');
    setTime(6000);
    expect(listed()).toEqual([eventTrackerArn]);
    expect(simulator.calls().map(({ time, outcome, act, fault }) => ({ time, outcome, act, fault }))).toEqual([
      { time: '2025-01-01T00:00:00.000Z', outcome: 'late-act', fault: 'late-act' },
      { time: '2025-01-01T00:00:01.000Z', outcome: 'OK' },
      {
        time: '2025-01-01T00:00:05.000Z',
        outcome: 'late-act-landed',
        fault: 'late-act',
        act: 'ResourceAlreadyExistsException',
      },
      { time: '2025-01-01T00:00:06.000Z', outcome: 'OK' },
    ]);
  });

  test('a late act with afterNextCall takes effect right after the next call of its operation on its dataset group, and never before', () => {
    simulator.addFault({ operation: 'CreateEventTracker', times: 1, fault: 'late-act', afterNextCall: true });
    expect(answerOf('CreateEventTracker', { name: 'late', datasetGroupArn: DEMO })).toBe('cut');
    setTime(86_400_000);
    expect(listed()).toEqual([]);
    const { eventTrackerArn } = createTracker('second');
    expect(listed()).toEqual([eventTrackerArn]);
    expect(
      simulator
        .calls()
        .flatMap(({ operation, outcome, act }) => (operation === 'CreateEventTracker' ? [[outcome, act]] : [])),
    ).toEqual([
      ['late-act', undefined],
      ['OK', undefined],
      ['late-act-landed', 'ResourceAlreadyExistsException'],
    ]);
  });

  test('late acts take effect in the order of their times, even after a restart', () => {
    const directory = newDirectory();
    const first = open({ directory });
    first.addFault({ ...lateCreate, delayMs: 20_000 });
    first.addFault({ ...lateCreate, delayMs: 5000 });
    answerOf('CreateEventTracker', { name: 'slow', datasetGroupArn: DEMO }, first);
    answerOf('CreateEventTracker', { name: 'quick', datasetGroupArn: DEMO }, first);
    passTime(60_000);
    const restarted = open({ directory });
    expect(succeed('ListEventTrackers', {}, restarted).eventTrackers.map(({ name }) => name)).toEqual(['quick']);
    const before = listed(restarted);
    expect(listed(open({ directory }))).toEqual(before);
  });

  test('a stuck create stays CREATE IN_PROGRESS, and a stuck delete stays DELETE IN_PROGRESS', () => {
    simulator.addFault({ operation: 'CreateEventTracker', times: 1, fault: 'stuck', datasetGroupArn: DEMO });
    const { eventTrackerArn } = createTracker();
    expect(statusOf(eventTrackerArn)).toBe('CREATE PENDING');
    passTime(1e9);
    expect(statusOf(eventTrackerArn)).toBe('CREATE IN_PROGRESS');
    expect(answerOf('DeleteEventTracker', { eventTrackerArn })).toBe('ResourceInUseException');

    replaceSimulator();
    const other = createTracker();
    passTime(8000);
    simulator.addFault({ operation: 'DeleteEventTracker', times: 1, fault: 'stuck', datasetGroupArn: DEMO });
    succeed('DeleteEventTracker', { eventTrackerArn: other.eventTrackerArn });
    passTime(1e9);
    expect(statusOf(other.eventTrackerArn)).toBe('DELETE IN_PROGRESS');
  });

  test('a stale list and a stale describe omit trackers created within their lag, 60 s by default', () => {
    const stale = { operation: 'ListEventTrackers', times: 1, fault: 'stale-list' } as const;
    const { eventTrackerArn } = createTracker();
    passTime(59_999);
    simulator.addFault(stale);
    expect(listed()).toEqual([]);
    expect(listed()).toEqual([eventTrackerArn]);
    simulator.addFault({ operation: 'DescribeEventTracker', times: 1, fault: 'stale-describe' });
    expect(statusOf(eventTrackerArn)).toBe('ResourceNotFoundException');
    simulator.addFault({ ...stale, delayMs: 1000 });
    expect(listed()).toEqual([eventTrackerArn]);
    passTime(2);
    simulator.addFault(stale);
    expect(listed()).toEqual([eventTrackerArn]);
  });

  test('a fault for a dataset group applies only to calls for its trackers, including deleted ones', () => {
    const other = succeed('CreateDatasetGroup', { name: 'other' }).datasetGroupArn;
    const { eventTrackerArn, trackingId } = createTracker();
    passTime(8000);
    const throttle = { times: 1, fault: 'throttle' } as const;
    simulator.addFault({ ...throttle, operation: 'DescribeEventTracker', datasetGroupArn: other });
    expect(statusOf(eventTrackerArn)).toBe('ACTIVE');
    simulator.addFault({ ...throttle, operation: 'DescribeEventTracker', datasetGroupArn: DEMO });
    expect(statusOf(eventTrackerArn)).toBe('LimitExceededException');
    simulator.addFault({ ...throttle, operation: 'PutEvents', datasetGroupArn: DEMO });
    expect(answerOf('PutEvents', { trackingId, sessionId: 's', eventList: [event] })).toBe('LimitExceededException');
    succeed('DeleteEventTracker', { eventTrackerArn });
    passTime(3000);
    simulator.addFault({ ...throttle, operation: 'DescribeEventTracker', datasetGroupArn: DEMO });
    expect(statusOf(eventTrackerArn)).toBe('LimitExceededException');
    expect(statusOf(eventTrackerArn)).toBe('ResourceNotFoundException');
    expect(simulator.faults()).toEqual([{ ...throttle, operation: 'DescribeEventTracker', datasetGroupArn: other }]);
  });
});

describe('persistence', () => {
  test('faults, timing, calls and interactions survive a restart', () => {
    const directory = newDirectory();
    const first = open({ directory });
    const { trackingId } = succeed('CreateEventTracker', { name: 'a', datasetGroupArn: DEMO }, first);
    passTime(8000);
    succeed('PutEvents', { trackingId, sessionId: 's', eventList: [event] }, first);
    first.addFault({ operation: 'PutEvents', times: 3, fault: 'throttle' });
    answerOf('PutEvents', { trackingId, sessionId: 's', eventList: [event] }, first);
    first.setTiming({ createPendingMs: 1 });
    // Not closed, because a killed process does not close it either.
    const restarted = open({ directory });
    expect(restarted.faults()).toEqual([{ operation: 'PutEvents', times: 2, fault: 'throttle' }]);
    expect(restarted.timing).toEqual({ ...simulator.timing, createPendingMs: 1 });
    expect(restarted.calls()).toEqual(first.calls());
    expect(restarted.interactions()).toEqual(first.interactions());
    restarted.clearFaults();
    restarted.clearCalls();
    const again = open({ directory });
    expect([again.faults(), again.calls()]).toEqual([[], []]);
  });

  test('the demo group is created only once, and stays deleted', () => {
    const directory = newDirectory();
    const groups = (core: PersonalizeSimulator) => succeed('ListDatasetGroups', {}, core).datasetGroups;
    const first = open({ directory });
    first.seedDemoGroup();
    expect(groups(first)).toMatchObject([{ name: 'acme-shop', status: 'ACTIVE' }]);
    succeed('DeleteDataset', { datasetArn: `${ARN}dataset/acme-shop/INTERACTIONS` }, first);
    succeed('DeleteDatasetGroup', { datasetGroupArn: DEMO }, first);
    passTime(1000);
    expect(groups(open({ directory }))).toEqual([]);
  });

  test('the log of calls shows no tracking ID, session or user, and shortens long tags', () => {
    const { trackingId } = createTracker('x');
    passTime(8000);
    succeed('PutEvents', { trackingId, sessionId: 'secret-session', userId: 'secret-user', eventList: [event, event] });
    answerOf('CreateSchema', { name: 's', schema: 'x'.repeat(1_000_000), trackingId });
    const calls = simulator.calls();
    expect(calls.map(({ operation, outcome }) => [operation, outcome])).toEqual([
      ['CreateEventTracker', 'OK'],
      ['PutEvents', 'OK'],
      ['CreateSchema', 'InvalidInputException'],
    ]);
    expect(calls[1]?.parameters).toEqual({ events: 2 });
    const text = JSON.stringify(calls);
    for (const secret of [trackingId, 'secret-session', 'secret-user']) expect(text).not.toContain(secret);
    expect(text.length).toBeLessThan(2000);
  });

  test('the newest 10,000 calls are kept', () => {
    for (let i = 0; i < 10_001; i++) simulator.call('ListSchemas', { maxResults: (i % 100) + 1 });
    expect(simulator.calls()).toHaveLength(10_000);
    expect(simulator.calls()[0]?.parameters).toEqual({ maxResults: 2 });
  });
});

test('5,000 dataset groups can each have a tracker that is listed and described, as the benchmarks require', () => {
  const { schemaArn } = succeed('CreateSchema', { name: 's', schema: SCHEMA });
  const names = Array.from({ length: 5000 }, (_, i) => `g-${i}`);
  for (const name of names) succeed('CreateDatasetGroup', { name });
  passTime(1000);
  for (const name of names) {
    const datasetGroupArn = `${ARN}dataset-group/${name}`;
    succeed('CreateDataset', { name, schemaArn, datasetGroupArn, datasetType: 'Interactions' });
    const { eventTrackerArn } = succeed('CreateEventTracker', { name, datasetGroupArn });
    expect(succeed('ListEventTrackers', { datasetGroupArn }).eventTrackers).toMatchObject([{ eventTrackerArn }]);
    expect(statusOf(eventTrackerArn)).toBe('CREATE PENDING');
  }
});
