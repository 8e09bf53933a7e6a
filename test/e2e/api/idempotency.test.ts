import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { call, injectFault, local, personalizeCalls, tokenOf } from '../local-runtime.ts';
import { oneRuntime } from './dataset-groups.ts';

const { runtime, groups, token } = await oneRuntime({
  environment: { CREATE_IN_FLIGHT_SECONDS: '2', RETENTION_SECONDS: '0.001' },
});

const post = (body: object, key?: string, path = '/event-trackers') =>
  call(runtime, 'POST', path, { token, body, headers: key === undefined ? {} : { 'idempotency-key': key } });
const statusOf = async (trackerId: string) =>
  (await call(runtime, 'GET', `/event-trackers/${trackerId}`, { token })).body.status;
const until = (trackerId: string, status: string) =>
  expect.poll(() => statusOf(trackerId), { timeout: 60_000, interval: 100 }).toBe(status);
const REUSED = { status: 422, body: { reason: 'IDEMPOTENCY_KEY_REUSED', errors: [{ field: 'Idempotency-Key' }] } };

test('the same key and body return the same resource, marked as replayed; another body is a 422', async () => {
  const body = { name: 'shop', datasetGroupArn: await groups.make('acme-keyed') };
  const key = `"${randomUUID()}"`;
  const first = await post(body, key);
  expect(first.status).toBe(202);
  expect(first.headers.get('idempotency-replayed')).toBeNull();
  // A quoted key equals a bare one; a missing field equals its default.
  for (const again of [await post(body, key), await post({ tags: [], ...body }, key.slice(1, -1))]) {
    expect(again).toMatchObject({ status: 202, body: { trackerId: first.body.trackerId, generation: 1 } });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  }
  expect(await post({ ...body, name: 'other' }, key)).toMatchObject(REUSED);
  expect(await post({ ...body, clientContext: 'x' }, key)).toMatchObject(REUSED);
  expect(await post({}, key, `/event-trackers/${first.body.trackerId}/retry`)).toMatchObject(REUSED);
  await until(first.body.trackerId, 'ACTIVE');
  expect(await post(body, key)).toMatchObject({ status: 200, body: { status: 'ACTIVE' } });
});

test('two tenants can use the same key', async () => {
  const key = randomUUID();
  await post({ name: 'shop', datasetGroupArn: await groups.make('acme-own-key') }, key);
  const umbrella = await tokenOf(runtime, 'umbrella');
  const datasetGroupArn = await groups.make('umbrella-own-key');
  const body = { name: 'other', datasetGroupArn };
  const answer = await call(runtime, 'POST', '/event-trackers', {
    token: umbrella,
    body,
    headers: { 'idempotency-key': key },
  });
  expect(answer.status).toBe(202);
  expect(answer.headers.get('idempotency-replayed')).toBeNull();
});

test('replaying an old key does not recreate a deleted tracker; a new key, or none, does', async () => {
  const datasetGroupArn = await groups.make('acme-late-key');
  const body = { name: 'shop', datasetGroupArn };
  const key = randomUUID();
  const { trackerId } = (await post(body, key)).body;
  const remove = () => call(runtime, 'DELETE', `/event-trackers/${trackerId}`, { token });
  await until(trackerId, 'ACTIVE');
  await remove();
  const late = await post(body, key);
  expect(late.body).toMatchObject({ trackerId, generation: 2 });
  expect(late.headers.get('idempotency-replayed')).toBe('true');
  await until(trackerId, 'DELETED');
  expect(await post(body, key)).toMatchObject({ status: 200, body: { status: 'DELETED', generation: 2 } });

  expect(await post(body, randomUUID())).toMatchObject({ status: 202, body: { generation: 3 } });
  await until(trackerId, 'ACTIVE');
  expect(await post(body, key)).toMatchObject({ status: 200, body: { status: 'ACTIVE', generation: 3 } });
  await remove();
  await until(trackerId, 'DELETED');
  // Only an idle record is purged. A record can be DELETED while its event is unpublished or an earlier create may take effect.
  const lateAgain = async () => {
    await local(runtime, 'POST', '/_local/drift', {});
    const { status, body: answer } = await post(body, key);
    return { status, reason: answer.reason };
  };
  await expect.poll(lateAgain, { timeout: 60_000 }).toEqual({ status: 404, reason: 'NOT_FOUND' });
  const calls = await personalizeCalls(runtime, 'CreateEventTracker');
  expect(calls.filter(({ parameters }) => parameters.datasetGroupArn === datasetGroupArn)).toHaveLength(2);
});

