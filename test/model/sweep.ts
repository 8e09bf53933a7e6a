import { type EventTrackerRecord, isIdle, isSettled } from '../../functions/tracker/record.ts';
import { isRejected } from '../../functions/tracker/transition.ts';
import {
  afterBackOff,
  afterCreateInFlight,
  afterDeadline,
  afterGroupWait,
  afterLoss,
  afterTagCall,
  afterUnreadable,
  isBackingOff,
  isLost,
  isPast,
  isPending,
  isTagCallRecent,
  NOW,
} from './clock.ts';
import {
  type Emit,
  has,
  livingOwner,
  type Model,
  mayStillCreate,
  mayStillTag,
  type Scenario,
  spend,
  VISIBLE,
  type World,
} from './world.ts';
import { write } from './write.ts';

/** Lets time pass, in the steps that a decision can distinguish. */
export function timeSteps(model: Model, world: World, emit: Emit): void {
  const { record } = world;
  if (record === undefined) return;
  const passed = (after: EventTrackerRecord): World => ({ ...world, record: after });
  const allIsVisible = world.trackers.every(
    ({ ours, status, visible }) => !ours || status === 'GONE' || visible === VISIBLE,
  );
  // createInFlight is long enough that a call has no effect after it.
  const covered = !model.createInFlightCovers || (!mayStillCreate(world) && allIsVisible);
  const waits = !model.createInOneTask && !world.late.some(({ kind }) => kind === 'create') && allIsVisible;
  if (isPending(record) && (covered || waits)) emit(() => 'createInFlight passes', passed(afterCreateInFlight(record)));
  if (isTagCallRecent(record) && (!mayStillTag(world) || !model.createInFlightCovers)) {
    emit(() => 'createInFlight passes after the tags were changed', passed(afterTagCall(record)));
  }
  // No response is older than createInFlight, so a deleted tracker is no longer described after it.
  const isOver = !world.trackers.some(({ ghost }) => ghost);
  if (isLost(record) && isOver)
    emit(() => 'createInFlight passes after the tracker was recorded as missing', passed(afterLoss(record)));
  if (isBackingOff(record)) emit(() => 'the backoff passes', passed(afterBackOff(record)));
  const isUnreadable = record.unreadableSince !== undefined && !isPast(record.unreadableSince);
  if (isUnreadable && record.desired === 'PRESENT' && record.observedGeneration < record.generation) {
    emit(() => 'the deadline of unreadable responses passes', passed(afterUnreadable(record)));
  }
  if (record.preflightWait && !isPast(record.preflightWait.since) && !isSettled(record)) {
    emit(() => 'the deadline of the dataset group passes', passed(afterGroupWait(record)));
  }
  if (has(world, 'deadline') && !isIdle(record) && !isPast(record.lastUpdatedDateTime)) {
    const budget = spend(world.budget, 'deadline');
    emit(() => 'the deadline passes', { ...passed(afterDeadline(record)), budget }, true);
  }
}

/** The sweeper, and StartExecution by the writer that incremented the epoch. */
export function sweepSteps(model: Model, world: World, scenario: Scenario, emit: Emit): void {
  const { record } = world;
  if (record === undefined) return;
  if (world.start === 'pending') {
    const started = { epoch: record.epoch, leftBehind: false, place: { at: 'Observe' } as const };
    emit(() => `execution ${record.epoch} starts`, { ...world, start: 'made', runs: [...world.runs, started] });
    if (has(world, 'startLost')) {
      const budget = spend(world.budget, 'startLost');
      emit(() => `execution ${record.epoch} is not started`, { ...world, start: 'lost', budget }, true);
    }
  }
  const owner = livingOwner(world);
  const isWaiting = owner?.place.at === 'Observe' && owner.place.waitMs !== undefined;
  const leaseEndsFirst = isWaiting && record.due.at <= NOW + (owner.place.waitMs ?? 0);
  // After a hand-over the record is due immediately, even before the old execution ends.
  const isAbandoned = owner === undefined || owner.place.at === 'handedOver';
  const isNeeded = (isAbandoned && world.start !== 'pending') || (scenario.leases && leaseEndsFirst);
  if (!isNeeded && !has(world, 'blind')) return;
  const mine = model.apply('takeOver', record, { now: NOW, dueBy: Number.MAX_SAFE_INTEGER }, model.settings);
  if (isRejected(mine)) return;
  if (isNeeded) {
    const next = write(model, world, mine);
    const broken = isAbandoned ? next.broken : 'the sweeper takes over from an owner within its announced wait';
    emit(() => `the sweeper takes over: epoch ${mine.epoch}`, { ...next, broken });
  } else {
    const next = write(model, { ...world, budget: spend(world.budget, 'blind') }, mine);
    emit(() => `the sweeper takes over from a live owner: epoch ${mine.epoch}`, next, true);
  }
}
