import { type EventTrackerRecord, isSettled } from './record.ts';

/**
 * For how long the record has owed what it owes, in milliseconds; nothing where it is settled. A wish without its outcome counts
 * from its acceptance, or from when the dataset group that it waited for was ready; a cleanup after the outcome from when its deletion was first asked for, or else from the last news of it.
 */
export function unfinishedMs(record: EventTrackerRecord, now: number): number | undefined {
  if (isSettled(record)) return undefined;
  const since =
    record.observedGeneration < record.generation
      ? (record.checkedAt ?? record.requestedAt)
      : (record.cleanup?.deletionRequestedAt ?? record.lastUpdatedDateTime);
  return Math.max(0, now - since);
}

/** For how long the oldest entry of the outbox has waited to be told, in milliseconds; nothing where the outbox is empty. */
export function oldestOutboxEntryMs(record: EventTrackerRecord, now: number): number | undefined {
  if (record.outbox.length === 0) return undefined;
  return Math.max(0, now - Math.min(...record.outbox.map(({ at }) => at)));
}
