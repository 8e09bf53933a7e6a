import { createPublicKey, createSecretKey } from 'node:crypto';
import { exportSPKI, generateKeyPair, importJWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AUDIENCE,
  ISSUER,
  publicPart,
  removeFormerKeys,
  rotateSigningKey,
  signingKey,
} from '../../../infra/local/identity/keys.ts';
import { mintToken } from '../../../infra/local/identity/mint.ts';
import { openEntrances, type Seen } from './entrances.ts';

let world: Awaited<ReturnType<typeof openEntrances>>;
beforeAll(async () => {
  world = await openEntrances();
});
afterAll(() => world.close());

const now = () => Math.floor(Date.now() / 1000);
const good = () => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'someone',
  tenant: 'acme',
  scope: 'event-trackers/read',
  iat: now(),
  exp: now() + 60,
});

/** A token signed with the issuer's key. The claims override valid ones; undefined removes a claim. */
async function tokenWith(claims: Record<string, unknown>, header: { kid?: string } = {}) {
  const key = await signingKey(world.folder);
  const payload = Object.fromEntries(
    Object.entries({ ...good(), ...claims }).filter(([, value]) => value !== undefined),
  );
  return new SignJWT(payload as JWTPayload)
    .setProtectedHeader({ alg: 'RS256', kid: key.kid, ...header })
    .sign(await importJWK(key, 'RS256'));
}

async function ask(token: string | undefined) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${world.url}/event-trackers`, { headers });
  return {
    status: response.status,
    body: (await response.json()) as unknown,
    challenge: response.headers.get('www-authenticate'),
  };
}
/** The answer to a refused token, with the error description if AWS sends one (infra/local/identity/authorizer.ts). */
const refused = (description?: string) => ({
  status: 401,
  body: { message: 'Unauthorized' },
  challenge: `Bearer scope="" error="invalid_token"${description ? ` error_description="${description}"` : ''}`,
});
const UNAUTHORIZED = refused();
const ISSUER_TEXT = 'issuer does not match';
const AUDIENCE_TEXT = 'the token does not have a valid audience';
const SEGMENTS_TEXT = 'token contains an invalid number of segments';

describe('a token is a 401 with', () => {
  it('(for comparison, a valid token: 200)', async () => {
    expect(await ask(await tokenWith({}))).toMatchObject({
      status: 200,
      body: { tenantId: 'acme', isPlatform: false },
    });
  });

  it.each<[string, Record<string, unknown>, string?]>([
    ['another issuer', { iss: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_other' }, ISSUER_TEXT],
    ['an issuer with a trailing slash', { iss: `${ISSUER}/` }, ISSUER_TEXT],
    ['no issuer', { iss: undefined }, ISSUER_TEXT],
    ['another audience', { aud: 'another-api' }, AUDIENCE_TEXT],
    ['another client', { aud: undefined, client_id: 'another-client' }, AUDIENCE_TEXT],
    ['no audience', { aud: undefined }, AUDIENCE_TEXT],
    ['an expiration in the past', { exp: now() - 1 }],
    ['no expiration', { exp: undefined }],
    ['a not-before time in the future', { nbf: now() + 60 }],
    ['an issue time in the future', { iat: now() + 60 }],
  ])('%s', async (_what, claims, description) => {
    expect(await ask(await tokenWith(claims))).toEqual(refused(description));
  });

  it('no token; the challenge is only the scheme', async () => {
    const bare = { status: 401, body: { message: 'Unauthorized' }, challenge: 'Bearer' };
    expect(await ask(undefined)).toEqual(bare);
    expect(await ask('')).toEqual(bare);
  });

  it('text that is not a JWT', async () => {
    for (const token of ['rubbish', 'a.b', 'a.b.c.d']) expect(await ask(token)).toEqual(refused(SEGMENTS_TEXT));
  });

  it('the algorithm none, with and without the issuer’s kid', async () => {
    expect(await ask(new UnsecuredJWT(good()).encode())).toMatchObject({ status: 401 });
    const { kid } = await signingKey(world.folder);
    for (const alg of ['none', 'None', 'NONE']) {
      const [header, payload] = [{ alg, kid, typ: 'JWT' }, good()].map((part) =>
        Buffer.from(JSON.stringify(part)).toString('base64url'),
      );
      const [, , signature] = (await tokenWith({})).split('.');
      expect(await ask(`${header}.${payload}.`), alg).toMatchObject({ status: 401 });
      expect(await ask(`${header}.${payload}.${signature}`), alg).toEqual(refused(`signing method ${alg} is invalid`));
    }
  });

  it('HS256 with the public key as the secret, in every format that the issuer or a tool prints', async () => {
    const key = publicPart(await signingKey(world.folder));
    const object = createPublicKey({ key: { ...key }, format: 'jwk' });
    const pem = await exportSPKI(object);
    const forms = [
      Buffer.from(pem),
      Buffer.from(pem.trim()),
      object.export({ type: 'spki', format: 'der' }),
      Buffer.from(object.export({ type: 'pkcs1', format: 'pem' })),
      Buffer.from(JSON.stringify(key)),
      Buffer.from(key.n ?? '', 'base64url'),
    ];
    for (const secret of forms) {
      const token = await new SignJWT(good())
        .setProtectedHeader({ alg: 'HS256', kid: key.kid })
        .sign(createSecretKey(secret));
      expect(await ask(token)).toEqual(refused('signing method HS256 is invalid'));
    }
  });

  it('a signature that is not RSA', async () => {
    const { kid } = await signingKey(world.folder);
    for (const alg of ['ES256', 'PS256', 'EdDSA']) {
      const { privateKey } = await generateKeyPair(alg);
      const token = await new SignJWT(good()).setProtectedHeader({ alg, kid }).sign(privateKey);
      expect(await ask(token), alg).toEqual(refused(`signing method ${alg} is invalid`));
    }
  });

  it('a foreign key with the issuer’s kid, an unknown kid, or none', async () => {
    const { kid } = await signingKey(world.folder);
    const { privateKey } = await generateKeyPair('RS256');
    const forged = await new SignJWT(good()).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey);
    expect(await ask(forged)).toEqual(UNAUTHORIZED);
    expect(await ask(await tokenWith({}, { kid: 'unknown' }))).toEqual(UNAUTHORIZED);
    expect(await ask(await tokenWith({}, { kid: undefined }))).toEqual(UNAUTHORIZED);
  });

  it('its own key in the header, embedded or as a URL', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...createPublicKey(await exportSPKI(publicKey)).export({ format: 'jwk' }), kty: 'RSA' };
    for (const header of [{ jwk }, { jku: 'http://127.0.0.1:1/jwks.json' }, { x5u: 'http://127.0.0.1:1/x' }]) {
      const token = await new SignJWT(good())
        .setProtectedHeader({ alg: 'RS256', kid: 'own', ...header })
        .sign(privateKey);
      expect(await ask(token)).toEqual(UNAUTHORIZED);
    }
  });

  it('a modified payload, header or signature', async () => {
    const [header = '', payload = '', signature = ''] = (await tokenWith({})).split('.');
    const other = Buffer.from(JSON.stringify({ ...good(), tenant: 'umbrella' })).toString('base64url');
    const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
    for (const token of [
      `${header}.${other}.${signature}`,
      `${header}.${payload}.${flipped}`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${payload}.${payload}.${signature}`,
    ]) {
      expect(await ask(token), token).toMatchObject({ status: 401 });
    }
  });
});

