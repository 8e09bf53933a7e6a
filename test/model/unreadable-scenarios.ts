import type { Request, Scenario } from './world.ts';

const tracker: Request = { ask: 'tracker' };
const withToken: Request = { ask: 'tracker', withToken: true };
const adopt: Request = { ask: 'adopt' };
const deletion: Request = { ask: 'deletion' };
const retry: Request = { ask: 'retry' };

/** Unreadable responses (an unexpected refusal or an unknown status), for a while or forever. */
export const UNREADABLE_QUICK: readonly Scenario[] = [
  {
    name: 'unreadable responses for a while',
    requests: [tracker, deletion],
    faults: { unreadable: 1, createLost: 1 },
  },
  {
    name: 'unreadable responses forever',
    requests: [tracker, withToken, deletion],
    faults: { unreadableForever: 1 },
  },
  {
    name: 'unreadable responses, and retried',
    requests: [tracker, retry],
    faults: { unreadable: 2, createLate: 1 },
  },
];

/** More faults of each kind, and combinations. */
export const UNREADABLE_DEEP: readonly Scenario[] = [
  {
    name: 'unreadable responses twice, deleted and requested again',
    requests: [tracker, deletion, { ...tracker, after: 1 }],
    faults: { unreadable: 2, createLate: 1 },
  },
  {
    name: 'unreadable responses, deadlines and dying executions',
    requests: [tracker, retry, deletion],
    faults: { unreadable: 1, deadline: 1, createLost: 1, crash: 1 },
  },
  {
    name: 'unreadable responses forever, late creates, retried',
    requests: [tracker, retry, deletion],
    faults: { unreadableForever: 1, createLate: 1, saveLost: 1 },
  },
  {
    name: 'reported missing by stale reads, and unreadable responses',
    requests: [tracker, { ...tracker, after: 0 }, deletion],
    faults: { staleRead: 4, unreadable: 1 },
    drift: true,
  },
  {
    name: 'deleted out of band and created again, unreadable responses',
    requests: [tracker, retry],
    faults: { deletedOutOfBand: 1, unreadable: 2, createLost: 1 },
    drift: true,
    recreateMissing: true,
  },
  {
    name: 'adopted, and unreadable responses',
    requests: [adopt, retry, deletion],
    faults: { unreadable: 2, blind: 1 },
    foreign: true,
  },
];
