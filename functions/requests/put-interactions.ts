import type { Failure } from '../../events/contract.ts';
import { AccessDeniedError } from '../gateways/aws-errors.ts';
import type { Interaction, PersonalizeEventsGateway, PutOutcome } from '../gateways/personalize-events.ts';
import { textOfDenial } from '../tracker/failures.ts';
import { RequestRejected } from '../tracker/request-error.ts';

/** The limit of PutEvents. */
const EVENTS_PER_CALL = 10;

/** An interaction that was not accepted, by its index in the list. */
export interface FailedInteraction extends Failed {
  readonly index: number;
}
type Failed = Pick<Failure, 'reason' | 'remedy' | 'retryable'>;

/**
 * Sends interactions of one session to Personalize.
 * @returns those that were not accepted
 * @throws RequestRejected THROTTLED and REFUSED_BY_PERSONALIZE if no call was accepted
 * @throws RequestRejected ACCOUNT_ACCESS_DENIED, or AccessDeniedError in the deployment's own account, if no call was allowed
 */
export async function putInteractions(
  personalizeEvents: PersonalizeEventsGateway,
  { interactions, ...session }: { trackingId: string; userId?: string; sessionId: string; interactions: Interaction[] },
): Promise<FailedInteraction[]> {
  const calls = Array.from({ length: Math.ceil(interactions.length / EVENTS_PER_CALL) }, (_, call) =>
    interactions.slice(call * EVENTS_PER_CALL, (call + 1) * EVENTS_PER_CALL),
  );
  // In parallel: hanging calls in sequence would exceed the function's time-out, and the caller would get no result at all.
  const outcomes = await Promise.all(calls.map((events) => personalizeEvents.put({ ...session, events })));
  assertSomeAccepted(outcomes);
  return outcomes.flatMap((outcome, call) =>
    outcome.kind === 'taken'
      ? []
      : (calls[call] ?? []).map((_, index) => ({ index: call * EVENTS_PER_CALL + index, ...failureOf(outcome) })),
  );
}

/** @throws as `putInteractions`, if every call failed in the same way: nothing was accepted */
function assertSomeAccepted(outcomes: readonly PutOutcome[]): void {
  if (outcomes.every(({ kind }) => kind === 'throttled' || kind === 'unknown')) {
    throw new RequestRejected({ reason: 'THROTTLED', of: 'interactions' });
  }
  const [first] = outcomes;
  if (first?.kind === 'denied' && outcomes.every(({ kind }) => kind === 'denied')) {
    const { kind: _, ...denial } = first;
    if (denial.account) throw new RequestRejected({ reason: 'ACCOUNT_ACCESS_DENIED', denial });
    throw new AccessDeniedError('PutEvents');
  }
  if (first?.kind === 'refused' && outcomes.every(({ kind }) => kind === 'refused')) {
    const { awsError, awsRequestId } = first;
    const message = failureOf(first).reason;
    throw new RequestRejected({ reason: 'REFUSED_BY_PERSONALIZE', message, awsError, awsRequestId });
  }
}

function failureOf(outcome: Exclude<PutOutcome, { kind: 'taken' }>): Failed {
  switch (outcome.kind) {
    case 'throttled':
      return {
        reason: 'Personalize throttled the call and did not accept the interaction.',
        remedy: 'Send the interaction again.',
        retryable: true,
      };
    case 'unknown':
      return {
        reason: 'Personalize did not answer in time. It may have accepted the interaction.',
        remedy: 'Send the interaction again. Personalize uses it once if it has an eventId.',
        retryable: true,
      };
    case 'denied':
      return { ...textOfDenial(outcome, 'send the interaction again'), retryable: true };
    case 'refused':
      // Only the error code: the message may repeat the request, including the tracking ID.
      return {
        reason: `Personalize rejected the call with ${outcome.awsError}.`,
        remedy:
          'Correct the interaction that Personalize rejects, then send the interactions of this call again. Personalize rejects up to ten interactions together without naming the invalid one.',
        retryable: false,
      };
  }
}
