import { beforeEach, expect, test } from 'vitest';
import { resourceOf } from '../../../functions/api/resource.ts';
import { DEPLOYMENT_TAG } from '../../../functions/tracker/ownership.ts';
import { isIdle } from '../../../functions/tracker/record.ts';
import { GROUP, World } from '../../world/world.ts';

const tag = (tagKey: string, tagValue: string) => ({ tagKey, tagValue });
const OWNER = [tag('owner', 'team-x')];
const COST = [tag('cost', '42')];
const requested = { name: 'shop', tags: COST, adoptExisting: true };
const real = { name: 'theirs', tags: OWNER };

let world: World;
let eventTrackerArn: string;
beforeEach(() => {
  world = new World();
  eventTrackerArn = made('theirs', OWNER);
});

function made(name: string, tags: ReturnType<typeof tag>[]): string {
  const reply = world.personalize.core.call('CreateEventTracker', { name, datasetGroupArn: GROUP, tags });
  if (reply.kind !== 'output') throw new Error(JSON.stringify(reply));
  world.time += 60_000;
  return reply.output.eventTrackerArn;
}
const resource = () => resourceOf(world.record, world.settings);
const adopted = async () => {
  await world.ask(requested);
  await world.run();
  expect(resource()).toMatchObject({ status: 'ACTIVE', adopted: true, eventTrackerArn });
};

test('the API and the events show an adopted tracker with its actual name and tags', async () => {
  await adopted();
  expect(resource()).toMatchObject(real);
  expect(world.received.map(({ data }) => [data.status, data.name])).toEqual([['ACTIVE', 'theirs']]);
});

test('a repeat with the requested or the actual name and tags returns the adopted tracker; any other request is a conflict', async () => {
  await adopted();
  const { rev } = world.record;
  expect(await world.ask(requested)).toMatchObject({ rev });
  expect(await world.ask({ ...real, adoptExisting: true })).toMatchObject({ rev });
  expect(await world.ask(real)).toMatchObject({ rev });
  const refused = (reason: string) => ({ refused: { reason } });
  await expect(world.ask({ ...requested, name: 'other' })).rejects.toMatchObject(refused('NAME_CONFLICT'));
  await expect(world.ask({ ...requested, tags: OWNER })).rejects.toMatchObject(refused('TAGS_CONFLICT'));
  await expect(world.ask({ ...real, tags: COST })).rejects.toMatchObject(refused('TAGS_CONFLICT'));
});

test('the drift check compares an adopted tracker with its actual name and tags, and reports nothing', async () => {
  await adopted();
  world.time += 3_600_000;
  expect(await world.drift()).toMatchObject({ checked: 1, drifted: 0, failed: 0 });
  expect(resource()).toMatchObject({ status: 'ACTIVE', ...real });
});

const retag = (value: string) =>
  world.personalize.core.call('TagResource', { resourceArn: eventTrackerArn, tags: [tag('owner', value)] });

test('tags that changed in Personalize appear after the next drift check, which reports them', async () => {
  await adopted();
  world.time += 3_600_000;
  retag('team-y');
  const { lastUpdatedDateTime, due } = world.record;
  expect(await world.drift()).toMatchObject({ checked: 1, drifted: 1, failed: 0 });
  await world.run();
  const changed = { name: 'theirs', tags: [tag('owner', 'team-y')] };
  expect(resource()).toMatchObject({ status: 'ACTIVE', ...changed });
  expect(world.record.lastUpdatedDateTime).toBeGreaterThan(lastUpdatedDateTime);
  // The adopting request, and one with the current tags, still return it. One with the former tags does not.
  await world.ask(requested);
  await world.ask(changed);
  await expect(world.ask(real)).rejects.toMatchObject({ refused: { reason: 'TAGS_CONFLICT' } });
  expect(world.record.due.at).toBeGreaterThan(due.at);
  const { rev } = world.record;
  world.time += 3_600_000;
  await world.drift();
  expect(world.record.rev).toBe(rev + 1);
  expect(world.received.map(({ data }) => ('drift' in data ? data.drift : data.status))).toEqual([
    'ACTIVE',
    'TAGS_CHANGED',
  ]);
});

test('changed tags of our own tracker appear too; after they are changed back, it is as requested again', async () => {
  world = new World();
  await world.ask({ name: 'shop', tags: OWNER });
  await world.run();
  eventTrackerArn = world.record.eventTrackerArn ?? '';
  const driftAfter = async (value: string, drifted: number) => {
    world.time += 3_600_000;
    retag(value);
    expect(await world.drift()).toMatchObject({ drifted, failed: 0 });
    await world.run();
    return resource();
  };
  expect(await driftAfter('team-y', 1)).toMatchObject({ name: 'shop', tags: [tag('owner', 'team-y')] });
  await world.ask({ name: 'shop', tags: OWNER });
  expect(await driftAfter('team-x', 0)).toMatchObject({ name: 'shop', tags: OWNER });
  expect(world.record.observed).toBeUndefined();
});

