import { isRemovalOverdue } from '../../functions/tracker/decide.ts';
import type { CallResult } from '../../functions/tracker/execution.ts';
import { isRejected } from '../../functions/tracker/transition.ts';
import { NOW } from './clock.ts';
import { land, landDelete } from './personalize.ts';
import { broke, FAILURE, type Turn } from './turn.ts';
import { arnOf, has, nameOfGeneration, type Place, spend, trackerBy, type World } from './world.ts';
import { withRun } from './write.ts';

type At<Name extends Place['at']> = Extract<Place, { at: Name }>;

/** CreateEventTracker asks for its permission: the marker is written before the call is sent. */
export function beginsCreate(turn: Turn, { generation }: { generation: number }): void {
  const { model, record, run, emit, label, to, save, paid, observeNext } = turn;
  const permitted = model.apply(
    'reserveCreateAttempt',
    record,
    { now: NOW, epoch: run.epoch, generation },
    model.settings,
  );
  if (isRejected(permitted)) {
    emit(label(`may not create: ${permitted.rejected}`), observeNext());
    return;
  }
  const { attempt } = permitted;
  emit(label(`begins create ${attempt}`), to({ at: 'permitted', attempt, generation }, save(permitted)));
  if (turn.has('saveLost')) {
    const from = save(permitted, paid('saveLost'));
    emit(label(`begins create ${attempt}, and the answer says that it did not`), observeNext(from), true);
  }
}

/** The call, and every way in which it can end. */
export function createIsSent(turn: Turn, { attempt, generation }: At<'permitted'>): void {
  const { world, emit, label, to, paid, observeNext } = turn;
  const create = `create ${attempt}`;
  const answered = (result: CallResult, from: World): World =>
    to({ at: 'answered', attempt, generation, result }, from);
  const made = (landed: { world: World; id: number }): World =>
    answered({ kind: 'created', eventTrackerArn: arnOf(landed.id) }, landed.world);

  const refusedByGroup = () =>
    broke(
      answered({ kind: 'refused' }, world),
      world.wasReady ? undefined : 'a create is sent for a dataset group that was never ACTIVE',
    );

  const by = { name: nameOfGeneration(world.onlooker, generation) };
  const landed = land(world, by);
  if (landed) emit(label(`${create} makes ${arnOf(landed.id)}`), made(landed));
  else if (world.datasetGroup !== 'READY') emit(label(`${create} is refused: no dataset group`), refusedByGroup());
  else {
    const code = 'ResourceAlreadyExistsException';
    emit(label(`${create} is refused: ${code}`), answered({ kind: 'obstructed', code }, world));
  }
  const lagging = turn.has('lag') && land(paid('lag'), by, 0);
  if (lagging) emit(label(`${create} makes ${arnOf(lagging.id)}, not visible yet`), made(lagging), true);
  if (turn.has('createLost')) {
    const from = paid('createLost');
    const silently = observeNext(land(from, by)?.world ?? from);
    emit(label(`${create} takes effect if it can, its answer is lost`), silently, true);
    const hidden = has(from, 'lag') && land({ ...from, budget: spend(from.budget, 'lag') }, by, 0);
    if (hidden) emit(label(`${create} takes effect unseen, its answer is lost`), observeNext(hidden.world), true);
  }
  if (turn.has('createVanished')) emit(label(`${create} is lost`), observeNext(paid('createVanished')), true);
  if (turn.has('createLate')) {
    const next = { ...paid('createLate'), late: [...world.late, { kind: 'create', attempt, ...by } as const] };
    emit(label(`${create} is not answered in time, and will take effect later`), observeNext(next), true);
  }
  if (turn.has('throttled')) {
    emit(label(`${create} is throttled`), answered({ kind: 'throttled' }, paid('throttled')), true);
  }
  if (turn.has('refused')) {
    emit(label(`${create} is refused for good`), answered({ kind: 'refused' }, paid('refused')), true);
  }
}

/** The state machine asks the same task again; but a non-empty outbox is published first, as runTask has it. */
function askedAgain(turn: Turn, place: Place, from: World): World {
  const { record } = from;
  const isPublishedFirst = record !== undefined && record.epoch === turn.run.epoch && record.outbox.length > 0;
  return turn.to(isPublishedFirst ? { at: 'PublishEvents', generation: record.generation } : place, from);
}

/** The definite answer is recorded as a fact, whatever execution owns the record by now. */
export function recordsAnswer(turn: Turn, { attempt, generation, result }: At<'answered'>): void {
  const { world, run, emit, label, observeNext } = turn;
  const recorded = turn.fact('recordCallResult', { now: NOW, attempt, result });
  const from = recorded ?? world;
  const text = `records the answer of create ${attempt}: ${result.kind}`;
  switch (result.kind) {
    case 'throttled':
      emit(
        label(text),
        run.leftBehind ? observeNext(from) : askedAgain(turn, { at: 'CreateEventTracker', generation }, from),
      );
      break;
    case 'refused':
      emit(label(text), turn.to({ at: 'refused', generation }, from));
      break;
    default:
      emit(label(text), observeNext(from));
  }
  if (recorded && turn.has('saveLost')) {
    // The write was made; the task got the opposite answer, and starts over: once more the same fact.
    const again = { ...recorded, budget: spend(world.budget, 'saveLost') };
    emit(label(`${text}, and the answer says that it did not`), again, true);
  }
}

/** DeleteEventTracker, with the ARN that its record had, and every way in which it can end. */
export function deleteIsSent(turn: Turn, { eventTrackerArn, generation, rev }: At<'deleting'>): void {
  const { model, world, record, run, emit, label, paid, observeNext } = turn;
  const status = trackerBy(world, eventTrackerArn)?.status;
  const isInUse = status !== undefined && status !== 'ACTIVE' && status !== 'CREATE FAILED';
  if (world.mayObserve && !isInUse)
    emit(label(`deletes ${eventTrackerArn}`), observeNext(landDelete(world, eventTrackerArn)));
  else {
    const owner = { now: NOW, epoch: run.epoch, generation: record.generation };
    const isOverdue = record.rev === rev && isRemovalOverdue(record, NOW, model.settings);
    const failed = isOverdue && model.apply('recordFailed', record, { ...owner, failure: FAILURE }, model.settings);
    const next = failed && !isRejected(failed) ? turn.save(failed) : world;
    emit(label(`may not delete ${eventTrackerArn}`), observeNext(next));
  }
  const again = (from: World): World =>
    run.leftBehind ? withRun(from, run, []) : askedAgain(turn, { at: 'DeleteEventTracker', generation }, from);
  if (turn.has('deleteLost')) emit(label('gets no answer, the delete is lost'), again(paid('deleteLost')), true);
  if (turn.has('deleteLate')) {
    const late = [...world.late, { kind: 'delete', eventTrackerArn } as const];
    emit(label('gets no answer, the delete will take effect later'), again({ ...paid('deleteLate'), late }), true);
  }
}
