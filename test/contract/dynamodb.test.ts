import { connect } from 'node:net';
import {
  ConditionalCheckFailedException,
  DescribeTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  ProvisionedThroughputExceededException,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { startAwsPort } from '../../infra/local/aws-port.ts';
import { dynamoDbFault } from '../../infra/local/dynamodb/faults.ts';
import type { DynamoDbService } from '../../infra/local/dynamodb/service.ts';
import type { FaultInjection } from '../../infra/local/fault-injection.ts';
import { CUT } from '../../infra/local/wire.ts';
import { closeAfterEachTest, closers, due, dueIds, start } from './local-dynamodb.ts';

closeAfterEachTest();

describe('DynamoDB over the wire, in memory', () => {
  let service: DynamoDbService;
  let faults: FaultInjection;
  let client: DynamoDBClient;
  let url: string;
  beforeEach(async () => {
    ({ service, faults, client, url } = await start());
  });

  it('has the tables, in the runtime’s account and Region', async () => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: 'trackers' }));
    expect(Table?.TableStatus).toBe('ACTIVE');
    expect(Table?.TableArn).toBe('arn:aws:dynamodb:us-east-1:123456789012:table/trackers');
    expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual(['trackers']);
  });

  it('lets exactly one of 200 racing conditional puts succeed', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 200 }, (_, at) =>
        client.send(
          new PutItemCommand({
            ...due('group', at),
            ConditionExpression: 'attribute_not_exists(#id)',
            ExpressionAttributeNames: { '#id': 'id' },
          }),
        ),
      ),
    );
    const winners = outcomes.flatMap((outcome, at) => (outcome.status === 'fulfilled' ? [at] : []));
    expect(winners).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(ConditionalCheckFailedException);
    }
    const { Item } = await client.send(
      new GetItemCommand({ TableName: 'trackers', Key: { id: { S: 'group' } }, ConsistentRead: true }),
    );
    expect(Item?.at?.N).toBe(String(winners[0]));
  });

  it('applies a conditional update expression and moves the item in the index', async () => {
    await client.send(new PutItemCommand(due('a', 10)));
    await client.send(new PutItemCommand(due('b', 5)));
    const update = (rev: string) =>
      client.send(
        new UpdateItemCommand({
          TableName: 'trackers',
          Key: { id: { S: 'b' } },
          UpdateExpression: 'SET #at = #at + :more, #rev = :next, #tags = :tags REMOVE #gone',
          ConditionExpression: 'attribute_not_exists(#rev) OR #rev = :rev',
          ExpressionAttributeNames: { '#at': 'at', '#rev': 'rev', '#tags': 'tags', '#gone': 'gone' },
          ExpressionAttributeValues: {
            ':more': { N: '100' },
            ':rev': { N: rev },
            ':next': { N: '1' },
            ':tags': { L: [{ M: { tagKey: { S: 'größe' }, tagValue: { S: '' } } }] },
          },
          ReturnValues: 'ALL_NEW',
        }),
      );
    const { Attributes } = await update('0');
    expect(Attributes?.at).toEqual({ N: '105' });
    expect(Attributes?.tags).toEqual({ L: [{ M: { tagKey: { S: 'größe' }, tagValue: { S: '' } } }] });
    await expect(update('0')).rejects.toBeInstanceOf(ConditionalCheckFailedException);
    expect(await dueIds(client)).toEqual(['a', 'b']);
    expect(await dueIds(client, 50)).toEqual(['a']);
  });

  it('returns the engine’s checksum and body unchanged', async () => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'x-amz-target': 'DynamoDB_20120810.ListTables',
        'content-type': 'application/x-amz-json-1.0',
        authorization: 'AWS4-HMAC-SHA256 Credential=a/b/us-east-1/dynamodb/aws4_request, SignedHeaders=h, Signature=s',
        'x-amz-date': '20260101T000000Z',
        origin: url,
      },
      body: '{}',
    });
    expect(await answer.text()).toBe('{"TableNames":["trackers"]}');
    expect(Number(answer.headers.get('x-amz-crc32'))).toBeGreaterThan(0);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it.each(['null', '[]', '1', '"x"', '{"TableName":', '\u0000'])(
    'refuses the body %j and keeps running',
    async (body) => {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'x-amz-target': 'DynamoDB_20120810.GetItem', 'content-type': 'application/x-amz-json-1.0' },
        body,
      });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ __type: 'SerializationException' });
      expect(await dueIds(client)).toEqual([]);
    },
  );

  it.each([
    ['PutItem', { TableName: 'trackers', Item: { id: { S: 'a' }, list: { L: [null] } } }],
    ['BatchGetItem', { RequestItems: { trackers: null } }],
    ['BatchWriteItem', { RequestItems: { trackers: [null] } }],
    ['TagResource', { ResourceArn: 'arn:aws:dynamodb:us-east-1:123456789012:table/trackers', Tags: [{ Key: 'a' }] }],
  ])('refuses a %s that would crash the engine, and keeps running', async (operation, body) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'x-amz-target': `DynamoDB_20120810.${operation}`,
        'content-type': 'application/x-amz-json-1.0',
        authorization: 'AWS4-HMAC-SHA256 Credential=a/b/us-east-1/dynamodb/aws4_request, SignedHeaders=h, Signature=s',
        'x-amz-date': '20260101T000000Z',
      },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(400);
    expect(await dueIds(client)).toEqual([]);
  });

  it('refuses attributes nested deeper than DynamoDB allows', async () => {
    const value = `${'{"L":['.repeat(5_000)}${']}'.repeat(5_000)}`;
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'x-amz-target': 'DynamoDB_20120810.PutItem', 'content-type': 'application/x-amz-json-1.0' },
      body: `{"TableName":"trackers","Item":{"id":${value}}}`,
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ __type: 'ValidationException' });
    expect(await dueIds(client)).toEqual([]);
  });

  it('survives a client that drops its connection in the middle of a body', async () => {
    const nobody = async () => ({ status: 404, headers: {}, body: '' });
    const aws = await startAwsPort({
      port: 0,
      host: '127.0.0.1',
      services: {
        dynamodb: service.wire,
        stepFunctions: nobody,
        eventBridge: nobody,
        personalize: nobody,
        personalizeEvents: nobody,
        parameterStore: nobody,
        secretsManager: nobody,
        queues: nobody,
        lambda: nobody,
        sts: nobody,
        iam: nobody,
      },
      local: [],
      streams: {},
    });
    closers.push(aws.close);
    const { port } = new URL(aws.url);
    const dropped = Array.from(
      { length: 5 },
      () =>
        new Promise<void>((resolve) => {
          const socket = connect(Number(port), '127.0.0.1', () => {
            socket.write(
              'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nx-amz-target: DynamoDB_20120810.PutItem\r\n' +
                'content-type: application/x-amz-json-1.0\r\ncontent-length: 1000\r\n\r\n{"TableName":',
              () => socket.resetAndDestroy(),
            );
          });
          socket.on('error', () => {});
          socket.on('close', () => resolve());
        }),
    );
    await Promise.all(dropped);
    await client.send(new PutItemCommand(due('after', 1)));
    expect(await dueIds(client)).toEqual(['after']);
  });

  it('injects each scripted fault as many times as the script says', async () => {
    const injected = faults.of('dynamodb', dynamoDbFault);
    const put = (id: string) => client.send(new PutItemCommand(due(id, 1)));

    injected.add({ operation: 'PutItem', times: 1, fault: 'throttle' });
    injected.add({ operation: 'PutItem', times: 1, fault: 'server-error' });
    injected.add({ operation: 'PutItem', times: 1, fault: 'cut' });
    injected.add({ operation: 'PutItem', times: 1, fault: 'lost-answer' });
    await expect(put('throttled')).rejects.toBeInstanceOf(ProvisionedThroughputExceededException);
    await expect(put('failed')).rejects.toMatchObject({
      name: 'InternalServerError',
      $metadata: { httpStatusCode: 500 },
    });
    await expect(put('cut')).rejects.toThrow(/socket hang up|ECONNRESET/);
    await expect(put('landed')).rejects.toThrow(/socket hang up|ECONNRESET/);
    await put('well');
    expect((await dueIds(client)).sort()).toEqual(['landed', 'well']);

    injected.add({ operation: 'PutItem', times: 5, fault: 'throttle' });
    injected.clear();
    await put('again');
  });

  it.each([
    [{ operation: 'putItem', times: 1, fault: 'cut' }, 'operation'],
    [{ operation: 'PutItem', times: 0, fault: 'cut' }, 'times'],
    [{ operation: 'PutItem', times: 1, fault: 'late' }, 'fault'],
    [{ operation: 'PutItem', times: 1, fault: 'cut', table: 'x' }, 'table'],
  ])('refuses the fault script %j, naming %s', async (fault, field) => {
    const answer = await faults.wire({
      method: 'POST',
      path: '/_faults',
      query: new URLSearchParams(),
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify({ service: 'dynamodb', ...fault })),
    });
    if (answer === CUT) throw new Error('the connection broke');
    expect(answer.status).toBe(400);
    expect(String(answer.body)).toContain(field);
  });
});
