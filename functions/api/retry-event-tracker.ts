import { apply } from '../tracker/apply.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import { createAllowance } from './allowance.ts';
import { callerOf } from './caller.ts';
import type { WriteContext } from './context.ts';
import type { WishChange } from './delete-event-tracker.ts';
import { idempotencyKeyOf, type KeyedRequest, type RememberedKey, rememberKey, replayedHeader } from './idempotency.ts';
import type { Operation } from './pipeline.ts';
import { parseOptionalBody, parseQuery, trackerIdIn } from './request.ts';
import { readOwn, requestMetadata, requireVisible } from './request-metadata.ts';
import { resourceResponse } from './resource.ts';
import { emptyObject } from './schemas.ts';
import {
  assertMayBegin,
  generationAfter,
  type RequestDependencies,
  type StateChange,
  updateDesiredState,
} from './update-desired-state.ts';

/** POST /event-trackers/{trackerId}/retry: 202. */
export function retryEventTracker(context: WriteContext): Operation {
  return async (event) => {
    const caller = callerOf(event, context.claimName);
    const trackerId = trackerIdIn(event);
    const { tenantId } = await readOwn(context.store, trackerId, caller);
    parseQuery(event, emptyObject);
    const idempotencyKey = idempotencyKeyOf(event);
    parseOptionalBody(event, emptyObject);
    const tools = { ...context, allowance: createAllowance(context.store, context.features) };
    const asked = { trackerId, caller, ...requestMetadata(event, {}) };
    const key =
      idempotencyKey === undefined
        ? undefined
        : await rememberRetry(tools, { key: idempotencyKey, tenantId, trackerId, request: [OPERATION, {}] }, asked);
    const record = await requestRetry(tools, key ? { ...asked, key: key.key } : asked, key?.generation);
    const answer = resourceResponse(record, context, { accepted: true });
    return { ...answer, headers: { ...answer.headers, ...replayedHeader(key) } };
  };
}

const OPERATION = 'RetryEventTracker';

const rememberRetry = (
  context: WriteContext & RequestDependencies,
  keyed: KeyedRequest,
  asked: WishChange,
): Promise<RememberedKey> =>
  rememberKey(context, keyed, async () => {
    const record = await readOwn(context.store, asked.trackerId, asked.caller);
    const { contextRevision = 0 } = record;
    const change = retryOf(context, record, asked);
    await assertMayBegin(context, record, change);
    return { generation: generationAfter(record, change), contextRevision };
  });

/**
 * Accepts the wish to try once more after CREATE FAILED. What is under way already is answered as it is.
 * @param newest the newest generation that the wish may make: where the record has it, what is there is the answer
 * @throws RequestRejected NOT_FOUND, NOT_FAILED when there is nothing to retry, NO_ROOM, TOO_MANY_UNFINISHED
 */
export function requestRetry(
  tools: RequestDependencies,
  asked: WishChange,
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
  { key, correlationId, traceparent }: WishChange,
): StateChange {
  const isCreating = record.desired === 'PRESENT' && record.observedGeneration < record.generation;
  if (isCreating) return { answer: record };
  if (record.desired !== 'PRESENT' || record.status !== 'CREATE FAILED') {
    throw new RequestRejected({ reason: 'NOT_FAILED', status: record.status });
  }
  return { apply: apply('requestRetry', record, { key, correlationId, traceparent, now: now() }, settings) };
}
