import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ApiPortOptions, startApiPort } from '../../infra/local/api-gateway/port.ts';
import type { ApiRoute } from '../../infra/local/api-gateway/routes.ts';
import type { Verified } from '../../infra/local/identity/authorizer.ts';
import { jsonAnswer } from '../../infra/local/wire.ts';

const closers: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  vi.restoreAllMocks();
});

const NOW = Date.UTC(2026, 2, 5, 19, 3, 58);
const TOKEN: Verified = {
  claims: {
    sub: 'acme',
    exp: 1_793_000_000,
    admin: true,
    groups: ['a', 'b'],
    address: { zip: 1, city: 'X' },
    none: null,
  },
  scopes: ['event-trackers/read', 'event-trackers/write'],
};

/** Every handler gives back what it was called with, unless a route brings its own. */
const echo: ApiRoute['handler'] = async (event, context) => ({ event, functionName: context.functionName });
const route = (method: string, path: string, more: Partial<ApiRoute> = {}): ApiRoute => ({
  method,
  path,
  scopes: [],
  authorizer: 'none',
  handler: echo,
  ...more,
});

async function start(routes: ApiRoute[], more: Partial<ApiPortOptions> = {}) {
  const port = await startApiPort({
    port: 0,
    host: '127.0.0.1',
    routes,
    authorizer: { verify: async (header) => (header === 'Bearer good' ? TOKEN : 'unauthorized') },
    clock: () => NOW,
    ...more,
  });
  closers.push(port.close);
  return port.url;
}
const eventOf = async (answer: Response) => {
  expect(answer.status).toBe(200);
  return JSON.parse(await answer.text()).event;
};

/** node:http's client, which sends repeated headers and odd paths as they are. */
function raw(url: string, path: string, headers: string[] = [], method = 'GET') {
  return new Promise<{ status?: number; body: string; headers: NodeJS.Dict<string | string[]> }>((resolve, reject) => {
    const outgoing = httpRequest(url, { path, method, headers: ['host', new URL(url).host, ...headers] }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk) => {
        body += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode, body, headers: answer.headers }));
    });
    outgoing.on('error', reject).end();
  });
}

describe('the event of payload format 2.0', () => {
  it('is as API Gateway makes it', async () => {
    const url = await start([
      route('POST', '/event-trackers/{id}', {
        authorizer: 'jwt',
        scopes: ['event-trackers/write'],
        functionName: 'writes',
      }),
    ]);
    const answer = await fetch(`${url}/event-trackers/a%2Fb%20c?tag=x&tag=y%20z&empty=`, {
      method: 'POST',
      headers: {
        authorization: 'Bearer good',
        'content-type': 'application/json',
        cookie: 'one=1; two=2',
        'user-agent': 'test/1',
        'X-Custom': 'Kept',
      },
      body: '{"name":"größe"}',
    });
    const { event, functionName } = JSON.parse(await answer.text());
    expect(functionName).toBe('writes');
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'POST /event-trackers/{id}',
      rawPath: '/event-trackers/a/b c',
      rawQueryString: 'tag=x&tag=y%20z&empty=',
      queryStringParameters: { tag: 'x,y z', empty: '' },
      pathParameters: { id: 'a/b c' },
      cookies: ['one=1', 'two=2'],
      body: '{"name":"größe"}',
      isBase64Encoded: false,
      requestContext: {
        accountId: '123456789012',
        authorizer: {
          jwt: {
            claims: {
              sub: 'acme',
              exp: '1793000000',
              admin: 'true',
              groups: '[a b]',
              address: 'map[city:X zip:1]',
              none: '<nil>',
            },
            scopes: ['event-trackers/read', 'event-trackers/write'],
          },
        },
        domainName: '127.0.0.1',
        http: {
          method: 'POST',
          path: '/event-trackers/a/b c',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'test/1',
        },
        routeKey: 'POST /event-trackers/{id}',
        stage: '$default',
        time: '05/Mar/2026:19:03:58 +0000',
        timeEpoch: NOW,
      },
    });
    expect(event.headers).toMatchObject({ 'x-custom': 'Kept', 'x-forwarded-for': '127.0.0.1' });
    expect(Object.keys(event.headers)).not.toContain('cookie');
    expect(Object.keys(event.headers)).not.toContain('connection');
    expect(answer.headers.get('apigw-requestid')).toBe(event.requestContext.requestId);
  });

  it('leaves out what a plain request does not have', async () => {
    const url = await start([route('GET', '/health')]);
    const event = await eventOf(await fetch(`${url}/health`));
    expect(event).toMatchObject({ rawPath: '/health', rawQueryString: '', isBase64Encoded: false });
    for (const absent of ['body', 'cookies', 'pathParameters', 'queryStringParameters']) {
      expect(event).not.toHaveProperty(absent);
    }
    expect(event.requestContext).not.toHaveProperty('authorizer');
  });

  it('has scopes null on a route that declares none', async () => {
    const url = await start([route('GET', '/any', { authorizer: 'jwt' })]);
    const event = await eventOf(await fetch(`${url}/any`, { headers: { authorization: 'Bearer good' } }));
    expect(event.requestContext.authorizer.jwt.scopes).toBeNull();
  });

  it('joins repeated headers by a comma', async () => {
    const url = await start([route('GET', '/x')]);
    const { body } = await raw(url, '/x', ['X-A', '1', 'x-a', '2', 'Prefer', 'wait=1']);
    expect(JSON.parse(body).event.headers).toMatchObject({ 'x-a': '1,2', prefer: 'wait=1' });
  });

  it.each([
    ['application/json', false],
    ['application/json; charset=utf-8', false],
    ['text/plain', false],
    ['application/xml', false],
    ['application/x-www-form-urlencoded', true],
    ['application/octet-stream', true],
    [undefined, true],
  ])('has a body of type %s as base64: %s', async (type, isBase64Encoded) => {
    const url = await start([route('POST', '/x')]);
    const bytes = Buffer.from('{"a":1}');
    const event = await eventOf(
      await fetch(`${url}/x`, { method: 'POST', headers: type ? { 'content-type': type } : {}, body: bytes }),
    );
    expect(event.isBase64Encoded).toBe(isBase64Encoded);
    expect(event.body).toBe(bytes.toString(isBase64Encoded ? 'base64' : 'utf8'));
  });
});

