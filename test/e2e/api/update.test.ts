import { TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-personalize';
import { describe, expect, test, vi } from 'vitest';
import { call, eventsUntil, injectFault, local, personalizeCalls } from '../local-runtime.ts';
import { oneRuntime } from './dataset-groups.ts';

const { runtime, groups, token } = await oneRuntime({ environment: { CREATE_IN_FLIGHT_SECONDS: '1' } });

type Headers = Record<string, string>;
const MERGE_PATCH = 'application/merge-patch+json';
const get = (path: string, headers: Headers = {}) => call(runtime, 'GET', path, { token, headers });
const patch = (path: string, body: unknown, headers: Headers = {}) =>
  call(runtime, 'PATCH', path, { token, body, headers: { 'content-type': MERGE_PATCH, ...headers } });
const create = (body: object) => call(runtime, 'POST', '/event-trackers', { token, body: { name: 'shop', ...body } });
const WEB = [{ tagKey: 'team', tagValue: 'web' }];
const SEARCH = [{ tagKey: 'team', tagValue: 'search' }];
const settled = (path: string) =>
  vi.waitFor(
    async () => {
      const { body } = await get(path);
      expect(body.progress).toBeUndefined();
      return body;
    },
    { timeout: 60_000, interval: 100 },
  );
async function active(name: string) {
  const datasetGroupArn = await groups.make(name);
  const { headers } = await create({ datasetGroupArn, tags: WEB, clientContext: 'first' });
  const path = headers.get('location') ?? '';
  await vi.waitFor(async () => expect((await get(path)).body.status).toBe('ACTIVE'), {
    timeout: 60_000,
    interval: 100,
  });
  return { path, datasetGroupArn, trackerId: path.split('/').at(-1) ?? '' };
}
const updatesOf = async (trackerId: string, count: number) => {
  const events = await eventsUntil(
    runtime,
    (all) => all.filter(({ detail }) => detail.data.trackerId === trackerId).length >= count,
  );
  return events
    .filter(({ detail }) => detail.data.trackerId === trackerId)
    .map((event) => [
      event['detail-type'],
      event.detail.data.outcome ?? event.detail.data.drift ?? event.detail.data.status,
    ]);
};

test('tags are replaced while the tracker stays ACTIVE: 202, then 200, and an event of its own', async () => {
  const { path, datasetGroupArn, trackerId } = await active('acme-patch');
  const { trackingId } = (await get(path)).body;
  const accepted = await patch(path, { tags: SEARCH, clientContext: null });
  expect(accepted).toMatchObject({
    status: 202,
    body: { status: 'ACTIVE', generation: 2, trackingId, tags: WEB, desiredTags: SEARCH, progress: {} },
  });
  expect(accepted.body).not.toHaveProperty('clientContext');
  expect(accepted.headers.get('location')).toBe(path);
  expect(Number(accepted.headers.get('retry-after'))).toBeGreaterThan(0);
  const done = await settled(path);
  expect(done).toMatchObject({ status: 'ACTIVE', generation: 2, trackingId, tags: SEARCH });
  expect(done).not.toHaveProperty('desiredTags');
  expect(await patch(path, { tags: SEARCH })).toMatchObject({ status: 200, body: { generation: 2 } });
  // The create request with the new tags is a repeat; the former one conflicts.
  expect((await create({ datasetGroupArn, tags: SEARCH })).status).toBe(200);
  expect(await create({ datasetGroupArn, tags: WEB })).toMatchObject({
    status: 409,
    body: { reason: 'TAGS_CONFLICT' },
  });
  expect(await updatesOf(trackerId, 2)).toEqual([
    ['Event Tracker State Change', 'ACTIVE'],
    ['Event Tracker Updated', 'UPDATED'],
  ]);
  // Interactions are accepted all the while.
  const event = { eventType: 'view', sentAt: '2026-11-24T00:00:00Z' };
  await patch(path, { tags: WEB });
  const sent = await call(runtime, 'POST', `${path}/events`, { token, body: { sessionId: 's', eventList: [event] } });
  expect(sent).toMatchObject({ status: 200, body: { accepted: 1 } });
  await settled(path);
});

describe('what is refused', () => {
  test('another media type, with Accept-Patch; unknown fields; too many tags; reserved tags', async () => {
    const { path } = await active('acme-refused');
    for (const type of ['application/json', 'application/json-patch+json', 'text/plain']) {
      const refused = await patch(path, { tags: SEARCH }, { 'content-type': type });
      expect(refused).toMatchObject({ status: 415, body: { reason: 'UNSUPPORTED_MEDIA_TYPE' } });
      expect(refused.headers.get('accept-patch')).toBe(MERGE_PATCH);
    }
    expect((await patch(path, {}, { 'content-type': `${MERGE_PATCH}; charset=utf-8` })).status).toBe(200);
    const errorsOf = async (body: unknown) => {
      const { status, body: problem } = await patch(path, body);
      return [status, ...(problem.errors ?? []).map(({ field }: { field: string }) => field)];
    };
    expect(await errorsOf({ name: 'other' })).toEqual([400, 'name']);
    expect(await errorsOf({ tags: [{ tagKey: 'aws:x', tagValue: '' }] })).toEqual([400, 'tags[0].tagKey']);
    expect(await errorsOf({ tags: [{ tagKey: 'Event-Trackers:x', tagValue: '' }] })).toEqual([400, 'tags[0].tagKey']);
    expect(await errorsOf({ tags: Array.from({ length: 49 }, (_, n) => ({ tagKey: `k${n}`, tagValue: '' })) })).toEqual(
      [400, 'tags'],
    );
    expect(await errorsOf({ clientContext: 'x'.repeat(1025) })).toEqual([400, 'clientContext']);
    expect(await errorsOf([])).toEqual([400, '(body)']);
    expect((await get(path)).body).toMatchObject({ generation: 1, tags: WEB });
    expect(await patch('/event-trackers/et-aaaaaaaaaaaaaaaaaaaaaaaaaa', { tags: SEARCH })).toMatchObject({
      status: 404,
    });
  });

  test('an outdated If-Match, and a tracker that is not ACTIVE', async () => {
    const { path } = await active('acme-stale');
    const etag = (await get(path)).headers.get('etag') ?? '';
    expect(await patch(path, { clientContext: 'x' }, { 'if-match': '"other"' })).toMatchObject({ status: 412 });
    expect(await patch(path, { clientContext: 'x' }, { 'if-match': etag })).toMatchObject({ status: 200 });
    expect(await patch(path, { clientContext: 'y' }, { 'if-match': etag })).toMatchObject({ status: 412 });
    await call(runtime, 'DELETE', path, { token });
    expect(await patch(path, { tags: SEARCH })).toMatchObject({
      status: 409,
      body: { reason: 'NOT_ACTIVE', retryable: false },
    });
  });
});

test('an Idempotency-Key makes a change once, also with If-Match, and also after other changes', async () => {
  const { path } = await active('acme-keyed');
  const etag = (await get(path)).headers.get('etag') ?? '';
  const keyed = () => patch(path, { tags: SEARCH }, { 'idempotency-key': '"k"', 'if-match': etag });
  expect((await keyed()).status).toBe(202);
  await settled(path);
  expect((await patch(path, { tags: [] })).status).toBe(202);
  await settled(path);
  const replayed = await keyed();
  expect(replayed).toMatchObject({ status: 200, body: { generation: 3, tags: [] } });
  expect(replayed.headers.get('idempotency-replayed')).toBe('true');
  expect(await patch(path, { tags: WEB }, { 'idempotency-key': '"k"' })).toMatchObject({
    status: 422,
    body: { reason: 'IDEMPOTENCY_KEY_REUSED' },
  });
});

test('a change that fails leaves the tracker ACTIVE; a retry makes it', async () => {
  const { path, datasetGroupArn, trackerId } = await active('acme-denied');
  const { trackingId } = (await get(path)).body;
  await injectFault(runtime, 'personalize', {
    operation: 'TagResource',
    fault: 'access-denied',
    times: 1,
    datasetGroupArn,
  });
  await patch(path, { tags: SEARCH });
  expect(await settled(path)).toMatchObject({
    status: 'ACTIVE',
    trackingId,
    tags: WEB,
    desiredTags: SEARCH,
    updateFailure: { code: 'ACCESS_DENIED' },
  });
  const retry = () => call(runtime, 'POST', `${path}/retry`, { token });
  expect((await retry()).status).toBe(202);
  const done = await settled(path);
  expect(done).toMatchObject({ status: 'ACTIVE', trackingId, tags: SEARCH, generation: 3 });
  expect(done).not.toHaveProperty('updateFailure');
  expect(await retry()).toMatchObject({ status: 409, body: { reason: 'NOT_FAILED' } });
  expect((await updatesOf(trackerId, 3)).map(([, what]) => what)).toEqual(['ACTIVE', 'UPDATE_FAILED', 'UPDATED']);
});

test('tags that were changed in Personalize are reported, and a change restores them', async () => {
  const { path, trackerId } = await active('acme-tampered');
  const { eventTrackerArn } = (await get(path)).body;
  await groups.personalize.send(
    new TagResourceCommand({ resourceArn: eventTrackerArn, tags: [{ tagKey: 'x', tagValue: '1' }] }),
  );
  await groups.personalize.send(new UntagResourceCommand({ resourceArn: eventTrackerArn, tagKeys: ['team'] }));
  await vi.waitFor(
    async () => {
      await local(runtime, 'POST', '/_local/drift', {});
      expect((await get(path)).body.desiredTags).toEqual(WEB);
    },
    { timeout: 60_000, interval: 300 },
  );
  expect((await get(path)).body.tags).toEqual([{ tagKey: 'x', tagValue: '1' }]);
  await patch(path, { tags: WEB });
  expect(await settled(path)).toMatchObject({ tags: WEB, generation: 2 });
  expect((await updatesOf(trackerId, 3)).map(([, what]) => what)).toEqual(['ACTIVE', 'TAGS_CHANGED', 'UPDATED']);
  const touched = [
    ...(await personalizeCalls(runtime, 'TagResource')),
    ...(await personalizeCalls(runtime, 'UntagResource')),
  ];
  expect(JSON.stringify(touched)).not.toContain('event-trackers:');
});
