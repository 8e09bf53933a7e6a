import * as z from 'zod';
import { failureSchema, STATUSES } from '../../events/contract.ts';
import { DRY_RUN_OUTCOMES } from '../requests/dry-run-result.ts';
import type { Home } from '../tracker/accounts.ts';
import { MAX_HEARTBEAT_SECONDS, MIN_HEARTBEAT_SECONDS } from '../tracker/callbacks.ts';
import { isReservedTagKey, MAX_CALLER_TAGS, RESERVED_TAG_PREFIX } from '../tracker/ownership.ts';
import { DATASET_GROUP_PARTS, WAITING_FOR, type WaitingFor } from '../tracker/record.ts';
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
  z
    .string()
    .max(max, `must be at most ${max} characters long`)
    .refine((text) => TAG_CHARACTERS.test(text), 'may contain only letters, digits, spaces and _ . : / = + - @')
    .meta({ pattern: TAG_PATTERN });

const GROUP_NAME = /^[a-zA-Z0-9][a-zA-Z0-9\-_]{0,62}$/;

const tag = z.strictObject({
  tagKey: tagText(128)
    .min(1, 'must be at least 1 character long')
    .refine((key) => !/^aws:/i.test(key), 'must not start with aws: (reserved by AWS)')
    .refine((key) => !isReservedTagKey(key), `must not start with ${RESERVED_TAG_PREFIX} (reserved by this service)`),
  tagValue: tagText(256).describe('Letters, digits, spaces and _ . : / = + - @'),
});

export function datasetGroupArn({ partition, region, accountId, otherAccounts }: DeploymentScope) {
  if (otherAccounts) return datasetGroupArnOf(partition);
  const start = `arn:${partition}:personalize:${region}:${accountId}:dataset-group/`;
  return (
    z
      .string()
      .max(256, 'must be at most 256 characters long')
      .refine(
        (arn) => arn.startsWith(start) && GROUP_NAME.test(arn.slice(start.length)),
        `must be the ARN of a dataset group of this account and Region: ${start}NAME`,
      )
      // The OpenAPI document is open to everyone, so it does not name the account.
      .meta({
        pattern: `^arn:${partition}:personalize:${region}:[0-9]{12}:dataset-group/${GROUP_NAME.source.slice(1)}`,
      })
  );
}

/** In any account and Region of the partition. */
function datasetGroupArnOf(partition: string) {
  const pattern = `^arn:${partition}:personalize:[a-z]{2}(-[a-z]+)+-[0-9]{1,2}:[0-9]{12}:dataset-group/${GROUP_NAME.source.slice(1)}`;
  return z
    .string()
    .max(256, 'must be at most 256 characters long')
    .refine(
      (arn) => new RegExp(pattern).test(arn),
      `must be the ARN of a dataset group: arn:${partition}:personalize:REGION:ACCOUNT:dataset-group/NAME`,
    )
    .meta({ pattern });
}

export const tenantId = ({ tenantPattern = DEFAULT_TENANCY.pattern }: DeploymentScope) =>
  z
    .string()
    .max(MAX_TENANT_LENGTH, `must be at most ${MAX_TENANT_LENGTH} characters long`)
    .regex(new RegExp(tenantPattern), `must be the name of a tenant: ${tenantPattern}`);

const tagList = z
  .array(tag)
  .max(MAX_CALLER_TAGS, `must have at most ${MAX_CALLER_TAGS} tags (Personalize allows 50, and this service adds two)`)
  .refine(
    (tags) => new Set(tags.map(({ tagKey }) => tagKey)).size === tags.length,
    'must not contain the same tagKey twice',
  );

const clientContext = z.string().max(1024, 'must be at most 1024 characters long');

/** The body of POST /event-trackers, with the field names and limits of Personalize. */
export function createEventTrackerRequest(home: DeploymentScope) {
  return z.strictObject({
    name: z
      .string()
      .min(1, 'must be at least 1 character long')
      .max(63, 'must be at most 63 characters long')
      .regex(
        /^[a-zA-Z0-9][a-zA-Z0-9\-_]*$/,
        'must start with a letter or digit, and contain only letters, digits, - and _',
      ),
    datasetGroupArn: datasetGroupArn(home),
    tags: tagList.default([]),
    adoptExisting: z
      .boolean()
      .default(false)
      .describe('Take over an existing event tracker that this deployment did not create'),
    waitForDatasetGroup: z
      .boolean()
      .default(false)
      .describe('Also wait for a dataset group or Interactions dataset that does not exist yet'),
    clientContext: clientContext.optional().describe('Returned unchanged by the API and in events'),
    callback: z
      .strictObject({
        taskToken: z
          .string()
          .min(1, 'must be at least 1 character long')
          .max(2048, 'must be at most 2048 characters long'),
        heartbeatSeconds: z
          .int('must be a whole number of seconds')
          .min(MIN_HEARTBEAT_SECONDS, `must be at least ${MIN_HEARTBEAT_SECONDS}`)
          .max(MAX_HEARTBEAT_SECONDS, `must be at most ${MAX_HEARTBEAT_SECONDS}`)
          .optional()
          .describe(
            'The HeartbeatSeconds of the state. Until the outcome, SendTaskHeartbeat is called at least that often',
          ),
      })
      .optional()
      .describe('A Step Functions task token that is completed with the outcome. It is a secret'),
    tenantId: tenantId(home).optional().describe('For platforms only: the tenant to act for'),
  });
}
export type CreateEventTrackerRequest = z.infer<ReturnType<typeof createEventTrackerRequest>>;

