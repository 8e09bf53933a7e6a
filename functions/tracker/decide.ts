import type { Failure } from '../../events/contract.ts';
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
import { callerTags } from './ownership.ts';
import { MAX_WAIT_MS, nextWaitMs } from './pacing.ts';
import {
  type EventTrackerRecord,
  isAwaited,
  isCallPending,
  isSettled,
  isWithinLossGracePeriod,
  type Status,
  type Tag,
  type WaitingFor,
} from './record.ts';
import type { LifecycleSettings } from './settings.ts';

/** Personalize's own states of a tracker. */
export type TrackerStatus = Exclude<Status, 'DELETED' | 'RELEASED'>;

/** A tracker as DescribeEventTracker and ListTagsForResource told it. */
export interface ObservedTracker {
  readonly eventTrackerArn: string;
  readonly status: TrackerStatus;
  /** Known when it was described. */
  readonly trackingId?: string;
  readonly name: string;
  /** Unknown where Personalize does not report it. */
  readonly creationDateTime?: number;
  /**
   * Whether its tags name this record and this deployment (ownership.ts). NOT_VISIBLE: listed, but describe or its tags do not
   * know it (yet, or any more).
   */
  readonly tagged: 'OURS' | 'NOT_OURS' | 'UNREADABLE' | 'NOT_VISIBLE';
  /** All its tags, this service's own included, where they were read. */
  readonly tags?: readonly Tag[];
  /** The other deployment of this service that created it, as its tags name it. */
  readonly anotherDeployment?: string;
}

/**
 * What one look at Personalize showed. `described` is there when the record has an ARN; `listed`, the group's trackers, when
 * it has none or its tracker was not found. `denied`: our role may not look. `unusable`: Personalize answered what no look can
 * use, a refusal that nobody planned for or a status that is none.
 */
export type Observation =
  | {
      readonly described?: ObservedTracker | 'NOT_FOUND';
      readonly listed?: readonly ObservedTracker[];
      readonly denied?: undefined;
      readonly unreadable?: undefined;
    }
  | { readonly denied: { readonly operation: string; readonly awsRequestId?: string }; readonly unreadable?: undefined }
  | {
      readonly unreadable: UnreadableResponse;
      readonly denied?: undefined;
      readonly described?: undefined;
      readonly listed?: undefined;
    };

export interface UnreadableResponse {
  readonly operation: string;
  /** In a few words. */
  readonly answer: string;
  readonly awsError?: string;
  readonly awsRequestId?: string;
}

export type Decision =
  | {
      readonly do: 'recordObserved';
      readonly seen: { eventTrackerArn: string; status: Status; adopted?: true; actual?: NameAndTags } | { gone: true };
    }
  | {
      readonly do: 'recordActive';
      readonly eventTrackerArn: string;
      readonly trackingId: string;
      readonly actual?: NameAndTags;
    }
  | { readonly do: 'recordFailing'; readonly eventTrackerArn: string; readonly failure: Failure }
  | { readonly do: 'recordFailed'; readonly failure: Failure }
  | { readonly do: 'recordGone' }
  | { readonly do: 'CheckDatasetGroup' | 'CreateEventTracker' | 'DeleteEventTracker' | 'PublishEvents' }
  | { readonly do: 'WaitBeforeNextPoll'; readonly waitMs: number; readonly waitingFor: WaitingFor }
  | { readonly do: 'Done' };

