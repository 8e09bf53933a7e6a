import { expect, test } from 'vitest';
import { driftDetectedSchema } from '../../../events/contract.ts';
import type { DriftGateway } from '../../../functions/gateways/personalize-drift.ts';
import { decide } from '../../../functions/tracker/decide.ts';
import type { TrackerStatus } from '../../../functions/tracker/observation.ts';
import { isIdle } from '../../../functions/tracker/record.ts';
import { GROUP, TAGS, World } from '../../world/world.ts';

const LONG_MS = 86_400_000;
const kinds = (world: World) =>
  world.received.map((event) => ('drift' in event.data ? event.data.drift : event.data.status));

/** An idle tracker that the next reads of each kind do not show. */
async function activeAndLagging({ lists, describes }: { lists: number; describes: number }) {
  const world = new World();
  await world.ask();
  await world.run();
  world.time += 3_600_000;
  const { core } = world.personalize;
  core.addFault({ operation: 'ListEventTrackers', times: lists, fault: 'stale-list', delayMs: LONG_MS });
  core.addFault({ operation: 'DescribeEventTracker', times: describes, fault: 'stale-describe', delayMs: LONG_MS });
  return { world, eventTrackerArn: world.record.eventTrackerArn, trackingId: world.record.trackingId };
}
/** Both lists (account-wide and of the dataset group), and both describes. */
const EVERY_READ = { lists: 2, describes: 2 };

test.each([
  ['the list and one describe', { lists: 1, describes: 1 }],
  ['the list and both describes', { lists: 1, describes: 2 }],
  ['both lists and one describe', { lists: 2, describes: 1 }],
])('while %s are stale, nothing is recorded as missing, reported or deleted', async (_, lagging) => {
  const { world, eventTrackerArn } = await activeAndLagging(lagging);
  expect(await world.drift()).toMatchObject({ drifted: 0, failed: 0 });
  await world.run();
  expect(world.record).toMatchObject({ status: 'ACTIVE', eventTrackerArn });
  expect(kinds(world)).toEqual(['ACTIVE']);
  expect(world.calls('DeleteEventTracker')).toEqual([]);
});

test('a tracker reported missing because every read is stale is recorded again as it was, and never deleted', async () => {
  const { world, eventTrackerArn, trackingId } = await activeAndLagging(EVERY_READ);
  expect(await world.drift()).toMatchObject({ drifted: 1 });
  expect(world.record.status).toBe('DELETED');
  const lostAt = world.time;
  await world.run();
  expect(world.record).toMatchObject({ status: 'ACTIVE', eventTrackerArn, trackingId, generation: 1 });
  expect(world.record.failure).toBeUndefined();
  expect(isIdle(world.record)).toBe(true);
  // Within createInFlight a read may be older than a real deletion.
  expect(world.time - lostAt).toBeGreaterThanOrEqual(world.settings.createInFlightMs);
  expect(kinds(world)).toEqual(['ACTIVE', 'DELETED', 'DELETED_OUT_OF_BAND', 'ACTIVE']);
  expect(world.received.at(-1)?.data).toMatchObject({ previousStatus: 'DELETED', trackingId });
  expect(world.calls('DeleteEventTracker')).toEqual([]);
  expect(world.calls('CreateEventTracker')).toHaveLength(1);
});

test('a missing tracker that reappears without its tracking ID is waited for, never deleted, and fails the request at its deadline', async () => {
  const { world, eventTrackerArn = '' } = await activeAndLagging(EVERY_READ);
  await world.drift();
  const now = world.time + world.settings.createInFlightMs;
  const seen = { eventTrackerArn, name: 'shop', status: 'ACTIVE', creationDateTime: 0, tagged: 'OURS' } as const;
  const found = { ...world.record, eventTrackerArn };
  for (const record of [found, { ...found, generation: 2, status: 'DELETE PENDING' } as const]) {
    expect(decide({ ...record, outbox: [] }, { described: seen }, now, world.settings)).toMatchObject({
      do: 'WaitBeforeNextPoll',
      waitingFor: 'creation',
    });
  }
  const late = now + world.settings.deadlineMs;
  expect(decide({ ...found, generation: 2, outbox: [] }, { described: seen }, late, world.settings)).toMatchObject({
    do: 'recordFailed',
  });
  expect(
    decide({ ...found, outbox: [] }, { described: { ...seen, trackingId: 't' } }, late, world.settings),
  ).toMatchObject({ do: 'recordActive', eventTrackerArn });
});

test('if the cleanup does not see the tracker either, the next drift check finds it', async () => {
  const { world, eventTrackerArn } = await activeAndLagging({ lists: 3, describes: 2 });
  await world.drift();
  await world.run();
  expect(world.record).toMatchObject({ status: 'DELETED', missing: { eventTrackerArn } });
  expect(isIdle(world.record)).toBe(true);
  world.time += 3_600_000;
  expect(await world.drift()).toMatchObject({ drifted: 1 });
  await world.run();
  expect(world.record).toMatchObject({ status: 'ACTIVE', eventTrackerArn });
  expect(kinds(world)).toEqual(['ACTIVE', 'DELETED', 'DELETED_OUT_OF_BAND', 'ACTIVE']);
  expect(world.calls('DeleteEventTracker')).toEqual([]);
});

