import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCHEMA_VERSION, stateChangeSchema } from '../../../events/contract.ts';
import { EVENT_PATTERNS } from '../../../events/index.ts';
import { createTrackingIdSubscriber } from '../../../examples/subscriber/keep-tracking-id.ts';
import { createDynamoDbService, type DynamoDbService } from '../../../infra/local/dynamodb/service.ts';
import { serve } from '../../contract/serve.ts';

const TableName = 'tracking-ids';
let dynamodb: DynamoDbService;
let server: Awaited<ReturnType<typeof serve>>;
let documents: DynamoDBDocumentClient;
let subscriber: ReturnType<typeof createTrackingIdSubscriber>;
beforeAll(async () => {
  dynamodb = await createDynamoDbService({ tables: [] });
  server = await serve(dynamodb.wire);
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const client = new DynamoDBClient({ endpoint: server.url, region: 'us-east-1', credentials });
  await client.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'trackerId', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'trackerId', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  documents = DynamoDBDocumentClient.from(client);
  subscriber = createTrackingIdSubscriber(documents, TableName);
});
afterAll(async () => {
  await server.close();
  await dynamodb.close();
});

const datasetGroupArn = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop';
/** An event of the contract, as EventBridge sends it to a Lambda function. */
function event(trackerId: string, sequence: number, status: 'ACTIVE' | 'DELETED') {
  const detail = stateChangeSchema.parse({
    metadata: {
      eventId: `${trackerId}-${sequence}`,
      schemaVersion: SCHEMA_VERSION,
      sequence,
      tenantId: 'acme',
      correlationId: 'r',
      occurredAt: '2026-11-23T12:00:00Z',
    },
    data: {
      trackerId,
      status,
      previousStatus: 'CREATE PENDING',
      name: 'shop',
      datasetGroupArn,
      ...(status === 'ACTIVE' && { trackingId: `tracking-${sequence}` }),
    },
  });
  return { version: '0', source: 'event-trackers', 'detail-type': 'Event Tracker State Change', detail };
}
const kept = async (trackerId: string) =>
  (await documents.send(new GetCommand({ TableName, Key: { trackerId }, ConsistentRead: true }))).Item;

test('keeps the tracking ID exactly while the tracker is ACTIVE', async () => {
  expect(await subscriber(event('et-1', 1, 'ACTIVE'))).toEqual({ news: true });
  const common = { trackerId: 'et-1', tenantId: 'acme', datasetGroupArn };
  expect(await kept('et-1')).toEqual({ ...common, sequence: 1, status: 'ACTIVE', trackingId: 'tracking-1' });
  expect(await subscriber(event('et-1', 2, 'DELETED'))).toEqual({ news: true });
  expect(await kept('et-1')).toEqual({ ...common, sequence: 2, status: 'DELETED' });
});

test('a repeated or older event is not news and changes nothing', async () => {
  await subscriber(event('et-2', 4, 'DELETED'));
  const before = await kept('et-2');
  expect(await subscriber(event('et-2', 4, 'DELETED'))).toEqual({ news: false });
  expect(await subscriber(event('et-2', 3, 'ACTIVE'))).toEqual({ news: false });
  expect(await kept('et-2')).toEqual(before);
});

test('the newest event is kept, whatever the order and duplicates', async () => {
  let trackers = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 10 }), async (sequences) => {
      const trackerId = `et-any-${trackers++}`;
      const statusOf = (sequence: number) => (sequence % 2 === 1 ? 'ACTIVE' : 'DELETED');
      await Promise.all(sequences.map((sequence) => subscriber(event(trackerId, sequence, statusOf(sequence)))));
      const newest = Math.max(...sequences);
      const item = await kept(trackerId);
      expect(item).toMatchObject({ sequence: newest, status: statusOf(newest) });
      expect(item?.trackingId).toBe(newest % 2 === 1 ? `tracking-${newest}` : undefined);
    }),
    { numRuns: 25 },
  );
});

describe('a tolerant reader', () => {
  test('accepts unknown statuses and fields', async () => {
    const { detail, ...rest } = event('et-3', 1, 'DELETED');
    const later = { ...rest, detail: { ...detail, extra: 1, data: { ...detail.data, status: 'PAUSED', more: {} } } };
    expect(await subscriber(later)).toEqual({ news: true });
    expect(await kept('et-3')).toMatchObject({ status: 'PAUSED' });
  });

  test('rejects an invalid event, so that it is retried and moved to the dead-letter queue', async () => {
    const { detail, ...rest } = event('et-4', 1, 'DELETED');
    await expect(subscriber({ ...rest, detail: { data: {} } })).rejects.toThrow('detail.metadata');
    await expect(subscriber({ detail })).rejects.toThrow('source must be event-trackers');
  });
});

test('the action runs at least once for the newest event: again after a failure, but not after it succeeded', async () => {
  const done: number[] = [];
  let isBroken = true;
  const acting = createTrackingIdSubscriber(documents, TableName, async ({ detail: { metadata } }) => {
    if (isBroken) throw new Error('the other system is down');
    done.push(metadata.sequence);
  });
  await expect(acting(event('et-5', 1, 'ACTIVE'))).rejects.toThrow('the other system is down');
  isBroken = false;
  expect(await acting(event('et-5', 1, 'ACTIVE'))).toEqual({ news: true });
  expect(await acting(event('et-5', 1, 'ACTIVE'))).toEqual({ news: false });
  expect(await acting(event('et-5', 3, 'ACTIVE'))).toEqual({ news: true });
  expect(await acting(event('et-5', 2, 'DELETED'))).toEqual({ news: false });
  expect(done).toEqual([1, 3]);
});

test("the rule's pattern matches every state change", () => {
  const file = join(import.meta.dirname, '../../../examples/subscriber/event-pattern.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(EVENT_PATTERNS['state-changes']);
});
