import type { Failure } from '../../events/contract.ts';
import { hasOutboxCapacity, type RequestMetadata, withKey, withNewGeneration } from './desired-state.ts';
import { withHistoryEntry } from './history.ts';
import type { HistoryCause } from './history-causes.ts';
import { actualOf, desiredTagsOf, isUpdateOpen, observedOf, sameTags } from './name-and-tags.ts';
import { CLEARED_ON_OUTCOME } from './observed.ts';
import { withUpdated } from './outbox.ts';
import { createBackOffMs } from './pacing.ts';
import { type EventTrackerRecord, isTagCallPending, isUpdating, type Tag } from './record.ts';
import type { TagRefusal } from './tag-change.ts';
import { type Owner, reject, type Transition, type TransitionResult } from './transition.ts';

/** A change of an event tracker that keeps its tracking ID. What is undefined stays as it is. */
export interface Patch {
  readonly tags?: readonly Tag[] | undefined;
  /** Null removes it. */
  readonly clientContext?: string | null | undefined;
}

/**
 * Whether the patch needs calls to Personalize: it names other tags than are desired, or the desired ones are not there and nothing is
 * being done about it.
 */
export function changesTags(record: EventTrackerRecord, { tags }: Patch): boolean {
  if (tags === undefined) return false;
  if (!sameTags(tags, desiredTagsOf(record))) return true;
  return !isUpdating(record) && (isUpdateOpen(record) || !sameTags(tags, actualOf(record).tags));
}

const changesContext = (record: EventTrackerRecord, { clientContext }: Patch): boolean =>
  clientContext !== undefined && clientContext !== (record.clientContext ?? null);

/** Whether the patch has something to record. */
export const changesAnything = (record: EventTrackerRecord, patch: Patch): boolean =>
  changesTags(record, patch) || changesContext(record, patch);

/**
 * **requestUpdate**: other tags or another `clientContext` for an ACTIVE tracker, which stays ACTIVE. A change of tags starts a generation.
 * A patch that changes nothing is not written and never gets here. `cause`: the drift check uses its own.
 */
export const requestUpdate: Transition<RequestMetadata & Patch & { now: number; cause?: HistoryCause }> = (
  record,
  { tags, clientContext, cause = 'UPDATE_REQUESTED', ...request },
) => {
  const { eventTrackerArn, contextRevision = 0, reportedDrift } = record;
  if (record.desired !== 'PRESENT' || record.status !== 'ACTIVE' || eventTrackerArn === undefined) {
    return reject('NOT_ACTIVE');
  }
  const patch = { tags, clientContext };
  if (!changesAnything(record, patch)) return reject('ALREADY_RECORDED');
  const patched: EventTrackerRecord = changesContext(record, patch)
    ? { ...record, clientContext: clientContext ?? undefined, contextRevision: contextRevision + 1 }
    : record;
  if (tags === undefined || !changesTags(record, patch)) {
    return { ...patched, keys: withKey(record, request.key, record.generation) };
  }
  if (!hasOutboxCapacity(record)) return reject('NO_ROOM');
  const retagged: EventTrackerRecord = { ...patched, tags, tagsFrom: 'REQUEST' };
  return {
    ...withNewGeneration(retagged, request, 'ACTIVE', cause),
    // Nothing of it is resolved by other tags.
    reportedDrift,
    observed: observedOf(retagged, eventTrackerArn, actualOf(record)),
  };
};

/** The calls that give a tracker its desired tags. Each may be repeated. */
export interface TagPlan {
  /** Keys for UntagResource. It is called first, so that there are never more tags than before and after. */
  readonly untag: readonly string[];
  /** Tags for TagResource, which also replaces values. */
  readonly tag: readonly Tag[];
}

/**
 * The tags that were read and those that are recorded may both be outdated. So keys of either are removed, and all desired tags are set: after
 * a change there and back, a read that still shows the first tags does not make the second change one of nothing.
 * @param read the callers' tags that were read
 */
export function planTags(record: EventTrackerRecord, read: readonly Tag[]): TagPlan {
  const { tags: desired } = record;
  const keys = new Set([...read, ...actualOf(record).tags].map(({ tagKey }) => tagKey));
  for (const { tagKey } of desired) keys.delete(tagKey);
  return { untag: [...keys], tag: desired };
}

