import { describe, expect, it } from 'vitest';
import { jsonAnswer } from '../../infra/local/wire.ts';
import { closeAfterEachTest, eventOf, NOW, raw, route, start } from './local-api-gateway.ts';

closeAfterEachTest();

describe('the event in payload format 2.0', () => {
  it('has the fields that API Gateway sends', async () => {
    const url = await start([
      route('POST', '/event-trackers/{id}', {
        authorizer: 'jwt',
        scopes: ['event-trackers/write'],
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
    const { event } = JSON.parse(await answer.text());
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
    // API Gateway leaves out a claim that is null.
    expect(event.requestContext.authorizer.jwt.claims).not.toHaveProperty('none');
    expect(event.headers).toMatchObject({ 'x-custom': 'Kept', 'x-forwarded-for': '127.0.0.1' });
    expect(Object.keys(event.headers)).not.toContain('cookie');
    expect(Object.keys(event.headers)).not.toContain('connection');
    expect(answer.headers.get('apigw-requestid')).toBe(event.requestContext.requestId);
  });

  it('leaves out fields that a plain request does not have', async () => {
    const url = await start([route('GET', '/health')]);
    const event = await eventOf(await fetch(`${url}/health`));
    expect(event).toMatchObject({ rawPath: '/health', rawQueryString: '', isBase64Encoded: false });
    for (const absent of ['body', 'cookies', 'pathParameters', 'queryStringParameters']) {
      expect(event).not.toHaveProperty(absent);
    }
    expect(event.requestContext).not.toHaveProperty('authorizer');
  });

  it('has null scopes on a route that declares none', async () => {
    const url = await start([route('GET', '/any', { authorizer: 'jwt' })]);
    const event = await eventOf(await fetch(`${url}/any`, { headers: { authorization: 'Bearer good' } }));
    expect(event.requestContext.authorizer.jwt.scopes).toBeNull();
  });

  it('joins repeated headers with commas', async () => {
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
  ])('has the body of type %s in base64: %s', async (type, isBase64Encoded) => {
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

  it('are selected by specificity', async () => {
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

  it('answer 404 when none matches: another method, a trailing slash, an empty parameter', async () => {
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

  it('pass everything else to $default', async () => {
    const url = await start([route('ANY', '$default'), route('GET', '/known')]);
    expect(await keyOf(url, 'GET', '/known')).toBe('GET /known');
    expect(await keyOf(url, 'PUT', '/what/ever')).toBe('$default');
  });

  it('leave room for local pages', async () => {
    const url = await start([], {
      extra: [{ prefix: '/docs', service: async ({ path }) => jsonAnswer({ path }, 'application/json') }],
    });
    expect(await (await fetch(`${url}/docs/index.css`)).json()).toEqual({ path: '/docs/index.css' });
    expect((await fetch(`${url}/docs`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(`${url}/docsx`)).status).toBe(404);
  });
});
