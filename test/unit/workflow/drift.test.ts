import { expect, test } from 'vitest';
import { DEPLOYMENT_TAG, ownershipTags, TRACKER_ID_TAG } from '../../../functions/tracker/ownership.ts';
import { isIdle } from '../../../functions/tracker/record.ts';
import { DEPLOYMENT, GROUP, TAGS, World } from '../../world/world.ts';

const active = async () => {
  const world = new World();
  await world.ask();
  await world.run();
  world.time += 3_600_000;
  return world;
};
const deleteOutOfBand = (world: World) => {
  world.personalize.core.call('DeleteEventTracker', { eventTrackerArn: world.record.eventTrackerArn });
  world.time += 60_000;
};
const kinds = (world: World) =>
  world.received.map((event) => ('drift' in event.data ? event.data.drift : event.data.status));

test('without drift the check makes one list call and reports nothing', async () => {
  const world = await active();
  world.personalize.core.clearCalls();
  expect(await world.drift()).toMatchObject({ checked: 1, drifted: 0 });
  const calls = world.personalize.core.calls().map(({ operation }) => operation);
  expect(calls).toEqual(['ListEventTrackers', 'ListTagsForResource']);
  expect(kinds(world)).toEqual(['ACTIVE']);
});

test('a tracker deleted out of band is recorded, and reported as a State Change and as Drift Detected', async () => {
  const world = await active();
  const { eventTrackerArn } = world.record;
  deleteOutOfBand(world);
  expect(await world.drift()).toMatchObject({ drifted: 1 });
  await world.run();
  expect(world.record).toMatchObject({ status: 'DELETED', failure: { code: 'DELETED_OUT_OF_BAND' }, generation: 1 });
  expect(isIdle(world.record)).toBe(true);
  expect(kinds(world)).toEqual(['ACTIVE', 'DELETED', 'DELETED_OUT_OF_BAND']);
  expect(world.received[2]?.data).toMatchObject({ eventTrackerArn });
  // The log, the failure and the event use the same name for the drift.
  expect(world.warned).toEqual([{ message: 'drift', trackerId: world.record.trackerId, drift: 'DELETED_OUT_OF_BAND' }]);
  // It is reported only once.
  await world.drift();
  await world.run();
  expect(world.received).toHaveLength(3);
});

test('with RECREATE_MISSING a missing tracker is created again, under a new generation', async () => {
  const world = await active();
  const { trackingId } = world.record;
  deleteOutOfBand(world);
  await world.drift({ recreateMissing: true });
  await world.run();
  expect(world.record).toMatchObject({ status: 'ACTIVE', generation: 2 });
  expect(world.record.trackingId).not.toBe(trackingId);
  expect(kinds(world)).toEqual(['ACTIVE', 'DELETED', 'DELETED_OUT_OF_BAND', 'ACTIVE']);
});

test('a missing tracker can be requested again', async () => {
  const world = await active();
  deleteOutOfBand(world);
  await world.drift();
  await world.run();
  await world.ask();
  await world.run();
  expect(world.record).toMatchObject({ status: 'ACTIVE', generation: 2 });
});

test('a changed status, and then the missing tracker, are each reported once', async () => {
  const world = await active();
  world.personalize.core.setTiming({ deletePendingMs: 600_000 });
  world.personalize.core.call('DeleteEventTracker', { eventTrackerArn: world.record.eventTrackerArn });
  for (let run = 0; run < 3; run++) {
    await world.drift();
    await world.run();
  }
  expect(kinds(world)).toEqual(['ACTIVE', 'STATUS_CHANGED']);
  world.time += 3_600_000;
  await world.drift();
  await world.run();
  expect(kinds(world)).toEqual(['ACTIVE', 'STATUS_CHANGED', 'DELETED', 'DELETED_OUT_OF_BAND']);
});

test.each([TRACKER_ID_TAG, DEPLOYMENT_TAG])('the removal of our tag %s is reported once', async (key) => {
  const world = await active();
  world.personalize.core.call('UntagResource', {
    resourceArn: world.record.eventTrackerArn,
    tagKeys: [key],
  });
  for (let run = 0; run < 3; run++) {
    await world.drift();
    await world.run();
  }
  expect(kinds(world)).toEqual(['ACTIVE', 'TAGS_LOST']);
});

test('a foreign tracker in place of our deleted one is reported once, and is not deleted', async () => {
  const world = await active();
  await world.delete();
  await world.run();
  world.personalize.core.call('CreateEventTracker', { name: 'theirs', datasetGroupArn: GROUP });
  world.time += 60_000;
  for (let run = 0; run < 3; run++) {
    await world.drift();
    await world.run();
  }
  expect(kinds(world)).toEqual(['ACTIVE', 'DELETED', 'CREATED_OUT_OF_BAND']);
  expect(await world.trackers(GROUP)).toHaveLength(1);
});

