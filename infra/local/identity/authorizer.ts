import { createLocalJWKSet, decodeProtectedHeader, errors, type JSONWebKeySet, jwtVerify } from 'jose';
import { scopesOf } from '../../../functions/authorizer/claims.ts';

/** An accepted token. */
export interface Verified {
  readonly claims: Readonly<Record<string, unknown>>;
  readonly scopes: readonly string[];
}

/** A rejected request, with the `WWW-Authenticate` header of the 401. */
export interface Unauthorized {
  readonly challenge: string;
}

export interface JwtAuthorizer {
  /** @param authorization the Authorization header; like API Gateway, accepts a token with or without Bearer */
  verify(authorization: string | undefined): Promise<Verified | Unauthorized>;
}

/** The challenge without a token: only the scheme. */
const NO_TOKEN: Unauthorized = { challenge: 'Bearer' };
/**
 * The challenge for an invalid token. The descriptions are from the AWS documentation (audience) and from published responses and
 * access logs of HTTP APIs (segments, signing method, issuer). No description is published for other errors.
 */
const refused = (description?: string): Unauthorized => ({
  challenge: `Bearer scope="" error="invalid_token"${description === undefined ? '' : ` error_description="${description}"`}`,
});
const WRONG_AUDIENCE = 'the token does not have a valid audience';

/** API Gateway's description for a JOSE error, if known. */
function describe(error: errors.JOSEError, token: string): string | undefined {
  if (token.split('.').length !== 3) return 'token contains an invalid number of segments';
  if (error instanceof errors.JOSEAlgNotAllowed) return `signing method ${algorithmOf(token)} is invalid`;
  const isIssuer = error instanceof errors.JWTClaimValidationFailed && error.claim === 'iss';
  return isIssuer ? 'issuer does not match' : undefined;
}

/** The algorithm, restricted to safe characters, because the caller's text goes into a header. */
const algorithmOf = (token: string): string =>
  /^[\w-]{1,20}$/.exec(String(decodeProtectedHeader(token).alg))?.[0] ?? '';

/**
 * Rejects the same tokens as API Gateway's JWT authorizer: no token, an algorithm other than RSA, an unknown key, another issuer or
 * audience (`client_id` if there is no `aud`), a missing or past `exp`, a future `nbf` or `iat`.
 */
export function createJwtAuthorizer(options: {
  /** Returns the current keys of the issuer, which change with a rotation. */
  readonly jwks: () => JSONWebKeySet;
  readonly issuer: string;
  readonly audience: string;
}): JwtAuthorizer {
  let known = options.jwks();
  let keys = createLocalJWKSet(known);
  return {
    async verify(authorization = '') {
      const token = authorization.replace(/^Bearer(?: +|$)/i, '').trim();
      if (token === '') return NO_TOKEN;
      const jwks = options.jwks();
      if (jwks !== known) {
        known = jwks;
        keys = createLocalJWKSet(jwks);
      }
      try {
        const { payload, protectedHeader } = await jwtVerify(token, keys, {
          algorithms: ['RS256', 'RS384', 'RS512'],
          issuer: options.issuer,
          requiredClaims: ['exp'],
        });
        const audiences = payload.aud === undefined ? [payload.client_id] : [payload.aud].flat();
        const issuedLater = payload.iat !== undefined && payload.iat > Date.now() / 1000;
        if (!audiences.includes(options.audience)) return refused(WRONG_AUDIENCE);
        if (protectedHeader.kid === undefined || issuedLater) return refused();
        return { claims: payload, scopes: scopesOf(payload) };
      } catch (error) {
        if (error instanceof errors.JOSEError) return refused(describe(error, token));
        throw error;
      }
    },
  };
}
