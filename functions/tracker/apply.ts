import { dropCallbacks } from './callbacks.ts';
import {
  beginCreate,
  handOver,
  heartbeat,
  markPublished,
  recordCallResult,
  recordChecked,
  recordWaiting,
  takeOver,
} from './execution.ts';
import { observedAfter } from './name-and-tags.ts';
import { recordActive, recordFailed, recordFailing, recordGone, recordObserved } from './observed.ts';
import { type EventTrackerRecord, isQuiet } from './record.ts';
import { join } from './repeats.ts';
import { isPurged, purge, recordDrift, recordVisited } from './routine.ts';
import type { LifecycleSettings } from './settings.ts';
import { type Applied, isRefused, type Owner, refuse, type Verb } from './verb.ts';
import { claimAgain, release, requestDelete, requestRetry } from './wishes.ts';

/** Verbs of the owner: epoch and generation must be the ones that it decided on (W in docs/protocol.md, "Transitions"). */
const owners = {
  recordChecked,
  recordWaiting,
  beginCreate,
  recordObserved,
  recordActive,
  recordFailing,
  recordFailed,
  recordGone,
} as const;
/** Verbs with conditions of their own. */
const others = {
  claimAgain,
  join,
  requestDelete,
  release,
  requestRetry,
  recordVisited,
  recordDrift,
  purge,
  heartbeat,
  recordCallResult,
  handOver,
  takeOver,
  markPublished,
  dropCallbacks,
} as const;
const verbs = { ...owners, ...others } as const;

export type VerbName = keyof typeof verbs;
export type VerbArguments<Name extends VerbName> = Parameters<(typeof verbs)[Name]>[1];

/** Verbs that only pace the work: what the reader of the resource sees is as new as before. */
const PACING: ReadonlySet<VerbName> = new Set([
  'heartbeat',
  // Moved by each routine look, the retention of a record that was never deleted would never be over.
  'recordVisited',
  'handOver',
  'takeOver',
  'markPublished',
  'dropCallbacks',
  'recordChecked',
  'recordWaiting',
  'beginCreate',
]);

/**
 * One verb on the record that was read, or why it does not apply. Every write but the first goes through here, so that
 * `due` is derived in one place: a record that is quiet is in the routine lane, any other in the urgent one.
 */
export function apply<Name extends VerbName>(
  name: Name,
  record: EventTrackerRecord,
  args: VerbArguments<Name>,
  settings: LifecycleSettings,
): Applied {
  if (name in owners) {
    const owner = args as Owner;
    if (record.epoch !== owner.epoch) return refuse('NOT_OWNER');
    if (record.generation !== owner.generation) return refuse('NOT_CURRENT');
  }
  const verb = verbs[name] as Verb<VerbArguments<Name>>;
  const applied = verb(record, args, settings);
  if (isRefused(applied)) return applied;
  const { now } = args;
  return {
    ...applied,
    observed: observedAfter(record, applied),
    due: deriveDue(name, record, applied, now, settings),
    lastUpdatedDateTime: PACING.has(name) ? applied.lastUpdatedDateTime : now,
  };
}

/** Nothing is to be checked of a purged record; it is looked at once a year. */
const PURGED_MS = 365 * 24 * 3_600_000;

/** The only writes on a record at rest that put its next routine visit off. */
const VISITS: ReadonlySet<VerbName> = new Set(['recordVisited', 'purge']);

function deriveDue(
  name: VerbName,
  before: EventTrackerRecord,
  after: EventTrackerRecord,
  now: number,
  settings: LifecycleSettings,
): EventTrackerRecord['due'] {
  // A caller that replaces the context again and again keeps no drift check away.
  if (isQuiet(before) && isQuiet(after) && !VISITS.has(name)) return before.due;
  if (isQuiet(after)) return { lane: 'routine', at: now + (isPurged(after) ? PURGED_MS : settings.routineMs) };
  // Whoever raised the epoch starts an execution now; should that fail, the sweep comes after the lease. One whose executions die
  // again and again is resumed half as often.
  if (after.epoch > before.epoch || before.due.lane === 'routine') {
    return { lane: 'urgent', at: now + settings.leaseMs * (after.takeOvers > 1 ? 2 : 1) };
  }
  return { lane: 'urgent', at: after.due.at };
}
