import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateDatasetGroupCommand,
  CreateEventTrackerCommand,
  ListEventTrackersCommand,
} from '@aws-sdk/client-personalize';
import createClient, { type Middleware } from 'openapi-fetch';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { components, operations, paths } from '../../../client/api-types.ts';
import { mintToken } from '../../../infra/local/identity/mint.ts';
import { documentOfClient, originLine, TYPES_FILE } from '../../../tools/client/document.ts';
import { type DatasetGroups, datasetGroupsOf } from '../../e2e/api/dataset-groups.ts';
import { type LocalRuntime, startLocalRuntime, tokenOf } from '../../e2e/local-runtime.ts';
import { signedRequest } from '../tenancy/sign.ts';
import { conformanceTo } from './conformance.ts';

/*
 * One test for each operation, through a client that is generated from the OpenAPI document. A call that the document
 * does not list does not compile. Every answer is checked against the document.
 */
const document = documentOfClient();
const conformance = conformanceTo(document);
type EventTracker = components['schemas']['EventTracker'];
type Client = ReturnType<typeof createClient<paths>>;

let runtime: LocalRuntime;
let groups: DatasetGroups;
let api: Client;
const faults: string[] = [];

function clientOf(token: string): Client {
  const client = createClient<paths>({
    baseUrl: runtime.apiUrl,
    headers: { authorization: `Bearer ${token}` },
    querySerializer: { array: { style: 'form', explode: false } },
  });
  const held: Middleware = {
    async onResponse({ request, response }) {
      const { status, headers } = response;
      const { pathname: path } = new URL(request.url);
      const text = await response.clone().text();
      faults.push(...conformance.faultsOf({ method: request.method, path, status, headers, text }));
    },
  };
  client.use(held);
  return client;
}

beforeAll(async () => {
  runtime = await startLocalRuntime({
    environment: { CREATE_IN_FLIGHT_SECONDS: '1' },
    args: ['--max-unfinished', '100'],
  });
  groups = await datasetGroupsOf(runtime);
  api = clientOf(await tokenOf(runtime, 'acme', ['read', 'write', 'events', 'adopt']));
});
afterAll(async () => {
  groups?.personalize.destroy();
  await runtime?.end('SIGKILL');
});

/** Waits for the outcome as a caller would, with `Prefer: wait`. */
async function outcomeOf(trackerId: string): Promise<EventTracker> {
  const { data } = await api.GET('/event-trackers/{trackerId}', {
    params: { path: { trackerId }, header: { Prefer: 'wait=20' } },
  });
  if (data === undefined) throw new Error(`${trackerId} cannot be read`);
  return data;
}
const isTracker = (data: object | undefined): data is EventTracker => data !== undefined && 'trackerId' in data;
async function created(datasetGroupArn: string): Promise<string> {
  const { data } = await api.POST('/event-trackers', { body: { name: 'shop', datasetGroupArn } });
  if (!isTracker(data)) throw new Error('the answer is not an event tracker');
  return data.trackerId;
}
const event = { eventType: 'view', sentAt: '2026-11-24T00:00:00Z', itemId: 'item-1' };

test('the client’s types match the current document', () => {
  const [origin] = readFileSync(TYPES_FILE, 'utf8').split('\n', 1);
  expect(origin, 'npm run client-types updates it').toBe(originLine(document));
});

test('POST /event-trackers: 202 and a Location, then 200; 409 for another name or other tags; honors an Idempotency-Key', async () => {
  const datasetGroupArn = await groups.make('acme-post');
  const body = { name: 'shop', datasetGroupArn, tags: [{ tagKey: 'team', tagValue: 'web' }], clientContext: 'order 7' };
  const dry = await api.POST('/event-trackers', { params: { query: { dryRun: true } }, body });
  expect(dry.data).toEqual({ wouldSucceed: true, outcome: 'CREATE', findings: [] });

  const params = { header: { 'Idempotency-Key': 'first' } };
  const accepted = await api.POST('/event-trackers', { params, body });
  expect(accepted.response.status).toBe(202);
  if (!isTracker(accepted.data)) throw new Error('the answer is not an event tracker');
  const { trackerId } = accepted.data;
  expect(accepted.data).toMatchObject({ ...body, tenantId: 'acme', generation: 1, progress: { attempt: 0 } });
  expect(accepted.data.trackingId).toBeUndefined();
  expect(accepted.response.headers.get('location')).toBe(`/event-trackers/${trackerId}`);
  expect(Number(accepted.response.headers.get('retry-after'))).toBeGreaterThan(0);

  expect(await outcomeOf(trackerId)).toMatchObject({ status: 'ACTIVE', trackingId: expect.any(String) });
  const replayed = await api.POST('/event-trackers', { params, body });
  expect(replayed.response.status).toBe(200);
  expect(replayed.response.headers.get('idempotency-replayed')).toBe('true');
  const reused = await api.POST('/event-trackers', { params, body: { ...body, name: 'other' } });
  expect(reused.error).toMatchObject({ status: 422, reason: 'IDEMPOTENCY_KEY_REUSED' });

  const named = await api.POST('/event-trackers', { body: { ...body, name: 'other' } });
  expect(named.error).toMatchObject({ status: 409, reason: 'NAME_CONFLICT', existing: { trackerId, name: 'shop' } });
  expect(named.response.headers.get('link')).toBe(`</event-trackers/${trackerId}>; rel="describedby"`);
  const tagged = await api.POST('/event-trackers', { body: { ...body, tags: [] } });
  expect(tagged.error).toMatchObject({ status: 409, reason: 'TAGS_CONFLICT' });
});

