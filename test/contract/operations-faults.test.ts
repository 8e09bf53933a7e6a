import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { type OperationDependencies, runOperations } from '../../functions/operations/run-operations.ts';
import { createOperationStore } from '../../functions/store/operation-store.ts';
import { createStatusIndex } from '../../functions/store/status-index.ts';
import { tableSchema } from '../../functions/store/table.ts';
import { createTrackerStore } from '../../functions/store/tracker-store.ts';
import { createRecord } from '../../functions/tracker/desired-state.ts';
import { accessDenied } from '../../functions/tracker/failures.ts';
import { operationIdOf, trackerIdOf } from '../../functions/tracker/identity.ts';
import { newOperation } from '../../functions/tracker/operation.ts';
import { AWS_SETTINGS } from '../../functions/tracker/settings.ts';
import { dynamoDbFault } from '../../infra/local/dynamodb/faults.ts';
import { closeAfterEachTest, closers, start } from './local-dynamodb.ts';

closeAfterEachTest();

const TableName = 'event-trackers';
const START = Date.UTC(2026, 10, 29);
/** Attempts of the SDK client in this test. */
const TRIES = 2;
const TRACKERS = 3;

/** DynamoDB, with failed trackers of two tenants and an operation that retries them. */
async function world() {
  const { url, faults } = await start(undefined, [{ TableName, ...tableSchema() }]);
  const client = new DynamoDBClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: TRIES,
  });
  closers.push(async () => client.destroy());
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  const store = createTrackerStore(documents, TableName);
  const operations = createOperationStore(documents, TableName);
  const ids: string[] = [];
  for (let n = 0; n < TRACKERS; n++) {
    const tenantId = n % 2 === 0 ? 'acme' : 'umbrella';
    const datasetGroupArn = `arn:aws:personalize:us-east-1:123456789012:dataset-group/${tenantId}-${n}`;
    const trackerId = trackerIdOf(datasetGroupArn);
    const asked = { trackerId, datasetGroupArn, name: 'shop', tags: [], tenantId, adoptExisting: false };
    const record = createRecord(
      { ...asked, correlationId: 'c', key: { key: 'k', body: 'b' } },
      START - 1000 + n,
      AWS_SETTINGS,
    );
    const failure = accessDenied({ operation: 'CreateEventTracker' });
    await store.create({ ...record, status: 'CREATE FAILED', observedGeneration: 1, failure });
    ids.push(trackerId);
  }
  const operationId = operationIdOf('a');
  const filter = { failureCodes: ['ACCESS_DENIED'], limit: 10 };
  await operations.create(newOperation({ operationId, filter, requestHash: 'h', correlationId: 'c' }, START));

  let time = START;
  let pauses = 0;
  let duringFirstPause = () => {};
  const started: string[] = [];
  const tools: OperationDependencies = {
    store,
    operations,
    statusIndex: createStatusIndex(documents, TableName),
    workflow: { start: async ({ trackerId, epoch }) => void started.push(`${trackerId} ${epoch}`) },
    settings: AWS_SETTINGS,
    now: () => time,
    sleep: async (ms) => {
      time += ms;
      if (pauses++ === 0) duringFirstPause();
    },
    retriesPerMinute: 60,
    intervalMs: 60_000,
    log: { info: () => {}, warn: () => {}, error: () => {} },
    logStartFailure: () => {},
  };
  return {
    ids,
    store,
    started,
    tools,
    inject: (operation: string, fault: string, times: number) =>
      faults.of('dynamodb', dynamoDbFault).add({ operation, times, fault } as never),
    onFirstPause(act: () => void) {
      duringFirstPause = act;
    },
    /** A run each minute, as the scheduler starts them, until the operation has ended. */
    async untilEnded() {
      for (let minute = 1; minute < 20; minute++) {
        await runOperations(tools, {}).catch(() => {});
        time = START + minute * 60_000;
        const operation = await operations.read(operationId).catch(() => undefined);
        if (operation?.endedAt !== undefined) return operation;
      }
      throw new Error('the operation does not end');
    },
  };
}

const FAULTS = [
  ['server-error', TRIES],
  ['throttle', TRIES],
  ['cut', TRIES],
  ['lost-answer', 1],
  ['lost-answer', TRIES],
] as const;
const CALLS = ['Query', 'GetItem', 'PutItem', 'UpdateItem'] as const;
const cases = CALLS.flatMap((operation) =>
  FAULTS.flatMap(([fault, times]) =>
    // No query follows the first retry of a run.
    (operation === 'Query' ? ['at the beginning'] : ['at the beginning', 'in the middle']).map(
      (when) => [operation, fault, times, when] as const,
    ),
  ),
);

test.each(cases)('%s: %s ×%d %s: the operation retries each tracker once, and counts it once', async (...given) => {
  const [operation, fault, times, when] = given;
  const it = await world();
  const inject = () => it.inject(operation, fault, times);
  if (when === 'in the middle') it.onFirstPause(inject);
  else inject();
  expect(await it.untilEnded()).toMatchObject({
    status: 'COMPLETED',
    matched: TRACKERS,
    retried: TRACKERS,
    skipped: 0,
  });
  for (const id of it.ids) expect(await it.store.read(id)).toMatchObject({ generation: 2, status: 'CREATE PENDING' });
  // A repeated start has the same name, so it counts as started.
  expect(new Set(it.started)).toEqual(new Set(it.ids.map((id) => `${id} 2`)));
});

test('a StartExecution that fails leaves the retry to the sweeper: it is due after a lease', async () => {
  const it = await world();
  const lost: string[] = [];
  const operation = runOperations(
    {
      ...it.tools,
      workflow: {
        start: async () => {
          throw new Error('throttled');
        },
      },
      logStartFailure: ({ trackerId }) => void lost.push(trackerId),
    },
    {},
  );
  expect(await operation).toMatchObject({ retried: TRACKERS, failed: 0 });
  expect(lost.sort()).toEqual(it.ids.toSorted());
  for (const id of it.ids) expect((await it.store.read(id))?.due.lane).toBe('urgent');
});
