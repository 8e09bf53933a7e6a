import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { OperationName, Outputs } from '../../../infra/local/personalize/operations.ts';
import { PersonalizeSimulator, type SimulatorOptions } from '../../../infra/local/personalize/simulator.ts';

const ARN = 'arn:aws:personalize:us-east-1:123456789012:';
const DEMO = `${ARN}dataset-group/acme-shop`;
const START = Date.UTC(2025, 0, 1);
const SCHEMA = JSON.stringify({ type: 'record', name: 'X', fields: [{ name: 'USER_ID', type: 'string' }] });

let now = START;
let simulator: PersonalizeSimulator;
const open = (options: Partial<SimulatorOptions> = {}) => {
  const opened = new PersonalizeSimulator({ clock: () => now, ...options });
  opened.seedDemoGroup();
  return opened;
};
const newDirectory = () => mkdtempSync(join(tmpdir(), 'personalize-'));
beforeEach(() => {
  now = START;
  simulator = open();
});

/** The output, or the code of the error, or `cut` or `garbled`. */
function answerOf(operation: OperationName, input: Record<string, unknown>, core = simulator): unknown {
  const reply = core.call(operation, input);
  if (reply.kind === 'cut' || reply.kind === 'garbled') return reply.kind;
  return reply.kind === 'error' ? reply.error.code : reply.output;
}
function succeed<N extends OperationName>(operation: N, input: Record<string, unknown>, core = simulator): Outputs[N] {
  const reply = core.call(operation, input);
  if (reply.kind !== 'output') throw new Error(`${operation} gave ${JSON.stringify(reply)}`);
  return reply.output;
}
const createTracker = (name = 'tracker') => succeed('CreateEventTracker', { name, datasetGroupArn: DEMO });
const statusOf = (eventTrackerArn: string, core = simulator): string => {
  const reply = core.call('DescribeEventTracker', { eventTrackerArn });
  if (reply.kind === 'output') return reply.output.eventTracker.status;
  return reply.kind === 'error' ? reply.error.code : 'cut';
};
const listed = (core = simulator) =>
  succeed('ListEventTrackers', { datasetGroupArn: DEMO }, core).eventTrackers.map((tracker) => tracker.eventTrackerArn);
const event = { eventType: 'click', sentAt: 1_700_000_000 };