test('GET /event-trackers/{trackerId}: visible immediately, waits with Prefer, 304 with its ETag', async () => {
  const trackerId = await created(await groups.make('acme-get'));
  const params = { path: { trackerId } };
  const atOnce = await api.GET('/event-trackers/{trackerId}', { params });
  expect(atOnce.data).toMatchObject({ trackerId, progress: { waitingFor: expect.any(String) } });
  expect(Number(atOnce.response.headers.get('retry-after'))).toBeGreaterThan(0);

  const held = await api.GET('/event-trackers/{trackerId}', { params: { ...params, header: { Prefer: 'wait=20' } } });
  expect(held.response.headers.get('preference-applied')).toBe('wait=20');
  expect(held.data?.status).toBe('ACTIVE');
  expect(held.response.headers.get('retry-after')).toBeNull();
  const etag = held.response.headers.get('etag') ?? '';
  const known = await api.GET('/event-trackers/{trackerId}', {
    params: { ...params, header: { 'If-None-Match': etag } },
  });
  expect(known.response.status).toBe(304);
});

test('GET /event-trackers: pages of the caller’s trackers, with filters; another tenant’s page token is a 400', async () => {
  const ids = [await created(await groups.make('acme-list-a'))];
  ids.push(await created(await groups.make('acme-list-b')));
  const listed: string[] = [];
  let nextToken: string | undefined;
  let link: string | null = null;
  do {
    const query = { maxResults: 1, ...(nextToken !== undefined && { nextToken }) };
    const page = await api.GET('/event-trackers', { params: { query } });
    listed.push(...(page.data?.eventTrackers ?? []).map(({ trackerId }) => trackerId));
    nextToken = page.data?.nextToken;
    if (nextToken !== undefined) {
      link = page.response.headers.get('link');
      expect(link).toContain(`nextToken=${nextToken}`);
      const umami = clientOf(await tokenOf(runtime, 'umami'));
      const foreign = await umami.GET('/event-trackers', { params: { query: { nextToken } } });
      expect(foreign.error).toMatchObject({ status: 400, errors: [{ field: 'nextToken' }] });
    }
  } while (nextToken !== undefined);
  expect(link).not.toBeNull();
  expect(new Set(listed).size).toBe(listed.length);
  expect(listed).toEqual(expect.arrayContaining(ids));

  const datasetGroupArn = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-list-b';
  const filtered = await api.GET('/event-trackers', { params: { query: { datasetGroupArn } } });
  expect(filtered.data?.eventTrackers.map(({ trackerId }) => trackerId)).toEqual([ids[1]]);
});

