import * as z from 'zod';
import { isConnectionLost, StoreUnreachable, ThrottledError, UnknownOutcomeError } from '../gateways/aws-errors.ts';
import type { EventBusGateway } from '../gateways/event-bus.ts';
import type { PersonalizeGateway } from '../gateways/personalize.ts';
import type { TaskHeartbeatGateway } from '../gateways/task-heartbeats.ts';
import { type Log, withFacts } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { TrackerStore } from '../store/tracker-store.ts';
import { apply, type TransitionArguments, type TransitionName } from '../tracker/apply.ts';
import { oldestOutboxEntryMs, unfinishedMs } from '../tracker/backlog-age.ts';
import { MAX_WAIT_MS } from '../tracker/pacing.ts';
import { type EventTrackerRecord, isIdle } from '../tracker/record.ts';
import type { LifecycleSettings } from '../tracker/settings.ts';
import { isRejected } from '../tracker/transition.ts';
import type { WaitingFor } from '../tracker/waiting-for.ts';
import { type AdmissionDependencies, countThrottledCall } from './admission-dependencies.ts';
import { sendHeartbeats } from './heartbeats.ts';

/** The dependencies of every task of the state machine. Tests and the model check pass in their own. */
export interface TaskDependencies {
  readonly store: TrackerStore;
  readonly settings: LifecycleSettings;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** From 0 to 1, for jitter. */
  readonly random: () => number;
  readonly log: Log;
  /** Absent: nothing is measured. */
  readonly metrics?: Metrics;
  /** Present if the deployment may answer task tokens. */
  readonly heartbeats?: TaskHeartbeatGateway;
  /** Absent: no tracker waits for its turn to call Personalize. */
  readonly admission?: AdmissionDependencies;
}

/** The dependencies of the tasks that call Personalize, and of the one that calls the bus. */
export type PersonalizeDependencies = TaskDependencies & { readonly personalize: PersonalizeGateway };
export type BusDependencies = TaskDependencies & { readonly bus: EventBusGateway };

/** The execution's input: ids and a version, nothing secret. `generation` is present once Observe has decided on one. */
const taskInput = z.object({
  // Older code can get newer input during a deployment or a rollback. That execution fails; the sweeper then starts one with our version.
  version: z.literal(1, 'must be 1: this code knows no other version of the input'),
  trackerId: z.string().min(1),
  epoch: z.int().min(1),
  generation: z.int().min(0).optional(),
  /** The round that Observe began, for the tasks that act on its decision. */
  round: z.int().min(0).default(0),
  /** The result of the previous task, for Observe, which begins the next round. */
  next: z.object({ round: z.int().min(0).default(0) }).optional(),
});
export type TaskInput = Omit<z.infer<typeof taskInput>, 'next'>;

/** The states that the Choice knows; ObserveAgain leads back to Observe. */
export type Action =
  | 'CheckDatasetGroup'
  | 'CreateEventTracker'
  | 'DeleteEventTracker'
  | 'UpdateTags'
  | 'PublishEvents'
  | 'WaitBeforeNextPoll'
  | 'ObserveAgain'
  | 'HandOver'
  | 'Done';

/** The result of every task. All members are always present: a missing path would fail the execution, and no Catch applies to that. */
export interface TaskResult {
  readonly action: Action;
  /** Whole seconds. */
  readonly waitSeconds: number;
  readonly generation: number;
  /** How many rounds, each begun by Observe, this execution has made. */
  readonly round: number;
}
/** What a task returns; `runTask` adds the round. */
export type TaskAnswer = Omit<TaskResult, 'round'>;

export const taskResult = (action: Action, record: { generation: number }, waitSeconds = 1): TaskAnswer => ({
  action,
  waitSeconds,
  generation: record.generation,
});

/** The next task is Observe, immediately: the record is no longer in the state that this task was chosen for. */
export const observeAgain = (record: EventTrackerRecord): TaskAnswer => taskResult('ObserveAgain', record);

/** The work of a task on the record that its execution owns. */
export type Task<Needs extends TaskDependencies> = (
  tools: Needs,
  owned: EventTrackerRecord,
  input: TaskInput,
) => Promise<TaskAnswer>;

/**
 * Runs a task: validates its input, reads its record, and ends an execution whose epoch is no longer the record's. Every task renews the
 * lease before it returns, and before the state machine retries it for a throttle or a lost response. Before such a retry, a non-empty
 * outbox is published: throttling by Personalize must not delay EventBridge. While the task runs, task tokens that asked for
 * heartbeats get one.
 * @throws ZodError for an invalid input; for the state machine to retry: ThrottledError, UnknownOutcomeError, StoreUnreachable, and
 *   DynamoDB's own throttles and server errors; any other error
 */
export async function runTask<Needs extends TaskDependencies>(
  task: Task<Needs>,
  tools: Needs,
  event: unknown,
): Promise<TaskResult> {
  const { next, ...given } = taskInput.parse(event);
  // Observe decides on a generation only now, so its input names none.
  const isObserve = given.generation === undefined;
  const round = isObserve ? (next?.round ?? 0) + 1 : given.round;
  try {
    return { ...(await runOwned(task, tools, { ...given, round })), round };
  } catch (error) {
    // The connection to DynamoDB: the gateways translate errors of other connections. Lambda would report this one as "Error", which no
    // Retry rule can match. The retried task reads the record again, with the result of its lost write.
    if (isConnectionLost(error)) throw new StoreUnreachable(error);
    throw error;
  }
}

