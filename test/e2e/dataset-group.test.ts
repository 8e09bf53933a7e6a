import {
  CreateDatasetCommand,
  CreateDatasetGroupCommand,
  CreateSchemaCommand,
  DeleteDatasetCommand,
  DeleteDatasetGroupCommand,
  DescribeDatasetGroupCommand,
  PersonalizeClient,
} from '@aws-sdk/client-personalize';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { trackerIdOf } from '../../functions/tracker/identity.ts';
import {
  call,
  eventsUntil,
  injectFault,
  type LocalRuntime,
  local,
  personalizeCalls,
  startLocalRuntime,
  tokenOf,
} from './local-runtime.ts';

/** Requests for trackers whose dataset group is not ready yet, through the API and the AWS SDK. */
let runtime: LocalRuntime;
let token: string;
let personalize: PersonalizeClient;
let schemaArn: string | undefined;
beforeAll(async () => {
  runtime = await startLocalRuntime({ environment: { DEADLINE_SECONDS: '15', CREATE_IN_FLIGHT_SECONDS: '2' } });
  token = await tokenOf(runtime);
  // Long enough for a poll to observe each creation in progress, even on a loaded machine.
  await timing({ createPendingMs: 100, createInProgressMs: 200, datasetGroupMs: 3000, datasetMs: 3000 });
  personalize = new PersonalizeClient({
    endpoint: runtime.awsUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const schema = JSON.stringify({
    type: 'record',
    name: 'Interactions',
    namespace: 'com.amazonaws.personalize.schema',
    fields: [{ name: 'USER_ID', type: 'string' }],
    version: '1.0',
  });
  ({ schemaArn } = await personalize.send(new CreateSchemaCommand({ name: 'interactions', schema })));
});
afterAll(async () => {
  personalize.destroy();
  await runtime.end('SIGKILL');
});

const timing = (times: object) => local(runtime, 'PUT', '/_simulator/timing', times);
const arnOf = (name: string) => `arn:aws:personalize:us-east-1:123456789012:dataset-group/${name}`;
const post = (name: string, more: object = {}, path = '/event-trackers') =>
  call(runtime, 'POST', path, { token, body: { name: 'shop', datasetGroupArn: arnOf(name), ...more } });
const get = async (name: string) =>
  (await call(runtime, 'GET', `/event-trackers/${trackerIdOf(arnOf(name))}`, { token })).body;
const until = (name: string, expected: object) =>
  vi.waitFor(async () => expect(await get(name)).toMatchObject(expected), { timeout: 60_000, interval: 200 });
const waitsFor = (waitingFor: string) => ({ status: 'CREATE PENDING', progress: { waitingFor, attempt: 0 } });
const createGroup = (name: string) => personalize.send(new CreateDatasetGroupCommand({ name }));
const groupActive = (name: string) =>
  vi.waitFor(
    async () => {
      const described = await personalize.send(new DescribeDatasetGroupCommand({ datasetGroupArn: arnOf(name) }));
      expect(described.datasetGroup?.status).toBe('ACTIVE');
    },
    { timeout: 60_000, interval: 200 },
  );
const createDataset = (name: string) =>
  personalize.send(
    new CreateDatasetCommand({ name, schemaArn, datasetGroupArn: arnOf(name), datasetType: 'Interactions' }),
  );
const eventOf = async (name: string) => {
  const isIts = ({ detail }: { detail: { data: { trackerId: string } } }) =>
    detail.data.trackerId === trackerIdOf(arnOf(name));
  return (await eventsUntil(runtime, (events) => events.some(isIts))).find(isIts)?.detail.data;
};
const createsOf = async (name: string) =>
  (await personalizeCalls(runtime, 'CreateEventTracker')).filter(
    ({ parameters }) => parameters.datasetGroupArn === arnOf(name),
  );

test.concurrent('a request waits for its dataset group, then for the dataset, then becomes ACTIVE by one create call', async () => {
  await createGroup('acme-young');
  const answer = await post('acme-young', { waitForDatasetGroup: true });
  expect(answer).toMatchObject({ status: 202, body: { status: 'CREATE PENDING' } });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  await until('acme-young', waitsFor('dataset-group'));
  await groupActive('acme-young');
  await createDataset('acme-young');
  await until('acme-young', waitsFor('interactions-dataset'));
  await until('acme-young', { status: 'ACTIVE', trackingId: expect.any(String) });
  expect(await eventOf('acme-young')).toMatchObject({ status: 'ACTIVE', name: 'shop' });
  expect((await createsOf('acme-young')).map(({ outcome }) => outcome)).toEqual(['OK']);
});

test.concurrent('without waitForDatasetGroup, too, a request waits for a dataset group that is being created', async () => {
  await createGroup('acme-plain');
  expect((await post('acme-plain')).status).toBe(202);
  await until('acme-plain', waitsFor('dataset-group'));
  await groupActive('acme-plain');
  await until('acme-plain', { status: 'CREATE FAILED', failure: { code: 'NO_INTERACTIONS_DATASET' } });
});

test.concurrent('a request waits for an Interactions dataset that is being created', async () => {
  await createGroup('acme-dataset');
  await groupActive('acme-dataset');
  await createDataset('acme-dataset');
  expect((await post('acme-dataset')).status).toBe(202);
  await until('acme-dataset', waitsFor('interactions-dataset'));
  await until('acme-dataset', { status: 'ACTIVE' });
});

test.concurrent('waitForDatasetGroup: a request may precede its dataset group, and becomes ACTIVE once group and dataset do', async () => {
  const more = { waitForDatasetGroup: true };
  expect(await post('acme-early', more)).toMatchObject({ status: 202 });
  await until('acme-early', waitsFor('dataset-group'));
  expect((await post('acme-early', more, '/event-trackers?dryRun=true')).body).toMatchObject({
    wouldSucceed: true,
    wouldWaitFor: 'dataset-group',
    findings: [],
  });
  await createGroup('acme-early');
  await groupActive('acme-early');
  await until('acme-early', waitsFor('interactions-dataset'));
  await createDataset('acme-early');
  await until('acme-early', { status: 'ACTIVE' });
  expect(await eventOf('acme-early')).toMatchObject({ status: 'ACTIVE' });
});

test.concurrent('without waitForDatasetGroup, a missing dataset group fails immediately; a repeated request can turn it on', async () => {
  expect((await post('acme-none')).status).toBe(202);
  await until('acme-none', { status: 'CREATE FAILED', failure: { code: 'DATASET_GROUP_NOT_FOUND' } });

  await createGroup('acme-turned');
  expect((await post('acme-turned')).status).toBe(202);
  await until('acme-turned', waitsFor('dataset-group'));
  expect(await post('acme-turned', { waitForDatasetGroup: true })).toMatchObject({
    status: 202,
    body: { generation: 1, waitForDatasetGroup: true },
  });
  // Leaving it out does not turn it off.
  expect((await post('acme-turned')).body).toMatchObject({ waitForDatasetGroup: true });
  await until('acme-turned', waitsFor('interactions-dataset'));
  await createDataset('acme-turned');
  await until('acme-turned', { status: 'ACTIVE' });
});

test.concurrent('a dataset group that never appears fails the request at its deadline, and the failure names the group', async () => {
  expect((await post('acme-never', { waitForDatasetGroup: true })).status).toBe(202);
  await until('acme-never', { status: 'CREATE FAILED', failure: { code: 'DEADLINE_EXCEEDED' } });
  expect((await get('acme-never')).failure.reason).toContain(arnOf('acme-never'));
  expect(await createsOf('acme-never')).toEqual([]);
});

test.concurrent('DELETE ends the wait', async () => {
  expect((await post('acme-deleted', { waitForDatasetGroup: true })).status).toBe(202);
  await until('acme-deleted', waitsFor('dataset-group'));
  const trackerId = trackerIdOf(arnOf('acme-deleted'));
  expect((await call(runtime, 'DELETE', `/event-trackers/${trackerId}`, { token })).status).toBe(202);
  await until('acme-deleted', { status: 'DELETED' });
});

test('a dataset group or dataset that failed or is being deleted fails the request immediately', async () => {
  const fails = async (name: string, code: string, words: RegExp) => {
    await post(name, { waitForDatasetGroup: true });
    await until(name, { status: 'CREATE FAILED', failure: { code } });
    expect((await get(name)).failure.reason).toMatch(words);
  };
  const fault = (operation: string) => ({ operation, times: 1, fault: 'create-failed' });
  await timing({ datasetGroupMs: 0, datasetMs: 0 });
  await injectFault(runtime, 'personalize', fault('CreateDatasetGroup'));
  await createGroup('acme-broken');
  await fails('acme-broken', 'DATASET_GROUP_NOT_ACTIVE', /is CREATE FAILED.*given by Personalize: /);

  await createGroup('acme-broken-dataset');
  await injectFault(runtime, 'personalize', fault('CreateDataset'));
  await createDataset('acme-broken-dataset');
  await fails('acme-broken-dataset', 'INTERACTIONS_DATASET_NOT_ACTIVE', /is CREATE FAILED/);

  await createGroup('acme-leaving-dataset');
  const { datasetArn } = await createDataset('acme-leaving-dataset');
  await createGroup('acme-leaving');
  await timing({ datasetGroupMs: 60_000, datasetMs: 60_000 });
  await personalize.send(new DeleteDatasetCommand({ datasetArn }));
  await fails('acme-leaving-dataset', 'INTERACTIONS_DATASET_NOT_ACTIVE', /is DELETE PENDING/);
  await personalize.send(new DeleteDatasetGroupCommand({ datasetGroupArn: arnOf('acme-leaving') }));
  await fails('acme-leaving', 'DATASET_GROUP_NOT_ACTIVE', /is DELETE PENDING/);
});
