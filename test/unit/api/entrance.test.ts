import { afterAll, beforeAll, expect, test } from 'vitest';
import { ACTIVE, groupArn, serveApi } from './served.ts';

const TOKEN = '7f1f6d0c-1111-4222-8333-123456789abc';
let api: Awaited<ReturnType<typeof serveApi>>;
beforeAll(async () => {
  api = await serveApi();
});
afterAll(() => api.close());

test('every answer leads a platform back to its own entrance: Location, Link, and the href of a problem', async () => {
  const desired = { tenantId: 'acme', name: 'shop', datasetGroupArn: groupArn('acme-led') };
  const ask = (path: string, body: object) => api.ask('POST', `/platform/event-trackers${path}`, { body });
  const created = await ask('', desired);
  expect(created.status).toBe(202);
  const own = `/platform/event-trackers/${created.body.trackerId}`;
  expect(created.headers.get('location')).toBe(own);
  expect((await api.ask('GET', created.headers.get('location') ?? '')).status).toBe(200);

  const conflict = await ask('', { ...desired, name: 'other' });
  expect(conflict.headers.get('link')).toBe(`<${own}>; rel="describedby"`);
  expect(conflict.body.existing.href).toBe(own);
  const batch = await ask('/batch', { requests: [{ ...desired, name: 'other' }] });
  expect(batch.body.results[0].problem.existing.href).toBe(own);

  await api.has('acme', 'acme-led-2');
  const page = await api.ask('GET', '/platform/event-trackers?tenantId=acme&maxResults=1');
  const next = /^<([^>]+)>; rel="next"$/.exec(page.headers.get('link') ?? '')?.[1] ?? '';
  expect(next).toMatch(/^\/platform\/event-trackers\?tenantId=acme&/);
  expect((await api.ask('GET', next)).body.eventTrackers).toHaveLength(1);

  // A tenant's answers lead where tenants are let in.
  const tenants = await api.ask('GET', '/event-trackers?maxResults=1', { claims: { tenant: 'acme' } });
  expect(tenants.headers.get('link')).toMatch(/^<\/event-trackers\?/);
});

test('what a platform does is logged as a platform’s, with who it is: by its role, and by its token', async () => {
  const path = await api.has('acme', 'acme-logged');
  await api.ask('GET', `/platform${path}`);
  expect(api.lines.at(-1)).toMatchObject({
    route: 'GET /platform/event-trackers/{trackerId}',
    actingAs: 'platform',
    principal: 'arn:aws:sts::123456789012:assumed-role/platform/run-1',
  });
  const scope = 'event-trackers/read event-trackers/platform';
  await api.ask('GET', path, { claims: { sub: 'ops', scope } });
  expect(api.lines.at(-1)).toMatchObject({ actingAs: 'platform', principal: 'ops' });
  await api.ask('GET', path, { claims: { tenant: 'acme', sub: 'web' } });
  expect(api.lines.at(-1)).not.toHaveProperty('actingAs');
});

test('a scope is one by spaces only: what API Gateway let pass as another name is none', async () => {
  const scope = 'event-trackers/read x,event-trackers/platform';
  const answer = await api.ask('GET', '/event-trackers?tenantId=umbrella', { claims: { tenant: 'acme', scope } });
  expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'tenantId' }] } });
});

test('the log names a tracker by its id, and nothing that was only pasted in its place', async () => {
  const claims = { tenant: 'acme' };
  const path = await api.has('acme', 'acme-pasted', ACTIVE);
  await api.ask('GET', path, { claims });
  expect(api.lines.at(-1)).toMatchObject({ trackerId: path.slice('/event-trackers/'.length) });
  expect((await api.ask('GET', `/event-trackers/${TOKEN}`, { claims })).status).toBe(404);
  expect(JSON.stringify(api.lines)).not.toContain(TOKEN);
});

test.each([
  ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', true],
  ['ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', false],
  ['00-00000000000000000000000000000000-b7ad6b7169203331-01', false],
  ['00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01', false],
])('traceparent %s is taken: %s', async (traceparent, isTaken) => {
  await api.ask('GET', '/event-trackers', { claims: { tenant: 'acme' }, headers: { traceparent } });
  expect(api.lines.at(-1)?.traceparent).toBe(isTaken ? traceparent : undefined);
});
