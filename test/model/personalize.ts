import type { ObservedTracker, TrackerStatus } from '../../functions/tracker/observation.ts';
import { ownershipTags } from '../../functions/tracker/ownership.ts';
import { isIdle, type Tag } from '../../functions/tracker/record.ts';
import { CREATE_IN_FLIGHT_AGO, NOW } from './clock.ts';
import { tagsFrom, without, withTags } from './tags.ts';
import {
  arnOf,
  DESCRIBED,
  type Emit,
  FOREIGN_NAME,
  has,
  LISTED,
  type Model,
  type Scenario,
  spend,
  TAGGED,
  type Tracker,
  trackerBy,
  trackingIdOf,
  VISIBLE,
  type World,
} from './world.ts';

/** The ownership tags of this deployment. Those of the other deployment contain the same tracker id. */
const US = { trackerId: 'et', deployment: 'ours' };
const OUR_TAGS = ownershipTags(US);
const TAGS_OF_ANOTHER = ownershipTags({ ...US, deployment: 'another' });
const NO_TAGS: readonly Tag[] = [];

const NEVER = 'never readable again' as const;

export const isThere = ({ status }: Tracker): boolean => status !== 'GONE';
/** Whether DescribeEventTracker finds the tracker. A deleted one may still be found for a while. */
const isDescribed = (tracker: Tracker): boolean =>
  tracker.ghost === true || (isThere(tracker) && (tracker.visible & DESCRIBED) !== 0);

/** The smallest id that the state does not refer to. Reusing ids keeps states from differing only in ids. */
function freeId(world: World): number {
  const used = new Set(world.trackers.map(({ id }) => arnOf(id)));
  if (world.record?.eventTrackerArn) used.add(world.record.eventTrackerArn);
  for (const { place } of world.runs) {
    if (place.at === 'answered' && place.result.kind === 'created') used.add(place.result.eventTrackerArn);
    if (place.at === 'deleting') used.add(place.eventTrackerArn);
    if (place.at === 'decided' && place.after.eventTrackerArn) used.add(place.after.eventTrackerArn);
    if ('asRead' in place && place.asRead.eventTrackerArn) used.add(place.asRead.eventTrackerArn);
  }
  for (const call of world.late) if (call.kind !== 'create') used.add(call.eventTrackerArn);
  for (const { place } of world.runs) if (place.at === 'tagging') used.add(place.eventTrackerArn);
  if (world.record?.tagCall) used.add(world.record.tagCall.eventTrackerArn);
  const { driftCheck, record, onlooker } = world;
  if (driftCheck && 'id' in driftCheck) used.add(arnOf(driftCheck.id));
  for (const seen of record?.reportedDrift ?? []) for (const word of seen.split(' ')) used.add(word);
  if (record?.missing) used.add(record.missing.eventTrackerArn);
  if (onlooker.kept) used.add(onlooker.kept);
  let id = 1;
  while (used.has(arnOf(id))) id++;
  return id;
}

/** Lets a create take effect if the dataset group is ready and empty: Personalize accepts one tracker per dataset group. */
export function applyCreate(
  world: World,
  /** Who creates it. An object stands for this deployment, with the tracker's name and the callers' tags. */
  by: { readonly name: string; readonly tags: string } | 'others' | 'another deployment',
  visible = VISIBLE,
): { world: World; id: number } | undefined {
  if (world.datasetGroup !== 'READY' || world.trackers.some(isThere)) return undefined;
  const id = freeId(world);
  const made: Tracker = {
    id,
    ours: typeof by === 'object',
    name: typeof by === 'object' ? by.name : FOREIGN_NAME,
    ...(typeof by === 'object' && by.tags !== '' && { tags: by.tags }),
    ...(by === 'another deployment' && { anothers: true as const }),
    status: 'CREATE PENDING',
    visible,
    old: false,
    doomed: false,
  };
  return { id, world: { ...world, trackers: [...world.trackers, made], onlooker: forgetting(world) } };
}

/** A new tracker can exist only after the one that was reported ACTIVE is gone. Nothing can delete that one any more. */
const forgetting = ({ onlooker }: World): World['onlooker'] =>
  onlooker.kept === undefined ? onlooker : { ...onlooker, kept: undefined };

const changed = (world: World, tracker: Tracker, next: readonly Tracker[]): World => ({
  ...world,
  trackers: world.trackers.flatMap((other) => (other === tracker ? next : [other])),
});

