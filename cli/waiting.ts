import {
  type EventTracker,
  type EventTrackersClient,
  EventTrackersError,
  EventTrackerWaitError,
  waitUntilEventTrackerActive,
  waitUntilEventTrackerDeleted,
} from '../client/index.ts';
import type { Context } from './context.ts';
import type { OptionDefinition } from './definition.ts';
import type { Values } from './option-values.ts';

/** Longer than the service's deadlines, 30 minutes for the dataset group and 30 for the tracker, so that its failure comes first; in seconds. */
const DEFAULT_TIMEOUT = 4200;
/** A look is held by the service for so long at most, so that the progress is not older; in seconds. */
const MAX_HOLD = 10;
const MIN_DELAY = 1;

export const TIMEOUT_OPTION: OptionDefinition = {
  flag: '--timeout',
  value: 'SECONDS',
  integerFrom: 1,
  integerTo: 2_147_483,
  help: `How long to wait at most; ${DEFAULT_TIMEOUT} unless told otherwise.`,
};
export const WAIT_OPTIONS: readonly OptionDefinition[] = [
  { flag: '--wait', help: 'Holds on until there is an outcome, and tells on stderr how it goes.' },
  { ...TIMEOUT_OPTION, onlyWith: '--wait' },
];

export type Awaited = 'ACTIVE' | 'DELETED';

/** The command that goes on waiting. */
export const resumeCommand = (wanted: Awaited, trackerId: string): string =>
  `event-trackers wait event-tracker-${wanted.toLowerCase()} --tracker-id ${trackerId}`;

/**
 * Waits for an outcome, with progress on stderr, which begins with the tracker as it was answered. Ctrl-C says how to go on.
 * @returns the tracker, or nothing where it is not there any more
 * @throws EventTrackerWaitError; what the client throws
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
  if (accepted !== undefined) progress.tell(accepted.status);
  const { readTimeoutMs } = context.settings;
  const maxHold = readTimeoutMs === 0 ? MAX_HOLD : Math.min(MAX_HOLD, readTimeoutMs / 2000);
  let status: string = accepted?.status ?? 'not seen yet';
  const again = `To wait for it again:\n  ${resumeCommand(wanted, trackerId)}`;
  // Whoever waits for a deletion need not have asked for it.
  const isRequested = () => accepted !== undefined || wanted === 'ACTIVE' || status.startsWith('DELETE');
  const readyToBeInterrupted = () =>
    context.interruption.say(
      `Interrupted. ${isRequested() ? 'The request goes on without this command. ' : ''}${again}`,
    );
  readyToBeInterrupted();
  const watched: Pick<EventTrackersClient, 'describeEventTracker'> = {
    async describeEventTracker(input, { waitSeconds = 0, ...options } = {}) {
      const hold = Math.floor(Math.min(waitSeconds, maxHold));
      try {
        const look = await client.describeEventTracker(input, { ...options, ...(hold > 0 && { waitSeconds: hold }) });
        status = look.eventTracker.status;
        readyToBeInterrupted();
        progress.tell(status);
        return look;
      } catch (error) {
        // It is asked again; a status that is no longer known to be so is not shown as if it were.
        if (error instanceof EventTrackersError && error.retryable)
          progress.tell(`${status}, no answer: ${error.reason}`);
        throw error;
      }
    },
  };
  const wait = wanted === 'ACTIVE' ? waitUntilEventTrackerActive : waitUntilEventTrackerDeleted;
  try {
    const { reason } = await wait({ client: watched, maxWaitTime, minDelay: MIN_DELAY }, { trackerId });
    return reason !== undefined && 'eventTracker' in reason ? reason.eventTracker : undefined;
  } catch (error) {
    if (isOpen(error, accepted)) {
      context.note(`${isRequested() ? 'The request goes on. ' : ''}${again}`);
    }
    throw error;
  } finally {
    progress.stop();
    context.interruption.say('');
  }
}

/** Whether what was accepted goes on although the wait is over: the time is up, or it could not be looked at, as with a token that expired. */
function isOpen(error: unknown, accepted: EventTracker | undefined): boolean {
  if (!(error instanceof EventTrackerWaitError)) return accepted !== undefined;
  if (error.state === 'TIMEOUT') return true;
  return accepted !== undefined && error.reason instanceof EventTrackersError && error.reason.reason !== 'NOT_FOUND';
}

/** The tracker as a wait that failed saw it last. */
export function lastSeen(error: unknown): EventTracker | undefined {
  if (!(error instanceof EventTrackerWaitError)) return undefined;
  return error.reason !== undefined && 'eventTracker' in error.reason ? error.reason.eventTracker : undefined;
}
