import { ThrottledError } from '../gateways/aws-errors.ts';
import { type Admission, admissionNotBefore, isGoverned, pacedWaitMs } from '../tracker/admission.ts';
import { isWaitingForAdmission, needsAdmission } from '../tracker/admission-transitions.ts';
import type { PollSlotFor } from '../tracker/admission-writes.ts';
import { apply } from '../tracker/apply.ts';
import { waitSeconds } from '../tracker/pacing.ts';
import { type EventTrackerRecord, startOf } from '../tracker/record.ts';
import { isRejected } from '../tracker/transition.ts';
import { type AdmissionDependencies, placeNameOf, unlessAdmissionFails } from './admission-dependencies.ts';
import { startGovernorIfNeeded } from './start-governor.ts';
import { observeAgain, type TaskAnswer, type TaskDependencies, taskResult } from './task.ts';

/**
 * Whether the calls for the latest request may be made now. If so, the record to go on with; its admission is saved together with the
 * observation. If not, the record is saved with its place, and the answer ends the execution; the governor starts the next one.
 * @throws any error of the record's store
 */
export async function requestAdmission(
  tools: TaskDependencies,
  record: EventTrackerRecord,
  epoch: number,
  now: number,
): Promise<{ readonly record: EventTrackerRecord } | { readonly answer: TaskAnswer }> {
  const { admission, settings, log } = tools;
  const place = placeNameOf(record);
  if (admission === undefined || place === undefined || !needsAdmission(record)) return { record };
  // A second invocation: the first one has saved its place.
  if (isWaitingForAdmission(record)) return { answer: taskResult('Done', record) };
  // An event must not wait for Personalize.
  if (record.outbox.length > 0) return { answer: taskResult('PublishEvents', record) };
  const queued = await unlessAdmissionFails(log, place, () => takePlaceUnlessItPasses(admission, record, place, now));
  if (queued) return { answer: await enqueue(tools, admission, record, { epoch, now, place, ...queued }) };
  const passed = apply('passAdmission', record, { now, epoch, generation: record.generation }, settings);
  // One with a place comes here only if admission failed.
  return { record: isRejected(passed) ? record : passed };
}

/** @returns undefined if it may pass */
async function takePlaceUnlessItPasses(
  { admissions }: AdmissionDependencies,
  { place: own, tenantId }: EventTrackerRecord,
  place: string,
  now: number,
): Promise<{ readonly read: Admission; readonly taken: number } | undefined> {
  const read = await admissions.read(place);
  if (own !== undefined) return { read, taken: own };
  if (!isGoverned(read, now) && (await admissions.pass(place, read, now))) return undefined;
  // Before the first tracker waits there, so that the sweep knows where to look.
  if (read.governor === 0) await admissions.registerPlace(place);
  return { read, taken: await admissions.takePlace(place, tenantId, read, now) };
}

interface Turn {
  readonly epoch: number;
  readonly now: number;
  readonly place: string;
  readonly read: Admission;
  /** The place in the queue. */
  readonly taken: number;
}

async function enqueue(
  { store, settings, log }: TaskDependencies,
  { admissions, governors }: AdmissionDependencies,
  record: EventTrackerRecord,
  { epoch, now, place, read, taken }: Turn,
): Promise<TaskAnswer> {
  const { trackerId, generation } = record;
  const turn = { now, epoch, generation, place: taken, notBefore: admissionNotBefore(read, taken, now) };
  const waiting = apply('enqueue', record, turn, settings);
  // A place that was taken in vain is one of its own tenant's.
  if (isRejected(waiting) || !(await store.save(record, waiting))) return observeAgain(record);
  log.info('waits for admission', { trackerId, epoch, place: taken });
  if (governors) {
    try {
      await startGovernorIfNeeded({ admissions, governors }, place, read, now);
    } catch (error) {
      log.error('the governor could not be started; the sweep will start one', error, { place });
    }
  }
  return taskResult('Done', record);
}

/** A wait as the state machine takes it: whole seconds, at least 1. */
type Seconds = number;

/**
 * The wait before the next poll. While trackers wait for admission, polls take turns: a poll costs a call of Personalize like any other.
 * @param waitMs the wait by the polling policy
 * @param counted what else is counted with the turn: a creation, or a throttled poll
 */
export async function pollWaitSeconds(
  tools: TaskDependencies,
  record: EventTrackerRecord,
  waitMs: number,
  counted?: PollSlotFor,
): Promise<Seconds> {
  const wanted = waitSeconds(waitMs, tools.random());
  return (await turnToPoll(tools, record, wanted * 1_000, counted)) ?? wanted;
}

/** The wait, if trackers wait for admission to the same account and Region. */
async function turnToPoll(
  { admission, now: clock, log }: TaskDependencies,
  record: EventTrackerRecord,
  wanted: number,
  counted: PollSlotFor,
): Promise<Seconds | undefined> {
  const place = placeNameOf(record);
  if (admission === undefined || place === undefined) return undefined;
  return unlessAdmissionFails(log, place, async () => {
    const read = await admission.admissions.read(place);
    const now = clock();
    if (!isGoverned(read, now)) return undefined;
    const slotAt = await admission.admissions.takePollSlot(place, read, counted, now);
    const elapsedMs = now - (record.createdAt ?? startOf(record));
    const waitMs = pacedWaitMs({ wanted, slotAt, isLight: record.lightTenant === true, elapsedMs }, now);
    return Math.max(1, Math.round(waitMs / 1_000));
  });
}

/**
 * A throttled poll while trackers wait for admission: it takes another turn, instead of being repeated immediately.
 * @returns undefined if the state machine repeats the task, as for any other throttled call
 */
export async function putOffPoll(
  tools: TaskDependencies,
  record: EventTrackerRecord,
  epoch: number,
  error: unknown,
): Promise<TaskAnswer | undefined> {
  if (!(error instanceof ThrottledError) || !isPolled(record)) return undefined;
  const seconds = await turnToPoll(tools, record, 1_000, 'throttledPolls');
  if (seconds === undefined) return undefined;
  const now = tools.now();
  const owner = { now, epoch, generation: record.generation, nextPollAt: now + seconds * 1_000 };
  const alive = apply('heartbeat', record, { ...owner, waitingFor: 'throttling' }, tools.settings);
  if (isRejected(alive) || !(await tools.store.save(record, alive))) return observeAgain(record);
  return taskResult(record.outbox.length > 0 ? 'PublishEvents' : 'WaitBeforeNextPoll', record, seconds);
}

/** Its creation or deletion was requested, and it is observed until that is done. */
const isPolled = ({ eventTrackerArn, cleanup }: EventTrackerRecord): boolean =>
  eventTrackerArn !== undefined && (cleanup === undefined || cleanup.deletionRequestedAt !== undefined);
