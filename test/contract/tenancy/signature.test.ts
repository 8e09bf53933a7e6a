import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiSessions } from '../../../infra/local/iam/callers.ts';
import { Roles } from '../../../infra/local/iam/roles.ts';
import { openEntrances } from './entrances.ts';
import { presignedUrl, type Signing, signedRequest } from './sign.ts';

let world: Awaited<ReturnType<typeof openEntrances>>;
let skew = 0;
beforeAll(async () => {
  world = await openEntrances({ clock: () => Date.now() + skew });
});
afterAll(() => world.close());

const FORBIDDEN = { status: 403, body: { message: 'Forbidden' } };
type Sent = Awaited<ReturnType<typeof signedRequest>>;

/** Signs the request, applies `change` to it, and sends it. */
async function ask(
  method: string,
  path: string,
  { body, headers, signing, change = (sent) => sent, to = path }: AskOptions = {},
): Promise<{ status: number; body: unknown }> {
  const init = { ...(body !== undefined && { body }), ...(headers && { headers }) };
  const sent = change(await signedRequest(method, `${world.url}${path}`, init, signing));
  const response = await fetch(`${world.url}${to}`, sent);
  return { status: response.status, body: await response.json() };
}
interface AskOptions {
  readonly body?: string;
  readonly headers?: Record<string, string>;
  readonly signing?: Signing;
  readonly change?: (sent: Sent) => Sent;
  /** The path to send it to, if not the signed one. */
  readonly to?: string;
}

const withHeaders = (change: (headers: Record<string, string>) => Record<string, string>) => (sent: Sent) => ({
  ...sent,
  headers: change(sent.headers),
});

describe('a valid signature', () => {
  it.each([
    ['GET', '/platform/event-trackers', undefined],
    ['GET', '/platform/event-trackers?tenantId=acme&maxResults=5', undefined],
    ['GET', '/platform/event-trackers?status=CREATE%20FAILED&tenantId=acme&empty=', undefined],
    ['GET', '/platform/event-trackers?b=2&a=1&b=1&aa=!*%27()~%2F%2B', undefined],
    ['GET', '/platform/event-trackers/et%2Fx%20y', undefined],
    ['GET', '/platform/event-trackers/a+b~c', undefined],
    ['DELETE', '/platform/event-trackers/et-x', undefined],
    ['POST', '/platform/event-trackers', '{"name":"größe"}'],
    ['POST', '/platform/event-trackers/et-x/events', `{"x":"${'y'.repeat(100_000)}"}`],
  ])('%s %s makes the caller a platform with every scope', async (method, path, body) => {
    expect(await ask(method, path, body === undefined ? {} : { body })).toEqual({
      status: 200,
      body: {
        isPlatform: true,
        scopes: ['adopt', 'callback', 'events', 'platform', 'read', 'write'].map((name) => `event-trackers/${name}`),
      },
    });
  });

  it('may cover any headers, whose whitespace may change on the way', async () => {
    const headers = { prefer: 'wait=1,   respond-async', 'idempotency-key': '"a"' };
    expect((await ask('GET', '/platform/event-trackers', { headers })).status).toBe(200);
  });

  it('of a role that is not listed gets a 403 from the service, not from API Gateway', async () => {
    const answer = await ask('GET', '/platform/event-trackers', { signing: { accessKeyId: 'outsider' } });
    expect(answer).toEqual({ status: 403, body: { reason: 'SCOPE_REQUIRED', scope: 'event-trackers/platform' } });
  });

  it('may be that of a session of AssumeRole, until it ends, of a role of this account', async () => {
    let now = Date.now();
    const roles = new Roles(undefined, () => now);
    const sessionIn = (accountId: string, roleName: string) => {
      const names = { roleId: `AROA${accountId}${roleName}`, accountId, roleName, path: '/' };
      const role = { ...names, trust: '{}', policies: {}, createdAt: now };
      roles.put(role);
      return roles.start(role, 'of-a-test', 900_000);
    };
    const other = await openEntrances({ sessionOf: apiSessions(roles) });
    const statusOf = async (signing: Signing) => {
      const address = `${other.url}/platform/event-trackers`;
      const response = await fetch(address, await signedRequest('GET', address, {}, signing));
      await response.text();
      return response.status;
    };
    const session = sessionIn('123456789012', 'platform');
    expect(await statusOf(session)).toBe(200);
    expect(await statusOf({ ...session, sessionToken: `${session.sessionToken}x` })).toBe(403);
    expect(await statusOf({ ...session, secretAccessKey: 'another' })).toBe(403);
    expect(await statusOf(sessionIn('210987654321', 'platform'))).toBe(403);
    now += 901_000;
    expect(await statusOf(session)).toBe(403);
    await other.close();
  });

  it('is refused if the list of roles is empty, and accepted for any role on the list', async () => {
    for (const [platformRoles, status] of [
      ['', { platform: 403, outsider: 403 }],
      [
        'arn:aws:iam::123456789012:role/x, arn:aws:iam::123456789012:role/teams/outsider',
        { platform: 403, outsider: 200 },
      ],
    ] as const) {
      const other = await openEntrances({ platformRoles });
      for (const accessKeyId of ['platform', 'outsider'] as const) {
        const address = `${other.url}/platform/event-trackers`;
        const response = await fetch(address, await signedRequest('GET', address, {}, { accessKeyId }));
        expect(response.status, `${accessKeyId} of "${platformRoles}"`).toBe(status[accessKeyId]);
        await response.text();
      }
      await other.close();
    }
  });
});

