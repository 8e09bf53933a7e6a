import { createSecretKey } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPair, importJWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AUDIENCE, ISSUER, signingKey } from '../../../infra/local/identity/keys.ts';
import { mintToken } from '../../../infra/local/identity/mint.ts';
import { createIdentity, type Identity } from '../../../infra/local/identity/service.ts';

let parent: string;
let folder: string;
let identity: Identity;
beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), 'identity-test-'));
  folder = join(parent, 'identity');
  identity = await createIdentity(folder);
});
afterAll(() => rmSync(parent, { recursive: true, force: true }));

const now = () => Math.floor(Date.now() / 1000);
const GOOD = () => ({ iss: ISSUER, aud: AUDIENCE, sub: 'acme', iat: now(), exp: now() + 60 });

/** A token with these claims in addition to valid ones. undefined removes a claim. */
async function sign(claims: Record<string, unknown>, header: { alg?: string; kid?: string } = {}) {
  const key = await signingKey(folder);
  const alg = header.alg ?? 'RS256';
  const payload = Object.fromEntries(
    Object.entries({ ...GOOD(), ...claims }).filter(([, value]) => value !== undefined),
  );
  return new SignJWT(payload as JWTPayload)
    .setProtectedHeader({ alg, kid: key.kid, ...header })
    .sign(await importJWK({ ...key, alg }, alg));
}
/** The accepted claims and scopes, or `unauthorized`. test/contract/tenancy/jwt.test.ts covers the challenge. */
const verify = async (token: string | undefined) => {
  const verified = await identity.authorizer.verify(token);
  return 'challenge' in verified ? 'unauthorized' : verified;
};

describe('the key', () => {
  it('is readable by its owner only, and the same for all processes that create it in parallel', async () => {
    const shared = join(parent, 'shared');
    const keys = await Promise.all(Array.from({ length: 4 }, () => signingKey(shared)));
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(1);
    expect(statSync(shared).mode & 0o777).toBe(0o700);
    expect(readdirSync(shared)).toEqual(['signing-key.json']);
    expect(statSync(join(shared, 'signing-key.json')).mode & 0o777).toBe(0o600);
  });
});

