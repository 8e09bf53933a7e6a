import { createHash } from 'node:crypto';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { call, clearFaults, injectFault, tokenOf } from '../local-runtime.ts';
import { oneRuntime } from './dataset-groups.ts';

const { runtime, groups, token } = await oneRuntime({ environment: { CREATE_IN_FLIGHT_SECONDS: '1' } });

const arnOf = (name: string) => `arn:aws:personalize:us-east-1:123456789012:dataset-group/${name}`;
const get = (path: string, as = token) => call(runtime, 'GET', path, { token: as });
const batch = (requests: unknown[], as = token) =>
  call(runtime, 'POST', '/event-trackers/batch', { token: as, body: { requests } });
interface Listed {
  readonly trackerId: string;
  readonly datasetGroupArn: string;
  readonly status: string;
}
const ids = (body: { eventTrackers: Listed[] }) => body.eventTrackers.map(({ trackerId }) => trackerId);

/** Reads the whole list by following its Link headers. */
async function pagesOf(path: string, as: string): Promise<string[][]> {
  const pages: string[][] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const { status, headers, body } = await get(next, as);
    expect(status).toBe(200);
    pages.push(ids(body));
    const link = /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
    expect(link === undefined).toBe(body.nextToken === undefined);
    if (body.nextToken !== undefined) expect(link).toContain(encodeURIComponent(body.nextToken));
    next = link;
  }
  return pages;
}

