import { setTimeout as pause } from 'node:timers/promises';
import { type EventTrackersClient, EventTrackersError, type Operation } from '../client/index.ts';
import type { Context } from './context.ts';
import { GeneralFailure } from './failures.ts';
import type { Values } from './option-values.ts';

/** In seconds. An operation may take hours; by default the wait has no end. */
const NO_LIMIT = 2_147_483;
/** Between two polls, in milliseconds. The service itself says 5 s. */
const POLL_EVERY_MS = 2_000;

export const isEnded = ({ status }: Operation): boolean => status === 'COMPLETED' || status === 'CANCELED';

const textOf = ({ status, counts: { matched, retried, skipped, failed, remaining } }: Operation): string =>
  status === 'PENDING'
    ? 'PENDING'
    : `${status}, ${matched - remaining} of ${matched}: ${retried} retried, ${skipped} skipped, ${failed} failed`;

const shareOf = ({ status, counts: { matched, remaining } }: Operation): number | undefined =>
  status === 'PENDING' || matched === 0 ? undefined : (matched - remaining) / matched;

/**
 * Waits until the operation has ended, with a progress bar on a terminal and a line per change elsewhere. Ctrl-C leaves the operation
 * running, and prints how to watch or cancel it.
 * @throws GeneralFailure after --timeout; what the client throws
 */
export async function waitForOperation(
  context: Context,
  values: Values,
  client: Pick<EventTrackersClient, 'describeOperation'>,
  first: Operation,
): Promise<Operation> {
  const { operationId } = first;
  const howToGoOn =
    `The operation continues. To watch it again:\n  event-trackers wait operation-ended --operation-id ${operationId}\n` +
    `To cancel it:\n  event-trackers cancel-operation --operation-id ${operationId}`;
  const until = performance.now() + (values.number('--timeout') ?? NO_LIMIT) * 1000;
  const progress = await context.progress(operationId);
  let operation = first;
  context.interruption.setMessage(`Interrupted. ${howToGoOn}`);
  try {
    for (;;) {
      progress.update(textOf(operation), shareOf(operation));
      if (isEnded(operation)) return operation;
      if (performance.now() >= until)
        throw new GeneralFailure(`${operationId} has not ended: it is ${operation.status}. ${howToGoOn}`);
      await pause(POLL_EVERY_MS);
      operation = await polled(client, operation, (why) =>
        progress.update(`${textOf(operation)}, no response: ${why}`),
      );
    }
  } finally {
    progress.stop();
    context.interruption.setMessage('');
  }
}

/** The operation as it is now; as it was if the service does not answer. */
async function polled(
  client: Pick<EventTrackersClient, 'describeOperation'>,
  before: Operation,
  onFailure: (reason: string) => void,
): Promise<Operation> {
  try {
    return (await client.describeOperation({ operationId: before.operationId })).operation;
  } catch (error) {
    if (!(error instanceof EventTrackersError && error.retryable)) throw error;
    onFailure(error.reason);
    return before;
  }
}
