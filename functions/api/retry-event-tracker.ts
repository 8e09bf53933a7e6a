import { apply } from '../tracker/apply.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';
import { RequestRefused } from '../tracker/refusals.ts';
import { askerOf, ownRecord } from './asker.ts';
import { callerOf } from './caller.ts';
import type { WriteContext } from './context.ts';
import type { WishChange } from './delete-event-tracker.ts';
import type { Operation } from './pipeline.ts';
import { parseOptionalBody, parseQuery, trackerIdIn } from './request.ts';
import { resourceAnswer } from './resource.ts';
import { nothing } from './schemas.ts';
import { type Change, changeWish, type WishTools } from './wish-change.ts';

/** POST /event-trackers/{trackerId}/retry: 202. */
export function retryEventTracker(context: WriteContext): Operation {
  return async (event) => {
    const caller = callerOf(event, context.claimName);
    const trackerId = trackerIdIn(event);
    ownRecord(await context.store.read(trackerId), caller);
    parseQuery(event, nothing);
    parseOptionalBody(event, nothing);
    const record = await requestRetry(context, { trackerId, caller, ...askerOf(event, {}) });
    return resourceAnswer(record, context, { accepted: true });
  };
}

/**
 * Accepts the wish to try once more after CREATE FAILED. What is under way already is answered as it is.
 * @throws RequestRefused NOT_FOUND, NOT_FAILED when there is nothing to retry, NO_ROOM
 */
export function requestRetry(
  tools: WishTools,
  { trackerId, caller, ...asker }: WishChange,
): Promise<EventTrackerRecord> {
  const { settings, now } = tools;
  return changeWish(tools, trackerId, asker.key, (read): Change => {
    const record = ownRecord(read, caller);
    const isCreating = record.desired === 'PRESENT' && record.observedGeneration < record.generation;
    if (isCreating) return { answer: record };
    if (record.desired !== 'PRESENT' || record.status !== 'CREATE FAILED') {
      throw new RequestRefused({ reason: 'NOT_FAILED', status: record.status });
    }
    return { apply: apply('requestRetry', record, { ...asker, now: now() }, settings) };
  });
}
