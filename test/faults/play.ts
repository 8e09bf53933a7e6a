import { DescribeExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { type DatasetGroupPart, isSettled } from '../../functions/tracker/record.ts';
import type { TakenEvent } from '../e2e/local-runtime.ts';
import { until } from './feed.ts';
import { type FaultCase, LAG_TIMES, LIFECYCLES, type Lifecycle, personalize, type Script } from './row.ts';
import { faultsLeft, type Group, type Harness, type ReachedPoint, whileSweeping } from './stage.ts';

/** What a row came to, as each of those concerned saw it. */
export interface CaseResult {
  readonly group: Group;
  /** HTTP statuses of the request. */
  readonly answers: readonly number[];
  /** GET, in the end. */
  readonly resource: {
    readonly status: string;
    readonly trackingId?: string;
    readonly eventTrackerArn?: string;
    readonly failure?: { readonly code: string };
  };
  readonly deliveries: readonly TakenEvent[];
  readonly events: readonly TakenEvent[];
  /** Personalize's list of the group. */
  readonly trackers: readonly { readonly eventTrackerArn?: string; readonly status?: string }[];
  readonly createCalls: readonly ReachedPoint[];
  /** Scripts of the row that met no call. */
  readonly unmet: readonly Script[];
  readonly execution: string | undefined;
}

/** A row whose dataset group and earlier tracker are there. */
interface Prepared {
  readonly row: FaultCase;
  readonly group: Group;
  /** The execution that the request will start. */
  readonly executionArn: string;
}
interface CaseRun extends Prepared {
  readonly answers: readonly number[];
  readonly unmet: readonly Script[];
}

const EXECUTION_ARN = 'arn:aws:states:us-east-1:123456789012:execution:event-tracker-lifecycle';

const post = (stage: Harness, { name, datasetGroupArn }: Group, more: object = {}) =>
  stage.api('POST', '/event-trackers', { name, datasetGroupArn, ...more });
const remove = (stage: Harness, { trackerId }: Group) => stage.api('DELETE', `/event-trackers/${trackerId}`);

/** What had to happen before the request. */
export async function prepare(stage: Harness, row: FaultCase, name: string): Promise<Prepared> {
  const isFuture = row.lifecycle === 'creation before its dataset group';
  const group = isFuture ? stage.futureGroup(name) : await stage.newGroup(name);
  const published = LIFECYCLES[row.lifecycle].published;
  const settled = async (count: number) => {
    await stage.feed.untilPublished(group.trackerId, count);
    await stage.untilIdle(group);
  };
  const hasFailed = row.lifecycle === 'retry' || row.lifecycle === 'creation after a failure';
  if (hasFailed) await stage.script(personalize('CreateEventTracker', 'create-failed'), group);
  if (published.length > 0) {
    await post(stage, group);
    await settled(1);
  }
  if (row.lifecycle === 'creation again') {
    await remove(stage, group);
    await settled(2);
  }
  const epoch = (await stage.record(group))?.epoch ?? 0;
  return { row, group, executionArn: `${EXECUTION_ARN}:${group.trackerId}-${epoch + 1}` };
}

/** The request itself. @returns the status of its answer */
async function request(stage: Harness, lifecycle: Lifecycle, group: Group): Promise<number> {
  switch (lifecycle) {
    case 'creation':
    case 'creation again':
      return (await post(stage, group)).status;
    case 'creation after a failure':
      return (await post(stage, group, { name: 'another' })).status;
    case 'creation before its dataset group':
      return askedFirst(stage, group);
    case 'deletion':
      return (await remove(stage, group)).status;
    case 'retry':
      return (await stage.api('POST', `/event-trackers/${group.trackerId}/retry`)).status;
    case 'deletion while creating':
      await post(stage, group);
      await until('the first create call', async () => ((await stage.record(group))?.attempt ?? 0) > 0 || undefined, {
        everyMs: 20,
      });
      return (await remove(stage, group)).status;
    case 'creation again behind a deletion':
      await remove(stage, group);
      return (await post(stage, group)).status;
  }
}

/** Asks for the tracker, and creates what it waits for once it does. */
async function askedFirst(stage: Harness, group: Group): Promise<number> {
  const { status } = await post(stage, group, { waitForDatasetGroup: true });
  /** Whether it waits for this part; not, where it has its outcome instead. */
  const waits = (part: DatasetGroupPart) =>
    until(`a wait for the ${part}`, async () => {
      const record = await stage.record(group);
      if (record?.preflightWait?.for === part && !isSettled(record)) return 'waits';
      return record && record.observedGeneration === record.generation ? 'over' : undefined;
    });
  if ((await waits('dataset-group')) === 'waits') await stage.createGroup(group);
  if ((await waits('interactions-dataset')) === 'waits') await stage.createDataset(group);
  return status;
}

/** Injects the row's faults, makes the request, and waits until the record is idle. */
export async function runCase(stage: Harness, prepared: Prepared): Promise<CaseRun> {
  const { row, group } = prepared;
  for (const script of row.scripts) await stage.script(script, group);
  const answers = [await request(stage, row.lifecycle, group)];
  // The 500 says that repeating is safe, so the caller repeats the request.
  if (answers[0] === 500) answers.push(await request(stage, row.lifecycle, group));
  if (row.during) await meanwhile(stage, prepared, row.during);
  await stage.feed.untilPublished(group.trackerId, row.published.length);
  if (row.cleanupPending) await untilOverdue(stage, group);
  else await stage.untilIdle(group);
  return { ...prepared, answers, unmet: await unmetOf(stage, prepared) };
}

/** Checked before the next row runs: its calls would meet a fault that this one left. */
async function unmetOf(stage: Harness, { row, group }: Prepared): Promise<Script[]> {
  const scripts = [...row.scripts, ...(row.during?.scripts ?? [])];
  const left = await faultsLeft(stage, group, scripts);
  // A lag is scripted for every call to come: one has to meet it.
  const isUnmet = ({ operation, fault, times }: Script) =>
    left.some(
      (one) => one.operation === operation && one.fault === fault && (times < LAG_TIMES || one.times === times),
    );
  return scripts.filter(isUnmet);
}

/** Waits until the deadline has passed and a poll came after it: what should be published by then was published. */
async function untilOverdue(stage: Harness, group: Group): Promise<void> {
  await until(`an overdue poll of ${group.name}`, async () => {
    const record = await stage.record(group);
    if (record === undefined || record.outbox.length > 0) return undefined;
    // The heartbeat of a poll moves the due time beyond the lease.
    const polledAt = record.due.at - stage.leaseMs;
    return polledAt > record.requestedAt + 1.5 * stage.deadlineMs || undefined;
  });
}

/** Acts while a call of Personalize's, kept open by a delay, is under way. */
async function meanwhile(
  stage: Harness,
  { group, executionArn }: Prepared,
  { operation, scripts = [], abort }: NonNullable<FaultCase['during']>,
): Promise<void> {
  const isUnderWay = async () => {
    const left = await faultsLeft(stage, group, [personalize(operation, 'delay')]);
    return left.every((fault) => fault.operation !== operation) || undefined;
  };
  await until(`a delayed ${operation}`, isUnderWay, { everyMs: 25 });
  for (const script of scripts) await stage.script(script, group);
  if (abort) await stage.stepFunctions.send(new StopExecutionCommand({ executionArn, cause: 'an operator did it' }));
}

/** What everybody sees, once all rows of the stage were played. */
export async function observe(stage: Harness, played: CaseRun, calls: readonly ReachedPoint[]): Promise<CaseResult> {
  const { row, group, answers, unmet, executionArn } = played;
  const record = await stage.record(group);
  await stage.feed.untilPublished(group.trackerId, record?.sequence ?? 0);
  const { body: resource } = await stage.api('GET', `/event-trackers/${group.trackerId}`);
  return {
    group,
    answers,
    resource,
    deliveries: stage.feed.deliveries(group.trackerId),
    events: stage.feed.events(group.trackerId),
    trackers: await stage.trackersOf(group),
    createCalls: calls.filter(
      ({ operation, outcome, parameters }) =>
        operation === 'CreateEventTracker' &&
        outcome !== 'late-act-landed' &&
        parameters.datasetGroupArn === group.datasetGroupArn,
    ),
    unmet,
    execution: row.execution && (await endOf(stage, executionArn)),
  };
}

/** How an execution ended. The record is idle a moment before its execution knows. */
function endOf(stage: Harness, executionArn: string): Promise<string> {
  return until(`the end of ${executionArn}`, async () => {
    const { status } = await stage.stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    return status === 'RUNNING' ? undefined : status;
  });
}

/** Waits until every late act has landed. */
export async function untilLanded(stage: Harness): Promise<ReachedPoint[]> {
  return until('the landing of every late act', async () => {
    const calls = await stage.calls();
    const count = (outcome: string) => calls.filter((call) => call.outcome === outcome).length;
    return count('late-act') === count('late-act-landed') ? calls : undefined;
  });
}

/** A row that fails fails its own test only. */
async function orError<T>(act: Promise<T>): Promise<T | Error> {
  try {
    return await act;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Each by `act`, at most so many in parallel, in this order. */
async function eachOf<T>(subjects: readonly T[], atOnce: number, act: (subject: T) => Promise<void>): Promise<void> {
  const queue = [...subjects];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await act(next);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

const slowness = ({ scripts }: FaultCase): number => Math.max(0, ...scripts.map(({ delayMs = 0 }) => delayMs));

/**
 * Plays all rows, at most so many in parallel, the slow ones first. One at a time means that a fault may meet any call: the earlier
 * trackers of all rows are made before the first fault is scripted.
 * @param options `sweepEveryMs`: how often the sweep runs beside the runtime's own schedule while a row is played
 */
export async function runCases(
  stage: Harness,
  rows: readonly FaultCase[],
  { atOnce, prefix, sweepEveryMs }: { atOnce: number; prefix: string; sweepEveryMs?: number },
): Promise<Map<FaultCase, CaseResult | Error>> {
  const prepared = new Map<FaultCase, Prepared | Error>();
  const played = new Map<FaultCase, CaseRun | Error>();
  const makeReady = async (row: FaultCase) => {
    prepared.set(row, await orError(prepare(stage, row, `${prefix}${rows.indexOf(row)}`)));
  };
  if (atOnce === 1) await eachOf(rows, 20, makeReady);
  const bySlowness = rows.toSorted((left, right) => slowness(right) - slowness(left));
  await eachOf(bySlowness, atOnce, async (row) => {
    if (atOnce > 1) await makeReady(row);
    const ready = prepared.get(row);
    if (ready instanceof Error) played.set(row, ready);
    else if (ready !== undefined) {
      const run = () => orError(runCase(stage, ready));
      played.set(row, sweepEveryMs === undefined ? await run() : await whileSweeping(stage, sweepEveryMs, run));
    }
    // What a row that failed has left must not meet the next one.
    if (atOnce === 1) await stage.clearFaults();
  });
  const calls = await untilLanded(stage);
  const seen = new Map<FaultCase, CaseResult | Error>();
  await eachOf(rows, 10, async (row) => {
    const one = played.get(row);
    if (one !== undefined) seen.set(row, one instanceof Error ? one : await orError(observe(stage, one, calls)));
  });
  return seen;
}
