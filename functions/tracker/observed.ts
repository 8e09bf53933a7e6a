import type { Failure } from '../../events/contract.ts';
import { type HistoryCause, withHistoryEntry } from './history.ts';
import { actualOf, type NameAndTags, observedOf } from './name-and-tags.ts';
import { withCallbacksQueued, withStateChange } from './outbox.ts';
import { type EventTrackerRecord, isSettled, type Status } from './record.ts';
import { type Owner, reject, type Transition } from './transition.ts';

/** An answered call ends when its tracker has been seen; one that was laid over another stays until T_land. */
const callAfterSighting = (record: EventTrackerRecord) =>
  record.call?.acknowledged && !record.call.overlapsEarlierCall ? undefined : record.call;

/** What follows the recorded outcome of a wish: it ends the take-overs' count, the pacing, and what stood in the way. */
const CLEARED_ON_OUTCOME = {
  takeOvers: 0,
  notBefore: undefined,
  alreadyExistsRefusal: undefined,
  unreadableSince: undefined,
  preflightWait: undefined,
} as const satisfies Partial<EventTrackerRecord>;

/**
 * ACTIVE and CREATE FAILED are outcomes, which the status tells exactly when they are recorded: by recordActive, recordFailed
 * and recordGone. Seen on the way there (found in the list, its tracking ID not yet described; its remains still to be
 * removed), they change nothing that a reader is shown.
 */
const shownStatus = (record: EventTrackerRecord, seen: Status): Status =>
  record.cleanup || seen === 'ACTIVE' || seen === 'CREATE FAILED' ? record.status : seen;

/** What is known now of this tracker's name and tags; as before, where they were not read. */
const withObserved = (record: EventTrackerRecord, eventTrackerArn: string, actual?: NameAndTags) => ({
  observed: actual ? observedOf(record, eventTrackerArn, actual) : record.observed,
});

/** **recordObserved**: the tracker was seen, in this status; or, with `gone`, the recorded one is not there any more. */
export const recordObserved: Transition<
  Owner & ({ eventTrackerArn: string; status: Status; adopted?: true; actual?: NameAndTags } | { gone: true })
> = (record, args) => {
  if (isSettled(record)) return reject('ALREADY_RECORDED');
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
      // An earlier call may still bring another tracker: its marker stays until T_land.
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
    // A group has one tracker: where another stands, the lost one is gone.
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
 * **recordActive**: seen ACTIVE by describe: the tracking ID may be used, and is told. Also in the cleanup of a record whose
 * tracker was taken for lost, where that very tracker is seen: nobody asked for its deletion, so it is taken up again.
 */
export const recordActive: Transition<Owner & { eventTrackerArn: string; trackingId: string; actual?: NameAndTags }> = (
  record,
  { now, eventTrackerArn, trackingId, actual },
) => {
  if (isSettled(record) || record.desired !== 'PRESENT') return reject('NOT_CREATING');
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
    call: callAfterSighting(record),
    observedGeneration: record.generation,
    history: withHistoryEntry(record, {
      at: now,
      status: 'ACTIVE',
      cause: returned ? 'REAPPEARED' : 'STATUS_OBSERVED',
    }),
  };
  const told = withStateChange(
    active,
    {
      status: 'ACTIVE',
      previousStatus: record.status,
      name: actualOf(active).name,
      correlationId: record.correlationId,
      traceparent: record.traceparent,
      clientContext: record.clientContext,
      eventTrackerArn,
      trackingId,
    },
    now,
  );
  return withCallbacksQueued(told, { status: 'ACTIVE', eventTrackerArn }, now);
};

/** **recordFailing**: seen CREATE FAILED. What is left of it is deleted first; then the failure is told. */
export const recordFailing: Transition<Owner & { eventTrackerArn: string; failure: Failure }> = (
  record,
  { now, eventTrackerArn, failure },
) => {
  if (isSettled(record) || record.cleanup || record.desired !== 'PRESENT') return reject('NOT_CREATING');
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

/** **recordFailed**: the wish can't be met: conflict, refusal or deadline. A create of ours may still land, so a cleanup stays owed. */
export const recordFailed: Transition<Owner & { failure: Failure }> = (record, { now, failure }) => {
  if (record.observedGeneration >= record.generation || record.desired !== 'PRESENT') return reject('ALREADY_RECORDED');
  // The failure that was going to be reported after the cleanup is the true reason, a stuck cleanup only why it comes early.
  const told =
    record.cleanup?.report?.status === 'CREATE FAILED' ? (record.cleanup.report.failure ?? failure) : failure;
  const failed: EventTrackerRecord = {
    ...record,
    ...CLEARED_ON_OUTCOME,
    status: 'CREATE FAILED',
    failure: told,
    // Whether it was the dataset group that did not come: no fault of the service, and not counted as one.
    preflightWait: record.preflightWait,
    observedGeneration: record.generation,
    cleanup: record.cleanup?.report?.status === 'DELETED' ? record.cleanup : {},
    ...(record.adopted && { adopted: undefined, eventTrackerArn: undefined }),
    history: withHistoryEntry(record, {
      at: now,
      status: 'CREATE FAILED',
      cause: 'FAILED',
      reason: told.reason,
      ...(told.awsRequestId && { awsRequestId: told.awsRequestId }),
    }),
  };
  const said = withStateChange(
    failed,
    {
      status: 'CREATE FAILED',
      previousStatus: record.status,
      name: record.name,
      correlationId: record.correlationId,
      traceparent: record.traceparent,
      clientContext: record.clientContext,
      eventTrackerArn: failed.eventTrackerArn,
      failure: told,
    },
    now,
  );
  return withCallbacksQueued(said, { status: 'CREATE FAILED', failureCode: told.code, remedy: told.remedy }, now);
};

/** **recordGone**: nothing of ours is left, and no call can bring anything. What was owed is told now. */
export const recordGone: Transition<Owner> = (record, { now }) => {
  if (!record.cleanup) return reject('NOTHING_OWED');
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
  if (report.status === 'CREATE FAILED') {
    const failed: EventTrackerRecord = {
      ...bare,
      ...CLEARED_ON_OUTCOME,
      status: 'CREATE FAILED',
      failure: report.failure,
      observedGeneration: record.generation,
      history: withHistoryEntry(record, {
        at: now,
        status: 'CREATE FAILED',
        cause: 'FAILED',
        ...(report.failure && { reason: report.failure.reason }),
      }),
    };
    const said = withStateChange(
      failed,
      // The wish is the newest one still, and its context may have been replaced since.
      { ...reportData(record, record), status: 'CREATE FAILED', failure: report.failure },
      now,
    );
    return withCallbacksQueued(
      said,
      { status: 'CREATE FAILED', failureCode: report.failure?.code, remedy: report.failure?.remedy },
      now,
    );
  }
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
  return withStateChange(gone, { ...reportData(report, record), status: 'DELETED' }, now);
};

const reportData = (
  report: { name: string; correlationId: string; clientContext?: string },
  record: EventTrackerRecord,
) => ({
  previousStatus: record.status,
  name: report.name,
  correlationId: report.correlationId,
  clientContext: report.clientContext,
});

function statusAfterDeletion(record: EventTrackerRecord, observedGeneration: number): Status {
  if (record.desired === 'ABSENT') return 'DELETED';
  return observedGeneration === record.generation ? record.status : 'CREATE PENDING';
}

/** Nothing to say; a wish that waited for the cleanup goes on. */
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
