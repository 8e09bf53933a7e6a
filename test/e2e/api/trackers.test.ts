import { beforeAll, describe, expect, test, vi } from 'vitest';
import { call, injectFault, local, personalizeCalls, tokenOf } from '../local-runtime.ts';
import { oneRuntime } from './dataset-groups.ts';

// Long enough to observe DELETED, short enough to wait for the end of the retention.
const { runtime, groups, token } = await oneRuntime({
  environment: { CREATE_IN_FLIGHT_SECONDS: '1', RETENTION_SECONDS: '6' },
});

const arnOf = (name: string) => `arn:aws:personalize:us-east-1:123456789012:dataset-group/${name}`;
type Headers = Record<string, string>;
const get = (path: string, headers: Headers = {}) => call(runtime, 'GET', path, { token, headers });
const post = (path: string, body: unknown, headers: Headers = {}) =>
  call(runtime, 'POST', path, { token, body, headers });
const remove = (path: string, headers: Headers = {}) => call(runtime, 'DELETE', path, { token, headers });
const create = (datasetGroupArn: string, headers: Headers = {}) =>
  post('/event-trackers', { name: 'shop', datasetGroupArn }, headers);
const until = (path: string, status: string) =>
  vi.waitFor(async () => expect((await get(path)).body.status).toBe(status), { timeout: 60_000, interval: 100 });
/** Creates a tracker and waits until it is ACTIVE. @returns its path */
async function active(name: string): Promise<string> {
  const { headers } = await create(await groups.make(name));
  const path = headers.get('location') ?? '';
  await until(path, 'ACTIVE');
  return path;
}
const fault = (operation: string, kind: string, times: number, more: object = {}) =>
  injectFault(runtime, 'personalize', { operation, fault: kind, times, ...more });

describe('ETag', () => {
  test('If-None-Match: 304 without a body until the representation changes', async () => {
    const path = await active('acme-etag');
    const { headers, body } = await get(path);
    const etag = headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]+"$/);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const answer = await get(path, { 'if-none-match': known });
      expect([answer.status, answer.body, answer.headers.get('etag')]).toEqual([304, '', etag]);
    }
    expect((await get(path, { 'if-none-match': '"other"' })).body).toEqual(body);
    await remove(path);
    const changed = await get(path, { 'if-none-match': etag });
    expect(changed.status).toBe(200);
    expect(changed.headers.get('etag')).not.toBe(etag);
  });

  test('If-Match on DELETE: 412 for another representation, which deletes nothing', async () => {
    const path = await active('acme-if-match');
    const etag = (await get(path)).headers.get('etag') ?? '';
    const refused = await remove(path, { 'if-match': '"other"' });
    expect(refused).toMatchObject({ status: 412, body: { reason: 'PRECONDITION_FAILED' } });
    expect((await get(path)).body).toMatchObject({ status: 'ACTIVE', generation: 1 });
    expect(await remove(path, { 'if-match': etag })).toMatchObject({ status: 202, body: { generation: 2 } });
    expect((await remove(path, { 'if-match': etag })).status).toBe(412);
  });
});

