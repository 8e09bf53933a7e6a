import * as z from 'zod';

/** The `source` of every event of this service. */
export const EVENT_SOURCE = 'event-trackers';
/** The name of a deployment's bus, for its stage. The local runtime's is `event-trackers`. */
export const BUS_NAME = 'event-trackers-{stage}-bus';
export const STATE_CHANGE = 'Event Tracker State Change';
export const DRIFT_DETECTED = 'Event Tracker Drift Detected';
export const SCHEMA_VERSION = '1.0';

/** The states that Personalize documents for an event tracker. */
export const PERSONALIZE_STATUSES = [
  'CREATE PENDING',
  'CREATE IN_PROGRESS',
  'ACTIVE',
  'CREATE FAILED',
  'DELETE PENDING',
  'DELETE IN_PROGRESS',
] as const;
/** Personalize's states, and the two of this service: DELETED, and RELEASED (an adopted tracker that was given up). */
export const STATUSES = [...PERSONALIZE_STATUSES, 'DELETED', 'RELEASED'] as const;

const status = z
  .enum(STATUSES)
  .describe("Personalize's own states, and two of this service: DELETED, and RELEASED (adopted, then given up)");

/** The one meaning of `retryable`, in a failure and in a problem. */
export const RETRYABLE = 'Whether the same request can succeed later without being changed';

/** Why a tracker is CREATE FAILED, as told by the API and by the event. */
export const failureSchema = z.object({
  code: z.string().min(1).describe('A stable code, such as DATASET_GROUP_NOT_FOUND'),
  reason: z.string().min(1).describe('What happened, for people'),
  remedy: z.string().min(1).describe('What to do about it, for people'),
  retryable: z.boolean().describe(RETRYABLE),
  awsError: z.string().optional().describe("The AWS error's name, where one was answered"),
  awsRequestId: z.string().optional().describe('The request id of the AWS call that failed'),
});
export type Failure = z.infer<typeof failureSchema>;

const metadata = z.object({
  eventId: z.string().min(1).describe('The same for every delivery of this event: trackerId and sequence'),
  schemaVersion: z.literal(SCHEMA_VERSION),
  sequence: z.int().min(1).describe('Orders the events of one tracker: keep the highest, drop what is not newer'),
  tenantId: z.string().min(1),
  correlationId: z.string().min(1).describe('The id of the request that led here'),
  traceparent: z.string().optional().describe('W3C trace context of that request'),
  occurredAt: z.iso.datetime().describe('When the state was recorded, UTC'),
});

/** `detail` of an `Event Tracker State Change`. */
export const stateChangeSchema = z
  .object({
    metadata,
    data: z.object({
      trackerId: z.string().min(1),
      status,
      previousStatus: status,
      name: z.string().min(1),
      datasetGroupArn: z.string().min(1),
      eventTrackerArn: z.string().optional(),
      trackingId: z
        .string()
        .optional()
        .describe('Present exactly when the status is ACTIVE; lets its holder send events'),
      failure: failureSchema.optional().describe('Present when the status is CREATE FAILED or the tracker was lost'),
      clientContext: z.string().optional().describe('What the request gave, returned as it was'),
    }),
  })
  .refine((detail) => (detail.data.status === 'ACTIVE') === (detail.data.trackingId !== undefined), {
    error: 'trackingId is present exactly when the status is ACTIVE',
    path: ['data', 'trackingId'],
  })
  .refine((detail) => detail.data.status !== 'CREATE FAILED' || detail.data.failure !== undefined, {
    error: 'failure is present when the status is CREATE FAILED',
    path: ['data', 'failure'],
  });
export type EventTrackerStateChange = z.infer<typeof stateChangeSchema>;

/** `detail` of an `Event Tracker Drift Detected`: the tracker is not as recorded, and not by our doing. */
export const driftDetectedSchema = z.object({
  metadata,
  data: z.object({
    trackerId: z.string().min(1),
    status: status.describe('As it is recorded'),
    name: z.string().min(1),
    datasetGroupArn: z.string().min(1),
    drift: z.enum(['DELETED_OUT_OF_BAND', 'CREATED_OUT_OF_BAND', 'STATUS_CHANGED', 'TAGS_LOST']),
    eventTrackerArn: z.string().optional(),
    observedStatus: status
      .optional()
      .describe("Present when the drift is STATUS_CHANGED: what Personalize says; status is the record's"),
    clientContext: z.string().optional(),
  }),
});
export type EventTrackerDriftDetected = z.infer<typeof driftDetectedSchema>;
