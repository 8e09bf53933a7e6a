import { describe, expect, test } from 'vitest';
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
  SCHEMA,
  START,
  setTime,
  simulator,
  startForEachTest,
  statusOf,
  succeed,
} from './simulation.ts';

startForEachTest();

describe('the life cycle of a tracker', () => {
  test('goes from CREATE PENDING through CREATE IN_PROGRESS to ACTIVE, and shows when it entered each status', () => {
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
    setTime(1999);
    expect(described().status).toBe('CREATE PENDING');
    setTime(2000);
    expect(described()).toMatchObject({ status: 'CREATE IN_PROGRESS', lastUpdatedDateTime: START / 1000 + 2 });
    setTime(7999);
    expect(described().status).toBe('CREATE IN_PROGRESS');
    setTime(999_000);
    expect(described()).toMatchObject({ status: 'ACTIVE', lastUpdatedDateTime: START / 1000 + 8 });
  });

  test('has less to go after advance, which changes neither what has been nor what begins later', () => {
    const { eventTrackerArn } = createTracker();
    const described = () => succeed('DescribeEventTracker', { eventTrackerArn }).eventTracker;
    setTime(1000);
    simulator.advance(1500);
    expect(described()).toMatchObject({ status: 'CREATE IN_PROGRESS', lastUpdatedDateTime: START / 1000 + 1 });
    setTime(6499);
    expect(described().status).toBe('CREATE IN_PROGRESS');
    simulator.advance(60_000);
    expect(described()).toMatchObject({ status: 'ACTIVE', creationDateTime: START / 1000 });
    succeed('DeleteEventTracker', { eventTrackerArn });
    expect(statusOf(eventTrackerArn)).toBe('DELETE PENDING');
    simulator.advance(1000);
    expect(statusOf(eventTrackerArn)).toBe('DELETE IN_PROGRESS');
    simulator.advance(2000);
    expect(statusOf(eventTrackerArn)).toBe('ResourceNotFoundException');
  });

  test('ends through DELETE PENDING and DELETE IN_PROGRESS, and then the dataset group can have another tracker', () => {
    const first = createTracker();
    passTime(8000);
    succeed('DeleteEventTracker', { eventTrackerArn: first.eventTrackerArn });
    expect(statusOf(first.eventTrackerArn)).toBe('DELETE PENDING');
    passTime(1000);
    expect(statusOf(first.eventTrackerArn)).toBe('DELETE IN_PROGRESS');
    expect(answerOf('DeleteEventTracker', { eventTrackerArn: first.eventTrackerArn })).toBe('ResourceInUseException');
    expect(answerOf('CreateEventTracker', { name: 'b', datasetGroupArn: DEMO })).toBe('ResourceAlreadyExistsException');
    expect(listed()).toEqual([first.eventTrackerArn]);
    passTime(2000);
    expect(statusOf(first.eventTrackerArn)).toBe('ResourceNotFoundException');
    expect(answerOf('DeleteEventTracker', { eventTrackerArn: first.eventTrackerArn })).toBe(
      'ResourceNotFoundException',
    );
    expect(listed()).toEqual([]);
    const second = createTracker();
    expect(second.eventTrackerArn).not.toBe(first.eventTrackerArn);
    expect(second.trackingId).not.toBe(first.trackingId);
  });

  test('can be deleted from ACTIVE and CREATE FAILED only', () => {
    simulator.addFault({ operation: 'CreateEventTracker', times: 1, fault: 'create-failed' });
    const { eventTrackerArn } = createTracker();
    for (const at of [0, 2000]) {
      setTime(at);
      expect(answerOf('DeleteEventTracker', { eventTrackerArn })).toBe('ResourceInUseException');
    }
    setTime(8000);
    expect(statusOf(eventTrackerArn)).toBe('CREATE FAILED');
    expect(answerOf('CreateEventTracker', { name: 'b', datasetGroupArn: DEMO })).toBe('ResourceAlreadyExistsException');
    succeed('DeleteEventTracker', { eventTrackerArn });
    expect(statusOf(eventTrackerArn)).toBe('DELETE PENDING');
  });

  test('keeps the timing that was set when it was created', () => {
    const { eventTrackerArn } = createTracker();
    simulator.setTiming({ createPendingMs: 0, createInProgressMs: 0, deletePendingMs: 0, deleteInProgressMs: 0 });
    expect(statusOf(eventTrackerArn)).toBe('CREATE PENDING');
    passTime(8000);
    succeed('DeleteEventTracker', { eventTrackerArn });
    expect(statusOf(eventTrackerArn)).toBe('ResourceNotFoundException');
    expect(statusOf(createTracker().eventTrackerArn)).toBe('ACTIVE');
  });

  test('does not return to an earlier status when the clock goes back', () => {
    const { eventTrackerArn } = createTracker();
    passTime(8000);
    expect(statusOf(eventTrackerArn)).toBe('ACTIVE');
    passTime(-5000);
    expect(statusOf(eventTrackerArn)).toBe('ACTIVE');
  });

  test('progresses after the clock was set back, even after a restart', () => {
    const directory = newDirectory();
    const first = open({ directory });
    const { eventTrackerArn } = createTracker('tracker', first);
    passTime(-3_600_000);
    expect(statusOf(eventTrackerArn, first)).toBe('CREATE PENDING');
    passTime(8000);
    expect(statusOf(eventTrackerArn, first)).toBe('ACTIVE');
    succeed('DeleteEventTracker', { eventTrackerArn }, first);
    first.close();
    passTime(-3_600_000);
    const restarted = open({ directory });
    expect(statusOf(eventTrackerArn, restarted)).toBe('DELETE PENDING');
    passTime(3000);
    expect(statusOf(eventTrackerArn, restarted)).toBe('ResourceNotFoundException');
    const second = createTracker('tracker', restarted);
    passTime(8000);
    expect(statusOf(second.eventTrackerArn, restarted)).toBe('ACTIVE');
  });
});

