import type { EventTrackerRecord } from '../tracker/record.ts';
import type { ApiEvent } from './request.ts';
import { isInProgress } from './resource.ts';

/** API Gateway gives up after 30 s, so no answer is held longer, in seconds. */
export const LONGEST_PREFERRED_WAIT = 25;
/** Answers that one process holds at once. Beyond, it answers at once: held requests must not keep others out. */
const MOST_HELD = 100;
const LOOK_EVERY_MS = 500;

export interface Waiting {
  readonly store: { read(trackerId: string): Promise<EventTrackerRecord | undefined> };
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

let held = 0;

/** One preference: `wait=5`, perhaps with parameters, which mean nothing to us. */
const WAIT = /^\s*wait\s*=\s*(?:(\d+)|"(\d+)")\s*(?:;|$)/i;

/**
 * What `Prefer: wait=N` asks for, in seconds, at most LONGEST_PREFERRED_WAIT; nothing where it is not asked for. Of several the
 * first counts (RFC 7240).
 */
export function preferredWait({ headers }: Pick<ApiEvent, 'headers'>): number | undefined {
  for (const preference of (headers.prefer ?? '').split(',')) {
    const [, bare, quoted] = WAIT.exec(preference) ?? [];
    const seconds = bare ?? quoted;
    if (seconds !== undefined) return Math.min(Number(seconds), LONGEST_PREFERRED_WAIT);
  }
  return undefined;
}

/** Says what was applied (RFC 7240). */
export const preferenceApplied = (applied: number | undefined): Record<string, string> =>
  applied === undefined ? {} : { 'preference-applied': `wait=${applied}` };

/**
 * Holds on until the wish has its outcome or the time is over.
 * @returns the record as it is then, and the wait that was applied, in seconds, if one was
 */
export async function waitForOutcome(
  { store, now, sleep }: Waiting,
  record: EventTrackerRecord,
  seconds: number | undefined,
): Promise<{ record: EventTrackerRecord; applied?: number }> {
  if (seconds === undefined || held >= MOST_HELD) return { record };
  const until = now() + seconds * 1000;
  let latest = record;
  held++;
  try {
    while (isInProgress(latest) && now() < until) {
      await sleep(Math.min(LOOK_EVERY_MS, Math.max(0, until - now())));
      latest = (await store.read(record.trackerId)) ?? latest;
    }
  } finally {
    held--;
  }
  return { record: latest, applied: seconds };
}
