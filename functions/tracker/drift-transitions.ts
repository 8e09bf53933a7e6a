import type { EventTrackerDriftDetected } from '../../events/contract.ts';
import { deletedOutOfBand } from './failures.ts';
import { withHistoryEntry } from './history.ts';
import { actualOf, observedOf } from './name-and-tags.ts';
import { withDrift, withStateChange } from './outbox.ts';
import { type EventTrackerRecord, isCallPending, isIdle, type Status, type Tag } from './record.ts';
import type { LifecycleSettings } from './settings.ts';
import { isRejected, reject, type Transition } from './transition.ts';

/** Kinds of drift that are reported once, and again only after they were resolved. */
export type DriftKind = Exclude<EventTrackerDriftDetected['data']['drift'], 'DELETED_OUT_OF_BAND'>;

/**
 * **recordDriftChecked**: the drift check found everything as recorded. `resolved`: drift that was reported and is over; if it happens
 * again, it is reported again.
 */
export const recordDriftChecked: Transition<{ now: number; resolved?: readonly DriftKind[] }> = (
  record,
  { resolved = [] },
) => {
  if (!isIdle(record)) return reject('NOT_IDLE');
  const left = (record.reportedDrift ?? []).filter((seen) => !resolved.some((kind) => isOfKind(seen, kind)));
  return { ...record, reportedDrift: left.length > 0 ? left : undefined };
};

/** What the drift check found that is not as recorded, and that this service did not change. */
export type Drift =
  /** The recorded tracker no longer exists. */
  | { readonly kind: 'DELETED_OUT_OF_BAND' }
  /** A tracker of ours that no record names: a create call that took effect very late. */
  | { readonly kind: 'orphan' }
  /** The tracker that was recorded as missing exists. */
  | { readonly kind: 'returned' }
  /** Somebody else's tracker, or a tag of ours that is gone. */
  | { readonly kind: Exclude<DriftKind, 'STATUS_CHANGED' | 'TAGS_CHANGED'>; readonly eventTrackerArn: string }
  /** Others changed the callers' tags, which are now these. */
  | { readonly kind: 'TAGS_CHANGED'; readonly eventTrackerArn: string; readonly tags: readonly Tag[] }
  | { readonly kind: 'STATUS_CHANGED'; readonly eventTrackerArn: string; readonly observedStatus: Status };

/** Reported drifts that a record keeps. Each kind has one at a time, except trackers that others created. */
const MAX_REPORTED = 10;

/** The key by which a drift is reported once. */
const driftKey = (drift: Exclude<Extract<Drift, { eventTrackerArn: string }>, { kind: 'TAGS_CHANGED' }>): string =>
  [drift.kind, drift.eventTrackerArn, ...('observedStatus' in drift ? [drift.observedStatus] : [])].join(' ');
const isOfKind = (seen: string, kind: DriftKind): boolean => seen.startsWith(`${kind} `);

/** Whether a drift of this kind was reported and is not known to be resolved. */
export const hasReported = ({ reportedDrift = [] }: EventTrackerRecord, kind: DriftKind): boolean =>
  reportedDrift.some((seen) => isOfKind(seen, kind));

/** **recordDrift**: desired state and generation stay as they are; what was found is reported, once. */
export const recordDrift: Transition<{ now: number; drift: Drift }> = (record, { now, drift }, settings) => {
  if (!isIdle(record)) return reject('NOT_IDLE');
  const epoch = record.epoch + 1;
  switch (drift.kind) {
    case 'DELETED_OUT_OF_BAND':
      return record.eventTrackerArn === undefined
        ? reject('NOTHING_TO_LOSE')
        : markMissing(record, record.eventTrackerArn, now);
    case 'orphan':
      // A released tracker stays, whatever its tags say; and beside a recorded tracker there can be no other.
      if (record.status === 'RELEASED' || record.eventTrackerArn !== undefined) return reject('NO_ORPHAN');
      return { ...record, cleanup: {}, epoch };
    case 'returned':
      // The owner observes it again, tracking ID included: its cleanup records the tracker again and deletes nothing.
      if (record.missing === undefined || record.eventTrackerArn !== undefined) return reject('NO_ORPHAN');
      return { ...record, cleanup: {}, epoch };
    case 'TAGS_CHANGED': {
      // Reported once because readers are shown the new tags from then on.
      const { kind, eventTrackerArn, tags } = drift;
      const seen = recordTags(record, { now, eventTrackerArn, tags }, settings);
      return isRejected(seen) ? seen : withDrift({ ...seen, epoch }, { drift: kind, eventTrackerArn }, now);
    }
    default: {
      const { kind, ...found } = drift;
      const key = driftKey(drift);
      const { reportedDrift = [] } = record;
      if (reportedDrift.includes(key)) return reject('ALREADY_RECORDED');
      const seen = { ...record, reportedDrift: [...reportedDrift, key].slice(-MAX_REPORTED), epoch };
      return withDrift(seen, { drift: kind, ...found }, now);
    }
  }
};

