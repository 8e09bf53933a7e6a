import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CreateTableCommandInput, DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterEach } from 'vitest';
import { createDynamoDbService } from '../../infra/local/dynamodb/service.ts';
import { FaultInjection } from '../../infra/local/fault-injection.ts';
import { serve } from './serve.ts';

/** The local DynamoDB behind HTTP, and an AWS SDK client for it. */

export const TABLE: CreateTableCommandInput = {
  TableName: 'trackers',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'id', AttributeType: 'S' },
    { AttributeName: 'lane', AttributeType: 'S' },
    { AttributeName: 'at', AttributeType: 'N' },
  ],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'byDue',
      KeySchema: [
        { AttributeName: 'lane', KeyType: 'HASH' },
        { AttributeName: 'at', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
};

const folders: string[] = [];
export const temporaryFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'dynamodb-test-'));
  folders.push(folder);
  return folder;
};
export const closers: Array<() => Promise<void>> = [];
/** Closes everything that a test started and removes its folders, after each test of the file. */
export function closeAfterEachTest(): void {
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
}

export async function start(directory?: string, tables = [TABLE]) {
  const faults = new FaultInjection();
  const service = await createDynamoDbService({ directory, tables, faults });
  const port = await serve(service.wire);
  const client = new DynamoDBClient({
    endpoint: port.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  let closed: Promise<void> | undefined;
  const stop = () => {
    client.destroy();
    closed ??= port.close().then(() => service.close());
    return closed;
  };
  closers.push(stop);
  return { service, faults, url: port.url, client, stop };
}

export const due = (id: string, at: number, lane = 'urgent') => ({
  TableName: 'trackers',
  Item: { id: { S: id }, lane: { S: lane }, at: { N: String(at) } },
});
export const dueIds = async (client: DynamoDBClient, until = 1e9) => {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: 'trackers',
      IndexName: 'byDue',
      KeyConditionExpression: '#lane = :lane AND #at <= :until',
      ExpressionAttributeNames: { '#lane': 'lane', '#at': 'at' },
      ExpressionAttributeValues: { ':lane': { S: 'urgent' }, ':until': { N: String(until) } },
    }),
  );
  return Items.map((item) => item.id?.S);
};
