import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { AwsError } from '../wire.ts';
import { BoundedLog } from './bounded-log.ts';
import { interactionsDatasetOf } from './datasets.ts';
import { countsForGroup } from './event-trackers.ts';
import { operation } from './operation.ts';
import { durablePath } from './state.ts';

/** Of what PutEvents brought, this many events are kept, the newest ones. */
const MAX_INTERACTIONS = 100_000;
/** "10 KB an event" of Personalize's quotas. */
const MAX_EVENT_BYTES = 10 * 1024;
/** Keys that `properties` may not use, in any case (the SDK's documentation of Event). */
const RESERVED = new Set(['userid', 'sessionid', 'eventtype', 'timestamp', 'recommendationid', 'impression']);

const StringType = z.string().min(1).max(256);
const Event = z.object({
  eventType: StringType,
  /** Seconds since the epoch. */
  sentAt: z.number(),
  eventId: StringType.optional(),
  eventValue: z.number().optional(),
  itemId: StringType.optional(),
  properties: z.string().min(1).max(1024).optional(),
  recommendationId: z.string().min(1).max(40).optional(),
  impression: z.array(StringType).min(1).max(25).optional(),
  metricAttribution: z
    .object({
      eventAttributionSource: z
        .string()
        .max(1024)
        .regex(/^[\x20-\x7E]*[\x21-\x7E]+[\x20-\x7E]*$/),
    })
    .optional(),
});

/** One event as it lies in a dataset: what was sent, without the tracking ID. */
export type Interaction = z.infer<typeof Event> & { sessionId: string; userId?: string | undefined; eventId: string };

/** What PutEvents brought, by dataset. */
export class Interactions {
  readonly #log: BoundedLog<{ datasetArn: string; interaction: Interaction }>;

  constructor(directory?: string) {
    this.#log = new BoundedLog(durablePath(directory, 'interactions'), MAX_INTERACTIONS);
  }
  add(datasetArn: string, interaction: Interaction): void {
    this.#log.append({ datasetArn, interaction });
  }
  forget(datasetArn: string): void {
    this.#log.removeWhere((entry) => entry.datasetArn === datasetArn);
  }
  /** The newest 100,000 events, each dataset's in the order of their arrival. */
  byDataset(): Record<string, Interaction[]> {
    const byDataset: Record<string, Interaction[]> = {};
    for (const { datasetArn, interaction } of this.#log.values()) {
      byDataset[datasetArn] ??= [];
      byDataset[datasetArn].push(interaction);
    }
    return byDataset;
  }
  close(): void {
    this.#log.close();
  }
}

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
    // One message for every reason: whether a guessed ID exists is nobody's business, and the ID is a secret.
    if (tracker === undefined || !countsForGroup(tracker) || tracker.phase.status !== 'ACTIVE') {
      throw new AwsError('InvalidInputException', "'trackingId' must be the one of an ACTIVE event tracker.");
    }
    const dataset = interactionsDatasetOf(state, tracker.datasetGroupArn);
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
  if (event.properties === undefined) return;
  const properties = propertiesOf(event.properties);
  if (properties === undefined) {
    throw new AwsError(
      'InvalidInputException',
      `Error parsing properties json: '${field}.properties' must be an object.`,
    );
  }
  const reserved = Object.keys(properties).find((key) => RESERVED.has(key.toLowerCase()));
  if (reserved !== undefined) {
    throw new AwsError('InvalidInputException', `'${field}.properties' must not use the reserved key ${reserved}.`);
  }
}

function propertiesOf(text: string): Record<string, unknown> | undefined {
  try {
    return z.record(z.string(), z.unknown()).safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
