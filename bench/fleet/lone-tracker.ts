import { fleetOf, run, type System } from './fleet.ts';

/** A tracker on a service that has nothing else to do, without a throttle: means of twenty creations. */
export interface LoneTracker {
  readonly calls: number;
  readonly writes: number;
  readonly transitions: number;
  /** Waits that no poll follows. */
  readonly waitsWithoutPoll: number;
}

/** As it was before admission (commit 2820c51), by the same measurement. */
export const BEFORE_ADMISSION: LoneTracker = { calls: 9.9, writes: 14.9, transitions: 30.7, waitsWithoutPoll: 0 };

const SEEDS = 20;

export async function loneTracker(system: System): Promise<LoneTracker> {
  const sum = { calls: 0, writes: 0, transitions: 0, waitsWithoutPoll: 0 };
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { calls, costs } = await run(system, { trackers: fleetOf({ acme: 1 }), throttle: undefined, seed });
    sum.calls += calls.made / SEEDS;
    sum.writes += costs.writes / SEEDS;
    sum.transitions += costs.transitions / SEEDS;
    sum.waitsWithoutPoll += (costs.waits - calls.polls) / SEEDS;
  }
  return sum;
}
