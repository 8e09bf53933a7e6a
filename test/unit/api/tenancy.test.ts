import { afterEach, describe, expect, test } from 'vitest';
import { ACTIVE, groupArn, serveApi } from './served.ts';

type Api = Awaited<ReturnType<typeof serveApi>>;
const open: Api[] = [];
const serve = async (changes: Parameters<typeof serveApi>[0] = {}) => {
  const api = await serveApi(changes);
  open.push(api);
  return api;
};
afterEach(async () => {
  for (const api of open.splice(0)) await api.close();
});

describe('a token that lists dataset groups', () => {
  const EVENTS = { sessionId: 's', eventList: [{ eventType: 'view', sentAt: '2026-11-24T12:00:00Z' }] };
  const claims = { tenant: 'acme', datasetGroups: ['acme-web'] };

  test("gives access to the trackers of those groups only: the tenant's other trackers are a 404 for every method, and in no list", async () => {
    const api = await serve();
    const [web, shop] = [await api.has('acme', 'acme-web', ACTIVE), await api.has('acme', 'acme-shop', ACTIVE)];
    const ask = async (path: string) => [
      (await api.ask('GET', path, { claims })).status,
      (await api.ask('GET', `${path}/history`, { claims })).status,
      (await api.ask('POST', `${path}/events`, { claims, body: EVENTS })).status,
      (await api.ask('POST', `${path}/retry`, { claims })).status,
      (await api.ask('DELETE', path, { claims })).status,
    ];
    expect(await ask(shop)).toEqual([404, 404, 404, 404, 404]);
    expect((await api.store.read(shop.slice('/event-trackers/'.length)))?.generation).toBe(1);
    const listed = async (query: string) =>
      (await api.ask('GET', `/event-trackers${query}`, { claims })).body.eventTrackers.map(
        ({ datasetGroupArn }: { datasetGroupArn: string }) => datasetGroupArn,
      );
    expect(await listed('')).toEqual([groupArn('acme-web')]);
    expect(await listed(`?datasetGroupArn=${groupArn('acme-shop')}`)).toEqual([]);
    const all = await api.ask('GET', '/event-trackers', { claims: { tenant: 'acme' } });
    expect(all.body.eventTrackers).toHaveLength(2);
    expect(await ask(web)).toEqual([200, 200, 200, 409, 202]);
  });

  test('and names a dataset group of another tenant gets the same 403 for a dry run as for the request, without details', async () => {
    const api = await serve();
    await api.has('umbrella', 'umbrella-lab', { ...ACTIVE, name: 'tyrant' });
    const listing = { tenant: 'acme', datasetGroups: ['umbrella-lab'] };
    for (const name of ['tyrant', 'mine']) {
      const body = { name, datasetGroupArn: groupArn('umbrella-lab') };
      const [dry, real] = [
        await api.ask('POST', '/event-trackers?dryRun=true', { claims: listing, body }),
        await api.ask('POST', '/event-trackers', { claims: listing, body }),
      ];
      expect(dry).toMatchObject({ status: 403, body: { reason: 'DATASET_GROUP_NOT_ALLOWED' } });
      expect(real).toMatchObject({ status: 403, body: { reason: 'DATASET_GROUP_NOT_ALLOWED' } });
      expect(JSON.stringify([dry.body, real.body])).not.toContain('tyrant');
    }
  });
});

test('a caller that waits for a tracker gets a 404 if another tenant takes it over meanwhile', async () => {
  const api = await serve({
    onSleep(store) {
      for (const [id, record] of store.records) {
        store.records.set(id, { ...record, ...ACTIVE, tenantId: 'umbrella', name: 'theirs', rev: record.rev + 1 });
      }
    },
  });
  const claims = { tenant: 'acme' };
  const headers = { prefer: 'wait=5' };
  const answer = await api.ask('GET', await api.has('acme', 'acme-read'), { claims, headers });
  expect(answer).toMatchObject({ status: 404, body: { reason: 'NOT_FOUND' } });
  expect(JSON.stringify(answer.body)).not.toMatch(/theirs|umbrella|tracking-id/);
});

test("a deployment's own separator and pattern apply to dataset groups, claims, and the tenantId of a platform", async () => {
  const api = await serve({ tenancy: { pattern: '^[A-Z-]{2,10}$', separator: '__' } });
  const post = (tenant: string, group: string) =>
    api.ask('POST', '/event-trackers', {
      claims: { tenant },
      body: { name: 'shop', datasetGroupArn: groupArn(group) },
    });
  expect((await post('ACME-EU', 'ACME-EU__shop')).status).toBe(202);
  expect(await post('ACME', 'ACME-EU__shop')).toMatchObject({
    status: 403,
    body: { reason: 'DATASET_GROUP_NOT_ALLOWED' },
  });
  expect((await post('ACME-EU', 'ACME-EU-shop')).status).toBe(403);
  expect(await post('acme', 'acme__shop')).toMatchObject({ status: 403, body: { reason: 'TENANT_NOT_ALLOWED' } });
  const named = (tenantId: string) => api.ask('GET', `/platform/event-trackers?tenantId=${tenantId}`);
  expect((await named('ACME-EU')).body.eventTrackers).toHaveLength(1);
  expect(await named('acme')).toMatchObject({ status: 400, body: { errors: [{ field: 'tenantId' }] } });
});
