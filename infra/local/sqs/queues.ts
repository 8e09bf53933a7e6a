import { createHash, randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import * as z from 'zod';
import { DurableMap } from '../durable-map.ts';
import { ACCOUNT_ID, AwsError, type Clock, REGION } from '../wire.ts';

/** A standard queue. The attributes are those that a caller may set. */
export interface Queue {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Message {
  readonly queue: string;
  readonly id: string;
  readonly body: string;
  /** Milliseconds since the epoch. */
  readonly sentAt: number;
  /** When it can be received (again). */
  readonly visibleAt: number;
  readonly firstReceivedAt?: number | undefined;
  readonly receiveCount: number;
  /** Of the latest receive. */
  readonly receipt?: string | undefined;
}

const queueSchema: z.ZodType<Queue> = z.object({
  name: z.string(),
  createdAt: z.number(),
  attributes: z.record(z.string(), z.string()),
  tags: z.record(z.string(), z.string()),
});
const messageSchema: z.ZodType<Message> = z.object({
  queue: z.string(),
  id: z.string(),
  body: z.string(),
  sentAt: z.number(),
  visibleAt: z.number(),
  firstReceivedAt: z.number().optional(),
  receiveCount: z.int(),
  receipt: z.string().optional(),
});

/** The attributes that can be set, with their defaults and limits (SetQueueAttributes), in the units of SQS: seconds and bytes. */
const NUMBERS: Readonly<Record<string, { readonly initial: number; readonly min: number; readonly max: number }>> = {
  DelaySeconds: { initial: 0, min: 0, max: 900 },
  MaximumMessageSize: { initial: 1_048_576, min: 1024, max: 1_048_576 },
  MessageRetentionPeriod: { initial: 345_600, min: 60, max: 1_209_600 },
  ReceiveMessageWaitTimeSeconds: { initial: 0, min: 0, max: 20 },
  VisibilityTimeout: { initial: 30, min: 0, max: 43_200 },
};
/** Kept and returned; only `Policy` has an effect. */
const TEXTS = ['Policy', 'SqsManagedSseEnabled', 'KmsMasterKeyId', 'KmsDataKeyReusePeriodSeconds', 'RedrivePolicy'];

const EXISTS_NOT = 'The specified queue does not exist.';
export const queueArn = (name: string): string => `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${name}`;

/** Standard queues and their messages, on disk when paths are given. Delivery is at least once; the order is that of sending. */
export class Queues {
  readonly #queues: DurableMap<Queue>;
  readonly #messages: DurableMap<Message>;
  readonly #clock: Clock;
  readonly #arrivals = new EventEmitter();
  readonly #closing = new AbortController();

  constructor(clock: Clock, paths?: { readonly queues: string; readonly messages: string }) {
    this.#clock = clock;
    this.#queues = new DurableMap(paths?.queues, queueSchema);
    this.#messages = new DurableMap(paths?.messages, messageSchema);
    // One listener for each receiver that waits.
    this.#arrivals.setMaxListeners(0);
  }

  /** Creates the queue, or returns one of the same name and attributes. @throws AwsError QueueNameExists, InvalidAttributeName, … */
  create(name: string, attributes: Readonly<Record<string, string>>, tags: Readonly<Record<string, string>>): Queue {
    checkAttributes(attributes);
    const known = this.#queues.get(name);
    if (known !== undefined) {
      const differs = Object.entries(attributes).find(([key, value]) => settingOf(known, key) !== value);
      if (differs === undefined) return known;
      const message = `A queue already exists with the same name and a different value for attribute ${differs[0]}`;
      throw new AwsError('QueueNameExists', message);
    }
    const queue = { name, createdAt: this.#clock(), attributes, tags };
    this.#queues.set(name, queue);
    return queue;
  }

  /** @throws AwsError QueueDoesNotExist */
  get(name: string): Queue {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw new AwsError('QueueDoesNotExist', EXISTS_NOT);
    return queue;
  }

  names(): string[] {
    return [...this.#queues.keys()].sort();
  }

  setAttributes(name: string, attributes: Readonly<Record<string, string>>): void {
    checkAttributes(attributes);
    const queue = this.get(name);
    this.#queues.set(name, { ...queue, attributes: { ...queue.attributes, ...attributes } });
  }

  setTags(name: string, tags: Readonly<Record<string, string>>): void {
    this.#queues.set(name, { ...this.get(name), tags });
  }

  delete(name: string): void {
    this.get(name);
    this.purge(name);
    this.#queues.delete(name);
  }

  purge(name: string): void {
    this.get(name);
    for (const { id } of this.#of(name)) this.#messages.delete(id);
  }

  /** @throws AwsError QueueDoesNotExist, InvalidMessageContents, InvalidParameterValue */
  send(name: string, body: string, delaySeconds?: number): Message {
    const queue = this.get(name);
    const most = numberOf(queue, 'MaximumMessageSize');
    if (Buffer.byteLength(body) > most) {
      throw new AwsError(
        'InvalidParameterValue',
        `One or more parameters are invalid. Reason: Message must be shorter than ${most} bytes.`,
      );
    }
    if (/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(body)) {
      throw new AwsError('InvalidMessageContents', 'The message contains characters outside the allowed set.');
    }
    const sentAt = this.#clock();
    const delayMs = (delaySeconds ?? numberOf(queue, 'DelaySeconds')) * 1000;
    const message = { queue: name, id: randomUUID(), body, sentAt, visibleAt: sentAt + delayMs, receiveCount: 0 };
    this.#messages.set(message.id, message);
    this.#arrivals.emit('message');
    return message;
  }

  /**
   * Receives up to `max` visible messages, and waits for the first of them.
   * @param waitSeconds 0–20; by default the queue's own
   * @throws AwsError QueueDoesNotExist, also if the queue is deleted meanwhile
   */
  async receive(
    name: string,
    { max = 1, waitSeconds, visibilitySeconds }: ReceiveOptions,
  ): Promise<readonly (Message & { readonly receipt: string })[]> {
    const until = performance.now() + (waitSeconds ?? numberOf(this.get(name), 'ReceiveMessageWaitTimeSeconds')) * 1000;
    for (;;) {
      const found = this.#take(name, max, visibilitySeconds);
      const leftMs = until - performance.now();
      if (found.length > 0 || leftMs <= 0 || this.#closing.signal.aborted) return found;
      // Looks again at the latest in a second: a message can become visible without an arrival.
      const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(Math.min(Math.ceil(leftMs), 1000))]);
      await once(this.#arrivals, 'message', { signal }).catch(() => undefined);
    }
  }

  #take(name: string, max: number, visibilitySeconds: number | undefined) {
    const queue = this.get(name);
    const now = this.#clock();
    const hiddenMs = (visibilitySeconds ?? numberOf(queue, 'VisibilityTimeout')) * 1000;
    for (const { id, sentAt } of this.#of(name)) {
      if (sentAt + numberOf(queue, 'MessageRetentionPeriod') * 1000 <= now) this.#messages.delete(id);
    }
    const visible = this.#of(name).filter(({ visibleAt }) => visibleAt <= now);
    return visible.slice(0, max).map((message) => {
      const receipt = `${message.id}/${randomUUID()}`;
      const { firstReceivedAt = now, receiveCount } = message;
      const received = {
        ...message,
        firstReceivedAt,
        receipt,
        receiveCount: receiveCount + 1,
        visibleAt: now + hiddenMs,
      };
      this.#messages.set(message.id, received);
      return received;
    });
  }

  /** Like SQS, succeeds for a message that is gone. @throws AwsError ReceiptHandleIsInvalid */
  deleteMessage(name: string, receipt: string): void {
    const message = this.#received(name, receipt);
    // An older receipt does not delete a message that was received again.
    if (message?.receipt === receipt) this.#messages.delete(message.id);
  }

  /** @throws AwsError ReceiptHandleIsInvalid, MessageNotInflight */
  changeVisibility(name: string, receipt: string, seconds: number): void {
    const message = this.#received(name, receipt);
    const now = this.#clock();
    if (message?.receipt !== receipt || message.visibleAt <= now) {
      throw new AwsError('MessageNotInflight', 'The specified message is not in flight.');
    }
    this.#messages.set(message.id, { ...message, visibleAt: now + seconds * 1000 });
    if (seconds === 0) this.#arrivals.emit('message');
  }

  #received(name: string, receipt: string): Message | undefined {
    this.get(name);
    const [, id] = /^([0-9a-f-]{36})\/[0-9a-f-]{36}$/.exec(receipt) ?? [];
    if (id === undefined) throw new AwsError('ReceiptHandleIsInvalid', 'The specified receipt handle is not valid.');
    const message = this.#messages.get(id);
    return message?.queue === name ? message : undefined;
  }

  /** All attributes, as GetQueueAttributes names them. */
  attributesOf(name: string): Record<string, string> {
    const queue = this.get(name);
    const now = this.#clock();
    const messages = this.#of(name);
    const isInFlight = ({ receiveCount, visibleAt }: Message) => receiveCount > 0 && visibleAt > now;
    return {
      ...Object.fromEntries(Object.entries(NUMBERS).map(([key, { initial }]) => [key, String(initial)])),
      SqsManagedSseEnabled: 'true',
      ...queue.attributes,
      QueueArn: queueArn(name),
      CreatedTimestamp: String(Math.floor(queue.createdAt / 1000)),
      ApproximateNumberOfMessages: String(messages.filter(({ visibleAt }) => visibleAt <= now).length),
      ApproximateNumberOfMessagesNotVisible: String(messages.filter(isInFlight).length),
      ApproximateNumberOfMessagesDelayed: String(
        messages.filter((message) => message.visibleAt > now && !isInFlight(message)).length,
      ),
    };
  }

  #of(name: string): Message[] {
    return [...this.#messages.values()].filter(({ queue }) => queue === name);
  }

  close(): void {
    this.#closing.abort();
    this.#queues.close();
    this.#messages.close();
  }
}

interface ReceiveOptions {
  readonly max?: number | undefined;
  readonly waitSeconds?: number | undefined;
  readonly visibilitySeconds?: number | undefined;
}

/** The digest that SDKs compare with the body. */
export const md5Of = (text: string): string => createHash('md5').update(text).digest('hex');

const settingOf = ({ attributes }: Queue, name: string): string | undefined =>
  attributes[name] ?? (NUMBERS[name] && String(NUMBERS[name].initial));
const numberOf = (queue: Queue, name: string): number => Number(settingOf(queue, name));

/** @throws AwsError InvalidAttributeName, InvalidAttributeValue */
function checkAttributes(attributes: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(attributes)) {
    const limits = NUMBERS[name];
    if (limits === undefined && !TEXTS.includes(name)) {
      const known = [...Object.keys(NUMBERS), ...TEXTS].join(', ');
      throw new AwsError(
        'InvalidAttributeName',
        `The local SQS does not know the attribute ${name}. It knows ${known}.`,
      );
    }
    const isValid = limits === undefined || (/^\d+$/.test(value) && +value >= limits.min && +value <= limits.max);
    if (!isValid) throw new AwsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);
  }
}
