import type { Decision } from './decision.ts';
import { accessDenied, tagsNotShown, tagsUnreadable, trackerNotFound } from './failures.ts';
import { sameTags } from './name-and-tags.ts';
import type { Observation } from './observation.ts';
import { nextWaitMs } from './pacing.ts';
import { type EventTrackerRecord, isTagCallPending, startOf, type Tag } from './record.ts';
import type { LifecycleSettings } from './settings.ts';

/**
 * What the owner does next while the tags of an ACTIVE tracker are being changed. The tracker stays ACTIVE whatever happens: if it is not
 * found, the change fails, and the drift check finds out what has become of it.
 */
export function decideUpdate(
  record: EventTrackerRecord,
  observation: Observation,
  now: number,
  settings: LifecycleSettings,
): Decision {
  const { tagUpdate, notBefore = now } = record;
  const reads = 'callerTags' in observation ? (observation.callerTags ?? []) : [];
  const [read] = reads;
  if (tagUpdate?.failure) {
    return { do: 'recordUpdateFailed', failure: tagUpdate.failure, ...(isTags(read) && { tags: read }) };
  }
  // A call for earlier tags could still replace these, so neither a call nor an outcome would mean anything.
  if (isTagCallPending(record, now, settings) && record.tagCall?.generation !== record.generation) {
    const elapsed = now - (record.tagCall?.at ?? now);
    return { do: 'WaitBeforeNextPoll', waitMs: nextWaitMs(elapsed), waitingFor: 'eventual-consistency' };
  }
  const unusable = decideUnusable(record, observation, reads, now, settings);
  if (unusable) return unusable;
  // Two reads: one may be older than the calls.
  const areShown = reads.length > 1 && reads.every((tags) => isTags(tags) && sameTags(tags, record.tags));
  if (tagUpdate?.accepted && areShown) return { do: 'recordUpdated' };
  const elapsed = now - (tagUpdate?.since ?? now);
  if (elapsed >= settings.deadlineMs) {
    const failure = tagsNotShown(tagUpdate?.refusal, settings.deadlineMs);
    return { do: 'recordUpdateFailed', failure, ...(isTags(read) && { tags: read }) };
  }
  return now < notBefore
    ? { do: 'WaitBeforeNextPoll', waitMs: Math.min(nextWaitMs(elapsed), notBefore - now), waitingFor: 'tag-update' }
    : { do: 'UpdateTags' };
}

type TagRead = readonly Tag[] | 'NOT_FOUND';
const isTags = (read: TagRead | undefined): read is readonly Tag[] => read !== undefined && read !== 'NOT_FOUND';

/** What follows reads that show no tags; undefined if they show some. */
function decideUnusable(
  record: EventTrackerRecord,
  { denied, unreadable }: Observation,
  reads: readonly TagRead[],
  now: number,
  settings: LifecycleSettings,
): Decision | undefined {
  if (denied) return { do: 'recordUpdateFailed', failure: accessDenied(denied) };
  const elapsed = now - Math.max(record.unreadableSince ?? now, startOf(record));
  if (unreadable) {
    return elapsed >= settings.deadlineMs
      ? { do: 'recordUpdateFailed', failure: tagsUnreadable(unreadable, settings.deadlineMs) }
      : { do: 'WaitBeforeNextPoll', waitMs: nextWaitMs(elapsed), waitingFor: 'readable-response' };
  }
  if (!reads.includes('NOT_FOUND')) return undefined;
  // A single read may lag. If it is gone, the drift check must soon be free to find that out.
  return elapsed >= settings.createInFlightMs
    ? { do: 'recordUpdateFailed', failure: trackerNotFound(record.eventTrackerArn ?? '') }
    : { do: 'WaitBeforeNextPoll', waitMs: nextWaitMs(elapsed), waitingFor: 'eventual-consistency' };
}
