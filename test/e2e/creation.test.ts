import { join } from 'node:path';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stateChangeSchema } from '../../events/contract.ts';
import { mintToken } from '../../infra/local/identity/mint.ts';
import {
  call,
  clearFaults,
  DEMO_GROUP,
  eventsUntil,
  injectFault,
  type LocalRuntime,
  local,
  personalizeCalls,
  startLocalRuntime,
  tokenOf,
} from './local-runtime.ts';

let runtime: LocalRuntime;
let token: string;
let sfn: SFNClient;
beforeAll(async () => {
  runtime = await startLocalRuntime();
  await local(runtime, 'PUT', '/_simulator/timing', { createPendingMs: 300, createInProgressMs: 700 });
  token = await tokenOf(runtime);
  sfn = new SFNClient({
    endpoint: runtime.awsUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
});
afterAll(async () => {
  sfn.destroy();
  await runtime.end('SIGKILL');
});

const executionsOf = async (trackerId: string) => {
  const stateMachineArn = 'arn:aws:states:us-east-1:123456789012:stateMachine:event-tracker-lifecycle';
  const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn }));
  return executions.filter(({ name }) => name?.startsWith(trackerId));
};
const shop = { name: 'shop', datasetGroupArn: DEMO_GROUP };
const createCalls = () => personalizeCalls(runtime, 'CreateEventTracker');

