import { type EventTrackerRecord, isInProgress } from '../tracker/record.ts';

/** The pause between two reads. */
export const READ_EVERY_MS = 500;

export interface Waiting {
  readonly store: { read(trackerId: string): Promise<EventTrackerRecord | undefined> };
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/**
 * Waits until the request has its outcome or the time is over. Only api-read waits: its reserved concurrency limits the number of waiting
 * requests, because a Lambda environment serves one request at a time.
 * @returns the latest record, and the applied wait in seconds, if any
 */
export async function waitForOutcome(
  { store, now, sleep }: Waiting,
  record: EventTrackerRecord,
  seconds: number | undefined,
): Promise<{ record: EventTrackerRecord; applied?: number }> {
  if (seconds === undefined) return { record };
  const until = now() + seconds * 1000;
  let latest = record;
  while (isInProgress(latest) && now() < until) {
    await sleep(Math.min(READ_EVERY_MS, Math.max(0, until - now())));
    latest = (await store.read(record.trackerId)) ?? latest;
  }
  return { record: latest, applied: seconds };
}
