import { isWaitingForAdmission, needsAdmission } from '../../functions/tracker/admission-transitions.ts';
import { isRejected } from '../../functions/tracker/transition.ts';
import { NOW } from './clock.ts';
import type { Turn } from './turn.ts';
import { withRun } from './write.ts';

/**
 * Observe, before it observes a record that nobody has admitted. It may pass at any time, also while others wait: what its task read
 * of the admission item may be outdated. The outbox is delivered before a wait. @returns whether it does not go on to observe
 */
export function isHeldBack(turn: Turn): boolean {
  const { world, record, run, emit, label } = turn;
  if (!needsAdmission(record)) return false;
  if (record.outbox.length > 0) {
    emit(label('delivers the outbox before it waits'), turn.to({ at: 'PublishEvents', generation: record.generation }));
    return false;
  }
  if (isWaitingForAdmission(record)) {
    emit(label('finds its record waiting for admission, and ends'), withRun(world, run, []));
    return true;
  }
  const owner = { now: NOW, epoch: run.epoch, generation: record.generation };
  const waiting = turn.model.apply('enqueue', record, { ...owner, place: 1, notBefore: NOW }, turn.model.settings);
  if (isRejected(waiting)) return false;
  emit(label('takes a place and waits for admission'), turn.to({ at: 'enqueued' }, turn.save(waiting)));
  if (turn.has('saveLost')) {
    const next = turn.observeNext(turn.save(waiting, turn.paid('saveLost')));
    emit(label('takes a place, but the response reports a failed condition'), next, true);
  }
  return false;
}

/** It starts the governor if it saw none. It may have seen one that has ended since. */
export function endsAfterEnqueuing({ world, run, emit, label }: Turn): void {
  const ended = withRun(world, run, []);
  emit(label('ends, and starts no governor'), ended);
  if (!world.isGovernorAlive) emit(label('ends, and starts the governor'), { ...ended, isGovernorAlive: true });
}