describe('a refused request', () => {
  const long = 'x'.repeat(64);
  const tags = (count: number) => Array.from({ length: count }, (_, n) => ({ tagKey: `k${n}`, tagValue: 'v' }));
  const otherAccount = DEMO_GROUP.replace('123456789012', '999999999999');
  const otherPartition = DEMO_GROUP.replace('arn:aws:', 'arn:aws-cn:');
  test.each([
    ['a body that is not JSON', '{"name": ', 400, 'BODY_NOT_JSON', '(body)'],
    ['an empty body', '', 400, 'BODY_NOT_JSON', '(body)'],
    ['null', 'null', 400, 'INVALID_REQUEST', '(body)'],
    ['a list', [shop], 400, 'INVALID_REQUEST', '(body)'],
    ['no name', { datasetGroupArn: DEMO_GROUP }, 400, 'INVALID_REQUEST', 'name'],
    ['a name of 64 characters', { ...shop, name: long }, 400, 'INVALID_REQUEST', 'name'],
    ['a name that starts with a hyphen', { ...shop, name: '-a' }, 400, 'INVALID_REQUEST', 'name'],
    ['a name that is a number', { ...shop, name: 5 }, 400, 'INVALID_REQUEST', 'name'],
    ['an unknown field', { ...shop, nmae: 'x' }, 400, 'INVALID_REQUEST', 'nmae'],
    ['a tenant in the body', { ...shop, tenantId: 'umbrella' }, 400, 'INVALID_REQUEST', 'tenantId'],
    [
      'an ARN of another account',
      { ...shop, datasetGroupArn: otherAccount },
      400,
      'INVALID_REQUEST',
      'datasetGroupArn',
    ],
    [
      'an ARN of another partition',
      { ...shop, datasetGroupArn: otherPartition },
      400,
      'INVALID_REQUEST',
      'datasetGroupArn',
    ],
    ['201 tags', { ...shop, tags: tags(201) }, 400, 'INVALID_REQUEST', 'tags'],
    ['a repeated tag', { ...shop, tags: [...tags(1), ...tags(1)] }, 400, 'INVALID_REQUEST', 'tags'],
    [
      'a reserved tag in other letter case',
      { ...shop, tags: [{ tagKey: 'Event-Trackers:Deployment', tagValue: 'prod' }] },
      400,
      'INVALID_REQUEST',
      'tags[0].tagKey',
    ],
    [
      'a tag with the prefix aws:',
      { ...shop, tags: [{ tagKey: 'aws:x', tagValue: '' }] },
      400,
      'INVALID_REQUEST',
      'tags[0].tagKey',
    ],
    ['__proto__', '{"__proto__": {"name": "x"}}', 400, 'INVALID_REQUEST', 'name'],
    [
      "another tenant's group",
      { ...shop, datasetGroupArn: DEMO_GROUP.replace('acme-shop', 'umbrella-shop') },
      403,
      'DATASET_GROUP_NOT_ALLOWED',
      'datasetGroupArn',
    ],
    [
      'a dataset group whose name only starts with the tenant name',
      { ...shop, datasetGroupArn: DEMO_GROUP.replace('acme-shop', 'acmeshop') },
      403,
      'DATASET_GROUP_NOT_ALLOWED',
      'datasetGroupArn',
    ],
  ])('with %s names the field and the rule', async (_, body, status, reason, field) => {
    const answer = await call(runtime, 'POST', '/event-trackers', { token, body });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer).toMatchObject({ status, body: { status, reason, retryable: false } });
    expect(answer.body.errors.map((error: { field: string }) => error.field)).toContain(field);
    for (const { rule } of answer.body.errors) expect(rule).toMatch(/^(must|may|is) /);
  });

  test('reports wrong types as wrong and only missing fields as missing', async () => {
    const body = { name: 5, datasetGroupArn: null, tags: 'x', adoptExisting: 'yes' };
    const answer = await call(runtime, 'POST', '/event-trackers', { token, body });
    expect(answer.body.errors).toEqual([
      { field: 'name', rule: 'must be a string' },
      { field: 'datasetGroupArn', rule: 'must be a string' },
      { field: 'tags', rule: 'must be an array' },
      { field: 'adoptExisting', rule: 'must be a boolean' },
    ]);
    const empty = await call(runtime, 'POST', '/event-trackers', { token, body: {} });
    expect(empty.body.errors).toEqual([
      { field: 'name', rule: 'is required' },
      { field: 'datasetGroupArn', rule: 'is required' },
    ]);
  });

  test('with 100,000 unknown fields gets a short answer', async () => {
    const body = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`k${n}`, 1]));
    const answer = await call(runtime, 'POST', '/event-trackers', { token, body });
    expect(answer).toMatchObject({ status: 400, body: { reason: 'INVALID_REQUEST' } });
    expect(JSON.stringify(answer.body).length).toBeLessThan(10_000);
  });

  test.each(['a'.repeat(2_049), '%00', 'et-', 'et-AQM2UHWB7PFLKQIPKZRBXEN4HQ'])(
    'for the impossible id %s is a 404',
    async (id) => {
      expect(await call(runtime, 'GET', `/event-trackers/${id}`, { token })).toMatchObject({ status: 404 });
      expect(await call(runtime, 'DELETE', `/event-trackers/${id}`, { token })).toMatchObject({ status: 404 });
    },
  );

  test('with an unknown query parameter names the parameter', async () => {
    const answer = await call(runtime, 'POST', '/event-trackers?nonsense=1', { token, body: shop });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'nonsense' }] } });
  });

  test('for a dataset group that the token does not list is a 403', async () => {
    const request = { tenant: 'acme', scopes: ['read', 'write'], datasetGroups: ['acme-other'], expiresInSeconds: 60 };
    const listing = await mintToken(join(runtime.data, 'identity'), request);
    expect(await call(runtime, 'POST', '/event-trackers', { token: listing, body: shop })).toMatchObject({
      status: 403,
      body: { reason: 'DATASET_GROUP_NOT_ALLOWED' },
    });
  });

  test('with another content type is a 415', async () => {
    const headers = { 'content-type': 'text/plain' };
    const answer = await call(runtime, 'POST', '/event-trackers', { token, body: JSON.stringify(shop), headers });
    expect(answer).toMatchObject({ status: 415, body: { reason: 'UNSUPPORTED_MEDIA_TYPE' } });
  });

  test('with a body that is too large gets a 413 from the service, API Gateway or Lambda', async () => {
    const large = await call(runtime, 'POST', '/event-trackers', {
      token,
      body: { ...shop, name: 'x'.repeat(10 * 1024 * 1024) },
    });
    expect(large).toMatchObject({ status: 413, body: { message: 'Request Entity Too Large' } });
    const forLambda = await call(runtime, 'POST', '/event-trackers', {
      token,
      body: { ...shop, name: 'x'.repeat(9 * 1024 * 1024) },
    });
    expect(forLambda).toMatchObject({ status: 413, body: { message: 'Request Too Long' } });
    const nearly = await call(runtime, 'POST', '/event-trackers', {
      token,
      body: { ...shop, name: 'x'.repeat(5 * 1024 * 1024) },
    });
    expect(nearly).toMatchObject({ status: 413, body: { reason: 'BODY_TOO_LARGE', errors: [{ field: '(body)' }] } });
    expect(JSON.stringify(nearly.body).length).toBeLessThan(1000);
  });

  test.each([
    ['no token', undefined, 401, 'Unauthorized'],
    ['a malformed token', 'rubbish', 401, 'Unauthorized'],
  ])('with %s is a 401', async (_, bad, status, message) => {
    const answer = await call(runtime, 'POST', '/event-trackers', { token: bad, body: shop });
    expect(answer).toMatchObject({ status, body: { message } });
    expect(answer.headers.get('www-authenticate')).toBe(
      bad === undefined
        ? 'Bearer'
        : 'Bearer scope="" error="invalid_token" error_description="token contains an invalid number of segments"',
    );
  });

  test('with a token that is read-only or has no valid tenant is a 403', async () => {
    const reader = await tokenOf(runtime, 'acme', ['read']);
    expect(await call(runtime, 'POST', '/event-trackers', { token: reader, body: shop })).toMatchObject({
      status: 403,
      body: { message: 'Forbidden' },
    });
    const nobody = await tokenOf(runtime, 'Acme-Corp');
    expect(await call(runtime, 'POST', '/event-trackers', { token: nobody, body: shop })).toMatchObject({
      status: 403,
      body: { reason: 'TENANT_NOT_ALLOWED' },
    });
  });

  test('for a missing tracker is a 404 that does not repeat the id', async () => {
    const answer = await call(runtime, 'GET', '/event-trackers/et-nothing', { token });
    expect(answer).toMatchObject({ status: 404, body: { reason: 'NOT_FOUND' } });
    expect(JSON.stringify(answer.body)).not.toContain('et-nothing');
    expect(await call(runtime, 'GET', '/elsewhere', { token })).toMatchObject({
      status: 404,
      body: { reason: 'NOT_FOUND' },
    });
  });

  test('leaves no record and makes no call to Personalize', async () => {
    expect(await personalizeCalls(runtime)).toEqual([]);
    const { body } = await call(runtime, 'GET', '/event-trackers/et-aqm2uhwb7pflkqipkzrbxen4hq', { token });
    expect(body.reason).toBe('NOT_FOUND');
  });
});

