import type { TrackerStatus } from './decide.ts';
import { type Drift, type DriftKind, hasReported, isPurgeable, isPurged } from './drift-transitions.ts';
import { type EventTrackerRecord, isIdle } from './record.ts';
import type { LifecycleSettings } from './settings.ts';

/**
 * What the drift check does next about one record or one tracker: one more look at Personalize, named as its operation, or
 * what its looks come to. Pure; the model check (test/model) drives these very functions with looks that lag.
 *
 * Every look may tell an older state than another one did. So nothing is told or taken away by one look alone.
 */
export type DriftDecision =
  | { readonly do: 'DescribeEventTracker' | 'ListEventTrackers' | 'ListTagsForResource' }
  | { readonly do: 'recordDrift'; readonly drift: Drift }
  /** As recorded, as far as can be told; `mended`: what was told before and is over. */
  | { readonly do: 'recordDriftChecked'; readonly resolved?: readonly DriftKind[] }
  | { readonly do: 'purge' }
  /** Nothing to write. */
  | { readonly do: 'Leave' };

const LEAVE: DriftDecision = { do: 'Leave' };

/** What was seen of the tracker that a record has, or that it lost, in this order. */
export interface RecordObservations {
  /** In the account-wide list, which is older than the record; undefined: not in it. */
  readonly listed: TrackerStatus | undefined;
  /** What each DescribeEventTracker said. */
  readonly described: readonly (TrackerStatus | 'NOT_FOUND')[];
  /** Whether the list of its dataset group, fresh, names it. */
  readonly listedOfGroup?: boolean;
}

/** No tracker goes back to these: where the record is beyond them, the look is an old one. */
const BEFORE_ACTIVE: ReadonlySet<TrackerStatus> = new Set(['CREATE PENDING', 'CREATE IN_PROGRESS']);

/** The tracker that a record's visit looks at: the recorded one, or the one that was taken for lost. */
export const arnToCheck = ({ eventTrackerArn, missing }: EventTrackerRecord): string | undefined =>
  eventTrackerArn ?? missing?.eventTrackerArn;

/** A record at rest: is its tracker there, in the status that is recorded? Or is it over, and its retention as well? */
export function decideRecorded(
  record: EventTrackerRecord,
  looks: RecordObservations,
  now: number,
  settings: LifecycleSettings,
): DriftDecision {
  const { eventTrackerArn, status } = record;
  if (!isIdle(record)) return LEAVE;
  if (eventTrackerArn === undefined) return decideWithoutTracker(record, looks, isPurgeable(record, now, settings));
  const isAsListed = looks.listed === status;
  // Over only where both looks say so: by the list alone, one that lags would have it told twice.
  const wasTold = hasReported(record, 'STATUS_CHANGED');
  if (isAsListed && !wasTold) return { do: 'recordDriftChecked' };
  const [described, again] = looks.described;
  if (described === undefined) return { do: 'DescribeEventTracker' };
  if (described === 'NOT_FOUND') return decideNotFound(again, looks.listedOfGroup);
  if (described === status) {
    return { do: 'recordDriftChecked', ...(isAsListed && { resolved: ['STATUS_CHANGED'] as const }) };
  }
  if (BEFORE_ACTIVE.has(described)) return { do: 'recordDriftChecked' };
  return { do: 'recordDrift', drift: { kind: 'STATUS_CHANGED', eventTrackerArn, observedStatus: described } };
}

/** No tracker is recorded. What was taken for lost is looked at where the list names it, and once more before it is forgotten. */
function decideWithoutTracker(
  { missing }: EventTrackerRecord,
  looks: RecordObservations,
  isPurgeable: boolean,
): DriftDecision {
  const isOver: DriftDecision = { do: isPurgeable ? 'purge' : 'recordDriftChecked' };
  if (missing === undefined || (looks.listed === undefined && !isPurgeable)) return isOver;
  const [described] = looks.described;
  if (described === undefined) return { do: 'DescribeEventTracker' };
  if (described === 'ACTIVE') return { do: 'recordDrift', drift: { kind: 'returned' } };
  return described === 'NOT_FOUND' ? isOver : { do: 'recordDriftChecked' };
}

