import { createLocalJWKSet, decodeProtectedHeader, errors, type JSONWebKeySet, jwtVerify } from 'jose';

/** A token that was let in. */
export interface Verified {
  readonly claims: Readonly<Record<string, unknown>>;
  readonly scopes: readonly string[];
}

/** A request that is not let in, with the challenge that the 401 carries in `WWW-Authenticate`. */
export interface Unauthorized {
  readonly challenge: string;
}

export interface JwtAuthorizer {
  /** @param authorization the Authorization header; API Gateway takes a bare token as well as a Bearer one */
  verify(authorization: string | undefined): Promise<Verified | Unauthorized>;
}

/** Without a token: the scheme and nothing else. */
const NO_TOKEN: Unauthorized = { challenge: 'Bearer' };
/**
 * With one that is refused. The texts are those that AWS's documentation (the audience) and published answers and access logs of HTTP
 * APIs show (segments, signing method, issuer); for any other fault no text was found, and none is made up.
 */
const refused = (description?: string): Unauthorized => ({
  challenge: `Bearer scope="" error="invalid_token"${description === undefined ? '' : ` error_description="${description}"`}`,
});
const WRONG_AUDIENCE = 'the token does not have a valid audience';

/** Of a JOSE error, in what API Gateway would say of the token. */
function describe(error: errors.JOSEError, token: string): string | undefined {
  if (token.split('.').length !== 3) return 'token contains an invalid number of segments';
  if (error instanceof errors.JOSEAlgNotAllowed) return `signing method ${algorithmOf(token)} is invalid`;
  const isIssuer = error instanceof errors.JWTClaimValidationFailed && error.claim === 'iss';
  return isIssuer ? 'issuer does not match' : undefined;
}

/** The caller's own text goes into a header: only what an algorithm's name may hold. */
const algorithmOf = (token: string): string =>
  /^[\w-]{1,20}$/.exec(String(decodeProtectedHeader(token).alg))?.[0] ?? '';

/**
 * Refuses what API Gateway's JWT authorizer refuses: no token, another algorithm than the RSA ones, a key that the issuer does
 * not have, another issuer or audience (`client_id` where there is no `aud`), no or a past `exp`, `nbf` or `iat` to come.
 */
export function createJwtAuthorizer(options: {
  /** The issuer's keys as they are now: after a rotation it gives another set. */
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
        return { claims: payload, scopes: scopesOf(payload.scope ?? payload.scp) };
      } catch (error) {
        if (error instanceof errors.JOSEError) return refused(describe(error, token));
        throw error;
      }
    },
  };
}

const scopesOf = (claim: unknown): string[] => {
  if (typeof claim === 'string') return claim.split(' ').filter(Boolean);
  return Array.isArray(claim) ? claim.filter((scope) => typeof scope === 'string') : [];
};
