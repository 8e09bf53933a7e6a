import * as z from 'zod';
import {
  type DetailOf,
  type DetailType,
  type DRIFT_DETECTED,
  EVENT_SOURCE,
  EVENT_TYPES,
  SCHEMA_VERSION,
  STATE_CHANGE,
  type STATUSES,
  schemaVersion,
  type UPDATED,
  withFieldsOfStatus,
} from './contract.ts';
import { independentIssues, ruleText } from './rule-texts.ts';

/** The statuses of the contract. A later version may add some. */
export type KnownStatus = (typeof STATUSES)[number];
export type EventTrackerStatus = KnownStatus | (string & {});

/** A part of the contract as a tolerant reader accepts it: any string in place of an enum, and unknown fields. */
type Tolerant<T> = T extends string
  ? string extends T
    ? T
    : T | (string & {})
  : T extends object
    ? { [Key in keyof T]: Tolerant<T[Key]> } & { readonly [unknown: string]: unknown }
    : T;

const MAJOR = SCHEMA_VERSION.slice(0, SCHEMA_VERSION.indexOf('.'));
const anyMinorVersion = z
  .string()
  .regex(/^\d+\.\d+$/, { error: 'must be a version, such as 1.0', abort: true })
  .refine((version) => version.startsWith(`${MAJOR}.`), {
    error: `must be ${MAJOR}.x, the only major version that this version of event-trackers/events supports`,
  });
const anyText = z.string({ error: 'must be a non-empty string' }).min(1, 'must be a non-empty string');

/** The schema for a tolerant reader: it keeps unknown fields and enum values, and checks known fields against the contract. */
function tolerant(schema: z.core.$ZodType): z.ZodType {
  if (schema === schemaVersion) return anyMinorVersion;
  if (schema instanceof z.ZodOptional) return tolerant(schema.unwrap()).optional();
  if (schema instanceof z.ZodEnum) return anyText;
  if (schema instanceof z.ZodObject) return z.looseObject(tolerantShape(schema.shape));
  return schema as z.ZodType;
}
const tolerantShape = (shape: Readonly<Record<string, z.core.$ZodType>>): Record<string, z.ZodType> =>
  Object.fromEntries(Object.entries(shape).map(([field, schema]) => [field, tolerant(schema)]));

/** The tolerant schema of `detail` for each detail-type. Ignores `only`, because a later version may allow a field for more statuses. */
const READERS = new Map<string, z.ZodType>(
  Object.entries(EVENT_TYPES).map(([name, { detail, fieldsOfStatus }]) => [
    name,
    withFieldsOfStatus(
      z.looseObject({ ...tolerantShape(detail.shape), data: z.looseObject(tolerantShape(detail.shape.data.shape)) }),
      fieldsOfStatus.map(({ status, field }) => ({ status, field })),
    ),
  ]),
);

const envelope = z.looseObject({
  source: z.literal(EVENT_SOURCE, { error: `must be ${EVENT_SOURCE}` }),
  'detail-type': z.string({ error: 'must be a string' }),
  detail: z.record(z.string(), z.unknown(), { error: 'must be an object' }),
});

/** An event with a detail-type of the contract. */
export type KnownEvent<Type extends DetailType = DetailType> = {
  [Each in Type]: { readonly detailType: Each; readonly detail: Tolerant<DetailOf<Each>> };
}[Type];
export type StateChangeEvent = KnownEvent<typeof STATE_CHANGE>;
export type DriftDetectedEvent = KnownEvent<typeof DRIFT_DETECTED>;
export type UpdatedEvent = KnownEvent<typeof UPDATED>;
/** An event with a detail-type that this version does not know. */
export interface UnknownEvent {
  readonly detailType: 'unknown';
  readonly name: string;
  readonly detail: Readonly<Record<string, unknown>>;
}
export type EventTrackerEvent = KnownEvent | UnknownEvent;

/** An event that violates the contract. The message names fields and rules. It quotes no value, because that could be a tracking ID. */
export class EventTrackerEventError extends Error {
  override readonly name = 'EventTrackerEventError';
  readonly errors: readonly { readonly field: string; readonly rule: string }[];

  constructor(errors: readonly { readonly field: string; readonly rule: string }[]) {
    super(`Invalid ${EVENT_SOURCE} event: ${errors.map(({ field, rule }) => `${field} ${rule}`).join('; ')}`);
    this.errors = errors;
  }
}

/**
 * Parses an event in the form in which EventBridge delivers it to a target ({source, 'detail-type', detail, …}). It is a tolerant
 * reader: it accepts and keeps unknown fields, statuses, kinds of drift, detail-types and minor versions.
 * @throws EventTrackerEventError for another source, another major version, or an event that violates the contract. Rethrow it, so
 * that the event ends up in the dead-letter queue
 */
export function parseEventTrackerEvent(event: unknown): EventTrackerEvent {
  const { 'detail-type': name, detail } = checked(envelope, event, []);
  const reader = READERS.get(name);
  if (reader === undefined) return { detailType: 'unknown', name, detail };
  // The map pairs each detail-type with the schema of its own detail.
  return { detailType: name, detail: checked(reader, detail, ['detail']) } as KnownEvent;
}

function checked<Schema extends z.ZodType>(schema: Schema, value: unknown, at: readonly string[]): z.infer<Schema> {
  const result = schema.safeParse(value, { error: ruleText });
  if (result.success) return result.data;
  throw new EventTrackerEventError(
    independentIssues(result.error).map(({ path, message }) => ({
      field: [...at, ...path].join('.') || '(event)',
      rule: message,
    })),
  );
}

/** Whether the event says that the tracking ID is usable. It then contains the tracking ID. */
export function isActive(event: EventTrackerEvent): event is StateChangeEvent & {
  readonly detail: { readonly data: { readonly status: 'ACTIVE'; readonly trackingId: string } };
} {
  return event.detailType === STATE_CHANGE && event.detail.data.status === 'ACTIVE';
}
