import { type EventTrackerRecord, isQuiet } from '../../functions/tracker/record.ts';
import type { Drift } from '../../functions/tracker/routine.ts';
import { isRefused } from '../../functions/tracker/verb.ts';
import { afterBackOff, afterDeadline, afterLanding, isBackingOff, isPast, isPending, NOW } from './clock.ts';
import { describe } from './personalize.ts';
import { tagsWereUnreadable } from './rules.ts';
import {
  arnOf,
  type Emit,
  has,
  livingOwner,
  type Model,
  mayStillLand,
  type Scenario,
  spend,
  TAGGED,
  trackerBy,
  VISIBLE,
  type World,
} from './world.ts';
import { write } from './write.ts';

/** Time passes, as far as a decision can tell. */
export function timeSteps(model: Model, world: World, emit: Emit): void {
  const { record } = world;
  if (record === undefined) return;
  const passed = (after: EventTrackerRecord): World => ({ ...world, record: after });
  const allIsVisible = world.trackers.every(
    ({ ours, status, visible }) => !ours || status === 'GONE' || visible === VISIBLE,
  );
  // T_land is chosen so that nothing of a call comes later than that.
  const covered = !model.landingCovers || (!mayStillLand(world) && allIsVisible);
  const waits = !model.createInOneTask && !world.late.some(({ kind }) => kind === 'create') && allIsVisible;
  if (isPending(record) && (covered || waits)) emit(() => 'T_land passes', passed(afterLanding(record)));
  if (isBackingOff(record)) emit(() => 'the back-off passes', passed(afterBackOff(record)));
  if (has(world, 'deadline') && !isQuiet(record) && !isPast(record.lastUpdatedDateTime)) {
    const budget = spend(world.budget, 'deadline');
    emit(() => 'the deadline passes', { ...passed(afterDeadline(record)), budget }, true);
  }
}

/** The sweep, and StartExecution for whoever raised the epoch. */
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
  const isNeeded = (owner === undefined && world.start !== 'pending') || (scenario.leases && leaseEndsFirst);
  if (!isNeeded && !has(world, 'blind')) return;
  const mine = model.apply('takeOver', record, { now: NOW, dueBy: Number.MAX_SAFE_INTEGER }, model.settings);
  if (isRefused(mine)) return;
  if (isNeeded) {
    const next = write(model, world, mine);
    const broken = owner ? 'an owner that waits as it said is taken over' : next.broken;
    emit(() => `the sweep takes over: epoch ${mine.epoch}`, { ...next, broken });
  } else {
    const next = write(model, { ...world, budget: spend(world.budget, 'blind') }, mine);
    emit(() => `the sweep takes over from a living owner: epoch ${mine.epoch}`, next, true);
  }
}

/** The drift check, and the end of the retention: both of quiet records only. */
export function routineSteps(model: Model, world: World, scenario: Scenario, emit: Emit): void {
  const { record } = world;
  if (record === undefined) return;
  if (!isQuiet(record)) {
    if (world.driftCheck) emit(() => 'the drift check finds the record busy', { ...world, driftCheck: undefined });
    return;
  }
  if (scenario.purge && !mayStillLand(world)) {
    const later = NOW + model.settings.retentionMs;
    const purged = model.apply('purge', record, { now: later }, model.settings);
    if (!isRefused(purged)) emit(() => 'the retention is over: purged', write(model, world, purged));
  }
  if (!scenario.drift) return;
  // As functions/sweep/drift.ts: read before the look, as everywhere; a look that is older would call a new tracker lost.
  const { driftCheck } = world;
  if (driftCheck?.at === 'read') {
    const drift = driftOfRecorded(world, record);
    if (drift === undefined) emit(() => 'the drift check finds all as recorded', { ...world, driftCheck: undefined });
    else emit(() => `the drift check finds: ${drift.kind}`, { ...world, driftCheck: { at: 'found', drift } });
  } else if (driftCheck?.at === 'stranger') {
    const drift = record.eventTrackerArn === undefined ? driftOfStranger(world, record, driftCheck) : undefined;
    if (drift === undefined) emit(() => 'the drift check lets the tracker be', { ...world, driftCheck: undefined });
    else {
      const isFalse = drift.kind === 'CREATED_OUT_OF_BAND' && driftCheck.ours && !tagsWereUnreadable(world);
      const broken = isFalse ? 'the drift check takes a tracker of ours for one made by others' : undefined;
      const next = { ...world, driftCheck: { at: 'found', drift } as const, ...(broken && { broken }) };
      emit(() => `the drift check reads the record and finds: ${drift.kind}`, next);
    }
  } else if (driftCheck?.at === 'found') {
    const { drift } = driftCheck;
    const recorded = model.apply('recordDrift', record, { now: NOW, drift }, model.settings);
    const next = isRefused(recorded)
      ? { ...world, driftCheck: undefined }
      : scenario.recreateLost && drift.kind === 'lost'
        ? madeAgain(model, world, record, recorded)
        : write(model, world, recorded);
    emit(() => `the drift check records: ${drift.kind}`, next);
  } else {
    const isRecorded = record.eventTrackerArn !== undefined;
    if (isRecorded) emit(() => 'the drift check reads the record', { ...world, driftCheck: { at: 'read' } });
    for (const { id, ours } of world.trackers) {
      if (arnOf(id) === record.eventTrackerArn || describe(world, arnOf(id)) === 'NOT_FOUND') continue;
      emit(() => `the drift check sees ${arnOf(id)}, which no record has`, {
        ...world,
        driftCheck: { at: 'stranger', id, ours },
      });
    }
  }
}

/** What was lost is wished for again in the write that tells of it: nobody asked, so the onlooker hears the same name. */
function madeAgain(model: Model, world: World, record: EventTrackerRecord, lost: EventTrackerRecord): World {
  const { trackerId, datasetGroupArn, name, tags, tenantId, correlationId } = record;
  const key = { key: 'd', body: '' };
  const wish = { trackerId, datasetGroupArn, name, tags, tenantId, adoptExisting: false, correlationId, key };
  const again = model.apply('claimAgain', lost, { now: NOW, wish }, model.settings);
  if (isRefused(again)) return { ...world, broken: `what was lost can not be asked for again: ${again.refused}` };
  const next = write(model, world, again);
  const requestOf = [...next.onlooker.requestOf, next.onlooker.requestOf.at(-1) ?? 0];
  return { ...next, onlooker: { ...next.onlooker, requestOf } };
}

/** A record at rest: describe decides whether its tracker is there, as it is recorded. */
function driftOfRecorded(world: World, { eventTrackerArn, status }: EventTrackerRecord): Drift | undefined {
  if (eventTrackerArn === undefined) return undefined;
  const described = describe(world, eventTrackerArn);
  if (described === 'NOT_FOUND') return { kind: 'lost' };
  return described.status === status
    ? undefined
    : { kind: 'STATUS_CHANGED', eventTrackerArn, status: described.status };
}

/** A tracker that no record has: ours by its tag, or made by others; nothing, where it is gone by now and has no tags at all. */
function driftOfStranger(world: World, record: EventTrackerRecord, { id }: { id: number }): Drift | undefined {
  const eventTrackerArn = arnOf(id);
  const tracker = trackerBy(world, eventTrackerArn);
  if (tracker === undefined || tracker.status === 'GONE') return undefined;
  if (tracker.ours && tracker.visible & TAGGED && world.tagsReadable) return { kind: 'orphan' };
  if (record.status === 'RELEASED' || record.failure?.code === 'CONFLICT') return undefined;
  return { kind: 'CREATED_OUT_OF_BAND', eventTrackerArn };
}
