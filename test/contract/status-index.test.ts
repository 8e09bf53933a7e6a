import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { STATUSES } from '../../events/contract.ts';
import { toItem } from '../../functions/store/item.ts';
import { createStatusIndex, type ListedQuery, type StatusIndex } from '../../functions/store/status-index.ts';
import { tableSchema } from '../../functions/store/table.ts';
import { createTrackerStore, type TrackerStore } from '../../functions/store/tracker-store.ts';
import { apply } from '../../functions/tracker/apply.ts';
import { createRecord } from '../../functions/tracker/desired-state.ts';
import { accessDenied, conflict } from '../../functions/tracker/failures.ts';
import { trackerIdOf } from '../../functions/tracker/identity.ts';
import type { EventTrackerRecord } from '../../functions/tracker/record.ts';
import { AWS_SETTINGS } from '../../functions/tracker/settings.ts';
import { isRejected } from '../../functions/tracker/transition.ts';
import { MemoryStatusIndex, MemoryStore } from '../world/memory-store.ts';
import { type Engine, startDynalite } from './engines.ts';

const TableName = 'event-trackers';
let engine: Engine;
let documents: DynamoDBDocumentClient;
let wire: { store: TrackerStore; index: StatusIndex };
/** The names of the attributes in each UpdateItem. */
const updates: string[][] = [];

beforeAll(async () => {
  engine = await startDynalite({ TableName, ...tableSchema() });
  engine.client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const { ExpressionAttributeNames = {} } = args.input as { ExpressionAttributeNames?: Record<string, string> };
        if (commandName === 'UpdateItemCommand') updates.push(Object.values(ExpressionAttributeNames));
        return next(args);
      },
    { step: 'initialize', name: 'names' },
  );
  documents = DynamoDBDocumentClient.from(engine.client, { marshallOptions: { removeUndefinedValues: true } });
  wire = { store: createTrackerStore(documents, TableName), index: createStatusIndex(documents, TableName) };
});
afterAll(async () => engine?.close());

const START = Date.UTC(2026, 10, 29);
const GROUPS = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/';
const recordOf = (group: string, at: number, changes: Partial<EventTrackerRecord> = {}): EventTrackerRecord => ({
  ...createRecord(
    {
      trackerId: trackerIdOf(GROUPS + group),
      datasetGroupArn: GROUPS + group,
      name: group,
      tags: [],
      tenantId: group.split('-')[0] ?? '',
      adoptExisting: false,
      correlationId: 'request',
      key: { key: 'k', body: 'b' },
    },
    START + at * 1000,
    AWS_SETTINGS,
  ),
  ...changes,
});
const DENIED = accessDenied({ operation: 'CreateEventTracker' });
const FAILED = { status: 'CREATE FAILED', observedGeneration: 1 } as const;
const ACTIVE = { status: 'ACTIVE', observedGeneration: 1, trackingId: 't' } as const;

/** 40 trackers of three tenants, each changed a second after the one before it. */
const FLEET = Array.from({ length: 40 }, (_, n) => {
  const group = `${['acme', 'umbrella', 'initech'][n % 3]}-Shop${n}`;
  if (n % 5 === 0)
    return recordOf(group, n, {
      ...FAILED,
      failure: n % 10 === 0 ? DENIED : conflict({ eventTrackerArn: 'a' }),
    });
  return recordOf(group, n, n % 2 === 0 ? ACTIVE : {});
});
const newestFirst = FLEET.toReversed();
const idsOf = (records: readonly { trackerId: string }[]) => records.map(({ trackerId }) => trackerId);

async function readAll(index: StatusIndex, query: ListedQuery, limit: number) {
  const ids: string[] = [];
  let after = query.after;
  for (let pages = 0; pages < 200; pages++) {
    const page = await index.list({ ...query, after }, limit);
    expect(page.entries.length).toBeLessThanOrEqual(limit);
    ids.push(...idsOf(page.entries));
    if (page.after === undefined) return ids;
    after = page.after;
  }
  throw new Error('the list does not end');
}