describe('the life of a tracker', () => {
  test('goes from CREATE PENDING over CREATE IN_PROGRESS to ACTIVE, each state told with when it was entered', () => {
    const { eventTrackerArn, trackingId } = createTracker();
    const described = () => succeed('DescribeEventTracker', { eventTrackerArn }).eventTracker;
    expect(described()).toEqual({
      name: 'tracker',
      eventTrackerArn,
      accountId: '123456789012',
      trackingId,
      datasetGroupArn: DEMO,
      status: 'CREATE PENDING',
      creationDateTime: START / 1000,
      lastUpdatedDateTime: START / 1000,
    });
    now = START + 1999;
    expect(described().status).toBe('CREATE PENDING');
    now = START + 2000;
    expect(described()).toMatchObject({ status: 'CREATE IN_PROGRESS', lastUpdatedDateTime: START / 1000 + 2 });
    now = START + 7999;
    expect(described().status).toBe('CREATE IN_PROGRESS');
    now = START + 999_000;
    expect(described()).toMatchObject({ status: 'ACTIVE', lastUpdatedDateTime: START / 1000 + 8 });
  });

  test('ends over DELETE PENDING and DELETE IN_PROGRESS in not being there, and the group may have another', () => {
    const first = createTracker();
    now += 8000;
    succeed('DeleteEventTracker', { eventTrackerArn: first.eventTrackerArn });
    expect(statusOf(first.eventTrackerArn)).toBe('DELETE PENDING');
    now += 1000;
    expect(statusOf(first.eventTrackerArn)).toBe('DELETE IN_PROGRESS');
    expect(answerOf('DeleteEventTracker', { eventTrackerArn: first.eventTrackerArn })).toBe('ResourceInUseException');
    expect(answerOf('CreateEventTracker', { name: 'b', datasetGroupArn: DEMO })).toBe('ResourceAlreadyExistsException');
    expect(listed()).toEqual([first.eventTrackerArn]);
    now += 2000;
    expect(statusOf(first.eventTrackerArn)).toBe('ResourceNotFoundException');
    expect(answerOf('DeleteEventTracker', { eventTrackerArn: first.eventTrackerArn })).toBe(
      'ResourceNotFoundException',
    );
    expect(listed()).toEqual([]);
    const second = createTracker();
    expect(second.eventTrackerArn).not.toBe(first.eventTrackerArn);
    expect(second.trackingId).not.toBe(first.trackingId);
  });

  test('is deleted from ACTIVE and CREATE FAILED only', () => {
    simulator.addFault({ operation: 'CreateEventTracker', times: 1, fault: 'create-failed' });
    const { eventTrackerArn } = createTracker();
    for (const at of [0, 2000]) {
      now = START + at;
      expect(answerOf('DeleteEventTracker', { eventTrackerArn })).toBe('ResourceInUseException');
    }
    now = START + 8000;
    expect(statusOf(eventTrackerArn)).toBe('CREATE FAILED');
    expect(answerOf('CreateEventTracker', { name: 'b', datasetGroupArn: DEMO })).toBe('ResourceAlreadyExistsException');
    succeed('DeleteEventTracker', { eventTrackerArn });
    expect(statusOf(eventTrackerArn)).toBe('DELETE PENDING');
  });

  test('keeps the timing it began with', () => {
    const { eventTrackerArn } = createTracker();
    simulator.setTiming({ createPendingMs: 0, createInProgressMs: 0, deletePendingMs: 0, deleteInProgressMs: 0 });
    expect(statusOf(eventTrackerArn)).toBe('CREATE PENDING');
    now += 8000;
    succeed('DeleteEventTracker', { eventTrackerArn });
    expect(statusOf(eventTrackerArn)).toBe('ResourceNotFoundException');
    expect(statusOf(createTracker().eventTrackerArn)).toBe('ACTIVE');
  });

  test('does not go back when the clock does', () => {
    const { eventTrackerArn } = createTracker();
    now += 8000;
    expect(statusOf(eventTrackerArn)).toBe('ACTIVE');
    now -= 5000;
    expect(statusOf(eventTrackerArn)).toBe('ACTIVE');
  });
});

