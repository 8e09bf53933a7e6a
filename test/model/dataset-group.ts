import type { SeenDatasetGroup } from '../../functions/tracker/dataset-group.ts';
import { isRejected } from '../../functions/tracker/transition.ts';
import { isPast, NOW } from './clock.ts';
import { broke, failed, type Turn } from './turn.ts';
import { type Emit, has, spend, type World } from './world.ts';

/** What DescribeDatasetGroup and ListDatasets report. */
export function seenDatasetGroup({ datasetGroup }: World): SeenDatasetGroup {
  switch (datasetGroup) {
    case 'READY':
      return { kind: 'found', status: 'ACTIVE', interactionsStatus: 'ACTIVE' };
    case 'CREATING':
    case 'STUCK':
      return { kind: 'found', status: 'CREATE PENDING' };
    case 'FAILED':
      return { kind: 'found', status: 'CREATE FAILED' };
    case 'MISSING':
      return { kind: 'missing', awsError: 'ResourceNotFoundException' };
  }
}

/** CheckDatasetGroup: its poll, its save and the heartbeat of runTask. After another writer's save, its own save is refused. */
export function checksDatasetGroup(turn: Turn, generation: number): void {
  const { model, record, run, world, emit, label, paid } = turn;
  const { apply, settings } = model;
  const owner = { now: NOW, epoch: run.epoch, generation };
  const decision = model.decidePreflight(record, seenDatasetGroup(world), NOW, settings);
  switch (decision.do) {
    case 'recordChecked': {
      const checked = apply('recordChecked', record, owner, settings);
      emit(label('CheckDatasetGroup passes'), turn.observeNext(isRejected(checked) ? world : turn.save(checked)));
      break;
    }
    case 'recordFailed': {
      const next = turn.observeNext(failed(turn, generation));
      emit(label('CheckDatasetGroup fails'), broke(next, isTooEarly(turn) ? TOO_EARLY : undefined));
      break;
    }
    case 'WaitBeforeNextPoll': {
      const waiting = apply('recordWaiting', record, { ...owner, waitingFor: decision.waitingFor }, settings);
      const isKnown = isRejected(waiting) && waiting.rejected === 'ALREADY_RECORDED';
      const after = isRejected(waiting) ? record : waiting;
      if (isRejected(waiting) && !isKnown) {
        emit(label('CheckDatasetGroup has nothing to wait for'), turn.observeNext());
      } else if (record.outbox.length > 0) {
        emit(
          label('waits for the dataset group → PublishEvents'),
          turn.to({ at: 'PublishEvents', generation }, turn.save(after)),
        );
      } else {
        const alive = apply('heartbeat', after, { ...owner, nextPollAt: NOW + decision.waitMs }, settings);
        const next = turn.save(isRejected(alive) ? after : alive);
        const place = settings.leaseMs < decision.waitMs ? { waitMs: decision.waitMs } : {};
        emit(
          label('waits for the dataset group'),
          run.leftBehind ? turn.observeNext(next) : turn.to({ at: 'Observe', ...place }, next),
        );
      }
    }
  }
  if (turn.has('checkFails')) {
    emit(label('CheckDatasetGroup fails'), turn.observeNext(failed(turn, generation, paid('checkFails'))), true);
  }
}

const TOO_EARLY = 'a request fails without waiting for its dataset group';

/** The dataset group may still appear, and its deadline has not passed. */
function isTooEarly({ world: { datasetGroup }, record }: Turn): boolean {
  const isToCome = datasetGroup === 'CREATING' || datasetGroup === 'STUCK';
  const isWaitedFor = isToCome || (datasetGroup === 'MISSING' && record.waitForDatasetGroup === true);
  return isWaitedFor && !isPast(record.preflightWait?.since);
}

/** What can happen to the dataset group. */
export function datasetGroupSteps(world: World, emit: Emit): void {
  const { datasetGroup, budget } = world;
  const become = (next: World['datasetGroup'], from = world): World => ({
    ...from,
    datasetGroup: next,
    wasReady: from.wasReady || next === 'READY',
  });
  if (datasetGroup === 'CREATING') {
    emit(() => 'the dataset group becomes ACTIVE', become('READY'));
    if (has(world, 'groupFails')) {
      const from = { ...world, budget: spend(budget, 'groupFails') };
      emit(() => 'the creation of the dataset group fails', become('FAILED', from), true);
    }
    if (has(world, 'groupStuck')) {
      const from = { ...world, budget: spend(budget, 'groupStuck') };
      emit(() => 'the dataset group stays CREATE IN_PROGRESS forever', become('STUCK', from), true);
    }
  }
  if (datasetGroup === 'MISSING') emit(() => 'the dataset group is created', become('CREATING'));
  if (datasetGroup !== 'MISSING' && has(world, 'groupVanishes') && world.trackers.length === 0) {
    const from = { ...world, budget: spend(budget, 'groupVanishes') };
    emit(() => 'the dataset group is deleted', become('MISSING', from), true);
  }
}
