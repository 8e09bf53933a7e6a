import { apply } from '../tracker/apply.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';
import { RequestRefused } from '../tracker/refusals.ts';
import { createAllowance } from './allowance.ts';
import { askerOf, ownRecord, readOwn } from './asker.ts';
import { callerOf } from './caller.ts';
import type { WriteContext } from './context.ts';
import type { WishChange } from './delete-event-tracker.ts';
import { idempotencyKeyOf, type KeyedRequest, type RememberedKey, rememberKey, replayedHeader } from './idempotency.ts';
import type { Operation } from './pipeline.ts';
import { parseOptionalBody, parseQuery, trackerIdIn } from './request.ts';
import { resourceAnswer } from './resource.ts';
import { nothing } from './schemas.ts';
import { assertMayBegin, type Change, changeWish, generationAfter, type WishTools } from './wish-change.ts';

/** POST /event-trackers/{trackerId}/retry: 202. */
export function retryEventTracker(context: WriteContext): Operation {
  return async (event) => {
    const caller = callerOf(event, context.claimName);
    const trackerId = trackerIdIn(event);
    const { tenantId } = await readOwn(context.store, trackerId, caller);
    parseQuery(event, nothing);
    const idempotencyKey = idempotencyKeyOf(event);
    parseOptionalBody(event, nothing);
    const tools = { ...context, allowance: createAllowance(context.store, context.features) };
    const asked = { trackerId, caller, ...askerOf(event, {}) };
    const key =
      idempotencyKey === undefined
        ? undefined
        : await rememberRetry(tools, { key: idempotencyKey, tenantId, trackerId, request: [OPERATION, {}] }, asked);
    const record = await requestRetry(tools, key ? { ...asked, key: key.key } : asked, key?.generation);
    const answer = resourceAnswer(record, context, { accepted: true });
    return { ...answer, headers: { ...answer.headers, ...replayedHeader(key) } };
  };
}

const OPERATION = 'RetryEventTracker';

const rememberRetry = (
  context: WriteContext & WishTools,
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
 * @throws RequestRefused NOT_FOUND, NOT_FAILED when there is nothing to retry, NO_ROOM, TOO_MANY_UNFINISHED
 */
export function requestRetry(
  tools: WishTools,
  asked: WishChange,
  newest = Number.POSITIVE_INFINITY,
): Promise<EventTrackerRecord> {
  return changeWish(tools, asked.trackerId, asked.key, (read): Change => {
    const record = ownRecord(read, asked.caller);
    return record.generation >= newest ? { answer: record } : retryOf(tools, record, asked);
  });
}

function retryOf(
  { settings, now }: Pick<WishTools, 'settings' | 'now'>,
  record: EventTrackerRecord,
  { key, correlationId, traceparent }: WishChange,
): Change {
  const isCreating = record.desired === 'PRESENT' && record.observedGeneration < record.generation;
  if (isCreating) return { answer: record };
  if (record.desired !== 'PRESENT' || record.status !== 'CREATE FAILED') {
    throw new RequestRefused({ reason: 'NOT_FAILED', status: record.status });
  }
  return { apply: apply('requestRetry', record, { key, correlationId, traceparent, now: now() }, settings) };
}
