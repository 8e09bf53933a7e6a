import type { OfDatasetGroup } from '../gateways/personalize.ts';
import type { PersonalizeEventsGateway } from '../gateways/personalize-events.ts';
import { putInteractions } from '../requests/put-interactions.ts';
import { readOwn } from '../requests/visibility.ts';
import { isAwaited } from '../tracker/record.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import { callerOf } from './caller.ts';
import { emptyObject } from './change-schemas.ts';
import type { ApiContext } from './context.ts';
import { refuseIdempotencyKey } from './idempotency-key.ts';
import { interactionOf, putEventsRequest } from './interactions.ts';
import { jsonResponse } from './json-response.ts';
import type { Operation } from './pipeline.ts';
import { parseBody, parseQuery, trackerIdIn } from './request.ts';

/** The dependencies of PutEvents. */
export interface InteractionsContext extends ApiContext {
  /** The gateway for the event tracker of a record. */
  readonly personalizeEventsOf: (record: OfDatasetGroup) => PersonalizeEventsGateway;
}

/**
 * POST /event-trackers/{trackerId}/events: sends interactions with the tracking ID, which the caller does not need. 200 lists those that
 * were not accepted, by their index. All are validated before any is sent.
 * @throws RequestRejected NOT_ACTIVE; THROTTLED, REFUSED_BY_PERSONALIZE and ACCOUNT_ACCESS_DENIED if no call was accepted
 * @throws AccessDeniedError if no call was allowed
 */
export function putEvents(context: InteractionsContext): Operation {
  return async (event) => {
    const caller = callerOf(event, context.tenancy);
    const record = await readOwn(context.store, trackerIdIn(event), caller);
    parseQuery(event, emptyObject);
    refuseIdempotencyKey(
      event,
      'must be left out for interactions: give each one an eventId, by which Personalize recognizes duplicates',
    );
    const { sessionId, userId, eventList } = parseBody(event, putEventsRequest);
    const { status, trackingId } = record;
    if (status !== 'ACTIVE' || trackingId === undefined) {
      throw new RequestRejected({ reason: 'NOT_ACTIVE', status, becomesActive: isAwaited(record) });
    }

    const failed = await putInteractions(context.personalizeEventsOf(record), {
      trackingId,
      userId,
      sessionId,
      interactions: eventList.map(interactionOf),
    });
    return jsonResponse({ accepted: eventList.length - failed.length, failed });
  };
}
