import { RequestRefused } from './refusals.ts';

/** The tenant is what the token's claim says. Without the separator in it, no tenant's name is a prefix of another's groups. */
const TENANT_PATTERN = /^[a-z0-9]+$/;
const SEPARATOR = '-';

/**
 * The tenant of a token's claims.
 * @throws RequestRefused TENANT_NOT_ALLOWED when the claim is missing, empty, a list, or off the pattern
 */
export function tenantOf(claims: Readonly<Record<string, unknown>>, claimName: string): string {
  const tenant = claims[claimName];
  if (typeof tenant !== 'string' || !TENANT_PATTERN.test(tenant)) {
    throw new RequestRefused({ reason: 'TENANT_NOT_ALLOWED' });
  }
  return tenant;
}

/**
 * A tenant acts on the dataset groups whose names start with the tenant and a hyphen.
 * @throws RequestRefused DATASET_GROUP_NOT_ALLOWED, the same whether or not the group exists or is taken
 */
export function assertMayUse(tenantId: string, datasetGroupArn: string): void {
  const name = datasetGroupArn.slice(datasetGroupArn.lastIndexOf('/') + 1);
  if (!name.startsWith(`${tenantId}${SEPARATOR}`)) throw new RequestRefused({ reason: 'DATASET_GROUP_NOT_ALLOWED' });
}
