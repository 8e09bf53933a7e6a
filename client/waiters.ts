import { EventTrackersError } from './errors.ts';
import type { EventTracker, EventTrackerOutput, EventTrackersClient } from './event-trackers-client.ts';
import { pause } from './transport.ts';

/** As the AWS SDK's waiters take it (@smithy/util-waiter); times in seconds. */
export interface WaiterConfiguration {
  readonly client: Pick<EventTrackersClient, 'describeEventTracker'>;
  /** How long to wait in all. */
  readonly maxWaitTime: number;
  /** Between two looks at least: 2 unless told otherwise. */
  readonly minDelay?: number;
  /** Between two looks at most, also where Retry-After asks for more: 60 unless told otherwise. */
  readonly maxDelay?: number;
  readonly abortSignal?: AbortSignal;
  readonly abortController?: AbortController;
  /** Told of each look that was not the last. */
  readonly onPoll?: (eventTracker: EventTracker) => void;
}

export interface WaiterInput {
  readonly trackerId: string;
}

export type WaiterState = 'SUCCESS' | 'FAILURE' | 'TIMEOUT' | 'ABORTED';

export interface WaiterResult {
  readonly state: WaiterState;
  /** What decided: the last look, or the error that it met; absent where there was none. */
  readonly reason?: Poll | undefined;
}

/** What a look showed, or why it showed nothing. */
type Poll = EventTrackerOutput | EventTrackersError;

/**
 * A wait that did not succeed. As of the AWS SDK's waiters, `name` is TimeoutError or AbortError for those. The message holds
 * nothing of the tracker but its id, status and failure.
 */
export class EventTrackerWaitError extends Error implements WaiterResult {
  readonly state: Exclude<WaiterState, 'SUCCESS'>;
  readonly reason: WaiterResult['reason'];

  constructor(state: Exclude<WaiterState, 'SUCCESS'>, message: string, reason?: WaiterResult['reason']) {
    super(message, reason instanceof Error ? { cause: reason } : {});
    this.name = { FAILURE: 'EventTrackerWaitError', TIMEOUT: 'TimeoutError', ABORTED: 'AbortError' }[state];
    this.state = state;
    this.reason = reason;
  }
}

/**
 * Waits until an event tracker is ACTIVE: from then on its tracking ID may be used.
 * @returns {state: 'SUCCESS', reason}, where `reason.eventTracker` is the tracker with its trackingId
 * @throws EventTrackerWaitError FAILURE when it ended otherwise (CREATE FAILED, DELETED, RELEASED) or the API refuses to show it,
 * TIMEOUT after maxWaitTime, ABORTED by the signal; TypeError for times that break a rule; what the client's `token` throws
 */
export async function waitUntilEventTrackerActive(
  params: WaiterConfiguration,
  input: WaiterInput,
): Promise<{ readonly state: 'SUCCESS'; readonly reason: EventTrackerOutput }> {
  const { reason } = await waitUntil(params, input, 'ACTIVE', (look) => {
    if (look instanceof EventTrackersError) return look.retryable ? 'RETRY' : 'FAILURE';
    // While there is progress the outcome is open, whatever the status: what is left of an earlier tracker is deleted first.
    if (look.progress !== undefined) return 'RETRY';
    if (look.status === 'ACTIVE') return 'SUCCESS';
    return ['CREATE FAILED', 'DELETED', 'RELEASED'].includes(look.status) ? 'FAILURE' : 'RETRY';
  });
  if (reason instanceof EventTrackersError) throw reason;
  return { state: 'SUCCESS', reason };
}

/**
 * Waits until an event tracker is DELETED, or is not there any more. It asks for no deletion.
 * @returns {state: 'SUCCESS', reason}; `reason` is the last look, or the NOT_FOUND
 * @throws EventTrackerWaitError FAILURE when it was RELEASED (an adopted one was let go of, and stays) or the API refuses to show
 * it, TIMEOUT after maxWaitTime, ABORTED by the signal; TypeError for times that break a rule; what the client's `token` throws
 */
export const waitUntilEventTrackerDeleted = (
  params: WaiterConfiguration,
  input: WaiterInput,
): Promise<{ readonly state: 'SUCCESS'; readonly reason: Poll }> =>
  waitUntil(params, input, 'DELETED', (look) => {
    if (look instanceof EventTrackersError) {
      if (look.reason === 'NOT_FOUND') return 'SUCCESS';
      return look.retryable ? 'RETRY' : 'FAILURE';
    }
    if (look.progress !== undefined) return 'RETRY';
    if (look.status === 'DELETED') return 'SUCCESS';
    return look.status === 'RELEASED' ? 'FAILURE' : 'RETRY';
  });

