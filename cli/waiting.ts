import {
  type EventTracker,
  type EventTrackersClient,
  EventTrackersError,
  EventTrackerWaitError,
  waitUntilEventTrackerActive,
  waitUntilEventTrackerDeleted,
  waitUntilEventTrackerUpdated,
} from '../client/index.ts';
import type { Context } from './context.ts';
import type { OptionDefinition } from './definition.ts';
import type { Values } from './option-values.ts';

/** In seconds. Longer than the service's deadlines (30 minutes each for the dataset group and the tracker), so that its failure comes first. */
const DEFAULT_TIMEOUT = 4200;
/** In seconds. The service holds a request for at most this time, so the progress is never older. */
const MAX_HOLD = 10;
const MIN_DELAY = 1;

export const TIMEOUT_OPTION: OptionDefinition = {
  flag: '--timeout',
  value: 'SECONDS',
  integerFrom: 1,
  integerTo: 2_147_483,
  help: `The maximum time to wait, in seconds (default ${DEFAULT_TIMEOUT}).`,
};
export const WAIT_OPTIONS: readonly OptionDefinition[] = [
  { flag: '--wait', help: 'Waits for the outcome; progress goes to stderr.' },
  { ...TIMEOUT_OPTION, onlyWith: '--wait' },
];

export type Awaited = 'ACTIVE' | 'DELETED' | 'UPDATED';
const WAITERS = {
  ACTIVE: waitUntilEventTrackerActive,
  DELETED: waitUntilEventTrackerDeleted,
  UPDATED: waitUntilEventTrackerUpdated,
} as const;

/** The command that resumes the wait. */
export const resumeCommand = (wanted: Awaited, trackerId: string): string =>
  `event-trackers wait event-tracker-${wanted.toLowerCase()} --tracker-id ${trackerId}`;

/**
 * Waits for an outcome, with progress on stderr. Ctrl-C prints how to resume.
 * @param accepted the tracker as the service returned it when it accepted the request
 * @returns the tracker; undefined if it no longer exists
 * @throws EventTrackerWaitError, and what the client throws
 */
export async function waitFor(
  wanted: Awaited,
  trackerId: string,
  client: EventTrackersClient,
  context: Context,
  values: Values,
  accepted?: EventTracker,
): Promise<EventTracker | undefined> {
  const maxWaitTime = values.number('--timeout') ?? DEFAULT_TIMEOUT;
  const progress = await context.progress(trackerId);
  if (accepted !== undefined) progress.update(accepted.status);
  const { readTimeoutMs } = context.settings;
  const maxHold = readTimeoutMs === 0 ? MAX_HOLD : Math.min(MAX_HOLD, readTimeoutMs / 2000);
  let status: string = accepted?.status ?? 'status unknown';
  const again = `To wait for it again:\n  ${resumeCommand(wanted, trackerId)}`;
  // wait event-tracker-deleted does not request the deletion.
  const isRequested = () => accepted !== undefined || wanted !== 'DELETED' || status.startsWith('DELETE');
  const updateInterruption = () =>
    context.interruption.setMessage(
      `Interrupted. ${isRequested() ? 'The service continues with the request. ' : ''}${again}`,
    );
  updateInterruption();
  const watched: Pick<EventTrackersClient, 'describeEventTracker'> = {
    async describeEventTracker(input, { waitSeconds = 0, ...options } = {}) {
      const hold = Math.floor(Math.min(waitSeconds, maxHold));
      try {
        const output = await client.describeEventTracker(input, { ...options, ...(hold > 0 && { waitSeconds: hold }) });
        status = output.eventTracker.status;
        updateInterruption();
        progress.update(status);
        return output;
      } catch (error) {
        // The waiter retries. Until a call succeeds, the progress shows that the status may be out of date.
        if (error instanceof EventTrackersError && error.retryable)
          progress.update(`${status}, no response: ${error.reason}`);
        throw error;
      }
    },
  };
  const wait = WAITERS[wanted];
  try {
    const { reason } = await wait({ client: watched, maxWaitTime, minDelay: MIN_DELAY }, { trackerId });
    return reason !== undefined && 'eventTracker' in reason ? reason.eventTracker : undefined;
  } catch (error) {
    if (isOpen(error, accepted)) {
      context.note(`${isRequested() ? 'The service continues with the request. ' : ''}${again}`);
    }
    throw error;
  } finally {
    progress.stop();
    context.interruption.setMessage('');
  }
}

/** Whether the request continues although the wait ended: after --timeout, or if the service rejected a poll, as with an expired token. */
function isOpen(error: unknown, accepted: EventTracker | undefined): boolean {
  if (!(error instanceof EventTrackerWaitError)) return accepted !== undefined;
  if (error.state === 'TIMEOUT') return true;
  return accepted !== undefined && error.reason instanceof EventTrackersError && error.reason.reason !== 'NOT_FOUND';
}

/** The last tracker that a failed wait received. */
export function lastSeen(error: unknown): EventTracker | undefined {
  if (!(error instanceof EventTrackerWaitError)) return undefined;
  return error.reason !== undefined && 'eventTracker' in error.reason ? error.reason.eventTracker : undefined;
}
