import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tableSchema } from '../../functions/store/table.ts';
import { createTrackerStore, type TrackerStore } from '../../functions/store/tracker-store.ts';
import { createRecord } from '../../functions/tracker/desired-state.ts';
import type { EventTrackerRecord } from '../../functions/tracker/record.ts';
import { AWS_SETTINGS } from '../../functions/tracker/settings.ts';
import { MemoryStore } from '../world/memory-store.ts';
import { type Engine, startDynalite, startDynoxide } from './engines.ts';

const TableName = 'event-trackers';
const table = { TableName, ...tableSchema() };
const documentsOf = ({ client }: Engine) =>
  DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
let documents: DynamoDBDocumentClient;
let onTheWire: TrackerStore;
let onDynoxide: TrackerStore;
const engines: Engine[] = [];
const { DYNOXIDE } = process.env;

beforeAll(async () => {
  const dynalite = await startDynalite(table);
  engines.push(dynalite);
  documents = documentsOf(dynalite);
  onTheWire = createTrackerStore(documents, TableName);
  if (DYNOXIDE) {
    const dynoxide = await startDynoxide(DYNOXIDE, table);
    engines.push(dynoxide);
    onDynoxide = createTrackerStore(documentsOf(dynoxide), TableName);
  }
});
afterAll(async () => {
  for (const engine of engines) await engine.close();
});

const NOW = 1_000_000;
let count = 0;
const newRecord = (changes: Partial<EventTrackerRecord> = {}): EventTrackerRecord => ({
  ...createRecord(
    {
      trackerId: `et-${++count}`,
      datasetGroupArn: `arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-${count}`,
      name: 'shop',
      tags: [{ tagKey: 'größe', tagValue: '日本' }],
      tenantId: 'acme',
      adoptExisting: false,
      correlationId: 'request',
      key: { key: 'k', body: 'b' },
    },
    NOW,
    AWS_SETTINGS,
  ),
  ...changes,
});

// The in-memory store, on which other tests rely, must behave the same. `npm run test:ci` installs and requires Dynoxide.
const STORES: [string, () => TrackerStore][] = [
  ['dynalite over the wire', () => onTheWire],
  ['the one in memory', () => new MemoryStore()],
];
if (DYNOXIDE) STORES.push(['dynoxide over the wire', () => onDynoxide]);

