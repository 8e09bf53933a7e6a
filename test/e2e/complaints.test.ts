import {
  CreateEventTrackerCommand,
  DescribeEventTrackerCommand,
  ListEventTrackersCommand,
} from '@aws-sdk/client-personalize';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { stateChangeSchema } from '../../events/contract.ts';
import { eventTrackers } from '../cli/binary.ts';
import { abandoned } from './api/abandoned-request.ts';
import { type DatasetGroups, datasetGroupsOf } from './api/dataset-groups.ts';
import {
  call,
  eventsUntil,
  injectFault,
  type LocalRuntime,
  type PublishedEvent,
  personalizeCalls,
  startLocalRuntime,
  tokenOf,
} from './local-runtime.ts';

/**
 * Common complaints about asynchronous provisioning APIs. Each test shows how this service avoids one.
 */

let runtime: LocalRuntime;
let token: string;
let groups: DatasetGroups;
beforeAll(async () => {
  // No AWS account, no network, and no AWS configuration of the user that could redirect a call.
  runtime = await startLocalRuntime({
    environment: {
      CREATE_IN_FLIGHT_SECONDS: '2',
      AWS_PROFILE: 'nobody',
      AWS_ENDPOINT_URL: 'http://192.0.2.1',
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      HTTPS_PROXY: 'http://192.0.2.1',
      PATH: '/nonexistent',
    },
  });
  token = await tokenOf(runtime);
  groups = await datasetGroupsOf(runtime);
});
afterAll(async () => {
  groups.personalize.destroy();
  await runtime.end('SIGKILL');
});

const arnOf = (name: string) => `arn:aws:personalize:us-east-1:123456789012:dataset-group/${name}`;
const get = (path: string) => call(runtime, 'GET', path, { token });
const create = (datasetGroupArn: string, more: object = {}, headers: Record<string, string> = {}, by = token) =>
  call(runtime, 'POST', '/event-trackers', { token: by, body: { name: 'shop', datasetGroupArn, ...more }, headers });
const until = (path: string, status: string) =>
  vi.waitFor(async () => expect((await get(path)).body.status).toBe(status), { timeout: 20_000, interval: 30 });
const createCallsOn = async (datasetGroupArn: string) =>
  (await personalizeCalls(runtime, 'CreateEventTracker')).filter(
    (made) => made.parameters.datasetGroupArn === datasetGroupArn,
  );
const fault = (operation: string, kind: string, times: number, datasetGroupArn?: string) =>
  injectFault(runtime, 'personalize', {
    operation,
    fault: kind,
    times,
    ...(datasetGroupArn !== undefined && { datasetGroupArn }),
  });
const eventsOf = async (trackerId: string, count: number) => {
  const of = (events: readonly PublishedEvent[]) => events.filter(({ detail }) => detail.data.trackerId === trackerId);
  return of(await eventsUntil(runtime, (taken) => of(taken).length >= count));
};

test('1. "My 202 got lost, I retried, and now I have two": a retry after a lost 202 returns the same resource', async () => {
  const group = await groups.make('acme-lost');
  await abandoned(runtime, '/event-trackers', token, { name: 'shop', datasetGroupArn: group });
  const retried = await create(group);
  const again = await create(group);
  expect(retried.status).toBe(202);
  expect(again.body).toMatchObject({ trackerId: retried.body.trackerId, generation: 1 });
  await until(retried.headers.get('location') ?? '', 'ACTIVE');
  expect(await createCallsOn(group)).toHaveLength(1);
});

test('2. "202, but where is my resource?": the answer has Location and Retry-After', async () => {
  const { status, headers, body } = await create(await groups.make('acme-where'));
  expect(status).toBe(202);
  const location = headers.get('location') ?? '';
  expect(Number.isInteger(Number(headers.get('retry-after')))).toBe(true);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  const read = await get(location);
  expect(read).toMatchObject({ status: 200, body: { trackerId: body.trackerId } });
  expect(Number(read.headers.get('retry-after'))).toBeGreaterThan(0);
  await until(location, 'ACTIVE');
  expect((await get(location)).headers.get('retry-after')).toBeNull();
});

test('3. "404 right after my 202": an accepted resource can be read immediately', async () => {
  const seen = await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      const { status, headers } = await create(arnOf(`acme-at-once-${n}`));
      return [status, (await get(headers.get('location') ?? '')).status];
    }),
  );
  expect(new Set(seen.map(String))).toEqual(new Set(['202,200']));
});

