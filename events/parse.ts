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
  withFieldsOfStatus,
} from './contract.ts';
import { independentIssues, ruleText } from './rule-texts.ts';

/** The states of the contract; a later version may have more. */
export type KnownStatus = (typeof STATUSES)[number];
export type EventTrackerStatus = KnownStatus | (string & {});

/** What a tolerant reader makes of a part of the contract: any text where the contract lists values, and unknown fields kept. */
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
    error: `must be ${MAJOR}.x: this version of event-trackers/events reads no other`,
  });
const anyText = z.string({ error: 'must be a string that is not empty' }).min(1, 'must be a string that is not empty');

/** The schema as a subscriber reads it: unknown fields and values are kept, and what is known must be as the contract says. */
function tolerant(schema: z.core.$ZodType): z.ZodType {
  if (schema === schemaVersion) return anyMinorVersion;
  if (schema instanceof z.ZodOptional) return tolerant(schema.unwrap()).optional();
  if (schema instanceof z.ZodEnum) return anyText;
  if (schema instanceof z.ZodObject) return z.looseObject(tolerantShape(schema.shape));
  return schema as z.ZodType;
}
const tolerantShape = (shape: Readonly<Record<string, z.core.$ZodType>>): Record<string, z.ZodType> =>
  Object.fromEntries(Object.entries(shape).map(([field, schema]) => [field, tolerant(schema)]));

/** By detail-type, how a subscriber reads `detail`. A later version may have a field with more states than `only` one. */
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

/** An event of a type of the contract. */
export type KnownEvent<Type extends DetailType = DetailType> = {
  [Each in Type]: { readonly detailType: Each; readonly detail: Tolerant<DetailOf<Each>> };
}[Type];
export type StateChangeEvent = KnownEvent<typeof STATE_CHANGE>;
export type DriftDetectedEvent = KnownEvent<typeof DRIFT_DETECTED>;
/** An event of a type that this version does not know. */
export interface UnknownEvent {
  readonly detailType: 'unknown';
  readonly name: string;
  readonly detail: Readonly<Record<string, unknown>>;
}
export type EventTrackerEvent = KnownEvent | UnknownEvent;

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
  const reader = READERS.get(name);
  if (reader === undefined) return { detailType: 'unknown', name, detail };
  // The map pairs each detail-type with the reader of its own detail.
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

/** Whether the tracking ID may be used from now on, and then it is there. */
export function isActive(event: EventTrackerEvent): event is StateChangeEvent & {
  readonly detail: { readonly data: { readonly status: 'ACTIVE'; readonly trackingId: string } };
} {
  return event.detailType === STATE_CHANGE && event.detail.data.status === 'ACTIVE';
}
