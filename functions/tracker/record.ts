import type { EventTrackerRecord } from './record-schema.ts';
import type { LifecycleSettings } from './settings.ts';

// Without their schemas: most requests read no record.
export type {
  AcceptedKey,
  AlreadyExistsRefusal,
  Callback,
  Cleanup,
  DueCallback,
  EventEntry,
  EventTrackerRecord,
  OutboxEntry,
  Status,
  Tag,
} from './record-schema.ts';

/** Whether the newest request has no outcome yet. A cleanup after CREATE FAILED does not concern the caller. */
export const isInProgress = (record: EventTrackerRecord): boolean => record.observedGeneration < record.generation;

/** The newest request changes the tags of a tracker that is ACTIVE, and stays so meanwhile. */
export const isUpdating = (record: EventTrackerRecord): boolean => record.status === 'ACTIVE' && isInProgress(record);

/** When the work on the newest request could begin: it may have waited for its admission. */
export const startOf = ({ requestedAt, admittedAt = requestedAt }: EventTrackerRecord): number =>
  Math.max(requestedAt, admittedAt);

/** Whether a request waits for a tracker of this generation. */
export const isAwaited = (record: EventTrackerRecord): boolean =>
  record.desired === 'PRESENT' && isInProgress(record) && !isUpdating(record);

/** The outcome of the newest request is recorded, and no cleanup is pending. */
export const isSettled = (record: EventTrackerRecord): boolean =>
  record.observedGeneration === record.generation && record.cleanup === undefined;

/** Settled, and the outbox is empty. */
export const isIdle = (record: EventTrackerRecord): boolean => isSettled(record) && record.outbox.length === 0;

/** A create call of ours may still take effect, or its tracker still be invisible. */
export const isCallPending = (record: EventTrackerRecord, now: number, settings: LifecycleSettings): boolean =>
  record.call !== undefined && now < record.call.at + settings.createInFlightMs;

/** A call of ours that changes the tags of the recorded tracker may still take effect. */
export const isTagCallPending = (
  { tagCall, eventTrackerArn }: EventTrackerRecord,
  now: number,
  settings: LifecycleSettings,
): boolean => tagCall?.eventTrackerArn === eventTrackerArn && now < (tagCall?.at ?? 0) + settings.createInFlightMs;

/** No tracker is desired: its deletion or release was requested, or somebody deleted it outside this service. */
export const isGivenUp = (record: EventTrackerRecord): boolean =>
  record.desired === 'ABSENT' || (record.status === 'DELETED' && record.observedGeneration === record.generation);

/** The outcome of the newest request is a failure that was reported to its tenant. */
export const isFailed = (record: EventTrackerRecord): boolean =>
  record.status === 'CREATE FAILED' && record.observedGeneration === record.generation;

/**
 * A new request starts a new generation of this record: there is no tracker that it could join or conflict with.
 */
export const isClaimable = (record: EventTrackerRecord): boolean => isGivenUp(record) || isFailed(record);

/** Another tenant may claim the record: no tracker is desired, and no work is left. A failed request stays its tenant's until its deletion. */
export const isFreeForAnother = (record: EventTrackerRecord): boolean => isGivenUp(record) && isIdle(record);

/** A missing tracker may appear in a response that is older than its deletion: nothing is concluded from it yet. */
export const isWithinLossGracePeriod = (
  { missing }: EventTrackerRecord,
  now: number,
  settings: LifecycleSettings,
): boolean => missing !== undefined && now < missing.at + settings.createInFlightMs;

/** Its execution has ended as planned, and the next one is to be started. */
export const isHandedOver = (record: EventTrackerRecord): boolean => record.handedOver === record.epoch;
