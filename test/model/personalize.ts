import type { ObservedTracker, TrackerStatus } from '../../functions/tracker/observation.ts';
import { ownershipTags } from '../../functions/tracker/ownership.ts';
import { isIdle, type Tag } from '../../functions/tracker/record.ts';
import { LANDED_AT, NOW } from './clock.ts';
import {
  arnOf,
  DESCRIBED,
  type Emit,
  has,
  LISTED,
  type Model,
  type Scenario,
  spend,
  TAGGED,
  THEIRS,
  type Tracker,
  trackerBy,
  trackingIdOf,
  VISIBLE,
  type World,
} from './world.ts';

/** This deployment, and its trackers' tags; those of another deployment's tracker name the same tracker id. */
const US = { trackerId: 'et', deployment: 'ours' };
const OUR_TAGS = ownershipTags(US);
const TAGS_OF_ANOTHER = ownershipTags({ ...US, deployment: 'another' });
const NO_TAGS: readonly Tag[] = [];

const NEVER = 'never readable again' as const;

export const isThere = ({ status }: Tracker): boolean => status !== 'GONE';
/** DescribeEventTracker finds it: it is there, or was until just now. */
const isDescribed = (tracker: Tracker): boolean =>
  tracker.ghost === true || (isThere(tracker) && (tracker.visible & DESCRIBED) !== 0);

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
  const { driftCheck, record, onlooker } = world;
  if (driftCheck && 'id' in driftCheck) spoken.add(arnOf(driftCheck.id));
  for (const seen of record?.reportedDrift ?? []) for (const word of seen.split(' ')) spoken.add(word);
  if (record?.missing) spoken.add(record.missing.eventTrackerArn);
  if (onlooker.kept) spoken.add(onlooker.kept);
  let id = 1;
  while (spoken.has(arnOf(id))) id++;
  return id;
}

/** A create takes effect, if the group is ready and free: Personalize keeps to one tracker a group. */
export function land(
  world: World,
  /** An object: we do, with this name. */
  by: { readonly name: string } | 'others' | 'another deployment',
  visible = VISIBLE,
): { world: World; id: number } | undefined {
  if (world.datasetGroup !== 'READY' || world.trackers.some(isThere)) return undefined;
  const id = freeId(world);
  const made: Tracker = {
    id,
    ours: typeof by === 'object',
    name: typeof by === 'object' ? by.name : THEIRS,
    ...(by === 'another deployment' && { anothers: true as const }),
    status: 'CREATE PENDING',
    visible,
    old: false,
    doomed: false,
  };
  return { id, world: { ...world, trackers: [...world.trackers, made], onlooker: forgetting(world) } };
}

/** Another one can be made only where the one that was reported ACTIVE is gone: by then nothing can delete it. */
const forgetting = ({ onlooker }: World): World['onlooker'] =>
  onlooker.kept === undefined ? onlooker : { ...onlooker, kept: undefined };

const changed = (world: World, tracker: Tracker, next: readonly Tracker[]): World => ({
  ...world,
  trackers: world.trackers.flatMap((other) => (other === tracker ? next : [other])),
});

/** A delete takes effect: only from ACTIVE or CREATE FAILED. */
export function landDelete(world: World, eventTrackerArn: string): World {
  const tracker = trackerBy(world, eventTrackerArn);
  if (tracker?.status !== 'ACTIVE' && tracker?.status !== 'CREATE FAILED') return world;
  const next = changed(world, tracker, [{ ...tracker, status: 'DELETE PENDING' }]);
  if (!tracker.ours && !tracker.doomed) {
    const whose = tracker.anothers ? "another deployment's tracker" : 'a tracker that is not ours';
    return { ...next, broken: `${whose} is deleted` };
  }
  const { record, onlooker } = world;
  if (onlooker.kept === eventTrackerArn) {
    return { ...next, broken: 'a tracker is deleted that was reported ACTIVE, and nobody requested that' };
  }
  if (record?.status === 'ACTIVE' && record.eventTrackerArn === eventTrackerArn) {
    return { ...next, broken: 'the tracker that was reported ACTIVE is deleted by us' };
  }
  return next;
}

/** All tags that ListTagsForResource returns. */
export function tagsOf({ ours, anothers, visible }: Tracker): readonly Tag[] {
  if (!(visible & TAGGED)) return NO_TAGS;
  if (ours) return OUR_TAGS;
  return anothers ? TAGS_OF_ANOTHER : NO_TAGS;
}

/** As the gateways ask of the tags that they read. */
export const areOurs = (model: Model, tags: readonly Tag[]): boolean =>
  model.ownershipOf(tags, US).createdBy === 'THIS_DEPLOYMENT';

function tagOf(model: Model, world: World, tracker: Tracker): ObservedTracker['tagged'] {
  const { visible, status, ghost } = tracker;
  if (!world.tagsReadable) return 'UNREADABLE';
  if (status === 'GONE' && !ghost) return 'NOT_VISIBLE';
  if (areOurs(model, tagsOf(tracker))) return 'OURS';
  // Tags that do not show yet read as none; without a description the gateway takes neither for an answer.
  return visible & DESCRIBED ? 'NOT_OURS' : 'NOT_VISIBLE';
}

const shownStatus = ({ status, ghost }: Tracker): TrackerStatus => {
  if (status !== 'GONE') return status;
  return ghost ? 'ACTIVE' : 'DELETE PENDING';
};

const seen = (tracker: Tracker, described: boolean, tagged: ObservedTracker['tagged']): ObservedTracker => ({
  eventTrackerArn: arnOf(tracker.id),
  status: shownStatus(tracker),
  ...(described && { trackingId: trackingIdOf(tracker.id) }),
  name: tracker.name,
  creationDateTime: tracker.old ? LANDED_AT : NOW,
  tagged,
  ...((tagged === 'OURS' || tagged === 'NOT_OURS') && { tags: tagsOf(tracker) }),
});

