import type { Observation } from '../../functions/tracker/observation.ts';
import { type EventTrackerRecord, isUpdating } from '../../functions/tracker/record.ts';
import { endsAfterEnqueuing, isHeldBack } from './admission-turn.ts';
import { beginsCreate, createIsSent, deleteIsSent, recordsAnswer } from './calls.ts';
import { isLost, NOW, saved } from './clock.ts';
import { checksDatasetGroup } from './dataset-group.ts';
import { observed } from './observe.ts';
import { describe, list } from './personalize.ts';
import { textOf } from './tags.ts';
import { broke, failed, type Turn, turnOf } from './turn.ts';
import { beginsTagging, recordsTagResult, tagObservations, tagsAreSent } from './updates.ts';
import {
  arnOf,
  type Emit,
  type Model,
  type Place,
  type Run,
  type Scenario,
  spend,
  trackerBy,
  type World,
} from './world.ts';
import { withRun } from './write.ts';

const UNUSABLE: Observation = { unreadable: { operation: 'ListEventTrackers', answer: 'InvalidInputException' } };

type Decided = Extract<Place, { at: 'decided' }>;

/** One execution's next step, modeled on the tasks of functions/workflow. */
export function runSteps(
  model: Model,
  world: World,
  run: Run,
  scenario: Pick<Scenario, 'admission'>,
  emit: Emit,
): void {
  if (world.record === undefined) return;
  const turn = turnOf(model, world, world.record, run, emit);
  const { place } = run;
  switch (place.at) {
    case 'Observe':
      reads(turn, scenario);
      break;
    case 'read':
      polls(turn, place.asRead);
      break;
    case 'described':
      observedAs(
        turn,
        place.asRead,
        world.responses === 'readable' ? { described: 'NOT_FOUND', listed: list(turn.model, world) } : UNUSABLE,
      );
      break;
    case 'observed':
      // This mutant decides with the record and the clock as they are after the observation.
      observedAs(turn, turn.record, place.observation);
      break;
    case 'decided':
      saves(turn, place);
      break;
    case 'CheckDatasetGroup':
      checksDatasetGroup(turn, place.generation);
      break;
    case 'CreateEventTracker':
      beginsCreate(turn, place);
      break;
    case 'permitted':
      createIsSent(turn, place);
      break;
    case 'answered':
      recordsAnswer(turn, place);
      break;
    case 'refused':
      emit(turn.label('records the failure'), turn.observeNext(failed(turn, place.generation)));
      break;
    case 'DeleteEventTracker':
      readsWhatToDelete(turn, place.generation);
      break;
    case 'deleting':
      deleteIsSent(turn, place);
      break;
    case 'UpdateTags':
      beginsTagging(turn, place);
      break;
    case 'tagging':
      tagsAreSent(turn, place);
      break;
    case 'tagged':
      recordsTagResult(turn, place);
      break;
    case 'PublishEvents':
      publishes(turn);
      break;
    case 'enqueued':
      endsAfterEnqueuing(turn);
      break;
    case 'handedOver':
      emit(turn.label('ends after its hand-over'), withRun(world, run, []));
      break;
    case 'published':
      marks(turn, place.ids);
      break;
  }
}

function reads(turn: Turn, { admission }: Pick<Scenario, 'admission'>): void {
  const { model, world, record, run, emit, label } = turn;
  if (model.fence && run.epoch !== record.epoch) {
    emit(label('finds another owner and ends'), withRun(world, run, []));
    return;
  }
  if (turn.has('handOver')) handsOver(turn);
  if (admission && isHeldBack(turn)) return;
  if (model.needsObservation(record)) {
    emit(label('Observe reads the record'), turn.to({ at: 'read', asRead: record }));
    return;
  }
  // Without an observation, read, decision and save are one step.
  const { broken, ...seen } = observed(model, record, {}, run.epoch);
  if (seen.action === 'Done') emit(label('finds everything done and ends'), withRun(world, run, []));
  else
    emit(label(`Observe → ${seen.action}`), broke(decided(turn, { at: 'decided', asRead: record, ...seen }), broken));
}

function polls(turn: Turn, asRead: EventTrackerRecord): void {
  const { world, emit, label } = turn;
  const { eventTrackerArn } = asRead;
  if (isUpdating(asRead)) {
    for (const { observation, from, isFault } of tagObservations(world, asRead)) {
      observedAs(isFault ? faulty(turn, from) : turn, asRead, observation);
    }
  } else if (world.responses !== 'readable') observedAs(turn, asRead, UNUSABLE);
  else if (!world.mayObserve) observedAs(turn, asRead, { denied: { operation: 'ListEventTrackers' } });
  else if (eventTrackerArn === undefined) {
    observedAs(turn, asRead, { listed: list(turn.model, world) });
    readsStaleList(turn, asRead);
  } else {
    const described = describe(world, eventTrackerArn);
    if (described !== 'NOT_FOUND') observedAs(turn, asRead, { described });
    else emit(label(`does not find ${eventTrackerArn}`), turn.to({ at: 'described', asRead }));
  }
}

/** Hands over before observing. From this write on, the sweeper is responsible. */
function handsOver(turn: Turn): void {
  const { run, emit, label } = turn;
  const handedOver = turn.fact('handOver', { now: NOW, epoch: run.epoch });
  if (handedOver?.record === undefined) return;
  const rule =
    handedOver.record.due.at > NOW ? 'an execution hands over a record that is not due immediately' : handedOver.broken;
  const next = { ...handedOver, budget: spend(handedOver.budget, 'handOver') };
  const place = run.leftBehind ? withRun(next, run, []) : turn.to({ at: 'handedOver' }, next);
  emit(label('reaches its round limit and hands over'), broke(place, rule), true);
}

