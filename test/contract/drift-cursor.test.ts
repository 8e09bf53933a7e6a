import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDriftCursor } from '../../functions/store/drift-cursor.ts';
import { tableSchema } from '../../functions/store/table.ts';
import { createTrackerStore } from '../../functions/store/tracker-store.ts';
import { type Engine, startDynalite } from './engines.ts';

const TableName = 'event-trackers';
let engine: Engine;
let documents: DynamoDBDocumentClient;

beforeAll(async () => {
  engine = await startDynalite({ TableName, ...tableSchema() });
  documents = DynamoDBDocumentClient.from(engine.client, { marshallOptions: { removeUndefinedValues: true } });
});
afterAll(() => engine.close());

test('the cursor is saved for each purpose and is not listed as a record', async () => {
  const cursor = createDriftCursor(documents, TableName);
  expect(await cursor.read()).toEqual({});
  await cursor.save({});
  expect(await cursor.read()).toEqual({});
  await cursor.save({ tags: 'et-a', unknownTrackers: undefined });
  await cursor.save({ unknownTrackers: 'arn:aws:personalize:us-east-1:123456789012:event-tracker/größe' });
  expect(await cursor.read()).toEqual({
    tags: 'et-a',
    unknownTrackers: 'arn:aws:personalize:us-east-1:123456789012:event-tracker/größe',
  });
  await cursor.save({ tags: 'et-b' });
  expect(await cursor.read()).toMatchObject({ tags: 'et-b' });
  const store = createTrackerStore(documents, TableName);
  expect(await store.listDue('routine', Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
  expect(await store.listDue('urgent', Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
});
