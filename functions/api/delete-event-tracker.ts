import { requestDeletion } from '../requests/request-deletion.ts';
import { readOwn } from '../requests/visibility.ts';
import { callerOf } from './caller.ts';
import { deleteEventTrackerQuery } from './change-schemas.ts';
import { assertIfMatch } from './conditional.ts';
import type { WriteContext } from './context.ts';
import type { Operation } from './pipeline.ts';
import { parseQuery, trackerIdIn } from './request.ts';
import { requestMetadata } from './request-metadata.ts';
import { acceptedResponse, resourceResponse } from './resource.ts';

/** DELETE /event-trackers/{trackerId}: 202 while it is being deleted, then 200. */
export function deleteEventTracker(context: WriteContext): Operation {
  return async (event) => {
    const caller = callerOf(event, context.tenancy);
    const trackerId = trackerIdIn(event);
    // A 404 comes before what is wrong with the request: a caller without access learns nothing from it.
    await readOwn(context.store, trackerId, caller);
    const { destroy } = parseQuery(event, deleteEventTrackerQuery);
    const record = await requestDeletion(context, {
      trackerId,
      caller,
      destroy,
      ...requestMetadata(event, {}),
      assertUnchanged: (seen) => assertIfMatch(event, resourceResponse(seen, context).body),
    });
    return acceptedResponse({ record }, context, event);
  };
}
