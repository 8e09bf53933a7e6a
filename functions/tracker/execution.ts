import { withHistoryEntry } from './history.ts';
import { createBackOffMs } from './pacing.ts';
import { type DatasetGroupPart, isCallPending, isHandedOver, isIdle, isSettled, type WaitingFor } from './record.ts';
import { type Owner, reject, type Transition, type TransitionResult } from './transition.ts';

/**
 * **heartbeat**: the owner is alive and will look again at `nextPollAt`; until then, and a lease more, nobody takes over. With
 * `deleting`, it is about to ask for the deletion. `unusable`: whether Personalize answered this look with what it can't use;
 * left out where no look was taken.
 */
export const heartbeat: Transition<
  Owner & { nextPollAt: number; deleting?: boolean; waitingFor?: WaitingFor; unreadable?: boolean }
> = (
  record,
  {
    now,
    epoch,
    nextPollAt,
    deleting,
    waitingFor = record.waitingFor,
    unreadable = record.unreadableSince !== undefined,
  },
  settings,
) => {
  if (record.epoch !== epoch) return reject('NOT_OWNER');
  if (isIdle(record)) return reject('IDLE');
  const { cleanup } = record;
  return {
    ...record,
    waitingFor,
    unreadableSince: unreadable ? (record.unreadableSince ?? now) : undefined,
    due: { lane: 'urgent', at: Math.max(now, nextPollAt) + settings.leaseMs },
    ...(deleting && cleanup && { cleanup: { ...cleanup, deletionRequestedAt: cleanup.deletionRequestedAt ?? now } }),
  };
};

/** **recordChecked**: this generation's preflight passed. */
export const recordChecked: Transition<Owner> = (record, { now }) => {
  if (isSettled(record) || record.desired !== 'PRESENT') return reject('NOT_CREATING');
  const { preflightWait } = record;
  return {
    ...record,
    checkedGeneration: record.generation,
    checkedAt: preflightWait && now,
    preflightWait: undefined,
    ...(preflightWait && {
      history: withHistoryEntry(record, { at: now, status: record.status, cause: 'DATASET_GROUP_READY' }),
    }),
  };
};

/**
 * **recordWaiting**: the dataset group, or its Interactions dataset, is not ready, and is waited for. Since when is kept over
 * both, and over a change of owner: the deadline counts from then.
 */
export const recordWaiting: Transition<Owner & { waitingFor: DatasetGroupPart }> = (record, { now, waitingFor }) => {
  if (isSettled(record) || record.desired !== 'PRESENT') return reject('NOT_CREATING');
  if (record.preflightWait?.for === waitingFor) return reject('ALREADY_RECORDED');
  return {
    ...record,
    waitingFor,
    preflightWait: { since: record.preflightWait?.since ?? now, for: waitingFor },
    history: withHistoryEntry(record, {
      at: now,
      status: record.status,
      cause: waitingFor === 'dataset-group' ? 'WAITING_FOR_DATASET_GROUP' : 'WAITING_FOR_INTERACTIONS_DATASET',
    }),
  };
};

/**
 * **reserveCreateAttempt**: permission for one CreateEventTracker call, in the same invocation as the call. The marker is written
 * before the call, so that a call whose answer is lost, or that lands late, is known of.
 */
export const reserveCreateAttempt: Transition<Owner> = (record, { now }, settings) => {
  if (isSettled(record) || record.desired !== 'PRESENT' || record.cleanup) return reject('NOT_CREATING');
  if (record.eventTrackerArn !== undefined) return reject('ALREADY_CREATED');
  if (record.notBefore !== undefined && now < record.notBefore) return reject('BACKING_OFF');
  const over = isCallPending(record, now, settings);
  return {
    ...record,
    attempt: record.attempt + 1,
    call: { attempt: record.attempt + 1, at: now, ...(over && { overlapsEarlierCall: true as const }) },
    notBefore: now + createBackOffMs(now - (record.checkedAt ?? record.requestedAt)),
  };
};

