import { decideUpdate } from './decide-update.ts';
import type { Decision } from './decision.ts';
import {
  accessDenied,
  alreadyExists,
  conflict,
  creationFailed,
  deadlinePassed,
  removalDeadlinePassed,
  responsesUnreadable,
} from './failures.ts';
import type { NameAndTags } from './name-and-tags.ts';
import type { Observation, ObservedTracker, UnreadableResponse } from './observation.ts';
import { callerTags } from './ownership.ts';
import { MAX_WAIT_MS, nextWaitMs } from './pacing.ts';
import {
  type EventTrackerRecord,
  isAwaited,
  isCallPending,
  isSettled,
  isUpdating,
  isWithinLossGracePeriod,
  startOf,
} from './record.ts';
import type { LifecycleSettings } from './settings.ts';

/**
 * What the owner of the record does next. Pure.
 * @param now read BEFORE the observation: a call that is pending then may have landed after the list was made, and a list
 *   taken as fresh for a later time would hide it (mutant "`now` is read after the observation").
 */
export function decide(
  record: EventTrackerRecord,
  observation: Observation,
  now: number,
  settings: LifecycleSettings,
): Decision {
  const urgent = decideLifecycle(record, observation, now, settings);
  // Events go out as soon as nothing more urgent is to be done; a bus that is down holds up no deletion.
  const idle = urgent.do === 'WaitBeforeNextPoll' || urgent.do === 'Done';
  return idle && record.outbox.length > 0 ? { do: 'PublishEvents' } : urgent;
}

function decideLifecycle(
  record: EventTrackerRecord,
  observation: Observation,
  now: number,
  settings: LifecycleSettings,
): Decision {
  if (isSettled(record)) return { do: 'Done' };
  if (isUpdating(record)) return decideUpdate(record, observation, now, settings);
  if (observation.unreadable) return decideUnreadable(record, observation.unreadable, now, settings);
  if (observation.denied) {
    return isAwaited(record)
      ? { do: 'recordFailed', failure: accessDenied(observation.denied) }
      : { do: 'WaitBeforeNextPoll', waitMs: MAX_WAIT_MS, waitingFor: 'iam-permission' };
  }
  const input = { record, now, settings, ...observation };
  if (reappeared(input) && isWithinLossGracePeriod(record, now, settings)) {
    const waitMs = nextWaitMs(now - (record.missing?.at ?? now));
    return { do: 'WaitBeforeNextPoll', waitMs, waitingFor: 'eventual-consistency' };
  }
  return record.cleanup ? decideCleanup(input) : decideCreation(input);
}

/**
 * The tracker that the drift check recorded as missing, if it is observed again and nobody requested its deletion. Within
 * createInFlight the observation may be older than a real deletion: reporting ACTIVE from it would publish a dead tracking ID.
 */
function reappeared({ record, described, listed = [] }: DecisionInput): ObservedTracker | undefined {
  const { missing, desired } = record;
  if (missing === undefined || desired !== 'PRESENT') return undefined;
  const all = described === undefined || described === 'NOT_FOUND' ? listed : [described, ...listed];
  return all.find(({ eventTrackerArn }) => eventTrackerArn === missing.eventTrackerArn);
}

interface DecisionInput {
  readonly record: EventTrackerRecord;
  readonly now: number;
  readonly settings: LifecycleSettings;
  readonly described?: ObservedTracker | 'NOT_FOUND';
  readonly listed?: readonly ObservedTracker[];
}

/**
 * It may be temporary, so it is polled with growing waits. But it is a response, not a throttle or a time-out: a request fails at its
 * deadline. The cleanup of what may exist stays pending, and polling goes on.
 */
function decideUnreadable(
  record: EventTrackerRecord,
  unreadable: UnreadableResponse,
  now: number,
  settings: LifecycleSettings,
): Decision {
  const elapsed = now - Math.max(record.unreadableSince ?? now, startOf(record));
  return isAwaited(record) && elapsed >= settings.deadlineMs
    ? { do: 'recordFailed', failure: responsesUnreadable(unreadable, settings.deadlineMs) }
    : { do: 'WaitBeforeNextPoll', waitMs: nextWaitMs(elapsed), waitingFor: 'readable-response' };
}

