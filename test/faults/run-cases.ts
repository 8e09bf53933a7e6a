import { DescribeExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { isSettled } from '../../functions/tracker/record.ts';
import type { DatasetGroupPart } from '../../functions/tracker/waiting-for.ts';
import type { PublishedEvent } from '../e2e/local-runtime.ts';
import { until } from './feed.ts';
import { faultsLeft, type Group, type Harness, type ReceivedCall, whileSweeping } from './harness.ts';
import { type FaultCase, LAG_TIMES, LIFECYCLES, type Lifecycle, personalize, type Script } from './row.ts';

/** The result of a row for the caller, the subscriber and Personalize. */
export interface CaseResult {
  readonly group: Group;
  /** The HTTP statuses of the request and its repetitions. */
  readonly answers: readonly number[];
  /** The final answer to GET. */
  readonly resource: {
    readonly status: string;
    readonly trackingId?: string;
    readonly eventTrackerArn?: string;
    readonly failure?: { readonly code: string };
    readonly updateFailure?: { readonly code: string };
    readonly tags?: readonly object[];
  };
  readonly deliveries: readonly PublishedEvent[];
  readonly events: readonly PublishedEvent[];
  /** The trackers of the dataset group in Personalize. */
  readonly trackers: readonly { readonly eventTrackerArn?: string; readonly status?: string }[];
  readonly createCalls: readonly ReceivedCall[];
  /** Scripted faults of the row that no call encountered. */
  readonly unused: readonly Script[];
  readonly execution: string | undefined;
}

/** A row whose dataset group and earlier tracker exist. */
interface Prepared {
  readonly row: FaultCase;
  readonly group: Group;
  /** ARN of the execution that the request will start. */
  readonly executionArn: string;
}
interface CaseRun extends Prepared {
  readonly answers: readonly number[];
  readonly unused: readonly Script[];
}

const EXECUTION_ARN = 'arn:aws:states:us-east-1:123456789012:execution:event-tracker-lifecycle';

const post = (harness: Harness, { name, datasetGroupArn }: Group, more: object = {}) =>
  harness.api('POST', '/event-trackers', { name, datasetGroupArn, ...more });
const remove = (harness: Harness, { trackerId }: Group) => harness.api('DELETE', `/event-trackers/${trackerId}`);

/** One key goes, and one comes. */
const FORMER_TAGS = [{ tagKey: 'team', tagValue: 'web' }];
export const REQUESTED_TAGS = [{ tagKey: 'cost', tagValue: '42' }];

/** Prepares the dataset group and the earlier tracker that the row's lifecycle needs. */
export async function prepare(harness: Harness, row: FaultCase, name: string): Promise<Prepared> {
  const isFuture = row.lifecycle === 'creation before its dataset group';
  const group = isFuture ? harness.futureGroup(name) : await harness.newGroup(name);
  const published = LIFECYCLES[row.lifecycle].published;
  const settled = async (count: number) => {
    await harness.feed.untilPublished(group.trackerId, count);
    await harness.untilIdle(group);
  };
  const hasFailed = row.lifecycle === 'retry' || row.lifecycle === 'creation after a failure';
  if (hasFailed) await harness.script(personalize('CreateEventTracker', 'create-failed'), group);
  if (published.length > 0) {
    await post(harness, group, row.lifecycle === 'change of tags' ? { tags: FORMER_TAGS } : {});
    await settled(1);
  }
  if (row.lifecycle === 'recreation') {
    await remove(harness, group);
    await settled(2);
  }
  const epoch = (await harness.record(group))?.epoch ?? 0;
  return { row, group, executionArn: `${EXECUTION_ARN}:${group.trackerId}-${epoch + 1}` };
}

/** Sends the request of the lifecycle. @returns the HTTP status */
async function request(harness: Harness, lifecycle: Lifecycle, group: Group): Promise<number> {
  switch (lifecycle) {
    case 'creation':
    case 'recreation':
      return (await post(harness, group)).status;
    case 'creation after a failure':
      return (await post(harness, group, { name: 'another' })).status;
    case 'creation before its dataset group':
      return requestBeforeDatasetGroup(harness, group);
    case 'deletion':
      return (await remove(harness, group)).status;
    case 'change of tags':
      return (await harness.patch(`/event-trackers/${group.trackerId}`, { tags: REQUESTED_TAGS })).status;
    case 'retry':
      return (await harness.api('POST', `/event-trackers/${group.trackerId}/retry`)).status;
    case 'deletion during creation':
      await post(harness, group);
      await until('the first create call', async () => ((await harness.record(group))?.attempt ?? 0) > 0 || undefined, {
        everyMs: 20,
      });
      return (await remove(harness, group)).status;
    case 'recreation during a deletion':
      await remove(harness, group);
      return (await post(harness, group)).status;
  }
}

/** Requests the tracker, then creates the dataset group and the dataset when the service waits for them. */
async function requestBeforeDatasetGroup(harness: Harness, group: Group): Promise<number> {
  const { status } = await post(harness, group, { waitForDatasetGroup: true });
  /** Waits until the service waits for this part, or has an outcome. */
  const waits = (part: DatasetGroupPart) =>
    until(`a wait for the ${part}`, async () => {
      const record = await harness.record(group);
      if (record?.preflightWait?.for === part && !isSettled(record)) return 'waits';
      return record && record.observedGeneration === record.generation ? 'over' : undefined;
    });
  if ((await waits('dataset-group')) === 'waits') await harness.createGroup(group);
  if ((await waits('interactions-dataset')) === 'waits') await harness.createDataset(group);
  return status;
}

/** Injects the row's faults, makes the request, and waits until the record is idle. */
export async function runCase(harness: Harness, prepared: Prepared): Promise<CaseRun> {
  const { row, group } = prepared;
  for (const script of row.scripts) await harness.script(script, group);
  const answers = [await request(harness, row.lifecycle, group)];
  // The 500 says that repeating is safe, so the caller repeats the request.
  if (answers[0] === 500) answers.push(await request(harness, row.lifecycle, group));
  if (row.during) await meanwhile(harness, prepared, row.during);
  await harness.feed.untilPublished(group.trackerId, row.published.length);
  if (row.cleanupPending) await untilOverdue(harness, group);
  else await harness.untilIdle(group);
  return { ...prepared, answers, unused: await unusedOf(harness, prepared) };
}

/** The faults that no call encountered. Must run before the next row, whose calls would consume them. */
async function unusedOf(harness: Harness, { row, group }: Prepared): Promise<Script[]> {
  const scripts = [...row.scripts, ...(row.during?.scripts ?? [])];
  const left = await faultsLeft(harness, group, scripts);
  // A lag is scripted for all later calls; at least one must encounter it.
  const isUnused = ({ operation, fault, times }: Script) =>
    left.some(
      (one) => one.operation === operation && one.fault === fault && (times < LAG_TIMES || one.times === times),
    );
  return scripts.filter(isUnused);
}

/** Waits for a poll after the deadline, by which the failure must have been published. */
async function untilOverdue(harness: Harness, group: Group): Promise<void> {
  await until(`an overdue poll of ${group.name}`, async () => {
    const record = await harness.record(group);
    if (record === undefined || record.outbox.length > 0) return undefined;
    // The heartbeat of a poll moves the due time beyond the lease.
    const polledAt = record.due.at - harness.leaseMs;
    return polledAt > record.requestedAt + 1.5 * harness.deadlineMs || undefined;
  });
}

/** Injects faults or aborts the execution during a call to Personalize, which a delay keeps open. */
async function meanwhile(
  harness: Harness,
  { group, executionArn }: Prepared,
  { operation, scripts = [], abort }: NonNullable<FaultCase['during']>,
): Promise<void> {
  const isUnderWay = async () => {
    const left = await faultsLeft(harness, group, [personalize(operation, 'delay')]);
    return left.every((fault) => fault.operation !== operation) || undefined;
  };
  await until(`a delayed ${operation}`, isUnderWay, { everyMs: 25 });
  for (const script of scripts) await harness.script(script, group);
  if (abort)
    await harness.stepFunctions.send(new StopExecutionCommand({ executionArn, cause: 'stopped by an operator' }));
}

/** Collects the result of a row after all rows of the harness have run. */
export async function observe(harness: Harness, caseRun: CaseRun, calls: readonly ReceivedCall[]): Promise<CaseResult> {
  const { row, group, answers, unused, executionArn } = caseRun;
  const record = await harness.record(group);
  await harness.feed.untilPublished(group.trackerId, record?.sequence ?? 0);
  const { body: resource } = await harness.api('GET', `/event-trackers/${group.trackerId}`);
  return {
    group,
    answers,
    resource,
    deliveries: harness.feed.deliveries(group.trackerId),
    events: harness.feed.events(group.trackerId),
    trackers: await harness.trackersOf(group),
    createCalls: calls.filter(
      ({ operation, outcome, parameters }) =>
        operation === 'CreateEventTracker' &&
        outcome !== 'late-act-landed' &&
        parameters.datasetGroupArn === group.datasetGroupArn,
    ),
    unused,
    execution: row.execution && (await endOf(harness, executionArn)),
  };
}

/** The final status of an execution, which ends shortly after its record is idle. */
function endOf(harness: Harness, executionArn: string): Promise<string> {
  return until(`the end of ${executionArn}`, async () => {
    const { status } = await harness.stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    return status === 'RUNNING' ? undefined : status;
  });
}

/** Waits until every late act has taken effect. */
export async function untilLanded(harness: Harness): Promise<ReceivedCall[]> {
  return until('the effect of every late act', async () => {
    const calls = await harness.calls();
    const count = (outcome: string) => calls.filter((call) => call.outcome === outcome).length;
    return count('late-act') === count('late-act-landed') ? calls : undefined;
  });
}

/** Returns an error instead of throwing it, so that a failed row fails only its own test. */
async function orError<T>(act: Promise<T>): Promise<T | Error> {
  try {
    return await act;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Calls `act` for each subject in order, at most `atOnce` in parallel. */
async function eachOf<T>(subjects: readonly T[], atOnce: number, act: (subject: T) => Promise<void>): Promise<void> {
  const queue = [...subjects];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await act(next);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

const slowness = ({ scripts }: FaultCase): number => Math.max(0, ...scripts.map(({ delayMs = 0 }) => delayMs));

/**
 * Runs all rows, slow ones first, at most `atOnce` in parallel. With `atOnce` 1, faults may affect any call, so the earlier
 * trackers of all rows are created before the first fault is scripted.
 * @param options `sweepEveryMs`: interval of additional sweeps while a row runs
 */
export async function runCases(
  harness: Harness,
  rows: readonly FaultCase[],
  { atOnce, prefix, sweepEveryMs }: { atOnce: number; prefix: string; sweepEveryMs?: number },
): Promise<Map<FaultCase, CaseResult | Error>> {
  const prepared = new Map<FaultCase, Prepared | Error>();
  const caseRuns = new Map<FaultCase, CaseRun | Error>();
  const makeReady = async (row: FaultCase) => {
    prepared.set(row, await orError(prepare(harness, row, `${prefix}${rows.indexOf(row)}`)));
  };
  if (atOnce === 1) await eachOf(rows, 20, makeReady);
  const bySlowness = rows.toSorted((left, right) => slowness(right) - slowness(left));
  await eachOf(bySlowness, atOnce, async (row) => {
    if (atOnce > 1) await makeReady(row);
    const ready = prepared.get(row);
    if (ready instanceof Error) caseRuns.set(row, ready);
    else if (ready !== undefined) {
      const run = () => orError(runCase(harness, ready));
      caseRuns.set(row, sweepEveryMs === undefined ? await run() : await whileSweeping(harness, sweepEveryMs, run));
    }
    // The faults of a failed row must not affect the next one.
    if (atOnce === 1) await harness.clearFaults();
  });
  const calls = await untilLanded(harness);
  const seen = new Map<FaultCase, CaseResult | Error>();
  await eachOf(rows, 10, async (row) => {
    const one = caseRuns.get(row);
    if (one !== undefined) seen.set(row, one instanceof Error ? one : await orError(observe(harness, one, calls)));
  });
  return seen;
}
