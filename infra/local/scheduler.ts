type Job = (event: unknown) => Promise<unknown>;

const SWEEP_EVERY_MS = 5_000;
const DRIFT_EVERY_MS = 3_600_000;

/** Runs a job, one at a time: at its interval, and whenever it is asked for. */
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
    // One that takes long is not followed by a queue of others.
    if (isScheduled) return;
    isScheduled = true;
    run({})
      .catch((error: unknown) => console.error(`the ${name} failed; the next one follows`, error))
      .finally(() => {
        isScheduled = false;
      });
  }, everyMs);
  return {
    run,
    /** No run begins after this; the one that runs is waited for. */
    async stop(): Promise<void> {
      isStopped = true;
      clearInterval(timer);
      await running;
    },
  };
}

/** The scheduler of the local runtime: the sweep every few seconds, the drift check hourly, and either at once. */
export function startScheduler(jobs: { readonly sweep: Job; readonly drift: Job }) {
  const sweep = oneAtATime('sweep', jobs.sweep, SWEEP_EVERY_MS);
  const drift = oneAtATime('drift check', jobs.drift, DRIFT_EVERY_MS);
  return {
    /** Takes up whatever is unfinished, due or not. Only for a runtime that has just started. */
    takeUpEverything: async (): Promise<void> => {
      await sweep.run({ everything: true });
    },
    sweepNow: (): Promise<unknown> => sweep.run({}),
    /** Of every record, not only of those whose routine look is due. */
    driftNow: (): Promise<unknown> => drift.run({ everything: true }),
    async stop(): Promise<void> {
      await Promise.all([sweep.stop(), drift.stop()]);
    },
  };
}
