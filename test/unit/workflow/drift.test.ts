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

test('nothing drifted: one list call, nothing reported', async () => {
  const world = await active();
  world.personalize.core.clearCalls();
  expect(await world.drift()).toMatchObject({ checked: 1, drifted: 0 });
  const calls = world.personalize.core.calls().map(({ operation }) => operation);
  expect(calls).toEqual(['ListEventTrackers', 'ListTagsForResource']);
  expect(kinds(world)).toEqual(['ACTIVE']);
});

test('deleted behind our back: recorded, and reported as a State Change and as Drift Detected', async () => {
  const world = await active();
  const { eventTrackerArn } = world.record;
  deleteOutOfBand(world);
  expect(await world.drift()).toMatchObject({ drifted: 1 });
  await world.run();
  expect(world.record).toMatchObject({ status: 'DELETED', failure: { code: 'DELETED_OUT_OF_BAND' }, generation: 1 });
  expect(isIdle(world.record)).toBe(true);
  expect(kinds(world)).toEqual(['ACTIVE', 'DELETED', 'DELETED_OUT_OF_BAND']);
  expect(world.received[2]?.data).toMatchObject({ eventTrackerArn });
  // The log, the failure and the event have one name for it.
  expect(world.warned).toEqual([{ message: 'drift', trackerId: world.record.trackerId, drift: 'DELETED_OUT_OF_BAND' }]);
  // Once.
  await world.drift();
  await world.run();
  expect(world.received).toHaveLength(3);
});

test('made again where the deployment says so: another tracker, under a new generation', async () => {
  const world = await active();
  const { trackingId } = world.record;
  deleteOutOfBand(world);
  await world.drift({ recreateMissing: true });
  await world.run();
  expect(world.record).toMatchObject({ status: 'ACTIVE', generation: 2 });
  expect(world.record.trackingId).not.toBe(trackingId);
  expect(kinds(world)).toEqual(['ACTIVE', 'DELETED', 'DELETED_OUT_OF_BAND', 'ACTIVE']);
});

test('a missing one can be requested again', async () => {
  const world = await active();
  deleteOutOfBand(world);
  await world.drift();
  await world.run();
  await world.ask();
  await world.run();
  expect(world.record).toMatchObject({ status: 'ACTIVE', generation: 2 });
});

test('a status that changed, then the tracker gone: each reported once', async () => {
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

test.each([TRACKER_ID_TAG, DEPLOYMENT_TAG])('our tag %s taken off: reported once', async (key) => {
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

test("somebody else's tracker where ours was deleted: reported once, and it stays", async () => {
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

test('an orphan of ours, where none is desired, is deleted', async () => {
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

test('a throttle ends the run and fails nothing; what was not looked at stays due', async () => {
  const world = await active();
  deleteOutOfBand(world);
  world.personalize.core.addFault({ operation: 'DescribeEventTracker', times: 1, fault: 'throttle' });
  expect(await world.drift()).toMatchObject({ aborted: true, failed: 0 });
  expect(kinds(world)).toEqual(['ACTIVE']);
  await world.drift();
  await world.run();
  expect(kinds(world)).toEqual(['ACTIVE', 'DELETED', 'DELETED_OUT_OF_BAND']);
});

test('after the retention a DELETED record names nobody any more, and the group can be asked for again', async () => {
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

test('a fleet of 10,000 costs some 100 list calls', async () => {
  const world = await active();
  const sample = world.record;
  for (let n = 0; n < 9_999; n++) {
    const eventTrackerArn = `arn:aws:personalize:us-east-1:123456789012:event-tracker/x${n}`;
    world.store.records.set(`et-${n}`, { ...sample, trackerId: `et-${n}`, eventTrackerArn });
  }
  // What the account-wide list has of these, without making each of them in the simulator.
  const listed = [...world.store.records.values()].map(({ eventTrackerArn = '' }) => ({
    eventTrackerArn,
    status: 'ACTIVE' as const,
  }));
  const counts = await world.driftOf({
    listAll: async () => listed,
    listOfGroup: async () => [],
    describe: async () => {
      throw new Error('nothing differs');
    },
    readTags: async () => ({ ours: true, tags: TAGS }),
  });
  expect(counts.result).toMatchObject({ checked: 10_000, drifted: 0, failed: 0 });
  expect(counts.describes).toBe(0);
  expect(counts.tagReads).toBeLessThanOrEqual(100);
});

test('a list and a describe that lag lose no tracker', async () => {
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
  // Who asks next takes it for what its tag says it is.
  await world.ask();
  await world.run();
  expect(world.record.status).toBe('ACTIVE');
});
