import type { EventTrackerDriftDetected } from '../../events/contract.ts';
import { withDrift, withStateChange, withTransition } from './outcomes.ts';
import { type EventTrackerRecord, isCallPending, isQuiet, type Status } from './record.ts';
import { refuse, type Verb } from './verb.ts';

/** **recordVisited**: the routine look found all as it is recorded. */
export const recordVisited: Verb<{ now: number }> = (record) => (isQuiet(record) ? { ...record } : refuse('NOT_QUIET'));

/** What the routine look found that is not as recorded, and not by our doing. */
export type Drift =
  /** The recorded tracker is not there any more. */
  | { readonly kind: 'lost' }
  /** A tracker of ours stands where the record has none: a create that landed very late. */
  | { readonly kind: 'orphan' }
  /** Somebody else's tracker, a changed status, or a tag of ours that is gone. */
  | {
      readonly kind: Exclude<EventTrackerDriftDetected['data']['drift'], 'DELETED_OUT_OF_BAND'>;
      readonly eventTrackerArn: string;
      readonly status?: Status;
    };

/** By it a thing is reported once. */
export const driftKey = (drift: Drift): string =>
  'eventTrackerArn' in drift ? `${drift.kind} ${drift.eventTrackerArn} ${drift.status ?? ''}`.trim() : drift.kind;

/** **recordDrift**: the wish and its generation stay as they are; what was found is told, once. */
export const recordDrift: Verb<{ now: number; drift: Drift }> = (record, { now, drift }) => {
  if (!isQuiet(record)) return refuse('NOT_QUIET');
  switch (drift.kind) {
    case 'lost':
      return lost(record, now);
    case 'orphan':
      // Let go of on purpose, it stays, whatever its tags say; and beside a recorded tracker there can be no other.
      if (record.status === 'RELEASED' || record.eventTrackerArn !== undefined) return refuse('NO_ORPHAN');
      return { ...record, cleanup: {}, epoch: record.epoch + 1 };
    default: {
      if (record.seenDrift === driftKey(drift)) return refuse('ALREADY_RECORDED');
      const seen = { ...record, seenDrift: driftKey(drift), epoch: record.epoch + 1 };
      return withDrift(seen, { drift: drift.kind, eventTrackerArn: drift.eventTrackerArn }, now);
    }
  }
};

/** A late create of ours may have made another one: a cleanup is owed before the record is quiet again. */
function lost(record: EventTrackerRecord, now: number): EventTrackerRecord {
  const { eventTrackerArn, name, correlationId, clientContext } = record;
  const failure = {
    code: 'DELETED_OUT_OF_BAND',
    reason: `The event tracker ${eventTrackerArn ?? ''} was deleted, and not by this service.`,
    retryable: false,
  };
  const gone: EventTrackerRecord = {
    ...record,
    epoch: record.epoch + 1,
    status: 'DELETED',
    failure,
    eventTrackerArn: undefined,
    trackingId: undefined,
    adopted: undefined,
    createdAt: undefined,
    deletedAt: now,
    cleanup: {},
    seenDrift: undefined,
    history: withTransition(record, { at: now, status: 'DELETED', cause: failure.reason }),
  };
  // Who follows the states hears it, and who watches for drift.
  const told = withStateChange(
    gone,
    { status: 'DELETED', previousStatus: record.status, name, correlationId, clientContext, eventTrackerArn, failure },
    now,
  );
  return withDrift(told, { drift: 'DELETED_OUT_OF_BAND', eventTrackerArn }, now);
}

/** A purged record names nobody. */
export const isPurged = (record: EventTrackerRecord): boolean => record.tenantId === '';

/** **purge**: the retention is over; what stays keeps a later tracker of the group from meeting old epochs and sequences. */
export const purge: Verb<{ now: number }> = (record, { now }, settings) => {
  const ended =
    record.status === 'DELETED' ||
    record.status === 'RELEASED' ||
    (record.status === 'CREATE FAILED' && record.attempt === 0);
  const since = record.deletedAt ?? record.lastUpdatedDateTime;
  const over = now >= since + settings.retentionMs;
  if (!ended || !over || !isQuiet(record) || isCallPending(record, now, settings) || isPurged(record)) {
    return refuse('NOT_PURGEABLE');
  }
  const { trackerId, generation, observedGeneration, epoch, sequence, attempt, rev, due } = record;
  return {
    trackerId,
    generation,
    observedGeneration,
    epoch,
    sequence,
    attempt,
    rev,
    due,
    desired: 'ABSENT',
    status: 'DELETED',
    wishedAt: record.wishedAt,
    datasetGroupArn: '',
    name: '',
    tags: [],
    tenantId: '',
    adoptExisting: false,
    correlationId: '',
    history: [],
    checkedGeneration: 0,
    outbox: [],
    callbacks: [],
    keys: [],
    takeOvers: 0,
    creationDateTime: record.creationDateTime,
    lastUpdatedDateTime: record.lastUpdatedDateTime,
  };
};