test('a list leaves out an item that is not a record, returns all others, and logs its id', async () => {
  const broken = await tokenOf(runtime, 'broken');
  const names = ['broken-0', 'broken-1', 'broken-2'];
  const { body } = await batch(
    names.map((name) => ({ name, datasetGroupArn: arnOf(name) })),
    broken,
  );
  const [first, trackerId, last] = body.results.map(
    (result: { eventTracker: Listed }) => result.eventTracker.trackerId,
  );
  const dynamodb = new DynamoDBClient({
    endpoint: runtime.awsUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  await dynamodb.send(
    new UpdateItemCommand({
      TableName: 'event-trackers',
      Key: { trackerId: { S: trackerId } },
      UpdateExpression: 'SET #history = :none',
      ExpressionAttributeNames: { '#history': 'history' },
      ExpressionAttributeValues: { ':none': { S: 'none' } },
    }),
  );
  dynamodb.destroy();
  expect((await pagesOf('/event-trackers?maxResults=2', broken)).flat().sort()).toEqual([first, last].sort());
  expect((await get(`/event-trackers/${trackerId}`, broken)).status).toBe(500);
  expect(runtime.output()).toMatch(new RegExp(`an item was left out of a list.*${trackerId}.*history`));
});

describe('110 trackers', () => {
  let bulk: string;
  const all = new Set<string>();
  beforeAll(async () => {
    bulk = await tokenOf(runtime, 'bulk');
    for (const [from, count] of [
      [0, 100],
      [100, 10],
    ] as const) {
      const requests = Array.from({ length: count }, (_, n) => ({
        name: 'shop',
        datasetGroupArn: arnOf(`bulk-${from + n}`),
      }));
      const { status, body } = await batch(requests, bulk);
      expect(status).toBe(200);
      for (const [index, result] of body.results.entries()) {
        expect(result).toMatchObject({ status: 202, eventTracker: requests[index] });
        all.add(result.eventTracker.trackerId);
      }
    }
    expect(all.size).toBe(110);
  });

  test.each([100, 33, 7])('in pages of %d: each tracker once, and no page is longer', async (maxResults) => {
    const pages = await pagesOf(`/event-trackers?maxResults=${maxResults}`, bulk);
    expect(pages.flat().length).toBe(110);
    expect(new Set(pages.flat())).toEqual(all);
    for (const page of pages) expect(page.length).toBeLessThanOrEqual(maxResults);
  });

  test('have 100 per page by default', async () => {
    expect((await pagesOf('/event-trackers', bulk)).map((page) => page.length)).toEqual([100, 10]);
  });

  test('are neither skipped nor repeated if others are created or deleted while the list is read', async () => {
    const first = await get('/event-trackers?maxResults=70', bulk);
    await batch([{ name: 'shop', datasetGroupArn: arnOf('bulk-late') }], bulk);
    const gone = ids(first.body)[50];
    await call(runtime, 'DELETE', `/event-trackers/${gone}`, { token: bulk });
    const rest = await pagesOf(`/event-trackers?maxResults=20&nextToken=${first.body.nextToken}`, bulk);
    const seen = [...ids(first.body), ...rest.flat()];
    expect(new Set(seen).size).toBe(seen.length);
    expect([...all].filter((id) => !seen.includes(id))).toEqual([]);
  });

  test('are all found by a selective filter, even if its pages are short', async () => {
    const id = [...all][77] ?? '';
    await call(runtime, 'DELETE', `/event-trackers/${id}`, { token: bulk });
    await expect
      .poll(async () => (await get(`/event-trackers/${id}`, bulk)).body.status, { timeout: 60_000 })
      .toBe('DELETED');
    const deleted = await pagesOf('/event-trackers?status=DELETED&maxResults=10', bulk);
    expect(deleted.flat()).toContain(id);
    expect((await pagesOf('/event-trackers?maxResults=50', bulk)).flat()).not.toContain(id);
  });

  test('are not listed for another tenant', async () => {
    expect((await get('/event-trackers')).body.eventTrackers).toEqual([]);
    expect((await get(`/event-trackers?datasetGroupArn=${arnOf('bulk-7')}`)).body.eventTrackers).toEqual([]);
  });

  describe('a page token', () => {
    const RULE = { field: 'nextToken', rule: 'must be the nextToken of an earlier page of the same list' };
    const tokenOfList = async (query = '') => (await get(`/event-trackers?maxResults=10${query}`, bulk)).body.nextToken;
    const refused = { status: 400, body: { reason: 'INVALID_REQUEST', errors: [RULE] } };

    test.each(['rubbish', 'e30', '', Buffer.from('{"v":1,"of":"x","after":"et-1"}').toString('base64url')])(
      'that is malformed (%j): 400',
      async (nextToken) => {
        expect(await get(`/event-trackers?nextToken=${nextToken}`, bulk)).toMatchObject(refused);
      },
    );

    test('of another tenant: the same 400, without data of that tenant', async () => {
      const umbrella = await tokenOf(runtime, 'umbrella');
      expect(await get(`/event-trackers?nextToken=${await tokenOfList()}`, umbrella)).toMatchObject(refused);
    });

    test('with other filters: 400; with another page size: the next page', async () => {
      const nextToken = await tokenOfList();
      expect(await get(`/event-trackers?status=ACTIVE&nextToken=${nextToken}`, bulk)).toMatchObject(refused);
      const more = await get(`/event-trackers?maxResults=5&nextToken=${nextToken}`, bulk);
      expect(more.body.eventTrackers).toHaveLength(5);
    });

    test('forged for another tenant lists only the caller’s trackers', async () => {
      const list = [
        ['isOfAllTenants', false],
        ['sortBy', 'trackerId'],
        ['tenantId', 'umbrella'],
      ];
      const of = createHash('sha256').update(JSON.stringify(list)).digest('base64url').slice(0, 16);
      const made = Buffer.from(JSON.stringify({ v: 1, of, after: `et-${'a'.repeat(26)}` })).toString('base64url');
      const umbrella = await tokenOf(runtime, 'umbrella');
      const answer = await get(`/event-trackers?nextToken=${made}`, umbrella);
      expect(answer).toMatchObject({ status: 200, body: { eventTrackers: [] } });
    });

    test('over 1500 characters: 400', async () => {
      const answer = await get(`/event-trackers?nextToken=${'a'.repeat(1501)}`, bulk);
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'nextToken' }] } });
    });
  });
});

