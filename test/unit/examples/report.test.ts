import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createReport } from '../../../examples/onboarding/report.ts';
import { serve } from '../../contract/serve.ts';
import { startTable, tenant } from './onboarding-world.ts';

const TableName = 'event-trackers-onboarding';
let table: Awaited<ReturnType<typeof startTable>>;
let server: Awaited<ReturnType<typeof serve>>;
let documents: DynamoDBDocumentClient;
beforeAll(async () => {
  table = await startTable();
  server = await serve(table.dynamodb.wire);
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  documents = DynamoDBDocumentClient.from(
    new DynamoDBClient({ endpoint: server.url, region: 'us-east-1', credentials }),
  );
});
afterAll(async () => {
  await server.close();
  await table.dynamodb.close();
});

const report = (run: string, tenants: readonly unknown[]) => createReport(documents, TableName)({ run, tenants });
async function put(lines: readonly object[]): Promise<void> {
  for (let at = 0; at < lines.length; at += 25) {
    const requests = lines.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } }));
    await documents.send(new BatchWriteCommand({ RequestItems: { [TableName]: requests } }));
  }
}
const active = (run: string, position: number, name: string, more: object = {}) => ({
  run,
  position,
  ...tenant(name),
  status: 'ACTIVE',
  outcome: 'CREATE',
  datasetGroupCreated: true,
  datasetCreated: true,
  ...more,
});
const failed = (run: string, position: number, name: string, code: string, remedy = `Remedy of ${code}.`) => ({
  run,
  position,
  ...tenant(name),
  status: 'FAILED',
  code,
  remedy,
});

test('counts the outcomes, and lists each failure with its code and remedy', async () => {
  const existing = { outcome: 'NOTHING_NEW', datasetGroupCreated: false, datasetCreated: false };
  await put([
    active('one', 0, 'a'),
    active('one', 1, 'b', existing),
    active('one', 2, 'c', { ...existing, datasetCreated: true }),
    failed('one', 3, 'd', 'CONFLICT'),
    failed('one', 4, 'e', 'CONFLICT'),
    failed('one', 5, 'f', 'ACCESS_DENIED'),
    // Of another run.
    active('other', 6, 'g'),
  ]);
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const failure = (name: string, code: string) => ({ ...tenant(name), code, remedy: `Remedy of ${code}.` });
  const input = { tenantId: 'h', datasetGroup: 'h-books' };
  expect(await report('one', [...names.map((name) => tenant(name)), input, 'x', null])).toEqual({
    run: 'one',
    summary: '3 of 10 tenants are ACTIVE. Not onboarded: 3 INVALID_INPUT, 2 CONFLICT, 1 ACCESS_DENIED, 1 NOT_FINISHED.',
    total: 10,
    active: 3,
    existing: 1,
    failed: 6,
    notFinished: 1,
    failures: [
      failure('d', 'CONFLICT'),
      failure('e', 'CONFLICT'),
      failure('f', 'ACCESS_DENIED'),
      { ...tenant('g'), code: 'NOT_FINISHED', remedy: expect.stringContaining('Run the list again') },
      { ...input, code: 'INVALID_INPUT', remedy: expect.stringContaining('Correct the list') },
      { code: 'INVALID_INPUT', remedy: expect.stringContaining('Correct the list') },
      { code: 'INVALID_INPUT', remedy: expect.stringContaining('Correct the list') },
    ],
    notListed: 0,
  });
});

test('reads all pages of the table, and stays within the limit of Step Functions', async () => {
  const names = Array.from({ length: 1200 }, (_, n) => `t${n}`);
  // More than DynamoDB's page of 1 MB.
  await put(names.map((name, n) => failed('long', n, name, 'CONFLICT', 'x'.repeat(1000))));
  const result = await report(
    'long',
    names.map((name) => tenant(name)),
  );
  expect(result).toMatchObject({ total: 1200, active: 0, failed: 1200, notFinished: 0 });
  expect(result.failures.length).toBeGreaterThan(150);
  expect(result.failures.length + result.notListed).toBe(1200);
  expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(256 * 1024);
});

test('an empty list has a report, too', async () => {
  expect(await report('none', [])).toMatchObject({ total: 0, active: 0, summary: '0 of 0 tenants are ACTIVE.' });
});
