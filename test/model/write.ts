import type { EventTrackerRecord } from '../../functions/tracker/record.ts';
import { firstEqual } from './remember.ts';
import { judgeWrite } from './rules.ts';
import type { Model, Run, World } from './world.ts';

/**
 * One conditional write that succeeded. Every other execution that had read the record can no longer save. It is moved back to its next
 * read here, so states need no revision.
 * @param writer the execution that writes; it stays where it is
 * @param published the outbox entries that the write marks as published
 */
export function write(
  model: Model,
  world: World,
  after: EventTrackerRecord,
  { writer, published = [] }: { writer?: Run; published?: readonly string[] } = {},
): World {
  const before = world.record ?? after;
  const stored = withRev(after, before.rev + 1);
  const { onlooker, broken } = judgeWrite(world, { before, after: stored, published });
  const runs = world.runs.flatMap((run) => (run === writer ? [run] : afterWriteOfAnother(model, run, stored)));
  return {
    ...world,
    record: firstEqual(model, stored),
    runs,
    start: stored.epoch === before.epoch ? world.start : 'pending',
    // At any other place the drift check has read the record before this write, so its own write would be refused.
    driftCheck: world.driftCheck?.at === 'described' ? world.driftCheck : undefined,
    onlooker,
    broken: world.broken ?? broken,
  };
}

const storedAs = new WeakMap<EventTrackerRecord, EventTrackerRecord>();

function withRev(after: EventTrackerRecord, rev: number): EventTrackerRecord {
  const known = storedAs.get(after);
  if (known?.rev === rev) return known;
  const stored = { ...after, rev, history: [], takeOvers: 0, attemptsBefore: undefined };
  storedAs.set(after, stored);
  return stored;
}

/** Where another writer's save leaves an execution. */
function afterWriteOfAnother({ fence }: Model, run: Run, record: EventTrackerRecord): Run[] {
  const fencedOut = fence && run.epoch !== record.epoch;
  switch (run.place.at) {
    // Facts are recorded no matter which execution owns the record, and a reserved call may be sent.
    case 'permitted':
    case 'answered':
    case 'deleting':
    case 'tagging':
    case 'tagged':
    case 'published':
    case 'handedOver':
    case 'enqueued':
      return [run];
    case 'CheckDatasetGroup':
    case 'CreateEventTracker':
    case 'DeleteEventTracker':
    case 'UpdateTags':
    case 'PublishEvents':
      if (fencedOut) return [];
      return run.place.generation === record.generation ? [run] : backToObserve(run);
    case 'Observe':
      return fencedOut ? [] : [run];
    // These read the record before this write, so their save would be refused.
    case 'read':
    case 'described':
    case 'observed':
    case 'decided':
    case 'refused':
      return fencedOut ? [] : backToObserve(run);
  }
}

/** An orphaned task ends; any other execution returns to Observe. */
export function backToObserve(run: Run): Run[] {
  return run.leftBehind ? [] : [{ ...run, place: { at: 'Observe' } }];
}

/** The world with this execution at its next place, or without it. */
export function withRun(world: World, run: Run, next: readonly Run[]): World {
  return { ...world, runs: world.runs.flatMap((other) => (other === run ? next : [other])) };
}