test('a new request before that gets the same tracker', async () => {
  const { world, eventTrackerArn, trackingId } = await activeAndLagging(EVERY_READ);
  await world.drift();
  await world.ask();
  await world.run();
  expect(world.record).toMatchObject({ status: 'ACTIVE', eventTrackerArn, trackingId, generation: 2 });
  expect(world.calls('DeleteEventTracker')).toEqual([]);
});

test('RECREATE_MISSING does not create a second tracker', async () => {
  const { world, eventTrackerArn } = await activeAndLagging(EVERY_READ);
  await world.drift({ recreateMissing: true });
  await world.run();
  expect(world.record).toMatchObject({ status: 'ACTIVE', eventTrackerArn, generation: 2 });
  expect(world.calls('CreateEventTracker')).toHaveLength(1);
  expect(world.calls('DeleteEventTracker')).toEqual([]);
});

test('a deletion request before that deletes it', async () => {
  const { world, eventTrackerArn } = await activeAndLagging(EVERY_READ);
  await world.drift();
  await world.delete();
  await world.run();
  expect(world.record).toMatchObject({ status: 'DELETED', generation: 2 });
  expect(world.record.missing).toBeUndefined();
  expect(await world.trackers(GROUP)).toEqual([]);
  expect(world.calls('DeleteEventTracker')).toMatchObject([{ parameters: { eventTrackerArn } }]);
});

/** A foreign tracker, adopted and idle. */
async function adopted() {
  const world = new World();
  world.personalize.core.call('CreateEventTracker', { name: 'theirs', datasetGroupArn: GROUP });
  world.time += 3_600_000;
  await world.ask({ adoptExisting: true });
  await world.run();
  world.time += 3_600_000;
  const { eventTrackerArn = '', trackingId } = world.record;
  return { world, eventTrackerArn, trackingId };
}

test.each([
  ['by the next drift check', false, { lists: 3, generation: 1 }],
  ['with RECREATE_MISSING, by the new request', true, { lists: 2, generation: 2 }],
])('an adopted tracker is recorded again as adopted, %s', async (_, recreateMissing, { lists, generation }) => {
  const { world, eventTrackerArn } = await adopted();
  const { core } = world.personalize;
  core.addFault({ operation: 'ListEventTrackers', times: lists, fault: 'stale-list', delayMs: LONG_MS });
  core.addFault({ operation: 'DescribeEventTracker', times: 2, fault: 'stale-describe', delayMs: LONG_MS });
  await world.drift({ recreateMissing });
  expect(kinds(world)).toEqual(['ACTIVE']);
  await world.run();
  expect(world.record.status).toBe(recreateMissing ? 'ACTIVE' : 'DELETED');
  world.time += 3_600_000;
  await world.drift({ recreateMissing });
  await world.run();
  expect(world.record).toMatchObject({ status: 'ACTIVE', eventTrackerArn, adopted: true, generation });
  expect(kinds(world)).toEqual(['ACTIVE', 'DELETED', 'DELETED_OUT_OF_BAND', 'ACTIVE']);
  expect(world.calls('DeleteEventTracker')).toEqual([]);
});

test('a stale read does not make an adopted tracker ACTIVE again after it was really deleted', async () => {
  const { world, eventTrackerArn, trackingId } = await adopted();
  world.personalize.core.call('DeleteEventTracker', { eventTrackerArn });
  world.time += 60_000;
  await world.drift();
  await world.ask({ adoptExisting: true });
  const theirs = { name: 'theirs', status: 'ACTIVE', creationDateTime: 0, tagged: 'NOT_OURS' } as const;
  const observation = { listed: [{ ...theirs, eventTrackerArn, trackingId }] };
  const record = { ...world.record, outbox: [] };
  for (const each of [record, { ...record, cleanup: undefined }]) {
    expect(decide(each, observation, world.time, world.settings)).toMatchObject({ do: 'WaitBeforeNextPoll' });
  }
  // The tracker is no longer listed, so the request creates its own.
  await world.run();
  expect(world.record).toMatchObject({ status: 'ACTIVE', generation: 2 });
  expect(world.record.eventTrackerArn).not.toBe(eventTrackerArn);
  expect(world.record.adopted).toBeUndefined();
});

test('a record whose tracker is really gone is purged after its retention, after a last check', async () => {
  const { world } = await activeAndLagging({ lists: 0, describes: 0 });
  world.personalize.core.call('DeleteEventTracker', { eventTrackerArn: world.record.eventTrackerArn });
  world.time += 60_000;
  await world.drift();
  await world.run();
  world.time += world.settings.retentionMs + 1;
  expect(await world.drift()).toMatchObject({ purged: 1 });
  expect(world.record).toMatchObject({ tenantId: '', status: 'DELETED' });
  expect(world.record.missing).toBeUndefined();
});