/** **reserveTagCall**: permission to change the tags, in the same invocation as the calls. Written before them. */
export const reserveTagCall: Transition<Owner> = (record, { now, generation }, settings) => {
  const { eventTrackerArn, tagCall } = record;
  if (!isUpdating(record) || eventTrackerArn === undefined) return reject('NOT_UPDATING');
  const isPending = isTagCallPending(record, now, settings);
  // A call for other tags could take effect after these.
  if (isPending && tagCall?.generation !== generation) return reject('CALL_PENDING');
  return {
    ...record,
    tagCall: { eventTrackerArn, generation, at: now, ...(isPending && { overlapsEarlierCall: true as const }) },
  };
};

/** The definite results of the calls that change tags. After an unknown one nothing is written. */
export type TagCallResult =
  | { readonly kind: 'accepted' | 'throttled' }
  /** It may end by itself. */
  | { readonly kind: 'refused'; readonly refusal: TagRefusal }
  /** Waiting does not change it. */
  | { readonly kind: 'failed'; readonly failure: Failure };

/**
 * **recordTagCallResult**: a fact, whatever execution owns the record by now. Only the call whose marker is still there ends it, and only
 * a result of the present generation counts for its change.
 * @param at when the call was reserved; undefined: nothing was reserved, because the tags could not be read
 */
export const recordTagCallResult: Transition<{
  now: number;
  generation: number;
  at: number | undefined;
  result: TagCallResult;
}> = (record, { now, generation, at, result }): TransitionResult => {
  const { tagCall } = record;
  const isThisCall = at !== undefined && tagCall?.generation === generation && tagCall.at === at;
  const ended = isThisCall && !tagCall.overlapsEarlierCall ? { ...record, tagCall: undefined } : record;
  if (result.kind === 'throttled' || !isUpdating(record) || record.generation !== generation) {
    return ended === record ? reject('ALREADY_RECORDED') : ended;
  }
  const since = record.tagUpdate?.since ?? now;
  return {
    ...ended,
    // If the tags do not show by then, the calls are repeated.
    notBefore: now + createBackOffMs(now - since),
    tagUpdate: {
      since,
      ...(result.kind === 'accepted' && { accepted: true as const }),
      ...(result.kind === 'refused' && { refusal: result.refusal }),
      ...(result.kind === 'failed' && { failure: result.failure }),
    },
  };
};

/** **recordUpdated**: Personalize shows the desired tags, in two reads. */
export const recordUpdated: Transition<Owner> = (record, { now }) => {
  const { eventTrackerArn, tags } = record;
  if (!isUpdating(record) || eventTrackerArn === undefined) return reject('NOT_UPDATING');
  const { name } = actualOf(record);
  const updated: EventTrackerRecord = {
    ...record,
    ...CLEARED_ON_OUTCOME,
    observedGeneration: record.generation,
    observed: observedOf(record, eventTrackerArn, { name, tags }),
    history: withHistoryEntry(record, { at: now, status: 'ACTIVE', cause: 'UPDATED' }),
  };
  return withUpdated(updated, { outcome: 'UPDATED' }, now);
};

/**
 * **recordUpdateFailed**: refusal, missing permission or deadline. The tracker stays ACTIVE with its tracking ID, and the tags stay desired.
 * @param args.tags the callers' tags as read, if they were: part of the change may have been made
 */
export const recordUpdateFailed: Transition<Owner & { failure: Failure; tags?: readonly Tag[] }> = (
  record,
  { now, failure, tags },
) => {
  const { eventTrackerArn } = record;
  if (!isUpdating(record) || eventTrackerArn === undefined) return reject('NOT_UPDATING');
  const { name } = actualOf(record);
  const { reason, awsRequestId } = failure;
  const failed: EventTrackerRecord = {
    ...record,
    ...CLEARED_ON_OUTCOME,
    updateFailure: failure,
    observedGeneration: record.generation,
    observed: tags ? observedOf(record, eventTrackerArn, { name, tags }) : record.observed,
    history: withHistoryEntry(record, {
      at: now,
      status: 'ACTIVE',
      cause: 'UPDATE_FAILED',
      reason,
      ...(awsRequestId && { awsRequestId }),
    }),
  };
  return withUpdated(failed, { outcome: 'UPDATE_FAILED', failure }, now);
};
