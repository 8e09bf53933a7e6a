import { actualOf } from './name-and-tags.ts';
import { withCallbacksAnswered, withStateChange, withTransition } from './outcomes.ts';
import {
  type AcceptedKey,
  type Callback,
  type Cleanup,
  type EventTrackerRecord,
  isCallPending,
  isClaimable,
  isFailed,
  isFreeForAnother,
  isGivenUp,
  isSettled,
  type Tag,
} from './record.ts';
import type { LifecycleSettings } from './settings.ts';
import { type Applied, refuse, type Verb } from './verb.ts';

/** What a request asks for, validated, with the identity that asks. */
export interface Wish {
  readonly trackerId: string;
  readonly datasetGroupArn: string;
  readonly name: string;
  readonly tags: readonly Tag[];
  readonly tenantId: string;
  readonly clientContext?: string;
  readonly adoptExisting: boolean;
  readonly waitForDatasetGroup?: boolean;
  readonly correlationId: string;
  readonly traceparent?: string;
  /** The caller's Idempotency-Key, or one made for the request: by it a lost answer of our own write is recognised. */
  readonly key: Omit<AcceptedKey, 'generation'>;
  /** A task token of Step Functions that waits for this wish's outcome. */
  readonly callback?: Callback;
}

/** **claim**: the record of a dataset group that was never asked for. Stored under `attribute_not_exists(trackerId)`. */
export function claim(wish: Wish, now: number, settings: LifecycleSettings): EventTrackerRecord {
  const { key, callback, ...asked } = wish;
  return {
    ...asked,
    rev: 1,
    desired: 'PRESENT',
    generation: 1,
    wishedAt: now,
    observedGeneration: 0,
    epoch: 1,
    status: 'CREATE PENDING',
    history: [{ at: now, generation: 1, status: 'CREATE PENDING', cause: 'asked for' }],
    attempt: 0,
    checkedGeneration: 0,
    sequence: 0,
    outbox: [],
    callbacks: callback ? [callback] : [],
    keys: [{ ...key, generation: 1 }],
    // Should StartExecution fail or the process die now, the sweep finds the record after one lease.
    due: { lane: 'urgent', at: now + settings.leaseMs },
    takeOvers: 0,
    creationDateTime: now,
    lastUpdatedDateTime: now,
  };
}

/** A record remembers its last keys, so that a wish whose answer was lost is not accepted twice. */
const KEYS_REMEMBERED = 8;
/** Events and answers that may wait in one item; a wish beyond is refused at acceptance, never a write of an outcome. */
const ROOM = 40;

const hasRoom = (record: EventTrackerRecord): boolean => record.outbox.length + record.callbacks.length < ROOM;

/** Task tokens that one record holds, waiting for an outcome or for their answer to be delivered. */
export const MOST_CALLBACKS = 8;

const heldTokens = ({ callbacks, outbox }: EventTrackerRecord): readonly string[] => [
  ...callbacks.map(({ taskToken }) => taskToken),
  ...outbox.flatMap((entry) => (entry.kind === 'callback' ? [entry.taskToken] : [])),
];

/** Whether this token waits here already, for the outcome or for the delivery of its answer. */
export const holdsToken = (record: EventTrackerRecord, taskToken: string): boolean =>
  heldTokens(record).includes(taskToken);

/** Whether one more token, if there is one, would be too many. */
const hasTooMany = (record: EventTrackerRecord, callback: Callback | undefined): boolean =>
  callback !== undefined && !holdsToken(record, callback.taskToken) && heldTokens(record).length >= MOST_CALLBACKS;

/** The waiting tokens with one more, where there is one; none twice. */
const withCallback = (record: EventTrackerRecord, callback: Callback | undefined): readonly Callback[] =>
  callback === undefined || holdsToken(record, callback.taskToken) ? record.callbacks : [...record.callbacks, callback];

