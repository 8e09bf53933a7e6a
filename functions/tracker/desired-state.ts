import { withHistoryEntry } from './history.ts';
import { actualOf } from './name-and-tags.ts';
import { withCallbacksQueued, withStateChange } from './outbox.ts';
import {
  type AcceptedKey,
  type Callback,
  type Cleanup,
  type EventTrackerRecord,
  isCallPending,
  isClaimable,
  isFailed,
  isFreeForAnother,
  isSettled,
  type Tag,
  type WaitingFor,
} from './record.ts';
import type { LifecycleSettings } from './settings.ts';
import { reject, type Transition } from './transition.ts';

/** What a request asks for, validated, with the identity that asks. */
export interface TrackerRequest {
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
  /** The caller's Idempotency-Key, or one made for the request: it shows whether a write of ours whose response was lost took effect. */
  readonly key: Omit<AcceptedKey, 'generation'>;
  /** A task token of Step Functions that waits for this request's outcome. */
  readonly callback?: Callback;
}

/** **createRecord**: the record of a dataset group that was never requested. Stored under `attribute_not_exists(trackerId)`. */
export function createRecord(request: TrackerRequest, now: number, settings: LifecycleSettings): EventTrackerRecord {
  const { key, callback, ...asked } = request;
  return {
    ...asked,
    rev: 1,
    desired: 'PRESENT',
    generation: 1,
    requestedAt: now,
    observedGeneration: 0,
    epoch: 1,
    status: 'CREATE PENDING',
    history: [{ at: now, generation: 1, status: 'CREATE PENDING', cause: 'REQUESTED' }],
    attempt: 0,
    checkedGeneration: 0,
    sequence: 0,
    outbox: [],
    callbacks: callback ? [callback] : [],
    keys: [{ ...key, generation: 1 }],
    // If StartExecution fails or the process dies now, the sweep finds the record after one lease.
    due: { lane: 'urgent', at: now + settings.leaseMs },
    takeOvers: 0,
    creationDateTime: now,
    lastUpdatedDateTime: now,
  };
}

/** A record keeps its last keys, so that a request whose response was lost is not accepted twice. */
const KEYS_REMEMBERED = 8;
/** Events and callback answers that may wait in one item. Beyond it requests are refused; an outcome is always written. */
export const MAX_PENDING_NOTIFICATIONS = 40;

export const hasOutboxCapacity = (record: EventTrackerRecord): boolean =>
  record.outbox.length + record.callbacks.length < MAX_PENDING_NOTIFICATIONS;

/** Task tokens that one record holds, waiting for an outcome or for their answer to be delivered. */
export const MAX_CALLBACKS = 8;

const heldTokens = ({ callbacks, outbox }: EventTrackerRecord): readonly string[] => [
  ...callbacks.map(({ taskToken }) => taskToken),
  ...outbox.flatMap((entry) => (entry.kind === 'callback' ? [entry.taskToken] : [])),
];

/** Whether this token already waits here, for the outcome or for the delivery of its answer. */
export const hasToken = (record: EventTrackerRecord, taskToken: string): boolean =>
  heldTokens(record).includes(taskToken);

/** Whether one more token, if there is one, would be too many. */
export const hasTooMany = (record: EventTrackerRecord, callback: Callback | undefined): boolean =>
  callback !== undefined && !hasToken(record, callback.taskToken) && heldTokens(record).length >= MAX_CALLBACKS;

/** The waiting tokens with one more, where there is one; none twice. */
const withCallback = (record: EventTrackerRecord, callback: Callback | undefined): readonly Callback[] =>
  callback === undefined || hasToken(record, callback.taskToken) ? record.callbacks : [...record.callbacks, callback];

export const withKey = (
  record: EventTrackerRecord,
  key: TrackerRequest['key'],
  generation: number,
): readonly AcceptedKey[] => [...record.keys, { ...key, generation }].slice(-KEYS_REMEMBERED);

/** Whether this request was accepted already: its response was lost, or the same request is repeated. */
export const wasAccepted = (record: EventTrackerRecord, key: { key: string }): boolean =>
  record.keys.some((accepted) => accepted.key === key.key);

/** start†: a settled record has no execution, so a request starts a new one; otherwise the owner, or the sweep, goes on. */
export const epochForNewExecution = (before: EventTrackerRecord): { epoch: number } => ({
  epoch: isSettled(before) ? before.epoch + 1 : before.epoch,
});

/** What a new generation starts from. */
const resetForNewGeneration = (record: EventTrackerRecord, now: number) =>
  ({
    generation: record.generation + 1,
    requestedAt: now,
    attemptsBefore: record.attempt,
    failure: undefined,
    alreadyExistsRefusal: undefined,
    // The new generation's deadline counts from its own first unreadable response,
    unreadableSince: undefined,
    // and from its own first wait for the dataset group.
    preflightWait: undefined,
    checkedAt: undefined,
    reportedDrift: undefined,
    takeOvers: 0,
    // Without an execution it waits for its start, not for what the last generation waited for.
    waitingFor: isSettled(record) ? undefined : record.waitingFor,
    ...epochForNewExecution(record),
  }) as const satisfies Partial<EventTrackerRecord>;

/**
 * **recreate**: a tracker is requested where one was deleted, released, is being deleted, or could not be created. A pending
 * cleanup stays pending.
 */