it('a space in the query may be sent as + and signed as %20', async () => {
  const answer = await ask('GET', '/platform/event-trackers?status=CREATE%20FAILED', {
    to: '/platform/event-trackers?status=CREATE+FAILED',
  });
  expect(answer.status).toBe(200);
  const plus = await ask('GET', '/platform/event-trackers?status=CREATE%2BFAILED', {
    to: '/platform/event-trackers?status=CREATE+FAILED',
  });
  expect(plus).toEqual(FORBIDDEN);
});

describe('a presigned URL', () => {
  const PATH = '/platform/event-trackers?status=CREATE%20FAILED&tenantId=acme';
  const at = () => new Date(Math.floor(Date.now() / 1000) * 1000);
  const get = async (url: string, init: RequestInit = {}) => {
    const response = await fetch(url, init);
    return { status: response.status, body: await response.json() };
  };

  it('is accepted with its query in any order', async () => {
    const url = new URL(await presignedUrl('GET', `${world.url}${PATH}`));
    expect(await get(url.href)).toMatchObject({ status: 200, body: { isPlatform: true } });
    url.search = new URLSearchParams([...url.searchParams].reverse()).toString();
    expect((await get(url.href)).status).toBe(200);
  });

  it.each([
    [60, 50, 200],
    [60, -290, 200],
    [60, -310, 403],
    [60, 70, 403],
    [604_800, 604_000, 200],
    [604_800, 604_900, 403],
  ])('valid for %i s, used %i s after signing: %i', async (expiresIn, seconds, status) => {
    skew = seconds * 1000;
    try {
      const url = await presignedUrl('GET', `${world.url}${PATH}`, { expiresIn, at: at() });
      expect((await get(url)).status).toBe(status);
    } finally {
      skew = 0;
    }
  });

  it.each<[string, (query: URLSearchParams) => void]>([
    ['another parameter', (query) => query.set('tenantId', 'umbrella')],
    ['an additional parameter', (query) => query.set('maxResults', '1')],
    ['a longer validity', (query) => query.set('X-Amz-Expires', '604800')],
    ['a validity of more than seven days', (query) => query.set('X-Amz-Expires', '604801')],
    ['no validity', (query) => query.delete('X-Amz-Expires')],
    ['no algorithm', (query) => query.delete('X-Amz-Algorithm')],
    [
      'another key',
      (query) => query.set('X-Amz-Credential', (query.get('X-Amz-Credential') ?? '').replace('platform', 'outsider')),
    ],
    ['no signed headers', (query) => query.set('X-Amz-SignedHeaders', '')],
    ['its signature twice', (query) => query.append('X-Amz-Signature', query.get('X-Amz-Signature') ?? '')],
  ])('with %s: 403', async (_what, change) => {
    const url = new URL(await presignedUrl('GET', `${world.url}${PATH}`));
    change(url.searchParams);
    expect(await get(url.href)).toEqual(FORBIDDEN);
  });

  it('with another method, a body, or an additional Authorization header: 403', async () => {
    const address = `${world.url}/platform/event-trackers`;
    const url = await presignedUrl('GET', address);
    expect(await get(url, { method: 'POST', body: '{}' })).toEqual(FORBIDDEN);
    expect(await get(await presignedUrl('POST', address), { method: 'POST', body: '{}' })).toEqual(FORBIDDEN);
    expect(await get(url, await signedRequest('GET', address))).toEqual(FORBIDDEN);
  });
});