/** Lets a delete take effect, which is possible only from ACTIVE or CREATE FAILED. */
export function applyDelete(world: World, eventTrackerArn: string): World {
  const tracker = trackerBy(world, eventTrackerArn);
  if (tracker?.status !== 'ACTIVE' && tracker?.status !== 'CREATE FAILED') return world;
  const next = changed(world, tracker, [{ ...tracker, status: 'DELETE PENDING' }]);
  if (!tracker.ours && !tracker.doomed) {
    const whose = tracker.anothers ? "another deployment's tracker" : 'a tracker that is not ours';
    return { ...next, broken: `${whose} is deleted` };
  }
  const { record, onlooker } = world;
  if (onlooker.kept === eventTrackerArn) {
    return { ...next, broken: 'a tracker that was reported ACTIVE is deleted without a request' };
  }
  if (record?.status === 'ACTIVE' && record.eventTrackerArn === eventTrackerArn) {
    return { ...next, broken: 'the tracker that was reported ACTIVE is deleted by us' };
  }
  return next;
}

/** Lets UntagResource or TagResource take effect. */
export function applyTags(
  world: World,
  eventTrackerArn: string,
  { untag, tag }: { readonly untag: readonly string[]; readonly tag: string },
): World {
  const tracker = trackerBy(world, eventTrackerArn);
  if (tracker === undefined || !isThere(tracker)) return world;
  return changed(world, tracker, [retagged(tracker, withTags(without(tracker.tags ?? '', untag), tag))]);
}

const retagged = (tracker: Tracker, tags: string): Tracker =>
  tags === (tracker.tags ?? '') ? tracker : { ...tracker, tags, tagsBefore: tracker.tags ?? '' };

/** The tags to which someone changes those of a tracker in Personalize itself. */
const RETAGGED = 'x=1';

/** The tags of this service, or of another deployment, that ListTagsForResource returns. */
export function tagsOf({ ours, anothers, visible }: Tracker): readonly Tag[] {
  if (!(visible & TAGGED)) return NO_TAGS;
  if (ours) return OUR_TAGS;
  return anothers ? TAGS_OF_ANOTHER : NO_TAGS;
}

/** The same ownership check that the gateways apply to tags. */
export const areOurs = (model: Model, tags: readonly Tag[]): boolean =>
  model.ownershipOf(tags, US).createdBy === 'THIS_DEPLOYMENT';

function tagOf(model: Model, world: World, tracker: Tracker): ObservedTracker['tagged'] {
  const { visible, status, ghost } = tracker;
  if (!world.tagsReadable) return 'UNREADABLE';
  if (status === 'GONE' && !ghost) return 'NOT_VISIBLE';
  if (areOurs(model, tagsOf(tracker))) return 'OURS';
  // Tags that are not visible yet look like no tags. Without a description the gateway trusts neither.
  return visible & DESCRIBED ? 'NOT_OURS' : 'NOT_VISIBLE';
}

const shownStatus = ({ status, ghost }: Tracker): TrackerStatus => {
  if (status !== 'GONE') return status;
  return ghost ? 'ACTIVE' : 'DELETE PENDING';
};

const allTagsOf = (tracker: Tracker): readonly Tag[] =>
  tracker.tags ? [...tagsOf(tracker), ...tagsFrom(tracker.tags)] : tagsOf(tracker);

