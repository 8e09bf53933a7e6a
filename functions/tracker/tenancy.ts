import type { Accounts } from './accounts.ts';
import { RequestRejected } from './request-error.ts';
import { charactersOf, safePattern } from './safe-pattern.ts';

/** Tenancy: how a tenant is named, which dataset groups are its own, and which roles act for any tenant. */
export interface Tenancy {
  /** The name of the claim that is the tenant. */
  readonly claimName: string;
  /** The pattern of a tenant's name: never empty, and without the separator's first character. */
  readonly pattern: RegExp;
  /** Separates the tenant from the rest of a dataset group's name. */
  readonly separator: string;
  /** The roles of platforms, as `roleOf` writes them. */
  readonly platformRoles: ReadonlySet<string>;
  /** The accounts that each tenant may use. Absent: ARNs of other accounts are refused before (api/schemas.ts). */
  readonly accounts?: Pick<Accounts, 'accessFor'>;
}

/** The settings of a deployment, as text. */
export interface TenancySettings {
  readonly claimName: string;
  readonly pattern: string;
  readonly separator: string;
  /** ARNs of IAM roles, separated by commas. */
  readonly platformRoles: string;
}

export const DEFAULT_TENANCY: TenancySettings = {
  claimName: 'tenant',
  pattern: '^[a-z0-9]+$',
  separator: '-',
  platformRoles: '',
};

/** A tenant's name is the beginning of a dataset group's, which has at most 63 characters. */
export const MAX_TENANT_LENGTH = 63;

/** Whether a text is a tenant's name. The length comes first: a token may hold any text. */
export const isTenantName = (text: string, { pattern }: Pick<Tenancy, 'pattern'>): boolean =>
  text.length <= MAX_TENANT_LENGTH && pattern.test(text);

/** The characters of a dataset group's name. */
const GROUP_NAME_CHARACTERS = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-'];

/**
 * The tenancy of a deployment. No tenant's prefix may be the beginning of another's: if "acme" and "acme-eu" were tenants,
 * "acme-eu-shop" would belong to both. So tenant names must not contain the separator's first character: the tenant ends where it first
 * occurs in a group's name.
 * @throws Error naming the setting and its rule
 */
export function createTenancy({ claimName, pattern, separator, platformRoles }: TenancySettings): Tenancy {
  if (claimName.trim() === '') throw new Error('TENANT_CLAIM must name the claim that is the tenant.');
  if (!/^[-_]{1,4}$/.test(separator)) {
    throw new Error(`TENANT_SEPARATOR must be 1 to 4 characters, each - or _, not "${separator}".`);
  }
  const compiled = safePattern('TENANT_PATTERN', pattern, 'a tenant without a name');
  const characters = charactersOf(pattern);
  const first = separator.charAt(0);
  if (characters.includes(first)) {
    throw new Error(
      `TENANT_PATTERN ${pattern} allows "${first}", with which TENANT_SEPARATOR begins: one tenant's dataset groups could be another's.`,
    );
  }
  const other = characters.find((character) => !GROUP_NAME_CHARACTERS.includes(character));
  if (other !== undefined) {
    throw new Error(`TENANT_PATTERN ${pattern} allows "${other}", which no dataset group's name can hold.`);
  }
  return { claimName, pattern: compiled, separator, platformRoles: rolesOf(platformRoles) };
}

function rolesOf(list: string): ReadonlySet<string> {
  const arns = list.split(',').map((arn) => arn.trim());
  if (arns.length === 1 && arns[0] === '') return new Set();
  return new Set(
    arns.map((arn) => {
      const role = arn.includes(':sts:') ? undefined : roleOf(arn);
      if (role === undefined) {
        throw new Error(
          `PLATFORM_ROLES must be ARNs of IAM roles (arn:aws:iam::ACCOUNT:role/NAME), separated by commas, not "${arn}".`,
        );
      }
      return role;
    }),
  );
}

/**
 * The role of an ARN, as partition, account and name. A role's own ARN also has its path; the ARN of a session
 * (`arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`) does not. Role names are unique within an account, whatever the path.
 * @returns undefined if the ARN does not belong to a role
 */
export function roleOf(arn: string): string | undefined {
  const role =
    /^arn:([a-z-]+):iam::(\d{12}):role\/(?:[!-~]+\/)?([\w+=,.@-]{1,64})$/.exec(arn) ??
    /^arn:([a-z-]+):sts::(\d{12}):assumed-role\/([\w+=,.@-]{1,64})\/[\w+=,.@-]+$/.exec(arn);
  return role ? `${role[1]} ${role[2]} ${role[3]}` : undefined;
}

/**
 * A tenant may use the dataset groups that its token lists by name or ARN. Without a list, it may use those whose names start with the
 * tenant and the separator. In both cases the group must be in the deployment's own account and Region, or in one that the settings allow
 * to the tenant.
 * @throws RequestRejected DATASET_GROUP_NOT_ALLOWED, whether or not the group exists or another tenant has it
 */
export function assertMayUse(
  { tenantId, datasetGroups }: { tenantId: string; datasetGroups?: readonly string[] },
  datasetGroupArn: string,
  { separator, accounts }: Pick<Tenancy, 'separator' | 'accounts'>,
): void {
  const isNamed = datasetGroups
    ? isListed(datasetGroups, datasetGroupArn)
    : nameOf(datasetGroupArn).startsWith(`${tenantId}${separator}`);
  const isElsewhere = accounts?.accessFor({ datasetGroupArn, tenantId }).kind === 'NOT_ALLOWED';
  if (tenantId === '' || !isNamed || isElsewhere) throw new RequestRejected({ reason: 'DATASET_GROUP_NOT_ALLOWED' });
}

/** Whether a token's list of dataset groups, names or ARNs, has this one. */
export const isListed = (datasetGroups: readonly string[], datasetGroupArn: string): boolean =>
  datasetGroups.includes(nameOf(datasetGroupArn)) || datasetGroups.includes(datasetGroupArn);

const nameOf = (datasetGroupArn: string): string => datasetGroupArn.slice(datasetGroupArn.lastIndexOf('/') + 1);