describe('Prefer: wait', () => {
  test('GET answers at the outcome, not after the whole wait, with 200 and the applied preference', async () => {
    const group = await groups.make('acme-prefer');
    const started = performance.now();
    const posted = await create(group, { prefer: 'wait=20' });
    // POST never waits.
    expect(posted).toMatchObject({ status: 202 });
    expect(posted.headers.get('preference-applied')).toBeNull();
    const answer = await get(posted.headers.get('location') ?? '', { prefer: 'respond-async, wait=20' });
    expect(answer).toMatchObject({ status: 200, body: { status: 'ACTIVE', trackingId: expect.any(String) } });
    expect(answer.headers.get('preference-applied')).toBe('wait=20');
    expect(performance.now() - started).toBeLessThan(15_000);
  });

  test('GET answers at the end of the wait with the resource in progress and Retry-After', async () => {
    const group = await groups.make('acme-prefer-short');
    await fault('CreateEventTracker', 'stuck', 1, { datasetGroupArn: group });
    const posted = await create(group);
    expect(posted.status).toBe(202);
    const started = performance.now();
    const answer = await get(posted.headers.get('location') ?? '', { prefer: 'wait=1' });
    expect(performance.now() - started).toBeGreaterThanOrEqual(950);
    expect(answer).toMatchObject({ status: 200, body: { status: expect.stringMatching(/^CREATE/) } });
    expect(answer.headers.get('preference-applied')).toBe('wait=1');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test('applies at most 25 s and answers immediately if there is an outcome', async () => {
    const path = await active('acme-prefer-done');
    const answer = await get(path, { prefer: 'wait=9999' });
    expect(answer).toMatchObject({ status: 200, body: { status: 'ACTIVE' } });
    expect(answer.headers.get('preference-applied')).toBe('wait=25');
  });

  test.each(['wait=-1', 'wait=soon', 'await=5', 'return=minimal', 'wait'])('%s is ignored', async (prefer) => {
    const { headers } = await get(await active(`acme-prefer-${prefer.replaceAll(/\W/g, '-')}`), { prefer });
    expect(headers.get('preference-applied')).toBeNull();
  });
});

describe('a dry run', () => {
  const dry = (datasetGroupArn: string, more: object = {}) =>
    post('/event-trackers?dryRun=true', { name: 'shop', datasetGroupArn, ...more });

  test('reports the outcome and writes nothing', async () => {
    const free = await groups.make('acme-dry');
    const path = await active('acme-dry-taken');
    const { datasetGroupArn: taken } = (await get(path)).body;
    await fetch(`${runtime.awsUrl}/_simulator/calls`, { method: 'DELETE' });

    expect(await dry(free)).toMatchObject({ status: 200, body: { outcome: 'CREATE', findings: [] } });
    expect((await dry(taken)).body).toMatchObject({ wouldSucceed: true, outcome: 'NOTHING_NEW', findings: [] });
    const codes = async (arn: string, more = {}) =>
      (await dry(arn, more)).body.findings.map(({ code }: { code: string }) => code);
    expect(await codes(taken, { name: 'other' })).toEqual(['NAME_CONFLICT']);
    expect(await codes(taken, { tags: [{ tagKey: 'a', tagValue: 'b' }] })).toEqual(['TAGS_CONFLICT']);
    expect(await codes(arnOf('acme-nowhere'))).toEqual(['DATASET_GROUP_NOT_FOUND']);

    const { eventTrackers } = (await get(`/event-trackers?datasetGroupArn=${free}`)).body;
    expect(eventTrackers).toEqual([]);
    const made = (await personalizeCalls(runtime)).map(({ operation }) => operation);
    expect(made.filter((operation) => !/^(Describe|List)/.test(operation))).toEqual([]);
    expect((await get(path)).body.generation).toBe(1);
  });

  test('is refused like the request itself and does not read a foreign dataset group', async () => {
    expect(await dry(arnOf('umbrella-shop'))).toMatchObject({ status: 403 });
    expect(await dry(arnOf('acme-dry'), { name: '-' })).toMatchObject({ status: 400 });
    const odd = await post('/event-trackers?dryRun=1', { name: 'shop', datasetGroupArn: arnOf('acme-x') });
    expect(odd).toMatchObject({ status: 400, body: { errors: [{ field: 'dryRun', rule: 'must be true or false' }] } });
  });

  test('is 503 with Retry-After while Personalize throttles', async () => {
    const group = await groups.make('acme-dry-busy');
    await fault('DescribeDatasetGroup', 'throttle', 1);
    const answer = await dry(group);
    expect(answer).toMatchObject({ status: 503, body: { reason: 'THROTTLED', retryable: true } });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

test('progress has waitingFor, attempt and nextPollAt, and is absent once there is an outcome', async () => {
  const group = await groups.make('acme-progress');
  await fault('CreateEventTracker', 'throttle', 2, { datasetGroupArn: group });
  const { headers, body } = await create(group);
  const path = headers.get('location') ?? '';
  expect(body.progress).toMatchObject({ waitingFor: expect.any(String), attempt: 0 });
  const seen = new Set<string>();
  for (let status = body.status; status !== 'ACTIVE'; ) {
    const { body: now } = await get(path);
    status = now.status;
    if (status === 'ACTIVE') expect(now.progress).toBeUndefined();
    else {
      expect(Date.parse(now.progress.nextPollAt)).not.toBeNaN();
      expect(now.progress.attempt).toBeGreaterThanOrEqual(0);
      seen.add(now.progress.waitingFor);
    }
  }
  expect(seen).toContain('throttling');
});

describe('interactions', () => {
  const event = (n = 0) => ({ eventType: 'view', sentAt: '2026-11-24T00:00:00Z', itemId: `item-${n}` });
  const list = (count: number) => Array.from({ length: count }, (_, n) => event(n));
  const send = (path: string, eventList: unknown, more: object = {}) =>
    post(`${path}/events`, { sessionId: 'session', userId: 'user', eventList, ...more });
  let path: string;
  beforeAll(async () => {
    path = await active('acme-events');
  });

  test('are sent in calls of ten, with the tracking ID, which the caller does not need', async () => {
    await fetch(`${runtime.awsUrl}/_simulator/calls`, { method: 'DELETE' });
    expect(await send(path, list(25))).toMatchObject({ status: 200, body: { accepted: 25, failed: [] } });
    expect(await personalizeCalls(runtime, 'PutEvents')).toHaveLength(3);
    const { interactions } = (await local(runtime, 'GET', '/_simulator/interactions')) as {
      interactions: Record<string, { itemId: string; userId: string; sessionId: string }[]>;
    };
    const arrived = Object.entries(interactions).find(([arn]) => arn.includes('acme-events'))?.[1] ?? [];
    expect(arrived).toHaveLength(25);
    // The calls are made in parallel; Personalize orders by sentAt.
    expect(arrived).toContainEqual(
      expect.objectContaining({ itemId: 'item-24', userId: 'user', sessionId: 'session' }),
    );
  });

  test('of a failed call are listed by index; the others are sent', async () => {
    await fault('PutEvents', 'throttle', 1);
    const { status, body } = await send(path, list(15));
    expect([status, body.accepted]).toEqual([200, 5]);
    expect(body.failed.map(({ index }: { index: number }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(body.failed[0]).toMatchObject({ retryable: true, reason: expect.any(String) });
  });

  test('that all fail are a 503 to retry, or a 422 with the message of Personalize', async () => {
    await fault('PutEvents', 'server-error', 2);
    expect(await send(path, list(11))).toMatchObject({ status: 503, body: { reason: 'THROTTLED', retryable: true } });
    // A refusal that the service cannot foresee.
    await fault('PutEvents', 'error', 1, { error: 'InvalidInputException' });
    const refused = await send(path, [event()]);
    expect(refused).toMatchObject({
      status: 422,
      body: { reason: 'REFUSED_BY_PERSONALIZE', awsError: 'InvalidInputException', awsRequestId: expect.any(String) },
    });
    expect(JSON.stringify(refused.body)).not.toContain((await get(path)).body.trackingId);
  });

  test.each([
    ['no events', [], {}, 'eventList'],
    ['101 events', 101, {}, 'eventList'],
    ['an event without a type', [{ sentAt: '2026-11-24T00:00:00Z' }], {}, 'eventList[0].eventType'],
    ['an invalid time', [{ ...event(), sentAt: 'today' }], {}, 'eventList[0].sentAt'],
    [
      'properties over 1024 characters',
      [{ ...event(), properties: { a: 'x'.repeat(1024) } }],
      {},
      'eventList[0].properties',
    ],
    [
      'a reserved key in the properties of one of three events',
      [event(), { ...event(), properties: { Timestamp: '1' } }, event()],
      {},
      'eventList[1].properties',
    ],
    [
      'an attribution that is only spaces',
      [{ ...event(), metricAttribution: { eventAttributionSource: ' ' } }],
      {},
      'eventList[0].metricAttribution.eventAttributionSource',
    ],
    ['an impression of 26 items', [{ ...event(), impression: Array(26).fill('a') }], {}, 'eventList[0].impression'],
    ['an item id of 257 characters', [{ ...event(), itemId: 'x'.repeat(257) }], {}, 'eventList[0].itemId'],
    ['an empty session', [event()], { sessionId: '' }, 'sessionId'],
    ['a tracking ID', [event()], { trackingId: 'x' }, 'trackingId'],
  ])('%s: a 400 that names the field', async (_, events, more, field) => {
    const answer = await send(path, typeof events === 'number' ? list(events) : events, more);
    expect(answer).toMatchObject({ status: 400, body: { reason: 'INVALID_REQUEST', errors: [{ field }] } });
  });

  test('are a 409 unless the tracker is ACTIVE: while it is created, failed, being deleted, or deleted', async () => {
    const group = await groups.make('acme-events-early');
    const early = (await create(group)).headers.get('location') ?? '';
    expect(await send(early, list(1))).toMatchObject({ status: 409, body: { reason: 'NOT_ACTIVE', retryable: true } });
    const failed = (await create(arnOf('acme-events-nowhere'))).headers.get('location') ?? '';
    await until(failed, 'CREATE FAILED');
    expect(await send(failed, list(1))).toMatchObject({ status: 409, body: { retryable: false } });
    await until(early, 'ACTIVE');
    await remove(early);
    expect(await send(early, list(1))).toMatchObject({ status: 409, body: { retryable: false } });
    await until(early, 'DELETED');
    expect(await send(early, list(1))).toMatchObject({ status: 409, body: { retryable: false } });
  });

  test('need the scope events', async () => {
    const writer = await tokenOf(runtime, 'acme', ['read', 'write']);
    const body = { sessionId: 'session', eventList: list(1) };
    expect((await call(runtime, 'POST', `${path}/events`, { token: writer, body })).status).toBe(403);
  });
});

test('a DELETED tracker can be read until its retention ends, then is a 404; its dataset group can be used again', async () => {
  const path = await active('acme-retention');
  const { datasetGroupArn } = (await get(path)).body;
  await remove(path);
  await until(path, 'DELETED');
  await local(runtime, 'POST', '/_local/drift', {});
  expect(await get(path)).toMatchObject({ status: 200, body: { status: 'DELETED' } });
  expect(await remove(path)).toMatchObject({ status: 200, body: { status: 'DELETED' } });
  await expect
    .poll(
      async () => {
        await local(runtime, 'POST', '/_local/drift', {});
        return (await get(path)).status;
      },
      { timeout: 60_000, interval: 500 },
    )
    .toBe(404);
  expect((await get(`${path}/history`)).status).toBe(404);
  expect((await remove(path)).status).toBe(404);
  expect((await post(`${path}/retry`, {})).status).toBe(404);
  const list = await get('/event-trackers?status=DELETED');
  expect(JSON.stringify(list.body)).not.toContain(path.split('/')[2]);
  expect(await create(datasetGroupArn)).toMatchObject({ status: 202, body: { generation: 3 } });
});
