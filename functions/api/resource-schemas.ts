import * as z from 'zod';
import { failureSchema } from '../../events/contract.ts';
import { STATUSES } from '../../events/names.ts';
import { DRY_RUN_OUTCOMES } from '../requests/dry-run-result.ts';
import { DATASET_GROUP_PARTS, WAITING_FOR, type WaitingFor } from '../tracker/waiting-for.ts';

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
