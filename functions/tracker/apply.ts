import { admit, enqueue, isWaitingForAdmission, passAdmission } from './admission-transitions.ts';
import { dropCallbacks } from './callbacks.ts';
import { recreate, release, requestDelete, requestRetry } from './desired-state.ts';
import { isPurged, purge, recordDrift, recordDriftChecked, recordTags } from './drift-transitions.ts';
import {
  handOver,
  heartbeat,
  markPublished,
  recordCallResult,
  recordChecked,
  recordWaiting,
  reserveCreateAttempt,
  takeOver,
} from './execution.ts';
import { observedAfter } from './name-and-tags.ts';
import { recordActive, recordFailed, recordFailing, recordGone, recordObserved } from './observed.ts';
import { type EventTrackerRecord, isIdle, isSettled } from './record.ts';
import { attachCallback } from './repeats.ts';
import type { LifecycleSettings } from './settings.ts';
import { recordTagCallResult, recordUpdated, recordUpdateFailed, requestUpdate, reserveTagCall } from './tag-update.ts';
import { isRejected, type Owner, reject, type Transition, type TransitionResult } from './transition.ts';

/** Transitions of the owner: epoch and generation must be the ones that it decided on (W in docs/protocol.md, "Transitions"). */
const owners = {
  recordChecked,
  recordWaiting,
  reserveCreateAttempt,
  recordObserved,
  recordActive,
  recordFailing,
  recordFailed,
  recordGone,
  reserveTagCall,
  recordUpdated,
  recordUpdateFailed,
  passAdmission,
  enqueue,
} as const;
/** Transitions with conditions of their own. */
const others = {
  recreate,
  attachCallback,
  requestDelete,
  release,
  requestRetry,
  requestUpdate,
  recordTagCallResult,
  recordDriftChecked,
  recordDrift,
  recordTags,
  purge,
  heartbeat,
  recordCallResult,
  handOver,
  takeOver,
  markPublished,
  dropCallbacks,
  admit,
} as const;
const transitions = { ...owners, ...others } as const;

export type TransitionName = keyof typeof transitions;
export type TransitionArguments<Name extends TransitionName> = Parameters<(typeof transitions)[Name]>[1];

/** Transitions that only pace the work: they leave `lastUpdatedDateTime` as it is. */
const KEEPS_LAST_UPDATED: ReadonlySet<TransitionName> = new Set([
  'heartbeat',
  // If every drift check moved it, the retention of a record without `deletedAt` would never end.
  'recordDriftChecked',
  'handOver',
  'takeOver',
  'markPublished',
  'dropCallbacks',
  'recordChecked',
  'recordWaiting',
  'reserveCreateAttempt',
  'reserveTagCall',
  'recordTagCallResult',
  'passAdmission',
  'enqueue',
  'admit',
]);

/**
 * Applies one transition to the record that was read, or says why it does not apply. Every write but the first goes through here,
 * so `due` is derived in one place: an idle record is in the routine lane, one that waits for its admission in that lane, any other in
 * the urgent one.
 */
export function apply<Name extends TransitionName>(
  name: Name,
  record: EventTrackerRecord,
  args: TransitionArguments<Name>,
  settings: LifecycleSettings,
): TransitionResult {
  if (name in owners) {
    const owner = args as Owner;
    if (record.epoch !== owner.epoch) return reject('NOT_OWNER');
    if (record.generation !== owner.generation) return reject('NOT_CURRENT');
  }
  const verb = transitions[name] as Transition<TransitionArguments<Name>>;
  const applied = verb(record, args, settings);
  if (isRejected(applied)) return applied;
  const { now } = args;
  return {
    ...applied,
    // Settled, there is nothing left to be admitted to.
    ...(isSettled(applied) && applied.place !== undefined && { place: undefined, admissionNotBefore: undefined }),
    observed: observedAfter(record, applied),
    due: deriveDue(name, record, applied, now, settings),
    lastUpdatedDateTime: KEEPS_LAST_UPDATED.has(name) ? applied.lastUpdatedDateTime : now,
  };
}

/** A purged record has nothing to check; it comes up once a year. */
const PURGED_MS = 365 * 24 * 3_600_000;

/** The only writes on an idle record that postpone its next drift check. */
const VISITS: ReadonlySet<TransitionName> = new Set(['recordDriftChecked', 'purge']);

function deriveDue(
  name: TransitionName,
  before: EventTrackerRecord,
  after: EventTrackerRecord,
  now: number,
  settings: LifecycleSettings,
): EventTrackerRecord['due'] {
  // A caller that keeps replacing the context must not postpone the drift check for ever.
  if (isIdle(before) && isIdle(after) && !VISITS.has(name)) return before.due;
  if (isIdle(after)) return { lane: 'routine', at: now + (isPurged(after) ? PURGED_MS : settings.driftIntervalMs) };
  if (isWaitingForAdmission(after)) return { lane: 'admission', at: after.place };
  // The writer that raised the epoch starts an execution now; if that fails, the sweep starts one after the lease. A record whose
  // executions keep dying is resumed half as often.
  if (after.epoch > before.epoch || before.due.lane === 'routine') {
    return { lane: 'urgent', at: now + settings.leaseMs * (after.takeOvers > 1 ? 2 : 1) };
  }
  // It has left the lane by itself: nobody owns it, so the sweep starts an execution.
  return { lane: 'urgent', at: before.due.lane === 'admission' ? now : after.due.at };
}
