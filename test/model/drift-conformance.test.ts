import { expect, test } from 'vitest';
import type { DriftGateway } from '../../functions/gateways/personalize-drift.ts';
import { detectDrift } from '../../functions/sweep/drift.ts';
import { decideRecorded } from '../../functions/tracker/drift.ts';
import { trackerIdOf } from '../../functions/tracker/identity.ts';
import type { EventTrackerRecord } from '../../functions/tracker/record.ts';
import { MemoryStore } from '../world/memory-store.ts';
import { keyOfRecord } from './canonical.ts';
import { check } from './checker.ts';
import { NOW } from './clock.ts';
import { routineSteps } from './drift.ts';
import { DEPLOYED } from './model.ts';
import { areOurs, describe, list, tagsOf } from './personalize.ts';
import { FOREIGN_NAME, type Scenario, TAGGED, type Tracker, trackerBy, type World } from './world.ts';

const SCENARIO: Scenario = {
  name: 'sampled idle',
  requests: [{ ask: 'tracker' }, { ask: 'deletion' }, { ask: 'adopt', after: 1 }],
  faults: { staleRead: 4, createdOutOfBand: 1, anotherDeployment: 1, untagged: 1 },
  drift: true,
};
const MAX_STATES = 30_000;
const log = { info() {}, warn() {}, error() {} };

/** The distinct idle records for which the model's drift check decided to do something. */
function sample(): EventTrackerRecord[] {
  const records = new Map<string, EventTrackerRecord>();
  const recording: typeof decideRecorded = (record, reads, now, settings) => {
    const decision = decideRecorded(record, reads, now, settings);
    if (decision.do !== 'Leave') records.set(keyOfRecord(record), record);
    return decision;
  };
  check({ ...DEPLOYED, decideRecorded: recording }, SCENARIO, MAX_STATES);
  return [...records.values()];
}
const RECORDS = sample();

/** The trackers that the dataset group may hold. */
const GROUPS: readonly Omit<Tracker, 'id' | 'old' | 'doomed'>[] = [
  { ours: true, name: 'name-0', status: 'ACTIVE', visible: 7 },
  { ours: true, name: 'name-0', status: 'ACTIVE', visible: 7 & ~TAGGED },
  { ours: true, name: 'name-0', status: 'DELETE PENDING', visible: 7 },
  { ours: false, name: FOREIGN_NAME, status: 'ACTIVE', visible: 7 },
  { ours: false, name: FOREIGN_NAME, anothers: true, status: 'ACTIVE', visible: 7 },
];

const worldOf = (record: EventTrackerRecord, trackers: readonly Tracker[]): World => ({
  record,
  datasetGroup: 'READY',
  wasReady: true,
  trackers,
  late: [],
  runs: [],
  start: 'made',
  clients: [],
  firstUses: [],
  driftCheck: undefined,
  operation: undefined,
  isGovernorAlive: false,
  tagsReadable: true,
  mayObserve: true,
  responses: 'readable',
  budget: { untagged: 0 },
  onlooker: { requestOf: [0, 0, 0], promised: 0, open: 0, replaced: [], lastPublished: record.status },
});

/** The model's Personalize as a gateway whose reads are never stale. */
const fresh = (world: World): DriftGateway => ({
  listAll: async () => list(DEPLOYED, world).map(({ eventTrackerArn, status }) => ({ eventTrackerArn, status })),
  listOfGroup: async () => list(DEPLOYED, world).map(({ eventTrackerArn }) => eventTrackerArn),
  async describe(eventTrackerArn) {
    const seen = describe(world, eventTrackerArn);
    return seen === 'NOT_FOUND' ? seen : { status: seen.status, datasetGroupArn: 'group' };
  },
  async readTags(eventTrackerArn) {
    const tracker = trackerBy(world, eventTrackerArn);
    return tracker && { ours: areOurs(DEPLOYED, tagsOf(tracker)), tags: [] };
  },
});

/** Runs the real drift check on this record alone. */
async function real(world: World, record: EventTrackerRecord): Promise<EventTrackerRecord | undefined> {
  const store = new MemoryStore();
  const trackerId = trackerIdOf(record.datasetGroupArn);
  store.records.set(trackerId, { ...record, trackerId });
  await detectDrift(
    {
      store,
      places: [
        {
          accountId: '123456789012',
          region: 'us-east-1',
          personalize: fresh(world),
          cursor: { read: async () => ({}), save: async () => {} },
        },
      ],
      workflow: { start: async () => {} },
      settings: DEPLOYED.settings,
      now: () => NOW,
      log,
      recreateMissing: false,
      repairTags: false,
    },
    { everything: true },
  );
  return store.records.get(trackerId);
}

/** Ignores when the record was last written: the real check needs a record older than createInFlight. */
const keyWithoutTime = (record: EventTrackerRecord): string => keyOfRecord({ ...record, lastUpdatedDateTime: NOW });

/** Every record that the model's drift check can write, from its first read to its write. Empty if it writes nothing. */
function modelled(from: World): string[] {
  const before = from.record && keyWithoutTime(from.record);
  const ends = new Set<string>();
  const queue = [from];
  for (let world = queue.pop(); world !== undefined; world = queue.pop()) {
    routineSteps(DEPLOYED, world, SCENARIO, (_label, next) => {
      if (next.driftCheck !== undefined) queue.push(next);
      else if (next.record) ends.add(keyWithoutTime(next.record));
    });
  }
  return [...ends].filter((end) => end !== before);
}

test('the sample has a missing tracker, a reported drift and an ACTIVE tracker', () => {
  expect(RECORDS.some(({ missing }) => missing)).toBe(true);
  expect(RECORDS.some(({ reportedDrift }) => reportedDrift)).toBe(true);
  expect(RECORDS.some(({ status }) => status === 'ACTIVE')).toBe(true);
});

test.each(['the tracker of the record', 'another tracker', 'nothing'])(
  'the dataset group holds %s: the drift check writes what the model writes',
  async (what) => {
    const changes = new Set<string>();
    for (const record of RECORDS) {
      const own = Number((record.eventTrackerArn ?? record.missing?.eventTrackerArn ?? 'arn-8').split('-')[1]);
      const id = what === 'another tracker' ? 9 : own;
      for (const group of what === 'nothing' ? [undefined] : GROUPS) {
        const trackers = group === undefined ? [] : [{ ...group, id, old: true, doomed: false }];
        const old = { ...record, lastUpdatedDateTime: 0 };
        const world = worldOf(old, trackers);
        const after = await real(world, old);
        if (after === undefined) throw new Error('The drift check removed the record.');
        const key = keyWithoutTime(after);
        const ends = modelled(world);
        expect(ends.length > 0 ? ends : [keyWithoutTime(old)]).toContain(key);
        if (ends.length > 0)
          changes.add(`${after.status} ${after.reportedDrift?.join() ?? ''} ${after.cleanup !== undefined}`);
      }
    }
    expect(changes.size).toBeGreaterThan(what === 'the tracker of the record' ? 3 : 0);
  },
);
