import { withTransition } from './outcomes.ts';
import { createBackOffMs } from './pacing.ts';
import { type DatasetGroupPart, isCallPending, isHandedOver, isQuiet, isSettled } from './record.ts';
import { type Applied, type Owner, refuse, type Verb } from './verb.ts';

/**
 * **heartbeat**: the owner is alive and will look again at `nextLookAt`; until then, and a lease more, nobody takes over. With
 * `deleting`, it is about to ask for the deletion. `unusable`: whether Personalize answered this look with what it can't use;
 * left out where no look was taken.
 */
export const heartbeat: Verb<
  Owner & { nextLookAt: number; deleting?: boolean; waitingFor?: string; unusable?: boolean }
> = (
  record,
  { now, epoch, nextLookAt, deleting, waitingFor = record.waitingFor, unusable = record.unusableSince !== undefined },
  settings,
) => {
  if (record.epoch !== epoch) return refuse('NOT_OWNER');
  if (isQuiet(record)) return refuse('QUIET');
  const { cleanup } = record;
  return {
    ...record,
    waitingFor,
    unusableSince: unusable ? (record.unusableSince ?? now) : undefined,
    due: { lane: 'urgent', at: Math.max(now, nextLookAt) + settings.leaseMs },
    ...(deleting && cleanup && { cleanup: { ...cleanup, askedAt: cleanup.askedAt ?? now } }),
  };
};

/** **recordChecked**: this generation's preflight passed. */
export const recordChecked: Verb<Owner> = (record, { now }) => {
  if (isSettled(record) || record.desired !== 'PRESENT') return refuse('NOT_CREATING');
  const { preflightWait } = record;
  return {
    ...record,
    checkedGeneration: record.generation,
    checkedAt: preflightWait && now,
    preflightWait: undefined,
    ...(preflightWait && {
      history: withTransition(record, { at: now, status: record.status, cause: 'the dataset group is ready' }),
    }),
  };
};

/**
 * **recordWaiting**: the dataset group, or its Interactions dataset, is not ready, and is waited for. Since when is kept over
 * both, and over a change of owner: the deadline counts from then.
 */
export const recordWaiting: Verb<Owner & { waitingFor: DatasetGroupPart }> = (record, { now, waitingFor }) => {
  if (isSettled(record) || record.desired !== 'PRESENT') return refuse('NOT_CREATING');
  if (record.preflightWait?.for === waitingFor) return refuse('ALREADY_RECORDED');
  return {
    ...record,
    waitingFor,
    preflightWait: { since: record.preflightWait?.since ?? now, for: waitingFor },
    history: withTransition(record, { at: now, status: record.status, cause: `waiting for the ${waitingFor}` }),
  };
};

/**
 * **beginCreate**: permission for one CreateEventTracker call, in the same invocation as the call. The marker is written
 * before the call, so that a call whose answer is lost, or that lands late, is known of.
 */
export const beginCreate: Verb<Owner> = (record, { now }, settings) => {
  if (isSettled(record) || record.desired !== 'PRESENT' || record.cleanup) return refuse('NOT_CREATING');
  if (record.eventTrackerArn !== undefined) return refuse('ALREADY_CREATED');
  if (record.notBefore !== undefined && now < record.notBefore) return refuse('BACKING_OFF');
  const over = isCallPending(record, now, settings);
  return {
    ...record,
    attempt: record.attempt + 1,
    call: { attempt: record.attempt + 1, at: now, ...(over && { over: true as const }) },
    notBefore: now + createBackOffMs(now - (record.checkedAt ?? record.wishedAt)),
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
export const recordCallResult: Verb<{ now: number; attempt: number; result: CallResult }> = (
  record,
  { now, attempt, result },
): Applied => {
  const { call } = record;
  if (call?.attempt !== attempt) return refuse('ANOTHER_CALL');
  if (result.kind === 'created') {
    if (record.eventTrackerArn === undefined) {
      return {
        ...record,
        eventTrackerArn: result.eventTrackerArn,
        createdAt: now,
        call: { ...call, answered: true },
        obstruction: undefined,
        // A group has one tracker: where another could be made, the lost one is gone. A slow answer may name the lost one itself.
        lost: record.lost?.eventTrackerArn === result.eventTrackerArn ? record.lost : undefined,
        history: withTransition(record, {
          at: now,
          status: record.status,
          cause: 'CreateEventTracker answered',
          ...(result.awsRequestId && { awsRequestId: result.awsRequestId }),
        }),
      };
    }
    // Recorded by this very answer before (the write was made, its own answer lost): still not seen by any look.
    const isSeen = !call.answered;
    if (record.eventTrackerArn !== result.eventTrackerArn || call.over || !isSeen) return refuse('CALL_STAYS');
    return { ...record, call: undefined };
  }
  return {
    ...record,
    // An earlier call may still land: the marker stays until T_land.
    call: call.over ? call : undefined,
    // A throttled call did nothing: it may be asked again at once, the caller's own back-off decides.
    notBefore: result.kind === 'throttled' ? undefined : record.notBefore,
    ...(result.kind === 'obstructed' && {
      obstruction: record.obstruction ?? {
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
export const handOver: Verb<{ now: number; epoch: number }> = (record, { now, epoch }) => {
  if (record.epoch !== epoch) return refuse('NOT_OWNER');
  if (isQuiet(record)) return refuse('QUIET');
  return { ...record, handedOver: epoch, due: { lane: 'urgent', at: now } };
};

/**
 * **takeOver**: the owner let the record go by, or handed it over. Always a new epoch: the old execution finds itself fenced out. Only
 * one that was not handed over is counted: its owner is dead.
 */
export const takeOver: Verb<{ now: number; dueBy: number }> = (record, { dueBy }) => {
  if (record.due.lane !== 'urgent' || isQuiet(record)) return refuse('QUIET');
  if (record.due.at > dueBy) return refuse('NOT_DUE');
  return {
    ...record,
    epoch: record.epoch + 1,
    takeOvers: isHandedOver(record) ? record.takeOvers : record.takeOvers + 1,
  };
};

/** **markPublished**: this entry was taken by the bus, or by Step Functions, and need not be told again. */
export const markPublished: Verb<{ now: number; ids: readonly string[] }> = (record, { ids }) => {
  const outbox = record.outbox.filter((entry) => !ids.includes(entry.id));
  return outbox.length === record.outbox.length ? refuse('ALREADY_PUBLISHED') : { ...record, outbox };
};
