import { importJWK, SignJWT } from 'jose';
import { ALGORITHM, AUDIENCE, ISSUER, signingKey } from './keys.ts';

/** The resource server, which Cognito prefixes to each scope. */
const RESOURCE_SERVER = 'event-trackers/';

/** The scopes of the API, without the prefix. */
export const SCOPES: readonly string[] = ['read', 'write', 'events', 'adopt', 'callback', 'platform'];

export interface TokenRequest {
  readonly tenant?: string;
  /** Without (`read`) or with the prefix (`event-trackers/read`). */
  readonly scopes: readonly string[];
  readonly datasetGroups?: readonly string[];
  /** Names the client as Cognito's access tokens do: `client_id` and `token_use`, without `aud`. */
  readonly clientId?: string;
  readonly expiresInSeconds: number;
}

/** Creates a token of the local issuer, signed with the key in its folder. The token is a secret. */
export async function mintToken(folder: string, request: TokenRequest): Promise<string> {
  const key = await signingKey(folder);
  const now = Math.floor(Date.now() / 1000);
  const scope = request.scopes
    .map((name) => (name.startsWith(RESOURCE_SERVER) ? name : `${RESOURCE_SERVER}${name}`))
    .join(' ');
  const token = new SignJWT({
    scope,
    ...(request.clientId !== undefined && { client_id: request.clientId, token_use: 'access' }),
    ...(request.tenant !== undefined && { tenant: request.tenant }),
    ...(request.datasetGroups && { datasetGroups: [...request.datasetGroups] }),
  })
    .setProtectedHeader({ alg: ALGORITHM, kid: key.kid ?? '', typ: 'JWT' })
    .setIssuer(ISSUER)
    .setSubject(request.tenant ?? 'platform')
    .setIssuedAt(now)
    .setExpirationTime(now + request.expiresInSeconds);
  if (request.clientId === undefined) token.setAudience(AUDIENCE);
  return token.sign(await importJWK(key, ALGORITHM));
}
