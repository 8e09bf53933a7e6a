import { isWaitingForAdmission } from '../../functions/tracker/admission-transitions.ts';
import { isPurged } from '../../functions/tracker/drift-transitions.ts';
import { actualOf, areTagsRequested } from '../../functions/tracker/name-and-tags.ts';
import {
  type EventTrackerRecord,
  isIdle,
  isSettled,
  isUpdating,
  type OutboxEntry,
  type Status,
} from '../../functions/tracker/record.ts';
import { isPending } from './clock.ts';
import { brokenByOperation, isOperationOver } from './operation-rules.ts';
import { textOf, without, withTags } from './tags.ts';
import {
  arnOf,
  mayStillCreate,
  nameOfGeneration,
  type Onlooker,
  type Scenario,
  type Tracker,
  trackerBy,
  trackingIdOf,
  type World,
} from './world.ts';

/** Whether a tracker that must be deleted (ours, or one to destroy) still exists or may still appear. */
const remains = (world: World): boolean =>
  mayStillCreate(world) || world.trackers.some(({ ours, doomed, status }) => (ours || doomed) && status !== 'GONE');

/** If the role cannot read tags for longer than createInFlight, our tracker may count as foreign. The drift check finds it later. */
export const tagsWereUnreadable = ({ budget }: World): boolean => budget.tagsUnreadable === 0;

type StateChange = Extract<OutboxEntry, { kind: 'event'; detailType: 'Event Tracker State Change' }>;
const isStateChange = (entry: OutboxEntry): entry is StateChange =>
  entry.kind === 'event' && entry.detailType === 'Event Tracker State Change';

type Updated = Extract<OutboxEntry, { kind: 'event'; detailType: 'Event Tracker Updated' }>;
const isUpdate = (entry: OutboxEntry): entry is Updated =>
  entry.kind === 'event' && entry.detailType === 'Event Tracker Updated';

const tokensOf = ({ outbox, callbacks }: EventTrackerRecord): string[] => [
  ...callbacks.map(({ taskToken }) => taskToken),
  ...outbox.flatMap((entry) => (entry.kind === 'callback' ? [entry.taskToken] : [])),
];

/** One write. `published`: the ids that it marks as published. */
export interface Write {
  readonly before: EventTrackerRecord;
  readonly after: EventTrackerRecord;
  readonly published?: readonly string[];
}

/** Counters never fall, and the outbox loses no entry. */
function brokenByNumbers({ before, after, published = [] }: Write): string | undefined {
  if (after.generation < before.generation) return 'the generation fell';
  if (after.observedGeneration < before.observedGeneration) return 'the observed generation fell';
  if (after.epoch < before.epoch) return 'the epoch fell';
  if (after.attempt < before.attempt) return 'the attempt fell';
  const isOutboxUnchanged = after.outbox === before.outbox && after.callbacks === before.callbacks;
  if (isOutboxUnchanged)
    return after.sequence === before.sequence ? undefined : 'the sequence does not match the events';
  const ids = after.outbox.map(({ id }) => id);
  if (new Set(ids).size < ids.length) return 'two outbox entries share an id';
  const lost = before.outbox.find((entry) => !published.includes(entry.id) && !after.outbox.includes(entry));
  if (lost) return `the outbox dropped ${lost.id}`;
  let sequence = before.sequence;
  for (const entry of after.outbox) {
    if (entry.kind !== 'event' || before.outbox.includes(entry)) continue;
    sequence++;
    if (entry.detail.metadata.sequence !== sequence) return 'an event does not have the next sequence';
    if (entry.id !== `${after.trackerId}-${sequence}`) return 'the id of an event does not match its sequence';
  }
  if (after.sequence !== sequence) return 'the sequence does not match the events';
  const tokens = tokensOf(after);
  const dropped = tokensOf({ ...before, outbox: before.outbox.filter(({ id }) => !published.includes(id)) }).find(
    (token) => !tokens.includes(token),
  );
  return dropped && 'a task token is dropped without an answer';
}

interface Judged {
  readonly onlooker: Onlooker;
  readonly broken?: string;
}

