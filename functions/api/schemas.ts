import * as z from 'zod';
import { failureSchema, STATUSES } from '../../events/contract.ts';
import { DRY_RUN_OUTCOMES } from '../requests/dry-run.ts';
import { MAX_HEARTBEAT_SECONDS, MIN_HEARTBEAT_SECONDS } from '../tracker/callbacks.ts';
import { isReservedTagKey, MAX_CALLER_TAGS, RESERVED_TAG_PREFIX } from '../tracker/ownership.ts';
import { DATASET_GROUP_PARTS, WAITING_FOR, type WaitingFor } from '../tracker/record.ts';
import { DEFAULT_TENANCY, MAX_TENANT_LENGTH } from '../tracker/tenancy.ts';

/** Where this deployment acts: an ARN of another account, Region or partition is refused. */
export interface DeploymentScope {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
  /** What a tenant's name looks like, as a regular expression. Default: as `DEFAULT_TENANCY` has it. */
  readonly tenantPattern?: string;
}

/** The partition that a Region is in. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  return 'aws';
}

const TAG_CHARACTERS = /^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$/u;
const tagText = 'may hold letters, digits, spaces and _ . : / = + - @';

/** A dataset group's name, as in its ARN. */
const GROUP_NAME = /^[a-zA-Z0-9][a-zA-Z0-9\-_]{0,62}$/;

const tag = z.strictObject({
  tagKey: z
    .string()
    .min(1, 'must be at least 1 character long')
    .max(128, 'must be at most 128 characters long')
    .regex(TAG_CHARACTERS, tagText)
    .refine((key) => !/^aws:/i.test(key), 'must not start with aws: (reserved by AWS)')
    .refine((key) => !isReservedTagKey(key), `must not start with ${RESERVED_TAG_PREFIX} (this service's own)`),
  tagValue: z.string().max(256, 'must be at most 256 characters long').regex(TAG_CHARACTERS, tagText),
});

function datasetGroupArn({ partition, region, accountId }: DeploymentScope) {
  const start = `arn:${partition}:personalize:${region}:${accountId}:dataset-group/`;
  return z
    .string()
    .max(256, 'must be at most 256 characters long')
    .refine(
      (arn) => arn.startsWith(start) && GROUP_NAME.test(arn.slice(start.length)),
      `must be the ARN of a dataset group of this account and Region: ${start}NAME`,
    )
    .meta({ pattern: `^${start}${GROUP_NAME.source.slice(1)}` });
}

const tenantId = ({ tenantPattern = DEFAULT_TENANCY.pattern }: DeploymentScope) =>
  z
    .string()
    .max(MAX_TENANT_LENGTH, `must be at most ${MAX_TENANT_LENGTH} characters long`)
    .regex(new RegExp(tenantPattern), `must be a tenant's name: ${tenantPattern}`);

/** The body of POST /event-trackers, in Personalize's own field names and limits. */
export function createEventTrackerRequest(home: DeploymentScope) {
  return z.strictObject({
    name: z
      .string()
      .min(1, 'must be at least 1 character long')
      .max(63, 'must be at most 63 characters long')
      .regex(
        /^[a-zA-Z0-9][a-zA-Z0-9\-_]*$/,
        'must start with a letter or digit, and hold letters, digits, - and _ only',
      ),
    datasetGroupArn: datasetGroupArn(home),
    tags: z
      .array(tag)
      .max(
        MAX_CALLER_TAGS,
        `must hold at most ${MAX_CALLER_TAGS} tags (Personalize allows 50, two of which this service sets)`,
      )
      .refine((tags) => new Set(tags.map(({ tagKey }) => tagKey)).size === tags.length, 'must not hold a tagKey twice')
      .default([]),
    adoptExisting: z.boolean().default(false).describe('Take over an event tracker that others made on the group'),
    waitForDatasetGroup: z
      .boolean()
      .default(false)
      .describe('Also wait for a dataset group, or Interactions dataset, that does not exist yet'),
    clientContext: z
      .string()
      .max(1024, 'must be at most 1024 characters long')
      .optional()
      .describe('Given back as it is, by the API and in the event'),
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
          .describe("The state's HeartbeatSeconds: SendTaskHeartbeat is called at least that often until the outcome"),
      })
      .optional()
      .describe('A Step Functions task token to answer on the outcome; a secret'),
    tenantId: tenantId(home).optional().describe('A platform names the tenant that it acts for'),
  });
}
export type CreateEventTrackerRequest = z.infer<ReturnType<typeof createEventTrackerRequest>>;

/** The query of POST /event-trackers. */
export const createEventTrackerQuery = z.strictObject({
  dryRun: flag().describe('Answer what would happen, and record nothing'),
});

