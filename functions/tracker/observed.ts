import type { Failure } from '../../events/contract.ts';
import { withHistoryEntry } from './history.ts';
import type { HistoryCause } from './history-causes.ts';
import { actualOf, type NameAndTags, observedOf, sameTags } from './name-and-tags.ts';
import { withCallbacksQueued, withStateChange } from './outbox.ts';
import { type EventTrackerRecord, isAwaited, isSettled, isUpdating, type Status } from './record.ts';
import { type Owner, reject, type Transition } from './transition.ts';

/** An acknowledged call ends when its tracker was observed; one that overlaps an earlier call stays for createInFlight. */
const callAfterSighting = (record: EventTrackerRecord) =>
  record.call?.acknowledged && !record.call.overlapsEarlierCall ? undefined : record.call;

/** What an outcome ends: the count of take-overs, the pacing, and what blocked the creation or the change of tags. */
export const CLEARED_ON_OUTCOME = {
  takeOvers: 0,
  notBefore: undefined,
  alreadyExistsRefusal: undefined,
  unreadableSince: undefined,
  preflightWait: undefined,
  tagUpdate: undefined,
} as const satisfies Partial<EventTrackerRecord>;

/**
 * ACTIVE and CREATE FAILED are outcomes: the status shows them exactly when recordActive, recordFailed or recordGone records them.
 * Observed before that (in the list, without a tracking ID; or with a cleanup still pending), they change nothing that readers see.
 */
const shownStatus = (record: EventTrackerRecord, seen: Status): Status =>
  record.cleanup || seen === 'ACTIVE' || seen === 'CREATE FAILED' ? record.status : seen;

/** The tracker's name and tags as now known; as before, if they were not read. */
const withObserved = (record: EventTrackerRecord, eventTrackerArn: string, actual?: NameAndTags) => ({
  observed: actual ? observedOf(record, eventTrackerArn, actual) : record.observed,
});

/** **recordObserved**: the tracker was observed in this status; or, with `gone`, the recorded one no longer exists. */
export const recordObserved: Transition<
  Owner & ({ eventTrackerArn: string; status: Status; adopted?: true; actual?: NameAndTags } | { gone: true })
> = (record, args) => {
  if (isSettled(record) || isUpdating(record)) return reject('ALREADY_RECORDED');
  if ('gone' in args) {
    if (record.eventTrackerArn === undefined) return reject('ALREADY_RECORDED');
    const status = record.cleanup ? record.status : 'CREATE PENDING';
    return {
      ...record,
      status,
      eventTrackerArn: undefined,
      trackingId: undefined,
      adopted: undefined,
      createdAt: undefined,
      // An earlier call may still create another tracker: its marker stays for createInFlight.
      call: callAfterSighting(record),
      history: withHistoryEntry(record, { at: args.now, status, cause: 'TRACKER_DISAPPEARED' }),
    };
  }
  const status = shownStatus(record, args.status);
  const found = record.eventTrackerArn !== args.eventTrackerArn;
  const call = found ? record.call : callAfterSighting(record);
  if (!found && status === record.status && call === record.call) return reject('ALREADY_RECORDED');
  const news = found || status !== record.status;
  return {
    ...record,
    status,
    call,
    eventTrackerArn: args.eventTrackerArn,
    ...withObserved(record, args.eventTrackerArn, args.actual),
    // A group has one tracker: if there is another, the missing one is gone.
    missing: record.missing?.eventTrackerArn === args.eventTrackerArn ? record.missing : undefined,
    ...(args.adopted && { adopted: true as const }),
    createdAt: found ? args.now : record.createdAt,
    alreadyExistsRefusal: undefined,
    ...(news && {
      history: withHistoryEntry(record, {
        at: args.now,
        status,
        cause: causeOf(found, args.adopted),
      }),
    }),
  };
};

const causeOf = (found: boolean, adopted?: true): HistoryCause => {
  if (!found) return 'STATUS_OBSERVED';
  return adopted ? 'ADOPTED' : 'FOUND_BY_TAGS';
};

/**
 * **recordActive**: describe reports ACTIVE: the tracking ID may be used, and is published. Also in the cleanup of a record whose
 * tracker was missing, if that very tracker is observed: nobody requested its deletion, so it is recorded again.
 */
export const recordActive: Transition<Owner & { eventTrackerArn: string; trackingId: string; actual?: NameAndTags }> = (
  record,
  { now, eventTrackerArn, trackingId, actual },
) => {
  // A tracker whose tags are being changed was reported ACTIVE before.
  const isCreating = record.cleanup === undefined ? isAwaited(record) : record.desired === 'PRESENT';
  if (!isCreating) return reject('NOT_CREATING');
  const { cleanup, missing } = record;
  const returned = missing?.eventTrackerArn === eventTrackerArn ? missing : undefined;
  if (cleanup && (cleanup.report || !returned)) return reject('NOT_CREATING');
  const active: EventTrackerRecord = {
    ...record,
    ...CLEARED_ON_OUTCOME,
    status: 'ACTIVE',
    eventTrackerArn,
    trackingId,
    ...withObserved(record, eventTrackerArn, actual),
    ...(returned?.adopted && { adopted: true as const }),
    cleanup: undefined,
    missing: undefined,
    deletedAt: undefined,
    failure: undefined,
    updateFailure: undefined,
    call: callAfterSighting(record),
    observedGeneration: record.generation,
    history: withHistoryEntry(record, {
      at: now,
      status: 'ACTIVE',
      cause: returned ? 'REAPPEARED' : 'STATUS_OBSERVED',
    }),
  };
  const { name, tags } = actualOf(active);
  // Found with other tags than requested: it keeps them, like an adopted one.
  const kept: EventTrackerRecord = sameTags(tags, active.tags) ? active : { ...active, tagsFrom: 'TRACKER' };
  const withEvent = withStateChange(
    kept,
    { ...active, name },
    { status: 'ACTIVE', previousStatus: record.status, eventTrackerArn, trackingId },
    now,
  );
  return withCallbacksQueued(withEvent, { status: 'ACTIVE', eventTrackerArn }, now);
};

