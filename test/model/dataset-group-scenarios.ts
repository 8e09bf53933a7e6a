import type { Request, Scenario } from './world.ts';

const tracker: Request = { ask: 'tracker' };
const waiting: Request = { ask: 'tracker', waits: true };
const deletion: Request = { ask: 'deletion' };
const retry: Request = { ask: 'retry' };

/** Dataset groups that are created late, fail, or vanish. */
export const DATASET_GROUP_QUICK: readonly Scenario[] = [
  {
    name: 'a dataset group that is being created',
    requests: [tracker, deletion],
    faults: { groupFails: 1, groupStuck: 1, crash: 1 },
    datasetGroup: 'CREATING',
  },
  {
    name: 'a dataset group that does not exist yet, and a repeat that waits for it',
    requests: [tracker, { ...waiting, after: 0 }, retry],
    faults: { groupStuck: 1 },
    datasetGroup: 'MISSING',
  },
  {
    name: 'a dataset group that vanishes',
    requests: [waiting, deletion],
    faults: { groupVanishes: 2, createLost: 1 },
    datasetGroup: 'CREATING',
  },
];

/** More faults of each kind, and combinations. */
export const DATASET_GROUP_DEEP: readonly Scenario[] = [
  {
    name: 'a dataset group that is created late, deadlines and dying executions',
    requests: [waiting, deletion, { ...tracker, after: 1 }],
    faults: { groupFails: 1, groupStuck: 1, crash: 1, deadline: 1, createLate: 1 },
    datasetGroup: 'MISSING',
  },
  {
    name: 'a dataset group that vanishes, takeovers of a live owner and writes whose response is lost',
    requests: [waiting, retry],
    faults: { groupVanishes: 2, blind: 1, saveLost: 1 },
    datasetGroup: 'CREATING',
  },
  {
    name: 'a wait for a dataset group after a deletion, with task tokens',
    requests: [waiting, deletion, { ...waiting, withToken: true, after: 1 }],
    faults: { groupVanishes: 1, createFailed: 1, busDown: 1 },
    datasetGroup: 'CREATING',
  },
];