/** A drift gateway that returns these answers for the world's only tracker. */
const answering = (world: World, status: () => TrackerStatus, isTagged: () => boolean): DriftGateway => {
  const { eventTrackerArn = '' } = world.record;
  return {
    listAll: async () => [{ eventTrackerArn, status: status() }],
    listOfGroup: async () => [eventTrackerArn],
    describe: async () => ({ status: status(), datasetGroupArn: GROUP }),
    readTags: async () => ({ ours: isTagged(), tags: TAGS }),
  };
};

test('a changed status is reported with the observed status, and again if it changes back and forth', async () => {
  const { world } = await activeAndLagging({ lists: 0, describes: 0 });
  let status: TrackerStatus = 'ACTIVE';
  const drift = async () => {
    await world.driftOf(
      answering(
        world,
        () => status,
        () => true,
      ),
    );
    await world.run();
    world.time += 3_600_000;
  };
  for (const seen of ['DELETE PENDING', 'DELETE PENDING', 'ACTIVE', 'DELETE PENDING'] as const) {
    status = seen;
    await drift();
  }
  expect(kinds(world)).toEqual(['ACTIVE', 'STATUS_CHANGED', 'STATUS_CHANGED']);
  for (const event of world.received.slice(1)) {
    expect(driftDetectedSchema.parse(event).data).toMatchObject({ status: 'ACTIVE', observedStatus: 'DELETE PENDING' });
  }
});

test('a status from before ACTIVE is a stale read, not a change', async () => {
  const { world } = await activeAndLagging({ lists: 0, describes: 0 });
  const { result } = await world.driftOf(
    answering(
      world,
      () => 'CREATE PENDING',
      () => true,
    ),
  );
  expect(result).toMatchObject({ drifted: 0, failed: 0 });
  expect(kinds(world)).toEqual(['ACTIVE']);
});

test('tags that are removed, restored and removed again are reported twice; one stale read is not reported', async () => {
  const { world } = await activeAndLagging({ lists: 0, describes: 0 });
  let looks: boolean[] = [];
  const drift = async (...tagged: boolean[]) => {
    looks = tagged;
    await world.driftOf(
      answering(
        world,
        () => 'ACTIVE',
        () => looks.shift() ?? true,
      ),
    );
    await world.run();
    world.time += 3_600_000;
  };
  await drift(false, true);
  expect(kinds(world)).toEqual(['ACTIVE']);
  await drift(false, false);
  await drift(false, false);
  expect(kinds(world)).toEqual(['ACTIVE', 'TAGS_LOST']);
  // One read that shows the tags does not end the drift, because it may be stale.
  await drift(true, false);
  await drift(false, false);
  expect(kinds(world)).toEqual(['ACTIVE', 'TAGS_LOST']);
  await drift(true, true);
  await drift(false, false);
  expect(kinds(world)).toEqual(['ACTIVE', 'TAGS_LOST', 'TAGS_LOST']);
});

test('an orphan is not reported as foreign because of one stale read of its tags', async () => {
  const { world } = await activeAndLagging({ lists: 0, describes: 0 });
  await world.delete();
  await world.run();
  const eventTrackerArn = 'arn:aws:personalize:us-east-1:123456789012:event-tracker/late';
  const looks = [false, true];
  const { result } = await world.driftOf({
    listAll: async () => [{ eventTrackerArn, status: 'ACTIVE' }],
    listOfGroup: async () => [eventTrackerArn],
    describe: async () => ({ status: 'ACTIVE', datasetGroupArn: GROUP }),
    readTags: async () => ({ ours: looks.shift() ?? true, tags: TAGS }),
  });
  expect(result).toMatchObject({ drifted: 0 });
  expect(kinds(world)).toEqual(['ACTIVE', 'DELETED']);
});

test('a creation that failed before any call is purged, however often it was checked before', async () => {
  const world = new World();
  const invented = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-invented';
  await world.ask({ datasetGroupArn: invented });
  await world.run();
  expect(world.recordOf(invented)).toMatchObject({ status: 'CREATE FAILED', attempt: 0 });
  const { lastUpdatedDateTime } = world.recordOf(invented);
  for (let hour = 0; hour < 24; hour++) {
    expect(await world.drift()).toMatchObject({ purged: 0 });
    expect(world.recordOf(invented).lastUpdatedDateTime).toBe(lastUpdatedDateTime);
    world.time += 3_600_000;
  }
  expect(await world.drift()).toMatchObject({ purged: 1 });
});

test('a creation that failed after a call stays until its tenant deletes it, and is then purged too', async () => {
  const world = new World();
  const refused = {
    operation: 'CreateEventTracker',
    times: 1,
    fault: 'error',
    error: 'InvalidInputException',
  } as const;
  world.personalize.core.addFault(refused);
  await world.ask();
  await world.run();
  await world.sweepUntilIdle();
  expect(world.record).toMatchObject({ status: 'CREATE FAILED', attempt: 1 });
  world.time += 10 * 24 * 3_600_000;
  expect(await world.drift()).toMatchObject({ purged: 0, failed: 0 });
  await world.delete();
  await world.run();
  expect(world.record.status).toBe('DELETED');
  world.time += 25 * 3_600_000;
  expect(await world.drift()).toMatchObject({ purged: 1 });
});
