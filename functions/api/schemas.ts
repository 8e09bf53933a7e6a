// A third of the size of 'zod', which the function that creates event trackers would load at its start.
import * as z from 'zod/mini';
import type { Home } from '../tracker/accounts.ts';
import { MAX_HEARTBEAT_SECONDS, MIN_HEARTBEAT_SECONDS } from '../tracker/callbacks.ts';
import { isReservedTagKey, MAX_CALLER_TAGS, RESERVED_TAG_PREFIX } from '../tracker/ownership.ts';
import { DEFAULT_TENANCY, MAX_TENANT_LENGTH } from '../tracker/tenancy.ts';

/** The partition, Region and account of this deployment. ARNs of any other are rejected, unless it has other accounts. */
export interface DeploymentScope extends Home {
  /**
   * The settings allow other accounts or Regions. Then ARNs of any are valid in form, and `assertMayUse` refuses those that are not the
   * tenant's: the answer must not tell which accounts the deployment has.
   */
  readonly otherAccounts?: boolean;
  /** The regular expression for tenant names. Default: that of `DEFAULT_TENANCY`. */
  readonly tenantPattern?: string;
}

const TAG_CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
/**
 * What the OpenAPI document says about tags: the ASCII characters that they must not contain. Many validators do not support `\p{…}`:
 * those in Python and Rust, and those in JavaScript without the flag `u`.
 */
const TAG_PATTERN = '^[^\\x00-\\x1F!"#$%&\'()*,;<>?\\[\\\\\\]^`{|}~\\x7F]*$';

const tagText = (max: number) =>
  z.string().check(
    z.maxLength(max, `must be at most ${max} characters long`),
    z.refine((text) => TAG_CHARACTERS.test(text), 'may contain only letters, digits, spaces and _ . : / = + - @'),
    z.meta({ pattern: TAG_PATTERN }),
  );

const GROUP_NAME = /^[a-zA-Z0-9][a-zA-Z0-9\-_]{0,62}$/;

const tag = z.strictObject({
  tagKey: tagText(128).check(
    z.minLength(1, 'must be at least 1 character long'),
    z.refine((key) => !/^aws:/i.test(key), 'must not start with aws: (reserved by AWS)'),
    z.refine((key) => !isReservedTagKey(key), `must not start with ${RESERVED_TAG_PREFIX} (reserved by this service)`),
  ),
  tagValue: tagText(256).check(z.describe('Letters, digits, spaces and _ . : / = + - @')),
});

export function datasetGroupArn({ partition, region, accountId, otherAccounts }: DeploymentScope) {
  if (otherAccounts) return datasetGroupArnOf(partition);
  const start = `arn:${partition}:personalize:${region}:${accountId}:dataset-group/`;
  return z.string().check(
    z.maxLength(256, 'must be at most 256 characters long'),
    z.refine(
      (arn) => arn.startsWith(start) && GROUP_NAME.test(arn.slice(start.length)),
      `must be the ARN of a dataset group of this account and Region: ${start}NAME`,
    ),
    // The OpenAPI document is open to everyone, so it does not name the account.
    z.meta({
      pattern: `^arn:${partition}:personalize:${region}:[0-9]{12}:dataset-group/${GROUP_NAME.source.slice(1)}`,
    }),
  );
}

/** In any account and Region of the partition. */
function datasetGroupArnOf(partition: string) {
  const pattern = `^arn:${partition}:personalize:[a-z]{2}(-[a-z]+)+-[0-9]{1,2}:[0-9]{12}:dataset-group/${GROUP_NAME.source.slice(1)}`;
  return z.string().check(
    z.maxLength(256, 'must be at most 256 characters long'),
    z.refine(
      (arn) => new RegExp(pattern).test(arn),
      `must be the ARN of a dataset group: arn:${partition}:personalize:REGION:ACCOUNT:dataset-group/NAME`,
    ),
    z.meta({ pattern }),
  );
}

export const tenantId = ({ tenantPattern = DEFAULT_TENANCY.pattern }: DeploymentScope) =>
  z
    .string()
    .check(
      z.maxLength(MAX_TENANT_LENGTH, `must be at most ${MAX_TENANT_LENGTH} characters long`),
      z.regex(new RegExp(tenantPattern), `must be the name of a tenant: ${tenantPattern}`),
    );

export const tagList = z.array(tag).check(
  z.maxLength(
    MAX_CALLER_TAGS,
    `must have at most ${MAX_CALLER_TAGS} tags (Personalize allows 50, and this service adds two)`,
  ),
  z.refine(
    (tags) => new Set(tags.map(({ tagKey }) => tagKey)).size === tags.length,
    'must not contain the same tagKey twice',
  ),
);

export const clientContext = z.string().check(z.maxLength(1024, 'must be at most 1024 characters long'));

/** The body of POST /event-trackers, with the field names and limits of Personalize. */
export function createEventTrackerRequest(home: DeploymentScope) {
  return z.strictObject({
    name: z
      .string()
      .check(
        z.minLength(1, 'must be at least 1 character long'),
        z.maxLength(63, 'must be at most 63 characters long'),
        z.regex(
          /^[a-zA-Z0-9][a-zA-Z0-9\-_]*$/,
          'must start with a letter or digit, and contain only letters, digits, - and _',
        ),
      ),
    datasetGroupArn: datasetGroupArn(home),
    tags: z._default(tagList, []),
    adoptExisting: z
      ._default(z.boolean(), false)
      .check(z.describe('Take over an existing event tracker that this deployment did not create')),
    waitForDatasetGroup: z
      ._default(z.boolean(), false)
      .check(z.describe('Also wait for a dataset group or Interactions dataset that does not exist yet')),
    clientContext: z.optional(clientContext).check(z.describe('Returned unchanged by the API and in events')),
    callback: z
      .optional(
        z.strictObject({
          taskToken: z
            .string()
            .check(
              z.minLength(1, 'must be at least 1 character long'),
              z.maxLength(2048, 'must be at most 2048 characters long'),
            ),
          heartbeatSeconds: z
            .optional(
              z
                .int('must be a whole number of seconds')
                .check(
                  z.minimum(MIN_HEARTBEAT_SECONDS, `must be at least ${MIN_HEARTBEAT_SECONDS}`),
                  z.maximum(MAX_HEARTBEAT_SECONDS, `must be at most ${MAX_HEARTBEAT_SECONDS}`),
                ),
            )
            .check(
              z.describe(
                'The HeartbeatSeconds of the state. Until the outcome, SendTaskHeartbeat is called at least that often',
              ),
            ),
        }),
      )
      .check(z.describe('A Step Functions task token that is completed with the outcome. It is a secret')),
    tenantId: z.optional(tenantId(home)).check(z.describe('For platforms only: the tenant to act for')),
  });
}
export type CreateEventTrackerRequest = z.infer<ReturnType<typeof createEventTrackerRequest>>;

/** The query of POST /event-trackers. */
export const createEventTrackerQuery = z.strictObject({
  dryRun: flag().check(z.describe('Return what would happen, without recording anything')),
});

/** A query parameter that is true or false. */
export function flag() {
  return z.pipe(
    z._default(z.enum(['true', 'false'], { error: 'must be true or false' }), 'false'),
    z.transform((text) => text === 'true'),
  );
}