/**
 * What the owner of the record does next. Pure.
 * @param now read BEFORE the observation: a call that is pending then may have landed after the list was made, and a list
 *   taken as fresh for a later time would hide it (mutant "now read after the observation").
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
  if (observation.unreadable) return decideUnreadable(record, observation.unreadable, now, settings);
  if (observation.denied) {
    return isAwaited(record)
      ? { do: 'recordFailed', failure: accessDenied(observation.denied) }
      : { do: 'WaitBeforeNextPoll', waitMs: MAX_WAIT_MS, waitingFor: 'iam-permission' };
  }
  const look = { record, now, settings, ...observation };
  if (reappeared(look) && isWithinLossGracePeriod(record, now, settings)) {
    const waitMs = nextWaitMs(now - (record.missing?.at ?? now));
    return { do: 'WaitBeforeNextPoll', waitMs, waitingFor: 'eventual-consistency' };
  }
  return record.cleanup ? decideCleanup(look) : decideCreation(look);
}

/**
 * The tracker that the drift check took for lost, where it is seen after all and nobody asked for its deletion. For T_land the
 * look may be older than a true deletion: told ACTIVE by it, a dead tracking ID would be handed out.
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
 * It may mend itself, so it is asked again, later and later; but it is an answer, and no throttle or time-out: whoever waits for
 * a tracker is told after the deadline. What may be there stays owed, and is looked for on.
 */
function decideUnreadable(
  record: EventTrackerRecord,
  unreadable: UnreadableResponse,
  now: number,
  settings: LifecycleSettings,
): Decision {
  const elapsed = now - Math.max(record.unreadableSince ?? now, record.requestedAt);
  return isAwaited(record) && elapsed >= settings.deadlineMs
    ? { do: 'recordFailed', failure: responsesUnreadable(unreadable, settings.deadlineMs) }
    : { do: 'WaitBeforeNextPoll', waitMs: nextWaitMs(elapsed), waitingFor: 'readable-response' };
}

