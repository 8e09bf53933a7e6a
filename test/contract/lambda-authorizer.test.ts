import { describe, expect, test, vi } from 'vitest';
import { createLambdaAuthorizer } from '../../infra/local/api-gateway/lambda-authorizer.ts';
import { closeAfterEachTest, eventOf, NOW, raw, route, start } from './local-api-gateway.ts';

closeAfterEachTest();

/** The local API Gateway with a Lambda authorizer on one route. */
async function withFunction(invoke: (event: never) => Promise<unknown>, clock = () => NOW) {
  const authorizer = createLambdaAuthorizer({ invoke: invoke as never, ttlMs: 300_000, clock });
  return start(
    [route('GET', '/a/{id}', { authorizer: 'jwt', scopes: ['s'] }), route('POST', '/b', { authorizer: 'jwt' })],
    {
      authorizer,
    },
  );
}
const allow = async () => ({ isAuthorized: true, context: { who: 'acme', number: 7 } });

describe('a Lambda authorizer of an HTTP API', () => {
  test('gets a REQUEST event of payload format 2.0, and its context is in the event of the function', async () => {
    const invoke = vi.fn<(event: never) => Promise<unknown>>(allow);
    const url = await withFunction(invoke);
    const event = await eventOf(await fetch(`${url}/a/1?x=1`, { headers: { authorization: 'T', cookie: 'c=d' } }));
    expect(event.requestContext.authorizer).toEqual({ lambda: { who: 'acme', number: 7 } });
    expect(invoke.mock.calls).toEqual([
      [
        expect.objectContaining({
          version: '2.0',
          type: 'REQUEST',
          routeArn: expect.stringMatching(/^arn:aws:execute-api:us-east-1:123456789012:\w+\/\$default\/GET\/a\/1$/),
          identitySource: ['T'],
          routeKey: 'GET /a/{id}',
          rawPath: '/a/1',
          rawQueryString: 'x=1',
          cookies: ['c=d'],
          queryStringParameters: { x: '1' },
          pathParameters: { id: '1' },
          requestContext: expect.objectContaining({ http: expect.objectContaining({ method: 'GET', path: '/a/1' }) }),
        }),
      ],
    ]);
    expect(invoke.mock.calls[0]?.[0]).not.toHaveProperty('body');
  });

  test('is not asked without the header', async () => {
    const invoke = vi.fn<(event: never) => Promise<unknown>>(allow);
    const url = await withFunction(invoke);
    for (const headers of [[], ['authorization', '']]) {
      const answer = await raw(url, '/a/1', headers);
      expect([answer.status, answer.body]).toEqual([401, '{"message":"Unauthorized"}']);
    }
    expect(invoke).not.toHaveBeenCalled();
  });

  test.each([
    ['refuses', async () => ({ isAuthorized: false }), 403, 'Forbidden'],
    ['returns no boolean', async () => ({ isAuthorized: 'true' }), 500, 'Internal Server Error'],
    ['returns nothing', async () => null, 500, 'Internal Server Error'],
    ['returns a policy', async () => ({ principalId: 'p', policyDocument: {} }), 500, 'Internal Server Error'],
    [
      'fails',
      async () => {
        throw new Error('no keys');
      },
      500,
      'Internal Server Error',
    ],
  ])('that %s', async (_, invoke, status, message) => {
    vi.spyOn(console, 'error').mockReturnValue();
    const url = await withFunction(invoke);
    const answer = await raw(url, '/a/1', ['authorization', 'T']);
    expect([answer.status, answer.body]).toEqual([status, JSON.stringify({ message })]);
  });

  test('is asked once per header in five minutes, whatever the route; a failure is not kept', async () => {
    let now = NOW;
    let fails = true;
    vi.spyOn(console, 'error').mockReturnValue();
    const invoke = vi.fn<(event: never) => Promise<unknown>>(async () => {
      if (fails) throw new Error('no keys');
      return { isAuthorized: true };
    });
    const url = await withFunction(invoke, () => now);
    const ask = async (method: string, path: string, token: string) =>
      (await raw(url, path, ['authorization', token], method)).status;
    expect(await ask('GET', '/a/1', 'T')).toBe(500);
    fails = false;
    expect(await ask('GET', '/a/1', 'T')).toBe(200);
    expect(await ask('POST', '/b', 'T')).toBe(200);
    expect(invoke).toHaveBeenCalledTimes(2);
    expect(await ask('GET', '/a/1', 'U')).toBe(200);
    expect(invoke).toHaveBeenCalledTimes(3);
    now += 300_000;
    expect(await ask('GET', '/a/1', 'T')).toBe(200);
    expect(invoke).toHaveBeenCalledTimes(4);
  });

  test('a refusal is kept too', async () => {
    const invoke = vi.fn<(event: never) => Promise<unknown>>(async () => ({ isAuthorized: false }));
    const url = await withFunction(invoke);
    for (let n = 0; n < 3; n++) expect((await raw(url, '/a/1', ['authorization', 'T'])).status).toBe(403);
    expect(invoke).toHaveBeenCalledTimes(1);
  });
});
