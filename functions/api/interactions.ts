import * as z from 'zod';
import type { Interaction } from '../gateways/personalize-events.ts';

/*
 * The rules and quotas of Personalize for interactions (PutEvents, Event and MetricAttribution in its API reference). They are checked
 * before anything is sent: Personalize rejects a whole call without saying which interaction is invalid.
 */

/** Personalize's quota for one event. */
const MAX_EVENT_BYTES = 10 * 1024;
const MAX_PROPERTIES_LENGTH = 1024;
/** Keys that `properties` must not contain, whatever their case. */
const RESERVED_KEYS = ['userId', 'sessionId', 'eventType', 'timestamp', 'recommendationId', 'impression'];
const RESERVED = new Set(RESERVED_KEYS.map((key) => key.toLowerCase()));

/** As Personalize and the validator count: a character beyond the first 65,536 is one, not two. */
const charactersOf = (value: string): number => Array.from(value).length;

const text = (max: number) => z.string().min(1, 'must not be empty').max(max, `must be at most ${max} characters long`);

const properties = z
  .record(z.string(), z.unknown())
  .refine(
    (given) => charactersOf(JSON.stringify(given)) <= MAX_PROPERTIES_LENGTH,
    `must be at most ${MAX_PROPERTIES_LENGTH} characters of JSON`,
  )
  .refine(
    (given) => !Object.keys(given).some((key) => RESERVED.has(key.toLowerCase())),
    `must not contain a key that Personalize reserves (in upper or lower case): ${RESERVED_KEYS.join(', ')}`,
  );

const metricAttribution = z.strictObject({
  eventAttributionSource: text(1024).regex(
    /^ *[\x21-\x7E][\x20-\x7E]*$/,
    'must be printable ASCII characters and not only spaces',
  ),
});

const interactionFields = z.strictObject({
  eventType: text(256),
  sentAt: z.iso.datetime({
    offset: true,
    error: 'must be an ISO 8601 time with seconds and Z or an offset, such as 2026-11-24T12:00:00Z',
  }),
  eventId: text(256).optional(),
  itemId: text(256).optional(),
  // A larger number would be infinite in Personalize, which uses a 32-bit float.
  eventValue: z
    .number()
    .refine((value) => Number.isFinite(Math.fround(value)), 'must be in the range of a 32-bit float')
    .optional(),
  properties: properties.optional(),
  recommendationId: text(40).optional(),
  impression: z.array(text(256)).min(1, 'must not be empty').max(25, 'must contain at most 25 items').optional(),
  metricAttribution: metricAttribution.optional().describe('The source that the interaction is attributed to'),
});

/** The interaction in the form of PutEvents, where `properties` is a JSON string. */
export function interactionOf({ sentAt, properties: given, ...rest }: z.output<typeof interactionFields>): Interaction {
  return { ...rest, sentAt: new Date(sentAt), ...(given && { properties: JSON.stringify(given) }) };
}

const interaction = interactionFields.refine(
  (event) => Buffer.byteLength(JSON.stringify(interactionOf(event))) <= MAX_EVENT_BYTES,
  `must be at most ${MAX_EVENT_BYTES} bytes of JSON, with properties as a JSON string`,
);

/** The body of POST /event-trackers/{trackerId}/events. */
export const putEventsRequest = z.strictObject({
  sessionId: text(256),
  userId: text(256).optional(),
  eventList: z.array(interaction).min(1, 'must contain at least 1 event').max(100, 'must contain at most 100 events'),
});
