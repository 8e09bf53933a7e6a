import * as z from 'zod';
import { STATUSES } from '../../events/contract.ts';

/** Why a tracker's state moved, each with the sentence that the API returns beside it. A closed list: part of the API. */
export const HISTORY_CAUSES = {
  REQUESTED: 'An event tracker was requested.',
  REQUESTED_AGAIN: 'An event tracker was requested again.',
  RETRY_REQUESTED: 'A retry was requested.',
  DELETION_REQUESTED: 'The deletion was requested.',
  RELEASED: 'The adopted event tracker was released; Personalize keeps it.',
  WAITING_FOR_DATASET_GROUP: 'The dataset group is not ready yet.',
  WAITING_FOR_INTERACTIONS_DATASET: 'The Interactions dataset of the dataset group is not ready yet.',
  DATASET_GROUP_READY: 'The dataset group and its Interactions dataset are ACTIVE.',
  CREATE_ACKNOWLEDGED: 'CreateEventTracker returned the ARN of the event tracker.',
  STATUS_OBSERVED: 'Personalize reports this status.',
  FOUND_BY_TAGS: 'Personalize lists an event tracker with the tags of this request.',
  ADOPTED: 'An existing event tracker was adopted.',
  REAPPEARED: 'The event tracker that was missing is ACTIVE after all.',
  CREATE_FAILED_OBSERVED: 'Personalize reports CREATE FAILED; the failed event tracker is being deleted.',
  FAILED: 'The request failed.',
  UPDATE_REQUESTED: 'A change of the tags was requested.',
  UPDATED: 'Personalize has the requested tags.',
  UPDATE_FAILED: 'The change of the tags failed.',
  REPAIR_STARTED: 'The tags were changed in Personalize; the requested ones are being restored.',
  TRACKER_DISAPPEARED: 'Personalize no longer has the event tracker.',
  DELETED_OUT_OF_BAND: 'The event tracker was deleted by somebody else.',
  DELETION_COMPLETE: 'Personalize has deleted the event tracker.',
  CLEANUP_COMPLETE: 'What an earlier request left behind is deleted.',
} as const;

export type HistoryCause = keyof typeof HISTORY_CAUSES;

/** One transition of a tracker. `at`: milliseconds since the epoch. */
export const historyEntry = z
  .object({
    at: z.number(),
    generation: z.int().min(0),
    status: z.enum(STATUSES),
    cause: z.enum(Object.keys(HISTORY_CAUSES) as HistoryCause[]),
    /** A failure's own reason, if the cause alone does not give it. */
    reason: z.string().optional(),
    awsRequestId: z.string().optional(),
  })
  .readonly();
export type HistoryEntry = z.infer<typeof historyEntry>;

/** The history keeps the latest entries: an item may have 400 KB. */
const HISTORY_LIMIT = 50;

/** The history with one more entry, of the record's present generation. */
export function withHistoryEntry(
  record: { readonly history: readonly HistoryEntry[]; readonly generation: number },
  entry: Omit<HistoryEntry, 'generation'>,
): readonly HistoryEntry[] {
  return [...record.history, { ...entry, generation: record.generation }].slice(-HISTORY_LIMIT);
}

/** One sentence for people: the reason of a failure, or what the cause stands for. */
export const messageOf = ({ cause, reason }: HistoryEntry): string => reason ?? HISTORY_CAUSES[cause];
