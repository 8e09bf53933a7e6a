import type { Interaction, PersonalizeEventsGateway, PutOutcome } from '../gateways/personalize-events.ts';
import { RequestRejected } from '../tracker/request-error.ts';

/** PutEvents takes 10 events a call; this takes any number, and makes as many calls as that needs. */
const EVENTS_PER_CALL = 10;

/** An interaction that Personalize did not take, by its place in the list. */
export interface FailedInteraction {
  readonly index: number;
  readonly reason: string;
  readonly retryable: boolean;
}

/**
 * Sends interactions of one session to Personalize.
 * @returns those that it did not take
 * @throws RequestRejected THROTTLED and REFUSED_BY_PERSONALIZE when no call was taken
 */
export async function putInteractions(
  gateway: PersonalizeEventsGateway,
  { interactions, ...session }: { trackingId: string; userId?: string; sessionId: string; interactions: Interaction[] },
): Promise<FailedInteraction[]> {
  const calls = Array.from({ length: Math.ceil(interactions.length / EVENTS_PER_CALL) }, (_, call) =>
    interactions.slice(call * EVENTS_PER_CALL, (call + 1) * EVENTS_PER_CALL),
  );
  // In parallel: one after the other, calls that hang would outlast the function, and nobody would learn what was taken.
  const outcomes = await Promise.all(calls.map((events) => gateway.put({ ...session, events })));
  if (outcomes.every(({ kind }) => kind === 'busy')) throw new RequestRejected({ reason: 'THROTTLED' });
  assertNotAllRefused(outcomes);
  return outcomes.flatMap((outcome, call) =>
    outcome.kind === 'taken'
      ? []
      : (calls[call] ?? []).map((_, index) => ({ index: call * EVENTS_PER_CALL + index, ...failureOf(outcome) })),
  );
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
    ? { reason: 'Personalize throttled the call or did not answer in time.', retryable: true }
    : { reason: `Personalize rejected the call with ${outcome.awsError}.`, retryable: false };
