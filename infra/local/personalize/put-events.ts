import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { AwsError } from '../wire.ts';
import { interactionsDatasetOf } from './datasets.ts';
import { countsForGroup } from './event-trackers.ts';
import { Event, StringType } from './interactions.ts';
import { operation } from './operation.ts';

/** "10 KB an event" of Personalize's quotas. */
const MAX_EVENT_BYTES = 10 * 1024;
/** Keys that `properties` may not use, in any case (the SDK's documentation of Event). */
const RESERVED = new Set(['userid', 'sessionid', 'eventtype', 'timestamp', 'recommendationid', 'impression']);

export const PutEvents = operation({
  input: z.object({
    trackingId: StringType,
    sessionId: StringType,
    userId: StringType.optional(),
    eventList: z.array(Event).min(1).max(10),
  }),
  writes: true,
  act({ trackingId, sessionId, userId, eventList }, { state, interactions, now }): undefined {
    eventList.forEach(checkEvent);
    const tracker = state.trackerByTrackingId(trackingId, now);
    // One message for every reason, so that it does not reveal whether a guessed ID exists.
    if (tracker === undefined || !countsForGroup(tracker) || tracker.phase.status !== 'ACTIVE') {
      throw new AwsError('InvalidInputException', "'trackingId' must be the one of an ACTIVE event tracker.");
    }
    const dataset = interactionsDatasetOf(state, tracker.datasetGroupArn, now);
    if (dataset === undefined) {
      throw new AwsError(
        'InvalidInputException',
        'The dataset group of the event tracker has no Interactions dataset.',
      );
    }
    for (const event of eventList) {
      const eventId = event.eventId ?? randomUUID();
      interactions.add(dataset.datasetArn, { ...event, eventId, sessionId, ...(userId && { userId }) });
    }
  },
});

function checkEvent(event: z.infer<typeof Event>, index: number): void {
  const field = `eventList.${index + 1}.member`;
  if (Buffer.byteLength(JSON.stringify(event)) > MAX_EVENT_BYTES) {
    throw new AwsError('InvalidInputException', `'${field}' must not be larger than ${MAX_EVENT_BYTES} bytes.`);
  }
  const reserved = Object.keys(propertiesIn(event.properties, field)).find((key) => RESERVED.has(key.toLowerCase()));
  if (reserved !== undefined) {
    throw new AwsError('InvalidInputException', `'${field}.properties' must not use the reserved key ${reserved}.`);
  }
}

/** The properties in the JSON text of a member. @throws AwsError InvalidInputException */
export function propertiesIn(text: string | undefined, field: string): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text ?? '{}'));
  } catch {
    const reason = `'${field}.properties' must be an object.`;
    throw new AwsError('InvalidInputException', `Error parsing properties json: ${reason}`);
  }
}
