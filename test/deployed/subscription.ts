import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  type EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type KnownEvent, parseEventTrackerEvent } from '../../events/index.ts';
import { Broken, must } from './api.ts';
import { ifThere, type Place, type Waiting } from './aws.ts';

/** A subscription of the run's own: a rule on the deployment's bus for the run's dataset group, and a queue. */
export class Subscription {
  readonly #clients: { readonly eventBridge: EventBridgeClient; readonly sqs: SQSClient };
  readonly #busName: string;
  readonly #place: Place;
  readonly #waiting: Waiting;
  readonly name: string;
  /** By their ids, in the order of arrival: the bus delivers at least once. */
  readonly #events = new Map<string, KnownEvent>();

  constructor(
    clients: { readonly eventBridge: EventBridgeClient; readonly sqs: SQSClient },
    { place, busName, name, waiting }: { place: Place; busName: string; name: string; waiting: Waiting },
  ) {
    this.#clients = clients;
    this.#place = place;
    this.#busName = busName;
    this.name = name;
    this.#waiting = waiting;
  }

  async #queueUrl(): Promise<string | undefined> {
    const found = await ifThere(this.#clients.sqs.send(new GetQueueUrlCommand({ QueueName: this.name })));
    return found?.QueueUrl;
  }
  hasQueue = async (): Promise<boolean> => (await this.#queueUrl()) !== undefined;
  async hasRule(): Promise<boolean> {
    const command = new DescribeRuleCommand({ Name: this.name, EventBusName: this.#busName });
    return (await ifThere(this.#clients.eventBridge.send(command))) !== undefined;
  }

  /** With a policy that admits the rule, and a tag with the name of the run. */
  async createQueue(): Promise<void> {
    const { partition, region, accountId } = this.#place;
    const rule = `arn:${partition}:events:${region}:${accountId}:rule/${this.#busName}/${this.name}`;
    const statement = {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: `arn:${partition}:sqs:${region}:${accountId}:${this.name}`,
      Condition: { ArnEquals: { 'aws:SourceArn': rule } },
    };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    const Attributes = { Policy, SqsManagedSseEnabled: 'true', MessageRetentionPeriod: '86400' };
    const tags = { 'event-trackers-acceptance': this.name };
    await this.#clients.sqs.send(new CreateQueueCommand({ QueueName: this.name, Attributes, tags }));
  }
  async createRule(datasetGroupArn: string): Promise<void> {
    const on = { EventBusName: this.#busName };
    const EventPattern = JSON.stringify({
      source: ['event-trackers'],
      detail: { data: { datasetGroupArn: [datasetGroupArn] } },
    });
    await this.#clients.eventBridge.send(new PutRuleCommand({ ...on, Name: this.name, EventPattern }));
    const QueueUrl = await this.#queueUrl();
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] });
    const { Attributes } = await this.#clients.sqs.send(command);
    const Targets = [{ Id: 'queue', Arn: Attributes?.QueueArn }];
    const put = new PutTargetsCommand({ ...on, Rule: this.name, Targets });
    const { FailedEntries = [] } = await this.#clients.eventBridge.send(put);
    must(FailedEntries.length === 0, `PutTargets refused the queue: ${FailedEntries[0]?.ErrorMessage}`);
  }
  async deleteRule(): Promise<void> {
    const on = { EventBusName: this.#busName };
    const { eventBridge } = this.#clients;
    await ifThere(eventBridge.send(new RemoveTargetsCommand({ ...on, Rule: this.name, Ids: ['queue'] })));
    await ifThere(eventBridge.send(new DeleteRuleCommand({ ...on, Name: this.name })));
  }
  async deleteQueue(): Promise<void> {
    const QueueUrl = await this.#queueUrl();
    if (QueueUrl !== undefined) await ifThere(this.#clients.sqs.send(new DeleteQueueCommand({ QueueUrl })));
  }

  /** The events that have arrived so far, each once. */
  get events(): readonly KnownEvent[] {
    return [...this.#events.values()];
  }

  /** Receives until an event fits. @throws Broken after the time-out, or for an event that is not of the contract */
  async until(what: string, fits: (event: KnownEvent) => boolean): Promise<KnownEvent> {
    for (const until = Date.now() + Math.min(this.#waiting.timeoutMs, 300_000); ; ) {
      const found = this.events.find(fits);
      if (found !== undefined) return found;
      const got = this.events.map(({ detail }) => `${detail.metadata.sequence}: ${detail.data.status}`).join(', ');
      must(Date.now() < until, `no event ${what} arrived; these did: ${got || 'none'}`);
      await this.receive(Math.max(1, Math.min(20, Math.ceil((until - Date.now()) / 1000))));
    }
  }

  /** Receives what there is, and waits up to so many seconds for the first. */
  async receive(WaitTimeSeconds: number): Promise<void> {
    const QueueUrl = await this.#queueUrl();
    const command = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds, MaxNumberOfMessages: 10 });
    const { Messages = [] } = await this.#clients.sqs.send(command, { abortSignal: this.#waiting.stopped });
    for (const { Body = '', ReceiptHandle } of Messages) {
      const event = eventOf(Body);
      if (event !== undefined) this.#events.set(event.detail.metadata.eventId, event);
      await this.#clients.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}

/** Undefined for a kind of event that is newer than this suite. */
function eventOf(body: string): KnownEvent | undefined {
  try {
    const event = parseEventTrackerEvent(JSON.parse(body));
    return event.detailType === 'unknown' ? undefined : event;
  } catch (error) {
    throw new Broken(
      `an event arrived that does not follow the contract: ${error instanceof Error ? error.message : error}`,
    );
  }
}
