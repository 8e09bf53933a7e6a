import { requestUpdateOnce } from '../requests/request-update.ts';
import { readOwn } from '../requests/visibility.ts';
import { callerOf } from './caller.ts';
import { emptyObject, updateEventTrackerRequest } from './change-schemas.ts';
import { assertIfMatch } from './conditional.ts';
import type { WriteContext } from './context.ts';
import { idempotencyKeyOf } from './idempotency-key.ts';
import type { Operation } from './pipeline.ts';
import { MERGE_PATCH, parseBody, parseQuery, trackerIdIn } from './request.ts';
import { requestMetadata } from './request-metadata.ts';
import { acceptedResponse, resourceResponse } from './resource.ts';

/** PATCH /event-trackers/{trackerId}: 202 while the tags are being changed, then 200. */
export function updateEventTracker(context: WriteContext): Operation {
  return async (event) => {
    const caller = callerOf(event, context.tenancy);
    const trackerId = trackerIdIn(event);
    const { tenantId } = await readOwn(context.store, trackerId, caller);
    parseQuery(event, emptyObject);
    const idempotencyKey = idempotencyKeyOf(event);
    const { tags, clientContext } = parseBody(event, updateEventTrackerRequest, MERGE_PATCH);
    // A member that is null is removed (RFC 7396): without tags, the list is empty.
    const patch = { tags: tags === null ? [] : tags, clientContext };
    const asked = {
      trackerId,
      caller,
      patch,
      ...requestMetadata(event, patch),
      assertUnchanged: (seen: Parameters<typeof resourceResponse>[0]) =>
        assertIfMatch(event, resourceResponse(seen, context).body),
    };
    return acceptedResponse(await requestUpdateOnce(context, asked, tenantId, idempotencyKey), context, event);
  };
}
