import * as z from 'zod/mini';

/** An account and a Region: Personalize's lists, quotas and throttles are per account and Region. */
export interface Place {
  readonly accountId: string;
  readonly region: string;
}

/** The account and Region of the deployment itself. */
export interface Home extends Place {
  readonly partition: string;
}

/** The partition of a Region. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  return 'aws';
}

/** STS takes external ids of 2 to 1,224 of these characters. */
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;
const ROLE = /^arn:(aws[a-z-]*):iam::(\d{12}):role\/(?:[!-~]+\/)?[\w+=,.@-]{1,64}$/;
const REGION = /^[a-z]{2}(?:-[a-z]+)+-\d{1,2}$/;

const unique = (values: readonly string[]) => new Set(values).size === values.length;
/** Only for lists: otherwise zod has reported the type. */
const whenList = { when: ({ value }: { value: unknown }) => Array.isArray(value) };

const account = () =>
  z.strictObject({
    /** The role to assume in the account. */
    roleArn: z
      .string('must be the ARN of an IAM role')
      .check(z.regex(ROLE, 'must be the ARN of an IAM role: arn:PARTITION:iam::ACCOUNT:role/NAME')),
    /** What the role's trust policy requires as `sts:ExternalId`. */
    externalId: z
      .string('must be an external id')
      .check(z.regex(EXTERNAL_ID, 'must be 2 to 1224 letters, digits and _ + = , . @ : / -')),
    /** The Regions in which the account's dataset groups may be used. */
    regions: z
      .array(
        z.string('must be a Region').check(z.regex(REGION, 'must be a Region, such as eu-west-1')),
        'must be a list of Regions',
      )
      .check(
        z.minLength(1, 'must name at least one Region'),
        z.refine(unique, { error: 'must not repeat an entry', ...whenList }),
      ),
    /** The tenants whose dataset groups may be in the account. */
    tenants: z
      .array(
        z.string('must be the name of a tenant').check(z.minLength(1, 'must not be empty')),
        'must be a list of tenants',
      )
      .check(
        z.minLength(1, 'must name at least one tenant'),
        z.refine(unique, { error: 'must not repeat an entry', ...whenList }),
      ),
  });

/**
 * The setting `accounts`: other accounts, by their ids, in which the deployment may create event trackers. What one value does not show,
 * `roleProblems` checks. Made on demand, because most deployments have no other accounts.
 */
export const accountsSchema = () =>
  z.record(z.string().check(z.regex(/^\d{12}$/)), account(), {
    error: ({ code }) => (code === 'invalid_key' ? 'must be the id of an account, 12 digits' : undefined),
  });
export type AccountSettings = z.output<ReturnType<typeof accountsSchema>>;

/** The role of an account must be one of that account. @returns a rule for each other role, with its place */
export const roleProblems = (accounts: AccountSettings): { readonly place: string; readonly rule: string }[] =>
  Object.entries(accounts).flatMap(([accountId, { roleArn }]) =>
    ROLE.exec(roleArn)?.[2] === accountId
      ? []
      : { place: `${accountId}.roleArn`, rule: `must be the ARN of a role in the account ${accountId}` },
  );
/** The partition of a role's ARN. */
export const partitionOfRole = (roleArn: string): string | undefined => ROLE.exec(roleArn)?.[1];

/** The role of another account, and what its trust policy requires. */
export interface Role extends Place {
  readonly roleArn: string;
  readonly externalId: string;
}

/** What keeps the deployment out of another account. */
export type AccountDenial = Place &
  (
    | { readonly why: 'NOT_ALLOWED' }
    /** STS refuses the role, or Personalize the credentials that it gave: `awsError` says which. */
    | { readonly why: 'ROLE_REFUSED'; readonly roleArn: string; readonly awsError: string }
    /** The role is assumed, and lacks the permission for the call. */
    | { readonly why: 'NOT_PERMITTED'; readonly roleArn: string }
  );

/** A call that was not allowed. `account`: in another account than the deployment's own. */
export interface Denial {
  readonly operation: string;
  readonly awsRequestId?: string;
  readonly account?: AccountDenial;
}

/** How Personalize is called for a dataset group. */
export type Access =
  /** With the function's own credentials, in its own account and Region. */
  | { readonly kind: 'HOME' }
  | { readonly kind: 'ROLE'; readonly role: Role }
  /** Not at all: the settings do not allow this account, this Region, or this tenant there. */
  | { readonly kind: 'NOT_ALLOWED'; readonly place: Place };

/** The accounts and Regions of a deployment. */
export interface Accounts {
  /** Every account and Region in which the deployment may have event trackers; the first is its own. */
  readonly places: readonly Place[];
  /** For a record or a request: its dataset group decides. A purged record names none, and nothing is called for it. */
  accessFor(of: { readonly datasetGroupArn: string; readonly tenantId: string }): Access;
  /** For all tenants' event trackers of an account and Region. */
  accessTo(place: Place): Access;
}

const DATASET_GROUP = /^arn:([a-z\d-]+):personalize:([a-z\d-]+):(\d{12}):dataset-group\//;

/** The account and Region of a dataset group; undefined if the text is not the ARN of one. */
export function placeOf(datasetGroupArn: string): Place | undefined {
  const [, , region, accountId] = DATASET_GROUP.exec(datasetGroupArn) ?? [];
  return region === undefined || accountId === undefined ? undefined : { accountId, region };
}

/** Identifies an account and Region in a key or a log: `210987654321/eu-west-1`. */
export const placeName = ({ accountId, region }: Place): string => `${accountId}/${region}`;

const isSamePlace = (one: Place, other: Place): boolean => placeName(one) === placeName(other);

/**
 * The home needs no entry: its own Region is always allowed, for every tenant. Its other Regions need one, with a role of the same
 * account, because the permissions of the functions end at their Region.
 */
export function createAccounts(home: Home, settings: AccountSettings = {}): Accounts {
  const accounts = new Map(Object.entries(settings));
  const accessTo = (place: Place, tenantId?: string): Access => {
    if (isSamePlace(place, home)) return { kind: 'HOME' };
    const { accountId, region } = place;
    const found = accounts.get(accountId);
    const isAllowed = found?.regions.includes(region) && (tenantId === undefined || found.tenants.includes(tenantId));
    if (!found || !isAllowed) return { kind: 'NOT_ALLOWED', place };
    return { kind: 'ROLE', role: { accountId, region, roleArn: found.roleArn, externalId: found.externalId } };
  };
  const others = [...accounts].flatMap(([accountId, { regions }]) => regions.map((region) => ({ accountId, region })));
  return {
    places: [home, ...others.filter((place) => !isSamePlace(place, home))],
    accessTo: (place) => accessTo(place),
    accessFor({ datasetGroupArn, tenantId }) {
      const place = placeOf(datasetGroupArn);
      return place === undefined ? { kind: 'HOME' } : accessTo(place, tenantId);
    },
  };
}