test('a refused request does not use up its key: once the conflict is gone, the same request is accepted', async () => {
  const datasetGroupArn = await groups.make('acme-refused');
  const { trackerId } = (await post({ name: 'other', datasetGroupArn })).body;
  const key = randomUUID();
  expect(await post({ name: 'shop', datasetGroupArn }, key)).toMatchObject({ status: 409 });
  await call(runtime, 'DELETE', `/event-trackers/${trackerId}`, { token });
  await until(trackerId, 'DELETED');
  const accepted = await post({ name: 'shop', datasetGroupArn }, key);
  expect(accepted).toMatchObject({ status: 202, body: { name: 'shop', generation: 3 } });
  expect(accepted.headers.get('idempotency-replayed')).toBeNull();
});

test('a retry with a key, sent several times, is one retry', async () => {
  const datasetGroupArn = await groups.make('acme-keyed-retry');
  const fail = { operation: 'CreateEventTracker', datasetGroupArn, times: 2, fault: 'create-failed' };
  await injectFault(runtime, 'personalize', fail);
  const { trackerId } = (await post({ name: 'shop', datasetGroupArn })).body;
  await until(trackerId, 'CREATE FAILED');
  const path = `/event-trackers/${trackerId}/retry`;
  const key = randomUUID();
  expect(await post({}, key, path)).toMatchObject({ status: 202, body: { generation: 2 } });
  await until(trackerId, 'CREATE FAILED');
  const replayed = await post({}, key, path);
  expect(replayed).toMatchObject({ status: 200, body: { status: 'CREATE FAILED', generation: 2 } });
  expect(replayed.headers.get('idempotency-replayed')).toBe('true');
  expect(await post({ name: 'shop', datasetGroupArn }, key)).toMatchObject(REUSED);
  expect(await post({}, randomUUID(), path)).toMatchObject({ status: 202, body: { generation: 3 } });
});

test.each([
  ['', 'must not be empty'],
  ['x'.repeat(256), 'must be at most 255 characters long'],
  ['\u00fc', 'must be one key of printable ASCII characters, in quotes if it contains a comma'],
])('a malformed key (%j) is a 400 and records nothing', async (key, rule) => {
  const datasetGroupArn = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-malformed';
  const errors = [{ field: 'Idempotency-Key', rule }];
  for (const path of ['/event-trackers', '/event-trackers?dryRun=true']) {
    expect(await post({ name: 'shop', datasetGroupArn }, key, path)).toMatchObject({ status: 400, body: { errors } });
  }
  const { body } = await call(runtime, 'GET', `/event-trackers?datasetGroupArn=${datasetGroupArn}`, { token });
  expect(body.eventTrackers).toEqual([]);
});

test('routes that do not support keys refuse them', async () => {
  const datasetGroupArn = await groups.make('acme-no-key');
  const { trackerId } = (await post({ name: 'shop', datasetGroupArn })).body;
  for (const path of ['/event-trackers/batch', `/event-trackers/${trackerId}/events`]) {
    const answer = await post({ requests: [] }, randomUUID(), path);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'Idempotency-Key' }] } });
  }
});

test('items of keys cannot be read as trackers', async () => {
  for (const id of ['idem%23acme%23x', 'health', 'x'.repeat(3000), '%00']) {
    for (const [method, rest] of [
      ['GET', ''],
      ['GET', '/history'],
      ['DELETE', ''],
      ['POST', '/retry'],
      ['POST', '/events'],
    ]) {
      const answer = await call(runtime, method ?? '', `/event-trackers/${id}${rest}`, { token });
      expect(answer, `${method} ${id}${rest}`).toMatchObject({ status: 404, body: { reason: 'NOT_FOUND' } });
    }
  }
});
