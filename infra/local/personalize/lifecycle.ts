/** The states that Personalize's DescribeEventTracker names; a resource that is gone has none. */
export type Status =
  | 'CREATE PENDING'
  | 'CREATE IN_PROGRESS'
  | 'ACTIVE'
  | 'CREATE FAILED'
  | 'DELETE PENDING'
  | 'DELETE IN_PROGRESS';

/** How long the simulator's transitions take, in milliseconds. */
export interface Timing {
  readonly createPendingMs: number;
  readonly createInProgressMs: number;
  readonly deletePendingMs: number;
  readonly deleteInProgressMs: number;
  /** A dataset group's way to ACTIVE, and its way out. */
  readonly datasetGroupMs: number;
  /** The same of a dataset. */
  readonly datasetMs: number;
}

export const DEFAULT_TIMING: Timing = {
  createPendingMs: 2000,
  createInProgressMs: 6000,
  deletePendingMs: 1000,
  deleteInProgressMs: 2000,
  datasetGroupMs: 1000,
  datasetMs: 0,
};

/** Where a creation or deletion begins, half of its time in each state. `fault`: what a script makes of it. */
export function passage(at: number, durationMs: number, fault?: string): Passage & { fails?: boolean } {
  const pendingMs = Math.floor(durationMs / 2);
  return {
    at,
    pendingMs,
    inProgressMs: durationMs - pendingMs,
    ...(fault === 'create-failed' && { fails: true }),
    ...(fault === 'stuck' && { stuck: true }),
  };
}

/** One way through two states. It holds the timing that was in force when it began, so that a later setting does not bend it. */
interface Passage {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly pendingMs: number;
  readonly inProgressMs: number;
  /** It stays IN_PROGRESS for good. */
  readonly stuck?: boolean;
}

/** What is recorded of a resource's life. Its status is computed from this and the clock, so that a restart changes nothing. */
export interface Lifecycle {
  readonly creation: Passage & { readonly fails?: boolean };
  readonly deletion?: Passage;
}

/** A status and the time (milliseconds since the epoch) at which it was entered. */
export interface Phase {
  readonly status: Status;
  readonly since: number;
}

/** The state a resource is in at `now` (milliseconds since the epoch), or undefined once it is gone. */
export function phaseAt({ creation, deletion }: Lifecycle, now: number): Phase | undefined {
  if (deletion !== undefined) {
    const place = placeIn(deletion, now);
    if (place.name === 'over') return undefined;
    return { status: place.name === 'pending' ? 'DELETE PENDING' : 'DELETE IN_PROGRESS', since: place.since };
  }
  const place = placeIn(creation, now);
  if (place.name === 'pending') return { status: 'CREATE PENDING', since: place.since };
  if (place.name === 'inProgress') return { status: 'CREATE IN_PROGRESS', since: place.since };
  return { status: creation.fails ? 'CREATE FAILED' : 'ACTIVE', since: place.since };
}

function placeIn(passage: Passage, now: number): { name: 'pending' | 'inProgress' | 'over'; since: number } {
  const inProgressAt = passage.at + passage.pendingMs;
  const overAt = inProgressAt + passage.inProgressMs;
  if (now < inProgressAt) return { name: 'pending', since: passage.at };
  if (now < overAt || passage.stuck) return { name: 'inProgress', since: inProgressAt };
  return { name: 'over', since: overAt };
}

/** Personalize deletes from ACTIVE and CREATE FAILED only. */
export function isDeletable(phase: Phase): boolean {
  return phase.status === 'ACTIVE' || phase.status === 'CREATE FAILED';
}
