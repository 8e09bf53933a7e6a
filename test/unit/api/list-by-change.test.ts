import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessDenied } from '../../../functions/tracker/failures.ts';
import { ACTIVE, groupArn, serveApi } from './served.ts';

let api: Awaited<ReturnType<typeof serveApi>>;
beforeAll(async () => {
  api = await serveApi();
});
afterAll(() => api?.close());

const HOUR = 3_600_000;
const FAILED = { status: 'CREATE FAILED', observedGeneration: 1 } as const;
const DENIED = accessDenied({ operation: 'CreateEventTracker' });
const PLATFORM = { scope: 'event-trackers/read event-trackers/platform' };

interface Listed {
  readonly eventTrackers: readonly { trackerId: string; name: string; status: string; tenantId: string }[];
  readonly nextToken?: string;
}

/** Trackers of the tenants, each changed a second later than the one before it, all of them an hour ago. */
async function fleet(tenants: readonly string[], count: number, changes: object = ACTIVE) {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const tenant = tenants[n % tenants.length] ?? '';
    const at = { lastUpdatedDateTime: Date.now() - HOUR + n * 1000 };
    ids.push((await api.has(tenant, `${tenant}-shop${n}`, { ...changes, ...at })).replace('/event-trackers/', ''));
  }
  return ids;
}

