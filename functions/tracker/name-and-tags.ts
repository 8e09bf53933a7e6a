import { type EventTrackerRecord, isGivenUp, isUpdating, type Tag } from './record.ts';

/** How callers identify a tracker. */
export interface NameAndTags {
  readonly name: string;
  readonly tags: readonly Tag[];
}

/** Whether both are the same tags, in whatever order. */
export function sameTags(left: readonly Tag[], right: readonly Tag[]): boolean {
  const values = new Map(left.map((tag) => [tag.tagKey, tag.tagValue]));
  return left.length === right.length && right.every((tag) => values.get(tag.tagKey) === tag.tagValue);
}

/** Whether both have the same name and the same tags. */
const isSame = (left: NameAndTags, right: NameAndTags): boolean =>
  left.name === right.name && sameTags(left.tags, right.tags);

/**
 * The name and tags in Personalize, for the record: absent if they are as requested, and no other request can come before it is
 * ACTIVE (as it can for a missing one).
 * @param seen with the callers' tags only
 */
export function observedOf(
  record: EventTrackerRecord,
  eventTrackerArn: string,
  seen: NameAndTags,
): EventTrackerRecord['observed'] {
  const isAsAsked = isSame(record, seen) && record.missing?.eventTrackerArn !== eventTrackerArn;
  return isAsAsked ? undefined : { eventTrackerArn, name: seen.name, tags: seen.tags };
}

/** Whether the observed name and tags belong to the record's tracker: the recorded one, or the last one if that has ended. */
const isOfThisTracker = (record: EventTrackerRecord): boolean =>
  isGivenUp(record) || (record.observed?.eventTrackerArn === record.eventTrackerArn && record.cleanup === undefined);

/** The tracker's name and tags as Personalize has them; as requested, while none was observed. */
export function actualOf(record: EventTrackerRecord): NameAndTags {
  const { name, tags } = record.observed && isOfThisTracker(record) ? record.observed : record;
  return { name, tags };
}

/**
 * What stays known of a tracker after a write: as long as the record has it, or may observe it again (`missing`), or until another
 * one is requested.
 */
export function observedAfter(before: EventTrackerRecord, after: EventTrackerRecord): EventTrackerRecord['observed'] {
  const { observed, eventTrackerArn, missing } = after;
  const isKnown =
    observed?.eventTrackerArn === eventTrackerArn || observed?.eventTrackerArn === missing?.eventTrackerArn;
  const isOver = eventTrackerArn === undefined && isGivenUp(after) && isOfThisTracker(before);
  return isKnown || isOver ? observed : undefined;
}

/** Whether the tags of the request are desired, and not whatever the tracker has. */
export const areTagsRequested = ({ tagsFrom, adopted }: EventTrackerRecord): boolean =>
  (tagsFrom ?? (adopted ? 'TRACKER' : 'REQUEST')) === 'REQUEST';

/** The callers' tags that an ACTIVE tracker should have. */
export const desiredTagsOf = (record: EventTrackerRecord): readonly Tag[] =>
  areTagsRequested(record) ? record.tags : actualOf(record).tags;

/** A requested change of tags has not been made: it is pending, or it failed. */
export const isUpdateOpen = (record: EventTrackerRecord): boolean =>
  isUpdating(record) || record.updateFailure !== undefined;

/** The name and tags by which a request finds the tracker: the actual ones, but the requested tags while a change of tags is open. */
export function currentOf(record: EventTrackerRecord): NameAndTags {
  const { name, tags } = actualOf(record);
  return { name, tags: isUpdateOpen(record) ? record.tags : tags };
}

/**
 * What makes the request one for a different tracker. Absent if it is the request that led here, or one with the tracker's actual
 * name and tags. While a change of tags is open, only the requested tags match.
 */
export function differenceFrom(record: EventTrackerRecord, request: NameAndTags): 'name' | 'tags' | undefined {
  const met = [record, currentOf(record)];
  if (met.some((known) => isSame(known, request))) return undefined;
  return met.some(({ name }) => name === request.name) ? 'tags' : 'name';
}
