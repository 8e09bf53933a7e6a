import { type Drift, type DriftKind, hasReported, isPurgeable, isPurged } from './drift-transitions.ts';
import { actualOf, areTagsRequested, desiredTagsOf, sameTags } from './name-and-tags.ts';
import type { TrackerStatus } from './observation.ts';
import { type EventTrackerRecord, isIdle, type Tag } from './record.ts';
import type { LifecycleSettings } from './settings.ts';

/**
 * What the drift check does next about one record or one tracker: one more read of Personalize, named as its operation, or the
 * conclusion. Pure; the model check (test/model) drives these functions with reads that lag.
 *
 * Every read may show an older state than another one did, so nothing is reported or removed because of a single read.
 */
export type DriftDecision =
  | { readonly do: 'DescribeEventTracker' | 'ListEventTrackers' | 'ListTagsForResource' }
  | { readonly do: 'recordDrift'; readonly drift: Drift }
  /** As recorded, as far as is known; `resolved`: drift that was reported and is over. */
  | { readonly do: 'recordDriftChecked'; readonly resolved?: readonly DriftKind[] }
  | { readonly do: 'purge' }
  /** The callers' tags in Personalize are the requested ones again: the record shows them, and no event reports it. */
  | { readonly do: 'recordTags'; readonly eventTrackerArn: string; readonly tags: readonly Tag[] }
  /** The recorded tags are not the requested ones: they are restored. */
  | { readonly do: 'repairTags' }
  /** Nothing to write. */
  | { readonly do: 'Leave' };

const LEAVE: DriftDecision = { do: 'Leave' };

/** What was read of a record's tracker, or of its missing one, in this order. */
export interface RecordObservations {
  /** In the account-wide list, which is older than the record; undefined: not in it. */
  readonly listed: TrackerStatus | undefined;
  /** What each DescribeEventTracker returned. */
  readonly described: readonly (TrackerStatus | 'NOT_FOUND')[];
  /** Whether the list of its dataset group, fresh, names it. */
  readonly listedOfGroup?: boolean;
}

/** No tracker goes back to these: if the record is beyond them, the read is stale. */
const BEFORE_ACTIVE: ReadonlySet<TrackerStatus> = new Set(['CREATE PENDING', 'CREATE IN_PROGRESS']);

/** The tracker that a record's check reads: the recorded one, or the missing one. */
export const arnToCheck = ({ eventTrackerArn, missing }: EventTrackerRecord): string | undefined =>
  eventTrackerArn ?? missing?.eventTrackerArn;

/** An idle record: does its tracker exist, in the recorded status? Or has the record ended, and its retention too? */
export function decideRecorded(
  record: EventTrackerRecord,
  reads: RecordObservations,
  now: number,
  settings: LifecycleSettings,
): DriftDecision {
  const { eventTrackerArn, status } = record;
  if (!isIdle(record)) return LEAVE;
  if (eventTrackerArn === undefined) return decideWithoutTracker(record, reads, isPurgeable(record, now, settings));
  const isAsListed = reads.listed === status;
  // Resolved only if both reads agree: with the list alone, a lagging one would have it reported twice.
  const wasReported = hasReported(record, 'STATUS_CHANGED');
  if (isAsListed && !wasReported) return { do: 'recordDriftChecked' };
  const [described, again] = reads.described;
  if (described === undefined) return { do: 'DescribeEventTracker' };
  if (described === 'NOT_FOUND') return decideNotFound(again, reads.listedOfGroup);
  if (described === status) {
    return { do: 'recordDriftChecked', ...(isAsListed && { resolved: ['STATUS_CHANGED'] as const }) };
  }
  if (BEFORE_ACTIVE.has(described)) return { do: 'recordDriftChecked' };
  return { do: 'recordDrift', drift: { kind: 'STATUS_CHANGED', eventTrackerArn, observedStatus: described } };
}

/** No tracker is recorded. A missing one is read again if the list names it, and once more before the record is purged. */
function decideWithoutTracker(
  { missing }: EventTrackerRecord,
  reads: RecordObservations,
  isPurgeable: boolean,
): DriftDecision {
  const isOver: DriftDecision = { do: isPurgeable ? 'purge' : 'recordDriftChecked' };
  if (missing === undefined || (reads.listed === undefined && !isPurgeable)) return isOver;
  const [described] = reads.described;
  if (described === undefined) return { do: 'DescribeEventTracker' };
  if (described === 'ACTIVE') return { do: 'recordDrift', drift: { kind: 'returned' } };
  return described === 'NOT_FOUND' ? isOver : { do: 'recordDriftChecked' };
}

/**
 * Missing: two describes do not find it, and between them a fresh list of its group does not name it. With fewer reads a healthy
 * tracker would be given up (mutant "missing without a fresh list").
 */