test('GET /event-trackers and …/summary by a platform: all tenants, with filters', async () => {
  const ofOther = clientOf(await tokenOf(runtime, 'umami'));
  const body = {
    name: 'Unknown',
    datasetGroupArn: 'arn:aws:personalize:us-east-1:123456789012:dataset-group/umami-none',
  };
  const accepted = await ofOther.POST('/event-trackers', { body });
  if (!isTracker(accepted.data)) throw new Error('the answer is not an event tracker');
  await outcomeOf(await created(await groups.make('acme-platform')));
  await expect
    .poll(() => ofOther.GET('/event-trackers').then(({ data }) => data?.eventTrackers[0]?.status))
    .toBe('CREATE FAILED');
  const scopes = ['read', 'platform'];
  const platform = clientOf(await mintToken(join(runtime.data, 'identity'), { scopes, expiresInSeconds: 3600 }));
  const list = async (query: NonNullable<operations['ListEventTrackers']['parameters']['query']>) =>
    (await platform.GET('/event-trackers', { params: { query } })).data?.eventTrackers.map(({ tenantId }) => tenantId);
  expect(new Set(await list({}))).toEqual(new Set(['acme', 'umami']));
  expect(await list({ status: ['CREATE FAILED', 'DELETED'], nameContains: 'UNKN' })).toEqual(['umami']);
  expect(
    await list({ failureCode: ['DATASET_GROUP_NOT_FOUND'], tenantId: 'umami', sortBy: 'lastUpdatedDateTime' }),
  ).toEqual(['umami']);
  const { data } = await platform.GET('/event-trackers/summary', { params: { query: { tenantId: 'umami' } } });
  expect(data).toMatchObject({
    total: 1,
    byStatus: { 'CREATE FAILED': 1 },
    byFailureCode: { DATASET_GROUP_NOT_FOUND: 1 },
  });
  expect((await api.GET('/event-trackers/summary')).response.status).toBe(403);
});

test('DELETE /event-trackers/{trackerId}: 202, 202 again, then 200 DELETED; an adopted tracker is RELEASED', async () => {
  const trackerId = await created(await groups.make('acme-delete'));
  await outcomeOf(trackerId);
  const params = { path: { trackerId } };
  for (const _ of ['first', 'again']) {
    const deletion = await api.DELETE('/event-trackers/{trackerId}', { params });
    expect(deletion.response.status).toBe(202);
    expect(deletion.data).toMatchObject({ generation: 2 });
  }
  expect(await outcomeOf(trackerId)).toMatchObject({ status: 'DELETED' });
  const done = await api.DELETE('/event-trackers/{trackerId}', { params });
  expect([done.response.status, done.data?.status]).toEqual([200, 'DELETED']);

  const datasetGroupArn = await groups.make('acme-adopted');
  await groups.personalize.send(new CreateEventTrackerCommand({ name: 'theirs', datasetGroupArn }));
  const adoption = { name: 'shop', datasetGroupArn, adoptExisting: true };
  const adopted = await api.POST('/event-trackers', { body: adoption });
  if (!isTracker(adopted.data)) throw new Error('the answer is not an event tracker');
  expect(await outcomeOf(adopted.data.trackerId)).toMatchObject({ status: 'ACTIVE', adopted: true });
  const released = await api.DELETE('/event-trackers/{trackerId}', {
    params: { path: { trackerId: adopted.data.trackerId } },
  });
  expect([released.response.status, released.data?.status]).toEqual([200, 'RELEASED']);
  const { eventTrackers } = await groups.personalize.send(new ListEventTrackersCommand({ datasetGroupArn }));
  expect(eventTrackers).toHaveLength(1);
});

test('POST /event-trackers/{trackerId}/retry: only after CREATE FAILED', async () => {
  const { datasetGroupArn = '' } = await groups.personalize.send(new CreateDatasetGroupCommand({ name: 'acme-retry' }));
  const trackerId = await created(datasetGroupArn);
  expect(await outcomeOf(trackerId)).toMatchObject({
    status: 'CREATE FAILED',
    failure: { code: expect.stringMatching(/^(NO_INTERACTIONS_DATASET|DATASET_GROUP_NOT_ACTIVE)$/) },
  });
  const params = { path: { trackerId } };
  const retried = await api.POST('/event-trackers/{trackerId}/retry', { params });
  expect([retried.response.status, retried.data?.generation]).toEqual([202, 2]);

  const well = await created(await groups.make('acme-well'));
  await outcomeOf(well);
  const refused = await api.POST('/event-trackers/{trackerId}/retry', { params: { path: { trackerId: well } } });
  expect(refused.error).toMatchObject({ status: 409, reason: 'NOT_FAILED' });
});

test('POST /event-trackers/batch: a result for each request, in order', async () => {
  const [one, two] = [await groups.make('acme-batch-a'), await groups.make('acme-batch-b')];
  const foreign = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/umbrella-shop';
  const requests = [
    { name: 'a', datasetGroupArn: one },
    { name: 'x', datasetGroupArn: foreign },
    { name: 'b', datasetGroupArn: two },
    { name: 'other', datasetGroupArn: one },
  ];
  const { data } = await api.POST('/event-trackers/batch', { body: { requests } });
  expect(data?.results.map(({ status }) => status)).toEqual([202, 403, 202, 409]);
  expect(data?.results.map(({ eventTracker }) => eventTracker?.name)).toEqual(['a', undefined, 'b', undefined]);
  expect(data?.results[3]?.problem).toMatchObject({ reason: 'NAME_CONFLICT', existing: { name: 'a' } });
});