describe.each(STORES)('the store: %s', (_, storeOf) => {
  test('a created record is read back unchanged', async () => {
    const store = storeOf();
    const record = newRecord();
    expect(await store.read(record.trackerId)).toBeUndefined();
    expect(await store.create(record)).toBe(true);
    expect(await store.read(record.trackerId)).toEqual(record);
  });

  test('the unfinished trackers of a tenant, with pending cleanups, are counted up to a limit', async () => {
    const store = storeOf();
    const tenantId = `counted${++count}`;
    const [one, two, three] = [newRecord({ tenantId }), newRecord({ tenantId }), newRecord({ tenantId })];
    for (const record of [one, two, three]) await store.create(record);
    await store.create(newRecord({ tenantId: `${tenantId}x` }));
    expect(await store.countUnfinished(tenantId, 10)).toBe(3);
    expect(await store.countUnfinished(tenantId, 2)).toBe(2);
    const active = await store.save(one, { ...one, status: 'ACTIVE', observedGeneration: 1 });
    const failed = { ...two, status: 'CREATE FAILED', observedGeneration: 1, cleanup: {} } as const;
    const cleaning = await store.save(two, failed);
    expect(await store.countUnfinished(tenantId, 10)).toBe(2);
    if (!active || !cleaning) throw new Error('not saved');
    await store.save(cleaning, { ...cleaning, cleanup: undefined });
    expect(await store.countUnfinished(tenantId, 10)).toBe(1);
    await store.save(active, { ...active, generation: 2 });
    expect(await store.countUnfinished(tenantId, 10)).toBe(2);
    expect(await store.countUnfinished('nobody', 10)).toBe(0);
  });

  test('of 50 parallel creates, exactly one succeeds', async () => {
    const store = storeOf();
    const record = newRecord();
    const created = await Promise.all(
      Array.from({ length: 50 }, (_, n) => store.create({ ...record, correlationId: `request-${n}` })),
    );
    expect(created.filter(Boolean)).toHaveLength(1);
    const winner = await store.read(record.trackerId);
    expect(winner?.correlationId).toBe(`request-${created.indexOf(true)}`);
  });

  test('a save writes changed attributes, removes undefined ones, and increments rev', async () => {
    const store = storeOf();
    const before = newRecord({ notBefore: 5, createdAt: 6 });
    await store.create(before);
    const saved = await store.save(before, { ...before, status: 'ACTIVE', trackingId: 't', notBefore: undefined });
    expect(saved).toMatchObject({ status: 'ACTIVE', rev: 2 });
    const { notBefore, ...rest } = before;
    expect(notBefore).toBe(5);
    expect(await store.read(before.trackerId)).toEqual({ ...rest, status: 'ACTIVE', trackingId: 't', rev: 2 });
  });

  test('of 50 parallel saves of the same revision, exactly one succeeds; the others must read again', async () => {
    const store = storeOf();
    const before = newRecord();
    await store.create(before);
    const saves = await Promise.all(
      Array.from({ length: 50 }, (_, n) => store.save(before, { ...before, takeOvers: n + 1 })),
    );
    const done = saves.filter((saved) => saved !== undefined);
    expect(done).toHaveLength(1);
    expect(await store.read(before.trackerId)).toEqual(done[0]);
  });

  test('a save of a missing record saves nothing', async () => {
    const store = storeOf();
    const record = newRecord();
    expect(await store.save(record, { ...record, takeOvers: 1 })).toBeUndefined();
    expect(await store.read(record.trackerId)).toBeUndefined();
  });

  test('due records are listed by lane, longest due first, up to the limit', async () => {
    const store = storeOf();
    const lane = (at: number, name: 'urgent' | 'routine' = 'urgent') => newRecord({ due: { lane: name, at } });
    const records = [lane(30), lane(10), lane(20), lane(5, 'routine'), lane(40)];
    for (const record of records) await store.create(record);
    const ids = records.map(({ trackerId }) => trackerId);
    expect(await store.listDue('urgent', 30, 10)).toEqual([ids[1], ids[2], ids[0]]);
    expect(await store.listDue('urgent', 30, 2)).toEqual([ids[1], ids[2]]);
    expect(await store.listDue('routine', 30, 10)).toEqual([ids[3]]);
  });

  test('records that wait for admission are listed by their account and Region, lowest place first, and are not due', async () => {
    const store = storeOf();
    const waiting = (place: number, at = 'us-east-1:123456789012') =>
      newRecord({
        datasetGroupArn: `arn:aws:personalize:${at}:dataset-group/acme-${place}`,
        due: { lane: 'admission', at: place },
      });
    const records = [waiting(3), waiting(1), waiting(2), waiting(0, 'eu-west-1:123456789012')];
    for (const record of records) await store.create(record);
    const ids = records.map(({ trackerId }) => trackerId);
    expect(await store.listWaiting('123456789012/us-east-1', 2)).toEqual([ids[1], ids[2]]);
    expect(await store.listWaiting('123456789012/eu-west-1', 10)).toEqual([ids[3]]);
    const due = await store.listDue('urgent', NOW * 2, 100);
    expect(due.filter((id) => ids.includes(id))).toEqual([]);
    expect(await store.read(ids[0] ?? '')).toMatchObject({ due: { lane: 'admission', at: 3 } });
  });
});

test('a save keeps attributes that newer code added to the item', async () => {
  const before = newRecord();
  await onTheWire.create(before);
  const { Item } = await documents.send(new GetCommand({ TableName, Key: { trackerId: before.trackerId } }));
  await documents.send(new PutCommand({ TableName, Item: { ...Item, fromNewerCode: { kept: true } } }));
  await onTheWire.save(before, { ...before, status: 'ACTIVE' });
  const after = await documents.send(new GetCommand({ TableName, Key: { trackerId: before.trackerId } }));
  expect(after.Item).toMatchObject({ status: 'ACTIVE', fromNewerCode: { kept: true } });
});

test('reading an item that is not a record is an error', async () => {
  await documents.send(new PutCommand({ TableName, Item: { trackerId: 'et-foreign' } }));
  await expect(onTheWire.read('et-foreign')).rejects.toThrow('not a record');
});
