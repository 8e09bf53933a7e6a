import {
  epochForNewExecution,
  hasOutboxCapacity,
  hasToken,
  hasTooMany,
  type TrackerRequest,
  wasAccepted,
  withKey,
} from './desired-state.ts';
import { differenceFrom, type NameAndTags } from './name-and-tags.ts';
import { withCallbacksQueued } from './outbox.ts';
import { type Callback, type EventTrackerRecord, isAwaited, isClaimable, isGivenUp } from './record.ts';
import { reject, type Transition, type TransitionResult } from './transition.ts';

/** The state of the record when an Idempotency-Key was first used. */
export interface FirstUse {
  /** The newest generation that a request with the key may start. */
  readonly generation: number;
  /** How often the context had been replaced. */
  readonly contextRevision: number;
}

/**
 * The newest generation that a request may start under its key. A key starts one generation, and none once a later one exists. There is
 * one exception: if a different request started that generation first, the key's request was rejected, and the key is still unused.
 */
export function newestGeneration(firstUse: FirstUse, record: EventTrackerRecord, request: NameAndTags): number {
  const isRejected = record.generation === firstUse.generation && differenceFrom(record, request) !== undefined;
  return isRejected ? Number.POSITIVE_INFINITY : Math.max(firstUse.generation, record.generation);
}

/** What a repetition of the same request can add to the record. */
export type Repeat = Pick<TrackerRequest, 'key' | 'callback' | 'clientContext' | 'waitForDatasetGroup'> & {
  /** The first use of its Idempotency-Key, if it has one. */
  readonly firstUse?: FirstUse;
};

const isNewToken = (record: EventTrackerRecord, callback: Callback | undefined): callback is Callback =>
  callback !== undefined && !hasToken(record, callback.taskToken);

/** A repeat turns it on while there is no outcome, and never off: one that leaves it out may not know of it. */
const turnsOnWaiting = (record: EventTrackerRecord, { waitForDatasetGroup }: Pick<Repeat, 'waitForDatasetGroup'>) =>
  waitForDatasetGroup === true && record.waitForDatasetGroup !== true && isAwaited(record);

/**
 * The record's context replaced by the request's; undefined if it stays. Only a tracker that exists or is being created has one to
 * replace, and a repeated key does not restore an old context after somebody replaced it.
 */
function replacedContext(record: EventTrackerRecord, { clientContext, firstUse }: Repeat) {
  const { contextRevision = 0 } = record;
  const isLate =
    firstUse && (firstUse.generation !== record.generation || firstUse.contextRevision !== contextRevision);
  if (clientContext === undefined || clientContext === record.clientContext || isClaimable(record) || isLate)
    return undefined;
  return { clientContext, contextRevision: contextRevision + 1 };
}

/** Whether the repeat has something to record. */
export const addsTo = (record: EventTrackerRecord, repeat: Repeat): boolean =>
  !wasAccepted(record, repeat.key) &&
  (isNewToken(record, repeat.callback) ||
    turnsOnWaiting(record, repeat) ||
    replacedContext(record, repeat) !== undefined);

/**
 * **attachCallback**: the same request again. Its task token is answered with the outcome; immediately, if there is one or if the
 * request has ended (a repeat under an old Idempotency-Key creates no tracker again). Another `clientContext` replaces the present
 * one, and `waitForDatasetGroup` may be turned on. A repeat that adds nothing is not written and never gets here.
 */
export const attachCallback: Transition<Repeat & { now: number }> = (record, { now, ...repeat }) => {
  if (!addsTo(record, repeat)) return reject('ALREADY_RECORDED');
  const { key, callback } = repeat;
  const joined: EventTrackerRecord = {
    ...record,
    keys: withKey(record, key, record.generation),
    ...replacedContext(record, repeat),
    ...(turnsOnWaiting(record, repeat) && { waitForDatasetGroup: true }),
  };
  return isNewToken(record, callback) ? withTokenJoined(record, joined, callback, now) : joined;
};

/** @param record as it was read: a settled one needs an execution, to answer the token */
function withTokenJoined(
  record: EventTrackerRecord,
  repeated: EventTrackerRecord,
  callback: Callback,
  now: number,
): TransitionResult {
  if (hasTooMany(record, callback)) return reject('TOO_MANY_CALLBACKS');
  if (!hasOutboxCapacity(record)) return reject('NO_ROOM');
  const joined = { ...repeated, ...epochForNewExecution(record), callbacks: [...record.callbacks, callback] };
  if (isGivenUp(record)) {
    return withCallbacksQueued(joined, { status: record.status === 'DELETED' ? 'DELETED' : 'SUPERSEDED' }, now);
  }
  if (isAwaited(record)) return joined;
  const { status, eventTrackerArn, failure } = record;
  return withCallbacksQueued(
    joined,
    { status, eventTrackerArn, failureCode: failure?.code, remedy: failure?.remedy },
    now,
  );
}