const withKey = (record: EventTrackerRecord, key: Wish['key'], generation: number): readonly AcceptedKey[] =>
  [...record.keys, { ...key, generation }].slice(-KEYS_REMEMBERED);

/** Whether this wish was accepted already: its answer was lost, or the same request comes again. */
export const wasAccepted = (record: EventTrackerRecord, key: { key: string }): boolean =>
  record.keys.some((accepted) => accepted.key === key.key);

/** start†: a settled record has no execution, so a wish begins a new one; otherwise the owner, or the sweep, goes on. */
const woken = (before: EventTrackerRecord): { epoch: number } => ({
  epoch: isSettled(before) ? before.epoch + 1 : before.epoch,
});

/** What a changed wish begins anew with. */
const newWish = (record: EventTrackerRecord, now: number) =>
  ({
    generation: record.generation + 1,
    wishedAt: now,
    attemptsBefore: record.attempt,
    failure: undefined,
    obstruction: undefined,
    // It counts towards this wish's deadline from its own first look that could not be used.
    unusableSince: undefined,
    // So does what is waited for of the dataset group.
    preflightWait: undefined,
    checkedAt: undefined,
    seenDrift: undefined,
    takeOvers: 0,
    // Where nobody works on it yet, it waits for its start, and not for what the last wish waited for.
    waitingFor: isSettled(record) ? undefined : record.waitingFor,
    ...woken(record),
  }) as const;

/**
 * **claimAgain**: a tracker is requested where one was deleted, released, is being deleted, or could not be created. A pending
 * cleanup stays pending.
 */
export const claimAgain: Verb<{ now: number; wish: Wish }> = (record, { now, wish }) => {
  if (!isClaimable(record)) return refuse('NOT_CLAIMABLE');
  const another = record.tenantId !== wish.tenantId;
  if (another && !isFreeForAnother(record)) return refuse('STILL_ANOTHERS');
  const { key, callback, ...asked } = wish;
  if (hasTooMany(record, callback)) return refuse('TOO_MANY_CALLBACKS');
  if (!hasRoom(record)) return refuse('NO_ROOM');
  const status = record.cleanup ? 'DELETE PENDING' : 'CREATE PENDING';
  const generation = record.generation + 1;
  const mine: EventTrackerRecord = another ? { ...record, history: [], callbacks: [], keys: [] } : record;
  return {
    ...mine,
    ...newWish(record, now),
    ...asked,
    // An adopted one is somebody else's again, and to be adopted only by a wish that says so; our own is no remainder, whoever asks.
    lost: record.lost?.adopted && !wish.adoptExisting ? undefined : record.lost,
    clientContext: asked.clientContext,
    waitForDatasetGroup: asked.waitForDatasetGroup,
    traceparent: asked.traceparent,
    desired: 'PRESENT',
    status,
    deletedAt: undefined,
    creationDateTime: now,
    callbacks: withCallback(mine, callback),
    keys: withKey(mine, key, generation),
    history: withTransition({ ...mine, generation }, { at: now, status, cause: 'asked for again' }),
  };
};

/** What a record was when an Idempotency-Key was first used. */
export interface FirstUse {
  /** The newest generation that the key may make. */
  readonly generation: number;
  /** How often the context had been replaced. */
  readonly contextRevision: number;
}

/** What the same request, made again, may add to the record. */
export type Repeat = Pick<Wish, 'key' | 'callback' | 'clientContext' | 'waitForDatasetGroup'> & {
  /** Of its Idempotency-Key, where it has one. */
  readonly firstUse?: FirstUse;
};

const isNewToken = (record: EventTrackerRecord, callback: Callback | undefined): callback is Callback =>
  callback !== undefined && !holdsToken(record, callback.taskToken);

