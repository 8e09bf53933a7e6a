import { describe, expect, test, vi } from 'vitest';
import { inProcess } from '../../cli/in-process.ts';
import { call, injectFault, tokenOf } from '../local-runtime.ts';
import { oneRuntime } from './dataset-groups.ts';

/** A local runtime without the optional features, as a default deployment on AWS, and with two unfinished trackers per tenant. */
const off = ['--no-events', '--no-callbacks', '--no-destroy-adopted', '--no-platform', '--prefer-wait', '0'];
const { runtime, groups, token } = await oneRuntime({
  args: [...off, '--max-unfinished', '2'],
  scopes: ['read', 'write', 'events', 'callback', 'adopt'],
});

const ask = (method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
  call(runtime, method, path, { token, headers, ...(body && { body }) });
const create = async (group: string, more: object = {}) =>
  ask('POST', '/event-trackers', { name: 'shop', datasetGroupArn: group, ...more });

/** Keeps the tracker of the dataset group in progress. */
const stuck = (datasetGroupArn: string) =>
  injectFault(runtime, 'personalize', {
    operation: 'CreateEventTracker',
    fault: 'stuck',
    times: 1,
    datasetGroupArn,
  });

const finished = (location: string) =>
  vi.waitFor(async () => expect((await ask('GET', location)).body.progress).toBeUndefined(), {
    timeout: 60_000,
    interval: 100,
  });

describe('a feature that the deployment does not enable', () => {
  test.each([
    ['POST', '/event-trackers/et-aqm2uhwb7pflkqipkzrbxen4hq/events', 'events'],
    ['GET', '/event-trackers/et-aqm2uhwb7pflkqipkzrbxen4hq/events', 'events'],
    ['GET', '/platform/event-trackers', 'platformRoles'],
    ['POST', '/platform/event-trackers/batch', 'platformRoles'],
    ['POST', '/platform/event-trackers/et-aqm2uhwb7pflkqipkzrbxen4hq/events', 'events and platformRoles'],
  ])('%s %s is NOT_ENABLED and names the setting', async (method, path, setting) => {
    const { status, body } = await ask(method, path, method === 'POST' ? {} : undefined);
    expect({ status, reason: body.reason }).toEqual({ status: 404, reason: 'NOT_ENABLED' });
    expect(body.detail).toContain(setting);
  });

  test('does not change other routes: 405 with Allow for a wrong method, 404 for an unknown path', async () => {
    const { status, headers } = await ask('PUT', '/event-trackers');
    expect({ status, allow: headers.get('allow') }).toEqual({ status: 405, allow: 'POST, GET' });
    expect(await ask('GET', '/nowhere')).toMatchObject({ status: 404, body: { reason: 'NOT_FOUND' } });
  });

  test('is named when a task token is refused', async () => {
    const answer = await create(await groups.make('acme-token'), { callback: { taskToken: 'a-token' } });
    expect(answer).toMatchObject({ status: 400, body: { reason: 'NOT_ENABLED', errors: [{ field: 'callback' }] } });
    expect(answer.body.detail).toContain('setting callbacks is off');
  });

  test('is not in openapi.json: no route, field, header, scope or tag', async () => {
    const { body } = await ask('GET', '/openapi.json');
    expect(Object.keys(body.paths as object).sort()).toEqual([
      '/event-trackers',
      '/event-trackers/batch',
      '/event-trackers/retry',
      '/event-trackers/summary',
      '/event-trackers/{trackerId}',
      '/event-trackers/{trackerId}/history',
      '/event-trackers/{trackerId}/retry',
      '/health',
      '/openapi.json',
      '/operations',
      '/operations/{operationId}',
      '/operations/{operationId}/cancel',
      '/problems/{reason}',
    ]);
    const { components, tags, paths } = body as {
      components: { schemas: Record<string, { properties: object }>; securitySchemes: object };
      tags: { name: string }[];
      paths: object;
    };
    expect(components.schemas.CreateEventTrackerRequest?.properties).not.toHaveProperty('callback');
    expect(Object.keys(components.schemas)).not.toContain('PutEventsRequest');
    expect(components.securitySchemes).not.toHaveProperty('sigv4');
    expect(tags.map(({ name }) => name)).toEqual(['Event trackers', 'Service', 'All tenants']);
    const text = JSON.stringify({ paths, schemes: components.securitySchemes });
    expect(text).not.toMatch(/Prefer|event-trackers\/events`|event-trackers\/callback`|"name":"destroy"|\/events/);
    expect(text).toContain('TOO_MANY_UNFINISHED');
  });

  test('is named by the command line', async () => {
    const environment = { EVENT_TRACKERS_ENDPOINT_URL: runtime.apiUrl, EVENT_TRACKERS_TOKEN: token };
    const events = ['--session-id', 's', '--event-list', 'eventType=click,sentAt=2026-11-24T12:00:00Z'];
    const id = ['--tracker-id', 'et-aqm2uhwb7pflkqipkzrbxen4hq'];
    const { code, stderr } = await inProcess(['put-events', ...id, ...events], environment);
    expect(stderr).toContain('(NOT_ENABLED)');
    expect(stderr).toContain('setting events is off');
    expect(code).toBe(254);
  });
});

describe('a deployment without Prefer: wait', () => {
  test('answers immediately, without Preference-Applied and with Retry-After', async () => {
    const { headers: posted } = await create(await groups.make('acme-unheld'));
    const started = performance.now();
    const { headers } = await ask('GET', posted.get('location') ?? '', undefined, { prefer: 'wait=20' });
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(headers.get('preference-applied')).toBeNull();
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    await finished(posted.get('location') ?? '');
  });

  test('is polled by --wait after each Retry-After', async () => {
    const polls = () => runtime.output().split('"route":"GET /event-trackers/{trackerId}"').length - 1;
    const before = polls();
    const started = performance.now();
    const arguments_ = ['--name', 'shop', '--dataset-group-arn', await groups.make('acme-polled'), '--wait'];
    const environment = { EVENT_TRACKERS_ENDPOINT_URL: runtime.apiUrl, EVENT_TRACKERS_TOKEN: token };
    const { code, stdout } = await inProcess(['create-event-tracker', ...arguments_], environment);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'ACTIVE', trackingId: expect.any(String) });
    const seconds = (performance.now() - started) / 1000;
    expect(polls() - before).toBeGreaterThan(0);
    // At most one poll per second.
    expect(polls() - before).toBeLessThanOrEqual(1 + seconds);
  });
});

