import type { PersonalizeEventsGateway, PutOutcome } from '../gateways/personalize-events.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import { callerOf } from './caller.ts';
import type { ApiContext } from './context.ts';
import { refuseIdempotencyKey } from './idempotency.ts';
import { interactionOf, putEventsRequest } from './interactions.ts';
import type { Operation } from './pipeline.ts';
import { parseBody, parseQuery, trackerIdIn } from './request.ts';
import { readOwn } from './request-metadata.ts';
import { emptyObject } from './schemas.ts';

/** PutEvents takes 10 events a call; this route takes up to 100 and makes as many calls as that needs. */
const EVENTS_PER_CALL = 10;

/**
 * POST /event-trackers/{trackerId}/events: passes the events on with the tracking ID, which the caller need not have. 200 with
 * what was taken; events whose call failed are named, and can be sent again by their place in the list. An event that breaks a rule
 * of Personalize's has the whole request refused, with the place and rule of each, before anything is sent.
 * @throws RequestRejected NOT_ACTIVE; THROTTLED and REFUSED_BY_PERSONALIZE when no call was taken
 */
export function putEvents(context: ApiContext & { personalizeEvents: PersonalizeEventsGateway }): Operation {
  return async (event) => {
    const caller = callerOf(event, context.claimName);
    const record = await readOwn(context.store, trackerIdIn(event), caller);
    parseQuery(event, emptyObject);
    refuseIdempotencyKey(
      event,
      'is not taken for events: give each of them an eventId, by which Personalize knows it again',
    );
    const { sessionId, userId, eventList } = parseBody(event, putEventsRequest);
    const { status, trackingId } = record;
    if (status !== 'ACTIVE' || trackingId === undefined) throw new RequestRejected({ reason: 'NOT_ACTIVE', status });

    const calls = Array.from({ length: Math.ceil(eventList.length / EVENTS_PER_CALL) }, (_, call) =>
      eventList.slice(call * EVENTS_PER_CALL, (call + 1) * EVENTS_PER_CALL).map(interactionOf),
    );
    // At once: one after the other, calls that hang would outlast the function, and nobody would learn what was taken.
    const outcomes = await Promise.all(
      calls.map((events) => context.personalizeEvents.put({ trackingId, userId, sessionId, events })),
    );
    const failed = outcomes.flatMap((outcome, call) =>
      outcome.kind === 'taken'
        ? []
        : (calls[call] ?? []).map((_, index) => ({ index: call * EVENTS_PER_CALL + index, ...failureOf(outcome) })),
    );
    if (outcomes.every(({ kind }) => kind === 'busy')) throw new RequestRejected({ reason: 'THROTTLED' });
    assertNotAllRefused(outcomes);
    return {
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: JSON.stringify({ accepted: eventList.length - failed.length, failed }),
    };
  };
}

/** @throws RequestRejected REFUSED_BY_PERSONALIZE when it refused every call, by the first of its answers */
function assertNotAllRefused(outcomes: readonly PutOutcome[]): void {
  const refusals = outcomes.filter((outcome) => outcome.kind === 'refused');
  const [first] = refusals;
  if (first === undefined || refusals.length < outcomes.length) return;
  const { awsError, awsRequestId } = first;
  throw new RequestRejected({
    reason: 'REFUSED_BY_PERSONALIZE',
    message: failureOf(first).reason,
    awsError,
    ...(awsRequestId && { awsRequestId }),
  });
}

/** Personalize's text may repeat what was sent, the tracking ID too: its error's name is enough. */
const failureOf = (outcome: Exclude<PutOutcome, { kind: 'taken' }>) =>
  outcome.kind === 'busy'
    ? { reason: 'Personalize did not take or answer the call in time.', retryable: true }
    : { reason: `Personalize refused the call with ${outcome.awsError}.`, retryable: false };
