import { withHistoryEntry } from './history.ts';
import type { HistoryCause } from './history-causes.ts';
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
  isUpdating,
  type Status,
  type Tag,
} from './record.ts';
import type { LifecycleSettings } from './settings.ts';
import { reject, type Transition } from './transition.ts';
import type { WaitingFor } from './waiting-for.ts';

/** A validated request for an event tracker, with the caller's tenant. */
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
/** The maximum number of events and callbacks that wait in one record. At the limit, requests are rejected; outcomes are still recorded. */
export const MAX_PENDING_NOTIFICATIONS = 40;

export const hasOutboxCapacity = (record: EventTrackerRecord): boolean =>
  record.outbox.length + record.callbacks.length < MAX_PENDING_NOTIFICATIONS;

/** The maximum number of task tokens per record that wait for an outcome or for the delivery of their answer. */
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

/** The correlation id and trace of a request, and the key that identifies our own write if its response was lost. */
export type RequestMetadata = Pick<TrackerRequest, 'correlationId' | 'traceparent' | 'key'>;

/** The record in a new generation, which the request starts. */
export function withNewGeneration(
  record: EventTrackerRecord,
  { now, key, correlationId, traceparent }: RequestMetadata & { now: number },
  status: Status,
  cause: HistoryCause,
): EventTrackerRecord {
  const generation = record.generation + 1;
  return {
    ...record,
    generation,
    requestedAt: now,
    correlationId,
    traceparent,
    status,
    attemptsBefore: record.attempt,
    failure: undefined,
    updateFailure: undefined,
    tagUpdate: undefined,
    notBefore: isUpdating(record) ? undefined : record.notBefore,
    alreadyExistsRefusal: undefined,
    // The new generation's deadline counts from its own first unreadable response,
    unreadableSince: undefined,
    // and from its own first wait for the dataset group.
    preflightWait: undefined,
    checkedAt: undefined,
    admittedAt: undefined,
    reportedDrift: undefined,
    takeOvers: 0,
    // Without an execution it waits for its start, not for what the last generation waited for.
    waitingFor: isSettled(record) ? undefined : record.waitingFor,
    ...epochForNewExecution(record),
    keys: withKey(record, key, generation),
    history: withHistoryEntry({ ...record, generation }, { at: now, status, cause }),
  };
}

/**
 * **recreate**: a tracker is requested where one was deleted, released, is being deleted, or could not be created. A pending
 * cleanup stays pending.
 */
export const recreate: Transition<{ now: number; request: TrackerRequest }> = (record, { now, request }) => {
  if (!isClaimable(record)) return reject('NOT_CLAIMABLE');
  const another = record.tenantId !== request.tenantId;
  if (another && !isFreeForAnother(record)) return reject('STILL_ANOTHERS');
  const { key: _, callback, ...asked } = request;
  if (hasTooMany(record, callback)) return reject('TOO_MANY_CALLBACKS');
  if (!hasOutboxCapacity(record)) return reject('NO_ROOM');
  const mine: EventTrackerRecord = another ? { ...record, history: [], callbacks: [], keys: [] } : record;
  return {
    ...withNewGeneration(mine, { ...request, now }, statusBeforeCreation(record), 'REQUESTED_AGAIN'),
    ...asked,
    // A missing tracker that was adopted is somebody else's again: only a request with adoptExisting adopts it. Our own stays ours.
    missing: record.missing?.adopted && !request.adoptExisting ? undefined : record.missing,
    clientContext: asked.clientContext,
    waitForDatasetGroup: asked.waitForDatasetGroup,
    traceparent: asked.traceparent,
    desired: 'PRESENT',
    tagsFrom: undefined,
    deletedAt: undefined,
    creationDateTime: now,
    callbacks: withCallback(mine, callback),
  };
};

const statusBeforeCreation = ({ cleanup }: EventTrackerRecord): Status =>
  cleanup ? 'DELETE PENDING' : 'CREATE PENDING';

/**
 * **requestDelete**: no tracker is desired. The pending cleanup reports DELETED before anything new is created. `destroy`: also a
 * tracker that was adopted.
 */
export const requestDelete: Transition<RequestMetadata & { now: number; destroy: boolean }> = (
  record,
  { destroy, ...request },
) => {
  if (record.desired !== 'PRESENT') return reject('NOT_PRESENT');
  if (!hasOutboxCapacity(record)) return reject('NO_ROOM');
  const isForgotten = record.adopted && !destroy;
  // An adopted tracker that is not deleted lives on; only the request for it has ended.
  const ended = isForgotten ? { ...record, observed: undefined } : record;
  const deleting: EventTrackerRecord = {
    ...withNewGeneration(ended, request, 'DELETE PENDING', 'DELETION_REQUESTED'),
    desired: 'ABSENT',
    waitingFor: isSettled(record) ? undefined : waitingForAfterDeletion(record),
    cleanup: { report: deletedReport(ended, request.correlationId) },
    // If a missing tracker exists after all, this is the request for its deletion.
    ...(record.missing && (destroy || !record.missing.adopted) && { eventTrackerArn: record.missing.eventTrackerArn }),
    missing: undefined,
    // An adopted tracker is not deleted unless the request says so: its ARN is dropped.
    ...(record.adopted && { adopted: undefined, eventTrackerArn: isForgotten ? undefined : record.eventTrackerArn }),
    trackingId: undefined,
  };
  return withCallbacksQueued(deleting, { status: 'SUPERSEDED' }, request.now);
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
export const release: Transition<RequestMetadata & { now: number }> = (record, request, settings) => {
  const { now } = request;
  // Also while its tags are being changed: nothing waits for the change any more.
  const mayBeReleased = record.desired === 'PRESENT' && record.adopted && record.status === 'ACTIVE';
  if (!mayBeReleased || isCallPending(record, now, settings)) return reject('NOT_RELEASABLE');
  if (!hasOutboxCapacity(record)) return reject('NO_ROOM');
  const { status: previousStatus, eventTrackerArn } = record;
  const released: EventTrackerRecord = {
    ...withNewGeneration(record, request, 'RELEASED', 'RELEASED'),
    desired: 'ABSENT',
    observedGeneration: record.generation + 1,
    eventTrackerArn: undefined,
    trackingId: undefined,
    adopted: undefined,
    createdAt: undefined,
    call: undefined,
    deletedAt: now,
  };
  const subject = { ...released, name: actualOf(record).name };
  return withStateChange(released, subject, { status: 'RELEASED', previousStatus, eventTrackerArn }, now);
};

/**
 * **requestRetry**: the same desired state once more after CREATE FAILED, with the same name, tags and context. What is left of the
 * failed attempt is deleted first. After a failed change of tags: the same change once more.
 */
export const requestRetry: Transition<RequestMetadata & { now: number }> = (record, request) => {
  const isUpdate = record.updateFailure !== undefined;
  if (record.desired !== 'PRESENT' || (!isFailed(record) && !isUpdate)) return reject('NOT_FAILED');
  if (!hasOutboxCapacity(record)) return reject('NO_ROOM');
  const { reportedDrift } = record;
  return isUpdate
    ? { ...withNewGeneration(record, request, 'ACTIVE', 'RETRY_REQUESTED'), reportedDrift }
    : withNewGeneration(record, request, statusBeforeCreation(record), 'RETRY_REQUESTED');
};