/** Checks one event that a write adds to the outbox: its data must be true, and its time must have come. */
function checkEvent(world: World, { before, after }: Write, onlooker: Onlooker, event: StateChange): Judged {
  const { status, name, trackingId, eventTrackerArn, failure, clientContext } = event.detail.data;
  const notes = { ...onlooker, lastPublished: status };
  const fail = (broken: string): Judged => ({ onlooker: notes, broken });
  const nameOf = (generation: number): string =>
    generation === onlooker.open ? (onlooker.activeName ?? '') : nameOfGeneration(onlooker, generation);
  const isOutcome = before.observedGeneration < before.generation && after.observedGeneration === after.generation;
  switch (status) {
    case 'ACTIVE': {
      const tracker = trackerBy(world, eventTrackerArn);
      const wasActive = tracker === undefined || ['ACTIVE', 'DELETE PENDING', 'GONE'].includes(tracker.status);
      if (!wasActive) return fail('ACTIVE is reported for a tracker that was never ACTIVE');
      if (tracker?.anothers && !(after.adopted && after.adoptExisting)) {
        return fail("another deployment's tracker is reported ACTIVE as ours");
      }
      if (trackingId === undefined || arnOf(Number(trackingId.replace('tracking-', ''))) !== eventTrackerArn) {
        return fail('ACTIVE is reported with the tracking ID of another tracker');
      }
      const isReturned = before.cleanup !== undefined && before.missing?.eventTrackerArn === eventTrackerArn;
      if (!isOutcome && !isReturned) return fail('ACTIVE is published, but is not the outcome of a request');
      if (onlooker.open > 0)
        return fail(`ACTIVE is reported while generation ${onlooker.open} was not reported DELETED`);
      if (tracker && name !== tracker.name)
        return fail('ACTIVE is reported with a name that Personalize does not have');
      if (clientContext !== after.clientContext) return fail('ACTIVE is reported with a context that was replaced');
      return { onlooker: { ...notes, open: after.generation, activeName: name, kept: eventTrackerArn } };
    }
    case 'CREATE FAILED':
      if (!isOutcome) return fail('CREATE FAILED is published, but is not the outcome of a request');
      if (failure === undefined) return fail('CREATE FAILED is reported without a failure');
      if (clientContext !== after.clientContext)
        return fail('CREATE FAILED is reported with a context that was replaced');
      return { onlooker: notes };
    case 'DELETED': {
      const isLost = failure !== undefined;
      const generation = isLost ? before.generation : (before.cleanup?.report?.generation ?? 0);
      if (generation === 0) return fail('DELETED is published without a request');
      if (!isLost && !tagsWereUnreadable(world) && remains(world))
        return fail('DELETED is reported before the cleanup is complete');
      // A tracker that was missing or adopted may have a different name than the request.
      const isActual = onlooker.open !== generation && [onlooker.activeName, before.observed?.name].includes(name);
      if (name !== nameOf(generation) && !isActual) return fail('DELETED is reported with the name of another request');
      return {
        onlooker: {
          ...notes,
          promised: onlooker.promised === generation ? 0 : onlooker.promised,
          open: onlooker.open <= generation ? 0 : onlooker.open,
        },
      };
    }
    case 'RELEASED':
      if (after.eventTrackerArn !== undefined) return fail('RELEASED is reported for a tracker that is kept');
      if (name !== nameOf(onlooker.open)) return fail('RELEASED is reported with a different name than ACTIVE');
      return { onlooker: { ...notes, open: 0 } };
    default:
      return fail(`an event reports ${status}, which is not an outcome`);
  }
}

