import {
  CreateDatasetCommand,
  CreateDatasetGroupCommand,
  ListSchemasCommand,
  PersonalizeClient,
} from '@aws-sdk/client-personalize';
import { afterEach, expect, test } from 'vitest';
import { call, type LocalRuntime, local, personalizeCalls, startLocalRuntime, tokenOf } from './local-runtime.ts';

const started: LocalRuntime[] = [];
const start = async (...args: Parameters<typeof startLocalRuntime>) => {
  const runtime = await startLocalRuntime(...args);
  started.push(runtime);
  return runtime;
};
afterEach(() => {
  for (const { process: child } of started.splice(0)) child.kill('SIGKILL');
});

/** Dataset groups with an Interactions dataset, all ACTIVE. */
async function createGroups(runtime: LocalRuntime, names: readonly string[]) {
  await local(runtime, 'PUT', '/_simulator/timing', {
    ...{ datasetGroupMs: 0, datasetMs: 0, createPendingMs: 10, createInProgressMs: 10 },
    ...{ deletePendingMs: 10, deleteInProgressMs: 10 },
  });
  const client = new PersonalizeClient({
    endpoint: runtime.awsUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const { schemas = [] } = await client.send(new ListSchemasCommand({}));
  for (const name of names) {
    const { datasetGroupArn } = await client.send(new CreateDatasetGroupCommand({ name }));
    const dataset = { name: 'interactions', datasetType: 'Interactions', schemaArn: schemas[0]?.schemaArn };
    await client.send(new CreateDatasetCommand({ ...dataset, datasetGroupArn }));
  }
  client.destroy();
}

/** One after the other: which ones pass depends on it. @returns the ids */
async function request(runtime: LocalRuntime, tenant: string, count: number) {
  const token = await tokenOf(runtime, tenant);
  const ids: string[] = [];
  for (let number = 0; number < count; number++) {
    const name = `${tenant}-${number}`;
    const datasetGroupArn = `arn:aws:personalize:us-east-1:123456789012:dataset-group/${name}`;
    const { body } = await call(runtime, 'POST', '/event-trackers', { token, body: { name, datasetGroupArn } });
    ids.push(String(body.trackerId));
  }
  return ids;
}

const readAll = async (runtime: LocalRuntime, tenant: string, ids: readonly string[]) => {
  const token = await tokenOf(runtime, tenant);
  return Promise.all(ids.map(async (id) => (await call(runtime, 'GET', `/event-trackers/${id}`, { token })).body));
};
const untilAll = (runtime: LocalRuntime, tenant: string, ids: readonly string[], status: string) =>
  expect
    .poll(async () => new Set((await readAll(runtime, tenant, ids)).map((each) => each.status)), {
      timeout: 60_000,
      interval: 200,
    })
    .toEqual(new Set([status]));

const groupsOf = (tenant: string, count: number) => Array.from({ length: count }, (_, number) => `${tenant}-${number}`);
const WAITS = { environment: { ADMISSION_RATE: '1' } };

test('trackers wait for their turn and say so; one of another tenant is served before them; deletions wait, too', async () => {
  const runtime = await start(WAITS);
  await createGroups(runtime, [...groupsOf('acme', 12), ...groupsOf('zeta', 1)]);
  const ids = await request(runtime, 'acme', 12);
  const [one = ''] = await request(runtime, 'zeta', 1);
  await expect
    .poll(async () => (await readAll(runtime, 'acme', ids)).map((each) => each.progress?.waitingFor), {
      timeout: 30_000,
    })
    .toContain('admission');
  const [waiting] = (await readAll(runtime, 'acme', ids)).filter((each) => each.progress?.waitingFor === 'admission');
  expect(waiting).toMatchObject({ status: 'CREATE PENDING', progress: { attempt: 0 } });
  expect(Date.parse(waiting?.progress.nextPollAt)).toBeGreaterThanOrEqual(Date.parse(waiting?.creationDateTime));

  await untilAll(runtime, 'zeta', [one], 'ACTIVE');
  const meanwhile = (await readAll(runtime, 'acme', ids)).map((each) => each.progress?.waitingFor);
  expect(meanwhile.filter((waitingFor) => waitingFor === 'admission').length).toBeGreaterThan(2);
  await untilAll(runtime, 'acme', ids, 'ACTIVE');
  expect(await personalizeCalls(runtime, 'CreateEventTracker')).toHaveLength(13);

  const token = await tokenOf(runtime, 'acme');
  for (const id of ids) await call(runtime, 'DELETE', `/event-trackers/${id}`, { token });
  await untilAll(runtime, 'acme', ids, 'DELETED');
  expect(await personalizeCalls(runtime, 'DeleteEventTracker')).toHaveLength(12);
});

test('after kill -9 while trackers wait, the next runtime admits them', async () => {
  const first = await start(WAITS);
  await createGroups(first, groupsOf('acme', 10));
  const ids = await request(first, 'acme', 10);
  await expect
    .poll(async () => (await readAll(first, 'acme', ids)).map((each) => each.progress?.waitingFor), { timeout: 30_000 })
    .toContain('admission');
  await first.end('SIGKILL');

  const second = await start({ data: first.data, ...WAITS });
  await untilAll(second, 'acme', ids, 'ACTIVE');
  expect(await personalizeCalls(second, 'CreateEventTracker')).toHaveLength(10);
});