test('GET /event-trackers/{trackerId}/history: the transitions and their causes', async () => {
  const trackerId = await created(await groups.make('acme-history'));
  await outcomeOf(trackerId);
  const { data } = await api.GET('/event-trackers/{trackerId}/history', { params: { path: { trackerId } } });
  expect(data?.transitions[0]).toMatchObject({ generation: 1, status: 'CREATE PENDING', cause: 'REQUESTED' });
  expect(data?.transitions.at(-1)).toMatchObject({
    status: 'ACTIVE',
    cause: 'STATUS_OBSERVED',
    message: 'Personalize reports this status.',
  });
});

test('POST /event-trackers/{trackerId}/events: 409 unless the tracker is ACTIVE; then sent to Personalize', async () => {
  const trackerId = await created(await groups.make('acme-events'));
  const send = (eventList: (typeof event)[]) =>
    api.POST('/event-trackers/{trackerId}/events', {
      params: { path: { trackerId } },
      body: { sessionId: 'session-1', userId: 'user-1', eventList },
    });
  expect((await send([event])).error).toMatchObject({ status: 409, reason: 'NOT_ACTIVE', retryable: true });
  await outcomeOf(trackerId);
  expect((await send(Array.from({ length: 12 }, () => event))).data).toEqual({ accepted: 12, failed: [] });
  expect((await send([])).error).toMatchObject({ status: 400, errors: [{ field: 'eventList' }] });
});

test('GET /openapi.json, GET /health and, locally, GET /docs: need no token', async () => {
  const open = createClient<paths>({ baseUrl: runtime.apiUrl });
  expect((await open.GET('/health')).data).toEqual({ status: 'ok' });
  expect((await open.GET('/openapi.json')).data).toEqual(document);
  const docs = await fetch(`${runtime.apiUrl}/docs`);
  expect(docs.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await docs.text()).toContain('/docs/swagger-ui-bundle.js');
});

test('the type of a problem links to its page, with and without /platform', async () => {
  for (const [entrance, init] of [
    ['', {}],
    ['/platform', await signedRequest('GET', `${runtime.apiUrl}/platform/event-trackers/none`)],
  ] as const) {
    const address = `${runtime.apiUrl}${entrance}/event-trackers/none`;
    const headers = { authorization: `Bearer ${await tokenOf(runtime)}`, ...('headers' in init && init.headers) };
    const answer = await fetch(address, { headers });
    const { type, reason } = (await answer.json()) as { type: string; reason: string };
    expect(reason).toBe('NOT_FOUND');
    const link = new URL(type, answer.url);
    const page = await fetch(link);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/markdown; charset=utf-8']);
    expect(await page.text()).toMatch(/^# not_found\n\n404\. /);
    const html = await fetch(link, { headers: { accept: 'text/html,*/*' } });
    expect(await html.text()).toContain('<h1>not_found</h1>');
  }
  for (const path of ['/problems/never_heard_of', '/problems/constructor', '/problems/NOT_FOUND']) {
    expect((await fetch(`${runtime.apiUrl}${path}`)).status, path).toBe(404);
  }
});

test('the WWW-Authenticate challenge of a 401 has a form that the document lists', async () => {
  const { description = '' } =
    document.paths['/event-trackers']?.get?.responses[401]?.headers?.['WWW-Authenticate'] ?? {};
  // A form such as `Bearer …`; the ellipsis stands for any text.
  const forms = [...description.matchAll(/`([^`]*)`/g)].map(([, form = '']) => form.split('…'));
  const isListed = (challenge: string) =>
    forms.some(([start = '', end]) =>
      end === undefined ? challenge === start : challenge.startsWith(start) && challenge.endsWith(end),
    );
  const challengeOf = async (authorization?: string) => {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    const answer = await fetch(`${runtime.apiUrl}/event-trackers`, { headers });
    expect(answer.status).toBe(401);
    return answer.headers.get('www-authenticate') ?? '';
  };
  const [bare, refused] = [await challengeOf(), await challengeOf('Bearer rubbish')];
  expect(
    [bare, refused].filter((challenge) => !isListed(challenge)),
    description,
  ).toEqual([]);
  expect(refused).toContain('error="invalid_token"');
});

test('the document lists every answer given above', () => {
  expect(faults).toEqual([]);
});