describe('the prerequisites of a tracker', () => {
  test('are an ACTIVE dataset group and its Interactions dataset', () => {
    const create = (group: string) => answerOf('CreateEventTracker', { name: 'a', datasetGroupArn: group });
    expect(create(`${ARN}dataset-group/nobody`)).toBe('ResourceNotFoundException');
    const { datasetGroupArn } = succeed('CreateDatasetGroup', { name: 'fresh' });
    expect(create(datasetGroupArn)).toBe('ResourceInUseException');
    passTime(1000);
    expect(create(datasetGroupArn)).toBe('InvalidInputException');
    const { schemaArn } = succeed('CreateSchema', { name: 's', schema: SCHEMA });
    succeed('CreateDataset', { name: 'd', schemaArn, datasetGroupArn, datasetType: 'interactions' });
    expect(create(datasetGroupArn)).toMatchObject({ trackingId: expect.any(String) });
  });

  test('require the deletion order: tracker, Interactions dataset, dataset group', () => {
    const datasetArn = `${ARN}dataset/acme-shop/INTERACTIONS`;
    const { eventTrackerArn } = createTracker();
    passTime(8000);
    const inUse = 'ResourceInUseException';
    expect(answerOf('DeleteDataset', { datasetArn })).toBe(inUse);
    expect(answerOf('DeleteDatasetGroup', { datasetGroupArn: DEMO })).toBe(inUse);
    succeed('DeleteEventTracker', { eventTrackerArn });
    expect(answerOf('DeleteDataset', { datasetArn })).toBe(inUse);
    passTime(3000);
    expect(answerOf('DeleteDatasetGroup', { datasetGroupArn: DEMO })).toBe(inUse);
    succeed('DeleteDataset', { datasetArn });
    succeed('DeleteDatasetGroup', { datasetGroupArn: DEMO });
    const group = () => answerOf('DescribeDatasetGroup', { datasetGroupArn: DEMO });
    expect(group()).toMatchObject({ datasetGroup: { status: 'DELETE PENDING' } });
    expect(answerOf('CreateDatasetGroup', { name: 'acme-shop' })).toBe('ResourceAlreadyExistsException');
    passTime(1000);
    expect(group()).toBe('ResourceNotFoundException');
    succeed('CreateDatasetGroup', { name: 'acme-shop' });
    expect(group()).toMatchObject({ datasetGroup: { status: 'CREATE PENDING' } });
  });

  test('do not apply to the tracker of an Action_Interactions dataset, which is listed, does not count, and is deleted with its dataset', () => {
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

  test('the quota of dataset groups counts existing ones, and is off by default', () => {
    const strict = open({ datasetGroupQuota: 2 });
    succeed('CreateDatasetGroup', { name: 'second' }, strict);
    expect(answerOf('CreateDatasetGroup', { name: 'third' }, strict)).toBe('LimitExceededException');
    passTime(1000);
    succeed('DeleteDatasetGroup', { datasetGroupArn: `${ARN}dataset-group/second` }, strict);
    passTime(1000);
    succeed('CreateDatasetGroup', { name: 'third' }, strict);
    for (let i = 0; i < 20; i++) succeed('CreateDatasetGroup', { name: `group-${i}` });
  });

  test('the quota survives a restart', () => {
    const directory = newDirectory();
    const before = open({ directory });
    expect(before.quotas).toEqual({ datasetGroups: null });
    before.setQuotas({ datasetGroups: 7 });
    before.close();
    expect(open({ directory }).quotas).toEqual({ datasetGroups: 7 });
  });
});

describe('PutEvents', () => {
  const put = (trackingId: string, more: object = {}) =>
    answerOf('PutEvents', { trackingId, sessionId: 's', eventList: [event], ...more });

  test('is accepted while the tracker is ACTIVE, and stored in the Interactions dataset without the tracking ID', () => {
    const { eventTrackerArn, trackingId } = createTracker();
    expect(put(trackingId)).toBe('InvalidInputException');
    passTime(8000);
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
    ['properties that are not JSON', properties('{'), 'Error parsing properties json'],
    ['properties that are a list', properties('[]'), 'Error parsing properties json'],
    ['a reserved property', properties('{"UserID":"u"}'), 'reserved key UserID'],
    ['an empty impression', { eventList: [{ ...event, impression: [] }] }, "'eventList.1.member.impression'"],
  ])('%s is refused, and the error names the field but not its value', (_, more, message) => {
    const { trackingId } = createTracker();
    passTime(8000);
    const reply = simulator.call('PutEvents', { trackingId, sessionId: 'session', eventList: [event], ...more });
    expect(reply).toMatchObject({ kind: 'error', error: { code: 'InvalidInputException' } });
    if (reply.kind !== 'error') return;
    expect(reply.error.message).toContain(message);
    expect(reply.error.message).not.toContain(trackingId);
    expect(simulator.interactions()).toEqual({});
  });

  test('properties of 1024 characters are accepted', () => {
    const { trackingId } = createTracker();
    passTime(8000);
    expect(put(trackingId, properties(`{"a":"${'b'.repeat(1016)}"}`))).toBeUndefined();
  });
});
