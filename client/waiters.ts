import { EventTrackersError } from './errors.ts';
import type { EventTracker, EventTrackerOutput, EventTrackersClient } from './event-trackers-client.ts';
import { pause } from './transport.ts';

/** The same parameters as the waiters of the AWS SDK (@smithy/util-waiter); times in seconds. */
export interface WaiterConfiguration {
  readonly client: Pick<EventTrackersClient, 'describeEventTracker'>;
  /** The maximum time to wait. */
  readonly maxWaitTime: number;
  /** The minimum time between two polls (default 2). */
  readonly minDelay?: number;
  /** The maximum time between two polls, even if Retry-After asks for more (default 60, or minDelay if that is larger). */
  readonly maxDelay?: number;
  readonly abortSignal?: AbortSignal;
  readonly abortController?: AbortController;
  /** Called with the tracker after each poll except the last. */
  readonly onPoll?: (eventTracker: EventTracker) => void;
}

export interface WaiterInput {
  readonly trackerId: string;
}

export type WaiterState = 'SUCCESS' | 'FAILURE' | 'TIMEOUT' | 'ABORTED';

export interface WaiterResult {
  readonly state: WaiterState;
  /** The output or error of the last poll; absent if no poll completed. */
  readonly reason?: Poll | undefined;
}

/** The output or the error of one poll. */
type Poll = EventTrackerOutput | EventTrackersError;

/**
 * A wait that did not succeed. As with the waiters of the AWS SDK, `name` is TimeoutError after a timeout and AbortError after an
 * abort. Of the tracker, the message contains only its ID, status and failure.
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
 * Waits until an event tracker is ACTIVE, that is, until its tracking ID is usable.
 * @returns {state: 'SUCCESS', reason}; `reason.eventTracker` contains the trackingId
 * @throws EventTrackerWaitError with the state FAILURE if the tracker reaches another final status (CREATE FAILED, DELETED,
 * RELEASED) or the API returns an error that a retry can't fix, TIMEOUT after maxWaitTime, or ABORTED by the signal; TypeError for
 * invalid times; and whatever the client's `token` throws
 */
export async function waitUntilEventTrackerActive(
  params: WaiterConfiguration,
  input: WaiterInput,
): Promise<{ readonly state: 'SUCCESS'; readonly reason: EventTrackerOutput }> {
  const { reason } = await waitUntil(params, input, 'ACTIVE', (polled) => {
    if (polled instanceof EventTrackersError) return polled.retryable ? 'RETRY' : 'FAILURE';
    // Also while its tags are being changed.
    if (polled.status === 'ACTIVE') return 'SUCCESS';
    // While `progress` is present, no other status is final: the service may still be deleting an earlier tracker.
    if (polled.progress !== undefined) return 'RETRY';
    return ['CREATE FAILED', 'DELETED', 'RELEASED'].includes(polled.status) ? 'FAILURE' : 'RETRY';
  });
  if (reason instanceof EventTrackersError) throw reason;
  return { state: 'SUCCESS', reason };
}

/**
 * Waits until a change of tags is made. Does not request it.
 * @returns {state: 'SUCCESS', reason}; the tracker is ACTIVE and has the requested tags
 * @throws as waitUntilEventTrackerActive; FAILURE also if the change failed (`updateFailure`)
 */
export async function waitUntilEventTrackerUpdated(
  params: WaiterConfiguration,
  input: WaiterInput,
): Promise<{ readonly state: 'SUCCESS'; readonly reason: EventTrackerOutput }> {
  const { reason } = await waitUntil(params, input, 'updated', (polled) => {
    if (polled instanceof EventTrackersError) return polled.retryable ? 'RETRY' : 'FAILURE';
    if (polled.progress !== undefined) return 'RETRY';
    return polled.status === 'ACTIVE' && polled.updateFailure === undefined ? 'SUCCESS' : 'FAILURE';
  });
  if (reason instanceof EventTrackersError) throw reason;
  return { state: 'SUCCESS', reason };
}

/**
 * Waits until an event tracker is DELETED or no longer found. Does not request the deletion.
 * @returns {state: 'SUCCESS', reason}; `reason` is the output of the last poll, or the error NOT_FOUND
 * @throws EventTrackerWaitError with the state FAILURE if the tracker is RELEASED (an adopted tracker stays in Personalize) or the
 * API returns an error that a retry can't fix, TIMEOUT after maxWaitTime, or ABORTED by the signal; TypeError for invalid times;
 * and whatever the client's `token` throws
 */
