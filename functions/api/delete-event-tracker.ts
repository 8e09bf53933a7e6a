import { apply } from '../tracker/apply.ts';
import { type EventTrackerRecord, isCallPending, isSettled } from '../tracker/record.ts';
import { RequestRefused } from '../tracker/refusals.ts';
import type { Wish } from '../tracker/wishes.ts';
import { type Change, changeWish, type RequestTools } from './wish-change.ts';

/** Who changes the wish for which tracker. */
export interface WishChange {
  readonly trackerId: string;
  readonly tenantId: string;
  readonly key: Wish['key'];
  readonly correlationId: string;
  readonly traceparent?: string;
}

/** The tenant's own record; another's is as one that is not there. */
export function ownRecord(record: EventTrackerRecord | undefined, tenantId: string): EventTrackerRecord {
  if (record?.tenantId !== tenantId) throw new RequestRefused({ reason: 'NOT_FOUND' });
  return record;
}

/**
 * Accepts the wish that there be no tracker. One that was adopted is let go of and stays, unless it is to be destroyed. What is
 * deleted, released or being deleted already stays as it is: a repeat is a success.
 * @throws RequestRefused NOT_FOUND, NO_ROOM
 */
export function requestDeletion(
  tools: RequestTools,
  { trackerId, tenantId, destroy, ...asked }: WishChange & { destroy: boolean },
): Promise<EventTrackerRecord> {
  const { settings, now } = tools;
  return changeWish(tools, trackerId, asked.key, (read): Change => {
    const record = ownRecord(read, tenantId);
    const isDeleted = record.status === 'DELETED' && record.observedGeneration === record.generation;
    if (record.desired === 'ABSENT' || isDeleted) return { answer: record };
    const args = { ...asked, now: now() };
    const releasable =
      record.adopted && record.status === 'ACTIVE' && isSettled(record) && !isCallPending(record, args.now, settings);
    return releasable && !destroy
      ? { apply: apply('release', record, args, settings) }
      : { apply: apply('requestDelete', record, { ...args, destroy }, settings) };
  });
}

/**
 * Accepts the wish to try once more after CREATE FAILED. What is under way already is answered as it is.
 * @throws RequestRefused NOT_FOUND, NOT_FAILED when there is nothing to retry, NO_ROOM
 */
export function requestRetry(
  tools: RequestTools,
  { trackerId, tenantId, ...asked }: WishChange,
): Promise<EventTrackerRecord> {
  const { settings, now } = tools;
  return changeWish(tools, trackerId, asked.key, (read): Change => {
    const record = ownRecord(read, tenantId);
    const isCreating = record.desired === 'PRESENT' && record.observedGeneration < record.generation;
    if (isCreating) return { answer: record };
    if (record.desired !== 'PRESENT' || record.status !== 'CREATE FAILED') {
      throw new RequestRefused({ reason: 'NOT_FAILED', status: record.status });
    }
    return { apply: apply('requestRetry', record, { ...asked, now: now() }, settings) };
  });
}