test('an orphan of ours is deleted if no tracker is desired', async () => {
  const world = await active();
  await world.delete();
  await world.run();
  world.personalize.core.call('CreateEventTracker', {
    name: 'shop',
    datasetGroupArn: GROUP,
    tags: ownershipTags({ trackerId: world.record.trackerId, deployment: DEPLOYMENT }),
  });
  world.time += 60_000;
  expect(await world.drift()).toMatchObject({ drifted: 1 });
  await world.run();
  expect(await world.trackers(GROUP)).toEqual([]);
  expect(world.record.status).toBe('DELETED');
});

test('a throttle ends the run without a failure; unchecked records stay due', async () => {
  const world = await active();
  deleteOutOfBand(world);
  world.personalize.core.addFault({ operation: 'DescribeEventTracker', times: 1, fault: 'throttle' });
  expect(await world.drift()).toMatchObject({ aborted: true, failed: 0 });
  expect(kinds(world)).toEqual(['ACTIVE']);
  await world.drift();
  await world.run();
  expect(kinds(world)).toEqual(['ACTIVE', 'DELETED', 'DELETED_OUT_OF_BAND']);
});

test('after the retention a DELETED record no longer names its tenant, and the dataset group can be requested again', async () => {
  const world = await active();
  await world.delete();
  await world.run();
  const { epoch, sequence } = world.record;
  world.time += world.settings.retentionMs + 1;
  expect(await world.drift()).toMatchObject({ purged: 1 });
  expect(world.record).toMatchObject({ tenantId: '', name: '', datasetGroupArn: '', epoch, sequence, history: [] });
  await world.ask();
  await world.run();
  expect(world.record).toMatchObject({ status: 'ACTIVE', tenantId: 'acme' });
  expect(world.record.sequence).toBeGreaterThan(sequence);
});

test('a check of 10,000 trackers makes about 100 list calls', async () => {
  const world = await active();
  const sample = world.record;
  for (let n = 0; n < 9_999; n++) {
    const eventTrackerArn = `arn:aws:personalize:us-east-1:123456789012:event-tracker/x${n}`;
    world.store.records.set(`et-${n}`, { ...sample, trackerId: `et-${n}`, eventTrackerArn });
  }
  // The account-wide list of these trackers, without creating each of them in the simulator.
  const listed = [...world.store.records.values()].map(({ eventTrackerArn = '' }) => ({
    eventTrackerArn,
    status: 'ACTIVE' as const,
  }));
  const counts = await world.driftOf({
    listAll: async () => listed,
    listOfGroup: async () => [],
    describe: async () => {
      throw new Error('unexpected call');
    },
    readTags: async () => ({ ours: true, tags: TAGS }),
  });
  expect(counts.result).toMatchObject({ checked: 10_000, drifted: 0, failed: 0 });
  expect(counts.describes).toBe(0);
  expect(counts.tagReads).toBeLessThanOrEqual(100);
});

test('a stale list and a stale describe do not report a tracker as missing', async () => {
  const world = await active();
  const { eventTrackerArn } = world.record;
  const { core } = world.personalize;
  core.addFault({ operation: 'ListEventTrackers', times: 1, fault: 'stale-list', delayMs: 86_400_000 });
  core.addFault({ operation: 'DescribeEventTracker', times: 1, fault: 'stale-describe', delayMs: 86_400_000 });
  expect(await world.drift()).toMatchObject({ drifted: 0 });
  await world.run();
  expect(world.record).toMatchObject({ status: 'ACTIVE', eventTrackerArn });
  expect(kinds(world)).toEqual(['ACTIVE']);
  expect(world.calls('DeleteEventTracker')).toEqual([]);
});

test('a purged record is neither reported nor touched', async () => {
  const world = await active();
  await world.delete();
  await world.run();
  world.time += world.settings.retentionMs + 1;
  await world.drift();
  world.personalize.core.call('CreateEventTracker', {
    name: 'late',
    datasetGroupArn: GROUP,
    tags: ownershipTags({ trackerId: world.record.trackerId, deployment: DEPLOYMENT }),
  });
  world.time += 60_000;
  const published = world.received.length;
  expect(await world.drift()).toMatchObject({ drifted: 0, failed: 0 });
  expect(isIdle(world.record)).toBe(true);
  expect(world.received).toHaveLength(published);
  // The next request finds the tracker by its tags.
  await world.ask();
  await world.run();
  expect(world.record.status).toBe('ACTIVE');
});
