import type { Request, Scenario } from './world.ts';

const tracker: Request = { ask: 'tracker' };
const keyed: Request = { ask: 'tracker', keyed: true };
const withToken: Request = { ask: 'tracker', withToken: true };
const adopt: Request = { ask: 'adopt' };
const retry: Request = { ask: 'retry' };
const deletion: Request = { ask: 'deletion' };

/** Requests after a failure. Each starts a new attempt with its own name, even if the failed one left something behind. */
export const ATTEMPT_QUICK: readonly Scenario[] = [
  {
    name: 'failed, and requested again',
    requests: [tracker, tracker],
    faults: { refused: 1, createFailed: 1, createLate: 1 },
  },
  {
    name: 'a deadline, and requested again',
    requests: [tracker, tracker, deletion],
    faults: { deadline: 1, createLate: 1 },
  },
  { name: 'failed, and old keys are sent again', requests: [keyed, keyed], faults: { checkFails: 2, repeat: 2 } },
  {
    name: 'failed, and requested again with task tokens',
    requests: [withToken, withToken],
    faults: { refused: 2, repeat: 1 },
  },
  { name: 'a conflict, and then adopted', requests: [tracker, adopt, deletion], faults: { lag: 1 }, foreign: true },
];

export const ATTEMPT_DEEP: readonly Scenario[] = [
  {
    name: 'failed twice, requested again, an execution dies',
    requests: [tracker, tracker, tracker],
    faults: { refused: 1, createFailed: 1, createLate: 1, crash: 1 },
  },
  {
    name: 'failed, requested again, retried and deleted, writes whose response is lost',
    requests: [tracker, tracker, retry, deletion],
    faults: { refused: 2, saveLost: 1 },
  },
  {
    name: 'two deadlines, requested again and deleted',
    requests: [tracker, tracker, deletion],
    faults: { deadline: 2, createLate: 1, crash: 1 },
  },
  {
    name: 'failed after a deletion, and old keys are sent again',
    requests: [keyed, deletion, { ...keyed, after: 1 }],
    faults: { checkFails: 2, createLate: 1, repeat: 2 },
  },
  {
    name: 'a conflict, then adopted, and old keys are sent again',
    requests: [keyed, { ...adopt, keyed: true }, deletion],
    faults: { repeat: 2, deletedOutOfBand: 1 },
    foreign: true,
    drift: true,
  },
  {
    name: 'failed, and taken over by the sweeper while it is requested again',
    requests: [tracker, tracker],
    faults: { createFailed: 1, createLate: 1, blind: 1, startLost: 1 },
  },
];
