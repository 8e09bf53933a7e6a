import * as z from 'zod';
import { DRIFT_DETECTED, RETRYABLE, SCHEMA_VERSION, STATE_CHANGE, STATUSES, UPDATED } from './names.ts';

export * from './names.ts';

const status = z
  .enum(STATUSES)
  .describe(
    "Personalize's statuses, and two of this service: DELETED, and RELEASED (an adopted tracker that it no longer manages)",
  );

/** The failure of a tracker, in the API and in events. */
export const failureSchema = z.object({
  code: z.string().min(1).describe('A stable code, such as DATASET_GROUP_NOT_FOUND'),
  reason: z.string().min(1).describe('What happened, as a sentence'),
  remedy: z.string().min(1).describe('What to do about it, as a sentence'),
  retryable: z.boolean().describe(RETRYABLE),
  awsError: z.string().optional().describe('The name of the AWS error, if AWS returned one'),
  awsRequestId: z.string().optional().describe('The request ID of the failed AWS call'),
});
export type Failure = z.infer<typeof failureSchema>;

/** The published version. A subscriber accepts every version with the same major number. */
export const schemaVersion = z.literal(SCHEMA_VERSION);

const metadata = z.object({
  eventId: z.string().min(1).describe('The same for every delivery of this event'),
  schemaVersion,
  sequence: z
    .int()
    .min(1)
    .describe('Orders the events of one tracker: keep the highest, and drop events that are not newer'),
  tenantId: z.string().min(1),
  correlationId: z.string().min(1).describe('The ID of the request that caused this event'),
  traceparent: z.string().optional().describe('The W3C trace context of that request'),
  occurredAt: z.iso.datetime().describe('When the service recorded the change, in UTC'),
});

/** A status that requires a field in `data`; with `only`, no other status allows it. */
interface FieldOfStatus {
  readonly status: (typeof STATUSES)[number];
  readonly field: string;
  readonly only?: true;
}
const stateChangeFields = [
  { status: 'ACTIVE', field: 'trackingId', only: true },
  { status: 'CREATE FAILED', field: 'failure' },
] as const satisfies readonly FieldOfStatus[];

/** The `detail` of an `Event Tracker State Change`. */
export const stateChangeSchema = withFieldsOfStatus(
  z.object({
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
        .describe('Present exactly if the status is ACTIVE. Anyone who has it can send events'),
      failure: failureSchema.optional().describe('Present if the status is CREATE FAILED or the tracker is missing'),
      clientContext: z.string().optional().describe('The clientContext of the request, unchanged'),
    }),
  }),
  stateChangeFields,
);
export type EventTrackerStateChange = z.infer<typeof stateChangeSchema>;

/** The `detail` of an `Event Tracker Drift Detected`: the tracker differs from its record, and this service did not change it. */
export const driftDetectedSchema = z.object({
  metadata,
  data: z.object({
    trackerId: z.string().min(1),
    status: status.describe('The recorded status'),
    name: z.string().min(1),
    datasetGroupArn: z.string().min(1),
    drift: z.enum(['DELETED_OUT_OF_BAND', 'CREATED_OUT_OF_BAND', 'STATUS_CHANGED', 'TAGS_LOST', 'TAGS_CHANGED']),
    eventTrackerArn: z.string().optional(),
    observedStatus: status.optional().describe('Present if the drift is STATUS_CHANGED: the status in Personalize'),
    clientContext: z.string().optional(),
  }),
});
export type EventTrackerDriftDetected = z.infer<typeof driftDetectedSchema>;

/** The `detail` of an `Event Tracker Updated`: the outcome of a change of tags. The tracker is ACTIVE, and keeps its tracking ID. */
export const updatedSchema = z.object({
  metadata,
  data: z.object({
    trackerId: z.string().min(1),
    status: z.literal('ACTIVE'),
    name: z.string().min(1),
    datasetGroupArn: z.string().min(1),
    eventTrackerArn: z.string().min(1),
    outcome: z
      .enum(['UPDATED', 'UPDATE_FAILED'])
      .describe('UPDATED: Personalize has the requested tags. UPDATE_FAILED: it may have some of them'),
    failure: failureSchema.optional().describe('Present if the outcome is UPDATE_FAILED'),
    clientContext: z.string().optional(),
  }),
});
export type EventTrackerUpdated = z.infer<typeof updatedSchema>;

interface EventType {
  /** The name in the AsyncAPI document and in file names. */
  readonly key: string;
  readonly summary: string;
  readonly detail: z.ZodObject<{ metadata: z.ZodObject; data: z.ZodObject }>;
  readonly fieldsOfStatus: readonly FieldOfStatus[];
  /** The name of the pattern that matches all events of this type. */
  readonly pattern: string;
}

/**
 * The event types by detail-type. The TypeScript types, the JSON Schemas, the AsyncAPI document, the parser and the outbox are
 * derived from this. To add a type, add an entry here, an example, and the transition that emits it.
 */
export const EVENT_TYPES = {
  [STATE_CHANGE]: {
    key: 'stateChange',
    summary: 'An outcome: ACTIVE with the tracking ID, CREATE FAILED, DELETED, RELEASED',
    detail: stateChangeSchema,
    fieldsOfStatus: stateChangeFields,
    pattern: 'state-changes',
  },
  [DRIFT_DETECTED]: {
    key: 'driftDetected',
    summary: 'A tracker differs from its record, and this service did not change it',
    detail: driftDetectedSchema,
    fieldsOfStatus: [],
    pattern: 'drift',
  },
  [UPDATED]: {
    key: 'updated',
    summary: 'A change of tags was made, or failed. The tracker stays ACTIVE and keeps its tracking ID',
    detail: updatedSchema,
    fieldsOfStatus: [],
    pattern: 'updates',
  },
} as const satisfies Readonly<Record<string, EventType>>;
export type DetailType = keyof typeof EVENT_TYPES;
export type DetailOf<Type extends DetailType> = z.infer<(typeof EVENT_TYPES)[Type]['detail']>;
export const DETAIL_TYPES = Object.keys(EVENT_TYPES) as DetailType[];

/** Adds the rules that tie fields of `data` to its status. */
export function withFieldsOfStatus<Detail extends { readonly data: object }, Schema extends z.ZodType<Detail>>(
  schema: Schema,
  rules: readonly FieldOfStatus[],
): Schema {
  return rules.reduce((ruled, { status: ofStatus, field, only }) => {
    const rule = only
      ? `must be present exactly if the status is ${ofStatus}`
      : `must be present if the status is ${ofStatus}`;
    return ruled.refine(
      ({ data }) => {
        const fields: Readonly<Record<string, unknown>> = { ...data };
        const isPresent = fields[field] !== undefined;
        return fields.status === ofStatus ? isPresent : !only || !isPresent;
      },
      { error: rule, path: ['data', field] },
    );
  }, schema);
}
