/** The wait before the first poll after CreateEventTracker, in milliseconds. */
export const FIRST_POLL_MS = 5_000;
const SHORTEST_MS = 2_000;
/** No wait is longer than this, in milliseconds. */
export const MAX_WAIT_MS = 60_000;

/**
 * The wait before the next poll, in milliseconds: a fifth of the time that has passed, from 2 s to 60 s. A constant share of
 * the elapsed time keeps the lag a constant share of the creation's own duration (docs/protocol.md).
 */
export function nextWaitMs(elapsedMs: number): number {
  return Math.min(MAX_WAIT_MS, Math.max(SHORTEST_MS, elapsedMs / 5));
}

/**
 * The pause before CreateEventTracker is called again after an unknown outcome or "in use", in milliseconds. It grows with the age of
 * the request, which makes it geometric without a counter.
 */
export function createBackOffMs(sinceRequestMs: number): number {
  return Math.min(MAX_WAIT_MS, Math.max(FIRST_POLL_MS, sinceRequestMs / 5));
}

/**
 * A wait as the state machine takes it: whole seconds, 1 to 60, spread by a tenth either way so that trackers asked for
 * together are not polled together.
 * @param random from 0 (inclusive) to 1 (exclusive)
 */
export function waitSeconds(waitMs: number, random: number): number {
  const jittered = waitMs * (0.9 + 0.2 * random);
  return Math.min(MAX_WAIT_MS / 1000, Math.max(1, Math.round(jittered / 1000)));
}