/** The definite answers of CreateEventTracker. An unknown one is no answer: nothing is written, the next look decides. */
export type CallResult =
  | { readonly kind: 'created'; readonly eventTrackerArn: string; readonly awsRequestId?: string }
  | { readonly kind: 'throttled' }
  | { readonly kind: 'obstructed'; readonly code: string; readonly awsRequestId?: string }
  | { readonly kind: 'refused' };

/**
 * **recordCallResult**: what became of a call. A fact, whoever owns the record by now, so its only condition is that the
 * marker is still this call's.
 */
export const recordCallResult: Transition<{ now: number; attempt: number; result: CallResult }> = (
  record,
  { now, attempt, result },
): TransitionResult => {
  const { call } = record;
  if (call?.attempt !== attempt) return reject('ANOTHER_CALL');
  if (result.kind === 'created') {
    if (record.eventTrackerArn === undefined) {
      return {
        ...record,
        eventTrackerArn: result.eventTrackerArn,
        createdAt: now,
        call: { ...call, acknowledged: true },
        alreadyExistsRefusal: undefined,
        // A group has one tracker: where another could be made, the lost one is gone. A slow answer may name the lost one itself.
        missing: record.missing?.eventTrackerArn === result.eventTrackerArn ? record.missing : undefined,
        history: withHistoryEntry(record, {
          at: now,
          status: record.status,
          cause: 'CREATE_ACKNOWLEDGED',
          ...(result.awsRequestId && { awsRequestId: result.awsRequestId }),
        }),
      };
    }
    // Recorded by this very answer before (the write was made, its own answer lost): still not seen by any look.
    const isSeen = !call.acknowledged;
    if (record.eventTrackerArn !== result.eventTrackerArn || call.overlapsEarlierCall || !isSeen)
      return reject('CALL_STAYS');
    return { ...record, call: undefined };
  }
  return {
    ...record,
    // An earlier call may still land: the marker stays until T_land.
    call: call.overlapsEarlierCall ? call : undefined,
    // A throttled call did nothing: it may be asked again at once, the caller's own back-off decides.
    notBefore: result.kind === 'throttled' ? undefined : record.notBefore,
    ...(result.kind === 'obstructed' && {
      alreadyExistsRefusal: record.alreadyExistsRefusal ?? {
        code: result.code,
        since: now,
        ...(result.awsRequestId && { awsRequestId: result.awsRequestId }),
      },
    }),
  };
};

/**
 * **handOver**: the execution has made its rounds and ends before Step Functions ends it. The record is due at once, so that somebody
 * is responsible from this write on: the sweep, which starts the next execution.
 */
export const handOver: Transition<{ now: number; epoch: number }> = (record, { now, epoch }) => {
  if (record.epoch !== epoch) return reject('NOT_OWNER');
  if (isIdle(record)) return reject('IDLE');
  return { ...record, handedOver: epoch, due: { lane: 'urgent', at: now } };
};

/**
 * **takeOver**: the owner let the record go by, or handed it over. Always a new epoch: the old execution finds itself fenced out. Only
 * one that was not handed over is counted: its owner is dead.
 */
export const takeOver: Transition<{ now: number; dueBy: number }> = (record, { dueBy }) => {
  if (record.due.lane !== 'urgent' || isIdle(record)) return reject('IDLE');
  if (record.due.at > dueBy) return reject('NOT_DUE');
  return {
    ...record,
    epoch: record.epoch + 1,
    takeOvers: isHandedOver(record) ? record.takeOvers : record.takeOvers + 1,
  };
};

/** **markPublished**: this entry was taken by the bus, or by Step Functions, and need not be told again. */
export const markPublished: Transition<{ now: number; ids: readonly string[] }> = (record, { ids }) => {
  const outbox = record.outbox.filter((entry) => !ids.includes(entry.id));
  return outbox.length === record.outbox.length ? reject('ALREADY_PUBLISHED') : { ...record, outbox };
};
