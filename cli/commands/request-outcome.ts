import type { EventTracker, EventTrackerFailure, EventTrackersClient } from '../../client/index.ts';
import type { Context } from '../context.ts';
import { ServiceFailure } from '../failures.ts';
import type { Values } from '../option-values.ts';
import { lastSeen, resumeCommand, waitFor } from '../waiting.ts';

/** What Ctrl-C says while a request is on its way. */
export function printUnanswered({ interruption }: Context): void {
  interruption.say(
    'Interrupted before the service answered: it may have accepted the request. Running the same command again is safe.',
  );
}

/** What a request for a tracker prints: ids that may be used, or else how it stands. */
function shownRequest({ trackerId, status, eventTrackerArn, trackingId, failure }: EventTracker) {
  const isUsable = status === 'ACTIVE' && eventTrackerArn !== undefined && trackingId !== undefined;
  return {
    ...(isUsable && { eventTrackerArn, trackingId }),
    trackerId,
    status,
    ...(failure !== undefined && { failure }),
  };
}

/**
 * Prints what became of a request for a tracker, after waiting for it where --wait says so.
 * @throws ServiceFailure for CREATE FAILED, with the result printed; EventTrackerWaitError
 */
export async function printRequest(
  context: Context,
  values: Values,
  accepted: EventTracker,
  client: EventTrackersClient,
  operation: string,
): Promise<void> {
  context.interruption.say('');
  const isSettled = accepted.progress === undefined && ['ACTIVE', 'CREATE FAILED'].includes(accepted.status);
  if (isSettled || !values.has('--wait')) {
    await context.print(shownRequest(accepted), operation);
    exitIfFailed(accepted, operation);
    if (!isSettled) context.note(howItStands(accepted));
    return;
  }
  let tracker: EventTracker | undefined;
  try {
    tracker = await waitFor('ACTIVE', accepted.trackerId, client, context, values, accepted);
  } catch (error) {
    const seen = lastSeen(error) ?? accepted;
    await context.print(shownRequest(seen), operation);
    if (seen.progress === undefined) exitIfFailed(seen, operation);
    throw error;
  }
  if (tracker !== undefined) await context.print(shownRequest(tracker), operation);
}

function howItStands({ trackerId, status }: EventTracker): string {
  if (status === 'DELETED' || status === 'RELEASED') {
    return `${trackerId} is ${status} since: the Idempotency-Key stands for a request that is over. A new one needs a new key.`;
  }
  return (
    `${trackerId} is ${status}: its tracking ID can't be used before it is ACTIVE. To wait for that:\n  ` +
    resumeCommand('ACTIVE', trackerId)
  );
}

const UNEXPLAINED: Partial<EventTrackerFailure> & { readonly code: string } = {
  code: 'CREATE_FAILED',
  reason: 'The service gives no reason.',
};

/** @throws ServiceFailure */
function exitIfFailed({ status, failure, progress }: EventTracker, operation: string): void {
  if (status !== 'CREATE FAILED' || progress !== undefined) return;
  const { code, reason, remedy, awsError, awsRequestId } = failure ?? UNEXPLAINED;
  const lines = [
    `An error occurred (${code}) when calling the ${operation} operation: ${reason}`,
    ...(awsError ? [`  AWS: ${awsError}${awsRequestId ? `, request id ${awsRequestId}` : ''}`] : []),
    ...(remedy ? [`  ${remedy}`] : []),
  ];
  throw new ServiceFailure(lines.join('\n'));
}
