import { LONGEST_TIMER_SECONDS } from './definition-check.ts';
import { TaskFailure } from './failures.ts';
import { isObject, type Json } from './path-check.ts';

/**
 * What a Wait state does: how long it waits, and what it passes on.
 * @param parameters the WaitParameters of engine-definition.ts
 * @param now in milliseconds since the epoch
 * @throws TaskFailure `States.Runtime`, which can't be caught, if its path leads to something else than a duration or a time
 */
export function waitOf(parameters: Json, state: string, now: number): { input: Json; milliseconds: number } {
  const { input = null, seconds, timestamp } = isObject(parameters) ? parameters : {};
  const refusal = (problem: string): TaskFailure =>
    new TaskFailure('States.Runtime', `The state '${state}' can't wait: what its path points at ${problem}.`, true);
  const duration = timestamp === undefined ? seconds : Math.max(0, (Date.parse(String(timestamp)) - now) / 1000);
  if (typeof duration !== 'number' || !(timestamp !== undefined || Number.isInteger(duration)) || duration < 0) {
    throw refusal(timestamp === undefined ? 'is not a whole number of seconds' : 'is not a timestamp');
  }
  if (!(duration <= LONGEST_TIMER_SECONDS)) throw refusal(`is not within ${LONGEST_TIMER_SECONDS} seconds`);
  return { input, milliseconds: duration * 1000 };
}
