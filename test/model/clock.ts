import type { EventTrackerRecord } from '../../functions/tracker/record.ts';
import { AWS_SETTINGS } from '../../functions/tracker/settings.ts';
import { once } from './remember.ts';

/**
 * Time in the model. The clock stands still; what passes is what a decision can distinguish: createInFlight of the pending call, the
 * back-off, the deadline. Each is a step that makes the record's own time stamp as old as that; they pass independently of
 * one another, which allows more orders than real time does.
 */
export const NOW = Date.UTC(2026, 10, 23, 12);
const { createInFlightMs, deadlineMs } = AWS_SETTINGS;

export const LANDED_AT = NOW - createInFlightMs;
const DEADLINE_AT = NOW - deadlineMs;

export const isPending = ({ call }: EventTrackerRecord): boolean => call !== undefined && call.at > LANDED_AT;
/** Recorded as missing less than createInFlight ago. */
export const isLost = ({ missing }: EventTrackerRecord): boolean => missing !== undefined && missing.at > LANDED_AT;
export const isBackingOff = ({ notBefore }: EventTrackerRecord): boolean => notBefore !== undefined && notBefore > NOW;
export const isPast = (at: number | undefined): boolean => at !== undefined && at <= DEADLINE_AT;

export const afterLanding = once(
  (record): EventTrackerRecord => (record.call ? { ...record, call: { ...record.call, at: LANDED_AT } } : record),
);

export const afterLoss = once(
  (record): EventTrackerRecord =>
    record.missing ? { ...record, missing: { ...record.missing, at: LANDED_AT } } : record,
);

export const afterBackOff = once((record): EventTrackerRecord => ({ ...record, notBefore: undefined }));

export const afterDeadline = once(
  (record): EventTrackerRecord => ({
    ...record,
    requestedAt: DEADLINE_AT,
    cleanup: record.cleanup?.deletionRequestedAt
      ? { ...record.cleanup, deletionRequestedAt: DEADLINE_AT }
      : record.cleanup,
    createdAt: record.createdAt && DEADLINE_AT,
    lastUpdatedDateTime: DEADLINE_AT,
    alreadyExistsRefusal: record.alreadyExistsRefusal && { ...record.alreadyExistsRefusal, since: DEADLINE_AT },
    unreadableSince: record.unreadableSince && DEADLINE_AT,
    preflightWait: record.preflightWait && { ...record.preflightWait, since: DEADLINE_AT },
  }),
);

/** The deadline of a dataset group that is waited for: no fault, as that of unreadable responses. */
export const afterGroupWait = once(
  (record): EventTrackerRecord => ({
    ...record,
    requestedAt: DEADLINE_AT,
    preflightWait: record.preflightWait && { ...record.preflightWait, since: DEADLINE_AT },
  }),
);

/** The deadline of unreadable responses: no fault, for time passes while nothing else can. */
export const afterUnreadable = once(
  (record): EventTrackerRecord => ({
    ...record,
    requestedAt: DEADLINE_AT,
    unreadableSince: DEADLINE_AT,
  }),
);

/**
 * What is saved when time has passed since the record was read: a time stamp that the write leaves as it was is by now as old
 * as the stored one.
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
  const { call, alreadyExistsRefusal, cleanup, missing, preflightWait } = after;
  return {
    ...after,
    missing:
      missing && stored.missing && missing.at === before.missing?.at ? { ...missing, at: stored.missing.at } : missing,
    call:
      call && stored.call && call.attempt === before.call?.attempt && call.at === before.call.at
        ? { ...call, at: stored.call.at }
        : call,
    preflightWait:
      preflightWait && stored.preflightWait && preflightWait.since === before.preflightWait?.since
        ? { ...preflightWait, since: stored.preflightWait.since }
        : preflightWait,
    unreadableSince: after.unreadableSince === before.unreadableSince ? stored.unreadableSince : after.unreadableSince,
    notBefore: after.notBefore === before.notBefore ? stored.notBefore : after.notBefore,
    requestedAt: after.requestedAt === before.requestedAt ? stored.requestedAt : after.requestedAt,
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