describe('routes', () => {
  const keyOf = async (url: string, method: string, path: string) =>
    (await eventOf(await fetch(`${url}${path}`, { method }))).routeKey;

  it('selects the most specific one', async () => {
    const url = await start([
      route('GET', '/{proxy+}'),
      route('GET', '/event-trackers/{id}'),
      route('POST', '/event-trackers/batch'),
      route('ANY', '/event-trackers/batch'),
      route('POST', '/event-trackers/{id}'),
      route('GET', '/event-trackers/{id}/history'),
    ]);
    expect(await keyOf(url, 'POST', '/event-trackers/batch')).toBe('POST /event-trackers/batch');
    expect(await keyOf(url, 'GET', '/event-trackers/batch')).toBe('ANY /event-trackers/batch');
    expect(await keyOf(url, 'GET', '/event-trackers/x')).toBe('GET /event-trackers/{id}');
    expect(await keyOf(url, 'POST', '/event-trackers/batch%20')).toBe('POST /event-trackers/{id}');
    expect(await keyOf(url, 'GET', '/event-trackers/x/history')).toBe('GET /event-trackers/{id}/history');
    expect(await keyOf(url, 'GET', '/a/b/c')).toBe('GET /{proxy+}');
  });

  it('answers 404 without a route: other methods, a slash more, an empty parameter', async () => {
    const url = await start([route('GET', '/event-trackers'), route('GET', '/event-trackers/{id}')]);
    for (const [method, path] of [
      ['PUT', '/event-trackers'],
      ['OPTIONS', '/event-trackers'],
      ['GET', '/event-trackers/'],
      ['GET', '/event-trackers/a/'],
      ['GET', '/Event-Trackers'],
      ['GET', '/'],
    ] as const) {
      const answer = await fetch(`${url}${path}`, { method });
      expect([answer.status, await answer.json()], `${method} ${path}`).toEqual([404, { message: 'Not Found' }]);
    }
    expect((await raw(url, '/event-trackers', [], 'HEAD')).status).toBe(404);
    expect((await raw(url, '/event-trackers/%zz')).status).toBe(400);
  });

  it('gives $default what is left', async () => {
    const url = await start([route('ANY', '$default'), route('GET', '/known')]);
    expect(await keyOf(url, 'GET', '/known')).toBe('GET /known');
    expect(await keyOf(url, 'PUT', '/what/ever')).toBe('$default');
  });

  it('serves local pages beside them', async () => {
    const url = await start([], {
      extra: [{ prefix: '/docs', service: async ({ path }) => jsonAnswer({ path }, 'application/json') }],
    });
    expect(await (await fetch(`${url}/docs/index.css`)).json()).toEqual({ path: '/docs/index.css' });
    expect((await fetch(`${url}/docs`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(`${url}/docsx`)).status).toBe(404);
  });
});

describe('what is answered before the function', () => {
  const handler = vi.fn(echo);
  const routes = [
    route('POST', '/x', { authorizer: 'jwt', scopes: ['event-trackers/adopt', 'event-trackers/write'], handler }),
  ];
  afterEach(() => handler.mockClear());

  it('401 without a valid token, and 404 before it', async () => {
    const url = await start(routes);
    for (const headers of [{}, { authorization: 'Bearer bad' }] as Record<string, string>[]) {
      const answer = await fetch(`${url}/x`, { method: 'POST', headers, body: Buffer.alloc(2_000_000) });
      expect([answer.status, await answer.json()]).toEqual([401, { message: 'Unauthorized' }]);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
    expect((await fetch(`${url}/y`, { method: 'POST' })).status).toBe(404);
    expect(handler).not.toHaveBeenCalled();
  });

  it('401 with two tokens, of which one is valid', async () => {
    const url = await start(routes);
    const headers = ['Authorization', 'Bearer good', 'Authorization', 'Bearer bad'];
    expect((await raw(url, '/x', headers, 'POST')).status).toBe(401);
  });

  it('403 with none of the scopes of the route, one is enough', async () => {
    const post = async (scopes: string[]) => {
      const url = await start(routes, { authorizer: { verify: async () => ({ ...TOKEN, scopes }) } });
      return fetch(`${url}/x`, { method: 'POST' });
    };
    const refused = await post(['event-trackers/read', 'write']);
    expect([refused.status, await refused.json()]).toEqual([403, { message: 'Forbidden' }]);
    expect(handler).not.toHaveBeenCalled();
    expect((await post(['event-trackers/write'])).status).toBe(200);
  });

  it('413 for a body over 10 MiB, and not for one of 10 MiB', async () => {
    const url = await start([route('POST', '/x', { handler: async ({ body = '' }) => ({ length: body.length }) })]);
    const post = (length: number) =>
      fetch(`${url}/x`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: Buffer.alloc(length, 'x') });
    const refused = await post(10 * 1024 * 1024 + 1);
    expect([refused.status, await refused.json()]).toEqual([413, { message: 'Request Entity Too Large' }]);
    expect(await (await post(10 * 1024 * 1024)).json()).toEqual({ length: 10 * 1024 * 1024 });
  });
});

describe('what a function returns', () => {
  const answerTo = async (result: unknown) => fetch(await start([route('GET', '/', { handler: async () => result })]));

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
  ])('%j is an answer', async (result, status, body, type) => {
    const answer = await answerTo(result);
    expect([answer.status, await answer.text(), answer.headers.get('content-type')]).toEqual([status, body, type]);
  });

  it('sets every cookie, and no header that belongs to the connection', async () => {
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
  ])('%j is a 500 with a fixed text', async (result) => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const answer = await answerTo(result);
    expect([answer.status, await answer.json()]).toEqual([500, { message: 'Internal Server Error' }]);
  });

  it('a throw and a time-out are a 500 with a fixed text', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    const url = await start([
      route('GET', '/throws', {
        handler: async () => {
          throw new Error('secret');
        },
      }),
      route('GET', '/hangs', { handler: () => new Promise(() => {}), timeoutMs: 20 }),
    ]);
    for (const path of ['/throws', '/hangs']) {
      const answer = await fetch(`${url}${path}`);
      expect([answer.status, await answer.json()], path).toEqual([500, { message: 'Internal Server Error' }]);
    }
    expect(log).toHaveBeenCalledTimes(2);
  });
});

it('says which flag chooses another port when this one is taken', async () => {
  const taken = Number(new URL(await start([])).port);
  await expect(start([], { port: taken })).rejects.toThrow(`port ${taken} is in use; choose another with --port`);
});
