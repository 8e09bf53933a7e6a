import type { SeenTracker } from '../../functions/tracker/decide.ts';
import { LANDED_AT, NOW } from './clock.ts';
import {
  arnOf,
  DESCRIBED,
  type Emit,
  has,
  LISTED,
  type Scenario,
  spend,
  TAGGED,
  type Tracker,
  trackerBy,
  trackingIdOf,
  VISIBLE,
  type World,
} from './world.ts';

const isThere = ({ status }: Tracker): boolean => status !== 'GONE';

/** The smallest id that nothing speaks of any more, so that states differ in no id that was once used. */
function freeId(world: World): number {
  const spoken = new Set(world.trackers.map(({ id }) => arnOf(id)));
  if (world.record?.eventTrackerArn) spoken.add(world.record.eventTrackerArn);
  for (const { place } of world.runs) {
    if (place.at === 'answered' && place.result.kind === 'created') spoken.add(place.result.eventTrackerArn);
    if (place.at === 'deleting') spoken.add(place.eventTrackerArn);
    if (place.at === 'decided' && place.after.eventTrackerArn) spoken.add(place.after.eventTrackerArn);
    if ('asRead' in place && place.asRead.eventTrackerArn) spoken.add(place.asRead.eventTrackerArn);
  }
  for (const call of world.late) if (call.kind === 'delete') spoken.add(call.eventTrackerArn);
  const { driftCheck } = world;
  if (driftCheck?.at === 'stranger') spoken.add(arnOf(driftCheck.id));
  if (driftCheck?.at === 'found' && 'eventTrackerArn' in driftCheck.drift) spoken.add(driftCheck.drift.eventTrackerArn);
  if (world.record?.seenDrift) for (const word of world.record.seenDrift.split(' ')) spoken.add(word);
  let id = 1;
  while (spoken.has(arnOf(id))) id++;
  return id;
}

/** A create takes effect, if the group is free: Personalize keeps to one tracker a group. */
export function land(world: World, ours: boolean, visible = VISIBLE): { world: World; id: number } | undefined {
  if (world.trackers.some(isThere)) return undefined;
  const id = freeId(world);
  const made: Tracker = { id, ours, status: 'CREATE PENDING', visible, old: false, doomed: false };
  return { id, world: { ...world, trackers: [...world.trackers, made] } };
}

const changed = (world: World, tracker: Tracker, next: readonly Tracker[]): World => ({
  ...world,
  trackers: world.trackers.flatMap((other) => (other === tracker ? next : [other])),
});

/** A delete takes effect: only from ACTIVE or CREATE FAILED. */
export function landDelete(world: World, eventTrackerArn: string): World {
  const tracker = trackerBy(world, eventTrackerArn);
  if (tracker?.status !== 'ACTIVE' && tracker?.status !== 'CREATE FAILED') return world;
  const next = changed(world, tracker, [{ ...tracker, status: 'DELETE PENDING' }]);
  if (!tracker.ours && !tracker.doomed) return { ...next, broken: 'a tracker that is not ours is deleted' };
  const { record } = world;
  if (record?.status === 'ACTIVE' && record.eventTrackerArn === eventTrackerArn) {
    return { ...next, broken: 'the tracker that was told ACTIVE is deleted by us' };
  }
  return next;
}

function tagOf(world: World, { ours, visible, status }: Tracker): SeenTracker['tagged'] {
  if (!world.tagsReadable) return 'UNREADABLE';
  if (status === 'GONE') return 'NOT_VISIBLE';
  if (visible & TAGGED && ours) return 'OURS';
  // Tags that do not show yet read as none; without a description the gateway takes neither for an answer.
  return visible & DESCRIBED ? 'NOT_OURS' : 'NOT_VISIBLE';
}

const seen = (world: World, tracker: Tracker, described: boolean): SeenTracker => ({
  eventTrackerArn: arnOf(tracker.id),
  status: tracker.status === 'GONE' ? 'DELETE PENDING' : tracker.status,
  ...(described && { trackingId: trackingIdOf(tracker.id) }),
  name: '',
  creationDateTime: tracker.old ? LANDED_AT : NOW,
  tagged: tagOf(world, tracker),
});

/** What DescribeEventTracker says. */
export function describe(world: World, eventTrackerArn: string): SeenTracker | 'NOT_FOUND' {
  const tracker = trackerBy(world, eventTrackerArn);
  if (tracker === undefined || !isThere(tracker) || !(tracker.visible & DESCRIBED)) return 'NOT_FOUND';
  return { ...seen(world, tracker, true), tagged: 'UNREADABLE' };
}

