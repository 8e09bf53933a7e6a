import * as z from 'zod';
import type { Interaction } from '../gateways/personalize-events.ts';

/*
 * Interactions by Personalize's own rules (PutEvents, Event and MetricAttribution in its API reference, and its quotas): what is wrong
 * is refused before anything is sent, since Personalize refuses a whole call and does not say which event of it is at fault.
 */

/** Personalize's quota for one event. */
const MAX_EVENT_BYTES = 10 * 1024;
const MAX_PROPERTIES_LENGTH = 1024;
/** Keys that `properties` may not use, in any case. */
const RESERVED_KEYS = ['userId', 'sessionId', 'eventType', 'timestamp', 'recommendationId', 'impression'];
const RESERVED = new Set(RESERVED_KEYS.map((key) => key.toLowerCase()));

const text = (max: number) => z.string().min(1, 'must not be empty').max(max, `must be at most ${max} characters long`);

const properties = z
  .record(z.string(), z.unknown())
  .refine(
    (given) => JSON.stringify(given).length <= MAX_PROPERTIES_LENGTH,
    `must be at most ${MAX_PROPERTIES_LENGTH} characters of JSON`,
  )
  .refine(
    (given) => !Object.keys(given).some((key) => RESERVED.has(key.toLowerCase())),
    `must not use a key that Personalize reserves, in any case: ${RESERVED_KEYS.join(', ')}`,
  );

const metricAttribution = z.strictObject({
  eventAttributionSource: text(1024).regex(
    /^ *[\x21-\x7E][\x20-\x7E]*$/,
    'must be printable ASCII characters, and not spaces alone',
  ),
});

const interactionFields = z.strictObject({
  eventType: text(256),
  sentAt: z.iso.datetime({ offset: true, error: 'must be an ISO 8601 time' }),
  eventId: text(256).optional(),
  itemId: text(256).optional(),
  // Beyond that a float, which it is in Personalize, would be infinite.
  eventValue: z
    .number()
    .refine((value) => Number.isFinite(Math.fround(value)), 'must be a number that a float of 32 bits holds')
    .optional(),
  properties: properties.optional(),
  recommendationId: text(40).optional(),
  impression: z.array(text(256)).min(1, 'must not be empty').max(25, 'must hold at most 25 items').optional(),
  metricAttribution: metricAttribution.optional().describe('What the interaction is credited to'),
});

/** An interaction as PutEvents takes it: `properties` are JSON in a string there. */
export function interactionOf({ sentAt, properties: given, ...rest }: z.output<typeof interactionFields>): Interaction {
  return { ...rest, sentAt: new Date(sentAt), ...(given && { properties: JSON.stringify(given) }) };
}

const interaction = interactionFields.refine(
  (event) => Buffer.byteLength(JSON.stringify(interactionOf(event))) <= MAX_EVENT_BYTES,
  `must be at most ${MAX_EVENT_BYTES} bytes of JSON, with properties as JSON in a string`,
);

/** The body of POST /event-trackers/{trackerId}/events. */
export const putEventsRequest = z.strictObject({
  sessionId: text(256),
  userId: text(256).optional(),
  eventList: z.array(interaction).min(1, 'must hold at least 1 event').max(100, 'must hold at most 100 events'),
});
