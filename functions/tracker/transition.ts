import type { EventTrackerRecord } from './record.ts';
import type { LifecycleSettings } from './settings.ts';

/** Why a transition does not apply to the record as it is; the caller reads and decides again. */
export type TransitionRejection =
  | 'NOT_OWNER'
  | 'NOT_CURRENT'
  | 'IDLE'
  | 'NOT_DUE'
  | 'NOT_CREATING'
  | 'NOT_UPDATING'
  | 'NOT_ACTIVE'
  | 'CALL_PENDING'
  | 'ALREADY_CREATED'
  | 'BACKING_OFF'
  | 'ANOTHER_CALL'
  | 'CALL_STAYS'
  | 'NOTHING_PENDING'
  | 'ALREADY_RECORDED'
  | 'ALREADY_PUBLISHED'
  | 'NOT_CLAIMABLE'
  | 'STILL_ANOTHERS'
  | 'NOT_PRESENT'
  | 'NOT_RELEASABLE'
  | 'NOT_FAILED'
  | 'NO_ROOM'
  | 'TOO_MANY_CALLBACKS'
  | 'NOT_IDLE'
  | 'NO_ORPHAN'
  | 'NOTHING_TO_LOSE'
  | 'NOT_PURGEABLE'
  | 'ALREADY_ADMITTED'
  | 'HAS_PLACE'
  | 'NOT_WAITING';

export interface RejectedTransition {
  readonly rejected: TransitionRejection;
}
export type TransitionResult = EventTrackerRecord | RejectedTransition;

/** The owner's claim to write: its epoch, and the generation that it decided on. */
export interface Owner {
  readonly now: number;
  readonly epoch: number;
  readonly generation: number;
}

/** One row of docs/protocol.md, "Transitions": a pure function of the record that was read. The store adds the condition on `rev`. */
export type Transition<Arguments extends { now: number }> = (
  record: EventTrackerRecord,
  args: Arguments,
  settings: LifecycleSettings,
) => TransitionResult;

export const reject = (rejected: TransitionRejection): RejectedTransition => ({ rejected });
export const isRejected = (applied: TransitionResult): applied is RejectedTransition => 'rejected' in applied;
