import { importJWK, SignJWT } from 'jose';
import { ALGORITHM, AUDIENCE, ISSUER, signingKey } from './keys.ts';

/** The resource server, as Cognito puts it before each scope. */
const RESOURCE_SERVER = 'event-trackers/';

/** The scopes that the API knows, by their short names. */
export const SCOPES: readonly string[] = ['read', 'write', 'events', 'adopt', 'callback', 'platform'];

export interface TokenRequest {
  readonly tenant?: string;
  /** Short (`read`) or whole (`event-trackers/read`). */
  readonly scopes: readonly string[];
  readonly datasetGroups?: readonly string[];
  readonly expiresInSeconds: number;
}

/** A token of the local issuer, signed with the key in its folder. A secret: whoever holds it is the tenant. */
export async function mintToken(folder: string, request: TokenRequest): Promise<string> {
  const key = await signingKey(folder);
  const now = Math.floor(Date.now() / 1000);
  const scope = request.scopes
    .map((name) => (name.startsWith(RESOURCE_SERVER) ? name : `${RESOURCE_SERVER}${name}`))
    .join(' ');
  return new SignJWT({
    scope,
    ...(request.tenant !== undefined && { tenant: request.tenant }),
    ...(request.datasetGroups && { datasetGroups: [...request.datasetGroups] }),
  })
    .setProtectedHeader({ alg: ALGORITHM, kid: key.kid ?? '', typ: 'JWT' })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(request.tenant ?? 'platform')
    .setIssuedAt(now)
    .setExpirationTime(now + request.expiresInSeconds)
    .sign(await importJWK(key, ALGORITHM));
}
