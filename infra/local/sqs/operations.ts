import * as z from 'zod';
import { statementsOf } from '../iam/policy.ts';
import { ACCOUNT_ID, AwsError } from '../wire.ts';
import { parseInput, text } from '../wire-input.ts';
import { pageOf } from '../wire-page.ts';
import { type Message, md5Of, type Queues } from './queues.ts';

/** The queues, and the address under which they are called. */
interface Context {
  readonly queues: Queues;
  /** `http://127.0.0.1:4566`; a queue's URL begins with it. */
  readonly origin: string;
}
type Operation = (context: Context, body: Record<string, unknown>) => unknown;

const operation =
  <S extends z.ZodType>(shape: S, act: (context: Context, input: z.infer<S>) => unknown): Operation =>
  (context, body) =>
    act(context, parseInput(shape, body, 'InvalidParameterValue'));

const urlOf = ({ origin }: Context, name: string): string => `${origin}/${ACCOUNT_ID}/${name}`;
/** Only its end counts, as the runtime may have been called by another of its names. */
const QueueUrl = text(1, 2048).transform((url, context) => {
  const [, account, name] = /\/(\d{12})\/([^/]+)$/.exec(url) ?? [];
  if (account === ACCOUNT_ID && name !== undefined) return name;
  context.addIssue({ code: 'custom', message: `Must be the URL of a queue of the account ${ACCOUNT_ID}` });
  return z.NEVER;
});
/** Names of FIFO queues have a dot, which is why there are none here. */
const name = z.string().regex(/^[\w-]{1,80}$/);
const texts = z.record(z.string(), z.string());
const ATTRIBUTES_OF_MESSAGE = [
  'SentTimestamp',
  'ApproximateReceiveCount',
  'ApproximateFirstReceiveTimestamp',
  'SenderId',
];

function checkPolicy({ Policy }: Readonly<Record<string, string>>): void {
  if (!Policy) return;
  try {
    statementsOf('resource', Policy);
  } catch (error) {
    if (error instanceof AwsError) throw new AwsError('InvalidAttributeValue', error.message);
    throw error;
  }
}

const received = (message: Message, names: readonly string[]) => {
  const attributes: Record<string, string> = {
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    SenderId: ACCOUNT_ID,
  };
  const wanted = names.includes('All')
    ? ATTRIBUTES_OF_MESSAGE
    : names.filter((each) => Object.hasOwn(attributes, each));
  return {
    MessageId: message.id,
    ReceiptHandle: message.receipt,
    Body: message.body,
    MD5OfBody: md5Of(message.body),
    ...(wanted.length > 0 && { Attributes: Object.fromEntries(wanted.map((each) => [each, attributes[each]])) }),
  };
};

