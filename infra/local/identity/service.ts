import { AwsError, errorAnswer, jsonAnswer, type WireAnswer, type WireService } from '../wire.ts';
import { createJwtAuthorizer, type JwtAuthorizer } from './authorizer.ts';
import { ALGORITHM, AUDIENCE, ISSUER, publicPart, signingKey } from './keys.ts';

export interface Identity {
  readonly authorizer: JwtAuthorizer;
  /** `/_issuer/.well-known/openid-configuration` and `jwks.json`. It shows the public key, and mints nothing. */
  readonly issuer: WireService;
}

/** The local issuer of one data folder, and the authorizer that trusts it. */
export async function createIdentity(folder: string): Promise<Identity> {
  const jwks = { keys: [publicPart(await signingKey(folder))] };
  return {
    authorizer: createJwtAuthorizer({ jwks, issuer: ISSUER, audience: AUDIENCE }),
    async issuer({ method, path, headers }) {
      const document = documentAt(path, headers.host ?? '', jwks);
      if (document === undefined) return refusal('NotFound', 'The issuer has no such page.', 404);
      if (method !== 'GET') return refusal('MethodNotAllowed', 'The issuer is read by GET.', 405);
      return jsonAnswer(document, 'application/json');
    },
  };
}

const WELL_KNOWN = '/_issuer/.well-known';

function documentAt(path: string, host: string, jwks: object): object | undefined {
  if (path === `${WELL_KNOWN}/jwks.json`) return jwks;
  if (path !== `${WELL_KNOWN}/openid-configuration`) return undefined;
  return {
    issuer: ISSUER,
    // Where this runtime listens, which the issuer's name does not follow.
    jwks_uri: `http://${host}${WELL_KNOWN}/jwks.json`,
    response_types_supported: ['token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [ALGORITHM],
  };
}

const refusal = (code: string, message: string, status: number): WireAnswer =>
  errorAnswer(new AwsError(code, message, status), 'application/json');