// The in-memory index, on which other tests rely, must behave the same.
describe.each([
  ['dynalite over the wire', () => wire],
  [
    'the one in memory',
    () => {
      const store = new MemoryStore();
      return { store, index: new MemoryStatusIndex(store) };
    },
  ],
] as const)('the status index: %s', (_, made) => {
  let store: TrackerStore;
  let index: StatusIndex;
  beforeAll(async () => {
    ({ store, index } = made());
    for (const record of FLEET) await store.create(record);
  });

  test.each([3, 40, 100])('lists each record once in the order of changes, in pages of %d', async (limit) => {
    const all = { statuses: STATUSES };
    expect(await readAll(index, { ...all, order: 'newest first' }, limit)).toEqual(idsOf(newestFirst));
    expect(await readAll(index, { ...all, order: 'oldest first' }, limit)).toEqual(idsOf(FLEET));
  });

  test('filters by status, failure, tenant and a part of the name', async () => {
    const list = (query: Partial<ListedQuery>) =>
      readAll(index, { statuses: STATUSES, order: 'newest first', ...query }, 7);
    const expected = (fits: (record: EventTrackerRecord) => boolean) => idsOf(newestFirst.filter(fits));
    expect(await list({ statuses: ['ACTIVE', 'CREATE FAILED'] })).toEqual(
      expected(({ status }) => status === 'ACTIVE' || status === 'CREATE FAILED'),
    );
    expect(await list({ failureCodes: ['ACCESS_DENIED'] })).toEqual(
      expected(({ failure }) => failure?.code === 'ACCESS_DENIED'),
    );
    expect(await list({ failureCodes: ['ACCESS_DENIED', 'CONFLICT'], tenants: ['acme'] })).toEqual(
      expected(({ failure, tenantId }) => failure !== undefined && tenantId === 'acme'),
    );
    expect(await list({ nameContains: 'shop1' })).toEqual(expected(({ name }) => name.includes('Shop1')));
    expect(await list({ nameContains: 'nothing' })).toEqual([]);
  });

  test('counts by status and failure, of all tenants or of some', async () => {
    const sum = (counts: { status: string; failureCode?: string; count: number }[], status: string, code?: string) =>
      counts
        .filter((each) => each.status === status && each.failureCode === code)
        .reduce((all, { count }) => all + count, 0);
    const of = async (tenants?: string[]) => {
      const counts = await index.count({ statuses: STATUSES, tenants });
      return [
        sum(counts, 'CREATE FAILED', 'ACCESS_DENIED'),
        sum(counts, 'CREATE FAILED', 'CONFLICT'),
        sum(counts, 'ACTIVE'),
      ];
    };
    expect(await of()).toEqual([4, 4, 16]);
    expect(await of(['acme'])).toEqual([
      2,
      1,
      FLEET.filter((each) => each.tenantId === 'acme' && each.status === 'ACTIVE').length,
    ]);
    expect(await of(['nobody'])).toEqual([0, 0, 0]);
  });

  test('a purged record leaves it', async () => {
    const deleted = recordOf('gone-shop', 50, {
      status: 'DELETED',
      desired: 'ABSENT',
      observedGeneration: 1,
      deletedAt: START,
    });
    await store.create(deleted);
    expect(await readAll(index, { statuses: ['DELETED'], order: 'newest first' }, 5)).toEqual([deleted.trackerId]);
    const purged = apply('purge', deleted, { now: START + 2 * AWS_SETTINGS.retentionMs }, AWS_SETTINGS);
    if (isRejected(purged)) throw new Error(purged.rejected);
    await store.save(deleted, purged);
    expect(await readAll(index, { statuses: STATUSES, order: 'newest first' }, 50)).toEqual(idsOf(newestFirst));
  });
});

describe('what a write costs', () => {
  const ofIndex = (names: readonly string[] = []) => names.filter((name) => name.startsWith('listed')).sort();

  test('a lease renewal and a take-over write nothing to the index; a change of the status does', async () => {
    const record = recordOf('acme-costs', 60);
    await wire.store.create(record);
    const owner = { now: START + 70_000, epoch: 1, generation: 1 };
    const beat = apply('heartbeat', record, { ...owner, nextPollAt: START + 80_000 }, AWS_SETTINGS);
    if (isRejected(beat)) throw new Error(beat.rejected);
    const saved = await wire.store.save(record, beat);
    expect(updates.at(-1)).toContain('dueAt');
    expect(ofIndex(updates.at(-1))).toEqual([]);
    if (saved === undefined) throw new Error('not saved');
    const taken = apply('takeOver', saved, { now: owner.now, dueBy: Number.MAX_SAFE_INTEGER }, AWS_SETTINGS);
    if (isRejected(taken)) throw new Error(taken.rejected);
    const again = await wire.store.save(saved, taken);
    expect(ofIndex(updates.at(-1))).toEqual([]);
    if (again === undefined) throw new Error('not saved');
    await wire.store.save(again, { ...again, ...FAILED, failure: DENIED, lastUpdatedDateTime: owner.now });
    expect(ofIndex(updates.at(-1))).toEqual(['listedAt', 'listedFailure', 'listedIn']);
  });

  test('an item that older code wrote enters the index with its next save', async () => {
    const record = recordOf('acme-older', 61, ACTIVE);
    const item = Object.entries(toItem(record)).filter(([name]) => !name.startsWith('listed'));
    await documents.send(new PutCommand({ TableName, Item: Object.fromEntries(item) }));
    const listed = async () =>
      readAll(wire.index, { statuses: ['ACTIVE'], nameContains: 'older', order: 'newest first' }, 50);
    expect(await listed()).toEqual([]);
    const read = await wire.store.read(record.trackerId);
    if (read === undefined) throw new Error('not there');
    // As the hourly drift check does.
    await wire.store.save(read, { ...read, due: { lane: 'routine', at: START } });
    expect(await listed()).toEqual([record.trackerId]);
  });
});
