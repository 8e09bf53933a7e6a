import { isRemovalOverdue } from '../../functions/tracker/decide.ts';
import type { CallResult } from '../../functions/tracker/execution.ts';
import { isRejected } from '../../functions/tracker/transition.ts';
import { NOW } from './clock.ts';
import { applyCreate, applyDelete } from './personalize.ts';
import { tagsOfRecord } from './tags.ts';
import { broke, FAILURE, type Turn } from './turn.ts';
import { arnOf, has, nameOfGeneration, type Place, spend, trackerBy, type World } from './world.ts';
import { withRun } from './write.ts';

type At<Name extends Place['at']> = Extract<Place, { at: Name }>;

/** CreateEventTracker reserves its attempt: the pending call is recorded before it is sent. */
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
    emit(label(`begins create ${attempt}, but the response reports a failed condition`), observeNext(from), true);
  }
}

/** The call, and every way it can end. */
export function createIsSent(turn: Turn, { attempt, generation }: At<'permitted'>): void {
  const { world, emit, label, to, paid, observeNext } = turn;
  const create = `create ${attempt}`;
  const answered = (result: CallResult, from: World): World =>
    to({ at: 'answered', attempt, generation, result }, from);
  const made = (created: { world: World; id: number }): World =>
    answered({ kind: 'created', eventTrackerArn: arnOf(created.id) }, created.world);

  const refusedByGroup = () =>
    broke(
      answered({ kind: 'refused' }, world),
      world.wasReady ? undefined : 'a create is sent for a dataset group that was never ACTIVE',
    );

  const by = { name: nameOfGeneration(world.onlooker, generation), tags: tagsOfRecord(turn.record) };
  const created = applyCreate(world, by);
  if (created) emit(label(`${create} creates ${arnOf(created.id)}`), made(created));
  else if (world.datasetGroup !== 'READY') emit(label(`${create} is refused: no dataset group`), refusedByGroup());
  else {
    const code = 'ResourceAlreadyExistsException';
    emit(label(`${create} is refused: ${code}`), answered({ kind: 'obstructed', code }, world));
  }
  const lagging = turn.has('lag') && applyCreate(paid('lag'), by, 0);
  if (lagging) emit(label(`${create} creates ${arnOf(lagging.id)}, not visible yet`), made(lagging), true);
  if (turn.has('createLost')) {
    const from = paid('createLost');
    const silently = observeNext(applyCreate(from, by)?.world ?? from);
    emit(label(`${create} takes effect if it can, its response is lost`), silently, true);
    const hidden = has(from, 'lag') && applyCreate({ ...from, budget: spend(from.budget, 'lag') }, by, 0);
    if (hidden)
      emit(
        label(`${create} takes effect but is not visible yet, its response is lost`),
        observeNext(hidden.world),
        true,
      );
  }
  if (turn.has('createVanished')) emit(label(`${create} is lost`), observeNext(paid('createVanished')), true);
  if (turn.has('createLate')) {
    const next = { ...paid('createLate'), late: [...world.late, { kind: 'create', attempt, ...by } as const] };
    emit(label(`${create} times out, and will take effect later`), observeNext(next), true);
  }
  if (turn.has('throttled')) {
    emit(label(`${create} is throttled`), answered({ kind: 'throttled' }, paid('throttled')), true);
  }
  if (turn.has('refused')) {
    emit(label(`${create} fails permanently`), answered({ kind: 'refused' }, paid('refused')), true);
  }
}

/** The state machine retries the same task. As in runTask, a non-empty outbox is published first. */
export function askedAgain(turn: Turn, place: Place, from: World): World {
  const { record } = from;
  const isPublishedFirst = record !== undefined && record.epoch === turn.run.epoch && record.outbox.length > 0;
  return turn.to(isPublishedFirst ? { at: 'PublishEvents', generation: record.generation } : place, from);
}

/** Records the definite answer as a fact, no matter which execution owns the record by now. */
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
    // The write succeeded, but its response reports a failed condition. The task starts over and records the same fact again.
    const again = { ...recorded, budget: spend(world.budget, 'saveLost') };
    emit(label(`${text}, but the response reports a failed condition`), again, true);
  }
}

/** DeleteEventTracker with the ARN from the record as read, and every way the call can end. */
export function deleteIsSent(turn: Turn, { eventTrackerArn, generation, rev }: At<'deleting'>): void {
  const { model, world, record, run, emit, label, paid, observeNext } = turn;
  const status = trackerBy(world, eventTrackerArn)?.status;
  const isInUse = status !== undefined && status !== 'ACTIVE' && status !== 'CREATE FAILED';
  if (world.mayObserve && !isInUse)
    emit(label(`deletes ${eventTrackerArn}`), observeNext(applyDelete(world, eventTrackerArn)));
  else {
    const owner = { now: NOW, epoch: run.epoch, generation: record.generation };
    const isOverdue = record.rev === rev && isRemovalOverdue(record, NOW, model.settings);
    const failed = isOverdue && model.apply('recordFailed', record, { ...owner, failure: FAILURE }, model.settings);
    const next = failed && !isRejected(failed) ? turn.save(failed) : world;
    emit(label(`may not delete ${eventTrackerArn}`), observeNext(next));
  }
  const again = (from: World): World =>
    run.leftBehind ? withRun(from, run, []) : askedAgain(turn, { at: 'DeleteEventTracker', generation }, from);
  if (turn.has('deleteLost')) emit(label('gets no response, the delete is lost'), again(paid('deleteLost')), true);
  if (turn.has('deleteLate')) {
    const late = [...world.late, { kind: 'delete', eventTrackerArn } as const];
    emit(label('gets no response, the delete will take effect later'), again({ ...paid('deleteLate'), late }), true);
  }
}
