import type { EventTrackerRecord } from '../../functions/tracker/record.ts';
import { AWS_SETTINGS } from '../../functions/tracker/settings.ts';
import { once } from './remember.ts';

/**
 * Time in the model. The clock stands still. Only the periods that a decision can distinguish pass: createInFlight of the pending call, the
 * backoff, the deadline. Each is a step that makes the record's own timestamp that old. The steps are independent, so the model covers more
 * orders than real time allows.
 */
export const NOW = Date.UTC(2026, 10, 23, 12);
const { createInFlightMs, deadlineMs } = AWS_SETTINGS;

export const CREATE_IN_FLIGHT_AGO = NOW - createInFlightMs;
const DEADLINE_AT = NOW - deadlineMs;

export const isPending = ({ call }: EventTrackerRecord): boolean =>
  call !== undefined && call.at > CREATE_IN_FLIGHT_AGO;
/** Recorded as missing less than createInFlight ago. */
export const isLost = ({ missing }: EventTrackerRecord): boolean =>
  missing !== undefined && missing.at > CREATE_IN_FLIGHT_AGO;
export const isBackingOff = ({ notBefore }: EventTrackerRecord): boolean => notBefore !== undefined && notBefore > NOW;
export const isPast = (at: number | undefined): boolean => at !== undefined && at <= DEADLINE_AT;

export const afterCreateInFlight = once(
  (record): EventTrackerRecord =>
    record.call ? { ...record, call: { ...record.call, at: CREATE_IN_FLIGHT_AGO } } : record,
);

export const afterLoss = once(
  (record): EventTrackerRecord =>
    record.missing ? { ...record, missing: { ...record.missing, at: CREATE_IN_FLIGHT_AGO } } : record,
);

/** A call that changes tags was reserved less than createInFlight ago. */
export const isTagCallRecent = ({ tagCall }: EventTrackerRecord): boolean =>
  tagCall !== undefined && tagCall.at > CREATE_IN_FLIGHT_AGO;
export const afterTagCall = once(
  (record): EventTrackerRecord =>
    record.tagCall ? { ...record, tagCall: { ...record.tagCall, at: CREATE_IN_FLIGHT_AGO } } : record,
);

export const afterBackOff = once((record): EventTrackerRecord => ({ ...record, notBefore: undefined }));

export const afterDeadline = once(
  (record): EventTrackerRecord => ({
    ...record,
    requestedAt: DEADLINE_AT,
    cleanup: record.cleanup?.deletionRequestedAt
      ? { ...record.cleanup, deletionRequestedAt: DEADLINE_AT }
      : record.cleanup,
    admittedAt: record.admittedAt && DEADLINE_AT,
    createdAt: record.createdAt && DEADLINE_AT,
    lastUpdatedDateTime: DEADLINE_AT,
    alreadyExistsRefusal: record.alreadyExistsRefusal && { ...record.alreadyExistsRefusal, since: DEADLINE_AT },
    unreadableSince: record.unreadableSince && DEADLINE_AT,
    preflightWait: record.preflightWait && { ...record.preflightWait, since: DEADLINE_AT },
    tagUpdate: record.tagUpdate && { ...record.tagUpdate, since: DEADLINE_AT },
  }),
);

/** The deadline of a wait for a dataset group. It is not a fault; neither is the deadline of unreadable responses. */
export const afterGroupWait = once(
  (record): EventTrackerRecord => ({
    ...record,
    requestedAt: DEADLINE_AT,
    admittedAt: record.admittedAt && DEADLINE_AT,
    preflightWait: record.preflightWait && { ...record.preflightWait, since: DEADLINE_AT },
  }),
);

/** The deadline of unreadable responses. It is not a fault: time passes even when nothing else can happen. */
export const afterUnreadable = once(
  (record): EventTrackerRecord => ({
    ...record,
    requestedAt: DEADLINE_AT,
    admittedAt: record.admittedAt && DEADLINE_AT,
    unreadableSince: DEADLINE_AT,
  }),
);

/**
 * The record to save when time has passed since it was read: a timestamp that the write does not change takes its stored, older value.
 */
export function saved(
  stored: EventTrackerRecord,
  before: EventTrackerRecord,
  after: EventTrackerRecord,
): EventTrackerRecord {
  if (stored === before) return after;
  let known = savedLater.get(after);
  if (known?.stored !== stored || known.before !== before) {
    known = { stored, before, result: withPassedTime(stored, before, after) };
    savedLater.set(after, known);
  }
  return known.result;
}

const savedLater = new WeakMap<
  EventTrackerRecord,
  { stored: EventTrackerRecord; before: EventTrackerRecord; result: EventTrackerRecord }
>();

function withPassedTime(
  stored: EventTrackerRecord,
  before: EventTrackerRecord,
  after: EventTrackerRecord,
): EventTrackerRecord {
  const { call, alreadyExistsRefusal, cleanup, missing, preflightWait, tagUpdate, tagCall } = after;
  return {
    ...after,
    missing:
      missing && stored.missing && missing.at === before.missing?.at ? { ...missing, at: stored.missing.at } : missing,
    call:
      call && stored.call && call.attempt === before.call?.attempt && call.at === before.call.at
        ? { ...call, at: stored.call.at }
        : call,
    tagUpdate:
      tagUpdate && stored.tagUpdate && tagUpdate.since === before.tagUpdate?.since
        ? { ...tagUpdate, since: stored.tagUpdate.since }
        : tagUpdate,
    tagCall:
      tagCall && stored.tagCall && tagCall.at === before.tagCall?.at ? { ...tagCall, at: stored.tagCall.at } : tagCall,
    preflightWait:
      preflightWait && stored.preflightWait && preflightWait.since === before.preflightWait?.since
        ? { ...preflightWait, since: stored.preflightWait.since }
        : preflightWait,
    unreadableSince: after.unreadableSince === before.unreadableSince ? stored.unreadableSince : after.unreadableSince,
    notBefore: after.notBefore === before.notBefore ? stored.notBefore : after.notBefore,
    requestedAt: after.requestedAt === before.requestedAt ? stored.requestedAt : after.requestedAt,
    admittedAt: after.admittedAt === before.admittedAt ? stored.admittedAt : after.admittedAt,
    cleanup:
      cleanup && stored.cleanup && cleanup.deletionRequestedAt === before.cleanup?.deletionRequestedAt
        ? { ...cleanup, deletionRequestedAt: stored.cleanup.deletionRequestedAt }
        : cleanup,
    createdAt: after.createdAt === before.createdAt ? stored.createdAt : after.createdAt,
    lastUpdatedDateTime:
      after.lastUpdatedDateTime === before.lastUpdatedDateTime ? stored.lastUpdatedDateTime : after.lastUpdatedDateTime,
    alreadyExistsRefusal:
      alreadyExistsRefusal === before.alreadyExistsRefusal ? stored.alreadyExistsRefusal : alreadyExistsRefusal,
  };
}
