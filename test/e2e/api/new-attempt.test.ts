import { randomUUID } from 'node:crypto';
import {
  CreateDatasetCommand,
  CreateDatasetGroupCommand,
  DescribeDatasetCommand,
  ListDatasetsCommand,
} from '@aws-sdk/client-personalize';
import { expect, test, vi } from 'vitest';
import { inProcess } from '../../cli/in-process.ts';
import { call, eventsUntil, injectFault } from '../local-runtime.ts';
import { oneRuntime } from './dataset-groups.ts';

const { runtime, groups, token } = await oneRuntime({
  environment: { CREATE_IN_FLIGHT_SECONDS: '1' },
  scopes: ['read', 'write', 'adopt'],
});

const post = (body: object, key?: string, path = '/event-trackers') =>
  call(runtime, 'POST', path, { token, body, headers: key === undefined ? {} : { 'idempotency-key': key } });
const get = async (trackerId: string) => (await call(runtime, 'GET', `/event-trackers/${trackerId}`, { token })).body;
const until = (trackerId: string, status: string) =>
  vi.waitFor(async () => expect((await get(trackerId)).status).toBe(status), { timeout: 60_000, interval: 100 });
const failNext = (datasetGroupArn: string, fault: string, operation = 'CreateEventTracker') =>
  injectFault(runtime, 'personalize', { operation, datasetGroupArn, times: 1, fault });

test('after the cause is fixed, a new key or none makes a new attempt; the old key returns the old failure', async () => {
  const { datasetGroupArn = '' } = await groups.personalize.send(new CreateDatasetGroupCommand({ name: 'acme-fixed' }));
  const body = { name: 'shop', datasetGroupArn };
  const key = randomUUID();
  await vi.waitFor(
    async () => {
      const dry = await post(body, undefined, '/event-trackers?dryRun=true');
      expect(dry.body.findings).toMatchObject([{ code: 'NO_INTERACTIONS_DATASET' }]);
    },
    { timeout: 60_000, interval: 100 },
  );
  const { trackerId } = (await post(body, key)).body;
  await until(trackerId, 'CREATE FAILED');

  // The schema of the other dataset groups still exists.
  const { datasetGroupArn: _, ...dataset } = await datasetOf(await groups.make('acme-fixed-other'));
  await groups.personalize.send(new CreateDatasetCommand({ ...dataset, datasetGroupArn }));
  await vi.waitFor(
    async () => {
      // The dry run reports the present state, not the former failure.
      const dry = await post(body, undefined, '/event-trackers?dryRun=true');
      expect(dry.body).toMatchObject({ wouldSucceed: true, findings: [] });
    },
    { timeout: 60_000, interval: 100 },
  );

  const old = await post(body, key);
  expect(old).toMatchObject({ status: 200, body: { status: 'CREATE FAILED', generation: 1 } });
  expect(old.body.failure).toMatchObject({ code: 'NO_INTERACTIONS_DATASET', retryable: true });
  expect(old.headers.get('idempotency-replayed')).toBe('true');

  const again = await post(body);
  expect(again).toMatchObject({ status: 202, body: { trackerId, generation: 2 } });
  expect(again.body.failure).toBeUndefined();
  // The old key now returns the new generation, too.
  expect(await post(body, key)).toMatchObject({ body: { generation: 2 } });
  await until(trackerId, 'ACTIVE');
  expect((await get(trackerId)).generation).toBe(2);
});

/** The dataset of a group, as a template for another one. */
async function datasetOf(datasetGroupArn: string) {
  const { datasets = [] } = await groups.personalize.send(new ListDatasetsCommand({ datasetGroupArn }));
  const { datasetArn } = datasets[0] ?? {};
  const { dataset } = await groups.personalize.send(new DescribeDatasetCommand({ datasetArn }));
  return { name: 'interactions', datasetType: 'Interactions', schemaArn: dataset?.schemaArn, datasetGroupArn };
}

