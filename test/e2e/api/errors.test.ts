import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  call,
  clearFaults,
  DEMO_GROUP,
  injectFault,
  type LocalRuntime,
  startLocalRuntime,
  tokenOf,
} from '../local-runtime.ts';

let runtime: LocalRuntime;
let token: string;
beforeAll(async () => {
  runtime = await startLocalRuntime();
  token = await tokenOf(runtime);
});
afterAll(async () => {
  await runtime.end('SIGKILL');
});

const shop = { name: 'shop', datasetGroupArn: DEMO_GROUP };
const post = (body: unknown, headers: Record<string, string> = {}) =>
  call(runtime, 'POST', '/event-trackers', { token, body, headers });
/** The log lines with a correlation id. */
const linesOf = (correlationId: string) =>
  runtime
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{') && line.includes(correlationId))
    .map((line) => JSON.parse(line));

/** Sends requests that fetch cannot send, such as an unfinished body or invalid bytes. */
function raw(path: string, headers: Record<string, string>, chunks: readonly Buffer[], method = 'POST') {
  return new Promise<{ status?: number; body: string; headers: NodeJS.Dict<string | string[]> }>((resolve, reject) => {
    const outgoing = httpRequest(`${runtime.apiUrl}${path}`, { method, headers }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk) => {
        body += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode, body, headers: answer.headers }));
    });
    outgoing.on('error', reject);
    for (const chunk of chunks) outgoing.write(chunk);
    outgoing.end();
  });
}

describe('an unknown route', () => {
  test.each([
    ['POST', '/'],
    ['GET', '/event-trackers/'],
    ['POST', '/Event-Trackers'],
    ['GET', '/event-trackers/a/b/c'],
  ])('%s %s: a 404 problem, with or without a token', async (method, path) => {
    for (const as of [{}, { token }]) {
      const answer = await call(runtime, method, path, as);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(answer).toMatchObject({ status: 404, body: { reason: 'NOT_FOUND', status: 404, retryable: false } });
    }
  });

  test.each([
    ['PUT', '/event-trackers', ['GET', 'POST']],
    ['PUT', '/event-trackers/et-aqm2uhwb7pflkqipkzrbxen4hq', ['DELETE', 'GET', 'PATCH']],
    ['DELETE', '/event-trackers/et-aqm2uhwb7pflkqipkzrbxen4hq/history', ['GET']],
    ['GET', '/event-trackers/et-aqm2uhwb7pflkqipkzrbxen4hq/retry', ['POST']],
    ['POST', '/health', ['GET']],
  ])('%s %s: a 405 with Allow', async (method, path, allow) => {
    const answer = await call(runtime, method, path, { token });
    expect(answer).toMatchObject({ status: 405, body: { reason: 'METHOD_NOT_ALLOWED' } });
    expect(answer.headers.get('allow')?.split(', ').toSorted()).toEqual(allow);
  });

  test('a path with invalid percent-encoding is a 400', async () => {
    expect((await raw('/event-trackers/%zz', { authorization: `Bearer ${token}` }, [], 'GET')).status).toBe(400);
  });
});

describe('an invalid body', () => {
  const arn = `"datasetGroupArn": "${DEMO_GROUP}"`;
  test.each([
    ['a duplicate field', `{"name": "shop", "name": "other", ${arn}}`, 'INVALID_REQUEST', 'name'],
    [
      'a duplicate field in a tag',
      `{"name": "a", ${arn}, "tags": [{"tagKey": "a", "tagKey": "b", "tagValue": ""}]}`,
      'INVALID_REQUEST',
      'tags[0].tagKey',
    ],
    ['__proto__', `{"name": "shop", ${arn}, "__proto__": {"adoptExisting": true}}`, 'INVALID_REQUEST', '__proto__'],
    ['constructor', `{"name": "shop", ${arn}, "constructor": {}}`, 'INVALID_REQUEST', 'constructor'],
    ['deep nesting', `{"name": ${'['.repeat(100_000)}${']'.repeat(100_000)}, ${arn}}`, 'INVALID_REQUEST', '(body)'],
    ['a huge number', `{"name": 1e999, ${arn}}`, 'INVALID_REQUEST', 'name'],
    [
      'half a surrogate pair',
      `{"name": "shop", ${arn}, "clientContext": "\\ud83d"}`,
      'INVALID_REQUEST',
      'clientContext',
    ],
    ['a NUL in a name', `{"name": "shop\\u0000", ${arn}}`, 'INVALID_REQUEST', 'name'],
    ['a byte order mark', `\ufeff{"name": "shop", ${arn}}`, 'BODY_NOT_JSON', '(body)'],
    ['two values', '{} {}', 'BODY_NOT_JSON', '(body)'],
    ['a comment', '{/* no */}', 'BODY_NOT_JSON', '(body)'],
    ['a text', '"shop"', 'INVALID_REQUEST', '(body)'],
  ])('%s: a 400 that names the field', async (_, body, reason, field) => {
    const answer = await post(body);
    expect(answer).toMatchObject({ status: 400, body: { reason } });
    const fields = answer.body.errors.map((error: { field: string }) => error.field);
    expect(fields).toContain(field);
    expect(JSON.stringify(answer.body).length).toBeLessThan(3_000);
  });

  test.each(['application/json', 'application/json; charset=utf-8'])(
    'invalid UTF-8, sent as %s: a 400',
    async (type) => {
      const body = Buffer.concat([Buffer.from('{"name": "'), Buffer.of(0xc3, 0x28), Buffer.from('"}')]);
      const answer = await raw('/event-trackers', { authorization: `Bearer ${token}`, 'content-type': type }, [body]);
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.body)).toMatchObject({ reason: 'BODY_NOT_JSON', errors: [{ field: '(body)' }] });
    },
  );

  test('with thousands of errors: the first hundred are reported', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`field${n}`, 1]));
    const { status, body } = await post({ ...shop, ...unknown });
    expect(status).toBe(400);
    expect(body.errors).toHaveLength(100);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/merge-patch+json'])(
    'with content type %s: a 415 that names the accepted type',
    async (type) => {
      const answer = await post(JSON.stringify(shop), { 'content-type': type });
      expect(answer).toMatchObject({ status: 415, body: { reason: 'UNSUPPORTED_MEDIA_TYPE' } });
      expect(answer.headers.get('accept')).toBe('application/json');
    },
  );

  test('over 4 MiB: a 413 from the service', async () => {
    const answer = await post({ ...shop, clientContext: 'ü'.repeat(2 * 1024 * 1024) });
    expect(answer).toMatchObject({ status: 413, body: { reason: 'BODY_TOO_LARGE' } });
  });
});

