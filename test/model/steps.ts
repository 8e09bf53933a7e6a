import { admissionSteps } from './admission.ts';
import { datasetGroupSteps } from './dataset-group.ts';
import { routineSteps } from './drift.ts';
import { runSteps } from './execution.ts';
import { operationSteps } from './operation.ts';
import { personalizeSteps } from './personalize.ts';
import { requestSteps } from './requests.ts';
import { sweepSteps, timeSteps } from './sweep.ts';
import {
  type Emit,
  FOREIGN_NAME,
  has,
  type Model,
  type Place,
  type Run,
  type Scenario,
  spend,
  type Tracker,
  VISIBLE,
  type World,
} from './world.ts';
import { withRun } from './write.ts';

const foreign = ({ anothers }: Scenario): Tracker => ({
  id: 1,
  ours: false,
  name: FOREIGN_NAME,
  ...(anothers && { anothers }),
  status: 'ACTIVE',
  visible: VISIBLE,
  old: true,
  doomed: false,
});

export const firstWorld = (scenario: Scenario): World => ({
  record: undefined,
  datasetGroup: scenario.datasetGroup ?? 'READY',
  wasReady: scenario.datasetGroup === undefined,
  trackers: scenario.foreign || scenario.anothers ? [foreign(scenario)] : [],
  late: [],
  runs: [],
  start: 'lost',
  clients: scenario.requests.map(() => 'not asked'),
  firstUses: scenario.requests.map(() => undefined),
  driftCheck: undefined,
  operation: undefined,
  isGovernorAlive: false,
  tagsReadable: true,
  mayObserve: true,
  responses: 'readable',
  budget: scenario.faults,
  onlooker: { requestOf: [], promised: 0, open: 0, replaced: [], lastPublished: undefined },
});

/** Emits every possible next step, always in the same order. */
export function steps(model: Model, world: World, scenario: Scenario, emit: Emit): void {
  requestSteps(model, world, scenario, emit);
  operationSteps(model, world, scenario, emit);
  sweepSteps(model, world, scenario, emit);
  if (scenario.admission) admissionSteps(model, world, emit);
  for (const run of world.runs) {
    runSteps(model, world, run, scenario, emit);
    deathSteps(world, run, emit);
  }
  personalizeSteps(world, scenario, emit);
  datasetGroupSteps(world, emit);
  timeSteps(model, world, emit);
  routineSteps(model, world, scenario, emit);
}

/** An execution dies or is stopped. Its task may continue. */
function deathSteps(world: World, run: Run, emit: Emit): void {
  const name = `execution ${run.epoch}`;
  if (has(world, 'crash')) {
    const from = { ...world, budget: spend(world.budget, 'crash') };
    emit(() => `${name} dies at ${run.place.at}`, withRun(from, run, []), true);
  }
  if (run.leftBehind) return;
  const start = startOfTask(run.place, world.record?.generation ?? 0);
  const leftBehind = { ...run, leftBehind: true };
  if (has(world, 'abort')) {
    const from = { ...world, budget: spend(world.budget, 'abort') };
    emit(
      () => `${name} is stopped at ${run.place.at}, its task continues`,
      withRun(from, run, start ? [leftBehind] : []),
      true,
    );
  }
  if (start && has(world, 'duplicate')) {
    const from = { ...world, budget: spend(world.budget, 'duplicate') };
    const again = { ...run, place: start };
    emit(
      () => `${name}: ${start.at} is invoked again while the first invocation still runs`,
      withRun(from, run, [again, leftBehind]),
      true,
    );
  }
}

/** The place from which the state machine retries the task; undefined if no task runs. */
function startOfTask(place: Place, generation: number): Place | undefined {
  switch (place.at) {
    case 'Observe':
      return undefined;
    case 'read':
    case 'described':
    case 'observed':
    case 'decided':
    case 'handedOver':
    case 'enqueued':
      return { at: 'Observe' };
    case 'permitted':
    case 'answered':
    case 'refused':
      return { at: 'CreateEventTracker', generation: place.generation };
    case 'deleting':
      return { at: 'DeleteEventTracker', generation: place.generation };
    case 'tagging':
    case 'tagged':
      return { at: 'UpdateTags', generation: place.generation };
    case 'published':
      return { at: 'PublishEvents', generation };
    default:
      return place;
  }
}
