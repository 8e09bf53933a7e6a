import type { ExecutionRow, TrackerExecution } from '../../../console/protocol.ts';
import { type ExecutionRecord, type ExecutionStore, statusOf } from '../step-functions/execution-store.ts';

/** How many closed executions a page is given at first. */
const MAX_CLOSED = 300;

/** Reads executions for the console. @param isTakeOver whether the sweeper was seen to take over for this execution, by its name */
export function createExecutionRows(store: ExecutionStore, isTakeOver: (name: string) => boolean) {
  const row = (record: ExecutionRecord): ExecutionRow => {
    const { executionArn, stateMachineArn, name, startDate, closure } = record;
    const entered = store.lastEntered(record);
    return {
      executionArn,
      stateMachineArn,
      name,
      status: statusOf(record),
      startedAt: startDate,
      ...(closure && { stoppedAt: closure.stopDate }),
      ...(entered && { state: entered.name, stateSince: entered.at }),
      events: record.events ?? store.eventCount(executionArn),
    };
  };
  return {
    /** All that are running, and the latest of those that have ended. */
    latest(): ExecutionRow[] {
      const all = store.all();
      const closed = all.filter(({ closure }) => closure !== undefined).slice(-MAX_CLOSED);
      return [...closed, ...all.filter(({ closure }) => closure === undefined)].map(row);
    },

    these: (arns: readonly string[]): ExecutionRow[] =>
      arns
        .map((arn) => store.get(arn))
        .filter((record) => record !== undefined)
        .map(row),

    /** Newest first. */
    ofTracker(trackerId: string): TrackerExecution[] {
      const found = store.all().filter(({ name }) => name.startsWith(`${trackerId}-`));
      return found
        .map((record) => {
          const epoch = epochOf(record.name);
          const before = found.find(({ name }) => epochOf(name) === epoch - 1);
          return { ...row(record), epoch, startedBy: startedBy(record, before, store, isTakeOver) };
        })
        .sort((one, other) => other.epoch - one.epoch);
    },
  };
}

/** The service names an execution `TRACKER_ID-EPOCH`. */
const epochOf = (name: string): number => Number(name.slice(name.lastIndexOf('-') + 1));

/**
 * Why an execution was started. Take-overs of this process were seen; those before a restart show by what became of the execution before:
 * it never started, or it did not end by itself.
 */
function startedBy(
  record: ExecutionRecord,
  before: ExecutionRecord | undefined,
  store: ExecutionStore,
  isTakeOver: (name: string) => boolean,
): TrackerExecution['startedBy'] {
  if (isTakeOver(record.name)) return 'take-over';
  const closure = before?.closure;
  const endedBefore = closure !== undefined && closure.stopDate <= record.startDate;
  if (before === undefined) return epochOf(record.name) > 1 ? 'take-over' : 'request';
  if (!endedBefore) return 'request';
  if (closure.status !== 'SUCCEEDED') return 'take-over';
  return store.lastEntered(before)?.name === 'HandOver' ? 'hand-over' : 'request';
}
