import type { EventTracker, EventTrackerFailure, EventTrackersClient } from '../../client/index.ts';
import type { Context } from '../context.ts';
import { ServiceFailure } from '../failures.ts';
import type { Values } from '../option-values.ts';
import { lastSeen, resumeCommand, waitFor } from '../waiting.ts';

/** Sets the message that Ctrl-C prints while a request is in flight. */
export function warnIfInterrupted({ interruption }: Context): void {
  interruption.setMessage(
    'Interrupted before the service responded. It may have accepted the request. Running the same command again is safe.',
  );
}

/** The output of a request for a tracker: usable IDs, or the status. */
function shownRequest({ trackerId, status, eventTrackerArn, trackingId }: EventTracker) {
  const isUsable = status === 'ACTIVE' && eventTrackerArn !== undefined && trackingId !== undefined;
  return { ...(isUsable && { eventTrackerArn, trackingId }), trackerId, status };
}

/**
 * Prints the outcome of a request for a tracker; with --wait, after waiting for it. Like the AWS CLI, prints no result if it fails.
 * @throws ServiceFailure for CREATE FAILED; EventTrackerWaitError
 */
export async function printRequest(
  context: Context,
  values: Values,
  accepted: EventTracker,
  client: EventTrackersClient,
  operation: string,
): Promise<void> {
  context.interruption.setMessage('');
  const isSettled = accepted.progress === undefined && ['ACTIVE', 'CREATE FAILED'].includes(accepted.status);
  if (isSettled || !values.has('--wait')) {
    throwIfFailed(accepted, operation);
    await context.print(shownRequest(accepted), operation);
    if (!isSettled) context.note(nextStep(accepted));
    return;
  }
  let tracker: EventTracker | undefined;
  try {
    tracker = await waitFor('ACTIVE', accepted.trackerId, client, context, values, accepted);
  } catch (error) {
    throwIfFailed(lastSeen(error) ?? accepted, operation);
    throw error;
  }
  if (tracker !== undefined) await context.print(shownRequest(tracker), operation);
}

function nextStep({ trackerId, status }: EventTracker): string {
  if (status === 'DELETED' || status === 'RELEASED') {
    return `${trackerId} has since been ${status}. This Idempotency-Key belongs to that finished request; use a new key.`;
  }
  return (
    `${trackerId} is ${status}. Its tracking ID is not usable until the status is ACTIVE. To wait for that:\n  ` +
    resumeCommand('ACTIVE', trackerId)
  );
}

const UNEXPLAINED: Partial<EventTrackerFailure> & { readonly code: string } = {
  code: 'CREATE_FAILED',
  reason: 'The service gave no reason.',
};

/** @throws ServiceFailure for CREATE FAILED */
function throwIfFailed({ trackerId, status, failure, progress }: EventTracker, operation: string): void {
  if (status !== 'CREATE FAILED' || progress !== undefined) return;
  const { code, reason, remedy, awsError, awsRequestId } = failure ?? UNEXPLAINED;
  const lines = [
    `An error occurred (${code}) when calling the ${operation} operation: ${reason}`,
    ...(awsError ? [`  AWS: ${awsError}${awsRequestId ? `, request id ${awsRequestId}` : ''}`] : []),
    ...(remedy ? [`  ${remedy}`] : []),
    `  tracker id: ${trackerId}`,
  ];
  throw new ServiceFailure(lines.join('\n'));
}
