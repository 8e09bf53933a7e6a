import { type EventTrackerRecord, isSettled, startOf } from './record.ts';

/**
 * For how long the record has had pending work, in milliseconds; undefined if it is settled. A request without its outcome counts
 * from its acceptance or its admission, or from when the dataset group that it waited for was ready. A cleanup after the outcome counts from its
 * first deletion request, or else from the last update.
 */
export function unfinishedMs(record: EventTrackerRecord, now: number): number | undefined {
  if (isSettled(record)) return undefined;
  const since =
    record.observedGeneration < record.generation
      ? (record.checkedAt ?? startOf(record))
      : (record.cleanup?.deletionRequestedAt ?? record.lastUpdatedDateTime);
  return Math.max(0, now - since);
}

/** For how long the oldest entry of the outbox has waited for delivery, in milliseconds; undefined if the outbox is empty. */
export function oldestOutboxEntryMs(record: EventTrackerRecord, now: number): number | undefined {
  if (record.outbox.length === 0) return undefined;
  return Math.max(0, now - Math.min(...record.outbox.map(({ at }) => at)));
}
