import * as z from 'zod';
import { BoundedLog } from '../bounded-log.ts';
import { durablePath } from './state.ts';

/** The number of latest interactions to keep. */
const MAX_INTERACTIONS = 100_000;
export const StringType = z.string().min(1).max(256);
export const Event = z.object({
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

/** An interaction as the dataset has it: what was sent, without the tracking ID. */
export type Interaction = z.infer<typeof Event> & { sessionId: string; userId?: string | undefined; eventId: string };

/** What a dataset contains: an interaction, or an item or a user as PutItems and PutUsers sent it. */
export type DatasetEntry = Interaction | { itemId?: string; userId?: string; properties?: string | undefined };

interface Stored {
  readonly datasetArn: string;
  readonly interaction: DatasetEntry;
}
/** Nothing reads an entry but who asks for it. */
const stored: z.ZodType<Stored> = z.object({ datasetArn: z.string(), interaction: z.record(z.string(), z.any()) });

/** The interactions, items and users that were put into datasets. */
export class Interactions {
  readonly #log: BoundedLog<Stored>;

  constructor(directory?: string) {
    this.#log = new BoundedLog(durablePath(directory, 'interactions'), MAX_INTERACTIONS, stored);
  }
  add(datasetArn: string, interaction: DatasetEntry): void {
    this.#log.append({ datasetArn, interaction });
  }
  forget(datasetArn: string): void {
    this.#log.removeWhere((entry) => entry.datasetArn === datasetArn);
  }
  /** The latest 100,000, by dataset ARN, in the order of their arrival. */
  byDataset(): Record<string, DatasetEntry[]> {
    const byDataset: Record<string, DatasetEntry[]> = {};
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
