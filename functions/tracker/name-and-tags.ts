import { type EventTrackerRecord, isGivenUp, type Tag } from './record.ts';

/** By what callers know a tracker. */
export interface NameAndTags {
  readonly name: string;
  readonly tags: readonly Tag[];
}

/** Whether both are the same tags, in whatever order. */
function sameTags(left: readonly Tag[], right: readonly Tag[]): boolean {
  const values = new Map(left.map((tag) => [tag.tagKey, tag.tagValue]));
  return left.length === right.length && right.every((tag) => values.get(tag.tagKey) === tag.tagValue);
}

/** Whether both have the same name and the same tags. */
const isSame = (left: NameAndTags, right: NameAndTags): boolean =>
  left.name === right.name && sameTags(left.tags, right.tags);

/**
 * What Personalize has of the tracker, for the record: nothing where that is what was asked for, and where no other can be asked
 * for before it is ACTIVE (as it can of one that was lost).
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

/** What was observed is of the tracker that the record speaks of: the recorded one, or the last one where that is over. */
const isOfThisTracker = (record: EventTrackerRecord): boolean =>
  isGivenUp(record) || (record.observed?.eventTrackerArn === record.eventTrackerArn && record.cleanup === undefined);

/** The tracker's name and tags as Personalize has them; as asked for, while there is no other tracker. */
export function actualOf(record: EventTrackerRecord): NameAndTags {
  const { name, tags } = record.observed && isOfThisTracker(record) ? record.observed : record;
  return { name, tags };
}

/**
 * What stays known of a tracker after a write: as long as the record has it, or may see it again (`lost`), or until it is asked
 * for another.
 */
export function observedAfter(before: EventTrackerRecord, after: EventTrackerRecord): EventTrackerRecord['observed'] {
  const { observed, eventTrackerArn, missing } = after;
  const isKnown =
    observed?.eventTrackerArn === eventTrackerArn || observed?.eventTrackerArn === missing?.eventTrackerArn;
  const isOver = eventTrackerArn === undefined && isGivenUp(after) && isOfThisTracker(before);
  return isKnown || isOver ? observed : undefined;
}

/**
 * By what a request asks for another tracker than there is; nothing, where it is the request that led here, or one with the
 * tracker's actual name and tags.
 */
export function differenceFrom(record: EventTrackerRecord, request: NameAndTags): 'name' | 'tags' | undefined {
  const met = [record, actualOf(record)];
  if (met.some((known) => isSame(known, request))) return undefined;
  return met.some(({ name }) => name === request.name) ? 'tags' : 'name';
}
