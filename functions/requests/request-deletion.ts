import { apply } from '../tracker/apply.ts';
import { type EventTrackerRecord, isCallPending, isSettled } from '../tracker/record.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import type { RequestDependencies, RequestFeatures } from './dependencies.ts';
import { type ChangeRequest, type StateChange, updateDesiredState } from './update-desired-state.ts';
import { requireVisible } from './visibility.ts';

/**
 * Accepts a deletion. An adopted event tracker is released instead, unless `destroy` is set. If it is already deleted, released or being
 * deleted, nothing changes and the request succeeds.
 * @param assertUnchanged throws if the record has changed since the caller read it
 * @throws RequestRejected NOT_FOUND, NO_ROOM, DESTROY_NOT_ENABLED
 */
export function requestDeletion(
  tools: RequestDependencies & { readonly features: Pick<RequestFeatures, 'destroyAdopted'> },
  asked: ChangeRequest & { destroy: boolean; assertUnchanged?: (record: EventTrackerRecord) => void },
): Promise<EventTrackerRecord> {
  const { settings, now, features } = tools;
  const { trackerId, caller, destroy, assertUnchanged, ...request } = asked;
  return updateDesiredState(tools, trackerId, request.key, (read): StateChange => {
    const record = requireVisible(read, caller);
    assertUnchanged?.(record);
    // A tracker that the drift check has recorded as missing may still exist: then the deletion is a new request.
    const isDeleted =
      record.status === 'DELETED' && record.observedGeneration === record.generation && record.missing === undefined;
    if (record.desired === 'ABSENT' || isDeleted) return { answer: record };
    const isAdopted = record.adopted === true || record.missing?.adopted === true;
    if (isAdopted && destroy && !features.destroyAdopted) throw new RequestRejected({ reason: 'DESTROY_NOT_ENABLED' });
    const args = { ...request, now: now() };
    const releasable =
      record.adopted && record.status === 'ACTIVE' && isSettled(record) && !isCallPending(record, args.now, settings);
    return releasable && !destroy
      ? { apply: apply('release', record, args, settings) }
      : { apply: apply('requestDelete', record, { ...args, destroy }, settings) };
  });
}
