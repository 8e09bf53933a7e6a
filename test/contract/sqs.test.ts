import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  TagQueueCommand,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSqsService, type SqsService } from '../../infra/local/sqs/service.ts';
import { serve } from './serve.ts';

const folder = mkdtempSync(join(tmpdir(), 'event-trackers-sqs-'));
let now = 1_700_000_000_000;
let service: SqsService;
let sqs: SQSClient;
let stop: () => Promise<void>;

async function start(): Promise<void> {
  service = createSqsService({ clock: () => now, directory: folder });
  const port = await serve(service.wire);
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  sqs = new SQSClient({ endpoint: port.url, region: 'us-east-1', credentials, maxAttempts: 1 });
  stop = async () => {
    sqs.destroy();
    service.close();
    await port.close();
  };
}
beforeAll(start);
afterAll(async () => {
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

const create = async (QueueName: string, Attributes: Record<string, string> = {}) =>
  (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl;
const send = (QueueUrl: string | undefined, MessageBody: string, DelaySeconds?: number) =>
  sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, DelaySeconds }));
const receive = async (QueueUrl: string | undefined, options: Partial<ReceiveMessageCommandInput> = {}) =>
  (await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...options }))).Messages ?? [];
const bodies = async (...args: Parameters<typeof receive>) => (await receive(...args)).map(({ Body }) => Body);

describe('the local SQS', () => {
  test('returns each message once while it is invisible, again after that, and not at all once it is deleted', async () => {
    const url = await create('once', { VisibilityTimeout: '60' });
    await send(url, 'one');
    await send(url, 'two');
    const [first] = await receive(url, { MessageSystemAttributeNames: ['All'] });
    expect(first).toMatchObject({
      Body: 'one',
      Attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(now) },
    });
    expect(await bodies(url)).toEqual([]);
    now += 61_000;
    const again = await receive(url, { MessageSystemAttributeNames: ['ApproximateReceiveCount'] });
    expect(again.map(({ Body, Attributes }) => [Body, Attributes])).toEqual([
      ['one', { ApproximateReceiveCount: '2' }],
      ['two', { ApproximateReceiveCount: '2' }],
    ]);
    // The receipt of an earlier receive deletes nothing.
    await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: first?.ReceiptHandle }));
    await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: again[1]?.ReceiptHandle }));
    now += 61_000;
    expect(await bodies(url)).toEqual(['one']);
  });

  test('keeps queues and messages across a restart', async () => {
    const url = await create('kept');
    await send(url, 'kept');
    await stop();
    await start();
    const found = await sqs.send(new GetQueueUrlCommand({ QueueName: 'kept' }));
    expect(await bodies(found.QueueUrl)).toEqual(['kept']);
  });

  test('holds a receive until a message arrives', async () => {
    const url = await create('long');
    const received = bodies(url, { WaitTimeSeconds: 20 });
    await send(url, 'late');
    expect(await received).toEqual(['late']);
  });

  test('delays a message, makes one visible again at once, and drops what is older than the retention', async () => {
    const url = await create('timed', { MessageRetentionPeriod: '60' });
    await send(url, 'later', 10);
    expect(await bodies(url)).toEqual([]);
    now += 10_000;
    const [message] = await receive(url);
    await sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: url,
        ReceiptHandle: message?.ReceiptHandle,
        VisibilityTimeout: 0,
      }),
    );
    expect(await bodies(url, { VisibilityTimeout: 0 })).toEqual(['later']);
    now += 51_000;
    expect(await bodies(url)).toEqual([]);
  });

  test('lists, tags, counts, purges and deletes queues', async () => {
    const url = await create('listed-1');
    await create('listed-2');
    const page = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'listed-', MaxResults: 1 }));
    const next = await sqs.send(
      new ListQueuesCommand({ QueueNamePrefix: 'listed-', MaxResults: 1, NextToken: page.NextToken }),
    );
    const urls = [page, next].flatMap(({ QueueUrls = [] }) => QueueUrls);
    expect(urls.map((each) => each.split('/').at(-1))).toEqual(['listed-1', 'listed-2']);
    expect(next.NextToken).toBeUndefined();
    await sqs.send(new TagQueueCommand({ QueueUrl: url, Tags: { a: '1', b: '2' } }));
    await sqs.send(new UntagQueueCommand({ QueueUrl: url, TagKeys: ['a'] }));
    expect((await sqs.send(new ListQueueTagsCommand({ QueueUrl: url }))).Tags).toEqual({ b: '2' });
    await send(url, 'x');
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { DelaySeconds: '5' } }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
    expect(Attributes).toMatchObject({
      QueueArn: 'arn:aws:sqs:us-east-1:123456789012:listed-1',
      ApproximateNumberOfMessages: '1',
      DelaySeconds: '5',
      VisibilityTimeout: '30',
    });
    await sqs.send(new PurgeQueueCommand({ QueueUrl: url }));
    expect(await bodies(url)).toEqual([]);
    await sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
    await expect(receive(url)).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });

  test('creates a queue of the same name and attributes once, and refuses another one', async () => {
    const url = await create('same', { VisibilityTimeout: '10' });
    expect(await create('same', { VisibilityTimeout: '10' })).toBe(url);
    await expect(create('same', { VisibilityTimeout: '11' })).rejects.toMatchObject({ name: 'QueueNameExists' });
    await expect(create('events.fifo')).rejects.toThrow(/queueName|QueueName/);
    await expect(create('odd', { Colour: 'red' })).rejects.toMatchObject({ name: 'InvalidAttributeName' });
    await expect(create('odd', { DelaySeconds: '901' })).rejects.toMatchObject({ name: 'InvalidAttributeValue' });
    await expect(create('odd', { Policy: '{}' })).rejects.toMatchObject({ name: 'InvalidAttributeValue' });
  });

  test('refuses a message that is too large, and an unknown receipt', async () => {
    const url = await create('small', { MaximumMessageSize: '1024' });
    await expect(send(url, 'x'.repeat(1025))).rejects.toThrow(/shorter than 1024/);
    const unknown = new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: 'no' });
    await expect(sqs.send(unknown)).rejects.toMatchObject({ name: 'ReceiptHandleIsInvalid' });
  });
});

describe('a queue as the target of a rule', () => {
  const RULE = 'arn:aws:events:us-east-1:123456789012:rule/bus/mine';
  const arn = 'arn:aws:sqs:us-east-1:123456789012:events';
  const policy = (source: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: arn,
          Condition: { ArnEquals: { 'aws:SourceArn': source } },
        },
      ],
    });

  test('receives the event if its policy names the rule, and nothing without', async () => {
    const target = { arn, ruleArn: RULE, input: { a: 1 } };
    expect(() => service.deliver(target)).toThrow(/queue does not exist/);
    const url = await create('events');
    expect(() => service.deliver(target)).toThrow(/does not allow events\.amazonaws\.com/);
    const allow = (source: string) =>
      sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { Policy: policy(source) } }));
    await allow(`${RULE}-of-others`);
    expect(() => service.deliver(target)).toThrow(/does not allow/);
    await allow(RULE);
    service.deliver(target);
    expect(await bodies(url)).toEqual(['{"a":1}']);
  });
});
