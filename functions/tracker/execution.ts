import { withHistoryEntry } from './history.ts';
import { createBackOffMs } from './pacing.ts';
import { isCallPending, isHandedOver, isIdle, isSettled, startOf } from './record.ts';
import { type Owner, reject, type Transition, type TransitionResult } from './transition.ts';
import type { DatasetGroupPart, WaitingFor } from './waiting-for.ts';

/**
 * **heartbeat**: the owner is alive and polls again at `nextPollAt`; until one lease after that, nobody takes over. `deleting`: it is
 * about to request the deletion. `unreadable`: whether this observation got an unreadable response; absent if nothing was observed.
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
 * **recordWaiting**: the request waits for the dataset group or its Interactions dataset. The start of the wait is kept across both,
 * and across owners: the deadline counts from it.
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
 * before the call, so that a call whose response is lost, or that takes effect late, is known.
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
    notBefore: now + createBackOffMs(now - (record.checkedAt ?? startOf(record))),
  };
};

/** The definite outcomes of CreateEventTracker. After an unknown one nothing is written: the next observation decides. */
export type CallResult =
  | { readonly kind: 'created'; readonly eventTrackerArn: string; readonly awsRequestId?: string }
  | { readonly kind: 'throttled' }
  | { readonly kind: 'obstructed'; readonly code: string; readonly awsRequestId?: string }
  | { readonly kind: 'refused' };

/**
 * **recordCallResult**: the outcome of a call. It is a fact whatever execution owns the record by now, so its only condition is that the marker
 * is still this call's.
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
        // A group has one tracker: if another could be created, the missing one is gone. A slow response may name the missing one.
        missing: record.missing?.eventTrackerArn === result.eventTrackerArn ? record.missing : undefined,
        history: withHistoryEntry(record, {
          at: now,
          status: record.status,
          cause: 'CREATE_ACKNOWLEDGED',
          ...(result.awsRequestId && { awsRequestId: result.awsRequestId }),
        }),
      };
    }
    // This response was recorded before (the write took effect, its own response was lost): still not observed.
    const isSeen = !call.acknowledged;
    if (record.eventTrackerArn !== result.eventTrackerArn || call.overlapsEarlierCall || !isSeen)
      return reject('CALL_STAYS');
    return { ...record, call: undefined };
  }
  return {
    ...record,
    // An earlier call may still take effect: the marker stays for createInFlight.
    call: call.overlapsEarlierCall ? call : undefined,
    // A throttled call did nothing: it may be repeated immediately; the caller's own back-off decides.
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
 * **handOver**: the execution has used up its rounds and ends before Step Functions ends it. The record is due immediately, so the
 * sweep is responsible from this write on: it starts the next execution.
 */
export const handOver: Transition<{ now: number; epoch: number }> = (record, { now, epoch }) => {
  if (record.epoch !== epoch) return reject('NOT_OWNER');
  if (isIdle(record)) return reject('IDLE');
  return { ...record, handedOver: epoch, due: { lane: 'urgent', at: now } };
};

/**
 * **takeOver**: the owner's lease expired, or it handed over. Always a new epoch, which fences out the old execution. Only a take-over
 * without a hand-over is counted: its owner died.
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

/** **markPublished**: the bus, or Step Functions, took this entry; it is not delivered again. */
export const markPublished: Transition<{ now: number; ids: readonly string[] }> = (record, { ids }) => {
  const outbox = record.outbox.filter((entry) => !ids.includes(entry.id));
  return outbox.length === record.outbox.length ? reject('ALREADY_PUBLISHED') : { ...record, outbox };
};