/** The body of PATCH /event-trackers/{trackerId}, a JSON merge patch: what is left out stays, and null removes. */
export const updateEventTrackerRequest = z.strictObject({
  tags: tagList.nullable().optional().describe('All tags that the event tracker should have. Null removes them all'),
  clientContext: clientContext.nullable().optional().describe('Null removes it'),
});

/** The query of POST /event-trackers. */
export const createEventTrackerQuery = z.strictObject({
  dryRun: flag().describe('Return what would happen, without recording anything'),
});

/** The body of POST /event-trackers/batch. Each request is validated on its own, like a POST /event-trackers. */
export const batchRequest = z.strictObject({
  requests: z
    .array(z.unknown())
    .min(1, 'must contain at least 1 request')
    .max(100, 'must contain at most 100 requests'),
});

/** The query of DELETE /event-trackers/{trackerId}. */
export const deleteEventTrackerQuery = z.strictObject({
  destroy: flag().describe('Delete an adopted event tracker instead of releasing it'),
});

/** For requests without query parameters or body fields. */
export const emptyObject = z.strictObject({});

function flag() {
  return z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .default('false')
    .transform((text) => text === 'true');
}

const tags = z.array(z.object({ tagKey: z.string(), tagValue: z.string() }));

/** An event tracker as the API returns it. */
export const eventTrackerResource = z.object({
  trackerId: z.string().describe('Derived from the ARN of the dataset group'),
  name: z.string(),
  datasetGroupArn: z.string(),
  tenantId: z.string(),
  status: z.enum(STATUSES),
  generation: z.int().describe('Incremented by every accepted change of the desired state'),
  eventTrackerArn: z.string().optional(),
  trackingId: z.string().optional().describe('Only while the status is ACTIVE: before, Personalize rejects it'),
  tags,
  clientContext: z.string().optional(),
  waitForDatasetGroup: z.literal(true).optional(),
  desiredTags: tags
    .optional()
    .describe('The requested tags, while Personalize does not have them: `tags` shows those that it has'),
  updateFailure: failureSchema
    .optional()
    .describe('Why the latest change of tags failed. The event tracker stays ACTIVE'),
  failure: failureSchema.optional(),
  progress: z
    .object({
      waitingFor: z.enum(Object.keys(WAITING_FOR) as WaitingFor[]).describe(
        `What the request is waiting for. ${Object.entries(WAITING_FOR)
          .map(([name, meaning]) => `\`${name}\`: ${meaning}`)
          .join('; ')}`,
      ),
      attempt: z.int().describe('Number of CreateEventTracker calls for the current generation'),
      nextPollAt: z.iso.datetime().describe('When Personalize is polled next, at the latest'),
    })
    .optional()
    .describe('While the latest request has no outcome yet'),
  adopted: z.literal(true).optional().describe('The event tracker was adopted: a deletion releases it'),
  creationDateTime: z.iso.datetime(),
  lastUpdatedDateTime: z.iso.datetime(),
});
export type EventTrackerResource = z.infer<typeof eventTrackerResource>;

/** The existing event tracker that a request conflicts with. */
export const existingEventTracker = z
  .object({
    trackerId: z.string(),
    name: z.string(),
    status: z.enum(STATUSES),
    tags,
    href: z.string(),
  })
  .describe('The event tracker that the dataset group already has');
export type ExistingEventTracker = z.infer<typeof existingEventTracker>;

/** The answer of a dry run. */
export const dryRunResponse = z.object({
  wouldSucceed: z.boolean().describe('Whether `findings` is empty: nothing is known that would make the request fail'),
  outcome: z
    .enum(DRY_RUN_OUTCOMES)
    .describe(
      'What the request would do. `NOTHING_NEW`: nothing, the same request was made before. `UPDATE`: change the clientContext or waitForDatasetGroup of the existing request. `CREATE`: create an event tracker. `ADOPT`: take over the event tracker in `found`. `RESUME`: keep the event tracker in `found`, which this deployment created but has no record of. `CONFLICT`: fail because of the event tracker in `existing` or `found`. `FAIL`: fail because of `findings`',
    ),
  findings: z.array(failureSchema).describe('Everything that would make the request fail'),
  wouldWaitFor: z
    .enum(DATASET_GROUP_PARTS)
    .optional()
    .describe('What the request would wait for because it is not ready yet'),
  eventTracker: eventTrackerResource
    .optional()
    .describe('With NOTHING_NEW and UPDATE: the resource that the request would return'),
  existing: existingEventTracker.optional(),
  found: z
    .object({
      eventTrackerArn: z.string(),
      name: z.string(),
      status: z.string().describe('The status that Personalize reports'),
      tags: tags.optional().describe('Without reserved tags; absent if the service is not allowed to read them'),
      deployment: z.string().optional().describe('The deployment of this service that created it, if any'),
    })
    .optional()
    .describe('The event tracker that Personalize has in the dataset group'),
});
export type DryRun = z.infer<typeof dryRunResponse>;
