import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify } from 'jose';

/** A token that was let in. */
export interface Verified {
  readonly claims: Readonly<Record<string, unknown>>;
  readonly scopes: readonly string[];
}

export interface JwtAuthorizer {
  /** @param authorization the Authorization header; API Gateway takes a bare token as well as a Bearer one */
  verify(authorization: string | undefined): Promise<Verified | 'unauthorized'>;
}

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
      const token = authorization.replace(/^Bearer +/i, '').trim();
      if (token === '') return 'unauthorized';
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
        if (protectedHeader.kid === undefined || issuedLater || !audiences.includes(options.audience))
          return 'unauthorized';
        return { claims: payload, scopes: scopesOf(payload.scope ?? payload.scp) };
      } catch (error) {
        if (error instanceof errors.JOSEError) return 'unauthorized';
        throw error;
      }
    },
  };
}

const scopesOf = (claim: unknown): string[] => {
  if (typeof claim === 'string') return claim.split(' ').filter(Boolean);
  return Array.isArray(claim) ? claim.filter((scope) => typeof scope === 'string') : [];
};
