import { isWaitingForAdmission } from '../../functions/tracker/admission-transitions.ts';
import { isRejected } from '../../functions/tracker/transition.ts';
import { NOW } from './clock.ts';
import { type Emit, has, type Model, spend, type World } from './world.ts';
import { write } from './write.ts';

/** The governor, and the step of the sweep that starts one. */
export function admissionSteps(model: Model, world: World, emit: Emit): void {
  const { record, isGovernorAlive } = world;
  if (record === undefined) return;
  const isWaiting = isWaitingForAdmission(record);
  if (isGovernorAlive) {
    if (isWaiting) admits(model, world, emit);
    else emit(() => 'the governor finds nobody waiting, and ends', { ...world, isGovernorAlive: false });
    if (has(world, 'governorDies')) {
      const budget = spend(world.budget, 'governorDies');
      emit(() => 'the governor dies', { ...world, isGovernorAlive: false, budget }, true);
    }
  } else if (isWaiting && model.sweepStartsGovernor) {
    emit(() => 'the sweep starts a governor', { ...world, isGovernorAlive: true });
  }
}

function admits(model: Model, world: World, emit: Emit): void {
  const { record } = world;
  if (record === undefined) return;
  const admitted = model.apply('admit', record, { now: NOW, isLight: false }, model.settings);
  if (isRejected(admitted)) return;
  const next = write(model, world, admitted);
  // StartExecution under a name that was used starts nothing, and reports success.
  const rule = admitted.epoch === record.epoch ? 'a tracker is admitted to an execution that has ended' : next.broken;
  emit(() => `the governor admits the tracker: epoch ${admitted.epoch}`, { ...next, broken: rule });
}
