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

/** The dataset groups that a token lists, by name or ARN; nothing where it lists none. API Gateway hands a list over as `[a b]`. */
export function datasetGroupsOf(claims: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  const { datasetGroups } = claims;
  if (typeof datasetGroups !== 'string') return undefined;
  return datasetGroups
    .replace(/^\[|\]$/g, '')
    .split(/[\s,]+/)
    .filter(Boolean);
}

/**
 * A tenant acts on the dataset groups that its token lists, or else on those whose names start with the tenant and a hyphen.
 * @throws RequestRefused DATASET_GROUP_NOT_ALLOWED, the same whether or not the group exists or is taken
 */
export function assertMayUse(
  tenantId: string,
  datasetGroups: readonly string[] | undefined,
  datasetGroupArn: string,
): void {
  const name = datasetGroupArn.slice(datasetGroupArn.lastIndexOf('/') + 1);
  const allowed = datasetGroups
    ? datasetGroups.includes(name) || datasetGroups.includes(datasetGroupArn)
    : name.startsWith(`${tenantId}${SEPARATOR}`);
  if (!allowed) throw new RequestRefused({ reason: 'DATASET_GROUP_NOT_ALLOWED' });
}
