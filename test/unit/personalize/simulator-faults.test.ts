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
  oneForEachTest,
  open,
  passTime,
  replaceSimulator,
  SCHEMA,
  START,
  setTime,
  simulator,
  statusOf,
  succeed,
} from './simulation.ts';

oneForEachTest();

describe('faults in time', () => {
  const lateCreate = { operation: 'CreateEventTracker', times: 1, fault: 'late-act', delayMs: 5000 } as const;

  test('a late act lands at its time, as if it had been called then, whenever somebody looks', () => {
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

  test('a late act is validated when it lands, and the landing is listed with its outcome', () => {
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

  test('a late act with afterNextCall takes effect right after the next such call on its group, and never before', () => {
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

  test('late acts land in the order of their times, also after a restart', () => {
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

  test('a stuck tracker stays CREATE IN_PROGRESS; one stuck on its way out stays DELETE IN_PROGRESS', () => {
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

  test('a stale list and a stale describe do not know what was made within their lag, 60 s by default', () => {
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

  test('a fault for a dataset group meets calls that name a tracker of it only, also one that is gone', () => {
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

describe('what survives', () => {
  test('faults, timing, calls and interactions are there after a restart', () => {
    const directory = newDirectory();
    const first = open({ directory });
    const { trackingId } = succeed('CreateEventTracker', { name: 'a', datasetGroupArn: DEMO }, first);
    passTime(8000);
    succeed('PutEvents', { trackingId, sessionId: 's', eventList: [event] }, first);
    first.addFault({ operation: 'PutEvents', times: 3, fault: 'throttle' });
    answerOf('PutEvents', { trackingId, sessionId: 's', eventList: [event] }, first);
    first.setTiming({ createPendingMs: 1 });
    // Not closed: a killed process does not close either.
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

  test('the demo group is made once, and stays deleted', () => {
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

  test('calls show no tracking ID, session, user or tag of a length that floods', () => {
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

  test('of the calls the newest 10,000 are kept', () => {
    for (let i = 0; i < 10_001; i++) simulator.call('ListSchemas', { maxResults: (i % 100) + 1 });
    expect(simulator.calls()).toHaveLength(10_000);
    expect(simulator.calls()[0]?.parameters).toEqual({ maxResults: 2 });
  });
});

test('5,000 groups have a tracker each, listed by its group and described (the benchmarks rest on it)', () => {
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
