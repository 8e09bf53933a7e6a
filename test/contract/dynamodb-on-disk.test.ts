import { PutItemCommand, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { AbstractLevel } from 'abstract-level';
import { ClassicLevel } from 'classic-level';
import { describe, expect, it, vi } from 'vitest';
import { startEngine } from '../../infra/local/dynamodb/engine.ts';
import { createDynamoDbService } from '../../infra/local/dynamodb/service.ts';
import { closeAfterEachTest, due, dueIds, start, TABLE, temporaryFolder } from './local-dynamodb.ts';

closeAfterEachTest();

describe('DynamoDB on disk', () => {
  it('keeps its items across a restart', async () => {
    const directory = temporaryFolder();
    const before = await start(directory);
    await before.client.send(new PutItemCommand(due('kept', 1)));
    await before.stop();
    const after = await start(directory);
    expect(await dueIds(after.client)).toEqual(['kept']);
  });

  it('leaves nothing of a query or scan open, whether it was read to its end or not', async () => {
    const opened = vi.spyOn(AbstractLevel.prototype, 'attachResource');
    const closed = vi.spyOn(AbstractLevel.prototype, 'detachResource');
    const { client } = await start(temporaryFolder());
    for (let n = 0; n < 5; n++) await client.send(new PutItemCommand(due(`item-${n}`, n)));
    for (const Limit of [undefined, 1, 5]) {
      await client.send(new ScanCommand({ TableName: 'trackers', Limit }));
      const query = { KeyConditionExpression: '#lane = :lane', ExpressionAttributeNames: { '#lane': 'lane' } };
      const ExpressionAttributeValues = { ':lane': { S: 'urgent' } };
      await client.send(
        new QueryCommand({ TableName: 'trackers', IndexName: 'byDue', ...query, ExpressionAttributeValues, Limit }),
      );
    }
    expect(opened.mock.calls.length).toBeGreaterThanOrEqual(6);
    await expect.poll(() => closed.mock.calls.length).toBe(opened.mock.calls.length);
  });

  it('repairs an index in which a kill left entries missing, stale or false', async () => {
    const directory = temporaryFolder();
    const before = await start(directory);
    for (const id of ['missing', 'stale', 'sound']) await before.client.send(new PutItemCommand(due(id, 7)));
    await before.stop();

    const level = new ClassicLevel<string, { id: { S: string } }>(directory, { valueEncoding: 'json' });
    const entries = await level.iterator({ gte: 'index-', lt: 'index.' }).all();
    expect(entries).toHaveLength(3);
    for (const [key, entry] of entries) {
      if (entry.id.S === 'missing') await level.del(key);
      // As if the process was killed after it had written the new index entry and before it wrote the item.
      if (entry.id.S === 'stale') await level.put(`${key}0`, { ...entry, at: { N: '3' } } as typeof entry);
    }
    await level.close();

    const unrepaired = await startEngine(directory);
    expect((await dueIds(unrepaired.client)).sort()).toEqual(['sound', 'stale', 'stale']);
    await unrepaired.close();

    const after = await start(directory);
    expect((await dueIds(after.client)).sort()).toEqual(['missing', 'sound', 'stale']);
    await after.stop();
    const repaired = new ClassicLevel<string, unknown>(directory, { valueEncoding: 'json' });
    expect(await repaired.iterator({ gte: 'index-', lt: 'index.' }).all()).toEqual(entries);
    await repaired.close();
  });

  it('recreates a table whose creation was interrupted', async () => {
    const directory = temporaryFolder();
    const before = await start(directory);
    await before.stop();
    const level = new ClassicLevel<string, { TableStatus: string }>(directory, { valueEncoding: 'json' });
    const table = await level.get('table~trackers');
    expect(table?.TableStatus).toBe('ACTIVE');
    await level.put('table~trackers', { ...table, TableStatus: 'CREATING' });
    await level.close();
    const after = await start(directory);
    await after.client.send(new PutItemCommand(due('a', 1)));
    expect(await dueIds(after.client)).toEqual(['a']);
  });

  it('reports that a table from an older version lacks an index', async () => {
    const directory = temporaryFolder();
    const before = await start(directory, [
      {
        ...TABLE,
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        GlobalSecondaryIndexes: undefined,
      },
    ]);
    await before.stop();
    await expect(start(directory)).rejects.toThrow(/table trackers .* lacks the index byDue.*--fresh/);
  });

  it('reports that another runtime has the files open', async () => {
    const directory = temporaryFolder();
    await start(directory);
    await expect(createDynamoDbService({ directory, tables: [TABLE] })).rejects.toThrow(/in use by another process/);
  });
});