/**
 * Lost: two describes do not find it, and between them a fresh list of its group does not name it. By fewer, a healthy tracker
 * would be forgotten (mutant "lost without a fresh list").
 */
function decideNotFound(again: TrackerStatus | 'NOT_FOUND' | undefined, listedOfGroup?: boolean): DriftDecision {
  if (listedOfGroup === undefined) return { do: 'ListEventTrackers' };
  if (listedOfGroup) return { do: 'recordDriftChecked' };
  if (again === undefined) return { do: 'DescribeEventTracker' };
  return again === 'NOT_FOUND'
    ? { do: 'recordDrift', drift: { kind: 'DELETED_OUT_OF_BAND' } }
    : { do: 'recordDriftChecked' };
}

/** Whether our tag was on it, look by look; undefined: the tracker was not to be found. */
export type TagObservations = readonly (boolean | undefined)[];

/** A record at rest whose tracker is there: does it carry our tag still? Told, and taken back, by two looks that agree. */
export function decideTags(
  record: EventTrackerRecord,
  tagged: TagObservations,
  now: number,
  settings: LifecycleSettings,
): DriftDecision {
  const { eventTrackerArn } = record;
  // An adopted one never had our tag; and tags may be visible later than the tracker.
  const isYoung = now < record.lastUpdatedDateTime + settings.createInFlightMs;
  if (!isIdle(record) || eventTrackerArn === undefined || record.adopted || isYoung) return LEAVE;
  if (tagged.length === 0) return { do: 'ListTagsForResource' };
  const [first, again] = tagged;
  const wasTold = hasReported(record, 'TAGS_LOST');
  const isNews = first === wasTold;
  if (!isNews) return LEAVE;
  if (tagged.length === 1) return { do: 'ListTagsForResource' };
  if (again !== first) return LEAVE;
  return wasTold
    ? { do: 'recordDriftChecked', resolved: ['TAGS_LOST'] }
    : { do: 'recordDrift', drift: { kind: 'TAGS_LOST', eventTrackerArn } };
}

/** A tracker that no record of this run has, as DescribeEventTracker told it. */
export interface UnknownTracker {
  readonly eventTrackerArn: string;
  readonly status: TrackerStatus;
}

/**
 * Whose a stranger is: ours (a create that landed very late), the one that was taken for lost, or made by others.
 * @param record that of the stranger's dataset group, read after the stranger was described
 */
export function decideUnknownTracker(
  record: EventTrackerRecord | undefined,
  { eventTrackerArn, status }: UnknownTracker,
  tagged: TagObservations,
): DriftDecision {
  // A purged record names nobody: there is nobody to tell, and no group to clean.
  if (record === undefined || !isIdle(record) || isPurged(record)) return LEAVE;
  // The recorded one is checked in its own turn; beside it only an Action interactions dataset's can stand.
  if (record.eventTrackerArn !== undefined) return LEAVE;
  if (record.missing?.eventTrackerArn === eventTrackerArn) {
    return status === 'ACTIVE' ? { do: 'recordDrift', drift: { kind: 'returned' } } : LEAVE;
  }
  // Let go of on purpose, whatever its tags say.
  if (record.status === 'RELEASED') return LEAVE;
  if (tagged.length === 0) return { do: 'ListTagsForResource' };
  const [first, again] = tagged;
  // It went while it was looked at.
  if (first === undefined) return LEAVE;
  if (first) return { do: 'recordDrift', drift: { kind: 'orphan' } };
  // Told already as the conflict that it is.
  if (record.failure?.code === 'CONFLICT') return LEAVE;
  if (tagged.length === 1) return { do: 'ListTagsForResource' };
  return again === false ? { do: 'recordDrift', drift: { kind: 'CREATED_OUT_OF_BAND', eventTrackerArn } } : LEAVE;
}
