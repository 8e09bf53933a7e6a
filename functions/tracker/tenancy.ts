import { RequestRefused } from './refusals.ts';

/**
 * A tenant's name: without the separator in it, no tenant's name is a prefix of another's groups ("acme" and "acme-eu" can't
 * both be tenants).
 */
export const TENANT_PATTERN = /^[a-z0-9]+$/;
const SEPARATOR = '-';

/**
 * A tenant acts on the dataset groups that its token lists, by name or ARN, or else on those whose names start with the tenant
 * and a hyphen.
 * @throws RequestRefused DATASET_GROUP_NOT_ALLOWED, the same whether or not the group exists or is taken
 */
export function assertMayUse(
  { tenantId, datasetGroups }: { tenantId: string; datasetGroups?: readonly string[] },
  datasetGroupArn: string,
): void {
  const name = datasetGroupArn.slice(datasetGroupArn.lastIndexOf('/') + 1);
  const allowed = datasetGroups
    ? datasetGroups.includes(name) || datasetGroups.includes(datasetGroupArn)
    : name.startsWith(`${tenantId}${SEPARATOR}`);
  if (!allowed) throw new RequestRefused({ reason: 'DATASET_GROUP_NOT_ALLOWED' });
}
