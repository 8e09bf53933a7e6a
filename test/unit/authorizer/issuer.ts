import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { createAudience } from '../../../functions/authorizer/audience.ts';
import { IssuerError } from '../../../functions/authorizer/issuer-document.ts';
import { createTokenVerifier, type VerifierOptions } from '../../../functions/authorizer/token-verifier.ts';

export const ISSUER = 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_EXAMPLE';
export const CONFIGURATION = `${ISSUER}/.well-known/openid-configuration`;
const JWKS = `${ISSUER}/.well-known/jwks.json`;

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;
/** By ID: making one takes a tenth of a second. */
const pairs = new Map<string, Promise<KeyPair>>();
function pairOf(kid: string): Promise<KeyPair> {
  const pair = pairs.get(kid) ?? generateKeyPair('RS256', { extractable: true });
  pairs.set(kid, pair);
  return pair;
}

/** An issuer without a network, whose keys and documents a test changes. */
export class Issuer {
  /** What it answers by URL: JSON, or undefined for no answer. */
  readonly documents: Record<string, unknown> = { [CONFIGURATION]: { issuer: ISSUER, jwks_uri: JWKS } };
  /** The URLs that were read. */
  readonly reads: string[] = [];
  /** Milliseconds since the epoch. */
  now = Date.now();
  readonly #keys = new Map<string, KeyPair['privateKey']>();

  /** Adds a key with this ID to its keys, or replaces them. */
  async addKey(kid: string, { replace = false, changed = {} }: { replace?: boolean; changed?: Partial<JWK> } = {}) {
    const { privateKey, publicKey } = await pairOf(kid);
    this.#keys.set(kid, privateKey);
    const key = { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig', ...changed };
    const { keys: before = [] } = (this.documents[JWKS] ?? {}) as { keys?: unknown[] };
    this.documents[JWKS] = { keys: replace ? [key] : [...before, key] };
  }

  readonly readDocument = async (url: string): Promise<ArrayBuffer> => {
    this.reads.push(url);
    if (!(url in this.documents)) throw new IssuerError(`${url} does not answer`);
    return new TextEncoder().encode(JSON.stringify(this.documents[url])).buffer;
  };

  /** Claims of a valid access token; undefined removes one. */
  claims(changed: Record<string, unknown> = {}): JWTPayload {
    const seconds = Math.floor(this.now / 1000);
    const valid = {
      iss: ISSUER,
      client_id: 'client-1',
      token_use: 'access',
      tenant: 'acme',
      iat: seconds,
      exp: seconds + 60,
    };
    return Object.fromEntries(Object.entries({ ...valid, ...changed }).filter(([, value]) => value !== undefined));
  }

  async token(changed: Record<string, unknown> = {}, kid = 'key-1', header: object = {}): Promise<string> {
    const key = this.#keys.get(kid);
    if (key === undefined) throw new Error(`There is no key ${kid}.`);
    return new SignJWT(this.claims(changed)).setProtectedHeader({ alg: 'RS256', kid, ...header }).sign(key);
  }

  verifier(changed: Partial<VerifierOptions> = {}) {
    return createTokenVerifier({
      issuer: ISSUER,
      configurationUrl: CONFIGURATION,
      audience: createAudience('client-1,client-2', ''),
      tokenUse: 'access',
      readDocument: this.readDocument,
      now: () => this.now,
      ...changed,
    });
  }
}