/** The outcome of a change of tags: what it says must be true, and must stay true. */
function brokenByUpdate(world: World, { before, after }: Write, { outcome, failure }: Updated['detail']['data']) {
  if (after.status !== 'ACTIVE' || before.status !== 'ACTIVE')
    return 'a change of tags ends while the record is not ACTIVE';
  if (before.observedGeneration === before.generation || after.observedGeneration !== after.generation) {
    return 'an outcome of a change of tags is published, but is not the outcome of a request';
  }
  if (outcome === 'UPDATE_FAILED') return failure ? undefined : 'a failed change of tags has no failure';
  const tracker = trackerBy(world, after.eventTrackerArn);
  // Somebody else may have changed them since they were read.
  if (tracker === undefined || tracker.status === 'GONE' || tracker.tampered) return undefined;
  const requested = textOf(after.tags);
  if ((tracker.tags ?? '') !== requested) return 'a change of tags is reported that was not made';
  const later = [
    ...world.late.flatMap((call) => (call.kind === 'tags' ? [call] : [])),
    ...world.runs.flatMap(({ place }) => (place.at === 'tagging' ? [place] : [])),
  ].filter((call) => call.eventTrackerArn === after.eventTrackerArn);
  return later.some(({ untag, tag }) => withTags(without(requested, untag), tag) !== requested)
    ? 'a change of tags is reported that an earlier call can still replace'
    : undefined;
}

/** The onlooker's notes after a write, and the rule that the write breaks. */
export function judgeWrite(world: World, write: Write): Judged {
  const { before, after } = write;
  let { onlooker } = world;
  let broken = brokenByNumbers(write);
  if (after.outbox === before.outbox && after.observedGeneration === before.observedGeneration) {
    return { onlooker, broken };
  }
  const events = after.outbox.filter((entry) => !before.outbox.includes(entry)).filter(isStateChange);
  for (const event of events) {
    const checked = checkEvent(world, write, onlooker, event);
    onlooker = checked.onlooker;
    broken ??= checked.broken;
  }
  const updates = after.outbox.filter((entry) => !before.outbox.includes(entry)).filter(isUpdate);
  for (const { detail } of updates) broken ??= brokenByUpdate(world, write, detail.data);
  if (after.observedGeneration > before.observedGeneration && events.length + updates.length === 0) {
    broken ??= 'an outcome is recorded without an event';
  }
  // The answers to the task tokens agree with the record.
  for (const entry of after.outbox) {
    if (entry.kind !== 'callback' || before.outbox.includes(entry)) continue;
    const isTrue = entry.status === 'SUPERSEDED' ? after.desired === 'ABSENT' : entry.status === after.status;
    if (!isTrue) broken ??= `a task token is answered ${entry.status} while the record is ${after.status}`;
  }
  return { onlooker, broken };
}

const TERMINAL: ReadonlySet<Status> = new Set(['ACTIVE', 'CREATE FAILED', 'DELETED', 'RELEASED']);

/**
 * Whether the record has lost track of a tracker of ours. It must know each one by its ARN, by its pending call, or because it will observe
 * again.
 */
function isUncovered(world: World, record: EventTrackerRecord): boolean {
  if (tagsWereUnreadable(world)) return false;
  const call = isPending(record) ? record.call : undefined;
  const onTheWay = [
    ...world.late.flatMap((late) => (late.kind === 'create' ? [late.attempt] : [])),
    ...world.runs.flatMap(({ place }) => (place.at === 'permitted' ? [place.attempt] : [])),
  ];
  if (onTheWay.some((attempt) => call === undefined || call.attempt < attempt)) return true;
  if (call !== undefined || !isSettled(record)) return false;
  const recorded = trackerBy(world, record.eventTrackerArn);
  // Deleted out of band: the drift check will find that, and also what exists instead.
  if (record.eventTrackerArn !== undefined && (recorded === undefined || recorded.status === 'GONE')) return false;
  // A tracker recorded as missing is known by its ARN. The drift check will find it again.
  const known = [recorded, trackerBy(world, record.missing?.eventTrackerArn)];
  return world.trackers.some((tracker) => tracker.ours && tracker.status !== 'GONE' && !known.includes(tracker));
}

