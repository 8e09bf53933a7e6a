import * as z from 'zod';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { RequestDependencies } from '../requests/dependencies.ts';
import { retryPlanned } from '../requests/retry-planned.ts';
import { type OperationStore, PLAN_PAGE } from '../store/operation-store.ts';
import type { StatusIndex } from '../store/status-index.ts';
import {
  inTurns,
  isEnded,
  type Operation,
  type PlannedRetry,
  planned,
  type RetryOutcome,
  withOutcome,
} from '../tracker/operation.ts';

export interface OperationDependencies extends Omit<RequestDependencies, 'allowance'> {
  readonly operations: OperationStore;
  readonly statusIndex: StatusIndex;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** The pace of all operations together. */
  readonly retriesPerMinute: number;
  /** The scheduler's interval. A run spreads its share of the pace over most of it. */
  readonly intervalMs: number;
  readonly log: Log;
}

export interface OperationsResult {
  /** The operations that this run worked on. */
  readonly found: number;
  readonly retried: number;
  readonly skipped: number;
  /** Retries that were refused, and operations whose turn ended with an error. */
  readonly failed: number;
}

/** A run holds an operation for this long after its last write; then another run may continue it. More than a run takes. */
const HELD_MS = 2 * 60_000;
/** The rest is for starting, planning and the last write. */
const SHARE_OF_THE_INTERVAL = 5 / 6;
/** Trackers that one turn looks at without finding one to retry; then the others have their turn. */
const SKIPPED_IN_A_TURN = 100;

/** `everything`: also operations that another run holds. For the start of the local runtime, when no run is left. */
const operationsInput = z.object({ everything: z.boolean().optional() });

/**
 * Continues every operation that is due: in turn between them, and at the pace of the deployment. Each outcome is written before the next
 * tracker is looked at. A run that dies loses at most the record of its last outcome, which the tracker's own record then shows.
 */
export async function runOperations(tools: OperationDependencies, event: unknown): Promise<OperationsResult> {
  const { everything = false } = operationsInput.parse(event ?? {});
  const counts = { found: 0, retried: 0, skipped: 0, failed: 0 };
  const dueBy = everything ? Number.MAX_SAFE_INTEGER : tools.now();
  const active: Operation[] = [];
  for (const operationId of await tools.operations.listDue(dueBy)) {
    const held = await guarded(tools, operationId, counts, () => claim(tools, operationId, dueBy));
    if (held) active.push(held);
  }
  if (active.length === 0) return counts;
  counts.found = active.length;
  const share = Math.max(1, Math.round((tools.retriesPerMinute * tools.intervalMs) / 60_000));
  const runMs = tools.intervalMs * SHARE_OF_THE_INTERVAL;
  const until = tools.now() + runMs;
  for (let made = 0; made < share && active.length > 0 && tools.now() < until; ) {
    const operation = active.shift();
    if (operation === undefined) break;
    const before = counts.retried;
    const next = await guarded(tools, operation.operationId, counts, () => takeTurn(tools, operation, counts));
    if (next && !isEnded(next)) active.push(next);
    if (counts.retried === before) continue;
    made++;
    if (made < share && active.length > 0) await tools.sleep(runMs / share);
  }
  // The next run continues; without this it would wait until the operations are held no longer.
  for (const operation of active) {
    await guarded(tools, operation.operationId, counts, () =>
      tools.operations.save(operation, { ...operation, dueAt: tools.now() }),
    );
  }
  tools.log.info('operations', counts);
  return counts;
}

type Counts = { -readonly [Name in keyof OperationsResult]: number };

/** One operation's error is its own: it is logged, and a later run continues the operation. */
async function guarded<Result>(
  { log }: OperationDependencies,
  operationId: string,
  counts: Counts,
  work: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    counts.failed++;
    log.error('an operation could not be continued', error, { operationId });
    return undefined;
  }
}

