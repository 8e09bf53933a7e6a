import { apply } from '../tracker/apply.ts';
import { type EventTrackerRecord, isCallPending, isSettled } from '../tracker/record.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import { type Caller, callerOf } from './caller.ts';
import { assertIfMatch } from './conditional.ts';
import type { WriteContext } from './context.ts';
import type { Features } from './features.ts';
import type { Operation } from './pipeline.ts';
import { parseQuery, trackerIdIn } from './request.ts';
import { type RequestMetadata, readOwn, requestMetadata, requireVisible } from './request-metadata.ts';
import { resourceResponse } from './resource.ts';
import { deleteEventTrackerQuery } from './schemas.ts';
import { type RequestDependencies, type StateChange, updateDesiredState } from './update-desired-state.ts';

/** DELETE /event-trackers/{trackerId}: 202 until nothing is left of it, then 200. */
export function deleteEventTracker(context: WriteContext): Operation {
  return async (event) => {
    const caller = callerOf(event, context.claimName);
    const trackerId = trackerIdIn(event);
    // A 404 comes before what is wrong with the request: a stranger learns nothing by it.
    await readOwn(context.store, trackerId, caller);
    const { destroy } = parseQuery(event, deleteEventTrackerQuery);
    const record = await requestDeletion(
      { ...context, ...context.features },
      {
        trackerId,
        caller,
        destroy,
        ...requestMetadata(event, {}),
        assertUnchanged: (seen) => assertIfMatch(event, resourceResponse(seen, context, { accepted: false }).body),
      },
    );
    return resourceResponse(record, context, { accepted: true });
  };
}

/** Who changes the wish for which tracker. */
export interface WishChange extends RequestMetadata {
  readonly trackerId: string;
  readonly caller: Pick<Caller, 'tenantId' | 'isPlatform' | 'datasetGroups' | 'scopes'>;
}

/**
 * Accepts the wish that there be no tracker. One that was adopted is let go of and stays, unless it is to be destroyed. What is
 * deleted, released or being deleted already stays as it is: a repeat is a success.
 * @param assertUnchanged throws where the record is not as the caller saw it
 * @throws RequestRejected NOT_FOUND, NO_ROOM, DESTROY_NOT_ENABLED
 */
export function requestDeletion(
  tools: RequestDependencies & Pick<Features, 'destroyAdopted'>,
  asked: WishChange & { destroy: boolean; assertUnchanged?: (record: EventTrackerRecord) => void },
): Promise<EventTrackerRecord> {
  const { settings, now, destroyAdopted } = tools;
  const { trackerId, caller, destroy, assertUnchanged, ...asker } = asked;
  return updateDesiredState(tools, trackerId, asker.key, (read): StateChange => {
    const record = requireVisible(read, caller);
    assertUnchanged?.(record);
    // Where the drift check took it for lost, it may be there after all: that nobody wants it any more is a wish then.
    const isDeleted =
      record.status === 'DELETED' && record.observedGeneration === record.generation && record.missing === undefined;
    if (record.desired === 'ABSENT' || isDeleted) return { answer: record };
    const isAdopted = record.adopted === true || record.missing?.adopted === true;
    if (isAdopted && destroy && !destroyAdopted) throw new RequestRejected({ reason: 'DESTROY_NOT_ENABLED' });
    const args = { ...asker, now: now() };
    const releasable =
      record.adopted && record.status === 'ACTIVE' && isSettled(record) && !isCallPending(record, args.now, settings);
    return releasable && !destroy
      ? { apply: apply('release', record, args, settings) }
      : { apply: apply('requestDelete', record, { ...args, destroy }, settings) };
  });
}
