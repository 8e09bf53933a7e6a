import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { accessDenied } from '../../../functions/tracker/failures.ts';
import { operationIdOf } from '../../../functions/tracker/identity.ts';
import { serveApi } from './served.ts';

let api: Awaited<ReturnType<typeof serveApi>>;
beforeEach(async () => {
  api = await serveApi();
});
afterEach(() => api.close());

const FAILED = {
  status: 'CREATE FAILED',
  observedGeneration: 1,
  failure: accessDenied({ operation: 'CreateEventTracker' }),
} as const;
const body = { failureCodes: ['ACCESS_DENIED'] };
const WRITER = { scope: 'event-trackers/write event-trackers/platform' };
const retry = (asked: object = body, headers: Record<string, string> = {}) =>
  api.ask('POST', '/platform/event-trackers/retry', { body: asked, headers });

test('POST /event-trackers/retry: 202 with the operation, at the caller’s entrance', async () => {
  const answer = await retry({ ...body, tenantIds: ['acme', 'acme'], since: '2026-11-29T01:00:00+01:00', limit: 5 });
  expect(answer.status).toBe(202);
  const { operationId } = answer.body;
  expect(answer.headers.get('location')).toBe(`/platform/operations/${operationId}`);
  expect(answer.headers.get('retry-after')).toBe('5');
  expect(answer.body).toMatchObject({
    status: 'PENDING',
    filter: { failureCodes: ['ACCESS_DENIED'], tenantIds: ['acme'], since: '2026-11-29T00:00:00.000Z', limit: 5 },
    counts: { matched: 0, retried: 0, skipped: 0, failed: 0, remaining: 0 },
  });
  const read = await api.ask('GET', `/platform/operations/${operationId}`);
  expect([read.status, read.body]).toEqual([200, answer.body]);
  const byToken = await api.ask('POST', '/event-trackers/retry', { claims: WRITER, body });
  expect([byToken.status, byToken.headers.get('location')]).toEqual([202, `/operations/${byToken.body.operationId}`]);
});

test('the same Idempotency-Key meets the same operation; another filter under it is a 422', async () => {
  const key = { 'idempotency-key': 'repair-1' };
  const first = await retry(body, key);
  expect(first.headers.get('idempotency-replayed')).toBeNull();
  expect(first.body.operationId).toBe(operationIdOf('repair-1'));
  const again = await retry(body, key);
  expect([again.status, again.headers.get('idempotency-replayed'), again.body]).toEqual([202, 'true', first.body]);
  const other = await retry({ failureCodes: ['CONFLICT'] }, key);
  expect(other).toMatchObject({ status: 422, body: { reason: 'IDEMPOTENCY_KEY_REUSED' } });
  expect(api.operations.all.size).toBe(1);
  await retry();
  expect(api.operations.all.size).toBe(2);
});

test('a dry run counts what matches, and starts nothing', async () => {
  for (const tenant of ['acme', 'umbrella']) await api.has(tenant, `${tenant}-shop`, FAILED);
  await api.has('acme', 'acme-other', { ...FAILED, failure: { ...FAILED.failure, code: 'CONFLICT' } });
  const dryRun = async (more: object) => (await retry({ ...body, dryRun: true, ...more })).body;
  expect(await dryRun({})).toEqual({ matched: 2 });
  expect(await dryRun({ tenantIds: ['umbrella'] })).toEqual({ matched: 1 });
  expect(await dryRun({ limit: 1 })).toEqual({ matched: 1 });
  expect(await dryRun({ since: '2100-01-01T00:00:00Z' })).toEqual({ matched: 0 });
  expect(api.operations.all.size).toBe(0);
});

test('a canceled operation stays canceled, and can be canceled again', async () => {
  const { operationId } = (await retry()).body;
  const cancel = () => api.ask('POST', `/platform/operations/${operationId}/cancel`);
  const canceled = await cancel();
  expect(canceled).toMatchObject({ status: 200, body: { status: 'CANCELED', endDateTime: expect.any(String) } });
  expect((await cancel()).body).toEqual(canceled.body);
  const read = await api.ask('GET', `/platform/operations/${operationId}`);
  expect([read.body.status, read.headers.get('retry-after')]).toEqual(['CANCELED', null]);
});

test('GET /operations: the newest first, page by page', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 3; n++) ids.unshift((await retry()).body.operationId);
  const first = await api.ask('GET', '/platform/operations?maxResults=2');
  const rest = await api.ask('GET', /<(.+)>/.exec(first.headers.get('link') ?? '')?.[1] ?? '');
  const listed = [...first.body.operations, ...rest.body.operations].map(({ operationId }) => operationId);
  expect(listed.sort()).toEqual(ids.sort());
  expect([first.body.operations.length, rest.body.nextToken]).toEqual([2, undefined]);
  const forged = await api.ask('GET', `/platform/event-trackers?nextToken=${first.body.nextToken}`);
  expect(forged.status).toBe(400);
});

describe('a request that is not accepted', () => {
  test.each([
    [{}, 'failureCodes'],
    [{ failureCodes: [] }, 'failureCodes'],
    [{ failureCodes: ['DENIED'] }, 'failureCodes[0]'],
    [{ ...body, tenantIds: ['Not A Tenant'] }, 'tenantIds[0]'],
    [{ ...body, since: 'yesterday' }, 'since'],
    [{ ...body, limit: 0 }, 'limit'],
    [{ ...body, status: 'ACTIVE' }, 'status'],
  ])('%j: a 400 that names %s', async (asked, field) => {
    expect(await retry(asked)).toMatchObject({ status: 400, body: { errors: [{ field }] } });
    expect(api.operations.all.size).toBe(0);
  });

  test.each([
    ['POST', '/event-trackers/retry', { tenant: 'acme' }],
    ['POST', '/event-trackers/retry', { scope: 'event-trackers/read event-trackers/platform' }],
    ['GET', '/operations', { tenant: 'acme' }],
    ['GET', `/operations/${operationIdOf('a')}`, { tenant: 'acme' }],
    ['POST', `/operations/${operationIdOf('a')}/cancel`, { tenant: 'acme' }],
    ['POST', `/operations/${operationIdOf('a')}/cancel`, { scope: 'event-trackers/read event-trackers/platform' }],
  ] as const)('%s %s by %j: 403', async (method, path, claims) => {
    const asked = method === 'POST' && path.endsWith('retry') ? { body } : {};
    expect((await api.ask(method, path, { claims, ...asked })).status).toBe(403);
  });

  test('an unknown operation is a 404, whatever its id looks like', async () => {
    for (const id of [operationIdOf('a'), 'op-1', 'et-1', '%23']) {
      expect((await api.ask('GET', `/platform/operations/${id}`)).status).toBe(404);
      expect((await api.ask('POST', `/platform/operations/${id}/cancel`)).status).toBe(404);
    }
  });
});
