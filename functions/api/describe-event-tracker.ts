import { ownRecord, readOwn } from './asker.ts';
import { callerOf } from './caller.ts';
import { conditional } from './conditional.ts';
import type { ApiContext } from './context.ts';
import type { Operation } from './pipeline.ts';
import { preferenceApplied, preferredWait, waitForOutcome } from './prefer.ts';
import { parseQuery, trackerIdIn } from './request.ts';
import { resourceAnswer } from './resource.ts';
import { nothing } from './schemas.ts';

/** GET /event-trackers/{trackerId}: a strongly consistent read, so it is right from the moment of the 202. */
export function describeEventTracker(context: ApiContext): Operation {
  return async (event) => {
    const caller = callerOf(event, context.claimName);
    const found = await readOwn(context.store, trackerIdIn(event), caller);
    parseQuery(event, nothing);
    const waited = await waitForOutcome(context, found, preferredWait(event, context.features));
    // It may have been given up, and be another's, by now.
    const record = ownRecord(waited.record, caller);
    const answer = conditional(event, resourceAnswer(record, context, { accepted: false }));
    return { ...answer, headers: { ...answer.headers, ...preferenceApplied(waited.applied) } };
  };
}