async function runOwned<Needs extends TaskDependencies>(
  task: Task<Needs>,
  tools: Needs,
  input: TaskInput,
): Promise<TaskAnswer> {
  const record = await tools.store.read(input.trackerId);
  if (record?.epoch !== input.epoch) {
    tools.log.info('another execution owns the record', { trackerId: input.trackerId, epoch: input.epoch });
    return taskResult('Done', { generation: input.generation ?? 0 });
  }
  emitBacklogAge(tools, record);
  const sending = sendHeartbeats(tools, record);
  try {
    return await runWithLease(task, tools, record, input);
  } finally {
    // After the task's own saves, which another write in between would invalidate.
    const taskTokens = await sending;
    if (taskTokens.length > 0) {
      await applyUntilSaved(tools, input.trackerId, 'dropCallbacks', { now: tools.now(), taskTokens });
    }
  }
}

async function runWithLease<Needs extends TaskDependencies>(
  task: Task<Needs>,
  tools: Needs,
  record: EventTrackerRecord,
  input: TaskInput,
): Promise<TaskAnswer> {
  const isObserve = input.generation === undefined;
  const isCurrent = isObserve || input.generation === record.generation;
  try {
    const { correlationId, traceparent } = record;
    const withIds = { ...tools, log: withFacts(tools.log, { correlationId, traceparent }) };
    const done = isCurrent ? await task(withIds, record, input) : observeAgain(record);
    // Observe renews the lease with what it saves. With ObserveAgain it has saved nothing.
    const isRenewed = isObserve && done.action !== 'ObserveAgain';
    if (!isRenewed && done.action !== 'Done') {
      await renewLease(tools, input, done.action === 'WaitBeforeNextPoll' ? done.waitSeconds * 1000 : 0);
    }
    return done;
  } catch (error) {
    if (!(error instanceof ThrottledError || error instanceof UnknownOutcomeError)) throw error;
    // The state machine's longest back-off.
    const waitingFor = error instanceof ThrottledError ? 'throttling' : 'unknown-outcome';
    if (error instanceof ThrottledError) await countThrottledCall(tools, record);
    const owned = await renewLease(tools, input, MAX_WAIT_MS, waitingFor);
    if (owned === undefined) return observeAgain(record);
    if (owned.outbox.length > 0) return taskResult('PublishEvents', owned);
    throw error;
  }
}

/**
 * Emitted before the task runs, so that it includes records whose task keeps being throttled or failing. The sweeper does not see them:
 * their execution is alive, so they are not due.
 */
function emitBacklogAge({ metrics, now }: TaskDependencies, record: EventTrackerRecord): void {
  const unfinished = unfinishedMs(record, now());
  const untold = oldestOutboxEntryMs(record, now());
  metrics?.emit({
    OldestPendingRequestAge: unfinished === undefined ? undefined : unfinished / 1000,
    OldestOutboxEntryAge: untold === undefined ? undefined : untold / 1000,
  });
}

/**
 * Renews the lease, which shows the sweeper that this execution is alive. The lease starts when the wait is over.
 * @param waitMs how long the state machine may wait before it calls the next task
 * @returns the record as it now is; undefined if this execution no longer owns it, or nothing is left to do
 */
async function renewLease(
  tools: TaskDependencies,
  { trackerId, epoch, generation = 0 }: TaskInput,
  waitMs: number,
  waitingFor?: WaitingFor,
): Promise<EventTrackerRecord | undefined> {
  const now = tools.now();
  const owner = { now, epoch, generation, nextPollAt: now + waitMs, waitingFor };
  const record = await applyUntilSaved(tools, trackerId, 'heartbeat', owner);
  return record.epoch === epoch && !isIdle(record) ? record : undefined;
}

/** More writes of others between a read and its save, in a row, than can happen. */
const MAX_SAVES = 20;

/**
 * Records a fact, whoever else writes in between: reads, applies and saves until the transition is saved or no longer applies.
 * @returns the current record
 * @throws Error if the record has changed `MAX_SAVES` times between a read and its save: the execution fails, and the sweeper takes the
 *   record over. It finds what was not recorded: a create call by its marker, a published event in the outbox
 */
export async function applyUntilSaved<Name extends TransitionName>(
  { store, settings }: TaskDependencies,
  trackerId: string,
  verb: Name,
  args: TransitionArguments<Name>,
): Promise<EventTrackerRecord> {
  for (let attempt = 0; attempt < MAX_SAVES; attempt++) {
    const record = await store.read(trackerId);
    if (record === undefined) throw new Error(`The record ${trackerId} is gone, and records are never deleted.`);
    const after = apply(verb, record, args, settings);
    if (isRejected(after)) return record;
    const saved = await store.save(record, after);
    if (saved) return saved;
  }
  throw new Error(`The record ${trackerId} changed ${MAX_SAVES} times while ${verb} was being recorded.`);
}