/** What DescribeEventTracker returns. */
export function describe(world: World, eventTrackerArn: string): ObservedTracker | 'NOT_FOUND' {
  const tracker = trackerBy(world, eventTrackerArn);
  if (tracker === undefined || !isDescribed(tracker)) return 'NOT_FOUND';
  return seen(tracker, true, 'UNREADABLE');
}

/** What ListEventTrackers returns, each described and its tags read. */
export const list = (model: Model, world: World): ObservedTracker[] =>
  world.trackers
    .filter(({ visible }) => visible & LISTED)
    .map((tracker) => seen(tracker, isDescribed(tracker), tagOf(model, world, tracker)));

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
    emit(() => `the late CreateEventTracker ${call.attempt} takes effect, if it can`, land(rest, call)?.world ?? rest);
    if (has(world, 'lag')) {
      const landed = land({ ...rest, budget: spend(world.budget, 'lag') }, call, 0);
      if (landed)
        emit(() => `the late CreateEventTracker ${call.attempt} takes effect, not visible yet`, landed.world, true);
    }
    emit(() => `the late CreateEventTracker ${call.attempt} is lost`, rest);
  }
  if (world.record && has(world, 'createdOutOfBand')) {
    const from = { ...world, budget: spend(world.budget, 'createdOutOfBand') };
    const landed = land(from, 'others');
    if (landed) emit(() => 'somebody else creates a tracker on the group', landed.world, true);
    const hidden = has(from, 'lag') && land({ ...from, budget: spend(from.budget, 'lag') }, 'others', 0);
    if (hidden) emit(() => 'somebody else creates a tracker on the group, not visible yet', hidden.world, true);
  }
  anotherDeploymentCreates(world, scenario, emit);
  if (has(world, 'tagsUnreadable') && world.tagsReadable) {
    const budget = spend(world.budget, 'tagsUnreadable');
    emit(() => 'the role may not read tags any more', { ...world, budget, tagsReadable: false }, true);
  }
  if (!world.tagsReadable) emit(() => 'the role may read tags again', { ...world, tagsReadable: true });
  if (has(world, 'denied') && world.mayObserve) {
    const budget = spend(world.budget, 'denied');
    emit(() => 'the role may not read trackers any more', { ...world, budget, mayObserve: false }, true);
  }
  if (!world.mayObserve) emit(() => 'the role may read trackers again', { ...world, mayObserve: true });
  if (has(world, 'unreadable') && world.responses === 'readable') {
    const budget = spend(world.budget, 'unreadable');
    emit(() => 'responses become unreadable', { ...world, budget, responses: 'unreadable' }, true);
  }
  if (world.responses === 'unreadable') emit(() => 'responses are readable again', { ...world, responses: 'readable' });
  if (has(world, 'unreadableForever') && world.responses === 'readable') {
    const budget = spend(world.budget, 'unreadableForever');
    emit(() => 'responses become unreadable, for ever', { ...world, budget, responses: NEVER }, true);
  }
}

/** At any time: it knows nothing of our record. */
function anotherDeploymentCreates(world: World, scenario: Scenario, emit: Emit): void {
  if (!world.record || !has(world, 'anotherDeployment')) return;
  if (scenario.anotherOnlyWhileIdle && !isIdle(world.record)) return;
  const from = { ...world, budget: spend(world.budget, 'anotherDeployment') };
  const landed = land(from, 'another deployment');
  if (landed) emit(() => 'another deployment creates its tracker on the group', landed.world, true);
  if (!has(from, 'lag')) return;
  const hidden = land({ ...from, budget: spend(from.budget, 'lag') }, 'another deployment', 0);
  if (hidden) emit(() => 'another deployment creates its tracker on the group, not visible yet', hidden.world, true);
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
      if (has(world, 'staleDescribe') && (tracker.ours || scenario.foreign || scenario.anothers)) {
        const from = { ...world, budget: spend(world.budget, 'staleDescribe') };
        emit(() => `${arn} is gone, and still described`, become({ status: 'GONE', ghost: true }, from), true);
      }
      break;
    case 'GONE':
      emit(() => `${arn} is shown no more`, changed(world, tracker, []));
      break;
    case 'ACTIVE':
    case 'CREATE FAILED':
      if (tracker.anothers && has(world, 'anotherDeployment')) {
        const from = { ...world, budget: spend(world.budget, 'anotherDeployment') };
        emit(() => `another deployment deletes its ${arn}`, become({ status: 'DELETE PENDING' }, from), true);
      }
      if (has(world, 'deletedOutOfBand')) {
        const from = { ...world, budget: spend(world.budget, 'deletedOutOfBand') };
        emit(() => `somebody else deletes ${arn}`, become({ status: 'DELETE PENDING' }, from), true);
      }
      if (has(world, 'untagged') && tracker.ours && visible & TAGGED) {
        const from = { ...world, budget: spend(world.budget, 'untagged') };
        emit(() => `somebody takes our tag off ${arn}`, become({ visible: visible & ~TAGGED }, from), true);
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
    emit(() => `${arn} is older than createInFlight`, become({ old: true }));
  }

  function createEnds() {
    emit(() => `${arn} becomes ACTIVE`, become({ status: 'ACTIVE' }));
    if (has(world, 'createFailed')) {
      const from = { ...world, budget: spend(world.budget, 'createFailed') };
      emit(() => `${arn} becomes CREATE FAILED`, become({ status: 'CREATE FAILED' }, from), true);
    }
  }
}