describe('what a tracker needs', () => {
  test('a group that is there, ACTIVE and has an Interactions dataset', () => {
    const create = (group: string) => answerOf('CreateEventTracker', { name: 'a', datasetGroupArn: group });
    expect(create(`${ARN}dataset-group/nobody`)).toBe('ResourceNotFoundException');
    const { datasetGroupArn } = succeed('CreateDatasetGroup', { name: 'fresh' });
    expect(create(datasetGroupArn)).toBe('ResourceInUseException');
    now += 1000;
    expect(create(datasetGroupArn)).toBe('InvalidInputException');
    const { schemaArn } = succeed('CreateSchema', { name: 's', schema: SCHEMA });
    succeed('CreateDataset', { name: 'd', schemaArn, datasetGroupArn, datasetType: 'interactions' });
    expect(create(datasetGroupArn)).toMatchObject({ trackingId: expect.any(String) });
  });

  test('the tracker goes before its Interactions dataset, and all before the group', () => {
    const datasetArn = `${ARN}dataset/acme-shop/INTERACTIONS`;
    const { eventTrackerArn } = createTracker();
    now += 8000;
    const inUse = 'ResourceInUseException';
    expect(answerOf('DeleteDataset', { datasetArn })).toBe(inUse);
    expect(answerOf('DeleteDatasetGroup', { datasetGroupArn: DEMO })).toBe(inUse);
    succeed('DeleteEventTracker', { eventTrackerArn });
    expect(answerOf('DeleteDataset', { datasetArn })).toBe(inUse);
    now += 3000;
    expect(answerOf('DeleteDatasetGroup', { datasetGroupArn: DEMO })).toBe(inUse);
    succeed('DeleteDataset', { datasetArn });
    succeed('DeleteDatasetGroup', { datasetGroupArn: DEMO });
    const group = () => answerOf('DescribeDatasetGroup', { datasetGroupArn: DEMO });
    expect(group()).toMatchObject({ datasetGroup: { status: 'DELETE PENDING' } });
    expect(answerOf('CreateDatasetGroup', { name: 'acme-shop' })).toBe('ResourceAlreadyExistsException');
    now += 1000;
    expect(group()).toBe('ResourceNotFoundException');
    succeed('CreateDatasetGroup', { name: 'acme-shop' });
    expect(group()).toMatchObject({ datasetGroup: { status: 'CREATE PENDING' } });
  });

  test('an Action_Interactions dataset brings a tracker that is listed, does not count, and goes with it', () => {
    const schemaArn = `${ARN}schema/acme-shop-interactions`;
    const { datasetArn } = succeed('CreateDataset', {
      name: 'actions',
      schemaArn,
      datasetGroupArn: DEMO,
      datasetType: 'Action_Interactions',
    });
    const { trackingId } = succeed('DescribeDataset', { datasetArn }).dataset;
    const [actionTracker] = listed();
    if (actionTracker === undefined) throw new Error('the tracker of the dataset is not listed');
    expect(succeed('DescribeEventTracker', { eventTrackerArn: actionTracker }).eventTracker).toMatchObject({
      trackingId,
      status: 'ACTIVE',
      datasetGroupArn: DEMO,
    });
    const own = createTracker();
    expect(listed()).toEqual([actionTracker, own.eventTrackerArn]);
    expect(own.trackingId).not.toBe(trackingId);
    expect(answerOf('DeleteEventTracker', { eventTrackerArn: actionTracker })).toBe('ResourceInUseException');
    expect(answerOf('PutEvents', { trackingId, sessionId: 's', eventList: [event] })).toBe('InvalidInputException');
    succeed('DeleteDataset', { datasetArn });
    expect(listed()).toEqual([own.eventTrackerArn]);
    expect(statusOf(actionTracker)).toBe('ResourceNotFoundException');
  });

  test('a quota of dataset groups counts those that are there, and is off unless set', () => {
    const strict = open({ datasetGroupQuota: 2 });
    succeed('CreateDatasetGroup', { name: 'second' }, strict);
    expect(answerOf('CreateDatasetGroup', { name: 'third' }, strict)).toBe('LimitExceededException');
    now += 1000;
    succeed('DeleteDatasetGroup', { datasetGroupArn: `${ARN}dataset-group/second` }, strict);
    now += 1000;
    succeed('CreateDatasetGroup', { name: 'third' }, strict);
    for (let i = 0; i < 20; i++) succeed('CreateDatasetGroup', { name: `group-${i}` });
  });
});