describe('the limit of unfinished trackers per tenant', () => {
  test('refuses a third until one finishes, but not repeated requests or another tenant', async () => {
    const names = ['acme-one', 'acme-two', 'acme-three'];
    const [one = '', two = '', three = ''] = await Promise.all(names.map((name) => groups.make(name)));
    for (const group of [one, two]) {
      await stuck(group);
      expect((await create(group)).status).toBe(202);
    }
    const refused = await create(three);
    expect(refused).toMatchObject({ status: 429, body: { reason: 'TOO_MANY_UNFINISHED', retryable: true } });
    expect(refused.headers.get('retry-after')).toBe('10');
    const keyed = { 'idempotency-key': '"once"' };
    const body = { name: 'shop', datasetGroupArn: three };
    expect((await ask('POST', '/event-trackers', body, keyed)).status).toBe(429);
    // The refused request did not use up its key.
    expect((await ask('POST', '/event-trackers', { ...body, datasetGroupArn: one }, keyed)).status).toBe(202);
    expect((await create(one)).status).toBe(202);

    const dry = await ask('POST', '/event-trackers?dryRun=true', body);
    expect(dry.body).toMatchObject({ wouldSucceed: false, findings: [{ code: 'TOO_MANY_UNFINISHED' }] });

    const requests = [two, three, one].map((datasetGroupArn) => ({ name: 'shop', datasetGroupArn }));
    const batch = await ask('POST', '/event-trackers/batch', { requests });
    expect((batch.body.results as { status: number }[]).map(({ status }) => status)).toEqual([202, 429, 202]);

    const umami = await tokenOf(runtime, 'umami', ['write']);
    const foreign = { name: 'shop', datasetGroupArn: await groups.make('umami-shop') };
    expect((await call(runtime, 'POST', '/event-trackers', { token: umami, body: foreign })).status).toBe(202);
  });

  test('counts the items of a batch', async () => {
    const chef = await tokenOf(runtime, 'chef', ['write']);
    const arns = await Promise.all(['chef-a', 'chef-b', 'chef-c', 'chef-d'].map((name) => groups.make(name)));
    const requests = arns.map((datasetGroupArn) => ({ name: 'shop', datasetGroupArn }));
    const { body } = await call(runtime, 'POST', '/event-trackers/batch', { token: chef, body: { requests } });
    const statuses = (body.results as { status: number }[]).map(({ status }) => status).sort();
    expect(statuses).toEqual([202, 202, 429, 429]);
  });
});