/** The body of POST /event-trackers/batch: each request is judged by itself, by the schema of POST /event-trackers. */
export const batchRequest = z.strictObject({
  requests: z.array(z.unknown()).min(1, 'must hold at least 1 request').max(100, 'must hold at most 100 requests'),
});

/** The query of DELETE /event-trackers/{trackerId}. */
export const deleteEventTrackerQuery = z.strictObject({
  destroy: flag().describe('Delete also an event tracker that was adopted, where the deployment has enabled that'),
});

/** What a page of a list holds at most, and unless told otherwise. */
export const MAX_PAGE_SIZE = 100;

/** The query of GET /event-trackers. */
export function listEventTrackersQuery(home: DeploymentScope) {
  return z.strictObject({
    status: z.enum(STATUSES, { error: `must be one of ${STATUSES.join(', ')}` }).optional(),
    datasetGroupArn: datasetGroupArn(home).optional(),
    maxResults: z
      .string()
      .regex(/^\d{1,3}$/, `must be a whole number from 1 to ${MAX_PAGE_SIZE}`)
      .transform(Number)
      .refine((count) => count >= 1 && count <= MAX_PAGE_SIZE, `must be a whole number from 1 to ${MAX_PAGE_SIZE}`)
      .default(MAX_PAGE_SIZE),
    nextToken: z
      .string()
      .max(1500, 'must be at most 1500 characters long')
      .optional()
      .describe('Of the page before, with the same filters'),
    tenantId: tenantId(home).optional().describe('A platform names the tenant that it acts for'),
  });
}

/** A request that takes nothing. */
export const emptyObject = z.strictObject({});

function flag() {
  return z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .default('false')
    .transform((text) => text === 'true');
}

/** An event tracker as the API shows it. */
export const eventTrackerResource = z.object({
  trackerId: z.string(),
  name: z.string(),
  datasetGroupArn: z.string(),
  tenantId: z.string(),
  status: z.enum(STATUSES),
  generation: z.int().describe('Incremented by every accepted change of the desired state'),
  eventTrackerArn: z.string().optional(),
  trackingId: z.string().optional().describe('Only while ACTIVE: before, Personalize would refuse it'),
  tags: z.array(z.object({ tagKey: z.string(), tagValue: z.string() })),
  clientContext: z.string().optional(),
  waitForDatasetGroup: z.literal(true).optional(),
  failure: failureSchema.optional(),
  progress: z
    .object({
      waitingFor: z.enum(Object.keys(WAITING_FOR) as WaitingFor[]).describe(
        `What it waits for. ${Object.entries(WAITING_FOR)
          .map(([name, meaning]) => `\`${name}\`: ${meaning}`)
          .join('; ')}`,
      ),
      attempt: z.int().describe('Calls of CreateEventTracker for the present generation'),
      nextPollAt: z.iso.datetime().describe('The latest time of the next poll'),
    })
    .optional()
    .describe('While there is something to wait for'),
  adopted: z.literal(true).optional(),
  creationDateTime: z.iso.datetime(),
  lastUpdatedDateTime: z.iso.datetime(),
});
export type EventTrackerResource = z.infer<typeof eventTrackerResource>;

const tags = z.array(z.object({ tagKey: z.string(), tagValue: z.string() }));

/** The event tracker of a dataset group, as a conflict names it. */
export const existingEventTracker = z
  .object({
    trackerId: z.string(),
    name: z.string(),
    status: z.enum(STATUSES),
    tags,
    href: z.string(),
  })
  .describe('The event tracker that the dataset group has already');

/** The answer of a dry run. */
export const dryRunResponse = z.object({
  wouldSucceed: z.boolean().describe('As far as can be seen without making anything: `findings` is empty'),
  outcome: z
    .enum(DRY_RUN_OUTCOMES)
    .describe(
      'NOTHING_NEW: the event tracker is there, or on its way. UPDATE: it is, and what the request adds is recorded. CREATE: one would be created. ADOPT: `found` would be taken over. RESUME: `found` is of this deployment, without a record, and would be kept. CONFLICT: with `existing` or `found`. FAIL: see `findings`',
    ),
  findings: z.array(failureSchema).describe('What stands in the way'),
  wouldWaitFor: z.enum(DATASET_GROUP_PARTS).optional().describe('What is not ready yet, and would be waited for'),
  eventTracker: eventTrackerResource.optional().describe('With NOTHING_NEW and UPDATE: what would be answered'),
  existing: existingEventTracker.optional(),
  found: z
    .object({
      eventTrackerArn: z.string(),
      name: z.string(),
      status: z.string().describe('As Personalize has it'),
      tags: tags.optional().describe("The callers' tags; absent where they may not be read"),
      deployment: z.string().optional().describe('The deployment of this service that created it, if one did'),
    })
    .optional()
    .describe('The event tracker that Personalize has on the dataset group'),
});
export type DryRun = z.infer<typeof dryRunResponse>;
