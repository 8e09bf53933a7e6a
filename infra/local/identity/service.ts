import { AwsError, errorAnswer, jsonAnswer, type WireService } from '../wire.ts';
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
  const documents: Readonly<Record<string, object>> = {
    '/_issuer/.well-known/jwks.json': jwks,
    '/_issuer/.well-known/openid-configuration': {
      issuer: ISSUER,
      jwks_uri: `${ISSUER}/.well-known/jwks.json`,
      response_types_supported: ['token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [ALGORITHM],
    },
  };
  return {
    authorizer: createJwtAuthorizer({ jwks, issuer: ISSUER, audience: AUDIENCE }),
    async issuer({ method, path }) {
      const document = documents[path];
      if (document === undefined) return errorAnswer(new AwsError('NotFound', 'The issuer has no such page.', 404));
      if (method !== 'GET') return errorAnswer(new AwsError('MethodNotAllowed', 'The issuer is read by GET.', 405));
      return jsonAnswer(document, 'application/json');
    },
  };
}