/** The operations of the local SQS, by name. */
export const operations: Readonly<Record<string, Operation>> = {
  CreateQueue: operation(
    z.object({ QueueName: name, Attributes: texts.optional(), tags: texts.optional() }),
    (context, { QueueName, Attributes = {}, tags = {} }) => {
      checkPolicy(Attributes);
      return { QueueUrl: urlOf(context, context.queues.create(QueueName, Attributes, tags).name) };
    },
  ),
  GetQueueUrl: operation(z.object({ QueueName: text(1, 80) }), (context, { QueueName }) => ({
    QueueUrl: urlOf(context, context.queues.get(QueueName).name),
  })),
  ListQueues: operation(
    z.object({
      QueueNamePrefix: z.string().optional(),
      MaxResults: z.int().min(1).max(1000).optional(),
      NextToken: z.string().optional(),
    }),
    (context, { QueueNamePrefix = '', MaxResults = 1000, NextToken }) => {
      const names = context.queues.names().filter((each) => each.startsWith(QueueNamePrefix));
      const list = { list: `ListQueues ${QueueNamePrefix}`, token: NextToken, size: MaxResults };
      const { items, nextToken } = pageOf(names, (each) => each, { ...list, refusal: 'InvalidParameterValue' });
      return { QueueUrls: items.map((each) => urlOf(context, each)), NextToken: nextToken };
    },
  ),
  GetQueueAttributes: operation(
    z.object({ QueueUrl, AttributeNames: z.array(z.string()).optional() }),
    ({ queues }, { QueueUrl, AttributeNames = [] }) => {
      const all = queues.attributesOf(QueueUrl);
      const isWanted = (each: string) => AttributeNames.includes('All') || AttributeNames.includes(each);
      return { Attributes: Object.fromEntries(Object.entries(all).filter(([each]) => isWanted(each))) };
    },
  ),
  SetQueueAttributes: operation(z.object({ QueueUrl, Attributes: texts }), ({ queues }, { QueueUrl, Attributes }) => {
    checkPolicy(Attributes);
    queues.setAttributes(QueueUrl, Attributes);
  }),
  ListQueueTags: operation(z.object({ QueueUrl }), ({ queues }, { QueueUrl }) => ({ Tags: queues.get(QueueUrl).tags })),
  TagQueue: operation(z.object({ QueueUrl, Tags: texts }), ({ queues }, { QueueUrl, Tags }) => {
    queues.setTags(QueueUrl, { ...queues.get(QueueUrl).tags, ...Tags });
  }),
  UntagQueue: operation(z.object({ QueueUrl, TagKeys: z.array(z.string()) }), ({ queues }, { QueueUrl, TagKeys }) => {
    const left = Object.entries(queues.get(QueueUrl).tags).filter(([key]) => !TagKeys.includes(key));
    queues.setTags(QueueUrl, Object.fromEntries(left));
  }),
  DeleteQueue: operation(z.object({ QueueUrl }), ({ queues }, { QueueUrl }) => queues.delete(QueueUrl)),
  PurgeQueue: operation(z.object({ QueueUrl }), ({ queues }, { QueueUrl }) => queues.purge(QueueUrl)),
  SendMessage: operation(
    z.object({ QueueUrl, MessageBody: z.string().min(1), DelaySeconds: z.int().min(0).max(900).optional() }),
    ({ queues }, { QueueUrl, MessageBody, DelaySeconds }) => {
      const { id } = queues.send(QueueUrl, MessageBody, DelaySeconds);
      return { MessageId: id, MD5OfMessageBody: md5Of(MessageBody) };
    },
  ),
  ReceiveMessage: operation(
    z.object({
      QueueUrl,
      MaxNumberOfMessages: z.int().min(1).max(10).optional(),
      WaitTimeSeconds: z.int().min(0).max(20).optional(),
      VisibilityTimeout: z.int().min(0).max(43_200).optional(),
      AttributeNames: z.array(z.string()).optional(),
      MessageSystemAttributeNames: z.array(z.string()).optional(),
    }),
    async ({ queues }, input) => {
      const { AttributeNames = [], MessageSystemAttributeNames = [] } = input;
      const messages = await queues.receive(input.QueueUrl, {
        max: input.MaxNumberOfMessages,
        waitSeconds: input.WaitTimeSeconds,
        visibilitySeconds: input.VisibilityTimeout,
      });
      const names = [...AttributeNames, ...MessageSystemAttributeNames];
      return messages.length === 0 ? {} : { Messages: messages.map((message) => received(message, names)) };
    },
  ),
  DeleteMessage: operation(z.object({ QueueUrl, ReceiptHandle: z.string() }), ({ queues }, input) =>
    queues.deleteMessage(input.QueueUrl, input.ReceiptHandle),
  ),
  ChangeMessageVisibility: operation(
    z.object({ QueueUrl, ReceiptHandle: z.string(), VisibilityTimeout: z.int().min(0).max(43_200) }),
    ({ queues }, input) => queues.changeVisibility(input.QueueUrl, input.ReceiptHandle, input.VisibilityTimeout),
  ),
};