export const recreate: Transition<{ now: number; request: TrackerRequest }> = (record, { now, request }) => {
  if (!isClaimable(record)) return reject('NOT_CLAIMABLE');
  const another = record.tenantId !== request.tenantId;
  if (another && !isFreeForAnother(record)) return reject('STILL_ANOTHERS');
  const { key, callback, ...asked } = request;
  if (hasTooMany(record, callback)) return reject('TOO_MANY_CALLBACKS');
  if (!hasOutboxCapacity(record)) return reject('NO_ROOM');
  const status = record.cleanup ? 'DELETE PENDING' : 'CREATE PENDING';
  const generation = record.generation + 1;
  const mine: EventTrackerRecord = another ? { ...record, history: [], callbacks: [], keys: [] } : record;
  return {
    ...mine,
    ...resetForNewGeneration(record, now),
    ...asked,
    // A missing tracker that was adopted is somebody else's again: only a request with adoptExisting adopts it. Our own stays ours.
    missing: record.missing?.adopted && !request.adoptExisting ? undefined : record.missing,
    clientContext: asked.clientContext,
    waitForDatasetGroup: asked.waitForDatasetGroup,
    traceparent: asked.traceparent,
    desired: 'PRESENT',
    status,
    deletedAt: undefined,
    creationDateTime: now,
    callbacks: withCallback(mine, callback),
    keys: withKey(mine, key, generation),
    history: withHistoryEntry({ ...mine, generation }, { at: now, status, cause: 'REQUESTED_AGAIN' }),
  };
};

export interface DeletionRequest {
  readonly now: number;
  readonly key: TrackerRequest['key'];
  readonly correlationId: string;
  readonly traceparent?: string;
  /** Also a tracker that was adopted. */
  readonly destroy: boolean;
}

/** **requestDelete**: no tracker is desired. The pending cleanup reports DELETED before anything new is created. */
export const requestDelete: Transition<DeletionRequest> = (
  record,
  { now, key, correlationId, traceparent, destroy },
) => {
  if (record.desired !== 'PRESENT') return reject('NOT_PRESENT');
  if (!hasOutboxCapacity(record)) return reject('NO_ROOM');
  const generation = record.generation + 1;
  const isForgotten = record.adopted && !destroy;
  // An adopted tracker that is not deleted lives on; only the request for it has ended.
  const ended = isForgotten ? { ...record, observed: undefined } : record;
  const deleting: EventTrackerRecord = {
    ...ended,
    ...resetForNewGeneration(record, now),
    correlationId,
    traceparent,
    desired: 'ABSENT',
    status: 'DELETE PENDING',
    waitingFor: isSettled(record) ? undefined : waitingForAfterDeletion(record),
    cleanup: { report: deletedReport(ended, correlationId) },
    // If a missing tracker exists after all, this is the request for its deletion.
    ...(record.missing && (destroy || !record.missing.adopted) && { eventTrackerArn: record.missing.eventTrackerArn }),
    missing: undefined,
    // An adopted tracker is not deleted unless the request says so: its ARN is dropped.
    ...(record.adopted && { adopted: undefined, eventTrackerArn: isForgotten ? undefined : record.eventTrackerArn }),
    trackingId: undefined,
    keys: withKey(record, key, generation),
    history: withHistoryEntry(
      { ...record, generation },
      { at: now, status: 'DELETE PENDING', cause: 'DELETION_REQUESTED' },
    ),
  };
  return withCallbacksQueued(deleting, { status: 'SUPERSEDED' }, now);
};

/** A deletion does not wait for what only a creation needs; whatever else the owner waits for, the deletion waits for too. */
const BEFORE_CREATION: ReadonlySet<WaitingFor | undefined> = new Set<WaitingFor>([
  'preflight',
  'dataset-group',
  'interactions-dataset',
  'backoff',
]);
const waitingForAfterDeletion = ({ waitingFor }: EventTrackerRecord): WaitingFor | undefined =>
  BEFORE_CREATION.has(waitingFor) ? 'deletion' : waitingFor;

/** A pending report of a deletion stays, for the generation that it ended; a pending report of a failure is dropped. */
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

/** **release**: an adopted tracker is given up, and stays in Personalize. */
export const release: Transition<Omit<DeletionRequest, 'destroy'>> = (record, args, settings) => {
  const { now, key, correlationId, traceparent } = args;
  const mayBeReleased =
    record.desired === 'PRESENT' && record.adopted && record.status === 'ACTIVE' && isSettled(record);
  if (!mayBeReleased || isCallPending(record, now, settings)) return reject('NOT_RELEASABLE');
  if (!hasOutboxCapacity(record)) return reject('NO_ROOM');
  const generation = record.generation + 1;
  const released: EventTrackerRecord = {
    ...record,
    ...resetForNewGeneration(record, now),
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
    history: withHistoryEntry({ ...record, generation }, { at: now, status: 'RELEASED', cause: 'RELEASED' }),
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
 * **requestRetry**: the same desired state once more after CREATE FAILED, with the same name, tags and context. What is left of the
 * failed attempt is deleted first.
 */
export const requestRetry: Transition<{
  now: number;
  key: TrackerRequest['key'];
  correlationId: string;
  traceparent?: string;
}> = (record, { now, key, correlationId, traceparent }) => {
  if (record.desired !== 'PRESENT' || !isFailed(record)) return reject('NOT_FAILED');
  if (!hasOutboxCapacity(record)) return reject('NO_ROOM');
  const generation = record.generation + 1;
  const status = record.cleanup ? 'DELETE PENDING' : 'CREATE PENDING';
  return {
    ...record,
    ...resetForNewGeneration(record, now),
    correlationId,
    traceparent,
    status,
    keys: withKey(record, key, generation),
    history: withHistoryEntry({ ...record, generation }, { at: now, status, cause: 'RETRY_REQUESTED' }),
  };
};