describe('errors from API Gateway itself', () => {
  const sending = Array.from({ length: 90 }, () => Buffer.alloc(100 * 1024, 'x'));

  test('a client that is still sending 9 MB with a bad token gets a 401, not a broken connection', async () => {
    const headers = { 'content-type': 'application/json', authorization: 'Bearer bad' };
    const answer = await raw('/event-trackers', headers, sending);
    expect(answer).toMatchObject({ status: 401, body: '{"message":"Unauthorized"}' });
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer scope="" error="invalid_token" /);
  });

  test('a client that is still sending with a token without the scope gets a 403', async () => {
    const reader = await tokenOf(runtime, 'acme', ['read']);
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${reader}` };
    expect(await raw('/event-trackers', headers, sending)).toMatchObject({
      status: 403,
      body: '{"message":"Forbidden"}',
    });
  });

  test('a client that sends more than 10 MB gets a 413', async () => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const answer = await raw('/event-trackers', headers, [...sending, ...sending]);
    expect(answer).toMatchObject({ status: 413, body: '{"message":"Request Entity Too Large"}' });
  });
});

describe('an internal error', () => {
  test('is a 500 with a fixed text and a correlation id, under which the log has the cause', async () => {
    await injectFault(runtime, 'dynamodb', { operation: 'Query', times: 20, fault: 'server-error' });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const answer = await call(runtime, 'GET', '/event-trackers/et-aqm2uhwb7pflkqipkzrbxen4hq', {
      token,
      headers: { traceparent },
    });
    expect(answer).toMatchObject({
      status: 500,
      body: { reason: 'INTERNAL_ERROR', retryable: true, title: 'Internal error' },
    });
    await clearFaults(runtime);
    const { correlationId } = answer.body;
    expect(correlationId).toBe(answer.headers.get('apigw-requestid'));
    expect(JSON.stringify(answer.body)).not.toMatch(/dynamo|GetItem|InternalServerError|\bat\b .*\.ts/i);
    await expect.poll(() => linesOf(correlationId)).toHaveLength(1);
    const [line] = linesOf(correlationId);
    expect(line).toMatchObject({ level: 'ERROR', status: 500, traceparent, error: { name: 'InternalServerError' } });
    expect(line.error.stack).toBeDefined();
    expect((await call(runtime, 'GET', '/event-trackers', { token })).status).toBe(200);
  });

  test('while starting the execution does not fail the request, which is accepted', async () => {
    await injectFault(runtime, 'states', {
      operation: 'StartExecution',
      times: 3,
      fault: 'server-error',
    });
    const { status, headers } = await post(shop);
    expect(status).toBe(202);
    await expect
      .poll(() => linesOf(headers.get('apigw-requestid') ?? '').map(({ level, message }) => `${level} ${message}`))
      .toContain('ERROR request accepted, but its execution did not start; the sweeper will start it');
  });
});

test('the request id and the trace appear in the logs of the request and its execution, and in the event', async () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const datasetGroupArn = DEMO_GROUP.replace('acme-shop', 'acme-traced');
  const { body, headers } = await post({ name: 'traced', datasetGroupArn }, { traceparent });
  const correlationId = headers.get('apigw-requestid') ?? '';
  const path = `/event-trackers/${body.trackerId}`;
  await expect.poll(async () => (await call(runtime, 'GET', path, { token })).body.status).toBe('CREATE FAILED');
  // One line of the request, and those of its execution.
  await expect.poll(() => linesOf(correlationId).length).toBeGreaterThan(3);
  const lines = runtime
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{') && line.includes(body.trackerId));
  for (const line of lines.map((text) => JSON.parse(text)).filter(({ route = 'POST' }) => route.startsWith('POST'))) {
    expect(line).toMatchObject({ correlationId, traceparent });
  }
});

test('an invalid traceparent is ignored', async () => {
  const { headers } = await call(runtime, 'GET', '/event-trackers', { token, headers: { traceparent: 'rubbish' } });
  const [line] = linesOf(headers.get('apigw-requestid') ?? '');
  expect(line).toMatchObject({ route: 'GET /event-trackers', status: 200 });
  expect(line.traceparent).toBeUndefined();
});
