const EVERY_MS = 5_000;

/** The scheduler of the local runtime: the sweep every few seconds, one at a time. */
export function startSweeping(sweep: (event: unknown) => Promise<unknown>) {
  let running: Promise<unknown> = Promise.resolve();
  let queued = false;
  const next = (event: unknown): Promise<unknown> => {
    const result = running.then(() => sweep(event));
    running = result.catch((error: unknown) => console.error('the sweep failed; the next one follows', error));
    return result;
  };
  const timer = setInterval(() => {
    // A sweep that takes long is not followed by a queue of others.
    if (queued) return;
    queued = true;
    next({})
      .catch(() => {})
      .finally(() => {
        queued = false;
      });
  }, EVERY_MS);
  return {
    /** Takes up whatever is unfinished, due or not. Only for a runtime that has just started. */
    takeUpEverything: async (): Promise<void> => {
      await next({ everything: true });
    },
    /** Sweeps now, after one that may be running. */
    now: (): Promise<unknown> => next({}),
    /** No sweep begins after this; the one that runs is waited for. */
    async stop(): Promise<void> {
      clearInterval(timer);
      await running;
    },
  };
}
