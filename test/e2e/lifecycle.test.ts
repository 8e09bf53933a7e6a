import {
  CreateDatasetCommand,
  CreateDatasetGroupCommand,
  CreateEventTrackerCommand,
  CreateSchemaCommand,
  DeleteEventTrackerCommand,
  DescribeDatasetGroupCommand,
  ListEventTrackersCommand,
  PersonalizeClient,
} from '@aws-sdk/client-personalize';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  call,
  eventsUntil,
  injectFault,
  type LocalRuntime,
  local,
  type PublishedEvent,
  startLocalRuntime,
  tokenOf,
} from './local-runtime.ts';

let runtime: LocalRuntime;
let token: string;
let personalize: PersonalizeClient;
let schemaArn: string | undefined;
beforeAll(async () => {
  runtime = await startLocalRuntime({ environment: { CREATE_IN_FLIGHT_SECONDS: '2' } });
  token = await tokenOf(runtime);
  await local(runtime, 'PUT', '/_simulator/timing', {
    createPendingMs: 100,
    createInProgressMs: 200,
    deletePendingMs: 100,
    deleteInProgressMs: 200,
    datasetGroupMs: 10,
  });
  personalize = new PersonalizeClient({
    endpoint: runtime.awsUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const schema = JSON.stringify({
    type: 'record',
    name: 'Interactions',
    namespace: 'com.amazonaws.personalize.schema',
    fields: ['USER_ID', 'ITEM_ID']
      .map((name) => ({ name, type: 'string' }))
      .concat({ name: 'TIMESTAMP', type: 'long' }),
    version: '1.0',
  });
  ({ schemaArn } = await personalize.send(new CreateSchemaCommand({ name: 'interactions', schema })));
});
afterAll(async () => {
  personalize.destroy();
  await runtime.end('SIGKILL');
});

/** Creates a dataset group that is ready for a tracker. @returns its ARN */
async function newGroup(name: string): Promise<string> {
  const { datasetGroupArn } = await personalize.send(new CreateDatasetGroupCommand({ name }));
  await expect
    .poll(
      async () => (await personalize.send(new DescribeDatasetGroupCommand({ datasetGroupArn }))).datasetGroup?.status,
    )
    .toBe('ACTIVE');
  const dataset = { name: 'interactions', schemaArn, datasetGroupArn, datasetType: 'Interactions' };
  await personalize.send(new CreateDatasetCommand(dataset));
  return datasetGroupArn ?? '';
}
const post = (datasetGroupArn: string, more: object = {}, as = token) =>
  call(runtime, 'POST', '/event-trackers', { token: as, body: { name: 'shop', datasetGroupArn, ...more } });
const statusOf = async (trackerId: string) =>
  (await call(runtime, 'GET', `/event-trackers/${trackerId}`, { token })).body.status;
const until = (trackerId: string, status: string) =>
  expect.poll(() => statusOf(trackerId), { timeout: 60_000, interval: 100 }).toBe(status);
const trackersOf = async (datasetGroupArn: string) =>
  (await personalize.send(new ListEventTrackersCommand({ datasetGroupArn }))).eventTrackers ?? [];
const publishedFor = async (trackerId: string, count: number) => {
  const of = (events: readonly PublishedEvent[]) => events.filter(({ detail }) => detail.data.trackerId === trackerId);
  const events = of(await eventsUntil(runtime, (taken) => of(taken).length >= count));
  return events.map((event) => [event['detail-type'], event.detail.data.status]);
};
const CHANGE = 'Event Tracker State Change';

test('DELETE is 202 with Retry-After, then 200 DELETED, and can be repeated; then the tracker can be created again', async () => {
  const group = await newGroup('acme-delete');
  const { trackerId } = (await post(group)).body;
  await until(trackerId, 'ACTIVE');
  const path = `/event-trackers/${trackerId}`;
  const deleted = await call(runtime, 'DELETE', path, { token });
  expect(deleted).toMatchObject({ status: 202, body: { status: 'DELETE PENDING', generation: 2 } });
  expect(deleted.body.trackingId).toBeUndefined();
  expect(deleted.headers.get('location')).toBe(path);
  expect(Number(deleted.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await call(runtime, 'DELETE', path, { token })).status).toBe(202);
  await until(trackerId, 'DELETED');
  expect(await trackersOf(group)).toEqual([]);
  expect(await call(runtime, 'DELETE', path, { token })).toMatchObject({ status: 200, body: { status: 'DELETED' } });

  expect(await post(group, { name: 'shop-2' })).toMatchObject({ status: 202, body: { trackerId, generation: 3 } });
  await until(trackerId, 'ACTIVE');
  expect(await publishedFor(trackerId, 3)).toEqual([
    [CHANGE, 'ACTIVE'],
    [CHANGE, 'DELETED'],
    [CHANGE, 'ACTIVE'],
  ]);
});

test('DELETE while the tracker is being created waits for the creation and leaves no tracker', async () => {
  const group = await newGroup('acme-hasty');
  const { trackerId } = (await post(group)).body;
  expect((await call(runtime, 'DELETE', `/event-trackers/${trackerId}`, { token })).status).toBe(202);
  await until(trackerId, 'DELETED');
  expect(await trackersOf(group)).toEqual([]);
  expect(await publishedFor(trackerId, 1)).toEqual([[CHANGE, 'DELETED']]);
});

test('retry works after CREATE FAILED and is a conflict otherwise', async () => {
  const group = await newGroup('acme-retry');
  await injectFault(runtime, 'personalize', {
    operation: 'CreateEventTracker',
    datasetGroupArn: group,
    times: 1,
    fault: 'create-failed',
  });
  const { trackerId } = (await post(group)).body;
  await until(trackerId, 'CREATE FAILED');
  const path = `/event-trackers/${trackerId}/retry`;
  expect((await call(runtime, 'GET', `/event-trackers/${trackerId}`, { token })).body).toMatchObject({
    failure: { code: 'CREATE_FAILED', retryable: true },
  });
  expect(await call(runtime, 'POST', path, { token, body: { force: true } })).toMatchObject({ status: 400 });
  expect(await call(runtime, 'POST', path, { token })).toMatchObject({ status: 202, body: { generation: 2 } });
  await until(trackerId, 'ACTIVE');
  expect(await call(runtime, 'POST', path, { token })).toMatchObject({ status: 409, body: { reason: 'NOT_FAILED' } });
  expect(await publishedFor(trackerId, 2)).toEqual([
    [CHANGE, 'CREATE FAILED'],
    [CHANGE, 'ACTIVE'],
  ]);
});

test('a foreign tracker is a conflict that names it; with the scope adopt it can be adopted; DELETE releases but keeps it', async () => {
  const group = await newGroup('acme-foreign');
  const { eventTrackerArn } = await personalize.send(
    new CreateEventTrackerCommand({ name: 'foreign', datasetGroupArn: group }),
  );
  const { trackerId } = (await post(group)).body;
  await until(trackerId, 'CREATE FAILED');
  const { body } = await call(runtime, 'GET', `/event-trackers/${trackerId}`, { token });
  expect(body.failure).toMatchObject({
    code: 'CONFLICT',
    retryable: true,
    remedy: expect.stringContaining('adoptExisting'),
  });
  expect(body.failure.reason).toContain(eventTrackerArn);

  expect(await post(group, { adoptExisting: true })).toMatchObject({ status: 403, body: { reason: 'SCOPE_REQUIRED' } });
  const adopter = await tokenOf(runtime, 'acme', ['read', 'write', 'adopt']);
  expect(await post(group, { adoptExisting: true }, adopter)).toMatchObject({ status: 202, body: { generation: 2 } });
  await until(trackerId, 'ACTIVE');
  const path = `/event-trackers/${trackerId}`;
  expect((await call(runtime, 'GET', path, { token })).body).toMatchObject({ adopted: true, eventTrackerArn });

  expect(await call(runtime, 'DELETE', `${path}?destroy=yes`, { token })).toMatchObject({
    status: 400,
    body: { errors: [{ field: 'destroy', rule: 'must be true or false' }] },
  });
  expect(await call(runtime, 'DELETE', path, { token })).toMatchObject({ status: 200, body: { status: 'RELEASED' } });
  expect((await trackersOf(group)).map((tracker) => tracker.eventTrackerArn)).toEqual([eventTrackerArn]);
  expect(await publishedFor(trackerId, 3)).toEqual([
    [CHANGE, 'CREATE FAILED'],
    [CHANGE, 'ACTIVE'],
    [CHANGE, 'RELEASED'],
  ]);
});

test('the drift check records and reports a tracker that was deleted outside the service', async () => {
  const group = await newGroup('acme-drift');
  const { trackerId } = (await post(group)).body;
  await until(trackerId, 'ACTIVE');
  const [there] = await trackersOf(group);
  await personalize.send(new DeleteEventTrackerCommand({ eventTrackerArn: there?.eventTrackerArn }));
  await expect.poll(() => trackersOf(group)).toEqual([]);
  expect(await local(runtime, 'POST', '/_local/drift', {})).toMatchObject({ drifted: 1, failed: 0 });
  expect(await publishedFor(trackerId, 3)).toEqual([
    [CHANGE, 'ACTIVE'],
    [CHANGE, 'DELETED'],
    ['Event Tracker Drift Detected', 'DELETED'],
  ]);
  expect((await call(runtime, 'GET', `/event-trackers/${trackerId}`, { token })).body).toMatchObject({
    status: 'DELETED',
    failure: { code: 'DELETED_OUT_OF_BAND' },
  });
});

test.each([
  ['GET', ''],
  ['DELETE', ''],
  ['DELETE', '?destroy=rubbish'],
  ['POST', '/retry'],
])("another tenant's tracker is a 404 to %s %s", async (method, rest) => {
  const group = await newGroup(`acme-private-${method.toLowerCase()}${rest.length}`);
  const { trackerId } = (await post(group)).body;
  const umbrella = await tokenOf(runtime, 'umbrella');
  const answer = await call(runtime, method, `/event-trackers/${trackerId}${rest}`, { token: umbrella });
  expect(answer).toMatchObject({ status: 404, body: { reason: 'NOT_FOUND' } });
});
