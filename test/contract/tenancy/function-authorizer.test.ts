import { importJWK, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AUDIENCE, ISSUER, rotateSigningKey, signingKey } from '../../../infra/local/identity/keys.ts';
import { openEntrances } from './entrances.ts';

type World = Awaited<ReturnType<typeof openEntrances>>;
let jwt: World;
let lambda: World;
let now = Date.now();
const clock = () => now;
beforeAll(async () => {
  [jwt, lambda] = await Promise.all([openEntrances(), openEntrances({ isFunction: true, clock })]);
});
afterAll(() => Promise.all([jwt.close(), lambda.close()]));

const seconds = () => Math.floor(Date.now() / 1000);
const good = () => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 's',
  tenant: 'acme',
  scope: 'event-trackers/read',
  exp: seconds() + 600,
});

async function tokenOf({ folder }: World, claims: Record<string, unknown>): Promise<string> {
  const key = await signingKey(folder);
  const payload = Object.entries({ ...good(), ...claims }).filter(([, value]) => value !== undefined);
  return new SignJWT(Object.fromEntries(payload) as JWTPayload)
    .setProtectedHeader({ alg: 'RS256', kid: key.kid })
    .sign(await importJWK(key, 'RS256'));
}

async function send({ url }: World, authorization: string | undefined, method = 'GET', path = '/event-trackers') {
  const headers = authorization === undefined ? {} : { authorization };
  const response = await fetch(`${url}${path}`, { method, headers });
  return {
    status: response.status,
    body: (await response.json()) as unknown,
    challenge: response.headers.get('www-authenticate'),
  };
}
const ask = async (world: World, claims: Record<string, unknown>, ...route: string[]) =>
  send(world, `Bearer ${await tokenOf(world, claims)}`, ...route);

const READ = 'event-trackers/read';
const PLATFORM = 'event-trackers/platform';

describe('a valid token has the same caller and the same refusals as with the JWT authorizer', () => {
  it.each<[string, Record<string, unknown>, string?, string?]>([
    ['a tenant', {}],
    ['several scopes', { scope: 'event-trackers/write  event-trackers/read' }],
    ['scp as a list', { scope: undefined, scp: ['event-trackers/write', READ] }],
    ['scp as a list with an entry that has a space', { scope: undefined, scp: [`event-trackers/write ${READ}`] }],
    ['scp as a list that is no platform', { scope: undefined, scp: [READ, `x ${PLATFORM}`] }],
    ['scp as a list of a platform', { scope: undefined, scp: [READ, PLATFORM] }],
    ['no scope', { scope: undefined }],
    ['a scope that is a text in brackets', { scope: `[x ${READ} ${PLATFORM}]` }],
    ['a scope with a line feed', { scope: `${READ} x\n${PLATFORM}` }],
    ['the scope of another route', { scope: 'event-trackers/write' }],
    ['a scope that only starts with the route’s', { scope: 'event-trackers/readonly' }],
    ['the platform’s scope alone', { scope: PLATFORM }],
    ['a platform', { scope: `${READ} ${PLATFORM}`, tenant: undefined }],
    ['a platform with a tenant', { scope: `${READ} ${PLATFORM}` }],
    ['a platform with a tenant that is null', { scope: `${READ} ${PLATFORM}`, tenant: null }],
    ['no tenant', { tenant: undefined }],
    ['a tenant in a list', { tenant: ['acme'] }],
    ['a tenant in an object', { tenant: { acme: true } }],
    ['a tenant that is the text of a list', { tenant: '[acme]' }],
    ['a tenant that is a number', { tenant: 7 }],
    ['dataset groups', { datasetGroups: ['acme-shop', 'acme-blog'] }],
    ['dataset groups as a text', { datasetGroups: 'acme-shop acme-blog' }],
    ['dataset groups in an unknown form', { datasetGroups: [{ a: 'acme-shop' }] }],
    ['no dataset groups', { datasetGroups: [] }],
    ['dataset groups that are null', { datasetGroups: null }],
    ['a claim named constructor', { constructor: 'x', toString: 'y' }],
    ['a write route with its scope', { scope: 'event-trackers/write' }, 'POST'],
    ['a write route without its scope', {}, 'POST'],
    ['the history', {}, 'GET', '/event-trackers/et-1/history'],
    ['interactions without their scope', {}, 'POST', '/event-trackers/et-1/events'],
    ['a client in client_id', { aud: undefined, client_id: AUDIENCE }],
  ])('%s', async (_, claims, ...route) => {
    const answer = await ask(lambda, claims, ...(route as string[]));
    expect(answer).toEqual(await ask(jwt, claims, ...(route as string[])));
    expect([200, 403]).toContain(answer.status);
  });
});

const FORBIDDEN = { status: 403, body: { message: 'Forbidden' }, challenge: null };

describe('a token that is not valid is a 403, where the JWT authorizer answers 401', () => {
  it.each<[string, Record<string, unknown>]>([
    ['another issuer', { iss: `${ISSUER}/` }],
    ['another audience', { aud: 'other' }],
    ['another client', { aud: undefined, client_id: 'other' }],
    ['an expiration in the past', { exp: seconds() - 1 }],
    ['no expiration', { exp: undefined }],
    ['a not-before time in the future', { nbf: seconds() + 300 }],
    ['token_use id', { token_use: 'id' }],
    ['scopes as a list in scope: the library takes a text only', { scope: [READ] }],
  ])('%s', async (_, claims) => {
    expect(await ask(lambda, claims)).toEqual(FORBIDDEN);
  });

  it('rubbish', async () => {
    for (const text of ['Bearer rubbish', 'rubbish', 'Bearer', 'Bearer a.b.c', 'Basic YTpi']) {
      expect(await send(lambda, text), text).toEqual(FORBIDDEN);
    }
  });
});

it('no token is a 401', async () => {
  const unauthorized = { status: 401, body: { message: 'Unauthorized' }, challenge: null };
  expect(await send(lambda, undefined)).toEqual(unauthorized);
  expect(await send(lambda, '')).toEqual(unauthorized);
});

it('a kept answer serves every route, but no route whose scope the token lacks', async () => {
  const token = `Bearer ${await tokenOf(lambda, {})}`;
  expect((await send(lambda, token)).status).toBe(200);
  expect(await send(lambda, token, 'POST')).toEqual(FORBIDDEN);
  expect(await send(lambda, token, 'POST', '/event-trackers/et-1/events')).toEqual(FORBIDDEN);
  expect((await send(lambda, token)).status).toBe(200);
});

it('a kept answer ends with its token, with the response of the JWT authorizer', async () => {
  const token = `Bearer ${await tokenOf(lambda, { exp: Math.floor(now / 1000) + 60 })}`;
  expect((await send(lambda, token)).status).toBe(200);
  now += 60_000;
  expect(await send(lambda, token)).toEqual({
    status: 401,
    body: { message: 'Unauthorized' },
    challenge: 'Bearer scope="" error="invalid_token"',
  });
  now -= 60_000;
});

it('a token of a rotated key works', async () => {
  expect((await ask(lambda, {})).status).toBe(200);
  await rotateSigningKey(lambda.folder);
  expect((await ask(lambda, { sub: 'after the rotation' })).status).toBe(200);
});