describe('200 parallel requests for one dataset group', () => {
  test('make one create call, one tracker and one event; every answer has its id or is a conflict that names it', async () => {
    // Otherwise the last requests on a loaded machine are handled when the tracker is ACTIVE already: a 200.
    await injectFault(runtime, 'personalize', { operation: 'DescribeEventTracker', fault: 'throttle', times: 100_000 });
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        call(runtime, 'POST', '/event-trackers', { token, body: { ...shop, name: n % 10 === 9 ? 'other' : 'shop' } }),
      ),
    );
    await clearFaults(runtime);
    const accepted = answers.filter(({ status }) => status === 202);
    const refused = answers.filter(({ status }) => status === 409);
    expect(accepted.length + refused.length).toBe(200);
    // The first name wins. All requests with that name get the same answer.
    const names = new Set(accepted.map(({ body }) => body.name));
    expect(names.size).toBe(1);
    expect([20, 180]).toContain(accepted.length);
    const ids = new Set([
      ...accepted.map(({ body }) => body.trackerId),
      ...refused.map(({ body }) => body.existing.trackerId),
    ]);
    expect(ids.size).toBe(1);
    const [trackerId] = ids;
    for (const { headers, body } of accepted) {
      expect(headers.get('location')).toBe(`/event-trackers/${trackerId}`);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      expect(body.trackingId).toBeUndefined();
    }
    for (const { body } of refused)
      expect(body).toMatchObject({ reason: 'NAME_CONFLICT', existing: { name: [...names][0] } });

    const events = await eventsUntil(runtime, (taken) => taken.length > 0);
    const { status, body: resource } = await call(runtime, 'GET', `/event-trackers/${trackerId}`, { token });
    expect(status).toBe(200);
    expect(resource).toMatchObject({ status: 'ACTIVE', trackingId: expect.any(String) });
    expect(events).toHaveLength(1);
    // No other event follows: the execution that published it has ended, and a sweep finds nothing to do.
    await expect
      .poll(async () => (await executionsOf(trackerId)).map((execution) => execution.status))
      .toEqual(['SUCCEEDED']);
    expect(await local(runtime, 'POST', '/_local/sweep', {})).toMatchObject({ takenOver: 0 });
    expect(await eventsUntil(runtime, (taken) => taken.length > 0)).toHaveLength(1);
    expect(events[0]).toMatchObject({ source: 'event-trackers', 'detail-type': 'Event Tracker State Change' });
    expect(stateChangeSchema.parse(events[0]?.detail).data).toMatchObject({
      trackerId,
      status: 'ACTIVE',
      trackingId: resource.trackingId,
    });
    expect(await createCalls()).toHaveLength(1);
  });

  test('once ACTIVE, the same request is a 200 with the tracking ID, other tags a 409, and another tenant gets a 404', async () => {
    const name = (await call(runtime, 'GET', '/event-trackers/et-aqm2uhwb7pflkqipkzrbxen4hq', { token })).body.name;
    const again = await call(runtime, 'POST', '/event-trackers', { token, body: { ...shop, name } });
    expect(again).toMatchObject({ status: 200, body: { status: 'ACTIVE', trackingId: expect.any(String) } });
    expect(again.headers.get('retry-after')).toBeNull();

    const tags = [{ tagKey: 'a', tagValue: 'b' }];
    const other = await call(runtime, 'POST', '/event-trackers', { token, body: { ...shop, name, tags } });
    expect(other).toMatchObject({ status: 409, body: { reason: 'TAGS_CONFLICT', existing: { name } } });

    const umbrella = await tokenOf(runtime, 'umbrella');
    const location = again.headers.get('location') ?? '';
    expect((await call(runtime, 'GET', location, { token: umbrella })).status).toBe(404);
    expect(await createCalls()).toHaveLength(1);
  });

  test('leave no tracking ID or token in logs and executions', async () => {
    const [execution] = await executionsOf('et-aqm2uhwb7pflkqipkzrbxen4hq');
    const history = await sfn.send(
      new GetExecutionHistoryCommand({
        executionArn: execution?.executionArn,
        includeExecutionData: true,
        maxResults: 1000,
      }),
    );
    const described = await sfn.send(new DescribeExecutionCommand({ executionArn: execution?.executionArn }));
    expect(history.events?.length).toBeGreaterThan(10);
    const { body } = await call(runtime, 'GET', '/event-trackers/et-aqm2uhwb7pflkqipkzrbxen4hq', { token });
    expect(runtime.output()).toContain('recordActive');
    // The terminal does not show CloudWatch metrics.
    expect(runtime.output()).not.toContain('CloudWatchMetrics');
    expect(JSON.stringify([history.events, described])).not.toContain(body.trackingId);
    expect(runtime.output()).not.toContain(body.trackingId);
    expect(runtime.output()).not.toContain(token.split('.')[2]);
  });
});
