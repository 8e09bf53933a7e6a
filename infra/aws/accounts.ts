import { Stack } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { partitionOfRole, roleProblems } from '../../functions/tracker/accounts.ts';
import type { StackConfig } from './config-schema.ts';
import { ACCOUNTS_FILE } from './deployment-files.ts';
import { grant } from './grants.ts';
import { tenantRule } from './tenant-rule.ts';

/** A statement of this many roles stays well below the size of a managed policy, 6,144 characters, of which the CDK makes several. */
const ROLES_PER_STATEMENT = 40;

/** A role has at most ten managed policies. The CDK fills them to 6,000 characters, and an inline policy to 10,000. */
const MAX_ROLE_ARNS_LENGTH = 45_000;

/** The account of the deployment, and the file with the others (functions/environment.ts). */
export const environmentOfAccounts = (
  fn: Parameters<typeof Stack.of>[0],
  { accounts }: Pick<StackConfig, 'accounts'>,
) => ({
  ACCOUNT_ID: Stack.of(fn).account,
  ...(Object.keys(accounts).length > 0 && { ACCOUNTS_FILE }),
});

/** To call Personalize in other accounts: to assume exactly the roles of the setting. */
export function grantAccounts(fn: LambdaFunction, { accounts }: Pick<StackConfig, 'accounts'>): void {
  const roleArns = Object.values(accounts).map(({ roleArn }) => roleArn);
  for (let start = 0; start < roleArns.length; start += ROLES_PER_STATEMENT) {
    grant(fn, { actions: ['sts:AssumeRole'], resources: roleArns.slice(start, start + ROLES_PER_STATEMENT) });
  }
}

/** The rules of the setting `accounts` that its schema does not know. */
export function accountProblems({ accounts, tenancy }: StackConfig): string[] {
  const known = new Map(RegionInfo.regions.map(({ name, partition }) => [name, partition]));
  const isTenant = tenantRule(tenancy.pattern);
  const ofRoles = roleProblems(accounts).map(({ place, rule }) => `accounts.${place} ${rule}`);
  const problems = Object.entries(accounts).flatMap(([accountId, { roleArn, regions, tenants }]) => [
    ...regions.flatMap((region) => {
      const place = `accounts.${accountId}.regions`;
      const partition = known.get(region);
      if (partition === undefined) return `${place} must be Regions: the CDK does not know "${region}"`;
      const ofRole = partitionOfRole(roleArn);
      return partition === ofRole
        ? []
        : `${place} must be in the partition of the role, ${ofRole}: "${region}" is in ${partition}`;
    }),
    ...tenants
      .filter((tenant) => !isTenant(tenant))
      .map(
        (tenant) => `accounts.${accountId}.tenants must be names of tenants, ${tenancy.pattern}: "${tenant}" is none`,
      ),
  ]);
  const length = Object.values(accounts).reduce((sum, { roleArn }) => sum + roleArn.length, 0);
  const tooLong = `accounts must have ARNs of roles of at most ${MAX_ROLE_ARNS_LENGTH} characters in total, which the policies of a function's role hold; these have ${length}. Use shorter names of roles, or a second deployment`;
  return [...ofRoles, ...problems, ...(length > MAX_ROLE_ARNS_LENGTH ? [tooLong] : [])];
}
