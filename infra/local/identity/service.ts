import { AwsError, type Clock, errorAnswer, jsonAnswer, REGION, type WireAnswer, type WireService } from '../wire.ts';
import { ACCESS_KEYS } from './access-keys.ts';
import { createJwtAuthorizer, type JwtAuthorizer } from './authorizer.ts';
import { ALGORITHM, AUDIENCE, ISSUER, signingKey, verifyingKeys } from './keys.ts';
import { createIamAuthorizer, type IamAuthorizer, type SessionOf } from './signature.ts';

export interface Identity {
  readonly authorizer: JwtAuthorizer;
  /** The IAM authorization of `/platform`. */
  readonly iam: IamAuthorizer;
  /** Serves `/_issuer/.well-known/openid-configuration` and `jwks.json`. It creates no tokens. */
  readonly issuer: WireService;
}

/** The issuer of a data folder, and the authorizer that trusts it. @param sessionOf finds the sessions of roles that may sign, too */
export async function createIdentity(
  folder: string,
  clock: Clock = Date.now,
  sessionOf?: SessionOf,
): Promise<Identity> {
  await signingKey(folder);
  const jwks = verifyingKeys(folder);
  return {
    authorizer: createJwtAuthorizer({ jwks, issuer: ISSUER, audience: AUDIENCE }),
    iam: createIamAuthorizer({
      ...{ keys: ACCESS_KEYS, region: REGION, service: 'execute-api', clock },
      ...(sessionOf && { sessionOf }),
    }),
    async issuer({ method, path, headers }) {
      const document = documentAt(path, headers.host ?? '', jwks());
      if (document === undefined) return refusal('NotFound', 'The issuer has no such document.', 404);
      if (method !== 'GET') return refusal('MethodNotAllowed', 'Method not allowed. The issuer allows GET.', 405);
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
    // The address of this runtime, which is not part of the issuer identifier.
    jwks_uri: `http://${host}${WELL_KNOWN}/jwks.json`,
    response_types_supported: ['token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [ALGORITHM],
  };
}

const refusal = (code: string, message: string, status: number): WireAnswer =>
  errorAnswer(new AwsError(code, message, status), 'application/json');
