import * as z from 'zod';

/** The statuses of DescribeEventTracker. A deleted resource has none. */
type Status =
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
  /** The creation of a dataset group, and its deletion. */
  readonly datasetGroupMs: number;
  /** The same for a dataset. */
  readonly datasetMs: number;
}

const milliseconds = z.number().min(0);
export const timing: z.ZodType<Timing> = z.object({
  createPendingMs: milliseconds,
  createInProgressMs: milliseconds,
  deletePendingMs: milliseconds,
  deleteInProgressMs: milliseconds,
  datasetGroupMs: milliseconds,
  datasetMs: milliseconds,
});

export const DEFAULT_TIMING: Timing = {
  createPendingMs: 2000,
  createInProgressMs: 6000,
  deletePendingMs: 1000,
  deleteInProgressMs: 2000,
  datasetGroupMs: 1000,
  datasetMs: 0,
};

/** A duration, half of it in each state. */
export const halves = (durationMs: number): [number, number] => [Math.floor(durationMs / 2), Math.ceil(durationMs / 2)];

/** Starts a creation or deletion. `fault`: the injected fault that it meets. */
export const passage = (at: number, pendingMs: number, inProgressMs: number, fault?: string) => ({
  at,
  pendingMs,
  inProgressMs,
  ...(fault === 'create-failed' && { fails: true }),
  ...(fault === 'stuck' && { stuck: true }),
});

/** The two states of a creation or deletion, with the timing that was set when it began. */
interface Passage {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly pendingMs: number;
  readonly inProgressMs: number;
  /** It stays IN_PROGRESS forever. */
  readonly stuck?: boolean;
}

/** The recorded part of a resource's status. The status is computed from this and the clock, so a restart changes nothing. */
export interface Lifecycle {
  readonly creation: Passage & { readonly fails?: boolean };
  readonly deletion?: Passage;
}

/** The latest time of a JavaScript Date. */
const LATEST = 8.64e15;
const passages = z.object({
  at: z.number().min(0).max(LATEST),
  pendingMs: milliseconds,
  inProgressMs: milliseconds,
  stuck: z.boolean().optional(),
});
export const lifecycle: z.ZodType<Lifecycle> = z.object({
  creation: passages.extend({ fails: z.boolean().optional() }),
  deletion: passages.optional(),
});

/** A status and the time (milliseconds since the epoch) at which it was entered. */
export interface Phase {
  readonly status: Status;
  readonly since: number;
}

/** The phase of a resource at `now` (milliseconds since the epoch); undefined once it is deleted. */
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

/** A lifecycle whose creation or deletion, if it is under way at `now`, has `ms` milliseconds less to go. What has been stays as it was. */
export function advanced({ creation, deletion }: Lifecycle, now: number, ms: number): Lifecycle {
  if (deletion !== undefined) return { creation, deletion: shortened(deletion, now, ms) };
  return { creation: shortened(creation, now, ms) };
}

function shortened<P extends Passage>(passage: P, now: number, ms: number): P {
  const pendingLeft = Math.max(0, passage.at + passage.pendingMs - now);
  const fromPending = Math.min(pendingLeft, ms);
  const inProgressLeft = Math.min(
    passage.inProgressMs,
    Math.max(0, passage.at + passage.pendingMs + passage.inProgressMs - now),
  );
  const fromInProgress = Math.min(inProgressLeft, ms - fromPending);
  return {
    ...passage,
    pendingMs: passage.pendingMs - fromPending,
    inProgressMs: passage.inProgressMs - fromInProgress,
  };
}

/** Personalize deletes from ACTIVE and CREATE FAILED only. */
export function isDeletable(phase: Phase): boolean {
  return phase.status === 'ACTIVE' || phase.status === 'CREATE FAILED';
}

/** What lists and descriptions of all resources contain. JSON 1.1 represents times in seconds since the epoch. */
export const summaryOf = ({ name, lifecycle, phase }: { name: string; lifecycle: Lifecycle; phase: Phase }) => ({
  name,
  status: phase.status,
  creationDateTime: lifecycle.creation.at / 1000,
  lastUpdatedDateTime: phase.since / 1000,
});