test.each([
  ['maxResults=0', 'maxResults'],
  ['maxResults=101', 'maxResults'],
  ['maxResults=-1', 'maxResults'],
  ['maxResults=1.5', 'maxResults'],
  ['maxResults=', 'maxResults'],
  ['maxResults=1&maxResults=2', 'maxResults'],
  ['status=active', 'status'],
  ['datasetGroupArn=acme-shop', 'datasetGroupArn'],
  ['tenantId=umbrella', 'tenantId'],
  ['limit=1', 'limit'],
])('?%s: a 400 that names the field', async (query, field) => {
  expect(await get(`/event-trackers?${query}`)).toMatchObject({ status: 400, body: { errors: [{ field }] } });
});

test('lists filter by status and dataset group, and include DELETED trackers only if requested', async () => {
  const lists = await tokenOf(runtime, 'lists');
  const [kept, gone] = [await groups.make('lists-kept'), await groups.make('lists-gone')];
  const { results } = (
    await batch(
      [kept, gone].map((datasetGroupArn) => ({ name: 'shop', datasetGroupArn })),
      lists,
    )
  ).body;
  const [keptId, goneId] = results.map(({ eventTracker }: { eventTracker: Listed }) => eventTracker.trackerId);
  const list = async (query = '') => ids((await get(`/event-trackers${query}`, lists)).body).toSorted();
  expect(await list()).toEqual([keptId, goneId].toSorted());
  await expect.poll(() => list('?status=ACTIVE'), { timeout: 60_000 }).toEqual([keptId, goneId].toSorted());
  await call(runtime, 'DELETE', `/event-trackers/${goneId}`, { token: lists });
  await expect.poll(() => list('?status=DELETED'), { timeout: 60_000 }).toEqual([goneId]);
  expect(await list()).toEqual([keptId]);
  expect(await list(`?datasetGroupArn=${kept}`)).toEqual([keptId]);
  expect(await list(`?datasetGroupArn=${gone}`)).toEqual([]);
  expect(await list(`?datasetGroupArn=${gone}&status=DELETED`)).toEqual([goneId]);
  expect(await list(`?datasetGroupArn=${kept}&status=DELETED`)).toEqual([]);
});

