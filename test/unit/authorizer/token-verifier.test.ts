import { createHmac } from 'node:crypto';
import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createAudience } from '../../../functions/authorizer/audience.ts';
import { IssuerError } from '../../../functions/authorizer/issuer-document.ts';
import { CONFIGURATION, ISSUER, Issuer } from './issuer.ts';

let issuer: Issuer;
beforeEach(async () => {
  issuer = new Issuer();
  await issuer.addKey('key-1');
});
const seconds = () => Math.floor(issuer.now / 1000);

test('a valid token is accepted, with Bearer or without', async () => {
  const token = await issuer.token({ scope: 'event-trackers/read' });
  for (const header of [token, `Bearer ${token}`, `bearer  ${token} `]) {
    expect(await issuer.verifier().verify(header)).toEqual({
      payload: expect.objectContaining({ tenant: 'acme', scope: 'event-trackers/read' }),
    });
  }
});

test.each<[string, Record<string, unknown>, string]>([
  ['another issuer', { iss: `${ISSUER}2` }, 'its issuer is another'],
  ['an issuer with a trailing slash', { iss: `${ISSUER}/` }, 'its issuer is another'],
  ['no issuer', { iss: undefined }, 'its issuer is another'],
  ['an expiration in the past', { exp: Math.floor(Date.now() / 1000) - 5 }, 'it has expired'],
  ['an expiration long past', { exp: 1 }, 'it has expired'],
  ['no expiration', { exp: undefined }, 'it has no exp'],
  ['an expiration that is text', { exp: '9999999999' }, 'it is no JWT'],
  ['a not-before time in the future', { nbf: Math.floor(Date.now() / 1000) + 300 }, 'nbf is in the future'],
  ['an issue time in the future', { iat: Math.floor(Date.now() / 1000) + 300 }, 'iat is in the future'],
  ['another client', { client_id: 'client-3' }, 'its client is not accepted'],
  ['no client', { client_id: undefined }, 'its client is not accepted'],
  ['a client that only contains an accepted one', { client_id: 'client-1,client-2' }, 'its client is not accepted'],
  ['an audience that is not accepted beside a client that is', { aud: 'other' }, 'its client is not accepted'],
  ['an empty audience beside a client that is accepted', { aud: [] }, 'its client is not accepted'],
  ['an ID token', { token_use: 'id', aud: 'client-1' }, 'token_use is not access'],
  ['a token_use that is no text', { token_use: ['access'] }, 'token_use is not access'],
  ['a token_use that is null', { token_use: null }, 'token_use is not access'],
])('a token with %s is refused', async (_, claims, refused) => {
  expect(await issuer.verifier().verify(await issuer.token(claims))).toEqual({ refused });
});

test.each<[string, Record<string, unknown>]>([
  ['its client in aud', { aud: 'client-2', client_id: undefined }],
  ['its client in a list', { aud: ['x', 'client-2'], client_id: undefined }],
  ['no token_use, as other issuers than Cognito', { token_use: undefined }],
  [
    'nbf and iat some seconds ahead',
    { nbf: Math.floor(Date.now() / 1000) + 30, iat: Math.floor(Date.now() / 1000) + 30 },
  ],
])('a token with %s is accepted', async (_, claims) => {
  expect(await issuer.verifier().verify(await issuer.token(claims))).toHaveProperty('payload');
});

test('token_use is that of the deployment', async () => {
  const id = await issuer.token({ token_use: 'id', aud: 'client-1' });
  const access = await issuer.token();
  const answers = async (tokenUse: 'id' | 'any') =>
    Promise.all([id, access].map((token) => issuer.verifier({ tokenUse }).verify(token)));
  expect(await answers('id')).toEqual([{ payload: expect.anything() }, { refused: 'token_use is not id' }]);
  expect(await answers('any')).toEqual([{ payload: expect.anything() }, { payload: expect.anything() }]);
});

