import { setTimeout as sleep } from 'node:timers/promises';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import {
  CreateDatasetCommand,
  CreateDatasetGroupCommand,
  CreateEventTrackerCommand,
  CreateSchemaCommand,
  DeleteDatasetCommand,
  DeleteDatasetGroupCommand,
  DeleteEventTrackerCommand,
  DeleteSchemaCommand,
  DescribeDatasetCommand,
  DescribeDatasetGroupCommand,
  DescribeEventTrackerCommand,
  DescribeSchemaCommand,
  PersonalizeClient,
  paginateListDatasets,
  paginateListEventTrackers,
} from '@aws-sdk/client-personalize';
import { SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { must } from './api.ts';

/** An Interactions schema with the three fields that Personalize requires. */
const SCHEMA = JSON.stringify({
  type: 'record',
  name: 'Interactions',
  namespace: 'com.amazonaws.personalize.schema',
  fields: [
    { name: 'USER_ID', type: 'string' },
    { name: 'ITEM_ID', type: 'string' },
    { name: 'TIMESTAMP', type: 'long' },
  ],
  version: '1.0',
});

/** Where the caller's own credentials lead: the account, the Region and the partition. */
export interface Place {
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
}

/** The clients of the SDK, by its usual environment. The SDK's retries are on: this is no measurement. */
export function createClients() {
  return {
    personalize: new PersonalizeClient(),
    eventBridge: new EventBridgeClient(),
    // A queue's URL names AWS's host, or the host by which an endpoint was called that AWS_ENDPOINT_URL names.
    sqs: new SQSClient({ useQueueUrlAsEndpoint: false }),
    sts: new STSClient(),
  };
}
export type Clients = ReturnType<typeof createClients>;

export async function placeOf({ sts }: Clients): Promise<Place> {
  const { Account, Arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
  const partition = Arn.split(':')[1];
  if (Account === undefined || !partition) throw new Error('GetCallerIdentity returned no account.');
  return { accountId: Account, region: await sts.config.region(), partition };
}

/** @returns undefined if the call says that there is no such resource */
export async function ifThere<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    const isAbsent =
      error instanceof Error && /^(ResourceNotFoundException|QueueDoesNotExist|NotFoundException)$/.test(error.name);
    if (isAbsent || (error instanceof Error && error.name.endsWith('NonExistentQueue'))) return undefined;
    throw error;
  }
}

/** The pauses between two polls, in milliseconds: short at first, as on a laptop, and at most ten seconds. */
function* pauses(): Generator<number, never> {
  for (let ms = 100; ; ms = Math.min(ms * 1.5, 10_000)) yield ms;
}

/** Repeats while Personalize says that something else is in progress. @throws the last error after the time-out */
async function whileInUse<T>(call: () => Promise<T>, { timeoutMs, stopped }: Waiting): Promise<T> {
  const until = Date.now() + timeoutMs;
  for (const ms of pauses()) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof Error && error.name === 'ResourceInUseException') || Date.now() > until) throw error;
    }
    await sleep(ms, undefined, { signal: stopped });
  }
  throw new Error('unreachable');
}

export interface Waiting {
  readonly timeoutMs: number;
  readonly stopped: AbortSignal;
}

/** The Personalize resources of a run. All have its name; the ARNs follow from that. */
export class OwnPersonalize {
  readonly #client: PersonalizeClient;
  readonly #arn: (kind: string) => string;
  readonly #waiting: Waiting;
  readonly name: string;

  constructor(client: PersonalizeClient, { accountId, region, partition }: Place, name: string, waiting: Waiting) {
    this.#client = client;
    this.#waiting = waiting;
    this.name = name;
    this.#arn = (kind) => `arn:${partition}:personalize:${region}:${accountId}:${kind}/${name}`;
  }

  get schemaArn(): string {
    return this.#arn('schema');
  }
  get datasetGroupArn(): string {
    return this.#arn('dataset-group');
  }
  get datasetArn(): string {
    return `${this.#arn('dataset')}/INTERACTIONS`;
  }