/** A repeat turns it on while there is no outcome, and never off: one that leaves it out may not know of it. */
const turnsOnWaiting = (record: EventTrackerRecord, { waitForDatasetGroup }: Pick<Repeat, 'waitForDatasetGroup'>) =>
  waitForDatasetGroup === true &&
  record.waitForDatasetGroup !== true &&
  record.desired === 'PRESENT' &&
  record.observedGeneration < record.generation;

/**
 * The record's context with the request's in its place; nothing, where it stays. Only a tracker that is there, or on its way, has
 * one to replace; and a key that comes again after anybody replaced it brings no old one back.
 */
function replacedContext(record: EventTrackerRecord, { clientContext, firstUse }: Repeat) {
  const { contextRevision = 0 } = record;
  const isLate =
    firstUse && (firstUse.generation !== record.generation || firstUse.contextRevision !== contextRevision);
  if (clientContext === undefined || clientContext === record.clientContext || isClaimable(record) || isLate)
    return undefined;
  return { clientContext, contextRevision: contextRevision + 1 };
}

const isConcluded = ({ observedGeneration, generation }: EventTrackerRecord): boolean =>
  observedGeneration === generation;

/** Whether the repeat has something to record. */
export const addsTo = (record: EventTrackerRecord, repeat: Repeat): boolean =>
  !wasAccepted(record, repeat.key) &&
  (isNewToken(record, repeat.callback) ||
    turnsOnWaiting(record, repeat) ||
    replacedContext(record, repeat) !== undefined);

/**
 * **join**: the same wish again. A task token that comes with it is answered on the outcome; immediately, where the outcome is
 * there, or where the wish is over (a repeat under an old Idempotency-Key makes no tracker again). Another
 * `clientContext` replaces the one there is. It may turn on `waitForDatasetGroup`. A join that adds nothing is no write, and does not come here.
 */
export const join: Verb<Repeat & { now: number }> = (record, { now, ...repeat }) => {
  if (!addsTo(record, repeat)) return refuse('ALREADY_RECORDED');
  const { key, callback } = repeat;
  const joined: EventTrackerRecord = {
    ...record,
    keys: withKey(record, key, record.generation),
    ...replacedContext(record, repeat),
    ...(turnsOnWaiting(record, repeat) && { waitForDatasetGroup: true }),
  };
  return isNewToken(record, callback) ? withTokenJoined(record, joined, callback, now) : joined;
};

/** @param record as it was read: a settled one has to be woken, to answer the token */
function withTokenJoined(
  record: EventTrackerRecord,
  repeated: EventTrackerRecord,
  callback: Callback,
  now: number,
): Applied {
  if (hasTooMany(record, callback)) return refuse('TOO_MANY_CALLBACKS');
  if (!hasRoom(record)) return refuse('NO_ROOM');
  const joined = { ...repeated, ...woken(record), callbacks: [...record.callbacks, callback] };
  if (isGivenUp(record)) {
    return withCallbacksAnswered(joined, { status: record.status === 'DELETED' ? 'DELETED' : 'SUPERSEDED' }, now);
  }
  if (!isConcluded(record)) return joined;
  const { status, eventTrackerArn, failure } = record;
  return withCallbacksAnswered(
    joined,
    { status, eventTrackerArn, failureCode: failure?.code, remedy: failure?.remedy },
    now,
  );
}

export interface DeletionWish {
  readonly now: number;
  readonly key: Wish['key'];
  readonly correlationId: string;
  readonly traceparent?: string;
  /** Also a tracker that was adopted. */
  readonly destroy: boolean;
}