describe('a forged token is refused', () => {
  test.each(['', 'Bearer', 'rubbish', 'a.b', 'a.b.c.d', '..', 'e30.e30.e30', 'bnVsbA.bnVsbA.AAAA', 'W10.W10.AAAA'])(
    'text: %s',
    async (text) => {
      expect(await issuer.verifier().verify(text)).toHaveProperty('refused');
      expect(issuer.reads).toEqual([]);
    },
  );

  test('the algorithm none', async () => {
    const claims = issuer.claims();
    const [, payload] = new UnsecuredJWT(claims).encode().split('.');
    for (const alg of ['none', 'None', '', undefined, 7]) {
      const header = Buffer.from(JSON.stringify({ alg, kid: 'key-1' })).toString('base64url');
      for (const signature of ['', 'AAAA']) {
        expect(await issuer.verifier().verify(`${header}.${payload}.${signature}`)).toHaveProperty('refused');
      }
    }
  });

  test('HS256 with the public key as the secret, and other algorithms under the key’s ID', async () => {
    const { keys } = issuer.documents[`${ISSUER}/.well-known/jwks.json`] as { keys: { n: string }[] };
    for (const secret of [JSON.stringify(keys[0]), keys[0]?.n ?? '', '']) {
      const header = Buffer.from('{"alg":"HS256","kid":"key-1"}').toString('base64url');
      const payload = Buffer.from(JSON.stringify(issuer.claims())).toString('base64url');
      const signature = createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url');
      expect(await issuer.verifier().verify(`${header}.${payload}.${signature}`)).toHaveProperty('refused');
    }
    for (const alg of ['ES256', 'PS256', 'EdDSA', 'RS384']) {
      const { privateKey } = await generateKeyPair(alg);
      const token = await new SignJWT(issuer.claims()).setProtectedHeader({ alg, kid: 'key-1' }).sign(privateKey);
      expect(await issuer.verifier().verify(token), alg).toHaveProperty('refused');
    }
  });

  test('a foreign key, also one in the header; a modified payload or signature; no key ID', async () => {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    const forged = new SignJWT(issuer.claims()).setProtectedHeader({ alg: 'RS256', kid: 'key-1' }).sign(privateKey);
    expect(await issuer.verifier().verify(await forged)).toEqual({ refused: 'its signature is invalid' });
    const own = { jku: 'https://evil.example.org/jwks.json', jwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB' } };
    const pointing = new SignJWT(issuer.claims())
      .setProtectedHeader({ alg: 'RS256', kid: 'own', ...own })
      .sign(privateKey);
    expect(await issuer.verifier().verify(await pointing)).toEqual({ refused: 'its key is unknown' });
    expect(issuer.reads.every((url) => url.startsWith(ISSUER))).toBe(true);
    const [header, , signature] = (await issuer.token()).split('.');
    const payload = Buffer.from(JSON.stringify(issuer.claims({ tenant: 'umbrella' }))).toString('base64url');
    expect(await issuer.verifier().verify(`${header}.${payload}.${signature}`)).toHaveProperty('refused');
    const nameless = await issuer.token({}, 'key-1', { kid: undefined });
    expect(await issuer.verifier().verify(nameless)).toEqual({ refused: 'it names no key' });
  });
});

describe('the clients of a pattern', () => {
  const verifierOf = (pattern: string) => issuer.verifier({ audience: createAudience('listed', pattern) });

  test('match it from the first to the last character', async () => {
    const verifier = verifierOf('^[a-z0-9]{26}$');
    const isAccepted = async (id: unknown) =>
      'payload' in (await verifier.verify(await issuer.token({ client_id: id })));
    const id = 'abcdefghijklmnopqrstuvwxyz';
    expect(await isAccepted(id)).toBe(true);
    expect(await isAccepted('listed')).toBe(true);
    for (const other of [
      `${id}0`,
      id.slice(1),
      `${id}\n`,
      `x\n${id}`,
      `${id.slice(1)}-`,
      id.toUpperCase(),
      '',
      [id],
      7,
      null,
    ]) {
      expect(await isAccepted(other), JSON.stringify(other)).toBe(false);
    }
  });

  test('are compared in linear time', async () => {
    const verifier = verifierOf('^[a-z]+[0-9]*[A-Z]{1,9}$');
    const begin = performance.now();
    for (const id of ['a'.repeat(100_000), `${'a'.repeat(100_000)}!`]) {
      expect(await verifier.verify(await issuer.token({ client_id: id }))).toEqual({
        refused: 'its client is not accepted',
      });
    }
    expect(performance.now() - begin).toBeLessThan(5_000);
  });

  test.each(['[a-z]+', '^[a-z]+', '^(a+)+$', '^.*$', '^[a-z]*$', '^[a-z]+[a-z]+$', '^[a-z]+$|^x$', '^\\w+$'])(
    'must be safe: %s is refused',
    (pattern) => {
      expect(() => createAudience('', pattern)).toThrow(/^AUDIENCE_PATTERN /);
    },
  );
});

describe('the keys of the issuer', () => {
  test('are read once, and again for a key that was added', async () => {
    const verifier = issuer.verifier();
    const first = await issuer.token();
    for (let n = 0; n < 3; n++) expect(await verifier.verify(first)).toHaveProperty('payload');
    expect(issuer.reads).toHaveLength(2);
    await issuer.addKey('key-2');
    const second = await issuer.token({}, 'key-2');
    for (const token of [second, first]) expect(await verifier.verify(token)).toHaveProperty('payload');
    expect(issuer.reads).toHaveLength(3);
  });

  test('are read at most every ten seconds for unknown keys', async () => {
    const verifier = issuer.verifier();
    const unknown = await issuer.token({}, 'key-1', { kid: 'unknown' });
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      for (let n = 0; n < 5; n++) expect(await verifier.verify(unknown)).toHaveProperty('refused');
      expect(issuer.reads).toHaveLength(2);
      vi.advanceTimersByTime(10_000);
      expect(await verifier.verify(unknown)).toHaveProperty('refused');
      expect(issuer.reads).toHaveLength(3);
    } finally {
      vi.useRealTimers();
    }
  });

  test('are read again after an hour, so that a removed key ends', async () => {
    const verifier = issuer.verifier();
    expect(await verifier.verify(await issuer.token())).toHaveProperty('payload');
    await issuer.addKey('key-2', { replace: true });
    expect(await verifier.verify(await issuer.token())).toHaveProperty('payload');
    issuer.now += 3_600_000;
    vi.useFakeTimers({ toFake: ['Date'], now: issuer.now });
    try {
      expect(await verifier.verify(await issuer.token())).toEqual({ refused: 'its key is unknown' });
    } finally {
      vi.useRealTimers();
    }
  });

  test('no answer is an error and no refusal, and the next token is judged', async () => {
    const verifier = issuer.verifier();
    const token = await issuer.token();
    const { [CONFIGURATION]: configuration, ...rest } = issuer.documents;
    delete issuer.documents[CONFIGURATION];
    await expect(verifier.verify(token)).rejects.toThrow(IssuerError);
    issuer.documents[CONFIGURATION] = configuration;
    const [jwks = ''] = Object.keys(rest);
    delete issuer.documents[jwks];
    await expect(verifier.verify(token)).rejects.toThrow(IssuerError);
    issuer.documents[jwks] = 'not the keys';
    await expect(verifier.verify(token)).rejects.toThrow('JWKS');
    issuer.documents[jwks] = rest[jwks];
    expect(await verifier.verify(token)).toHaveProperty('payload');
  });

  test.each([
    ['another issuer', { issuer: 'https://evil.example.org', jwks_uri: `${ISSUER}/.well-known/jwks.json` }],
    ['keys without TLS', { issuer: ISSUER, jwks_uri: 'http://cognito-idp.us-east-1.amazonaws.com/jwks.json' }],
    ['no keys', { issuer: ISSUER }],
    ['nothing', 7],
  ])('a configuration with %s is an error', async (_, configuration) => {
    issuer.documents[CONFIGURATION] = configuration;
    await expect(issuer.verifier().verify(await issuer.token())).rejects.toThrow(IssuerError);
  });

  test('a key without an algorithm is used for RSA only', async () => {
    await issuer.addKey('bare', { changed: { alg: undefined as never } });
    expect(await issuer.verifier().verify(await issuer.token({}, 'bare'))).toHaveProperty('payload');
    for (const alg of ['ES256', 'EdDSA']) {
      const other = await generateKeyPair(alg);
      const token = await new SignJWT(issuer.claims()).setProtectedHeader({ alg, kid: 'bare' }).sign(other.privateKey);
      expect(await issuer.verifier().verify(token)).toHaveProperty('refused');
    }
  });
});

test('seconds and milliseconds are not confused: a token ends at exp', async () => {
  const verifier = issuer.verifier();
  const token = await issuer.token({ exp: seconds() + 5 });
  expect(await verifier.verify(token)).toHaveProperty('payload');
  issuer.now += 6_000;
  expect(await verifier.verify(token)).toEqual({ refused: 'it has expired' });
});