describe('PutEvents', () => {
  const put = (trackingId: string, more: object = {}) =>
    answerOf('PutEvents', { trackingId, sessionId: 's', eventList: [event], ...more });

  test('is taken while the tracker is ACTIVE, and lies in the Interactions dataset without the tracking ID', () => {
    const { eventTrackerArn, trackingId } = createTracker();
    expect(put(trackingId)).toBe('InvalidInputException');
    now += 8000;
    expect(put(trackingId, { userId: 'u', eventList: [{ ...event, eventId: 'e1', itemId: 'i' }] })).toBeUndefined();
    succeed('DeleteEventTracker', { eventTrackerArn });
    expect(put(trackingId)).toBe('InvalidInputException');
    expect(simulator.interactions()).toEqual({
      [`${ARN}dataset/acme-shop/INTERACTIONS`]: [{ ...event, eventId: 'e1', itemId: 'i', sessionId: 's', userId: 'u' }],
    });
    expect(JSON.stringify(simulator.interactions())).not.toContain(trackingId);
  });

  const properties = (value: unknown) => ({ eventList: [{ ...event, properties: value }] });
  test.each([
    ['no event', { eventList: [] }, "'eventList'"],
    ['11 events', { eventList: Array(11).fill(event) }, "'eventList'"],
    ['no session', { sessionId: undefined }, "'sessionId'"],
    ['a session of 257', { sessionId: 's'.repeat(257) }, "'sessionId'"],
    ['no event type', { eventList: [{ sentAt: 1 }] }, "'eventList.1.member.eventType'"],
    ['no time', { eventList: [event, { eventType: 'a' }] }, "'eventList.2.member.sentAt'"],
    ['properties of 1025', properties(`{"a":"${'b'.repeat(1017)}"}`), "'eventList.1.member.properties'"],
    ['properties that are no JSON', properties('{'), 'Error parsing properties json'],
    ['properties that are a list', properties('[]'), 'Error parsing properties json'],
    ['a reserved property', properties('{"UserID":"u"}'), 'reserved key UserID'],
    ['an impression of none', { eventList: [{ ...event, impression: [] }] }, "'eventList.1.member.impression'"],
  ])('%s is refused with the field, not with its value', (_, more, message) => {
    const { trackingId } = createTracker();
    now += 8000;
    const reply = simulator.call('PutEvents', { trackingId, sessionId: 'session', eventList: [event], ...more });
    expect(reply).toMatchObject({ kind: 'error', error: { code: 'InvalidInputException' } });
    if (reply.kind !== 'error') return;
    expect(reply.error.message).toContain(message);
    expect(reply.error.message).not.toContain(trackingId);
    expect(simulator.interactions()).toEqual({});
  });

  test('properties of 1024 characters are taken', () => {
    const { trackingId } = createTracker();
    now += 8000;
    expect(put(trackingId, properties(`{"a":"${'b'.repeat(1016)}"}`))).toBeUndefined();
  });
});