/** The rule that a state breaks, or undefined. */
export function brokenIn(world: World): string | undefined {
  if (world.broken !== undefined) return world.broken;
  const { record, onlooker } = world;
  if (record === undefined) return undefined;
  const byOperation = brokenByOperation(world);
  if (byOperation !== undefined) return byOperation;
  // The status stays ACTIVE while tags are being changed.
  const isKept = isUpdating(record) && record.desired === 'PRESENT' && onlooker.open > 0;
  const isFinal = TERMINAL.has(record.status) && !isKept;
  if (isFinal !== (record.observedGeneration === record.generation)) {
    return `the status is ${record.status} while the outcome of generation ${record.observedGeneration} of ${record.generation} is recorded`;
  }
  const isWaiting = isWaitingForAdmission(record);
  if ((record.due.lane === 'routine') !== isIdle(record) || (record.due.lane === 'admission') !== isWaiting) {
    return 'the record is in the wrong lane';
  }
  if (record.trackingId !== undefined && record.status !== 'ACTIVE')
    return 'the record keeps a tracking ID while not ACTIVE';
  if (record.status === 'ACTIVE' && record.trackingId === undefined) return 'ACTIVE without a tracking ID';
  const held = record.status === 'ACTIVE' ? trackerBy(world, record.eventTrackerArn) : undefined;
  if (held && actualOf(record).name !== held.name) return 'ACTIVE is shown with a name that Personalize does not have';
  const idOf = (name: string | undefined): string | undefined => name?.split('-')[1];
  if (record.trackingId !== undefined && idOf(record.trackingId) !== idOf(record.eventTrackerArn)) {
    return 'the tracking ID belongs to another tracker';
  }
  if (record.trackingId !== undefined && !record.adopted && trackerBy(world, record.eventTrackerArn)?.anothers) {
    return "the tracking ID of another deployment's tracker is shown as ours";
  }
  if (record.cleanup && record.adopted) return 'an adopted tracker is in a cleanup';
  if (isIdle(record) && record.callbacks.length > 0) return 'the record is idle while a task token waits';
  if (onlooker.promised > 0 && record.cleanup?.report?.generation !== onlooker.promised) {
    return `the promised DELETED of generation ${onlooker.promised} is forgotten`;
  }
  const publishedLast = onlooker.lastPublished;
  // DELETED of an older tracker may follow CREATE FAILED of a newer request. After both, no tracker exists.
  const agrees = publishedLast === record.status || (publishedLast === 'DELETED' && record.status === 'CREATE FAILED');
  if (TERMINAL.has(record.status) && !agrees && !isPurged(record)) {
    return `the record is ${record.status}, but the newest event has ${publishedLast ?? 'no status'}`;
  }
  return isUncovered(world, record) ? 'the record does not know of a tracker of ours' : undefined;
}

/** An ACTIVE tracker has the requested tags in the end, unless the change failed or somebody else changed them. */
function hasRequestedTags(record: EventTrackerRecord, tracker: Tracker | undefined, isRepaired: boolean): boolean {
  if (tracker === undefined || !areTagsRequested(record) || record.updateFailure !== undefined) return true;
  return (tracker.tampered && !isRepaired) || (tracker.tags ?? '') === textOf(record.tags);
}

/**
 * The expected end state: everything is published, no call is in flight, and the record agrees with Personalize. If responses stay
 * unreadable forever, a request for a tracker has failed, and a deletion stays pending.
 */
export function isExpectedEnd(world: World, { repairTags }: Pick<Scenario, 'repairTags'>): boolean {
  const { record } = world;
  if (record === undefined) return true;
  if (!isOperationOver(world)) return false;
  if (world.responses === 'never readable again' && !isSettled(record)) {
    const isAwaited = record.desired === 'PRESENT' && record.observedGeneration < record.generation;
    return !isAwaited && record.outbox.length === 0 && record.callbacks.length === 0;
  }
  if (!isIdle(record) || mayStillCreate(world)) return false;
  const recorded = trackerBy(world, record.eventTrackerArn);
  if (record.status === 'ACTIVE') {
    const held = recorded?.status === 'ACTIVE' && (recorded.ours || record.adopted === true);
    if (!hasRequestedTags(record, recorded, repairTags === true)) return false;
    return held && record.desired === 'PRESENT' && record.trackingId === trackingIdOf(recorded.id);
  }
  const ours = world.trackers.some((tracker) => tracker.ours && tracker.status !== 'GONE');
  // A tracker that was adopted while its tags were unreadable, then released, keeps our tags. It counts as released.
  const isReleased = record.status === 'RELEASED' && tagsWereUnreadable(world);
  if ((ours && !isReleased) || record.eventTrackerArn !== undefined) return false;
  return record.desired === 'PRESENT' || record.status === 'DELETED' || record.status === 'RELEASED';
}
