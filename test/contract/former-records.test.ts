import { DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DriftGateway } from '../../functions/gateways/personalize-drift.ts';
import { createDriftCursor } from '../../functions/store/drift-cursor.ts';
import { toItem } from '../../functions/store/item.ts';
import { tableSchema } from '../../functions/store/table.ts';
import { createTrackerStore, type TrackerStore } from '../../functions/store/tracker-store.ts';
import { detectDrift } from '../../functions/sweep/drift.ts';
import { sweep } from '../../functions/sweep/sweep.ts';
import type { TrackerStatus } from '../../functions/tracker/decide.ts';
import { type EventTrackerRecord, isQuiet } from '../../functions/tracker/record.ts';
import { AWS_SETTINGS } from '../../functions/tracker/settings.ts';
import { claim } from '../../functions/tracker/wishes.ts';
import { type Engine, startDynalite } from './engines.ts';

// What former code wrote is read and gone on with: a table on AWS, or the data folder of an older local runtime.

const TableName = 'event-trackers';
const NOW = Date.parse('2026-11-24T12:00:00Z');
const log = { info() {}, warn() {}, error() {} };
let engine: Engine;
let documents: DynamoDBDocumentClient;
let store: TrackerStore;

beforeAll(async () => {
  engine = await startDynalite({ TableName, ...tableSchema() });
  documents = DynamoDBDocumentClient.from(engine.client, { marshallOptions: { removeUndefinedValues: true } });
  store = createTrackerStore(documents, TableName);
});
afterAll(() => engine.close());

const arnOf = (id: string) => `arn:aws:personalize:us-east-1:123456789012:event-tracker/${id}`;

/** The item of a record of the first version: no `waitingFor`, `unusableSince`, `lost`, no `askedAt` of a cleanup. */
function formerItem(id: string, changes: Partial<EventTrackerRecord>, former: Record<string, unknown> = {}) {
  const wish = {
    trackerId: `et-${id}`,
    datasetGroupArn: `arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-${id}`,
    name: 'shop',
    tags: [],
    tenantId: 'acme',
    adoptExisting: false,
    correlationId: 'request',
    key: { key: 'k', body: 'b' },
  };
  const record = { ...claim(wish, NOW - 7_200_000, AWS_SETTINGS), ...changes };
  return { ...toItem(record), ...former };
}

const ACTIVE: Partial<EventTrackerRecord> = {
  status: 'ACTIVE',
  observedGeneration: 1,
  sequence: 1,
  due: { lane: 'routine', at: NOW - 1 },
};

function drift(statusOf: (arn: string) => TrackerStatus | 'NOT_FOUND', listed: readonly string[]) {
  const started: string[] = [];
  const personalize: DriftGateway = {
    listAll: async () => listed.map((arn) => ({ eventTrackerArn: arn, status: statusOf(arn) as TrackerStatus })),
    listOfGroup: async () => [],
    describe: async (arn) => {
      const status = statusOf(arn);
      return status === 'NOT_FOUND' ? status : { status, datasetGroupArn: '' };
    },
    isTagged: async () => true,
  };
  const result = detectDrift(
    {
      store,
      cursor: createDriftCursor(documents, TableName),
      personalize,
      workflow: { start: async ({ trackerId }) => void started.push(trackerId) },
      settings: AWS_SETTINGS,
      now: () => NOW,
      log,
      recreateLost: false,
    },
    { everything: true },
  );
  return result.then((counts) => ({ ...counts, started }));
}

test('what the drift check told once, as one text: read as told, kept, and over when it is over', async () => {
  const told = `STATUS_CHANGED ${arnOf('told')} DELETE PENDING`;
  await documents.send(
    new PutCommand({
      TableName,
      Item: formerItem('told', { ...ACTIVE, eventTrackerArn: arnOf('told'), trackingId: 't-1' }, { seenDrift: told }),
    }),
  );
  expect((await store.read('et-told'))?.seenDrift).toEqual([told]);

  // Still so: visited, and told no second time.
  expect(await drift(() => 'DELETE PENDING', [arnOf('told')])).toMatchObject({ drifted: 0, failed: 0, visited: 1 });
  expect((await store.read('et-told'))?.seenDrift).toEqual([told]);
  // One thing more is told beside it.
  expect(await drift(() => 'DELETE IN_PROGRESS', [arnOf('told')])).toMatchObject({ drifted: 1, failed: 0 });
  const record = await store.read('et-told');
  expect(record?.seenDrift).toEqual([told, `STATUS_CHANGED ${arnOf('told')} DELETE IN_PROGRESS`]);
  const { Item } = await documents.send(new GetCommand({ TableName, Key: { trackerId: 'et-told' } }));
  expect(Item?.seenDrift).toEqual(record?.seenDrift);
});