/** How long a look is held by the service, in seconds, where there is as much time left. */
const MAX_HOLD = 20;
/** Left for the last look before the time is over, in seconds. */
const LAST_POLL_RESERVE = 1;
/** The longest time that a timer takes, in seconds. */
const MAX_WAIT = 2_147_483;

async function waitUntil(
  params: WaiterConfiguration,
  { trackerId }: WaiterInput,
  wanted: 'ACTIVE' | 'DELETED',
  judge: (look: EventTracker | EventTrackersError) => 'SUCCESS' | 'FAILURE' | 'RETRY',
): Promise<{ readonly state: 'SUCCESS'; readonly reason: Poll }> {
  const { client, maxWaitTime, minDelay, maxDelay, onPoll } = checked(params);
  const callers = [params.abortSignal, params.abortController?.signal].filter((signal) => signal !== undefined);
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), maxWaitTime * 1000);
  const abortSignal = AbortSignal.any([...callers, deadline.signal]);
  const until = seconds() + maxWaitTime;
  let last: Poll | undefined;
  try {
    for (let looks = 1; ; looks++) {
      const lookedAt = seconds();
      const hold = Math.min(MAX_HOLD, Math.floor(until - lookedAt - LAST_POLL_RESERVE));
      last = await pollOnce(client, trackerId, { abortSignal, ...(hold > 0 && { waitSeconds: hold }) });
      const verdict = judge(last instanceof EventTrackersError ? last : last.eventTracker);
      if (verdict === 'SUCCESS') return { state: 'SUCCESS', reason: last };
      if (verdict === 'FAILURE') throw new EventTrackerWaitError('FAILURE', told(trackerId, wanted, last), last);
      if (!(last instanceof EventTrackersError)) onPoll?.(last.eventTracker);
      // A look that was held has waited already.
      const delay = delayOf(last, looks, { minDelay, maxDelay }) - (seconds() - lookedAt);
      const untilLastPoll = until - LAST_POLL_RESERVE - seconds();
      await pause(Math.max(minDelay, Math.min(delay, untilLastPoll)) * 1000, abortSignal);
    }
  } catch (error) {
    if (error instanceof EventTrackerWaitError) throw error;
    const isAborted = callers.some(({ aborted }) => aborted);
    if (isAborted)
      throw new EventTrackerWaitError('ABORTED', `The wait was aborted: ${told(trackerId, wanted, last)}`, last);
    if (deadline.signal.aborted) {
      throw new EventTrackerWaitError('TIMEOUT', `After ${maxWaitTime} s ${told(trackerId, wanted, last)}`, last);
    }
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

const seconds = (): number => performance.now() / 1000;

async function pollOnce(
  client: WaiterConfiguration['client'],
  trackerId: string,
  options: { readonly abortSignal: AbortSignal; readonly waitSeconds?: number },
): Promise<Poll> {
  try {
    return await client.describeEventTracker({ trackerId }, options);
  } catch (error) {
    if (error instanceof EventTrackersError) return error;
    throw error;
  }
}

/** Before the next look, in seconds: Retry-After within the bounds; where there is none a growing, jittered time, as the AWS SDK's. */
function delayOf(look: Poll, looks: number, { minDelay, maxDelay }: { minDelay: number; maxDelay: number }): number {
  const wanted = look instanceof EventTrackersError ? look.retryAfterSeconds : look.$metadata.retryAfterSeconds;
  if (wanted !== undefined) return Math.min(maxDelay, Math.max(minDelay, wanted));
  const longest = Math.min(maxDelay, minDelay * 2 ** Math.min(looks - 1, 30));
  return minDelay + Math.random() * (longest - minDelay);
}

/** How it stands, in a sentence without its end. */
function told(trackerId: string, wanted: string, look: Poll | undefined): string {
  const sentence = `${trackerId} is not ${wanted}`;
  if (look === undefined) return `${sentence}: it was not seen`;
  if (look instanceof EventTrackersError) return `${sentence}: ${look.message}`;
  const { status, failure } = look.eventTracker;
  return `${sentence}: it is ${status}${failure ? ` (${failure.code}: ${failure.reason})` : ''}`;
}

/** @throws TypeError */
function checked({ minDelay = 2, maxDelay = Math.max(60, minDelay), ...params }: WaiterConfiguration) {
  const { maxWaitTime } = params;
  if (!(maxWaitTime > 0 && maxWaitTime <= MAX_WAIT)) {
    throw new TypeError(`maxWaitTime must be more than 0 and at most ${MAX_WAIT} seconds`);
  }
  if (!(minDelay > 0)) throw new TypeError('minDelay must be more than 0 seconds');
  if (!(maxDelay >= minDelay && maxDelay <= MAX_WAIT)) {
    throw new TypeError(`maxDelay must be from minDelay to ${MAX_WAIT} seconds`);
  }
  return { ...params, minDelay, maxDelay };
}