/**
 * A late create call of ours may have made another tracker, so a cleanup is pending before the record is idle again. The record
 * keeps which tracker is missing: if it exists after all, no cleanup may delete it.
 */
function markMissing(record: EventTrackerRecord, eventTrackerArn: string, now: number): EventTrackerRecord {
  const { correlationId, clientContext, adopted, status: previousStatus } = record;
  const { name, tags } = actualOf(record);
  const failure = deletedOutOfBand(eventTrackerArn);
  const gone: EventTrackerRecord = {
    ...record,
    epoch: record.epoch + 1,
    status: 'DELETED',
    failure,
    missing: { eventTrackerArn, at: now, ...(adopted && { adopted }) },
    // If it exists after all, these are its name and tags, whatever was requested meanwhile.
    observed: { eventTrackerArn, name, tags },
    eventTrackerArn: undefined,
    trackingId: undefined,
    adopted: undefined,
    createdAt: undefined,
    deletedAt: now,
    cleanup: {},
    updateFailure: undefined,
    reportedDrift: undefined,
    history: withHistoryEntry(record, {
      at: now,
      status: 'DELETED',
      cause: 'DELETED_OUT_OF_BAND',
      reason: failure.reason,
    }),
  };
  // Both kinds of subscribers get an event: those of states, and those of drift.
  const withEvent = withStateChange(
    gone,
    { name, correlationId, clientContext },
    { status: 'DELETED', previousStatus, eventTrackerArn, failure },
    now,
  );
  return withDrift(withEvent, { drift: 'DELETED_OUT_OF_BAND', eventTrackerArn }, now);
}

/**
 * **recordTags**: the callers' tags that Personalize has of the recorded tracker, if they are the requested ones again. From now on readers
 * are shown these; the request stays as it was made.
 */
export const recordTags: Transition<{ now: number; eventTrackerArn: string; tags: readonly Tag[] }> = (
  record,
  { eventTrackerArn, tags },
) => {
  if (!isIdle(record) || record.eventTrackerArn !== eventTrackerArn) return reject('NOT_IDLE');
  const { name } = actualOf(record);
  return { ...record, observed: observedOf(record, eventTrackerArn, { name, tags }) };
};

/** A purged record names nobody. */
export const isPurged = (record: EventTrackerRecord): boolean => record.tenantId === '';

/** Whether the record has ended, its retention has passed, and it still holds data to remove. */
export function isPurgeable(record: EventTrackerRecord, now: number, settings: LifecycleSettings): boolean {
  const { status, attempt, deletedAt, lastUpdatedDateTime } = record;
  const ended = status === 'DELETED' || status === 'RELEASED' || (status === 'CREATE FAILED' && attempt === 0);
  const over = now >= (deletedAt ?? lastUpdatedDateTime) + settings.retentionMs;
  return ended && over && isIdle(record) && !isCallPending(record, now, settings) && !isPurged(record);
}

/** **purge**: the retention is over. What stays keeps a later tracker of the group above old epochs and sequences. */
export const purge: Transition<{ now: number }> = (record, { now }, settings) => {
  if (!isPurgeable(record, now, settings)) return reject('NOT_PURGEABLE');
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
    requestedAt: record.requestedAt,
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