describe('a rotation of the issuer’s key', () => {
  it('keeps the old key valid until it is removed; a running API picks up each step', async () => {
    const mint = () => mintToken(world.folder, { tenant: 'acme', scopes: ['read'], expiresInSeconds: 60 });
    const first = await mint();
    const { kid, former } = await rotateSigningKey(world.folder);
    expect(kid).not.toBe(former);
    const second = await mint();
    expect([(await ask(first)).status, (await ask(second)).status]).toEqual([200, 200]);
    await rotateSigningKey(world.folder);
    const third = await mint();
    for (const token of [first, second, third]) expect((await ask(token)).status).toBe(200);
    expect(removeFormerKeys(world.folder).sort()).toEqual([kid, former].sort());
    expect(await ask(first)).toEqual(UNAUTHORIZED);
    expect(await ask(second)).toEqual(UNAUTHORIZED);
    expect((await ask(third)).status).toBe(200);
    expect(removeFormerKeys(world.folder)).toEqual([]);
  });
});

describe('the tenant of a token', () => {
  it.each<[string, unknown]>([
    ['is missing', undefined],
    ['is empty', ''],
    ['is blank', ' '],
    ['is a list of two', ['acme', 'umbrella']],
    ['is a list of one', ['acme']],
    ['is an empty list', []],
    ['is an object', { acme: true }],
    ['is null', null],
    ['contains the separator', 'acme-eu'],
    ['is in uppercase', 'ACME'],
    ['ends with a line feed', 'acme\n'],
    ['contains a space', 'acme umbrella'],
    ['is the text of a list', '[acme]'],
    ['is a wildcard', '*'],
    ['is longer than any dataset group’s name', 'a'.repeat(64)],
    ['is longer than a key of the table', 'a'.repeat(3000)],
  ])('%s: 403', async (_what, tenant) => {
    expect(await ask(await tokenWith({ tenant }))).toMatchObject({
      status: 403,
      body: { reason: 'TENANT_NOT_ALLOWED' },
    });
  });

  it('comes from the claim that the deployment configures, and from nothing else', async () => {
    const other = await openEntrances({ claimName: 'custom:org' });
    const key = await signingKey(other.folder);
    const sign = async (claims: object) =>
      new SignJWT({ ...good(), ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: key.kid ?? '' })
        .sign(await importJWK(key, 'RS256'));
    const get = async (claims: object) => {
      const headers = { authorization: `Bearer ${await sign(claims)}`, 'x-tenant': 'umbrella', tenant: 'umbrella' };
      const response = await fetch(`${other.url}/event-trackers?tenantId=umbrella&tenant=umbrella`, { headers });
      return { status: response.status, body: await response.json() };
    };
    expect(await get({ 'custom:org': 'org1' })).toMatchObject({ status: 200, body: { tenantId: 'org1' } });
    expect((await get({})).status).toBe(403);
    await other.close();
  });

  it('can come with the dataset groups that it may use: a list, one name, or none', async () => {
    const groupsOf = async (datasetGroups: unknown) =>
      ((await ask(await tokenWith({ datasetGroups }))).body as Seen).datasetGroups;
    expect(await groupsOf(['shop', 'arn:aws:personalize:us-east-1:123456789012:dataset-group/b'])).toEqual([
      'shop',
      'arn:aws:personalize:us-east-1:123456789012:dataset-group/b',
    ]);
    expect(await groupsOf('shop')).toEqual(['shop']);
    expect(await groupsOf('shop blog')).toEqual(['shop', 'blog']);
    // An entry that is neither a name nor an ARN makes the whole claim list nothing.
    for (const odd of ['shop,blog', 'shop\nblog', ['shop', 'a\tblog'], ['shop', { a: 'blog' }], 'shop  blog']) {
      expect(await groupsOf(odd), JSON.stringify(odd)).toEqual([]);
    }
    expect(await groupsOf(null)).toBeUndefined();
    expect(await groupsOf([])).toEqual([]);
    expect(await groupsOf('')).toEqual([]);
    expect(await groupsOf(undefined)).toBeUndefined();
  });

  it('may be missing from a platform’s token, but must be valid if present', async () => {
    const scope = 'event-trackers/read event-trackers/platform';
    expect((await ask(await tokenWith({ scope, tenant: undefined }))).body).toMatchObject({ isPlatform: true });
    expect((await ask(await tokenWith({ scope }))).body).toMatchObject({ isPlatform: true, tenantId: 'acme' });
    for (const tenant of ['', ['acme']]) {
      expect((await ask(await tokenWith({ scope, tenant }))).status).toBe(403);
    }
    // API Gateway leaves out claims that are null.
    expect((await ask(await tokenWith({ scope, tenant: null }))).body).toMatchObject({ isPlatform: true });
  });
});

