import { readOwn, requireVisible } from '../requests/visibility.ts';
import { waitForOutcome } from '../requests/wait-for-outcome.ts';
import { callerOf } from './caller.ts';
import { emptyObject } from './change-schemas.ts';
import { withEtag } from './conditional.ts';
import type { ApiContext } from './context.ts';
import type { Operation } from './pipeline.ts';
import { preferenceApplied, preferredWait } from './prefer.ts';
import { parseQuery, trackerIdIn } from './request.ts';
import { resourceResponse } from './resource.ts';

/** GET /event-trackers/{trackerId}: strongly consistent, so it shows a request as soon as that is accepted. */
export function describeEventTracker(context: ApiContext): Operation {
  return async (event) => {
    const caller = callerOf(event, context.tenancy);
    const found = await readOwn(context.store, trackerIdIn(event), caller);
    parseQuery(event, emptyObject);
    const waited = await waitForOutcome(context, found, preferredWait(event, context.features));
    // During the wait it may have been deleted, and then requested by another tenant.
    const record = requireVisible(waited.record, caller);
    const answer = withEtag(event, resourceResponse(record, context));
    return { ...answer, headers: { ...answer.headers, ...preferenceApplied(waited.applied) } };
  };
}
