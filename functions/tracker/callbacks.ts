import type { Callback, EventTrackerRecord } from './record.ts';
import { reject, type Transition } from './transition.ts';

/**
 * The shortest heartbeat interval, in seconds, that a request may ask for: the longest wait plus the longest silence of retries after it,
 * together 251 s, and a reserve. An execution that died is resumed within 400 s.
 */
export const MIN_HEARTBEAT_SECONDS = 300;
/** Step Functions' own limit of `HeartbeatSeconds`. */
export const MAX_HEARTBEAT_SECONDS = 99_999_999;

/** The tokens that ask for heartbeats and wait for the outcome, or for the delivery of their answer. */
export const tokensWithHeartbeat = ({ callbacks, outbox }: EventTrackerRecord): string[] => {
  const answers = outbox.flatMap((entry): Callback[] => (entry.kind === 'callback' ? [entry] : []));
  return [...callbacks, ...answers].flatMap(({ taskToken, heartbeatSeconds }) =>
    heartbeatSeconds === undefined ? [] : [taskToken],
  );
};

/**
 * **dropCallbacks**: no task waits with these tokens any more. A token whose answer is in the outbox stays: its delivery has the same
 * result.
 */
export const dropCallbacks: Transition<{ now: number; taskTokens: readonly string[] }> = (record, { taskTokens }) => {
  const callbacks = record.callbacks.filter(({ taskToken }) => !taskTokens.includes(taskToken));
  return callbacks.length === record.callbacks.length ? reject('ALREADY_RECORDED') : { ...record, callbacks };
};