/** Holds the operation and plans it. The index may be outdated, so the operation itself decides whether it is due. */
async function claim(tools: OperationDependencies, operationId: string, dueBy: number): Promise<Operation | undefined> {
  const { operations, now } = tools;
  const read = await operations.read(operationId);
  if (read === undefined || isEnded(read) || read.dueAt > dueBy) return undefined;
  const held = await operations.save(read, { ...read, dueAt: now() + HELD_MS });
  if (held === undefined || held.status !== 'PENDING') return held;
  const plan = await planOf(tools, held);
  for (let page = 0; page * PLAN_PAGE < plan.length; page++) {
    await operations.writePlan(held, page, plan.slice(page * PLAN_PAGE, (page + 1) * PLAN_PAGE));
  }
  const ready = await operations.save(held, planned(held, plan.length, now()));
  tools.log.info('an operation was planned', { operationId, matched: plan.length });
  return ready && !isEnded(ready) ? ready : undefined;
}

/** The trackers that match now, in turn between the tenants, the oldest failures of each first. */
async function planOf({ statusIndex }: OperationDependencies, { filter }: Operation): Promise<PlannedRetry[]> {
  const { failureCodes, tenants, since, limit } = filter;
  const found = new Map<string, PlannedRetry>();
  let after = since === undefined ? undefined : new Date(since).toISOString();
  do {
    const page = await statusIndex.list(
      { statuses: ['CREATE FAILED'], failureCodes, tenants, order: 'oldest first', after },
      1000,
    );
    for (const { trackerId, tenantId } of page.entries) found.set(trackerId, { trackerId, tenantId });
    after = page.after;
  } while (after !== undefined);
  return inTurns([...found.values()]).slice(0, limit);
}

/** @returns the operation after one retry, or after many trackers without one; undefined if another run has it */
async function takeTurn(
  tools: OperationDependencies,
  operation: Operation,
  counts: Counts,
): Promise<Operation | undefined> {
  let current: Operation = operation;
  for (let looked = 0; looked < SKIPPED_IN_A_TURN; looked++) {
    const page = await tools.operations.readPlan(current, Math.floor(current.next / PLAN_PAGE));
    const entry = page[current.next % PLAN_PAGE];
    if (entry === undefined)
      throw new Error(`The plan of the operation ${current.operationId} ends before ${current.next}.`);
    const outcome = await retryPlanned(tools, current, entry);
    counts[outcome.kind]++;
    if (outcome.kind === 'failed') {
      tools.log.warn('an operation could not retry an event tracker', { ...entry, reason: outcome.reason });
    }
    const recorded = await recordOutcome(tools, current, entry, outcome);
    if (recorded === undefined || isEnded(recorded)) {
      if (recorded) logEnd(tools, recorded);
      return undefined;
    }
    current = recorded;
    if (outcome.kind === 'retried') break;
  }
  return current;
}

/** @returns undefined if another run has recorded an outcome for this tracker */
async function recordOutcome(
  { operations, now }: OperationDependencies,
  operation: Operation,
  entry: PlannedRetry,
  outcome: RetryOutcome,
): Promise<Operation | undefined> {
  let before: Operation | undefined = operation;
  while (before !== undefined && before.next === operation.next) {
    const after = { ...withOutcome(before, outcome, entry, now()), dueAt: now() + HELD_MS };
    const saved = await operations.save(before, after);
    if (saved) return saved;
    // It was canceled meanwhile, or our own write's answer was lost.
    before = await operations.read(operation.operationId);
  }
  return undefined;
}

function logEnd(
  { log }: OperationDependencies,
  { operationId, status, matched, retried, skipped, failed }: Operation,
): void {
  log.info('an operation ended', { operationId, status, matched, retried, skipped, failed });
}

/** The operations with their metrics, which exist only while there are operations. */
export async function runOperationsWithMetrics(
  tools: OperationDependencies,
  metrics: Metrics,
  event: unknown,
): Promise<OperationsResult> {
  const result = await runOperations(tools, event);
  if (result.found > 0 || result.failed > 0) {
    metrics.emit({ OperationRetries: result.retried, OperationFailures: result.failed });
  }
  return result;
}