describe('403 {"message":"Forbidden"} for', () => {
  const path = '/platform/event-trackers';
  it.each<[string, AskOptions]>([
    ['a wrong secret', { signing: { secretAccessKey: 'guessed' } }],
    ['an unknown access key', { signing: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE' } }],
    ['the handlers’ own access key', { signing: { accessKeyId: 'local' } }],
    ['another service', { signing: { service: 'personalize' } }],
    ['another Region', { signing: { region: 'eu-west-1' } }],
    ['another query', { to: `${path}?tenantId=umbrella` }],
    ['another path', { to: '/platform/event-trackers/et-x' }],
    ['a missing Authorization', { change: withHeaders(({ authorization: _, ...rest }) => rest) }],
    ['a missing date', { change: withHeaders(({ 'x-amz-date': _, ...rest }) => rest) }],
    [
      'another date',
      { change: withHeaders((all) => ({ ...all, 'x-amz-date': amzDate(new Date(Date.now() + 2_000)) })) },
    ],
    ['an unsigned x-amz- header', { change: withHeaders((all) => ({ ...all, 'x-amz-security-token': 'x' })) }],
    [
      'a modified signed header',
      { headers: { prefer: 'wait=1' }, change: withHeaders((all) => ({ ...all, prefer: 'wait=25' })) },
    ],
    [
      'an unsigned host',
      {
        change: withHeaders((all) => ({
          ...all,
          authorization: (all.authorization ?? '').replace(/host;/, ''),
        })),
      },
    ],
    ['a token', { change: withHeaders(() => ({ authorization: 'Bearer a.b.c' })) }],
    [
      'a truncated signature',
      { change: withHeaders((all) => ({ ...all, authorization: (all.authorization ?? '').slice(0, -1) })) },
    ],
    [
      'another algorithm',
      {
        change: withHeaders((all) => ({
          ...all,
          authorization: (all.authorization ?? '').replace('HMAC-SHA256', 'ECDSA-P256-SHA256'),
        })),
      },
    ],
  ])('%s', async (_what, options) => {
    expect(await ask('GET', path, options)).toEqual(FORBIDDEN);
  });

  it('another method or body, even with the hash of the signed body', async () => {
    expect(await ask('GET', `${path}/et-x`, { change: (sent) => ({ ...sent, method: 'DELETE' }) })).toEqual(FORBIDDEN);
    const body = '{"tenantId":"acme"}';
    const other = (sent: Sent) => ({ ...sent, body: '{"tenantId":"other"}' });
    expect(await ask('POST', path, { body, change: other })).toEqual(FORBIDDEN);
    const headers = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
    expect(await ask('POST', path, { body, headers })).toEqual(FORBIDDEN);
  });

  it.each([
    [290, 200],
    [-290, 200],
    [310, 403],
    [-310, 403],
    [86_400, 403],
  ])('a date that is %i s off: %i', async (seconds, status) => {
    skew = seconds * 1000;
    try {
      expect((await ask('GET', path, { signing: { at: new Date(Math.floor(Date.now() / 1000) * 1000) } })).status).toBe(
        status,
      );
    } finally {
      skew = 0;
    }
  });

  it('a body over 10 MB, because its signature cannot be verified', async () => {
    const body = 'x'.repeat(10 * 1024 * 1024 + 1);
    expect(await ask('POST', path, { body: '{}', change: (sent) => ({ ...sent, body }) })).toEqual(FORBIDDEN);
  });

  it('a signed request to a tenant route, which is a 401', async () => {
    const address = `${world.url}/event-trackers`;
    expect((await fetch(address, await signedRequest('GET', address))).status).toBe(401);
  });
});

const amzDate = (at: Date): string => `${at.toISOString().replace(/[-:]|\.\d+/g, '')}`;
