import { UnreadableItem } from '../store/item.ts';
import { apply } from '../tracker/apply.ts';
import {
  keyOfRetry,
  type Operation,
  type PlannedRetry,
  type RetryOutcome,
  timeOfRetry,
  verdictOn,
} from '../tracker/operation.ts';
import { isSettled } from '../tracker/record.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import type { RequestDependencies } from './dependencies.ts';
import { type StateChange, start, updateDesiredState } from './update-desired-state.ts';

/** Thrown where a change of the record is decided: the tracker is not what the operation was asked for any more. */
class NothingToRetry extends Error {}

/**
 * One retry of an operation: the same request as `requestRetry`, decided on the record as it is. It does not count against a tenant's limit
 * of unfinished trackers, because the operation has a pace of its own.
 * @throws what the store throws, except for a record that cannot be read
 */
export async function retryPlanned(
  tools: Omit<RequestDependencies, 'allowance'>,
  operation: Operation,
  planEntry: PlannedRetry,
): Promise<RetryOutcome> {
  const { trackerId } = planEntry;
  const key = keyOfRetry(operation, trackerId);
  const { operationId } = operation;
  let isMadeBefore = false;
  try {
    const record = await updateDesiredState(tools, trackerId, key, (read): StateChange => {
      const verdict = verdictOn(operation, planEntry, read);
      if (read === undefined || verdict === 'skipped') throw new NothingToRetry();
      isMadeBefore = verdict === 'retried';
      if (isMadeBefore) return { answer: read };
      const request = { key, correlationId: operationId, now: timeOfRetry(operation, tools.now()) };
      return { apply: apply('requestRetry', read, request, tools.settings) };
    });
    // Whoever made it may have died before it started the execution. One of this name that there is counts as started.
    if (isMadeBefore && !isSettled(record)) await start(tools, record);
    return { kind: 'retried' };
  } catch (error) {
    if (error instanceof NothingToRetry) return { kind: 'skipped' };
    if (error instanceof RequestRejected) return { kind: 'failed', reason: error.refused.reason };
    if (error instanceof UnreadableItem) return { kind: 'failed', reason: 'UNREADABLE' };
    throw error;
  }
}