/** What ListEventTrackers says, each described and its tags read. */
export const list = (world: World): SeenTracker[] =>
  world.trackers
    .filter(({ visible }) => visible & LISTED)
    .map((tracker) => seen(world, tracker, isThere(tracker) && (tracker.visible & DESCRIBED) !== 0));

/** What Personalize does by itself, and what others do there. */
export function personalizeSteps(world: World, scenario: Scenario, emit: Emit): void {
  for (const tracker of world.trackers) trackerSteps(world, tracker, scenario, emit);
  for (const call of world.late) {
    const rest = { ...world, late: world.late.filter((other) => other !== call) };
    if (call.kind === 'delete') {
      emit(
        () => `the late DeleteEventTracker of ${call.eventTrackerArn} takes effect`,
        landDelete(rest, call.eventTrackerArn),
      );
      continue;
    }
    emit(() => `the late CreateEventTracker ${call.attempt} takes effect, if it can`, land(rest, true)?.world ?? rest);
    if (has(world, 'lag')) {
      const landed = land({ ...rest, budget: spend(world.budget, 'lag') }, true, 0);
      if (landed)
        emit(() => `the late CreateEventTracker ${call.attempt} takes effect, not visible yet`, landed.world, true);
    }
    emit(() => `the late CreateEventTracker ${call.attempt} is lost`, rest);
  }
  if (world.record && has(world, 'createdOutOfBand')) {
    const from = { ...world, budget: spend(world.budget, 'createdOutOfBand') };
    const landed = land(from, false);
    if (landed) emit(() => 'somebody else creates a tracker on the group', landed.world, true);
    const hidden = has(from, 'lag') && land({ ...from, budget: spend(from.budget, 'lag') }, false, 0);
    if (hidden) emit(() => 'somebody else creates a tracker on the group, not visible yet', hidden.world, true);
  }
  if (has(world, 'unreadable') && world.tagsReadable) {
    const budget = spend(world.budget, 'unreadable');
    emit(() => 'the role may not read tags any more', { ...world, budget, tagsReadable: false }, true);
  }
  if (!world.tagsReadable) emit(() => 'the role may read tags again', { ...world, tagsReadable: true });
  if (has(world, 'denied') && world.mayLook) {
    const budget = spend(world.budget, 'denied');
    emit(() => 'the role may not look at trackers any more', { ...world, budget, mayLook: false }, true);
  }
  if (!world.mayLook) emit(() => 'the role may look at trackers again', { ...world, mayLook: true });
}

function trackerSteps(world: World, tracker: Tracker, scenario: Scenario, emit: Emit): void {
  const { id, status, visible } = tracker;
  const arn = arnOf(id);
  const become = (next: Partial<Tracker>, from = world) => changed(from, tracker, [{ ...tracker, ...next }]);
  switch (status) {
    case 'CREATE PENDING':
      if (scenario.inProgress) {
        emit(() => `${arn} becomes CREATE IN_PROGRESS`, become({ status: 'CREATE IN_PROGRESS' }));
        break;
      }
      createEnds();
      break;
    case 'CREATE IN_PROGRESS':
      createEnds();
      break;
    case 'DELETE PENDING':
      emit(() => `${arn} is gone`, changed(world, tracker, []));
      if (has(world, 'staleList')) {
        const from = { ...world, budget: spend(world.budget, 'staleList') };
        emit(() => `${arn} is gone, and still listed`, become({ status: 'GONE' }, from), true);
      }
      break;
    case 'GONE':
      emit(() => `the list forgets ${arn}`, changed(world, tracker, []));
      break;
    case 'ACTIVE':
    case 'CREATE FAILED':
      if (has(world, 'deletedOutOfBand')) {
        const from = { ...world, budget: spend(world.budget, 'deletedOutOfBand') };
        emit(() => `somebody else deletes ${arn}`, become({ status: 'DELETE PENDING' }, from), true);
      }
      break;
    default:
      break;
  }
  for (const [bit, name] of [
    [DESCRIBED, 'can be described'],
    [LISTED, 'is listed'],
    [TAGGED, 'shows its tags'],
  ] as const) {
    if (!(visible & bit)) emit(() => `${arn} ${name}`, become({ visible: visible | bit }));
  }
  if (scenario.ageing && !tracker.old && visible === VISIBLE) {
    emit(() => `${arn} is older than T_land`, become({ old: true }));
  }

  function createEnds() {
    emit(() => `${arn} becomes ACTIVE`, become({ status: 'ACTIVE' }));
    if (has(world, 'createFailed')) {
      const from = { ...world, budget: spend(world.budget, 'createFailed') };
      emit(() => `${arn} becomes CREATE FAILED`, become({ status: 'CREATE FAILED' }, from), true);
    }
  }
}