test('one stale read of the tags changes nothing', async () => {
  await adopted();
  world.time += 3_600_000;
  const reads = [[], OWNER];
  await world.driftOf({
    listAll: async () => [{ eventTrackerArn, status: 'ACTIVE' }],
    listOfGroup: async () => [eventTrackerArn],
    describe: async () => ({ status: 'ACTIVE', datasetGroupArn: GROUP }),
    readTags: async () => ({ ours: false, tags: reads.shift() ?? OWNER }),
  });
  expect(reads).toEqual([]);
  expect(resource()).toMatchObject(real);
});

test('the tags of this service are not shown as tags of a caller', async () => {
  world = new World();
  eventTrackerArn = made('prod-shop', [...OWNER, tag(DEPLOYMENT_TAG, 'prod')]);
  await adopted();
  expect(resource()).toMatchObject({ name: 'prod-shop', tags: OWNER });
  await world.ask({ name: 'prod-shop', tags: OWNER });
});

test('a released tracker keeps its actual name; the next request uses its own name and tags', async () => {
  await adopted();
  await world.delete();
  await world.run();
  expect(resource()).toMatchObject({ status: 'RELEASED', ...real });
  expect(world.received.at(-1)?.data).toMatchObject({ status: 'RELEASED', name: 'theirs' });
  await world.ask({ name: 'shop-2', tags: COST });
  expect(resource()).toMatchObject({ status: 'CREATE PENDING', name: 'shop-2', tags: COST });
  await world.run();
  expect(resource()).toMatchObject({ status: 'CREATE FAILED', name: 'shop-2', failure: { code: 'CONFLICT' } });
  await world.delete();
  await world.sweepUntilIdle();
  expect(resource()).toMatchObject({ status: 'DELETED', name: 'shop-2', tags: COST });
});

test('DELETED of a destroyed tracker has its actual name; a request made meanwhile has its own', async () => {
  await adopted();
  await world.delete({ destroy: true });
  expect(resource()).toMatchObject({ status: 'DELETE PENDING', ...real });
  await world.ask({ name: 'shop', tags: COST });
  expect(resource()).toMatchObject({ status: 'DELETE PENDING', name: 'shop', tags: COST });
  await expect(world.ask(real)).rejects.toMatchObject({ refused: { reason: 'NAME_CONFLICT' } });
  await world.run();
  expect(world.received.map(({ data }) => [data.status, data.name])).toEqual([
    ['ACTIVE', 'theirs'],
    ['DELETED', 'theirs'],
    ['ACTIVE', 'shop'],
  ]);
  expect(resource()).toMatchObject({ status: 'ACTIVE', name: 'shop', tags: COST });
});

test('a tracker adopted during its creation becomes ACTIVE with its actual name, and its tags are read only once', async () => {
  world = new World();
  world.personalize.core.setTiming({ createPendingMs: 120_000, createInProgressMs: 120_000 });
  eventTrackerArn = made('theirs', OWNER);
  await world.ask(requested);
  await world.run();
  expect(resource()).toMatchObject({ status: 'ACTIVE', ...real });
  expect(world.calls('ListTagsForResource')).toHaveLength(1);
});

test('a missing adopted tracker is reported with its actual name; the new one has the requested name and tags', async () => {
  await adopted();
  world.personalize.core.call('DeleteEventTracker', { eventTrackerArn });
  world.time += 3_600_000;
  expect(await world.drift({ recreateMissing: true })).toMatchObject({ drifted: 1 });
  await world.run();
  expect(world.received.map(({ data }) => [data.status, data.name])).toEqual([
    ['ACTIVE', 'theirs'],
    ['DELETED', 'theirs'],
    ['DELETED', 'theirs'],
    ['ACTIVE', 'shop'],
  ]);
  expect(resource()).toMatchObject({ status: 'ACTIVE', name: 'shop', tags: COST });
  expect(resource().adopted).toBeUndefined();
});

test('our own tracker that no record names is found by its tags and shown with its actual name', async () => {
  world = new World();
  await world.ask({ name: 'old', tags: OWNER });
  await world.run();
  const { eventTrackerArn } = world.record;
  // As if the table were restored to a time before the request.
  world.store.records.clear();
  await world.ask({ name: 'shop', tags: COST });
  await world.run();
  expect(resource()).toMatchObject({ status: 'ACTIVE', eventTrackerArn, name: 'old', tags: OWNER });
  expect(world.received.at(-1)?.data.name).toBe('old');
  await world.ask({ name: 'shop', tags: COST });
  await world.ask({ name: 'old', tags: OWNER });
});

test.each([
  ['is not adopted', true],
  ['is not reported as a conflict, because its owner is unknown', false],
])('a tracker whose tags the role cannot read %s', async (_, adoptExisting) => {
  world.personalize.core.addFault({ operation: 'ListTagsForResource', times: 1000, fault: 'access-denied' });
  await world.ask({ ...requested, adoptExisting });
  await world.run();
  expect(resource()).toMatchObject({
    status: 'CREATE FAILED',
    ...{ name: 'shop', tags: COST },
    failure: { code: 'ACCESS_DENIED', retryable: true, reason: expect.stringContaining('ListTagsForResource') },
  });
  world.personalize.core.clearFaults();
  await world.sweepUntilIdle();
  expect(isIdle(world.record)).toBe(true);
  expect(await world.trackers(GROUP)).toHaveLength(1);
});