function decideNotFound(again: TrackerStatus | 'NOT_FOUND' | undefined, listedOfGroup?: boolean): DriftDecision {
  if (listedOfGroup === undefined) return { do: 'ListEventTrackers' };
  if (listedOfGroup) return { do: 'recordDriftChecked' };
  if (again === undefined) return { do: 'DescribeEventTracker' };
  return again === 'NOT_FOUND'
    ? { do: 'recordDrift', drift: { kind: 'DELETED_OUT_OF_BAND' } }
    : { do: 'recordDriftChecked' };
}

/** A tracker's tags as read: whether they name it as ours, and the callers' tags among them. */
export interface ReadTags {
  readonly ours: boolean;
  readonly tags: readonly Tag[];
}

/** Its tags, read by read; undefined: the tracker was not found. */
export type TagObservations = readonly (ReadTags | undefined)[];

/**
 * An idle record whose tracker exists: does it still carry our tags, and are the callers' tags those that the record shows? Recorded only when
 * two reads agree.
 * @param repair whether requested tags are restored
 */
export function decideTags(
  record: EventTrackerRecord,
  reads: TagObservations,
  now: number,
  settings: LifecycleSettings,
  repair = false,
): DriftDecision {
  const { eventTrackerArn } = record;
  // Tags may be visible later than the tracker.
  const isYoung = now < record.lastUpdatedDateTime + settings.createInFlightMs;
  if (!isIdle(record) || eventTrackerArn === undefined || isYoung) return LEAVE;
  if (reads.length === 0) return { do: 'ListTagsForResource' };
  const [first, again] = reads;
  if (first === undefined) return LEAVE;
  const wasReported = hasReported(record, 'TAGS_LOST');
  // An adopted one never had our tags.
  const isOwnershipNews = !record.adopted && first.ours === wasReported;
  const areTagsNews = !sameTags(first.tags, actualOf(record).tags);
  // After a failed change, another attempt needs a request: it could fail each hour.
  const isRepairDue = repair && record.updateFailure === undefined && !sameTags(first.tags, desiredTagsOf(record));
  if (!isOwnershipNews && !areTagsNews && !isRepairDue) return LEAVE;
  if (reads.length === 1) return { do: 'ListTagsForResource' };
  if (again === undefined) return LEAVE;
  if (isOwnershipNews && again.ours === first.ours) {
    return wasReported
      ? { do: 'recordDriftChecked', resolved: ['TAGS_LOST'] }
      : { do: 'recordDrift', drift: { kind: 'TAGS_LOST', eventTrackerArn } };
  }
  if (!sameTags(again.tags, first.tags)) return LEAVE;
  if (!areTagsNews) return isRepairDue ? { do: 'repairTags' } : LEAVE;
  const { tags } = first;
  const isResolved = areTagsRequested(record) && sameTags(tags, record.tags);
  return isResolved
    ? { do: 'recordTags', eventTrackerArn, tags }
    : { do: 'recordDrift', drift: { kind: 'TAGS_CHANGED', eventTrackerArn, tags } };
}

/** A tracker that no record of this run names, as DescribeEventTracker reports it. */
export interface UnknownTracker {
  readonly eventTrackerArn: string;
  readonly status: TrackerStatus;
}

/**
 * What an unknown tracker is: ours (a create call that took effect very late), the missing one, or one that others created.
 * @param record that of the tracker's dataset group, read after the tracker was described
 */
export function decideUnknownTracker(
  record: EventTrackerRecord | undefined,
  { eventTrackerArn, status }: UnknownTracker,
  reads: TagObservations,
): DriftDecision {
  // A purged record has no tenant to report to, and no dataset group to clean up.
  if (record === undefined || !isIdle(record) || isPurged(record)) return LEAVE;
  // The recorded one is checked in its own turn; beside it only an Action interactions dataset's can stand.
  if (record.eventTrackerArn !== undefined) return LEAVE;
  if (record.missing?.eventTrackerArn === eventTrackerArn) {
    return status === 'ACTIVE' ? { do: 'recordDrift', drift: { kind: 'returned' } } : LEAVE;
  }
  // Released on purpose, whatever its tags say.
  if (record.status === 'RELEASED') return LEAVE;
  if (reads.length === 0) return { do: 'ListTagsForResource' };
  const [first, again] = reads;
  // It was deleted between the reads.
  if (first === undefined) return LEAVE;
  if (first.ours) return { do: 'recordDrift', drift: { kind: 'orphan' } };
  // Already reported as a conflict.
  if (record.failure?.code === 'CONFLICT') return LEAVE;
  if (reads.length === 1) return { do: 'ListTagsForResource' };
  return again?.ours === false ? { do: 'recordDrift', drift: { kind: 'CREATED_OUT_OF_BAND', eventTrackerArn } } : LEAVE;
}
