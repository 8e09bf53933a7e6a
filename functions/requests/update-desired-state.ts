import { type TrackerRequest, wasAccepted } from '../tracker/desired-state.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import { isRejected, type TransitionResult } from '../tracker/transition.ts';
import { begins, tooManyUnfinished } from './allowance.ts';
import type { Caller } from './caller.ts';
import type { RequestDependencies } from './dependencies.ts';

/** By what a wish is known later: the request's id, its trace, and the key by which a lost answer of our own write is told. */
export interface RequestMetadata {
  readonly correlationId: string;
  readonly traceparent?: string;
  readonly key: TrackerRequest['key'];
}

/** Whose change of the desired state of which tracker. */
export interface ChangeRequest extends RequestMetadata {
  readonly trackerId: string;
  readonly caller: Pick<Caller, 'tenantId' | 'isPlatform' | 'datasetGroups'>;
}

/** Starts the execution that owns the record. A failure changes nothing of the acceptance: the record is due, the sweep comes. */
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

/** What the record as it was read makes of the wish: the verb's result, or an answer that needs no write. */
export type StateChange = { readonly apply: TransitionResult } | { readonly answer: EventTrackerRecord };

/** So many others would have to write in between, each between our read and our save. */
const ATTEMPTS = 20;

/**
 * Changes the wish on a record that is there: read, apply, save, and start an execution where the verb woke the record. A
 * refused save may have been our own, its answer lost: the key in the record tells, and there is no second wish.
 * @throws RequestRejected NO_ROOM, TOO_MANY_CALLBACKS, when the record can't hold what this wish may have to tell;
 * TOO_MANY_UNFINISHED
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
    // The save was refused, and not because it was made before: somebody else was quicker.
    if (takenFor !== undefined) allowance?.giveBack(takenFor);
    takenFor = undefined;
    const changed = change(record);
    if ('answer' in changed) return changed.answer;
    if (record === undefined) throw new Error(`A verb was applied to the record ${trackerId}, which is not there.`);
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
  throw new Error(`The record ${trackerId} changed ${ATTEMPTS} times while a wish was being saved.`);
}

/**
 * Says before anything is written that a change would be refused.
 * @throws RequestRejected TOO_MANY_UNFINISHED
 */
export async function assertMayBegin(
  { allowance }: Pick<RequestDependencies, 'allowance'>,
  record: EventTrackerRecord,
  change: StateChange,
): Promise<void> {
  if (allowance === undefined || 'answer' in change) return;
  const after = applied(record, change.apply);
  if (begins(record, after) && !(await allowance.has(after.tenantId))) throw tooManyUnfinished(allowance);
}

/**
 * The record once the change is saved.
 * @throws RequestRejected as `updateDesiredState`
 */
export function recordAfter(record: EventTrackerRecord, change: StateChange): EventTrackerRecord {
  return 'answer' in change ? change.answer : applied(record, change.apply);
}

/** @throws RequestRejected as `updateDesiredState` */
export const generationAfter = (record: EventTrackerRecord, change: StateChange): number =>
  recordAfter(record, change).generation;

function applied({ trackerId }: EventTrackerRecord, change: TransitionResult): EventTrackerRecord {
  if (!isRejected(change)) return change;
  const { rejected } = change;
  if (rejected === 'NO_ROOM' || rejected === 'TOO_MANY_CALLBACKS') throw new RequestRejected({ reason: rejected });
  throw new Error(`The wish does not apply to the record ${trackerId}: ${rejected}.`);
}
