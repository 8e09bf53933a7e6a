import { type RequestMetadata, type TrackerRequest, wasAccepted } from '../tracker/desired-state.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import { isRejected, type TransitionResult } from '../tracker/transition.ts';
import { begins, tooManyUnfinished } from './allowance.ts';
import type { Caller } from './caller.ts';
import type { RequestDependencies } from './dependencies.ts';

/** A change of an existing event tracker, by a caller. */
export interface ChangeRequest extends RequestMetadata {
  readonly trackerId: string;
  readonly caller: Pick<Caller, 'tenantId' | 'isPlatform' | 'datasetGroups'>;
}

/** Starts the execution that owns the record. If that fails, the request stays accepted: the sweeper picks up the record when it is due. */
export async function start(
  { workflow, logStartFailure }: RequestDependencies,
  record: EventTrackerRecord,
): Promise<void> {
  try {
    await workflow.start(record);
  } catch (error) {
    logStartFailure(record, error);
  }
}

/** What a request does to a record: a transition to save, or a response without a write. */
export type StateChange = { readonly apply: TransitionResult } | { readonly answer: EventTrackerRecord };

/** More conflicting writes in a row than can happen. */
const ATTEMPTS = 20;

/**
 * Changes the desired state of an existing record: read, apply, save, and start an execution if the transition needs a new one. A rejected
 * save may follow our own write whose response was lost: the key in the record shows that, and the request is not applied twice.
 * @throws RequestRejected NO_ROOM, TOO_MANY_CALLBACKS, TOO_MANY_UNFINISHED
 */
export async function updateDesiredState(
  tools: RequestDependencies,
  trackerId: string,
  key: TrackerRequest['key'],
  change: (record: EventTrackerRecord | undefined) => StateChange,
): Promise<EventTrackerRecord> {
  const { store, allowance } = tools;
  let takenFor: string | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const record = await store.read(trackerId);
    if (attempt > 0 && record && wasAccepted(record, key)) {
      await start(tools, record);
      return record;
    }
    // The save was rejected because of another writer, not because of our own earlier write.
    if (takenFor !== undefined) allowance?.giveBack(takenFor);
    takenFor = undefined;
    const changed = change(record);
    if ('answer' in changed) return changed.answer;
    if (record === undefined)
      throw new Error(`A transition was applied to the record ${trackerId}, which does not exist.`);
    const after = applied(record, changed.apply);
    if (allowance && begins(record, after)) {
      if (!(await allowance.take(after.tenantId))) throw tooManyUnfinished(allowance);
      takenFor = after.tenantId;
    }
    const saved = await store.save(record, after);
    if (saved === undefined) continue;
    if (saved.epoch !== record.epoch) await start(tools, saved);
    return saved;
  }
  throw new Error(`The record ${trackerId} changed ${ATTEMPTS} times while a request was being saved.`);
}

/**
 * The record after the change, unless that would exceed the limit of unfinished event trackers. Nothing is written.
 * @throws RequestRejected as `updateDesiredState`
 */
export async function allowedAfter(
  { allowance }: Pick<RequestDependencies, 'allowance'>,
  record: EventTrackerRecord,
  change: StateChange,
): Promise<EventTrackerRecord> {
  const after = recordAfter(record, change);
  if (allowance && begins(record, after) && !(await allowance.has(after.tenantId))) throw tooManyUnfinished(allowance);
  return after;
}

/**
 * The record after the change.
 * @throws RequestRejected NO_ROOM, TOO_MANY_CALLBACKS
 */
export const recordAfter = (record: EventTrackerRecord, change: StateChange): EventTrackerRecord =>
  'answer' in change ? change.answer : applied(record, change.apply);

function applied({ trackerId }: EventTrackerRecord, change: TransitionResult): EventTrackerRecord {
  if (!isRejected(change)) return change;
  const { rejected } = change;
  if (rejected === 'NO_ROOM' || rejected === 'TOO_MANY_CALLBACKS') throw new RequestRejected({ reason: rejected });
  throw new Error(`The request does not apply to the record ${trackerId}: ${rejected}.`);
}
