import type { EventTrackerDriftDetected } from '../../events/contract.ts';
import { deletedOutOfBand } from './failures.ts';
import { withHistoryEntry } from './history.ts';
import { actualOf } from './name-and-tags.ts';
import { withDrift, withStateChange } from './outbox.ts';
import { type EventTrackerRecord, isCallPending, isIdle, type Status } from './record.ts';
import type { LifecycleSettings } from './settings.ts';
import { reject, type Transition } from './transition.ts';

/** What is told once for each thing, and again when it was mended and happens again. */
export type DriftKind = Exclude<EventTrackerDriftDetected['data']['drift'], 'DELETED_OUT_OF_BAND'>;

/**
 * **recordDriftChecked**: the routine look found all as it is recorded. `mended`: what was told before, and is over; should it happen
 * again, it is told again.
 */
export const recordDriftChecked: Transition<{ now: number; resolved?: readonly DriftKind[] }> = (
  record,
  { resolved = [] },
) => {
  if (!isIdle(record)) return reject('NOT_QUIET');
  const left = (record.reportedDrift ?? []).filter((seen) => !resolved.some((kind) => isOfKind(seen, kind)));
  return { ...record, reportedDrift: left.length > 0 ? left : undefined };
};

/** What the routine look found that is not as recorded, and not by our doing. */
export type Drift =
  /** The recorded tracker is not there any more. */
  | { readonly kind: 'DELETED_OUT_OF_BAND' }
  /** A tracker of ours stands where the record has none: a create that landed very late. */
  | { readonly kind: 'orphan' }
  /** The tracker that was taken for lost is there. */
  | { readonly kind: 'returned' }
  /** Somebody else's tracker, or a tag of ours that is gone. */
  | { readonly kind: Exclude<DriftKind, 'STATUS_CHANGED'>; readonly eventTrackerArn: string }
  | { readonly kind: 'STATUS_CHANGED'; readonly eventTrackerArn: string; readonly observedStatus: Status };

/** Things that a record remembers to have told; each kind has one at a time, but for trackers that others made. */
const MAX_REPORTED = 10;

/** By it a thing is told once. */
const driftKey = (drift: Extract<Drift, { eventTrackerArn: string }>): string =>
  [drift.kind, drift.eventTrackerArn, ...('observedStatus' in drift ? [drift.observedStatus] : [])].join(' ');
const isOfKind = (seen: string, kind: DriftKind): boolean => seen.startsWith(`${kind} `);

/** Whether a thing of this kind was told, and is not known to be over. */
export const hasReported = ({ reportedDrift = [] }: EventTrackerRecord, kind: DriftKind): boolean =>
  reportedDrift.some((seen) => isOfKind(seen, kind));

/** **recordDrift**: the wish and its generation stay as they are; what was found is told, once. */
export const recordDrift: Transition<{ now: number; drift: Drift }> = (record, { now, drift }) => {
  if (!isIdle(record)) return reject('NOT_QUIET');
  const epoch = record.epoch + 1;
  switch (drift.kind) {
    case 'DELETED_OUT_OF_BAND':
      return record.eventTrackerArn === undefined
        ? reject('NOTHING_TO_LOSE')
        : markMissing(record, record.eventTrackerArn, now);
    case 'orphan':
      // Let go of on purpose, it stays, whatever its tags say; and beside a recorded tracker there can be no other.
      if (record.status === 'RELEASED' || record.eventTrackerArn !== undefined) return reject('NO_ORPHAN');
      return { ...record, cleanup: {}, epoch };
    case 'returned':
      // The owner looks for itself, tracking ID and all: the cleanup takes it up again, and deletes nothing.
      if (record.missing === undefined || record.eventTrackerArn !== undefined) return reject('NO_ORPHAN');
      return { ...record, cleanup: {}, epoch };
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
 * A late create of ours may have made another one: a cleanup is owed before the record is quiet again. Which tracker it was
 * stays known: should it be there after all, no cleanup may take it for a remainder.
 */
function markMissing(record: EventTrackerRecord, eventTrackerArn: string, now: number): EventTrackerRecord {
  const { correlationId, clientContext, adopted } = record;
  const { name, tags } = actualOf(record);
  const failure = deletedOutOfBand(eventTrackerArn);
  const gone: EventTrackerRecord = {
    ...record,
    epoch: record.epoch + 1,
    status: 'DELETED',
    failure,
    missing: { eventTrackerArn, at: now, ...(adopted && { adopted }) },
    // Whatever is asked for meanwhile: should it be there after all, this is what it is called by.
    observed: { eventTrackerArn, name, tags },
    eventTrackerArn: undefined,
    trackingId: undefined,
    adopted: undefined,
    createdAt: undefined,
    deletedAt: now,
    cleanup: {},
    reportedDrift: undefined,
    history: withHistoryEntry(record, {
      at: now,
      status: 'DELETED',
      cause: 'DELETED_OUT_OF_BAND',
      reason: failure.reason,
    }),
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

/** The retention of what is over has passed, and nobody is named yet who could be forgotten. */
export function isPurgeable(record: EventTrackerRecord, now: number, settings: LifecycleSettings): boolean {
  const { status, attempt, deletedAt, lastUpdatedDateTime } = record;
  const ended = status === 'DELETED' || status === 'RELEASED' || (status === 'CREATE FAILED' && attempt === 0);
  const over = now >= (deletedAt ?? lastUpdatedDateTime) + settings.retentionMs;
  return ended && over && isIdle(record) && !isCallPending(record, now, settings) && !isPurged(record);
}

/** **purge**: the retention is over; what stays keeps a later tracker of the group from meeting old epochs and sequences. */
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
