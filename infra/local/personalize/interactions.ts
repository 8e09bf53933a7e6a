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

/** The interactions that PutEvents sent. */
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
  /** The latest 100,000, by dataset ARN, in the order of their arrival. */
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
