import { afterAll, beforeAll, expect, test } from 'vitest';
import { ACTIVE, groupArn, serveApi } from './served.ts';

const TOKEN = '7f1f6d0c-1111-4222-8333-123456789abc';
let api: Awaited<ReturnType<typeof serveApi>>;
beforeAll(async () => {
  api = await serveApi();
});
afterAll(() => api.close());

/** The API's entrances: the stage, the base path, the path prefix, and the caller's claims. */
const ENTRANCES = [
  { stage: '$default', basePath: '', entrance: '', claims: { tenant: 'acme' } },
  { stage: '$default', basePath: '', entrance: '/platform' },
  { stage: 'prod', basePath: '/prod', entrance: '', claims: { tenant: 'acme' } },
  { stage: 'prod', basePath: '/prod', entrance: '/platform' },
  { stage: '$default', basePath: '/orders/v1', entrance: '', claims: { tenant: 'acme' } },
  { stage: '$default', basePath: '/orders/v1', entrance: '/platform' },
];

test.each(ENTRANCES)(
  'requests to $basePath$entrance of the stage $stage get links to the same entrance: Location, Link, and the href of a problem',
  async ({ stage, basePath, entrance, claims }) => {
    await using served = await serveApi({ below: { stage, basePath } });
    const start = `${basePath}${entrance}/event-trackers`;
    const ask = (method: string, path: string, body?: object) =>
      served.ask(method, path.slice(basePath.length), { ...(claims && { claims }), ...(body && { body }) });
    const named = claims ? {} : { tenantId: 'acme' };
    const request = { ...named, name: 'shop', datasetGroupArn: groupArn('acme-led') };
    const created = await ask('POST', start, request);
    expect(created.status).toBe(202);
    const own = `${start}/${created.body.trackerId}`;
    expect(created.headers.get('location')).toBe(own);
    expect((await ask('GET', own)).status).toBe(200);
    expect((await ask('POST', `${own}/retry`)).headers.get('location')).toBe(own);

    const conflict = await ask('POST', start, { ...request, name: 'other' });
    expect(conflict.headers.get('link')).toBe(`<${own}>; rel="describedby"`);
    expect(conflict.body.existing.href).toBe(own);
    expect((await ask('POST', `${start}?dryRun=true`, { ...request, name: 'other' })).body.existing.href).toBe(own);
    const batch = await ask('POST', `${start}/batch`, { requests: [{ ...request, name: 'other' }] });
    expect(batch.body.results[0].problem.existing.href).toBe(own);

    await served.has('acme', 'acme-led-2');
    const page = await ask('GET', `${start}?maxResults=1${claims ? '' : '&tenantId=acme'}`);
    const next = /^<([^>]+)>; rel="next"$/.exec(page.headers.get('link') ?? '')?.[1] ?? '';
    expect(next.startsWith(`${start}?`)).toBe(true);
    expect((await ask('GET', next)).body.eventTrackers).toHaveLength(1);
    expect((await ask('DELETE', own)).headers.get('location')).toBe(own);
  },
);

test.each([
  ['$default', ''],
  ['prod', '/prod'],
])(
  'requests without a route get the same responses in the stage %s: NOT_FOUND, METHOD_NOT_ALLOWED with the allowed methods, NOT_ENABLED',
  async (stage, basePath) => {
    await using served = await serveApi({ below: { stage, basePath }, features: { events: false } });
    const ask = (method: string, path: string) => served.ask(method, path);
    expect(await ask('GET', '/event-tracker')).toMatchObject({ status: 404, body: { reason: 'NOT_FOUND' } });
    expect(await ask('GET', '/prod/event-trackers')).toMatchObject({ status: 404, body: { reason: 'NOT_FOUND' } });
    const put = await ask('PUT', '/event-trackers/et-1');
    expect(put).toMatchObject({ status: 405, body: { reason: 'METHOD_NOT_ALLOWED' } });
    expect(put.headers.get('allow')).toBe('PATCH, DELETE, GET');
    expect(await ask('GET', '/event-trackers/et-1/events')).toMatchObject({
      status: 404,
      body: { reason: 'NOT_ENABLED' },
    });
  },
);

test('the log says that a request comes from a platform, and which one: by its IAM role or its token', async () => {
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

test('only spaces separate scopes: a scope after a comma is not granted', async () => {
  const scope = 'event-trackers/read x,event-trackers/platform';
  const answer = await api.ask('GET', '/event-trackers?tenantId=umbrella', { claims: { tenant: 'acme', scope } });
  expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'tenantId' }] } });
});

test('the log contains a valid tracker id, but no other text that was sent in its place', async () => {
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
])('traceparent %s is logged: %s', async (traceparent, isValid) => {
  await api.ask('GET', '/event-trackers', { claims: { tenant: 'acme' }, headers: { traceparent } });
  expect(api.lines.at(-1)?.traceparent).toBe(isValid ? traceparent : undefined);
});