function decideCreation(input: DecisionInput): Decision {
  const { record, described, listed = [], now, settings } = input;
  const seen = recordedTracker(input);
  if (seen) return decideObserved(input, seen);
  if (described === 'NOT_FOUND' && record.call?.acknowledged && isCallPending(record, now, settings)) {
    return waitForVisibility(input);
  }
  const ours = listed.find((seen) => ownership(input, seen) === 'OURS');
  if (ours) return recordFound(input, ours);
  if (record.eventTrackerArn !== undefined) return { do: 'recordObserved', seen: { gone: true } };
  if (listed.some((seen) => ownership(input, seen) === 'UNKNOWN')) return waitForVisibility(input);
  const foreign = listed.find((seen) => ownership(input, seen) === 'FOREIGN');
  if (foreign) {
    const { eventTrackerArn, status } = foreign;
    const actual = actualIn(foreign);
    // Only its tags show who created it: while they can't be read, it is neither taken over nor reported as another's.
    if (actual === undefined)
      return { do: 'recordFailed', failure: accessDenied({ operation: 'ListTagsForResource' }) };
    return record.adoptExisting
      ? { do: 'recordObserved', seen: { eventTrackerArn, status, adopted: true, actual } }
      : { do: 'recordFailed', failure: conflict(foreign, record.alreadyExistsRefusal) };
  }
  if (record.checkedGeneration < record.generation) return { do: 'CheckDatasetGroup' };
  if (record.alreadyExistsRefusal && now >= record.alreadyExistsRefusal.since + settings.deadlineMs) {
    return { do: 'recordFailed', failure: alreadyExists(record.alreadyExistsRefusal, settings.deadlineMs) };
  }
  if (record.notBefore !== undefined && now < record.notBefore) {
    return { do: 'WaitBeforeNextPoll', waitMs: record.notBefore - now, waitingFor: 'backoff' };
  }
  return { do: 'CreateEventTracker' };
}

/** The recorded tracker, as described, while a tracker is wanted. */
function decideObserved({ record, now, settings }: DecisionInput, seen: ObservedTracker): Decision {
  const { eventTrackerArn, status, trackingId } = seen;
  if (status === 'ACTIVE' && trackingId !== undefined) {
    return { do: 'recordActive', eventTrackerArn, trackingId, ...withActual(seen) };
  }
  if (status === 'CREATE FAILED') {
    const failure = creationFailed(seen);
    return record.adopted ? { do: 'recordFailed', failure } : { do: 'recordFailing', eventTrackerArn, failure };
  }
  const answeredCallIsSeen = record.call?.acknowledged === true && record.call.overlapsEarlierCall === undefined;
  // ACTIVE comes here only without a tracking ID: wait for it, and record nothing.
  const isNews = status !== 'ACTIVE' && status !== record.status;
  if (isNews || answeredCallIsSeen) return { do: 'recordObserved', seen: { eventTrackerArn, status } };
  const elapsed = now - (record.createdAt ?? startOf(record));
  if (elapsed >= settings.deadlineMs) {
    return { do: 'recordFailed', failure: deadlinePassed(status, eventTrackerArn, settings.deadlineMs) };
  }
  const deleting = status === 'DELETE PENDING' || status === 'DELETE IN_PROGRESS';
  return { do: 'WaitBeforeNextPoll', waitMs: nextWaitMs(elapsed), waitingFor: deleting ? 'deletion' : 'creation' };
}

/**
 * What is left of an earlier tracker must be deleted first. If that takes too long while a request waits, the request fails. Only
 * where waiting is all there is to do: after an outage the first observation may find it gone, or its deletion not requested yet.
 */
function decideCleanup(input: DecisionInput): Decision {
  const { record, now, settings } = input;
  const step = nextOfCleanup(input);
  const isWaiting = step.do === 'WaitBeforeNextPoll' && step.waitingFor !== 'eventual-consistency';
  return isWaiting && isRemovalOverdue(record, now, settings)
    ? { do: 'recordFailed', failure: removalDeadlinePassed(record.eventTrackerArn, settings.deadlineMs) }
    : step;
}

/**
 * A request waits for a tracker, and what is left of an earlier one has blocked it for longer than the deadline. The deadline counts
 * from the deletion request, or from the present request or its admission, whichever came later.
 */
export function isRemovalOverdue(record: EventTrackerRecord, now: number, settings: LifecycleSettings): boolean {
  if (!record.cleanup || !isAwaited(record)) return false;
  const since = Math.max(startOf(record), record.cleanup.deletionRequestedAt ?? record.lastUpdatedDateTime);
  return now - since >= settings.deadlineMs;
}

/**
 * Deletes nothing but the recorded ARN, so a late delete never hits a newer tracker. A tracker that was recorded as missing by
 * mistake is not left over: it is recorded again.
 */