test('4. "FAILED, but not why": the failure has a reason and the AWS request id for support', async () => {
  const group = await groups.make('acme-why');
  await fault('CreateEventTracker', 'access-denied', 1, group);
  const path = (await create(group)).headers.get('location') ?? '';
  await until(path, 'CREATE FAILED');
  const failure = {
    code: 'ACCESS_DENIED',
    reason: expect.stringContaining('CreateEventTracker'),
    remedy: expect.stringContaining('personalize:CreateEventTracker'),
    retryable: true,
    awsError: 'AccessDeniedException',
    awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  };
  const { body } = await get(path);
  expect(body.failure).toEqual(failure);
  const [event] = await eventsOf(body.trackerId, 1);
  expect(event?.detail.data).toMatchObject({ status: 'CREATE FAILED', failure });
  const { transitions } = (await get(`${path}/history`)).body;
  expect(transitions.at(-1)).toMatchObject({ status: 'CREATE FAILED', awsRequestId: body.failure.awsRequestId });
});

test('5. "I used the tracking ID and it was refused": no answer contains it before ACTIVE', async () => {
  const group = await groups.make('acme-early');
  const created = await create(group);
  const path = created.headers.get('location') ?? '';
  const answers = [created];
  for (let status = created.body.status; status !== 'ACTIVE'; status = answers.at(-1)?.body.status) {
    answers.push(
      await create(group),
      await get('/event-trackers'),
      await get(`/event-trackers?datasetGroupArn=${group}`),
      await get(`${path}/history`),
      await call(runtime, 'POST', '/event-trackers/batch', {
        token,
        body: { requests: [{ name: 'shop', datasetGroupArn: group }] },
      }),
      await create(group, { name: 'other' }),
      await call(runtime, 'POST', '/event-trackers?dryRun=true', {
        token,
        body: { name: 'shop', datasetGroupArn: group },
      }),
      await call(runtime, 'DELETE', path, { token, headers: { 'if-match': '"another"' } }),
      await call(runtime, 'POST', `${path}/retry`, { token }),
      await call(runtime, 'POST', `${path}/events`, { token, body: { sessionId: 's', eventList: [] } }),
      await get(path),
    );
  }
  const { trackingId, eventTrackerArn } = answers.pop()?.body ?? {};
  const described = await groups.personalize.send(new DescribeEventTrackerCommand({ eventTrackerArn }));
  expect(trackingId).toBe(described.eventTracker?.trackingId);
  // Some answers of the last round may already be ACTIVE.
  const before = answers.filter(({ body }) => !JSON.stringify(body).includes('"ACTIVE"'));
  expect(before.length).toBeGreaterThan(4);
  for (const { headers, body } of before) {
    expect(JSON.stringify([...headers, body])).not.toContain(trackingId);
  }
});

test('6. "The event came twice, and for which tenant?": an event has an id, a sequence and a tenant, and can be replayed', async () => {
  await injectFault(runtime, 'events', { operation: 'PutEvents', times: 2, fault: 'fail-entries' });
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const { headers, body } = await create(
    await groups.make('acme-published'),
    { clientContext: 'order 7' },
    { traceparent },
  );
  const [event] = await eventsOf(body.trackerId, 1);
  const { metadata, data } = stateChangeSchema.parse(event?.detail);
  expect(metadata).toMatchObject({
    eventId: expect.any(String),
    sequence: 1,
    tenantId: 'acme',
    correlationId: headers.get('apigw-requestid'),
    traceparent,
  });
  expect(data).toMatchObject({ status: 'ACTIVE', previousStatus: expect.any(String), clientContext: 'order 7' });
  // A later subscriber reads the same event.
  expect(await eventsOf(body.trackerId, 1)).toEqual([event]);
});

test('7. "It broke when we onboarded everyone": 500 parallel requests are accepted, and throttling fails none', async () => {
  const burst = await tokenOf(runtime, 'burst');
  const arns = await Promise.all(Array.from({ length: 25 }, (_, n) => groups.make(`burst-${n}`)));
  await fault('CreateEventTracker', 'throttle', 15);
  const answers = await Promise.all(Array.from({ length: 500 }, (_, n) => create(arns[n % 25] ?? '', {}, {}, burst)));
  expect(new Set(answers.map(({ status }) => status).filter((status) => status !== 200))).toEqual(new Set([202]));
  const ids = new Set(answers.map(({ body }) => body.trackerId));
  expect(ids.size).toBe(25);
  const active = async () =>
    (await call(runtime, 'GET', '/event-trackers?status=ACTIVE', { token: burst })).body.eventTrackers;
  await vi.waitFor(async () => expect(await active()).toHaveLength(25), { timeout: 60_000, interval: 200 });
  const made = await personalizeCalls(runtime, 'CreateEventTracker');
  const outcomes = arns.map((arn) => made.filter(({ parameters }) => parameters.datasetGroupArn === arn));
  for (const calls of outcomes) expect(calls.filter(({ outcome }) => outcome === 'OK')).toHaveLength(1);
  const throttled = outcomes.flat().filter(({ outcome }) => outcome === 'LimitExceededException');
  expect(throttled).toHaveLength(15);
}, 120_000);