describe('the issuer', () => {
  const get = async (path: string, method = 'GET') => {
    const answer = await identity.issuer({
      method,
      path: `/_issuer${path}`,
      query: new URLSearchParams(),
      headers: { host: '127.0.0.1:5566' },
      body: Buffer.of(),
    });
    if (typeof answer === 'symbol') throw new Error('cut');
    return { status: answer.status, body: JSON.parse(answer.body.toString()) };
  };

  it('publishes its configuration and the public part of its key', async () => {
    const { body: configuration } = await get('/.well-known/openid-configuration');
    expect(configuration).toMatchObject({
      issuer: 'http://127.0.0.1:4566/_issuer',
      jwks_uri: 'http://127.0.0.1:5566/_issuer/.well-known/jwks.json',
      id_token_signing_alg_values_supported: ['RS256'],
    });
    const { body: jwks } = await get('/.well-known/jwks.json');
    expect(jwks.keys).toHaveLength(1);
    expect(Object.keys(jwks.keys[0]).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
  });

  it('issues no tokens over HTTP', async () => {
    for (const path of ['/token', '/oauth2/token', '/.well-known/jwks.json']) {
      expect((await get(path, 'POST')).status, path).toBeGreaterThanOrEqual(404);
    }
    expect((await get('/signing-key.json')).status).toBe(404);
  });
});

describe('the authorizer', () => {
  it('accepts tokens of the token command, with their claims and scopes', async () => {
    const token = await mintToken(folder, {
      tenant: 'acme',
      scopes: ['read', 'event-trackers/write'],
      datasetGroups: ['acme-shop'],
      expiresInSeconds: 60,
    });
    for (const header of [`Bearer ${token}`, `bearer ${token}`, token]) {
      expect(await verify(header)).toMatchObject({
        claims: { iss: ISSUER, aud: 'event-trackers', sub: 'acme', tenant: 'acme', datasetGroups: ['acme-shop'] },
        scopes: ['event-trackers/read', 'event-trackers/write'],
      });
    }
  });

  it.each([
    ['client_id instead of aud', { aud: undefined, client_id: AUDIENCE }],
    ['a list as aud', { aud: ['other', AUDIENCE] }],
    ['scp instead of scope', { scp: ['a', 'b'] }],
    ['no iat', { iat: undefined }],
  ])('takes %s', async (_what, claims) => {
    expect(await verify(await sign(claims))).toMatchObject({ claims: { iss: ISSUER } });
  });

  it('reads the scopes from scope or from scp', async () => {
    expect(await verify(await sign({ scope: 'a  b' }))).toMatchObject({ scopes: ['a', 'b'] });
    expect(await verify(await sign({ scp: ['a', 'b'] }))).toMatchObject({ scopes: ['a', 'b'] });
    expect(await verify(await sign({ scp: 'a b' }))).toMatchObject({ scopes: ['a', 'b'] });
    expect(await verify(await sign({}))).toMatchObject({ scopes: [] });
  });

  it.each([
    ['another issuer', { iss: 'http://127.0.0.1:4566/_issuer/' }],
    ['no issuer', { iss: undefined }],
    ['another audience', { aud: 'others' }],
    ['another audience with a valid client_id', { aud: 'others', client_id: AUDIENCE }],
    ['no audience', { aud: undefined }],
    ['no exp', { exp: undefined }],
    ['a past exp', { exp: 1_000 }],
    ['text as exp', { exp: '99999999999' }],
    ['an nbf in the future', { nbf: 99_999_999_999 }],
    ['an iat in the future', { iat: 99_999_999_999 }],
    ['text as iat', { iat: 'yesterday' }],
  ])('refuses %s', async (_what, claims) => {
    expect(await verify(await sign(claims))).toBe('unauthorized');
  });

  it.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['Bearer alone', 'Bearer'],
    ['another scheme', 'Basic YTpi'],
    ['an invalid token', 'Bearer a.b.c'],
  ])('refuses %s', async (_what, header) => {
    expect(await verify(header)).toBe('unauthorized');
  });

  it('refuses other algorithms, keys and signatures', async () => {
    const good = await sign({});
    expect(await verify(good)).not.toBe('unauthorized');
    const [header, payload, signature = ''] = good.split('.');
    expect(await verify(`${header}.${payload}.`)).toBe('unauthorized');
    expect(await verify(`${header}.${payload}.${signature.slice(4)}AAAA`)).toBe('unauthorized');
    const other = Buffer.from(JSON.stringify({ ...GOOD(), tenant: 'other' })).toString('base64url');
    expect(await verify(`${header}.${other}.${signature}`)).toBe('unauthorized');

    expect(await verify(new UnsecuredJWT(GOOD()).encode())).toBe('unauthorized');
    const { kid, n = '' } = await signingKey(folder);
    const publicAsSecret = createSecretKey(Buffer.from(n, 'base64url'));
    expect(await verify(await new SignJWT(GOOD()).setProtectedHeader({ alg: 'HS256', kid }).sign(publicAsSecret))).toBe(
      'unauthorized',
    );
    expect(await verify(await sign({}, { alg: 'PS256' }))).toBe('unauthorized');
    expect(await verify(await sign({}, { kid: 'another' }))).toBe('unauthorized');
    expect(await verify(await sign({}, { kid: undefined }))).toBe('unauthorized');
    const { privateKey } = await generateKeyPair('RS256');
    expect(await verify(await new SignJWT(GOOD()).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey))).toBe(
      'unauthorized',
    );
    expect(existsSync(join(folder, 'signing-key.json'))).toBe(true);
  });
});