function nextOfCleanup(input: DecisionInput): Decision {
  const { record, listed = [], now, settings } = input;
  const waitMs = nextWaitMs(now - record.lastUpdatedDateTime);
  const back = reappeared(input);
  if (back?.status === 'ACTIVE' && back.trackingId !== undefined) {
    const { eventTrackerArn, trackingId } = back;
    return { do: 'recordActive', eventTrackerArn, trackingId, ...withActual(back) };
  }
  const seen = recordedTracker(input);
  if (seen) {
    if (record.call?.acknowledged && !record.call.overlapsEarlierCall) {
      return { do: 'recordObserved', seen: { eventTrackerArn: seen.eventTrackerArn, status: seen.status } };
    }
    // Healthy, as far as is known: wait for its tracking ID, as for that of a new one.
    if (back?.status === 'ACTIVE') return { do: 'WaitBeforeNextPoll', waitMs, waitingFor: 'creation' };
    // Personalize deletes trackers in these two states only; wait for every other one to end.
    return seen.status === 'ACTIVE' || seen.status === 'CREATE FAILED'
      ? { do: 'DeleteEventTracker' }
      : { do: 'WaitBeforeNextPoll', waitMs, waitingFor: 'deletion' };
  }
  if (record.call?.acknowledged && isCallPending(record, now, settings)) return waitForVisibility(input);
  const ours = listed.find((seen) => ownership(input, seen) === 'OURS');
  if (ours) return recordFound(input, ours);
  const unknown = listed.some((seen) => ownership(input, seen) === 'UNKNOWN');
  return unknown || isCallPending(record, now, settings) ? waitForVisibility(input) : { do: 'recordGone' };
}

/** The recorded tracker as it was described, by its ARN or on the way through the list. */
function recordedTracker({ record, described, listed = [] }: DecisionInput): ObservedTracker | undefined {
  if (described !== undefined && described !== 'NOT_FOUND') return described;
  return listed.find(
    ({ eventTrackerArn, trackingId }) => eventTrackerArn === record.eventTrackerArn && trackingId !== undefined,
  );
}

/** A tracker of ours in the list. It is recorded first, so that every later step names the recorded ARN. */
function recordFound(input: DecisionInput, seen: ObservedTracker): Decision {
  const { eventTrackerArn, status } = seen;
  // Listed, but not found by describe: not visible yet, or no longer.
  if (eventTrackerArn === input.record.eventTrackerArn) return waitForVisibility(input);
  return { do: 'recordObserved', seen: { eventTrackerArn, status, ...withActual(seen) } };
}

/** Its name and the callers' tags, if both were read: a description alone has no tags. */
function actualIn({ name, tags }: ObservedTracker): NameAndTags | undefined {
  return tags && { name, tags: callerTags(tags) };
}

function withActual(seen: ObservedTracker): { actual?: NameAndTags } {
  const actual = actualIn(seen);
  return actual ? { actual } : {};
}

function waitForVisibility({ record, now }: DecisionInput): Decision {
  return {
    do: 'WaitBeforeNextPoll',
    waitMs: nextWaitMs(now - (record.call?.at ?? now)),
    waitingFor: 'eventual-consistency',
  };
}

/**
 * Who owns a listed tracker. While a call is pending, a missing tag of ours may not be visible yet. After createInFlight it never
 * will be, and the tracker is somebody else's.
 */
function ownership(
  { record, now, settings }: DecisionInput,
  seen: ObservedTracker,
): 'OURS' | 'FOREIGN' | 'UNKNOWN' | 'NOT_THERE' {
  if (seen.tagged === 'OURS') return 'OURS';
  const { missing } = record;
  const wasOurs = missing?.eventTrackerArn === seen.eventTrackerArn && !missing.adopted;
  if (wasOurs && seen.tagged !== 'NOT_VISIBLE') return 'OURS';
  if (isCallPending(record, now, settings)) return 'UNKNOWN';
  if (seen.tagged === 'NOT_OURS') return 'FOREIGN';
  // An unknown age counts as young: what may be ours must not be treated as another's. The gateway makes sure that this ends.
  const young = seen.creationDateTime === undefined || now < seen.creationDateTime + settings.createInFlightMs;
  if (young) return 'UNKNOWN';
  // Old, and neither described nor tagged: it was deleted, and the list lags. If it still exists, CreateEventTracker will be refused.
  return seen.tagged === 'NOT_VISIBLE' ? 'NOT_THERE' : 'FOREIGN';
}
