import { setTimeout as pause } from 'node:timers/promises';

type Job = (event: unknown) => Promise<unknown>;

const SWEEP_EVERY_MS = 5_000;
const DRIFT_EVERY_MS = 3_600_000;
/** A run works for five sixths of it (`OPERATIONS_INTERVAL_SECONDS`). */
const OPERATIONS_EVERY_MS = 5_000;
/** How long a start, and a stop, waits for take-overs. */
const LONGEST_TAKE_UP_MS = 1_000;
const LONGEST_STOP_MS = 2_000;

/** Runs a job at its interval and on request, never twice at the same time. */
function oneAtATime(name: string, job: Job, everyMs: number) {
  let running: Promise<unknown> = Promise.resolve();
  let isScheduled = false;
  let isStopped = false;
  const run = (event: unknown): Promise<unknown> => {
    if (isStopped) return Promise.resolve();
    const result = running.then(() => job(event));
    running = result.catch(() => {});
    return result;
  };
  const timer = setInterval(() => {
    // A long run must not cause a queue of further runs.
    if (isScheduled) return;
    isScheduled = true;
    run({})
      .catch((error: unknown) => console.error(`the ${name} failed; it will run again at its next interval`, error))
      .finally(() => {
        isScheduled = false;
      });
  }, everyMs);
  return {
    run,
    /** Prevents further runs, and waits for the current one, but not for thousands of take-overs: the next start continues them. */
    async stop(): Promise<void> {
      isStopped = true;
      clearInterval(timer);
      await Promise.race([running, pause(LONGEST_STOP_MS, undefined, { ref: false })]);
    },
  };
}

/** The scheduler of the local runtime: runs the sweeper and the operations every few seconds and the drift check every hour, or on request. */
export function startScheduler(jobs: Readonly<Record<'sweep' | 'drift' | 'operations', Job>>) {
  const sweep = oneAtATime('sweep', jobs.sweep, SWEEP_EVERY_MS);
  const drift = oneAtATime('drift check', jobs.drift, DRIFT_EVERY_MS);
  const operations = oneAtATime('operations', jobs.operations, OPERATIONS_EVERY_MS);
  return {
    /**
     * Resumes all unfinished records, whether due or not. Only for a runtime that has just started. Returns before it is done if they are
     * many: thousands take minutes, and the API can answer meanwhile.
     */
    takeUpEverything: async (): Promise<void> => {
      const taken = sweep.run({ everything: true });
      taken.catch((error: unknown) => console.error('the first sweep failed', error));
      await Promise.race([taken, pause(LONGEST_TAKE_UP_MS, undefined, { ref: false })]);
      // Not awaited: a run takes seconds.
      operations.run({ everything: true }).catch((error: unknown) => console.error('the operations failed', error));
    },
    sweepNow: (): Promise<unknown> => sweep.run({}),
    operationsNow: (): Promise<unknown> => operations.run({}),
    /** Checks every record, not only those that are due. */
    driftNow: (): Promise<unknown> => drift.run({ everything: true }),
    async stop(): Promise<void> {
      await Promise.all([sweep.stop(), drift.stop(), operations.stop()]);
    },
  };
}
