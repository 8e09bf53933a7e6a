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
import { RequestRejected } from '../tracker/request-error.ts';
import type { RequestDependencies } from './dependencies.ts';
import { type StateChange, updateDesiredState } from './update-desired-state.ts';

/** Thrown where a change of the record is decided: there is nothing to write. */
class NothingToRetry extends Error {
  readonly kind: 'retried' | 'skipped';
  constructor(kind: 'retried' | 'skipped') {
    super(kind);
    this.kind = kind;
  }
}

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
  try {
    await updateDesiredState(tools, trackerId, key, (record): StateChange => {
      const verdict = verdictOn(operation, planEntry, record);
      if (verdict !== 'retry' || record === undefined)
        throw new NothingToRetry(verdict === 'retried' ? verdict : 'skipped');
      const request = { key, correlationId: operationId, now: timeOfRetry(operation, tools.now()) };
      return { apply: apply('requestRetry', record, request, tools.settings) };
    });
    return { kind: 'retried' };
  } catch (error) {
    if (error instanceof NothingToRetry) return { kind: error.kind };
    if (error instanceof RequestRejected) return { kind: 'failed', reason: error.refused.reason };
    if (error instanceof UnreadableItem) return { kind: 'failed', reason: 'UNREADABLE' };
    throw error;
  }
}