async function list(query: string, asking: object): Promise<Listed> {
  const { status, body } = await api.ask('GET', query, asking);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

/** All pages; `between` runs after each of them. */
async function pages(query: string, asking: object, between: (page: number) => void = () => {}) {
  const ids: string[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < 100; page++) {
    const more = nextToken === undefined ? '' : `&nextToken=${nextToken}`;
    const { eventTrackers, nextToken: next } = await list(`${query}${more}`, asking);
    ids.push(...eventTrackers.map(({ trackerId }) => trackerId));
    nextToken = next;
    if (nextToken === undefined) return ids;
    between(page);
  }
  throw new Error('the list does not end');
}

describe.each([
  ['all tenants, by a role', '/platform/event-trackers?nameContains=shop', {}, ['one', 'two']],
  ['all tenants, by a token', '/event-trackers?nameContains=shop', { claims: PLATFORM }, ['three', 'four']],
  ['one tenant', '/event-trackers?sortBy=lastUpdatedDateTime', { claims: { tenant: 'five' } }, ['five']],
] as const)('the order of changes: %s', (_, query, asking, tenants) => {
  let ids: string[];
  beforeAll(async () => {
    api.store.records.clear();
    ids = await fleet(tenants, 10);
  });

  test.each([1, 4, 100])('latest first, each once, in pages of %d', async (maxResults) => {
    expect(await pages(`${query}&maxResults=${maxResults}`, asking)).toEqual(ids.toReversed());
  });

  test('what changes while the pages are read comes again at the end, and nothing is lost', async () => {
    // One that was read already, and one that was not.
    const changed = [ids[9] ?? '', ids[1] ?? ''];
    const read = await pages(`${query}&maxResults=4`, asking, (page) => {
      if (page > 0) return;
      for (const [index, id] of changed.entries()) {
        const record = api.store.records.get(id);
        if (record) api.store.records.set(id, { ...record, lastUpdatedDateTime: Date.now() + index });
      }
    });
    expect(read.slice(-2)).toEqual(changed);
    expect(new Set(read)).toEqual(new Set(ids));
    expect(read.filter((id) => id === ids[1])).toHaveLength(1);
    expect(read.filter((id) => id === ids[9])).toHaveLength(2);
  });
});

describe('the filters', () => {
  beforeAll(async () => {
    api.store.records.clear();
    await fleet(['acme', 'umbrella'], 6);
    await api.has('acme', 'acme-failed', { ...FAILED, failure: DENIED, name: 'Failed-Shop' });
    await api.has('umbrella', 'umbrella-gone', { status: 'DELETED', desired: 'ABSENT', observedGeneration: 1 });
    await api.has('umbrella', 'umbrella-failed', { ...FAILED, failure: { ...DENIED, code: 'CONFLICT' } });
  });
  const names = async (query: string, asking: object = {}) =>
    (await list(query, asking)).eventTrackers.map(({ tenantId, status }) => `${tenantId} ${status}`).sort();
  const ACME = { claims: { tenant: 'acme' } };

  test.each([
    [
      '/platform/event-trackers?status=CREATE%20FAILED,DELETED',
      ['acme CREATE FAILED', 'umbrella CREATE FAILED', 'umbrella DELETED'],
    ],
    [
      '/platform/event-trackers?status=CREATE%20FAILED&status=DELETED&tenantId=umbrella',
      ['umbrella CREATE FAILED', 'umbrella DELETED'],
    ],
    ['/platform/event-trackers?failureCode=ACCESS_DENIED', ['acme CREATE FAILED']],
    ['/platform/event-trackers?failureCode=ACCESS_DENIED,CONFLICT&status=ACTIVE', []],
    ['/platform/event-trackers?nameContains=FAILED-', ['acme CREATE FAILED']],
    [`/platform/event-trackers?datasetGroupArn=${groupArn('acme-failed')}`, ['acme CREATE FAILED']],
    [`/platform/event-trackers?datasetGroupArn=${groupArn('acme-failed')}&status=ACTIVE`, []],
    [`/platform/event-trackers?datasetGroupArn=${groupArn('acme-failed')}&tenantId=umbrella`, []],
  ])('%s', async (query, expected) => {
    expect(await names(query)).toEqual(expected);
  });

  test('are the same for a tenant, whatever the order, and show it nothing of others', async () => {
    for (const order of ['', '&sortBy=trackerId', '&sortBy=lastUpdatedDateTime']) {
      expect(await names(`/event-trackers?status=CREATE%20FAILED,DELETED${order}`, ACME)).toEqual([
        'acme CREATE FAILED',
      ]);
      expect(await names(`/event-trackers?failureCode=CONFLICT${order}`, ACME)).toEqual([]);
      expect(await names(`/event-trackers?nameContains=failed&status=ACTIVE${order}`, ACME)).toEqual([]);
      expect(await names(`/event-trackers?nameContains=ED-SH${order}`, ACME)).toEqual(['acme CREATE FAILED']);
    }
  });

  test('the record decides, not the index: an outdated entry is not shown', async () => {
    const [outdated] = [...api.store.records.values()].filter(({ name }) => name === 'Failed-Shop');
    if (outdated === undefined) throw new Error('not there');
    const readMany = api.store.readMany.bind(api.store);
    api.store.readMany = async (ids) => {
      const read = await readMany(ids);
      return {
        ...read,
        records: read.records.map((record) => ({ ...record, status: 'CREATE PENDING', failure: undefined })),
      };
    };
    try {
      expect(await names('/platform/event-trackers?failureCode=ACCESS_DENIED')).toEqual([]);
    } finally {
      api.store.readMany = readMany;
    }
  });

  test.each([
    ['/platform/event-trackers?sortBy=trackerId', 'sortBy'],
    ['/platform/event-trackers?sortBy=name', 'sortBy'],
    ['/platform/event-trackers?status=', 'status'],
    ['/platform/event-trackers?status=ACTIVE,', 'status'],
    ['/platform/event-trackers?failureCode=DENIED', 'failureCode'],
    ['/platform/event-trackers?nameContains=a.b', 'nameContains'],
    ['/platform/event-trackers?nextToken=x', 'nextToken'],
    ['/platform/event-trackers/summary?status=ACTIVE', 'status'],
  ])('GET %s is a 400 that names %s', async (query, field) => {
    expect(await api.ask('GET', query)).toMatchObject({ status: 400, body: { errors: [{ field }] } });
  });

  test('a token belongs to its filters, its order and its tenants', async () => {
    const { nextToken } = await list('/platform/event-trackers?maxResults=1&status=ACTIVE', {});
    const next = async (query: string) => (await api.ask('GET', `${query}&nextToken=${nextToken}`)).status;
    expect(await next('/platform/event-trackers?maxResults=2&status=ACTIVE')).toBe(200);
    // The order that applies anyway.
    expect(await next('/platform/event-trackers?status=ACTIVE&sortBy=lastUpdatedDateTime')).toBe(200);
    expect(await next('/platform/event-trackers?status=ACTIVE,DELETED')).toBe(400);
    expect(await next('/platform/event-trackers?status=ACTIVE&nameContains=a')).toBe(400);
    expect(await next('/platform/event-trackers?status=ACTIVE&tenantId=acme&sortBy=lastUpdatedDateTime')).toBe(400);
  });

  test('a list has at most 1,000 trackers of a tenant in the order of changes; by id it has all', async () => {
    await fleet(['many'], 1001);
    const many = { claims: { tenant: 'many' } };
    const answer = await api.ask('GET', '/event-trackers?sortBy=lastUpdatedDateTime', many);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'sortBy' }] } });
    expect((await list('/event-trackers', many)).eventTrackers).toHaveLength(100);
  });
});

describe('the summary', () => {
  beforeAll(async () => {
    api.store.records.clear();
    await fleet(['acme', 'umbrella'], 3);
    await api.has('acme', 'acme-failed', { ...FAILED, failure: DENIED });
  });

  test('counts by status and failure, of all tenants or of one', async () => {
    const { body } = await api.ask('GET', '/platform/event-trackers/summary');
    expect(body).toMatchObject({ total: 4, byStatus: { ACTIVE: 3, 'CREATE FAILED': 1, DELETED: 0 } });
    expect(body.byFailureCode).toEqual({ ACCESS_DENIED: 1 });
    const one = await api.ask('GET', '/event-trackers/summary?tenantId=umbrella', { claims: PLATFORM });
    expect(one.body).toMatchObject({ total: 1, byFailureCode: {} });
  });

  test.each([
    ['a tenant', { tenant: 'acme' }],
    ['a platform without the scope to read', { scope: 'event-trackers/write event-trackers/platform' }],
  ])('%s gets 403', async (_, claims) => {
    expect((await api.ask('GET', '/event-trackers/summary', { claims })).status).toBe(403);
  });
});