/** **requestDelete**: no tracker is wished for. The cleanup that it owes reports DELETED before anything new is created. */
export const requestDelete: Verb<DeletionWish> = (record, { now, key, correlationId, traceparent, destroy }) => {
  if (record.desired !== 'PRESENT') return refuse('NOT_PRESENT');
  if (!hasRoom(record)) return refuse('NO_ROOM');
  const generation = record.generation + 1;
  const isForgotten = record.adopted && !destroy;
  // One that is forgotten lives on: it is the request for it that has ended.
  const ended = isForgotten ? { ...record, observed: undefined } : record;
  const deleting: EventTrackerRecord = {
    ...ended,
    ...newWish(record, now),
    correlationId,
    traceparent,
    desired: 'ABSENT',
    status: 'DELETE PENDING',
    cleanup: { report: deletedReport(ended, correlationId) },
    // Should it be there after all, its deletion is asked for now.
    ...(record.lost && (destroy || !record.lost.adopted) && { eventTrackerArn: record.lost.eventTrackerArn }),
    lost: undefined,
    // An adopted tracker is not ours to destroy unless the request says so: it is forgotten.
    ...(record.adopted && { adopted: undefined, eventTrackerArn: isForgotten ? undefined : record.eventTrackerArn }),
    trackingId: undefined,
    keys: withKey(record, key, generation),
    history: withTransition(
      { ...record, generation },
      { at: now, status: 'DELETE PENDING', cause: 'deletion asked for' },
    ),
  };
  return withCallbacksAnswered(deleting, { status: 'SUPERSEDED' }, now);
};

/** A deletion that was owed already is still to be told, as of the generation that it ended; a failure is not any more. */
function deletedReport(record: EventTrackerRecord, correlationId: string): NonNullable<Cleanup['report']> {
  if (record.cleanup?.report?.status === 'DELETED') return record.cleanup.report;
  return {
    status: 'DELETED',
    generation: record.generation,
    name: actualOf(record).name,
    correlationId,
    ...(record.clientContext !== undefined && { clientContext: record.clientContext }),
  };
}

/** **release**: an adopted tracker is let go of, and stays. */
export const release: Verb<Omit<DeletionWish, 'destroy'>> = (record, args, settings) => {
  const { now, key, correlationId, traceparent } = args;
  const mayBeReleased =
    record.desired === 'PRESENT' && record.adopted && record.status === 'ACTIVE' && isSettled(record);
  if (!mayBeReleased || isCallPending(record, now, settings)) return refuse('NOT_RELEASABLE');
  if (!hasRoom(record)) return refuse('NO_ROOM');
  const generation = record.generation + 1;
  const released: EventTrackerRecord = {
    ...record,
    ...newWish(record, now),
    correlationId,
    traceparent,
    desired: 'ABSENT',
    status: 'RELEASED',
    observedGeneration: generation,
    eventTrackerArn: undefined,
    trackingId: undefined,
    adopted: undefined,
    createdAt: undefined,
    call: undefined,
    deletedAt: now,
    keys: withKey(record, key, generation),
    history: withTransition({ ...record, generation }, { at: now, status: 'RELEASED', cause: 'let go of' }),
  };
  const { clientContext, eventTrackerArn } = record;
  const { name } = actualOf(record);
  return withStateChange(
    released,
    {
      status: 'RELEASED',
      previousStatus: record.status,
      name,
      correlationId,
      traceparent,
      clientContext,
      eventTrackerArn,
    },
    now,
  );
};

/**
 * **requestRetry**: the same desired state once more, after CREATE FAILED: name, tags, context and all. What is left of the failed
 * attempt is removed first.
 */
export const requestRetry: Verb<{
  now: number;
  key: Wish['key'];
  correlationId: string;
  traceparent?: string;
}> = (record, { now, key, correlationId, traceparent }) => {
  if (record.desired !== 'PRESENT' || !isFailed(record)) return refuse('NOT_FAILED');
  if (!hasRoom(record)) return refuse('NO_ROOM');
  const generation = record.generation + 1;
  const status = record.cleanup ? 'DELETE PENDING' : 'CREATE PENDING';
  return {
    ...record,
    ...newWish(record, now),
    correlationId,
    traceparent,
    status,
    keys: withKey(record, key, generation),
    history: withTransition({ ...record, generation }, { at: now, status, cause: 'retry asked for' }),
  };
};