/** **recordFailing**: describe reports CREATE FAILED. The tracker is deleted first; then the failure is reported. */
export const recordFailing: Transition<Owner & { eventTrackerArn: string; failure: Failure }> = (
  record,
  { now, eventTrackerArn, failure },
) => {
  if (record.cleanup || !isAwaited(record)) return reject('NOT_CREATING');
  return {
    ...record,
    eventTrackerArn,
    missing: undefined,
    call: callAfterSighting(record),
    cleanup: {
      report: {
        status: 'CREATE FAILED',
        generation: record.generation,
        name: record.name,
        correlationId: record.correlationId,
        ...(record.clientContext !== undefined && { clientContext: record.clientContext }),
        failure,
      },
    },
    history: withHistoryEntry(record, {
      at: now,
      status: record.status,
      cause: 'CREATE_FAILED_OBSERVED',
    }),
  };
};

/** **recordFailed**: conflict, refusal or deadline. A create call of ours may still take effect, so a cleanup stays pending. */
export const recordFailed: Transition<Owner & { failure: Failure }> = (record, { now, failure }) => {
  if (!isAwaited(record)) return reject('ALREADY_RECORDED');
  // A failure that waits for the cleanup is the true reason; a stuck cleanup is only why it is reported early.
  const reported = record.cleanup?.report?.status === 'CREATE FAILED' ? record.cleanup.report.failure : failure;
  const failed: EventTrackerRecord = {
    ...record,
    cleanup: record.cleanup?.report?.status === 'DELETED' ? record.cleanup : {},
    ...(record.adopted && { adopted: undefined, eventTrackerArn: undefined }),
  };
  // Kept: if the dataset group did not become ready, that is no fault of the service, and is not counted as one.
  return { ...withFailure(failed, reported, now), preflightWait: record.preflightWait };
};

/** CREATE FAILED is the outcome of the newest request: in the history, in an event, and for the task tokens. */
function withFailure(record: EventTrackerRecord, failure: Failure, now: number): EventTrackerRecord {
  const { status: previousStatus, eventTrackerArn } = record;
  const { code, reason, remedy, awsRequestId } = failure;
  const status = 'CREATE FAILED';
  const failed: EventTrackerRecord = {
    ...record,
    ...CLEARED_ON_OUTCOME,
    status,
    failure,
    observedGeneration: record.generation,
    history: withHistoryEntry(record, {
      at: now,
      status,
      cause: 'FAILED',
      reason,
      ...(awsRequestId && { awsRequestId }),
    }),
  };
  const withEvent = withStateChange(failed, record, { status, previousStatus, eventTrackerArn, failure }, now);
  return withCallbacksQueued(withEvent, { status, failureCode: code, remedy }, now);
}

/** **recordGone**: nothing of ours is left, and no call can create anything. The pending report is published now. */
export const recordGone: Transition<Owner> = (record, { now }) => {
  if (!record.cleanup) return reject('NOTHING_PENDING');
  const { report } = record.cleanup;
  const bare: EventTrackerRecord = {
    ...record,
    cleanup: undefined,
    call: undefined,
    eventTrackerArn: undefined,
    trackingId: undefined,
    createdAt: undefined,
  };
  if (report === undefined) return afterSilentCleanup(bare, now);
  // The request is still the newest one, and its context may have been replaced meanwhile.
  if (report.status === 'CREATE FAILED') return withFailure(bare, report.failure, now);
  const observedGeneration =
    record.desired === 'ABSENT' ? record.generation : Math.max(record.observedGeneration, report.generation);
  const status = statusAfterDeletion(record, observedGeneration);
  const gone: EventTrackerRecord = {
    ...bare,
    ...(observedGeneration === record.generation ? CLEARED_ON_OUTCOME : {}),
    observedGeneration,
    status,
    ...(status === 'DELETED' && { deletedAt: now, failure: undefined }),
    history: withHistoryEntry(record, { at: now, status: 'DELETED', cause: 'DELETION_COMPLETE' }),
  };
  return withStateChange(gone, report, { status: 'DELETED', previousStatus: record.status }, now);
};

function statusAfterDeletion(record: EventTrackerRecord, observedGeneration: number): Status {
  if (record.desired === 'ABSENT') return 'DELETED';
  return observedGeneration === record.generation ? record.status : 'CREATE PENDING';
}

/** Nothing to report; a request that waited for the cleanup goes on. */
function afterSilentCleanup(bare: EventTrackerRecord, now: number): EventTrackerRecord {
  if (bare.observedGeneration === bare.generation) return bare;
  if (bare.desired === 'ABSENT') {
    return { ...bare, ...CLEARED_ON_OUTCOME, status: 'DELETED', observedGeneration: bare.generation, deletedAt: now };
  }
  return {
    ...bare,
    status: 'CREATE PENDING',
    history: withHistoryEntry(bare, { at: now, status: 'CREATE PENDING', cause: 'CLEANUP_COMPLETE' }),
  };
}