describe('a batch', () => {
  test('returns a result for each item, in order; an invalid item does not affect the others', async () => {
    const good = (n: number) => ({ name: 'shop', datasetGroupArn: arnOf(`acme-batch-${n}`) });
    const odd: [unknown, number, string][] = [
      [{ name: '-', datasetGroupArn: arnOf('acme-x') }, 400, 'INVALID_REQUEST'],
      ['rubbish', 400, 'INVALID_REQUEST'],
      [null, 400, 'INVALID_REQUEST'],
      [{ name: 'shop', datasetGroupArn: arnOf('umbrella-x') }, 403, 'DATASET_GROUP_NOT_ALLOWED'],
      [{ ...good(500), adoptExisting: true }, 403, 'SCOPE_REQUIRED'],
    ];
    const requests = Array.from({ length: 20 }, (_, n) => (n % 4 === 2 ? odd[Math.floor(n / 4)]?.[0] : good(n)));
    const { status, body } = await batch(requests);
    expect(status).toBe(200);
    expect(body.results).toHaveLength(20);
    for (const [n, result] of body.results.entries()) {
      if (n % 4 !== 2) {
        expect(result).toMatchObject({ status: 202, eventTracker: { ...good(n), tenantId: 'acme' } });
        continue;
      }
      const [, expected, reason] = odd[Math.floor(n / 4)] ?? [];
      expect(result).toMatchObject({ status: expected, problem: { status: expected, reason } });
      expect(result.eventTracker).toBeUndefined();
    }
  });

  test('with items for one dataset group: the first is accepted, an equal one joins it, another name is a conflict', async () => {
    const datasetGroupArn = arnOf('acme-twice');
    // The dataset group does not exist, so the request keeps waiting for it.
    const requests = ['one', 'one', 'two'].map((name) => ({ name, datasetGroupArn, waitForDatasetGroup: true }));
    const { results } = (await batch(requests)).body;
    expect(results.map(({ status }: { status: number }) => status)).toEqual([202, 202, 409]);
    expect(results[1].eventTracker).toMatchObject({ trackerId: results[0].eventTracker.trackerId, generation: 1 });
    expect(results[2].problem).toMatchObject({ reason: 'NAME_CONFLICT', existing: { name: 'one' } });
  });

  test.each([
    [{}, 'requests'],
    [{ requests: [] }, 'requests'],
    [{ requests: Array(101).fill({}) }, 'requests'],
    [{ requests: {} }, 'requests'],
    [[], '(body)'],
  ])('%j: a 400 for the whole batch', async (body, field) => {
    const answer = await call(runtime, 'POST', '/event-trackers/batch', { token, body });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field }] } });
  });

  test('with an internal error in some items: 500 for these, logged with its cause; the others get their results', async () => {
    const good = (n: number) => ({ name: 'shop', datasetGroupArn: arnOf(`acme-faulty-${n}`) });
    const requests = [good(1), {}, good(2)];
    const statuses = ({ results }: { results: { status: number }[] }) => results.map(({ status }) => status);
    await injectFault(runtime, 'dynamodb', { operation: 'PutItem', times: 50, fault: 'server-error' });
    const { status, headers, body } = await batch(requests);
    await clearFaults(runtime);
    expect([status, statuses(body)]).toEqual([200, [500, 400, 500]]);
    const correlationId = headers.get('apigw-requestid') ?? '';
    expect(body.results[0].problem).toMatchObject({ reason: 'INTERNAL_ERROR', retryable: true, correlationId });
    await expect.poll(() => runtime.output()).toMatch(/"message":"a request of a batch failed".*InternalServerError/);
    expect(statuses((await batch(requests)).body)).toEqual([202, 400, 202]);
  });
});

test('the history lists every step with its cause, and with the AWS request id if there is one', async () => {
  const datasetGroupArn = await groups.make('acme-history');
  const body = { name: 'shop', datasetGroupArn };
  const { trackerId } = (await call(runtime, 'POST', '/event-trackers', { token, body })).body;
  const path = `/event-trackers/${trackerId}`;
  await expect.poll(async () => (await get(path)).body.status, { timeout: 60_000 }).toBe('ACTIVE');
  const { status, body: history } = await get(`${path}/history`);
  expect(status).toBe(200);
  expect(history.trackerId).toBe(trackerId);
  const statuses = history.transitions.map((step: { status: string }) => step.status);
  expect(statuses[0]).toBe('CREATE PENDING');
  expect(statuses.at(-1)).toBe('ACTIVE');
  const times = history.transitions.map(({ at }: { at: string }) => Date.parse(at));
  expect(times).toEqual(times.toSorted((one: number, other: number) => one - other));
  for (const { cause, generation } of history.transitions) {
    expect(cause).toEqual(expect.any(String));
    expect(generation).toBe(1);
  }
  expect(JSON.stringify(history)).not.toContain((await get(path)).body.trackingId);
  expect(await get(`${path}/history?x=1`)).toMatchObject({ status: 400, body: { errors: [{ field: 'x' }] } });
});

test('GET /health needs no token and is 503 while the table cannot be read', async () => {
  const healthy = await call(runtime, 'GET', '/health');
  expect(healthy).toMatchObject({ status: 200, body: { status: 'ok' } });
  await injectFault(runtime, 'dynamodb', { operation: 'GetItem', times: 50, fault: 'server-error' });
  expect(await call(runtime, 'GET', '/health')).toMatchObject({ status: 503, body: { status: 'unavailable' } });
  await expect
    .poll(() => runtime.output())
    .toMatch(/"message":"health check: the table cannot be read".*InternalServerError/);
  await clearFaults(runtime);
  expect((await call(runtime, 'GET', '/health')).status).toBe(200);
});