export const waitUntilEventTrackerDeleted = (
  params: WaiterConfiguration,
  input: WaiterInput,
): Promise<{ readonly state: 'SUCCESS'; readonly reason: Poll }> =>
  waitUntil(params, input, 'DELETED', (polled) => {
    if (polled instanceof EventTrackersError) {
      if (polled.reason === 'NOT_FOUND') return 'SUCCESS';
      return polled.retryable ? 'RETRY' : 'FAILURE';
    }
    if (polled.progress !== undefined) return 'RETRY';
    if (polled.status === 'DELETED') return 'SUCCESS';
    return polled.status === 'RELEASED' ? 'FAILURE' : 'RETRY';
  });

/** The maximum time for which a poll asks the service to hold the response, in seconds. */
const MAX_HOLD = 20;
/** Reserved for the last poll before the timeout, in seconds. */
const LAST_POLL_RESERVE = 1;
/** The longest delay of a JavaScript timer, in seconds. */
const MAX_WAIT = 2_147_483;

async function waitUntil(
  params: WaiterConfiguration,
  { trackerId }: WaiterInput,
  wanted: 'ACTIVE' | 'DELETED' | 'updated',
  judge: (polled: EventTracker | EventTrackersError) => 'SUCCESS' | 'FAILURE' | 'RETRY',
): Promise<{ readonly state: 'SUCCESS'; readonly reason: Poll }> {
  const { client, maxWaitTime, minDelay, maxDelay, onPoll } = checked(params);
  const callers = [params.abortSignal, params.abortController?.signal].filter((signal) => signal !== undefined);
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), maxWaitTime * 1000);
  const abortSignal = AbortSignal.any([...callers, deadline.signal]);
  const until = seconds() + maxWaitTime;
  let last: Poll | undefined;
  try {
    for (let polls = 1; ; polls++) {
      const polledAt = seconds();
      const hold = Math.min(MAX_HOLD, Math.floor(until - polledAt - LAST_POLL_RESERVE));
      last = await pollOnce(client, trackerId, { abortSignal, ...(hold > 0 && { waitSeconds: hold }) });
      const verdict = judge(last instanceof EventTrackersError ? last : last.eventTracker);
      if (verdict === 'SUCCESS') return { state: 'SUCCESS', reason: last };
      if (verdict === 'FAILURE') throw new EventTrackerWaitError('FAILURE', describe(trackerId, wanted, last), last);
      if (!(last instanceof EventTrackersError)) onPoll?.(last.eventTracker);
      // A held poll has waited already.
      const delay = delayOf(last, polls, { minDelay, maxDelay }) - (seconds() - polledAt);
      const untilLastPoll = until - LAST_POLL_RESERVE - seconds();
      await pause(Math.max(minDelay, Math.min(delay, untilLastPoll)) * 1000, abortSignal);
    }
  } catch (error) {
    if (error instanceof EventTrackerWaitError) throw error;
    const isAborted = callers.some(({ aborted }) => aborted);
    if (isAborted)
      throw new EventTrackerWaitError('ABORTED', `The wait was aborted: ${describe(trackerId, wanted, last)}`, last);
    if (deadline.signal.aborted) {
      throw new EventTrackerWaitError('TIMEOUT', `After ${maxWaitTime} s ${describe(trackerId, wanted, last)}`, last);
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

/** The delay before the next poll, in seconds: Retry-After within the bounds, or exponential back-off with jitter like the AWS SDK's. */
function delayOf(poll: Poll, polls: number, { minDelay, maxDelay }: { minDelay: number; maxDelay: number }): number {
  const wanted = poll instanceof EventTrackersError ? poll.retryAfterSeconds : poll.$metadata.retryAfterSeconds;
  if (wanted !== undefined) return Math.min(maxDelay, Math.max(minDelay, wanted));
  const longest = Math.min(maxDelay, minDelay * 2 ** Math.min(polls - 1, 30));
  return minDelay + Math.random() * (longest - minDelay);
}

/** The state of the tracker, as a clause for an error message. */
function describe(trackerId: string, wanted: string, last: Poll | undefined): string {
  const sentence = `${trackerId} is not ${wanted}`;
  if (last === undefined) return `${sentence}: no poll completed`;
  if (last instanceof EventTrackersError) return `${sentence}: ${last.message}`;
  const { status, updateFailure, failure = updateFailure } = last.eventTracker;
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