test('8. "A tracker existed already, and now I am stuck": the failure names it, and it can be adopted', async () => {
  const group = await groups.make('acme-there');
  const foreign = new CreateEventTrackerCommand({ name: 'foreign', datasetGroupArn: group });
  const { eventTrackerArn, trackingId } = await groups.personalize.send(foreign);
  const path = (await create(group)).headers.get('location') ?? '';
  await until(path, 'CREATE FAILED');
  expect((await get(path)).body.failure).toMatchObject({
    code: 'CONFLICT',
    reason: expect.stringContaining(eventTrackerArn ?? ''),
  });
  const adopter = await tokenOf(runtime, 'acme', ['read', 'write', 'adopt']);
  const body = { name: 'shop', datasetGroupArn: group, adoptExisting: true };
  expect((await call(runtime, 'POST', '/event-trackers', { token: adopter, body })).status).toBe(202);
  await until(path, 'ACTIVE');
  expect((await get(path)).body).toMatchObject({ adopted: true, eventTrackerArn, trackingId });
});

test('9. "I could put any tenant into the body": the tenant comes only from the token', async () => {
  const group = await groups.make('umbrella-foreign');
  const headers = { 'x-tenant-id': 'umbrella', tenant: 'umbrella' };
  expect((await create(group, {}, headers)).status).toBe(403);
  const named = await create(await groups.make('acme-mine'), { tenantId: 'umbrella' });
  expect(named).toMatchObject({ status: 400, body: { errors: [{ field: 'tenantId' }] } });
  const mine = await create(arnOf('acme-mine'), {}, headers);
  expect(mine).toMatchObject({ status: 202, body: { tenantId: 'acme' } });
  const umbrella = await tokenOf(runtime, 'umbrella');
  const path = mine.headers.get('location') ?? '';
  for (const method of ['GET', 'DELETE']) {
    expect((await call(runtime, method, path, { token: umbrella })).status).toBe(404);
  }
  expect((await call(runtime, 'GET', '/event-trackers?tenantId=acme', { token: umbrella })).status).toBe(400);
});

test('10. "I cannot delete it while it is being created": deletion works at any time and leaves nothing behind', async () => {
  const group = await groups.make('acme-changed-mind');
  const { headers, body } = await create(group);
  const path = headers.get('location') ?? '';
  const deleted = await call(runtime, 'DELETE', path, { token });
  expect(deleted).toMatchObject({ status: 202, body: { status: 'DELETE PENDING' } });
  await until(path, 'DELETED');
  const [event] = await eventsOf(body.trackerId, 1);
  expect(event?.detail.data).toMatchObject({ status: 'DELETED' });
  const left = await groups.personalize.send(new ListEventTrackersCommand({ datasetGroupArn: group }));
  expect(left.eventTrackers).toEqual([]);
});

test('11. "My script must poll, and a repeated step creates twice": the command line waits and can be repeated safely', async () => {
  const group = await groups.make('acme-scripted');
  await fault('CreateEventTracker', 'access-denied', 1, group);
  const environment = { EVENT_TRACKERS_ENDPOINT_URL: runtime.apiUrl, EVENT_TRACKERS_TOKEN: token };
  const create = [
    'create-event-tracker',
    '--name',
    'shop',
    '--dataset-group-arn',
    group,
    '--idempotency-key',
    'deploy-7',
  ];
  // The step runs twice in parallel. Both exit codes report the outcome.
  const [failed, again] = await Promise.all([1, 2].map(() => eventTrackers([...create, '--wait'], { environment })));
  for (const run of [failed, again]) {
    expect([run?.code, run?.stderr]).toEqual([254, expect.stringContaining('An error occurred (ACCESS_DENIED)')]);
  }
  const trackerId = /tracker id: (et-\S+)/.exec(failed?.stderr ?? '')?.[1] ?? '';
  const retry = ['retry-event-tracker', '--tracker-id', trackerId, '--idempotency-key', 'deploy-7-again', '--wait'];
  const retried = await Promise.all([1, 2].map(() => eventTrackers(retry, { environment })));
  const { body } = await get(`/event-trackers/${trackerId}`);
  expect(retried.map(({ code, stdout }) => [code, JSON.parse(stdout)])).toEqual(
    [1, 2].map(() => [
      0,
      { eventTrackerArn: body.eventTrackerArn, trackingId: body.trackingId, trackerId, status: 'ACTIVE' },
    ]),
  );
  expect(body.generation).toBe(2);
  expect(await createCallsOn(group)).toHaveLength(2);
});

test('12. "I cannot try it without an AWS account": all tests above ran without one', async () => {
  expect((await call(runtime, 'GET', '/health')).status).toBe(200);
  expect(new URL(runtime.awsUrl).hostname).toBe('127.0.0.1');
  // The simulator received the calls, so none went to AWS.
  expect((await personalizeCalls(runtime, 'CreateEventTracker')).length).toBeGreaterThan(25);
});
