import type { TransitionArguments, TransitionName } from '../../functions/tracker/apply.ts';
import type { EventTrackerRecord } from '../../functions/tracker/record.ts';
import { isRejected } from '../../functions/tracker/transition.ts';
import { NOW } from './clock.ts';
import { type Emit, type Fault, has, type Model, type Place, type Run, spend, type World } from './world.ts';
import { backToObserve, withRun, write } from './write.ts';

/** A sample failure. No decision depends on its values. */
export const FAILURE = { code: 'REFUSED', reason: 'refused', remedy: 'ask again', retryable: false } as const;

export const broke = (world: World, broken: string | undefined): World =>
  broken === undefined ? world : { ...world, broken };

/** The world with the failure recorded, or unchanged if the transition is rejected. */
export function failed({ model, world, record, run, save }: Turn, generation: number, from = world): World {
  const args = { now: NOW, epoch: run.epoch, generation, failure: FAILURE };
  const after = model.apply('recordFailed', record, args, model.settings);
  return isRejected(after) ? from : save(after, from);
}

/** One execution's turn to take a step: its context, and the changes that it can make to the world. */
export interface Turn {
  readonly model: Model;
  readonly world: World;
  readonly record: EventTrackerRecord;
  readonly run: Run;
  readonly emit: Emit;
  label(text: string): () => string;
  /** The world with this execution at its next place. */
  to(place: Place, from?: World): World;
  /** The world after this execution's task has ended: Observe comes next. */
  observeNext(from?: World): World;
  paid(fault: Fault): World;
  /** Saves the record. The save's condition still holds. */
  save(after: EventTrackerRecord, from?: World): World;
  /** Records a fact. The task retries until the write succeeds, so this is one step. Undefined if the transition is rejected. */
  fact<Name extends TransitionName>(verb: Name, args: TransitionArguments<Name>): World | undefined;
  has(fault: Fault): boolean;
}

export function turnOf(model: Model, world: World, record: EventTrackerRecord, run: Run, emit: Emit): Turn {
  const name = `${run.leftBehind ? 'an orphaned task of ' : ''}execution ${run.epoch}`;
  return {
    model,
    world,
    record,
    run,
    emit,
    label: (text) => () => `${name} ${text}`,
    to: (place, from = world) => withRun(from, run, [{ ...run, place }]),
    observeNext: (from = world) => withRun(from, run, backToObserve(run)),
    paid: (fault) => ({ ...world, budget: spend(world.budget, fault) }),
    save(after, from = world) {
      const next = write(model, from, after, { writer: run });
      return run.epoch === record.epoch
        ? next
        : broke(next, 'an execution that does not own the record writes as its owner');
    },
    fact(verb, args) {
      const after = model.apply(verb, record, args, model.settings);
      if (isRejected(after)) return undefined;
      const published = verb === 'markPublished' && 'ids' in args ? args.ids : undefined;
      return write(model, world, after, { writer: run, published });
    },
    has: (fault) => has(world, fault),
  };
}