const seen = (tracker: Tracker, described: boolean, tagged: ObservedTracker['tagged']): ObservedTracker => ({
  eventTrackerArn: arnOf(tracker.id),
  status: shownStatus(tracker),
  ...(described && { trackingId: trackingIdOf(tracker.id) }),
  name: tracker.name,
  creationDateTime: tracker.old ? CREATE_IN_FLIGHT_AGO : NOW,
  tagged,
  ...((tagged === 'OURS' || tagged === 'NOT_OURS') && { tags: allTagsOf(tracker) }),
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

/** The steps of Personalize itself, and of others who use it. */
export function personalizeSteps(world: World, scenario: Scenario, emit: Emit): void {
  for (const tracker of world.trackers) trackerSteps(world, tracker, scenario, emit);
  for (const call of world.late) {
    const rest = { ...world, late: world.late.filter((other) => other !== call) };
    if (call.kind === 'delete') {
      emit(
        () => `the late DeleteEventTracker of ${call.eventTrackerArn} takes effect`,
        applyDelete(rest, call.eventTrackerArn),
      );
      continue;
    }
    if (call.kind === 'tags') {
      emit(
        () => `the late change of the tags of ${call.eventTrackerArn} takes effect`,
        applyTags(rest, call.eventTrackerArn, call),
      );
      continue;
    }
    emit(
      () => `the late CreateEventTracker ${call.attempt} takes effect, if it can`,
      applyCreate(rest, call)?.world ?? rest,
    );
    if (has(world, 'lag')) {
      const created = applyCreate({ ...rest, budget: spend(world.budget, 'lag') }, call, 0);
      if (created)
        emit(() => `the late CreateEventTracker ${call.attempt} takes effect, not visible yet`, created.world, true);
    }
    emit(() => `the late CreateEventTracker ${call.attempt} is lost`, rest);
  }
  if (world.record && has(world, 'createdOutOfBand')) {
    const from = { ...world, budget: spend(world.budget, 'createdOutOfBand') };
    const created = applyCreate(from, 'others');
    if (created) emit(() => 'someone creates a tracker out of band', created.world, true);
    const hidden = has(from, 'lag') && applyCreate({ ...from, budget: spend(from.budget, 'lag') }, 'others', 0);
    if (hidden) emit(() => 'someone creates a tracker out of band, not visible yet', hidden.world, true);
  }
  anotherDeploymentCreates(world, scenario, emit);
  if (has(world, 'tagsUnreadable') && world.tagsReadable) {
    const budget = spend(world.budget, 'tagsUnreadable');
    emit(() => 'the role can no longer read tags', { ...world, budget, tagsReadable: false }, true);
  }
  if (!world.tagsReadable) emit(() => 'the role can read tags again', { ...world, tagsReadable: true });
  if (has(world, 'denied') && world.mayObserve) {
    const budget = spend(world.budget, 'denied');
    emit(() => 'the role can no longer read trackers', { ...world, budget, mayObserve: false }, true);
  }
  if (!world.mayObserve) emit(() => 'the role can read trackers again', { ...world, mayObserve: true });
  if (has(world, 'unreadable') && world.responses === 'readable') {
    const budget = spend(world.budget, 'unreadable');
    emit(() => 'responses become unreadable', { ...world, budget, responses: 'unreadable' }, true);
  }
  if (world.responses === 'unreadable') emit(() => 'responses are readable again', { ...world, responses: 'readable' });
  if (has(world, 'unreadableForever') && world.responses === 'readable') {
    const budget = spend(world.budget, 'unreadableForever');
    emit(() => 'responses become unreadable forever', { ...world, budget, responses: NEVER }, true);
  }
}

/** Possible at any time: the other deployment does not know our record. */
function anotherDeploymentCreates(world: World, scenario: Scenario, emit: Emit): void {
  if (!world.record || !has(world, 'anotherDeployment')) return;
  if (scenario.anotherOnlyWhileIdle && !isIdle(world.record)) return;
  const from = { ...world, budget: spend(world.budget, 'anotherDeployment') };
  const created = applyCreate(from, 'another deployment');
  if (created) emit(() => 'another deployment creates its tracker in the dataset group', created.world, true);
  if (!has(from, 'lag')) return;
  const hidden = applyCreate({ ...from, budget: spend(from.budget, 'lag') }, 'another deployment', 0);
  if (hidden)
    emit(() => 'another deployment creates its tracker in the dataset group, not visible yet', hidden.world, true);
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
        emit(() => `${arn} is gone, but still listed`, become({ status: 'GONE' }, from), true);
      }
      if (has(world, 'staleDescribe') && (tracker.ours || scenario.foreign || scenario.anothers)) {
        const from = { ...world, budget: spend(world.budget, 'staleDescribe') };
        emit(() => `${arn} is gone, but still described`, become({ status: 'GONE', ghost: true }, from), true);
      }
      break;
    case 'GONE':
      emit(() => `${arn} is no longer listed or described`, changed(world, tracker, []));
      break;
    case 'ACTIVE':
    case 'CREATE FAILED':
      if (tracker.anothers && has(world, 'anotherDeployment')) {
        const from = { ...world, budget: spend(world.budget, 'anotherDeployment') };
        emit(() => `another deployment deletes its ${arn}`, become({ status: 'DELETE PENDING' }, from), true);
      }
      if (has(world, 'deletedOutOfBand')) {
        const from = { ...world, budget: spend(world.budget, 'deletedOutOfBand') };
        emit(() => `someone deletes ${arn} out of band`, become({ status: 'DELETE PENDING' }, from), true);
      }
      if (has(world, 'retagged') && status === 'ACTIVE') {
        const from = { ...world, budget: spend(world.budget, 'retagged') };
        emit(
          () => `someone changes the tags of ${arn}`,
          changed(from, tracker, [{ ...retagged(tracker, RETAGGED), tampered: true }]),
          true,
        );
      }
      if (has(world, 'untagged') && tracker.ours && visible & TAGGED) {
        const from = { ...world, budget: spend(world.budget, 'untagged') };
        emit(() => `someone removes our tag from ${arn}`, become({ visible: visible & ~TAGGED }, from), true);
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
