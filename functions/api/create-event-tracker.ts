import { requestEventTrackerOnce } from '../requests/request-event-tracker.ts';
import { trackerRequestOf } from '../requests/tracker-request.ts';
import { callerOf } from './caller.ts';
import type { CreateContext } from './context.ts';
import { dryRunResponse } from './dry-run-response.ts';
import { entranceOf } from './entrance.ts';
import { idempotencyKeyOf } from './idempotency-key.ts';
import type { Operation } from './pipeline.ts';
import { parseBody, parseQuery } from './request.ts';
import { requestMetadata } from './request-metadata.ts';
import { acceptedResponse } from './resource.ts';
import { createEventTrackerQuery, createEventTrackerRequest } from './schemas.ts';

/** POST /event-trackers: 202, or 200 if the request already has its outcome. */
export function createEventTracker(context: CreateContext): Operation {
  const schema = createEventTrackerRequest(context.scope);
  return async (event) => {
    const caller = callerOf(event, context.tenancy);
    const query = parseQuery(event, createEventTrackerQuery);
    const idempotencyKey = idempotencyKeyOf(event);
    const body = parseBody(event, schema);
    const request = trackerRequestOf(context.features, caller, body, requestMetadata(event, body));
    // A dry run creates nothing, so it ignores the Idempotency-Key.
    if (query.dryRun) return dryRunResponse(await context.dryRun(request), context.settings, entranceOf(event));
    const { tenantId: _, ...asked } = body;
    return acceptedResponse(await requestEventTrackerOnce(context, request, idempotencyKey, asked), context, event);
  };
}