function decideCreation(look: DecisionInput): Decision {
  const { record, described, listed = [], now, settings } = look;
  const seen = recordedTracker(look);
  if (seen) return decideObserved(look, seen);
  if (described === 'NOT_FOUND' && record.call?.acknowledged && isCallPending(record, now, settings)) {
    return waitForVisibility(look);
  }
  const ours = listed.find((seen) => ownership(look, seen) === 'OURS');
  if (ours) return recordFound(look, ours);
  if (record.eventTrackerArn !== undefined) return { do: 'recordObserved', seen: { gone: true } };
  if (listed.some((seen) => ownership(look, seen) === 'UNKNOWN')) return waitForVisibility(look);
  const foreign = listed.find((seen) => ownership(look, seen) === 'FOREIGN');
  if (foreign) {
    const { eventTrackerArn, status } = foreign;
    const actual = actualIn(foreign);
    // Only its tags say whose it is: unread, it is neither taken over nor reported as another's.
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
  // ACTIVE comes here only without a tracking ID: it is waited for, and no news.
  const isNews = status !== 'ACTIVE' && status !== record.status;
  if (isNews || answeredCallIsSeen) return { do: 'recordObserved', seen: { eventTrackerArn, status } };
  const elapsed = now - (record.createdAt ?? record.requestedAt);
  if (elapsed >= settings.deadlineMs) {
    return { do: 'recordFailed', failure: deadlinePassed(status, eventTrackerArn, settings.deadlineMs) };
  }
  const deleting = status === 'DELETE PENDING' || status === 'DELETE IN_PROGRESS';
  return { do: 'WaitBeforeNextPoll', waitMs: nextWaitMs(elapsed), waitingFor: deleting ? 'deletion' : 'creation' };
}

/**
 * What is left must go first; if that takes too long while somebody waits for a tracker, the failure says so. Only where there is
 * nothing to do but wait: after an outage of our own the first look may find all gone, or the deletion not asked for yet.
 */
function decideCleanup(look: DecisionInput): Decision {
  const { record, now, settings } = look;
  const step = nextOfCleanup(look);
  const isWaiting = step.do === 'WaitBeforeNextPoll' && step.waitingFor !== 'eventual-consistency';
  return isWaiting && isRemovalOverdue(record, now, settings)
    ? { do: 'recordFailed', failure: removalDeadlinePassed(record.eventTrackerArn, settings.deadlineMs) }
    : step;
}

/**
 * Somebody waits for a tracker, and what is left of an earlier one has stood in the way for longer than the deadline: since the
 * deletion was asked for, or since the wish, whichever came later.
 */
export function isRemovalOverdue(record: EventTrackerRecord, now: number, settings: LifecycleSettings): boolean {
  if (!record.cleanup || !isAwaited(record)) return false;
  const since = Math.max(record.requestedAt, record.cleanup.deletionRequestedAt ?? record.lastUpdatedDateTime);
  return now - since >= settings.deadlineMs;
}

/**
 * Deletes nothing but the recorded ARN, so that a late delete never meets a newer tracker; and what was taken for lost by mistake
 * is no remainder: it is taken up again.
 */
function nextOfCleanup(look: DecisionInput): Decision {
  const { record, listed = [], now, settings } = look;
  const waitMs = nextWaitMs(now - record.lastUpdatedDateTime);
  const back = reappeared(look);
  if (back?.status === 'ACTIVE' && back.trackingId !== undefined) {
    const { eventTrackerArn, trackingId } = back;
    return { do: 'recordActive', eventTrackerArn, trackingId, ...withActual(back) };
  }
  const seen = recordedTracker(look);
  if (seen) {
    if (record.call?.acknowledged && !record.call.overlapsEarlierCall) {
      return { do: 'recordObserved', seen: { eventTrackerArn: seen.eventTrackerArn, status: seen.status } };
    }
    // Healthy, as far as can be told: its tracking ID is waited for, as that of a new one is.
    if (back?.status === 'ACTIVE') return { do: 'WaitBeforeNextPoll', waitMs, waitingFor: 'creation' };
    // Personalize deletes only these two; every other state is waited for.
    return seen.status === 'ACTIVE' || seen.status === 'CREATE FAILED'
      ? { do: 'DeleteEventTracker' }
      : { do: 'WaitBeforeNextPoll', waitMs, waitingFor: 'deletion' };
  }
  if (record.call?.acknowledged && isCallPending(record, now, settings)) return waitForVisibility(look);
  const ours = listed.find((seen) => ownership(look, seen) === 'OURS');
  if (ours) return recordFound(look, ours);
  const unknown = listed.some((seen) => ownership(look, seen) === 'UNKNOWN');
  return unknown || isCallPending(record, now, settings) ? waitForVisibility(look) : { do: 'recordGone' };
}

/** The recorded tracker as it was described, by its ARN or on the way through the list. */
function recordedTracker({ record, described, listed = [] }: DecisionInput): ObservedTracker | undefined {
  if (described !== undefined && described !== 'NOT_FOUND') return described;
  return listed.find(
    ({ eventTrackerArn, trackingId }) => eventTrackerArn === record.eventTrackerArn && trackingId !== undefined,
  );
}

/** A tracker of ours in the list: recorded first, so that everything after names the recorded ARN. */
function recordFound(look: DecisionInput, seen: ObservedTracker): Decision {
  const { eventTrackerArn, status } = seen;
  // Listed, and not to be described: it is not visible yet, or not any more.
  if (eventTrackerArn === look.record.eventTrackerArn) return waitForVisibility(look);
  return { do: 'recordObserved', seen: { eventTrackerArn, status, ...withActual(seen) } };
}

/** Its name and the callers' tags, where both were read: a description alone tells no tags. */
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
 * Whose a listed tracker is. A tag of ours that is not there may not be visible yet while a call is pending; after T_land it
 * never will be, and the tracker is somebody else's.
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
  // Unknown means young: what may be ours must not be taken for another's. The gateway sees to it that this has an end.
  const young = seen.creationDateTime === undefined || now < seen.creationDateTime + settings.createInFlightMs;
  if (young) return 'UNKNOWN';
  // Old, and neither described nor tagged: deleted, and the list lags. If it stands in the way, Personalize will say so.
  return seen.tagged === 'NOT_VISIBLE' ? 'NOT_THERE' : 'FOREIGN';
}