test('its loss is told, and what was lost is remembered', async () => {
  await documents.send(
    new PutCommand({
      TableName,
      Item: formerItem(
        'gone',
        { ...ACTIVE, eventTrackerArn: arnOf('gone'), trackingId: 't-2' },
        { seenDrift: `TAGS_LOST ${arnOf('gone')}` },
      ),
    }),
  );
  expect(await drift(() => 'NOT_FOUND', [])).toMatchObject({ failed: 0, started: ['et-gone'] });
  const record = await store.read('et-gone');
  expect(record).toMatchObject({ status: 'DELETED', lost: { eventTrackerArn: arnOf('gone') }, cleanup: {} });
  expect(record?.seenDrift).toBeUndefined();
});

test('one that former code took for lost, its ARN forgotten, is visited, and purged after its retention', async () => {
  const deletedAt = NOW - AWS_SETTINGS.retentionMs;
  const failure = { code: 'DELETED_OUT_OF_BAND', reason: 'deleted', remedy: 'ask again', retryable: false };
  const over = { ...ACTIVE, status: 'DELETED', failure, deletedAt } as const;
  await documents.send(new PutCommand({ TableName, Item: formerItem('over', over) }));
  expect(await drift(() => 'NOT_FOUND', [])).toMatchObject({ failed: 0, purged: 1 });
});

test('one with a cleanup that is under way is taken over by the sweep', async () => {
  const owed: Partial<EventTrackerRecord> = {
    status: 'DELETE PENDING',
    desired: 'ABSENT',
    generation: 2,
    observedGeneration: 1,
    eventTrackerArn: arnOf('owed'),
    cleanup: { report: { status: 'DELETED', generation: 1, name: 'shop', correlationId: 'request' } },
    due: { lane: 'urgent', at: NOW - 1 },
  };
  await documents.send(new PutCommand({ TableName, Item: formerItem('owed', owed) }));
  const started: string[] = [];
  const workflow = { start: async ({ trackerId }: { trackerId: string }) => void started.push(trackerId) };
  await sweep({ store, workflow, settings: AWS_SETTINGS, now: () => NOW, log }, {});
  expect(started).toContain('et-owed');
  const record = await store.read('et-owed');
  expect(record).toMatchObject({ epoch: 2, cleanup: owed.cleanup });
  expect(record && isQuiet(record)).toBe(false);
});

test('the place of a newer drift check is read by this one, which leaves what it does not know', async () => {
  const Key = { trackerId: 'drift#cursor' };
  const update = { UpdateExpression: 'SET #n = :n', ExpressionAttributeNames: { '#n': 'newer' } };
  await documents.send(new UpdateCommand({ TableName, Key, ...update, ExpressionAttributeValues: { ':n': { a: 1 } } }));
  const cursor = createDriftCursor(documents, TableName);
  await cursor.save({ tags: 'et-a' });
  expect(await cursor.read()).toMatchObject({ tags: 'et-a' });
  const { Item } = await documents.send(new GetCommand({ TableName, Key }));
  expect(Item).toMatchObject({ newer: { a: 1 }, tags: 'et-a' });
});

test('one that can not be read stops neither the sweep nor the drift check: the others have their turn', async () => {
  const due = { lane: 'urgent', at: NOW - 2 } as const;
  const put = (Item: object) => documents.send(new PutCommand({ TableName, Item }));
  await put(formerItem('bad-urgent', { due }, { history: 'gone' }));
  await put(formerItem('good-urgent', { due: { ...due, at: NOW - 1 } }));
  await put(formerItem('bad-routine', { ...ACTIVE }, { epoch: 'one' }));
  await put(formerItem('good-routine', { ...ACTIVE, eventTrackerArn: arnOf('good-routine'), trackingId: 't-1' }));

  const logged: string[] = [];
  const loud = { ...log, error: (_: string, error: unknown) => void logged.push(String(error)) };
  const started: string[] = [];
  const workflow = { start: async ({ trackerId }: { trackerId: string }) => void started.push(trackerId) };
  const swept = await sweep({ store, workflow, settings: AWS_SETTINGS, now: () => NOW, log: loud }, {});
  expect(started).toContain('et-good-urgent');
  expect(swept.failed).toBe(1);
  expect(logged.join()).toContain('"et-bad-urgent" is not a record of an event tracker: history: ');

  const drifted = await drift(() => 'ACTIVE', [arnOf('good-routine')]);
  expect(drifted.failed).toBe(1);
  expect((await store.read('et-good-routine'))?.due.at).toBeGreaterThan(NOW);
  await expect(store.read('et-bad-routine')).rejects.toThrow('epoch');
});
