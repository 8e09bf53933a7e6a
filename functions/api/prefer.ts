import type { EventTrackerRecord } from '../tracker/record.ts';
import type { Features } from './features.ts';
import type { ApiEvent } from './request.ts';
import { isInProgress } from './resource.ts';

/** Between two reads while an answer is held. */
export const READ_EVERY_MS = 500;

export interface Waiting {
  readonly store: { read(trackerId: string): Promise<EventTrackerRecord | undefined> };
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** One preference: `wait=5`, perhaps with parameters, which mean nothing to us. */
const WAIT = /^\s*wait\s*=\s*(?:(\d+)|"(\d+)")\s*(?:;|$)/i;

/**
 * What `Prefer: wait=N` asks for, in seconds, at most what the deployment allows; nothing where it is not asked for, or where the
 * deployment holds no answers. Of several the first counts (RFC 7240).
 */
export function preferredWait(
  { headers }: Pick<ApiEvent, 'headers'>,
  { preferWaitSeconds }: Pick<Features, 'preferWaitSeconds'>,
): number | undefined {
  if (preferWaitSeconds === 0) return undefined;
  for (const preference of (headers.prefer ?? '').split(',')) {
    const [, bare, quoted] = WAIT.exec(preference) ?? [];
    const seconds = bare ?? quoted;
    if (seconds !== undefined) return Math.min(Number(seconds), preferWaitSeconds);
  }
  return undefined;
}

/** Says what was applied (RFC 7240). */
export const preferenceApplied = (applied: number | undefined): Record<string, string> =>
  applied === undefined ? {} : { 'preference-applied': `wait=${applied}` };

/**
 * Holds on until the request has its outcome or the time is over. Only api-read holds: its reserved concurrency bounds how many
 * answers are held at once, since a Lambda environment serves one request at a time.
 * @returns the record as it is then, and the wait that was applied, in seconds, if one was
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