describe('faults in time', () => {
  const lateCreate = { operation: 'CreateEventTracker', times: 1, fault: 'late-act', delayMs: 5000 } as const;

  test('a late act lands at its time, as if it had been called then, whenever somebody looks', () => {
    simulator.addFault(lateCreate);
    expect(answerOf('CreateEventTracker', { name: 'late', datasetGroupArn: DEMO })).toBe('cut');
    now = START + 4999;
    expect(listed()).toEqual([]);
    now = START + 60_000;
    const [arn = ''] = listed();
    expect(succeed('DescribeEventTracker', { eventTrackerArn: arn }).eventTracker).toMatchObject({
      name: 'late',
      status: 'ACTIVE',
      creationDateTime: START / 1000 + 5,
    });
  });

  test('a late act is validated when it lands, and the landing is told with what came of it', () => {
    simulator.addFault(lateCreate);
    answerOf('CreateEventTracker', { name: 'late', datasetGroupArn: DEMO });
    now = START + 1000;
    const { eventTrackerArn } = createTracker('early');
    now = START + 6000;
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

  test('late acts land in the order of their times, also after a restart', () => {
    const directory = newDirectory();
    const first = open({ directory });
    first.addFault({ ...lateCreate, delayMs: 20_000 });
    first.addFault({ ...lateCreate, delayMs: 5000 });
    answerOf('CreateEventTracker', { name: 'slow', datasetGroupArn: DEMO }, first);
    answerOf('CreateEventTracker', { name: 'quick', datasetGroupArn: DEMO }, first);
    now += 60_000;
    const restarted = open({ directory });
    expect(succeed('ListEventTrackers', {}, restarted).eventTrackers.map(({ name }) => name)).toEqual(['quick']);
    expect(listed(open({ directory }))).toEqual(listed(restarted));
  });

  test('a stuck tracker stays CREATE IN_PROGRESS; one stuck on its way out stays DELETE IN_PROGRESS', () => {
    simulator.addFault({ operation: 'CreateEventTracker', times: 1, fault: 'stuck', datasetGroupArn: DEMO });
    const { eventTrackerArn } = createTracker();
    expect(statusOf(eventTrackerArn)).toBe('CREATE PENDING');
    now += 1e9;
    expect(statusOf(eventTrackerArn)).toBe('CREATE IN_PROGRESS');
    expect(answerOf('DeleteEventTracker', { eventTrackerArn })).toBe('ResourceInUseException');

    simulator = open();
    const other = createTracker();
    now += 8000;
    simulator.addFault({ operation: 'DeleteEventTracker', times: 1, fault: 'stuck', datasetGroupArn: DEMO });
    succeed('DeleteEventTracker', { eventTrackerArn: other.eventTrackerArn });
    now += 1e9;
    expect(statusOf(other.eventTrackerArn)).toBe('DELETE IN_PROGRESS');
  });

  test('a stale list and a stale describe do not know what was made within their lag, 60 s unless told', () => {
    const stale = { operation: 'ListEventTrackers', times: 1, fault: 'stale-list' } as const;
    const { eventTrackerArn } = createTracker();
    now += 59_999;
    simulator.addFault(stale);
    expect(listed()).toEqual([]);
    expect(listed()).toEqual([eventTrackerArn]);
    simulator.addFault({ operation: 'DescribeEventTracker', times: 1, fault: 'stale-describe' });
    expect(statusOf(eventTrackerArn)).toBe('ResourceNotFoundException');
    simulator.addFault({ ...stale, delayMs: 1000 });
    expect(listed()).toEqual([eventTrackerArn]);
    now += 2;
    simulator.addFault(stale);
    expect(listed()).toEqual([eventTrackerArn]);
  });

  test('a fault for a dataset group meets calls that name a tracker of it only, also one that is gone', () => {
    const other = succeed('CreateDatasetGroup', { name: 'other' }).datasetGroupArn;
    const { eventTrackerArn, trackingId } = createTracker();
    now += 8000;
    const throttle = { times: 1, fault: 'throttle' } as const;
    simulator.addFault({ ...throttle, operation: 'DescribeEventTracker', datasetGroupArn: other });
    expect(statusOf(eventTrackerArn)).toBe('ACTIVE');
    simulator.addFault({ ...throttle, operation: 'DescribeEventTracker', datasetGroupArn: DEMO });
    expect(statusOf(eventTrackerArn)).toBe('LimitExceededException');
    simulator.addFault({ ...throttle, operation: 'PutEvents', datasetGroupArn: DEMO });
    expect(answerOf('PutEvents', { trackingId, sessionId: 's', eventList: [event] })).toBe('LimitExceededException');
    succeed('DeleteEventTracker', { eventTrackerArn });
    now += 3000;
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
    now += 8000;
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
    now += 1000;
    expect(groups(open({ directory }))).toEqual([]);
  });

  test('calls tell no tracking ID, session, user or tag of a length that floods', () => {
    const { trackingId } = createTracker('x');
    now += 8000;
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

test('5,000 groups with a tracker each are made, listed by group and described in a moment (the benchmarks rest on it)', () => {
  const { schemaArn } = succeed('CreateSchema', { name: 's', schema: SCHEMA });
  const begun = performance.now();
  const names = Array.from({ length: 5000 }, (_, i) => `g-${i}`);
  for (const name of names) succeed('CreateDatasetGroup', { name });
  now += 1000;
  for (const name of names) {
    const datasetGroupArn = `${ARN}dataset-group/${name}`;
    succeed('CreateDataset', { name, schemaArn, datasetGroupArn, datasetType: 'Interactions' });
    const { eventTrackerArn } = succeed('CreateEventTracker', { name, datasetGroupArn });
    expect(succeed('ListEventTrackers', { datasetGroupArn }).eventTrackers).toMatchObject([{ eventTrackerArn }]);
    expect(statusOf(eventTrackerArn)).toBe('CREATE PENDING');
  }
  expect(performance.now() - begun).toBeLessThan(8000);
});
