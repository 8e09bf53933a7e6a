import type { Request, Scenario } from './world.ts';

const tracker: Request = { ask: 'tracker' };
const withToken: Request = { ask: 'tracker', withToken: true };
const adopt: Request = { ask: 'adopt' };
const deletion: Request = { ask: 'deletion' };
const retry: Request = { ask: 'retry' };

/** Looks whose answers can't be used: a refusal that nobody planned for, a status that is none. For a while, or for ever. */
export const UNREADABLE_QUICK: readonly Scenario[] = [
  {
    name: "looks that can't be used for a while",
    requests: [tracker, deletion],
    faults: { unreadable: 1, createLost: 1 },
  },
  {
    name: "looks that can't be used ever again",
    requests: [tracker, withToken, deletion],
    faults: { unreadableForever: 1 },
  },
  {
    name: "looks that can't be used, and retried",
    requests: [tracker, retry],
    faults: { unreadable: 2, createLate: 1 },
  },
];

/** With more of each, and mixed. */
export const UNREADABLE_DEEP: readonly Scenario[] = [
  {
    name: "looks that can't be used twice, deleted and asked for again",
    requests: [tracker, deletion, { ...tracker, after: 1 }],
    faults: { unreadable: 2, createLate: 1 },
  },
  {
    name: "looks that can't be used, deadlines and executions that die",
    requests: [tracker, retry, deletion],
    faults: { unreadable: 1, deadline: 1, createLost: 1, crash: 1 },
  },
  {
    name: "looks that can't be used ever again, late creates, retried",
    requests: [tracker, retry, deletion],
    faults: { unreadableForever: 1, createLate: 1, saveLost: 1 },
  },
  {
    name: "lost by looks that lag, and looks that can't be used",
    requests: [tracker, { ...tracker, after: 0 }, deletion],
    faults: { staleRead: 4, unreadable: 1 },
    drift: true,
  },
  {
    name: "deleted behind our back and made again, looks that can't be used",
    requests: [tracker, retry],
    faults: { deletedOutOfBand: 1, unreadable: 2, createLost: 1 },
    drift: true,
    recreateMissing: true,
  },
  {
    name: "adopted, and looks that can't be used",
    requests: [adopt, retry, deletion],
    faults: { unreadable: 2, blind: 1 },
    foreign: true,
  },
];
