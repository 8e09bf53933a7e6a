import { afterEach, describe, expect, it, vi } from 'vitest';
import { invokeAsLambda } from '../../infra/local/lambda.ts';
import { closeAfterEachTest, echo, raw, route, start, TOKEN } from './local-api-gateway.ts';

closeAfterEachTest();

describe('an answer given before the function is invoked', () => {
  const invoke = vi.fn(echo);
  const routes = [
    route('POST', '/x', { authorizer: 'jwt', scopes: ['event-trackers/adopt', 'event-trackers/write'], invoke }),
  ];
  afterEach(() => invoke.mockClear());

  it('is 401 without a valid token; an unknown route is 404 even without one', async () => {
    const url = await start(routes);
    for (const headers of [{}, { authorization: 'Bearer bad' }] as Record<string, string>[]) {
      const answer = await fetch(`${url}/x`, { method: 'POST', headers, body: Buffer.alloc(2_000_000) });
      expect([answer.status, await answer.json()]).toEqual([401, { message: 'Unauthorized' }]);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
    expect((await fetch(`${url}/y`, { method: 'POST' })).status).toBe(404);
    expect(invoke).not.toHaveBeenCalled();
  });

  it('is 401 for two tokens, even if one is valid', async () => {
    const url = await start(routes);
    const headers = ['Authorization', 'Bearer good', 'Authorization', 'Bearer bad'];
    expect((await raw(url, '/x', headers, 'POST')).status).toBe(401);
  });

  it('is 403 without any of the route’s scopes; one of them is enough', async () => {
    const post = async (scopes: string[]) => {
      const url = await start(routes, { authorizer: { verify: async () => ({ ...TOKEN, scopes }) } });
      return fetch(`${url}/x`, { method: 'POST' });
    };
    const refused = await post(['event-trackers/read', 'write']);
    expect([refused.status, await refused.json()]).toEqual([403, { message: 'Forbidden' }]);
    expect(invoke).not.toHaveBeenCalled();
    expect((await post(['event-trackers/write'])).status).toBe(200);
  });

  it('is 413 for a body over 10 MiB, but not for one of exactly 10 MiB', async () => {
    const url = await start([route('POST', '/x', { invoke: async ({ body = '' }) => ({ length: body.length }) })]);
    const post = (length: number) =>
      fetch(`${url}/x`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: Buffer.alloc(length, 'x') });
    const refused = await post(10 * 1024 * 1024 + 1);
    expect([refused.status, await refused.json()]).toEqual([413, { message: 'Request Entity Too Large' }]);
    expect(await (await post(10 * 1024 * 1024)).json()).toEqual({ length: 10 * 1024 * 1024 });
  });

  it('is 413 for a body whose event is too large for Lambda, and no error is logged', async () => {
    const log = vi.spyOn(console, 'error');
    const function_ = { functionName: 'x', timeoutMs: 1000, handler: async () => ({ called: true }) };
    const url = await start([route('POST', '/x', { invoke: invokeAsLambda(function_) })]);
    const post = async (length: number) => {
      const headers = { 'content-type': 'text/plain' };
      const answer = await fetch(`${url}/x`, { method: 'POST', headers, body: Buffer.alloc(length, 'x') });
      return [answer.status, await answer.json()];
    };
    expect(await post(6 * 1024 * 1024)).toEqual([413, { message: 'Request Too Long' }]);
    expect(await post(6 * 1024 * 1024 - 2048)).toEqual([200, { called: true }]);
    expect(log).not.toHaveBeenCalled();
  });
});

describe('the result of a function', () => {
  const answerTo = async (result: unknown) => fetch(await start([route('GET', '/', { invoke: async () => result })]));

  it.each([
    [
      { statusCode: 202, headers: { 'Content-Type': 'application/json', 'Retry-After': 5 }, body: '{}' },
      202,
      '{}',
      'application/json',
    ],
    [{ statusCode: 201, body: 'made' }, 201, 'made', 'text/plain;charset=UTF-8'],
    [
      { statusCode: 200, body: Buffer.from([1, 2]).toString('base64'), isBase64Encoded: true },
      200,
      '\u0001\u0002',
      'text/plain;charset=UTF-8',
    ],
    [{ statusCode: 204 }, 204, '', null],
    [{ inferred: true }, 200, '{"inferred":true}', 'application/json'],
    ['{"a":1}', 200, '{"a":1}', 'application/json'],
    [undefined, 200, 'null', 'application/json'],
  ])('%j becomes a response', async (result, status, body, type) => {
    const answer = await answerTo(result);
    expect([answer.status, await answer.text(), answer.headers.get('content-type')]).toEqual([status, body, type]);
  });

  it('can set cookies, but no header that belongs to the connection', async () => {
    const answer = await answerTo({
      statusCode: 200,
      cookies: ['a=1; Path=/', 'b=2'],
      headers: {
        'Transfer-Encoding': 'chunked',
        'Content-Length': '1',
        'X-Kept': true,
        'Access-Control-Allow-Origin': '*',
      },
      body: 'whole',
    });
    expect(answer.headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2']);
    expect(answer.headers.get('x-kept')).toBe('true');
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    expect(await answer.text()).toBe('whole');
  });

  it.each([
    { statusCode: '200', body: '' },
    { statusCode: 42 },
    { statusCode: 200, body: { not: 'text' } },
    { statusCode: 200, headers: { a: ['b'] } },
    { statusCode: 200, headers: { 'bad header': 'x' } },
    { statusCode: 200, headers: { a: 'line\nbreak' } },
  ])('%j becomes a 500 with a fixed text', async (result) => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const answer = await answerTo(result);
    expect([answer.status, await answer.json()]).toEqual([500, { message: 'Internal Server Error' }]);
  });

  it('is a 500 with a fixed text if the function throws or times out', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    const url = await start([
      route('GET', '/throws', {
        invoke: async () => {
          throw new Error('secret');
        },
      }),
      route('GET', '/hangs', {
        invoke: invokeAsLambda({ functionName: 'hangs', timeoutMs: 20, handler: () => new Promise(() => {}) }),
      }),
    ]);
    for (const path of ['/throws', '/hangs']) {
      const answer = await fetch(`${url}${path}`);
      expect([answer.status, await answer.json()], path).toEqual([500, { message: 'Internal Server Error' }]);
    }
    expect(log).toHaveBeenCalledTimes(2);
  });
});

it('names the flag that chooses another port when the port is in use', async () => {
  const taken = Number(new URL(await start([])).port);
  await expect(start([], { port: taken })).rejects.toThrow(`port ${taken} is in use; choose another with --port`);
});
