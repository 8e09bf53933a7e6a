import type { DetailOf, DetailType, Failure, STATUSES } from '../../events/contract.ts';
import type { HistoryEntry } from './history.ts';
import type { LifecycleSettings } from './settings.ts';

export type Status = (typeof STATUSES)[number];

export interface Tag {
  readonly tagKey: string;
  readonly tagValue: string;
}

/** A CreateEventTracker call that may be on its way, or whose tracker may not be visible yet. Written before the call. */
export interface PendingCall {
  readonly attempt: number;
  readonly at: number;
  /** An earlier call was pending when this one was written: a definite answer to this one does not end that one. */
  readonly overlapsEarlierCall?: true;
  /** Personalize answered with an ARN that no describe has shown yet. */
  readonly acknowledged?: true;
}

/** What is reported once the cleanup is complete. */
export interface CleanupReport {
  readonly status: 'DELETED' | 'CREATE FAILED';
  readonly generation: number;
  readonly name: string;
  readonly correlationId: string;
  readonly clientContext?: string;
  readonly failure?: Failure;
}

/** Something of ours may have to be deleted before anything else happens on this dataset group. */
export interface Cleanup {
  readonly report?: CleanupReport;
  /** When the deletion was first asked for; its deadline counts from then. */
  readonly deletionRequestedAt?: number;
}

/** A task token that waits for an outcome; a secret. With `heartbeatSeconds` its task has to hear, at least that often, that the work goes on. */
export interface Callback {
  readonly taskToken: string;
  readonly heartbeatSeconds?: number;
}

/** An event of one type that the bus has not taken yet. `at` is when it became due. */
export type EventEntry<Type extends DetailType = DetailType> = {
  [Each in Type]: {
    readonly kind: 'event';
    readonly id: string;
    readonly at: number;
    readonly detailType: Each;
    readonly detail: DetailOf<Each>;
  };
}[Type];

/** What has to be delivered: an event for the bus, or an answer to a task token. `at` is when it became due. */
export type OutboxEntry =
  | EventEntry
  | {
      readonly kind: 'callback';
      readonly id: string;
      readonly at: number;
      readonly taskToken: string;
      readonly heartbeatSeconds?: number;
      readonly status: Status | 'SUPERSEDED';
      readonly eventTrackerArn?: string;
      readonly failureCode?: string;
      /** What to do about it; a text of the service's own. */
      readonly remedy?: string;
    };

/** An accepted request: the hash of its key, the hash of its body, and the generation that it made or joined. */
export interface AcceptedKey {
  readonly key: string;
  readonly body: string;
  readonly generation: number;
}

/** What a request can wait for before a tracker can be created. */
export const DATASET_GROUP_PARTS = ['dataset-group', 'interactions-dataset'] as const;
export type DatasetGroupPart = (typeof DATASET_GROUP_PARTS)[number];

/** What a request waits for, reported as `progress.waitingFor`. A closed list: part of the API. Each text completes "waiting for". */
export const WAITING_FOR = {
  start: 'the execution to start',
  preflight: 'the check of the dataset group',
  'dataset-group': 'the dataset group to become ACTIVE',
  'interactions-dataset': 'the Interactions dataset of the dataset group to become ACTIVE',
  creation: 'the event tracker to become ACTIVE',
  deletion: 'an event tracker to be deleted',
  'eventual-consistency': 'Personalize to show the result of an earlier call',
  backoff: 'the time of the next create attempt',
  throttling: 'Personalize to stop throttling',
  'unknown-outcome': 'the retry of a call that Personalize did not answer',
  'iam-permission': 'a permission that the role of the service lacks',
  'readable-response': 'Personalize to stop returning an unexpected error or unknown status',
} as const;
export type WaitingFor = keyof typeof WAITING_FOR;

/** The request waits for its dataset group: since when in all, for the deadline, and for which part of it now. */
export interface PreflightWait {
  readonly since: number;
  readonly for: DatasetGroupPart;
}

/** CreateEventTracker is refused because a tracker exists, yet none can be observed: since when, for the deadline. */
export interface AlreadyExistsRefusal {
  readonly code: string;
  readonly since: number;
  readonly awsRequestId?: string;
}

/**
 * A tracker that the drift check did not find, and when. Reads can lag: until another tracker is known in its place, or its deletion
 * is requested, it is recorded again if it is observed, and never deleted by a cleanup.
 */
export interface MissingTracker {
  readonly eventTrackerArn: string;
  readonly at: number;
  readonly adopted?: true;
}

/**
 * The one item of a dataset group; its meaning, attribute by attribute, is in docs/protocol.md, "The record".
 * All times are milliseconds since the epoch.
 */
export interface EventTrackerRecord {
  readonly trackerId: string;
  readonly rev: number;
  readonly desired: 'PRESENT' | 'ABSENT';
  readonly generation: number;
  readonly requestedAt: number;
  readonly observedGeneration: number;
  readonly epoch: number;