/** A list as stale as the drift check's reads: it omits the missing tracker. */
function readsStaleList(turn: Turn, asRead: EventTrackerRecord): void {
  const { missing } = asRead;
  if (missing === undefined || !turn.has('staleRead') || !trackerBy(turn.world, missing.eventTrackerArn)) return;
  const listed = list(turn.model, turn.world).filter(
    ({ eventTrackerArn }) => eventTrackerArn !== missing.eventTrackerArn,
  );
  observedAs(faulty(turn, turn.paid('staleRead')), asRead, { listed });
}

/** The turn in another world, in which a fault has happened. */
const faulty = (turn: Turn, world: World): Turn => ({
  ...turn,
  world,
  to: (place, from = world) => turn.to(place, from),
  emit: (label, next) => turn.emit(label, next, true),
});

function observedAs(turn: Turn, asRead: EventTrackerRecord, observation: Observation): void {
  const { model, world, run, emit, label } = turn;
  if (!model.nowBeforeObservation && run.place.at !== 'observed') {
    emit(label(`observes: ${labelOfObservation(observation)}`), turn.to({ at: 'observed', asRead, observation }));
    return;
  }
  const { broken, ...seen } = observed(model, asRead, observation, run.epoch);
  const gone = world.trackers.find(({ status }) => status === 'GONE');
  const isFalse = gone && asRead.failure === undefined && seen.after.failure?.reason.includes(arnOf(gone.id));
  const ghost = world.trackers.find((tracker) => tracker.ghost);
  const isDead =
    ghost && seen.after.status === 'ACTIVE' && isLost(asRead) && asRead.missing?.eventTrackerArn === arnOf(ghost.id);
  const isFailed = seen.after.status === 'CREATE FAILED' && seen.after.observedGeneration > asRead.observedGeneration;
  const isFirst = observation.unreadable !== undefined && world.onlooker.unused !== asRead.generation;
  const rule =
    broken ??
    (isFirst && isFailed ? 'the first unreadable response fails a request' : undefined) ??
    (isFalse ? 'a conflict is reported with a tracker that is gone' : undefined) ??
    (isDead ? 'a missing tracker that is gone is reported ACTIVE again' : undefined);
  const text = () => label(`observes: ${labelOfObservation(observation)} → ${seen.action}`)();
  const from = observation.unreadable
    ? { ...world, onlooker: { ...world.onlooker, unused: asRead.generation } }
    : world;
  emit(text, broke(turn.to({ at: 'decided', asRead, ...seen }, from), rule));
}

function saves(turn: Turn, place: Decided): void {
  const { record, emit, label, paid } = turn;
  emit(label(`saves its observation → ${place.action}`), decided(turn, place));
  if (turn.has('saveLost')) {
    const next = turn.save(saved(record, place.asRead, place.after), paid('saveLost'));
    emit(label('saves its observation, but the response reports a failed condition'), turn.observeNext(next), true);
  }
}

/** Observe's only write, and the next state that the Choice selects. */
function decided(turn: Turn, { asRead, after, action, waitMs }: Decided): World {
  const { model, world, record, run } = turn;
  const next = after === asRead ? world : turn.save(saved(record, asRead, after));
  if (run.leftBehind || action === 'Done') return withRun(next, run, []);
  if (action === 'WaitBeforeNextPoll') {
    // The length of the wait matters only if it exceeds the lease.
    return turn.to(model.settings.leaseMs < waitMs ? { at: 'Observe', waitMs } : { at: 'Observe' }, next);
  }
  return turn.to({ at: action, generation: after.generation }, next);
}

function readsWhatToDelete(turn: Turn, generation: number): void {
  const { eventTrackerArn, cleanup, adopted, rev } = turn.record;
  const { emit, label } = turn;
  if (cleanup === undefined || eventTrackerArn === undefined || adopted) {
    emit(label('has nothing to delete'), turn.observeNext());
  } else {
    emit(label(`will delete ${eventTrackerArn}`), turn.to({ at: 'deleting', eventTrackerArn, generation, rev }));
  }
}

function publishes(turn: Turn): void {
  const { record, emit, label, paid } = turn;
  emit(label('puts the events on the bus'), turn.to({ at: 'published', ids: record.outbox.map(({ id }) => id) }));
  if (turn.has('busDown')) emit(label('finds the bus down'), turn.observeNext(paid('busDown')), true);
}

function marks(turn: Turn, ids: readonly string[]): void {
  const { world, emit, label } = turn;
  const marked = turn.fact('markPublished', { now: NOW, ids });
  emit(label('marks what was published'), turn.observeNext(marked ?? world));
  if (marked && turn.has('saveLost')) {
    const again = { ...marked, budget: spend(world.budget, 'saveLost') };
    emit(label('marks what was published, but the response reports a failed condition'), again, true);
  }
}

function labelOfObservation(observation: Observation): string {
  if (observation.denied) return 'denied';
  if (observation.unreadable) return 'an unreadable response';
  const { described, listed, callerTags } = observation;
  if (callerTags)
    return `the tags ${callerTags.map((tags) => (tags === 'NOT_FOUND' ? tags : textOf(tags))).join(' and ')}`;
  const trackers = listed?.map(({ eventTrackerArn, status, tagged }) => `${eventTrackerArn} ${status} ${tagged}`);
  return [
    described && (described === 'NOT_FOUND' ? 'not found' : `${described.eventTrackerArn} is ${described.status}`),
    trackers && `the list shows ${trackers.join(', ') || 'nothing'}`,
  ]
    .filter(Boolean)
    .join(', ');
}