test('a new attempt can have another name, tags and clientContext; replaying an older key creates nothing', async () => {
  const datasetGroupArn = await groups.make('acme-renamed');
  await failNext(datasetGroupArn, 'create-failed');
  const key = randomUUID();
  const first = { name: 'shop', datasetGroupArn, tags: [{ tagKey: 'team', tagValue: 'web' }], clientContext: 'one' };
  const { trackerId } = (await post(first, key)).body;
  await until(trackerId, 'CREATE FAILED');

  await failNext(datasetGroupArn, 'create-failed');
  const second = { name: 'blog', datasetGroupArn, tags: [{ tagKey: 'team', tagValue: 'app' }], clientContext: 'two' };
  const secondKey = randomUUID();
  const asked = await post(second, secondKey);
  expect(asked).toMatchObject({ status: 202, body: { trackerId, generation: 2, name: 'blog', clientContext: 'two' } });
  await until(trackerId, 'CREATE FAILED');
  // Neither key makes a third attempt.
  expect(await post(first, key)).toMatchObject({ status: 409, body: { reason: 'NAME_CONFLICT' } });
  expect(await post(second, secondKey)).toMatchObject({
    status: 200,
    body: { status: 'CREATE FAILED', generation: 2 },
  });

  const third = await post({ name: 'shop', datasetGroupArn });
  expect(third).toMatchObject({ status: 202, body: { generation: 3, name: 'shop', tags: [] } });
  expect(third.body.clientContext).toBeUndefined();
  await until(trackerId, 'ACTIVE');
  const events = await eventsUntil(
    runtime,
    (all) => all.filter((event) => event.detail.data.trackerId === trackerId).length >= 3,
  );
  const published = events
    .filter((event) => event.detail.data.trackerId === trackerId)
    .map(({ detail }) => detail.data);
  expect(published.map(({ status, name }) => [status, name])).toEqual([
    ['CREATE FAILED', 'shop'],
    ['CREATE FAILED', 'blog'],
    ['ACTIVE', 'shop'],
  ]);
});

test('parallel requests after a failure make one attempt: an equal request joins it, another one is a conflict', async () => {
  const datasetGroupArn = await groups.make('acme-raced');
  await failNext(datasetGroupArn, 'create-failed');
  const body = { name: 'shop', datasetGroupArn };
  const { trackerId } = (await post(body)).body;
  await until(trackerId, 'CREATE FAILED');
  const answers = await Promise.all([
    ...Array.from({ length: 6 }, () => post(body, randomUUID())),
    ...Array.from({ length: 6 }, () => post(body)),
  ]);
  for (const answer of answers) expect(answer.body).toMatchObject({ generation: 2, trackerId });
  expect(await post({ ...body, name: 'other' })).toMatchObject({ status: 409, body: { reason: 'NAME_CONFLICT' } });
  await until(trackerId, 'ACTIVE');
  expect((await get(trackerId)).generation).toBe(2);
});

test('in a batch, an item for a failed tracker makes a new attempt, and a second item joins it', async () => {
  const datasetGroupArn = await groups.make('acme-batched');
  await failNext(datasetGroupArn, 'create-failed');
  const body = { name: 'shop', datasetGroupArn };
  const { trackerId } = (await post(body)).body;
  await until(trackerId, 'CREATE FAILED');
  const { results } = (
    await post(
      { requests: [{ ...body, name: 'blog' }, { ...body, name: 'blog' }, body] },
      undefined,
      '/event-trackers/batch',
    )
  ).body;
  expect(results).toMatchObject([
    { status: 202, eventTracker: { generation: 2, name: 'blog' } },
    { status: 202, eventTracker: { generation: 2, name: 'blog' } },
    { status: 409, problem: { reason: 'NAME_CONFLICT' } },
  ]);
});

test('progress.attempt counts the create calls of the current generation', async () => {
  const datasetGroupArn = await groups.make('acme-counted');
  await failNext(datasetGroupArn, 'create-failed');
  const body = { name: 'shop', datasetGroupArn };
  const { trackerId } = (await post(body)).body;
  await until(trackerId, 'CREATE FAILED');
  const again = await post(body);
  expect(again.body.progress).toMatchObject({ attempt: 0 });
  await vi.waitFor(async () => expect((await get(trackerId)).progress?.attempt).toBe(1), {
    timeout: 60_000,
    interval: 10,
  });
  await until(trackerId, 'ACTIVE');
});

test('the command line prints the remedy; running the same command again makes a new attempt', async () => {
  const datasetGroupArn = await groups.make('acme-published');
  await failNext(datasetGroupArn, 'access-denied');
  const environment = { EVENT_TRACKERS_ENDPOINT_URL: runtime.apiUrl, EVENT_TRACKERS_TOKEN: token };
  const create = ['create-event-tracker', '--name', 'shop', '--dataset-group-arn', datasetGroupArn, '--wait'];
  const failed = await inProcess(create, environment);
  expect(failed.code).toBe(254);
  expect(failed.stderr).toContain("Allow the service's role to call personalize:CreateEventTracker");
  const again = await inProcess(create, environment);
  expect(JSON.parse(again.stdout)).toMatchObject({ status: 'ACTIVE' });
});
