import { apply } from '../tracker/apply.ts';
import { type EventTrackerRecord, isAwaited, isUpdating } from '../tracker/record.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import { createAllowance } from './allowance.ts';
import type { RequestContext, RequestDependencies } from './dependencies.ts';
import { once } from './remember-key.ts';
import { allowedAfter, type ChangeRequest, type StateChange, updateDesiredState } from './update-desired-state.ts';
import { readOwn, requireVisible } from './visibility.ts';

/**
 * `requestRetry` with the Idempotency-Key of the caller, if there is one.
 * @param tenantId the tenant of the record, to whom the key belongs
 * @throws RequestRejected as `requestRetry`; IDEMPOTENCY_KEY_REUSED
 */
export function requestRetryOnce(
  context: RequestContext,
  asked: ChangeRequest,
  tenantId: string,
  idempotencyKey: string | undefined,
): Promise<{ record: EventTrackerRecord; isReplay: boolean }> {
  const tools = { ...context, allowance: createAllowance(context.store, context.features) };
  const { trackerId, caller } = asked;
  return once(
    context,
    { key: idempotencyKey, tenantId, trackerId, request: ['RetryEventTracker', {}] },
    async () => {
      const record = await readOwn(context.store, trackerId, caller);
      const { generation } = await allowedAfter(tools, record, retryOf(tools, record, asked));
      return { generation, contextRevision: record.contextRevision ?? 0 };
    },
    (used) => requestRetry(tools, used ? { ...asked, key: used.key } : asked, used?.generation),
  );
}

/**
 * Accepts a retry after CREATE FAILED, or after a failed change of tags. If it is already in progress, nothing changes.
 * @param newest the newest generation that the retry may start; if the record already has it, the record is returned unchanged
 * @throws RequestRejected NOT_FOUND, NOT_FAILED if there is nothing to retry, NO_ROOM, TOO_MANY_UNFINISHED
 */
export function requestRetry(
  tools: RequestDependencies,
  asked: ChangeRequest,
  newest = Number.POSITIVE_INFINITY,
): Promise<EventTrackerRecord> {
  return updateDesiredState(tools, asked.trackerId, asked.key, (read): StateChange => {
    const record = requireVisible(read, asked.caller);
    return record.generation >= newest ? { answer: record } : retryOf(tools, record, asked);
  });
}

function retryOf(
  { settings, now }: Pick<RequestDependencies, 'settings' | 'now'>,
  record: EventTrackerRecord,
  { key, correlationId, traceparent }: ChangeRequest,
): StateChange {
  if (isAwaited(record) || isUpdating(record)) return { answer: record };
  const hasFailed = record.status === 'CREATE FAILED' || record.updateFailure !== undefined;
  if (record.desired !== 'PRESENT' || !hasFailed) {
    throw new RequestRejected({ reason: 'NOT_FAILED', status: record.status });
  }
  return { apply: apply('requestRetry', record, { key, correlationId, traceparent, now: now() }, settings) };
}
