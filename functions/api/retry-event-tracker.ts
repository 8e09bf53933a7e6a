import { requestRetryOnce } from '../requests/request-retry.ts';
import { readOwn } from '../requests/visibility.ts';
import { callerOf } from './caller.ts';
import { emptyObject } from './change-schemas.ts';
import type { WriteContext } from './context.ts';
import { idempotencyKeyOf } from './idempotency-key.ts';
import type { Operation } from './pipeline.ts';
import { parseOptionalBody, parseQuery, trackerIdIn } from './request.ts';
import { requestMetadata } from './request-metadata.ts';
import { acceptedResponse } from './resource.ts';

/** POST /event-trackers/{trackerId}/retry: 202. */
export function retryEventTracker(context: WriteContext): Operation {
  return async (event) => {
    const caller = callerOf(event, context.tenancy);
    const trackerId = trackerIdIn(event);
    const { tenantId } = await readOwn(context.store, trackerId, caller);
    parseQuery(event, emptyObject);
    const idempotencyKey = idempotencyKeyOf(event);
    parseOptionalBody(event, emptyObject);
    const asked = { trackerId, caller, ...requestMetadata(event, {}) };
    return acceptedResponse(await requestRetryOnce(context, asked, tenantId, idempotencyKey), context, event);
  };
}
