import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateDatasetCommand,
  CreateDatasetGroupCommand,
  CreateSchemaCommand,
  type EventTrackerSummary,
  ListEventTrackersCommand,
  PersonalizeClient,
} from '@aws-sdk/client-personalize';
import { SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { toRecord } from '../../functions/store/record-of-item.ts';
import { trackerIdOf } from '../../functions/tracker/identity.ts';
import { type EventTrackerRecord, isIdle } from '../../functions/tracker/record.ts';
import { TABLE } from '../e2e/aws-operations.ts';
import {
  call,
  clearFaults,
  injectFault,
  type LocalRuntime,
  local,
  startLocalRuntime,
  tokenOf,
} from '../e2e/local-runtime.ts';
import { Feed, until } from './feed.ts';
import type { Script } from './row.ts';

/** A call that reached Personalize, and its outcome. */
export interface ReceivedCall {
  readonly operation: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly outcome: string;
  readonly fault?: string;
}

/** A dataset group with an Interactions dataset, created for one row. */
export interface Group {
  readonly name: string;
  readonly datasetGroupArn: string;
  readonly trackerId: string;
}

/** A runtime with its callers, its subscriber and its operator. */
export interface Harness {
  readonly runtime: LocalRuntime;
  readonly personalize: PersonalizeClient;
  readonly stepFunctions: SFNClient;
  readonly feed: Feed;
  readonly leaseMs: number;
  readonly createInFlightMs: number;
  readonly deadlineMs: number;
  newGroup(name: string): Promise<Group>;
  /** The name of a group that does not exist yet. */
  futureGroup(name: string): Group;
  createGroup(group: Group): Promise<void>;
  /** Creates the Interactions dataset. */
  createDataset(group: Group): Promise<void>;
  api(method: string, path: string, body?: unknown): ReturnType<typeof call>;
  patch(path: string, body: unknown): ReturnType<typeof call>;
  local(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Reads the record from DynamoDB. */
  record(group: Group): Promise<EventTrackerRecord | undefined>;
  untilIdle(group: Group): Promise<void>;
  script(script: Script, group: Group): Promise<void>;
  /** Clears all faults that are still scripted. */
  clearFaults(): Promise<void>;
  /** The trackers of the dataset group in Personalize. */
  trackersOf(group: Group): Promise<EventTrackerSummary[]>;
  calls(): Promise<ReceivedCall[]>;
  end(): Promise<void>;
}

export interface HarnessOptions {
  readonly timeScale?: number;
  /** How long to wait for an event, in milliseconds. */
  readonly patienceMs?: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Additional flags of the runtime. */
  readonly args?: readonly string[];
  /** Where the dataset groups are. By default, the runtime's own account and Region. */
  readonly place?: { readonly accountId: string; readonly region: string };
}

/** Durations of the simulated Personalize, in milliseconds. */
const TIMING = {
  createPendingMs: 80,
  createInProgressMs: 120,
  deletePendingMs: 60,
  deleteInProgressMs: 60,
  datasetGroupMs: 0,
};
const SCHEMA = {
  type: 'record',
  name: 'Interactions',
  namespace: 'com.amazonaws.personalize.schema',
  fields: ['USER_ID', 'ITEM_ID', 'EVENT_TYPE']
    .map((name) => ({ name, type: 'string' }))
    .concat({ name: 'TIMESTAMP', type: 'long' }),
  version: '1.0',
};
const SERVICE_OF = {
  personalize: 'personalize',
  'step-functions': 'states',
  dynamodb: 'dynamodb',
  bus: 'events',
  sts: 'sts',
} as const;

export async function openHarness({
  timeScale = 0.05,
  patienceMs = 300_000,
  environment,
  args = [],
  place: { accountId, region } = { accountId: '123456789012', region: 'us-east-1' },
}: HarnessOptions): Promise<Harness> {
  const runtime = await startLocalRuntime({
    timeScale,
    environment: { POWERTOOLS_LOG_LEVEL: 'WARN', ...environment },
    args,
  });
  const client = {
    endpoint: runtime.awsUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const inPlace = `?accountId=${accountId}&region=${region}`;
  const personalize = new PersonalizeClient({
    ...client,
    region,
    credentials: { accessKeyId: accountId, secretAccessKey: 'local' },
  });
  const stepFunctions = new SFNClient(client);
  const dynamodb = new DynamoDBClient(client);
  const documents = DynamoDBDocumentClient.from(dynamodb);
  const feed = new Feed(runtime.awsUrl, patienceMs);
  const token = await tokenOf(runtime, 'acme', ['read', 'write', 'events', 'adopt']);
  await local(runtime, 'PUT', `/_simulator/timing${inPlace}`, TIMING);
  // Two harnesses may share one Personalize, so the name must be unique.
  const schema = { name: `faults-${runtime.process.pid}`, schema: JSON.stringify(SCHEMA) };
  const { schemaArn } = await personalize.send(new CreateSchemaCommand(schema));

  const millisecondsOf = (name: 'LEASE_SECONDS' | 'CREATE_IN_FLIGHT_SECONDS' | 'DEADLINE_SECONDS') =>
    Number(environment[name] ?? 0) * 1000;

  const harness: Harness = {
    leaseMs: millisecondsOf('LEASE_SECONDS'),
    createInFlightMs: millisecondsOf('CREATE_IN_FLIGHT_SECONDS'),
    deadlineMs: millisecondsOf('DEADLINE_SECONDS'),
    runtime,
    personalize,
    stepFunctions,
    feed,
    async newGroup(name) {
      const group = harness.futureGroup(name);
      await harness.createGroup(group);
      await harness.createDataset(group);
      return group;
    },
    futureGroup(name) {
      const datasetGroupArn = `arn:aws:personalize:${region}:${accountId}:dataset-group/${name}`;
      return { name, datasetGroupArn, trackerId: trackerIdOf(datasetGroupArn) };
    },
    async createGroup({ name }) {
      await personalize.send(new CreateDatasetGroupCommand({ name }));
    },
    async createDataset({ name, datasetGroupArn }) {
      await personalize.send(
        new CreateDatasetCommand({ name, schemaArn, datasetGroupArn, datasetType: 'Interactions' }),
      );
    },
    api: (method, path, body) => call(runtime, method, path, { token, body }),
    patch: (path, body) =>
      call(runtime, 'PATCH', path, { token, body, headers: { 'content-type': 'application/merge-patch+json' } }),
    local: (method, path, body) => local(runtime, method, path, body),
    async record({ trackerId }) {
      const get = new GetCommand({ TableName: TABLE, Key: { trackerId }, ConsistentRead: true });
      const { Item } = await documents.send(get);
      return Item && toRecord(Item);
    },
    async untilIdle(group) {
      await until(
        `rest of ${group.name}`,
        async () => {
          const record = await harness.record(group);
          return record && isIdle(record) ? true : undefined;
        },
        { everyMs: 200 },
      );
    },
    async script({ place, operation, everywhere, ...fault }, { datasetGroupArn }) {
      const narrowed = place === 'personalize' && !everywhere ? { datasetGroupArn } : {};
      await injectFault(runtime, SERVICE_OF[place], { operation, ...narrowed, ...fault });
      if (place === 'sts') await local(runtime, 'DELETE', '/_sts/sessions');
    },
    async clearFaults() {
      await clearFaults(runtime);
    },
    async trackersOf({ datasetGroupArn }) {
      const { eventTrackers = [] } = await personalize.send(new ListEventTrackersCommand({ datasetGroupArn }));
      return eventTrackers;
    },
    async calls() {
      const { calls } = (await local(runtime, 'GET', `/_simulator/calls${inPlace}`)) as { calls: ReceivedCall[] };
      return calls;
    },
    async end() {
      await feed.close();
      for (const each of [personalize, stepFunctions, dynamodb]) each.destroy();
      await runtime.end('SIGKILL');
    },
  };
  return harness;
}

/**
 * Runs additional sweeps during `act`: the first after a lease, then at the interval. A failed sweep does not stop the next one.
 */
export async function whileSweeping<T>(
  { runtime: { awsUrl }, leaseMs }: Pick<Harness, 'runtime' | 'leaseMs'>,
  everyMs: number,
  act: () => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const sweeping = (async () => {
    const { signal } = ended;
    for (let waitMs = leaseMs; !signal.aborted; waitMs = everyMs) {
      await sleep(waitMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${awsUrl}/_local/sweep`, { method: 'POST', headers });
      await response.arrayBuffer();
    }
  })();
  try {
    return await act();
  } finally {
    ended.abort();
    await sweeping;
  }
}

/** The scripted faults that no call has encountered yet; for Personalize, those of the dataset group. */
export async function faultsLeft(harness: Harness, group: Group, scripts: readonly Script[]): Promise<Script[]> {
  const left: Script[] = [];
  for (const place of new Set(scripts.map((script) => script.place))) {
    const { faults } = (await harness.local('GET', `/_faults?service=${SERVICE_OF[place]}`)) as {
      faults: (Omit<Script, 'place'> & { service: string; datasetGroupArn?: string })[];
    };
    for (const { service: _, ...fault } of faults) {
      if (fault.datasetGroupArn !== undefined && fault.datasetGroupArn !== group.datasetGroupArn) continue;
      left.push({ ...fault, place });
    }
  }
  return left;
}