  hasSchema = async (): Promise<boolean> =>
    (await ifThere(this.#client.send(new DescribeSchemaCommand({ schemaArn: this.schemaArn })))) !== undefined;
  hasDatasetGroup = async (): Promise<boolean> => (await this.#groupStatus()) !== undefined;

  async #groupStatus(): Promise<string | undefined> {
    const { datasetGroupArn } = this;
    const found = await ifThere(this.#client.send(new DescribeDatasetGroupCommand({ datasetGroupArn })));
    return found?.datasetGroup?.status;
  }
  async #datasetStatus(): Promise<string | undefined> {
    const { datasetArn } = this;
    const found = await ifThere(this.#client.send(new DescribeDatasetCommand({ datasetArn })));
    return found?.dataset?.status;
  }

  async #until(what: string, statusOf: () => Promise<string | undefined>, wanted: string | undefined): Promise<void> {
    const until = Date.now() + this.#waiting.timeoutMs;
    for (const ms of pauses()) {
      const status = await statusOf();
      if (status === wanted) return;
      must(status !== 'CREATE FAILED', `Personalize: the ${what} is CREATE FAILED`);
      must(Date.now() < until, `Personalize: the ${what} is still ${status ?? 'missing'}`);
      await sleep(ms, undefined, { signal: this.#waiting.stopped });
    }
  }

  createSchema = async (): Promise<void> => {
    await this.#client.send(new CreateSchemaCommand({ name: this.name, schema: SCHEMA }));
  };
  async createDatasetGroup(): Promise<void> {
    const tags = [{ tagKey: 'event-trackers-acceptance', tagValue: this.name }];
    await this.#client.send(new CreateDatasetGroupCommand({ name: this.name, tags }));
    await this.#until('dataset group', () => this.#groupStatus(), 'ACTIVE');
  }
  async createDataset(): Promise<void> {
    const { name, schemaArn, datasetGroupArn } = this;
    const input = { name, schemaArn, datasetGroupArn, datasetType: 'Interactions' };
    await this.#client.send(new CreateDatasetCommand(input));
    await this.#until('dataset', () => this.#datasetStatus(), 'ACTIVE');
  }

  /** The ARNs of the event trackers that Personalize lists in the dataset group. */
  async eventTrackers(): Promise<string[]> {
    const { datasetGroupArn } = this;
    const arns: string[] = [];
    try {
      for await (const { eventTrackers = [] } of paginateListEventTrackers(
        { client: this.#client },
        { datasetGroupArn },
      )) {
        arns.push(...eventTrackers.flatMap(({ eventTrackerArn }) => eventTrackerArn ?? []));
      }
    } catch (error) {
      if (error instanceof Error && error.name === 'ResourceNotFoundException') return [];
      throw error;
    }
    return arns;
  }
  async trackingIdOf(eventTrackerArn: string): Promise<string | undefined> {
    const { eventTracker } = await this.#client.send(new DescribeEventTrackerCommand({ eventTrackerArn }));
    return eventTracker?.trackingId;
  }
  /** As somebody who does not use the service. */
  async createEventTracker(name: string): Promise<string> {
    const input = { name, datasetGroupArn: this.datasetGroupArn };
    const { eventTrackerArn = '' } = await this.#client.send(new CreateEventTrackerCommand(input));
    const statusOf = async () => {
      const found = await this.#client.send(new DescribeEventTrackerCommand({ eventTrackerArn }));
      return found.eventTracker?.status;
    };
    await this.#until('event tracker', statusOf, 'ACTIVE');
    return eventTrackerArn;
  }

  /** Deletes the event trackers in the dataset group, which is the run's own. */
  async deleteEventTrackers(): Promise<void> {
    for (const eventTrackerArn of await this.eventTrackers()) {
      await whileInUse(
        () => ifThere(this.#client.send(new DeleteEventTrackerCommand({ eventTrackerArn }))),
        this.#waiting,
      );
    }
    const stateOf = async () => ((await this.eventTrackers()).length === 0 ? undefined : 'listed');
    await this.#until('event tracker', stateOf, undefined);
  }
  async deleteDatasets(): Promise<void> {
    const { datasetGroupArn } = this;
    const client = this.#client;
    const arns: string[] = [];
    if (!(await this.hasDatasetGroup())) return;
    for await (const { datasets = [] } of paginateListDatasets({ client }, { datasetGroupArn })) {
      arns.push(...datasets.flatMap(({ datasetArn }) => datasetArn ?? []));
    }
    for (const datasetArn of arns) {
      await whileInUse(() => ifThere(client.send(new DeleteDatasetCommand({ datasetArn }))), this.#waiting);
    }
    await this.#until('dataset', () => this.#datasetStatus(), undefined);
  }
  async deleteDatasetGroup(): Promise<void> {
    const { datasetGroupArn } = this;
    const command = new DeleteDatasetGroupCommand({ datasetGroupArn });
    await whileInUse(() => ifThere(this.#client.send(command)), this.#waiting);
    await this.#until('dataset group', () => this.#groupStatus(), undefined);
  }
  async deleteSchema(): Promise<void> {
    const { schemaArn } = this;
    await whileInUse(() => ifThere(this.#client.send(new DeleteSchemaCommand({ schemaArn }))), this.#waiting);
  }
}