  readonly datasetGroupArn: string;
  readonly name: string;
  readonly tags: readonly Tag[];
  readonly tenantId: string;
  readonly clientContext?: string;
  /** How often it was replaced: so a late repeat of an old key does not restore an old context. */
  readonly contextRevision?: number;
  readonly adoptExisting: boolean;
  /** Wait also for a dataset group, or an Interactions dataset, that does not exist yet. */
  readonly waitForDatasetGroup?: boolean;
  readonly correlationId: string;
  readonly traceparent?: string;

  readonly status: Status;
  readonly eventTrackerArn?: string;
  /** The name and the callers' tags that Personalize has of this tracker, where they may differ from what was asked. */
  readonly observed?: { readonly eventTrackerArn: string; readonly name: string; readonly tags: readonly Tag[] };
  readonly trackingId?: string;
  readonly adopted?: true;
  readonly createdAt?: number;
  readonly failure?: Failure;
  readonly history: readonly HistoryEntry[];

  readonly attempt: number;
  /** What `attempt` was when the present generation began: the difference is that generation's calls. */
  readonly attemptsBefore?: number;
  readonly call?: PendingCall;
  readonly cleanup?: Cleanup;
  readonly checkedGeneration: number;
  /** When this generation's preflight passed, where the dataset group was waited for: the back-off of creates counts from then. */
  readonly checkedAt?: number;
  readonly preflightWait?: PreflightWait;
  readonly alreadyExistsRefusal?: AlreadyExistsRefusal;

  readonly sequence: number;
  readonly outbox: readonly OutboxEntry[];
  readonly callbacks: readonly Callback[];
  readonly keys: readonly AcceptedKey[];

  readonly due: { readonly lane: 'urgent' | 'routine'; readonly at: number };
  readonly notBefore?: number;
  /** What the owner waits for, or is about to do; reported as `progress.waitingFor`. */
  readonly waitingFor?: WaitingFor;
  /** When the present run of unreadable responses began: the deadline counts from then. */
  readonly unreadableSince?: number;
  readonly takeOvers: number;
  /** The epoch whose execution handed over, having used up its rounds: the sweep starts the next one. Ignored for an older epoch. */
  readonly handedOver?: number;
  /** The drift that was reported: the kind, the ARN, the observed status. */
  readonly reportedDrift?: readonly string[];
  readonly missing?: MissingTracker;
  readonly deletedAt?: number;
  readonly creationDateTime: number;
  readonly lastUpdatedDateTime: number;
}

/** Whether the newest request has no outcome yet. A cleanup after CREATE FAILED does not concern the caller. */
export const isInProgress = (record: EventTrackerRecord): boolean => record.observedGeneration < record.generation;

/** Whether a request waits for a tracker of this generation. */
export const isAwaited = (record: EventTrackerRecord): boolean => record.desired === 'PRESENT' && isInProgress(record);

/** The outcome of the newest request is recorded, and no cleanup is pending. */
export const isSettled = (record: EventTrackerRecord): boolean =>
  record.observedGeneration === record.generation && record.cleanup === undefined;

/** Settled, and the outbox is empty. */
export const isIdle = (record: EventTrackerRecord): boolean => isSettled(record) && record.outbox.length === 0;

/** A create call of ours may still take effect, or its tracker still be invisible. */
export const isCallPending = (record: EventTrackerRecord, now: number, settings: LifecycleSettings): boolean =>
  record.call !== undefined && now < record.call.at + settings.createInFlightMs;

/** Nobody wants a tracker here: its deletion or release was requested, or it was deleted behind our back. */
export const isGivenUp = (record: EventTrackerRecord): boolean =>
  record.desired === 'ABSENT' || (record.status === 'DELETED' && record.observedGeneration === record.generation);

/** The outcome of the newest request is a failure that was reported to its tenant. */
export const isFailed = (record: EventTrackerRecord): boolean =>
  record.status === 'CREATE FAILED' && record.observedGeneration === record.generation;

/**
 * A new request makes a new generation on this record: there is no tracker that it could join, or be in conflict with. Otherwise it
 * joins what is there, or is in conflict with it.
 */
export const isClaimable = (record: EventTrackerRecord): boolean => isGivenUp(record) || isFailed(record);

/** Another tenant may claim it: given up, with nothing left to be done for its tenant. A failed request is its tenant's until it is deleted. */
export const isFreeForAnother = (record: EventTrackerRecord): boolean => isGivenUp(record) && isIdle(record);

/** A missing tracker may appear in a response that is older than its deletion: nothing is concluded from it yet. */
export const isWithinLossGracePeriod = (
  { missing }: EventTrackerRecord,
  now: number,
  settings: LifecycleSettings,
): boolean => missing !== undefined && now < missing.at + settings.createInFlightMs;

/** Its execution has ended as planned, and the next one is to be started. */
export const isHandedOver = (record: EventTrackerRecord): boolean => record.handedOver === record.epoch;

/** The execution that owns the record: a name that is never used twice. */
export const executionName = (record: EventTrackerRecord): string => `${record.trackerId}-${record.epoch}`;
