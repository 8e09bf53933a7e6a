import * as z from 'zod';
import {
  DRIFT_DETECTED,
  driftDetectedSchema,
  EVENT_SOURCE,
  failureSchema,
  SCHEMA_VERSION,
  STATE_CHANGE,
  stateChangeSchema,
} from './contract.ts';

/** The states of the contract; a later version may have more. */
export type KnownStatus = z.infer<typeof stateChangeSchema>['data']['status'];
export type EventTrackerStatus = KnownStatus | (string & {});
type KnownDrift = z.infer<typeof driftDetectedSchema>['data']['drift'];

const MAJOR = SCHEMA_VERSION.slice(0, SCHEMA_VERSION.indexOf('.'));

/** Any text: a state, or a kind of drift, that a later version has is no reason to refuse an event. */
const openStatus = z.custom<EventTrackerStatus>((value) => typeof value === 'string' && value !== '', {
  error: 'must be a string that is not empty',
});
const openDrift = z.custom<KnownDrift | (string & {})>((value) => typeof value === 'string' && value !== '', {
  error: 'must be a string that is not empty',
});

const metadata = z.looseObject({
  ...stateChangeSchema.shape.metadata.shape,
  schemaVersion: z
    .string()
    .regex(/^\d+\.\d+$/, 'must be a version, as 1.0')
    .refine((version) => version.startsWith(`${MAJOR}.`), {
      error: `must be ${MAJOR}.x: this version of event-trackers/events reads no other`,
    }),
});

/** The contract as a subscriber reads it: what is not known is let be, and what is known is as the contract says. */
const stateChange = z
  .looseObject({
    metadata,
    data: z.looseObject({
      ...stateChangeSchema.shape.data.shape,
      status: openStatus,
      previousStatus: openStatus,
      failure: z.looseObject(failureSchema.shape).optional(),
    }),
  })
  .refine(({ data }) => data.status !== 'ACTIVE' || data.trackingId !== undefined, {
    error: 'must be there when the status is ACTIVE',
    path: ['data', 'trackingId'],
  })
  .refine(({ data }) => data.status !== 'CREATE FAILED' || data.failure !== undefined, {
    error: 'must be there when the status is CREATE FAILED',
    path: ['data', 'failure'],
  });

const driftDetected = z.looseObject({
  metadata,
  data: z.looseObject({
    ...driftDetectedSchema.shape.data.shape,
    status: openStatus,
    observedStatus: openStatus.optional(),
    drift: openDrift,
  }),
});

const envelope = z.looseObject({
  source: z.literal(EVENT_SOURCE, { error: `must be ${EVENT_SOURCE}` }),
  'detail-type': z.string({ error: 'must be a string' }),
  detail: z.record(z.string(), z.unknown(), { error: 'must be an object' }),
});

export interface StateChangeEvent {
  readonly detailType: typeof STATE_CHANGE;
  readonly detail: z.infer<typeof stateChange>;
}
export interface DriftDetectedEvent {
  readonly detailType: typeof DRIFT_DETECTED;
  readonly detail: z.infer<typeof driftDetected>;
}
/** An event of a type that this version does not know. */
export interface UnknownEvent {
  readonly detailType: 'unknown';
  readonly name: string;
  readonly detail: Readonly<Record<string, unknown>>;
}
export type EventTrackerEvent = StateChangeEvent | DriftDetectedEvent | UnknownEvent;

/** An event that is none of the contract's. Its message names fields and rules, and quotes no value: a tracking ID may be one. */
export class EventTrackerEventError extends Error {
  override readonly name = 'EventTrackerEventError';
  readonly errors: readonly { readonly field: string; readonly rule: string }[];

  constructor(errors: readonly { readonly field: string; readonly rule: string }[]) {
    super(`This is no event of ${EVENT_SOURCE}: ${errors.map(({ field, rule }) => `${field} ${rule}`).join('; ')}`);
    this.errors = errors;
  }
}

/**
 * Reads an event as EventBridge hands it to its targets ({source, 'detail-type', detail, …}), as a tolerant reader: fields, states,
 * kinds of drift, detail-types and minor versions that are not known are let be, and kept as they are.
 * @throws EventTrackerEventError for what is not of this source, is of another major version, or breaks the contract: let it be
 * delivered again and end in the dead-letter queue
 */
export function parseEventTrackerEvent(event: unknown): EventTrackerEvent {
  const { 'detail-type': name, detail } = checked(envelope, event, []);
  switch (name) {
    case STATE_CHANGE:
      return { detailType: STATE_CHANGE, detail: checked(stateChange, detail, ['detail']) };
    case DRIFT_DETECTED:
      return { detailType: DRIFT_DETECTED, detail: checked(driftDetected, detail, ['detail']) };
    default:
      return { detailType: 'unknown', name, detail };
  }
}

function checked<Schema extends z.ZodType>(schema: Schema, value: unknown, at: readonly string[]): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new EventTrackerEventError(
    result.error.issues.map(({ path, message }) => ({ field: [...at, ...path].join('.') || '(event)', rule: message })),
  );
}

/** Whether the tracking ID may be used from now on, and then it is there. */
export function isActive(event: EventTrackerEvent): event is StateChangeEvent & {
  readonly detail: { readonly data: { readonly status: 'ACTIVE'; readonly trackingId: string } };
} {
  return event.detailType === STATE_CHANGE && event.detail.data.status === 'ACTIVE';
}