describe('the scopes of a token', () => {
  it.each<[string, object, number]>([
    ['as a text', { scope: 'event-trackers/write event-trackers/read' }, 200],
    ['as a list', { scope: ['event-trackers/write', 'event-trackers/read'] }, 200],
    ['as scp', { scope: undefined, scp: ['event-trackers/read'] }, 200],
    ['none', { scope: undefined }, 403],
    ['another route’s', { scope: 'event-trackers/write' }, 403],
    ['a short name', { scope: 'read' }, 403],
    ['a name that only starts with the scope', { scope: 'event-trackers/readonly' }, 403],
    ['the platform’s alone', { scope: 'event-trackers/platform' }, 403],
    ['the route’s after a line feed', { scope: 'event-trackers/write\nevent-trackers/read' }, 403],
    ['the route’s after a tab', { scope: 'x\tevent-trackers/read' }, 403],
    ['the route’s in an entry with a space', { scope: ['event-trackers/write event-trackers/read'] }, 403],
  ])('%s: %j is %i', async (_what, claims, status) => {
    expect((await ask(await tokenWith({ ...claims }))).status).toBe(status);
  });

  it('make the caller a platform only by the exact name', async () => {
    for (const scope of [
      'event-trackers/read platform',
      'event-trackers/read event-trackers/platforms',
      // Only spaces separate scopes in a text; in a list, a space is part of the name.
      'event-trackers/read x\nevent-trackers/platform',
      'event-trackers/read x\tevent-trackers/platform',
      'event-trackers/read x\u00a0event-trackers/platform',
      '[x event-trackers/read event-trackers/platform]',
      ['event-trackers/read', 'x event-trackers/platform'],
      ['event-trackers/read', 'event-trackers/platform x'],
      ['event-trackers/read', ['event-trackers/platform']],
    ]) {
      expect((await ask(await tokenWith({ scope }))).body).toMatchObject({ isPlatform: false });
    }
    for (const scope of [
      'event-trackers/read  event-trackers/platform',
      ['event-trackers/read', 'event-trackers/platform'],
    ]) {
      expect((await ask(await tokenWith({ scope }))).body).toMatchObject({ isPlatform: true });
    }
  });
});
