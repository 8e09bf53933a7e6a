import {
  FailedAssertionError,
  JwtExpiredError,
  JwtInvalidIssuerError,
  JwtInvalidSignatureError,
  JwtNotBeforeError,
  JwtParseError,
  JwtWithoutValidKidError,
  KidNotFoundInJwksError,
  WaitPeriodNotYetEndedJwkError,
} from 'aws-jwt-verify/error';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt';
import { JwtVerifier } from 'aws-jwt-verify/jwt-verifier';
import * as z from 'zod';
import { type Audience, isFor } from './audience.ts';
import { IssuerError } from './issuer-document.ts';

/** The algorithms of API Gateway's JWT authorizer. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512'];
/** How long the keys of the issuer are used before they are read again: a removed key is accepted for at most this time. */
const KEYS_MS = 3_600_000;
/** How far the issuer's clock may be ahead. API Gateway keeps a refusal, so a token that is a second early would be refused for minutes. */
const LEEWAY_SECONDS = 60;

export type Payload = Readonly<Record<string, unknown>> & { readonly exp: number };

export interface VerifierOptions {
  /** The `iss` claim of the tokens. */
  readonly issuer: string;
  /** The URL of the issuer's OpenID configuration, which names its keys. */
  readonly configurationUrl: string;
  readonly audience: Audience;
  /** Cognito's `token_use`, for tokens that have this claim. */
  readonly tokenUse: 'access' | 'id' | 'any';
  /** @throws IssuerError */
  readonly readDocument: (url: string) => Promise<ArrayBuffer>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface TokenVerifier {
  /**
   * @param authorization the header, with or without `Bearer`
   * @returns the payload of a valid token, or why it is refused (for the log: no part of the token)
   * @throws IssuerError if the token can't be judged
   */
  verify(authorization: string): Promise<{ readonly payload: Payload } | { readonly refused: string }>;
}

class Refused extends Error {}

/** Verifies tokens with aws-jwt-verify: the signature, `iss`, `exp`, `nbf`, `iat`, the client and `token_use`. */
export function createTokenVerifier(options: VerifierOptions): TokenVerifier {
  const { audience, tokenUse, now } = options;
  let opened: { readonly until: number; readonly verifier: ReturnType<typeof openVerifier> } | undefined;

  /** The keys are cached in the verifier: another one reads them again. */
  async function currentVerifier() {
    const current = opened !== undefined && now() < opened.until ? opened : undefined;
    opened = current ?? { until: now() + KEYS_MS, verifier: openVerifier(options) };
    try {
      return await opened.verifier;
    } catch (error) {
      opened = undefined;
      throw error;
    }
  }

  async function payloadOf(token: string): Promise<Payload> {
    const { alg } = decomposeUnverifiedJwt(token).header;
    if (alg === undefined || !ALGORITHMS.includes(alg)) throw new Refused('the algorithm is not RS256, RS384 or RS512');
    const verifier = await currentVerifier();
    const payload: Readonly<Record<string, unknown>> = await verifier.verify(token);
    const seconds = now() / 1000;
    const { exp, iat } = payload;
    if (typeof exp !== 'number') throw new Refused('it has no exp');
    if (exp <= seconds) throw new Refused('it has expired');
    if (typeof iat === 'number' && iat > seconds + LEEWAY_SECONDS) throw new Refused('iat is in the future');
    if (tokenUse !== 'any' && payload.token_use !== undefined && payload.token_use !== tokenUse)
      throw new Refused(`token_use is not ${tokenUse}`);
    if (!isFor(audience, payload)) throw new Refused('its client is not accepted');
    return { ...payload, exp };
  }

  return {
    async verify(authorization) {
      const token = authorization.replace(/^Bearer(?: +|$)/i, '').trim();
      try {
        return { payload: await payloadOf(token) };
      } catch (error) {
        const refused = error instanceof Refused ? error.message : reasonOf(error);
        if (refused === undefined) throw error;
        return { refused };
      }
    },
  };
}

const configurationSchema = z.object({ issuer: z.string(), jwks_uri: z.url() });

/** Reads where the issuer's keys are; they are read with the first token. */
async function openVerifier({ issuer, configurationUrl, readDocument }: VerifierOptions) {
  const jwksUri = await jwksUriOf({ issuer, configurationUrl, readDocument });
  const jwksCache = new SimpleJwksCache({ fetcher: { fetch: readDocument } });
  return JwtVerifier.create({ issuer, audience: null, jwksUri, graceSeconds: LEEWAY_SECONDS }, { jwksCache });
}

async function jwksUriOf({
  issuer,
  configurationUrl,
  readDocument,
}: Pick<VerifierOptions, 'issuer' | 'configurationUrl' | 'readDocument'>): Promise<string> {
  const text = Buffer.from(await readDocument(configurationUrl)).toString('utf8');
  const { data } = configurationSchema.safeParse(jsonIn(text));
  if (data === undefined) throw new IssuerError(`${configurationUrl} has no issuer and jwks_uri`);
  if (data.issuer !== issuer) throw new IssuerError(`${configurationUrl} is of another issuer: ${data.issuer}`);
  // The laptop's issuer is the only one without TLS.
  if (new URL(data.jwks_uri).protocol !== new URL(configurationUrl).protocol) {
    throw new IssuerError(`${configurationUrl} names keys without TLS: ${data.jwks_uri}`);
  }
  return data.jwks_uri;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * What the errors of aws-jwt-verify about a token mean. A key that is unknown although the keys were just read is one of them: within ten
 * seconds, the library does not read them again.
 */
const REASONS: readonly (readonly [kind: abstract new (...args: never) => Error, reason: string])[] = [
  [JwtParseError, 'it is no JWT'],
  [JwtInvalidSignatureError, 'its signature is invalid'],
  [JwtInvalidIssuerError, 'its issuer is another'],
  [JwtExpiredError, 'it has expired'],
  [JwtNotBeforeError, 'nbf is in the future'],
  [JwtWithoutValidKidError, 'it names no key'],
  [KidNotFoundInJwksError, 'its key is unknown'],
  [WaitPeriodNotYetEndedJwkError, 'its key is unknown'],
  [FailedAssertionError, 'its algorithm is not that of its key'],
];

const reasonOf = (error: unknown): string | undefined => REASONS.find(([kind]) => error instanceof kind)?.[1];
