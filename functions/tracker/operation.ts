import * as z from 'zod';
import { hashOf } from './identity.ts';
import type { AcceptedKey, EventTrackerRecord } from './record.ts';
import { isFailed } from './record.ts';

/** PENDING: not planned yet. The last two are final. */
export const OPERATION_STATUSES = ['PENDING', 'RUNNING', 'COMPLETED', 'CANCELED'] as const;
export type OperationStatus = (typeof OPERATION_STATUSES)[number];

/** Milliseconds since the epoch. */
const time = z.number();
const count = z.int().min(0);

/** Which failures an operation retries. */
const filter = z
  .object({
    failureCodes: z.array(z.string()).readonly(),
    tenants: z.array(z.string()).readonly().optional(),
    /** Only trackers that last changed then or later. */
    since: time.optional(),
    /** The maximum number of trackers. */
    limit: count,
  })
  .readonly();
export type RetryFilter = z.infer<typeof filter>;

/**
 * A retry of many failed trackers. Its plan, the trackers in their order, is written once; from then on the operation is a position in it,
 * which moves by one with each outcome.
 */
export const operationSchema = z.object({
  operationId: z.string(),
  /** Incremented by every write, and the condition of the next one. */
  revision: count,
  status: z.enum(OPERATION_STATUSES),
  filter,
  /** Another request under the same Idempotency-Key is refused. */
  requestHash: z.string(),
  correlationId: z.string(),
  /** Failures of requests that are newer than the operation are not its concern. */
  createdAt: time,
  updatedAt: time,
  endedAt: time.optional(),
  /** The revision at which the plan was made, which its pages are named after: a slower run's pages are other ones. */
  plan: count.optional(),
  matched: count,
  /** How many of the plan are done: the next one's index. */
  next: count,
  retried: count,
  skipped: count,
  failed: count,
  /** The last trackers that could not be retried. */
  failures: z.array(z.object({ trackerId: z.string(), reason: z.string() })).readonly(),
  /** When a run may continue it: later while a run holds it. */
  dueAt: time,
});
export type Operation = Readonly<z.infer<typeof operationSchema>>;

/** One tracker of the plan. */
export interface PlannedRetry {
  readonly trackerId: string;
  readonly tenantId: string;
}

export type RetryOutcome =
  | { readonly kind: 'retried' }
  /** The tracker is not what the operation was asked for any more. */
  | { readonly kind: 'skipped' }
  | { readonly kind: 'failed'; readonly reason: string };

export const isEnded = ({ status }: Pick<Operation, 'status'>): boolean =>
  status === 'COMPLETED' || status === 'CANCELED';
export const remainingOf = ({ matched, next }: Operation): number => matched - next;

export const newOperation = (
  asked: Pick<Operation, 'operationId' | 'filter' | 'requestHash' | 'correlationId'>,
  now: number,
): Operation => ({
  ...asked,
  revision: 1,
  status: 'PENDING',
  createdAt: now,
  updatedAt: now,
  ...{ matched: 0, next: 0, retried: 0, skipped: 0, failed: 0, failures: [] },
  dueAt: now,
});

/** The trackers in turn between the tenants, so that none waits for another's five hundred. Each tenant's keep their order. */
export function inTurns(found: readonly PlannedRetry[]): PlannedRetry[] {
  const turns = new Map<string, number>();
  return found
    .map((planned) => {
      const turn = turns.get(planned.tenantId) ?? 0;
      turns.set(planned.tenantId, turn + 1);
      return { planned, turn };
    })
    .sort((one, other) => one.turn - other.turn)
    .map(({ planned }) => planned);
}

/** The plan is written: the operation runs, or is complete if nothing matched. */
export function planned(operation: Operation, matched: number, now: number): Operation {
  if (operation.status !== 'PENDING') return operation;
  return ended({ ...operation, status: 'RUNNING', plan: operation.revision, matched, updatedAt: now }, now);
}

/** Completes an operation whose plan is done. */
const ended = (operation: Operation, now: number): Operation =>
  operation.status === 'RUNNING' && operation.next === operation.matched
    ? { ...operation, status: 'COMPLETED', endedAt: now }
    : operation;

export const canceled = (operation: Operation, now: number): Operation =>
  isEnded(operation) ? operation : { ...operation, status: 'CANCELED', updatedAt: now, endedAt: now };

/** The failures that an operation names. */
const FAILURES_SHOWN = 20;

/** The outcome of the tracker that was next. A canceled operation still counts the one that was in progress. */
export function withOutcome(
  operation: Operation,
  outcome: RetryOutcome,
  planEntry: PlannedRetry,
  now: number,
): Operation {
  const { trackerId } = planEntry;
  const failures =
    outcome.kind === 'failed'
      ? [...operation.failures, { trackerId, reason: outcome.reason }].slice(-FAILURES_SHOWN)
      : operation.failures;
  const counted = { ...operation, [outcome.kind]: operation[outcome.kind] + 1, next: operation.next + 1 };
  return ended({ ...counted, failures, updatedAt: now }, now);
}

/** By which the record knows the operation's retry: after a crash or a lost answer it is not made again. */
export const keyOfRetry = (
  { operationId }: Pick<Operation, 'operationId'>,
  trackerId: string,
): Omit<AcceptedKey, 'generation'> => ({
  key: hashOf(`operation ${operationId} ${trackerId}`),
  body: hashOf('operation'),
});

/** The time of the retry: later than the operation, whatever the clocks, so that the operation does not match it again. */
export const timeOfRetry = ({ createdAt }: Pick<Operation, 'createdAt'>, now: number): number =>
  Math.max(now, createdAt + 1);

/**
 * What the operation does with a record, as it is now: retry it; nothing, as it did so already; or nothing, because its failure has changed
 * since: somebody retried, requested or deleted it.
 */
export function verdictOn(
  { filter: { failureCodes }, createdAt, operationId }: Pick<Operation, 'filter' | 'createdAt' | 'operationId'>,
  { tenantId, trackerId }: PlannedRetry,
  record: EventTrackerRecord | undefined,
): 'retry' | 'retried' | 'skipped' {
  if (record === undefined || record.tenantId !== tenantId) return 'skipped';
  const { key } = keyOfRetry({ operationId }, trackerId);
  if (record.keys.some((accepted) => accepted.key === key)) return 'retried';
  const isAsBefore = record.requestedAt <= createdAt;
  const isMeant = record.desired === 'PRESENT' && isFailed(record) && failureCodes.includes(record.failure?.code ?? '');
  return isAsBefore && isMeant ? 'retry' : 'skipped';
}
