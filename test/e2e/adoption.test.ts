import {
  CreateEventTrackerCommand,
  DescribeEventTrackerCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-personalize';
import { expect, test, vi } from 'vitest';
import { inProcess } from '../cli/in-process.ts';
import { oneRuntime } from './api/dataset-groups.ts';
import { call, eventsUntil, local } from './local-runtime.ts';

const { runtime, groups, token } = await oneRuntime({
  environment: { CREATE_IN_FLIGHT_SECONDS: '2' },
  scopes: ['read', 'write', 'adopt'],
});

const OWNER = [{ tagKey: 'owner', tagValue: 'team-x' }];
const COST = [{ tagKey: 'cost', tagValue: '42' }];
const get = (path: string) => call(runtime, 'GET', path, { token });
const post = (body: object, headers: Record<string, string> = {}, query = '') =>
  call(runtime, 'POST', `/event-trackers${query}`, { token, body, headers });
/** Runs the command line. @returns the JSON that it prints */
async function commandLine(...args: string[]): Promise<unknown> {
  const environment = { EVENT_TRACKERS_ENDPOINT_URL: runtime.apiUrl, EVENT_TRACKERS_TOKEN: token };
  const { stdout, stderr } = await inProcess(args, environment);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}
const until = (path: string, status: string) =>
  vi.waitFor(async () => expect((await get(path)).body.status).toBe(status), { timeout: 60_000, interval: 100 });
const eventsOf = async (trackerId: string, count: number) => {
  const isOfIt = ({ detail }: { detail: { data: { trackerId: string } } }) => detail.data.trackerId === trackerId;
  const taken = await eventsUntil(runtime, (events) => events.filter(isOfIt).length >= count);
  return taken.filter(isOfIt).map(({ detail }) => detail.data);
};

test('an adopted tracker keeps its name and tags: resource, list, event, repeated requests and drift check agree with Personalize', async () => {
  const datasetGroupArn = await groups.make('acme-adopted');
  const foreign = new CreateEventTrackerCommand({ name: 'foreign', datasetGroupArn, tags: OWNER });
  const { eventTrackerArn } = await groups.personalize.send(foreign);
  const body = { name: 'shop', datasetGroupArn, tags: COST, adoptExisting: true };
  const key = { 'idempotency-key': '"adopt-1"' };
  const accepted = await post(body, key);
  expect(accepted.status).toBe(202);
  const path = accepted.headers.get('location') ?? '';
  const { trackerId } = accepted.body;
  await until(path, 'ACTIVE');

  const described = await groups.personalize.send(new DescribeEventTrackerCommand({ eventTrackerArn }));
  const { tags } = await groups.personalize.send(new ListTagsForResourceCommand({ resourceArn: eventTrackerArn }));
  const actual = { name: described.eventTracker?.name, tags };
  expect(actual).toEqual({ name: 'foreign', tags: OWNER });

  const resource = (await get(path)).body;
  expect(resource).toMatchObject({ ...actual, adopted: true, eventTrackerArn });
  const list = await get(`/event-trackers?datasetGroupArn=${datasetGroupArn}`);
  expect(list.body.eventTrackers).toEqual([resource]);
  expect(await eventsOf(trackerId, 1)).toMatchObject([{ status: 'ACTIVE', name: 'foreign', eventTrackerArn }]);
  expect(await commandLine('describe-event-tracker', '--tracker-id', trackerId)).toMatchObject({
    eventTracker: actual,
  });

  for (const repeat of [
    await post(body, key),
    await post(body),
    await post({ ...actual, datasetGroupArn }),
    await post({ ...actual, datasetGroupArn, adoptExisting: true }),
  ]) {
    expect(repeat).toMatchObject({ status: 200, body: { generation: 1, ...actual } });
  }
  expect(await post({ ...body, name: 'other' })).toMatchObject({
    status: 409,
    body: { reason: 'NAME_CONFLICT', existing: { ...actual, status: 'ACTIVE' } },
  });
  expect(await post({ ...body, tags: OWNER })).toMatchObject({ status: 409, body: { reason: 'TAGS_CONFLICT' } });

  expect(await local(runtime, 'POST', '/_local/drift', {})).toMatchObject({ drifted: 0, failed: 0 });
  expect((await get(path)).body).toEqual(resource);
});

test('a new clientContext replaces the old one; replaying an old key does not restore it', async () => {
  const datasetGroupArn = await groups.make('acme-context');
  const body = { name: 'shop', datasetGroupArn };
  const first = await post({ ...body, clientContext: 'A' }, { 'idempotency-key': 'context-1' });
  const path = first.headers.get('location') ?? '';
  await until(path, 'ACTIVE');
  const before = await get(path);
  // The same request again changes nothing.
  await post({ ...body, clientContext: 'A' }, { 'idempotency-key': 'context-2' });
  expect((await get(path)).headers.get('etag')).toBe(before.headers.get('etag'));

  expect(await post({ ...body, clientContext: 'B' })).toMatchObject({
    status: 200,
    body: { clientContext: 'B', generation: 1, status: 'ACTIVE' },
  });
  const after = await get(path);
  expect(after.body.clientContext).toBe('B');
  expect(after.headers.get('etag')).not.toBe(before.headers.get('etag'));
  expect(Date.parse(after.body.lastUpdatedDateTime)).toBeGreaterThan(Date.parse(before.body.lastUpdatedDateTime));

  for (const key of ['context-1', 'context-2']) {
    const replayed = await post({ ...body, clientContext: 'A' }, { 'idempotency-key': key });
    expect(replayed.headers.get('idempotency-replayed')).toBe('true');
    expect(replayed.body.clientContext).toBe('B');
  }
  expect((await post(body)).body.clientContext).toBe('B');
  await call(runtime, 'DELETE', path, { token });
  await until(path, 'DELETED');
  expect(await eventsOf(first.body.trackerId, 2)).toMatchObject([
    { status: 'ACTIVE', clientContext: 'A' },
    { status: 'DELETED', clientContext: 'B' },
  ]);
});
