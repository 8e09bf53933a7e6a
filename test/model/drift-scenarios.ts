import type { Request, Scenario } from './world.ts';

const tracker: Request = { ask: 'tracker' };
const adopt: Request = { ask: 'adopt' };
const deletion: Request = { ask: 'deletion' };
const destruction: Request = { ask: 'destruction' };
const retry: Request = { ask: 'retry' };

/**
 * The drift check with reads that lag. It takes three of them, all of one tracker, to record it as missing by mistake; a fourth has its
 * cleanup find nothing. Some seconds, in every `npm test`.
 */
export const DRIFT_QUICK: readonly Scenario[] = [
  {
    name: 'missing by reads that lag',
    requests: [tracker, tracker, deletion],
    faults: { staleRead: 4 },
    drift: true,
    purge: true,
  },
  {
    name: 'missing by reads that lag, or made behind our back',
    requests: [tracker],
    faults: { staleRead: 3, deletedOutOfBand: 1, createdOutOfBand: 1 },
    drift: true,
    purge: true,
  },
  {
    name: 'deleted behind our back, and still described',
    requests: [tracker, tracker],
    faults: { deletedOutOfBand: 1, staleDescribe: 1, staleRead: 3 },
    drift: true,
  },
  {
    name: 'adopted, and missing by reads that lag',
    requests: [adopt, destruction],
    faults: { staleRead: 4 },
    foreign: true,
    drift: true,
  },
  {
    name: 'adopted, deleted behind our back, and still described',
    requests: [adopt, adopt],
    faults: { deletedOutOfBand: 1, staleDescribe: 1, staleRead: 3 },
    foreign: true,
    drift: true,
  },
  { name: 'our tag taken off', requests: [tracker, deletion], faults: { staleRead: 2, untagged: 2 }, drift: true },
];

/** With more of each, and mixed. */
export const DRIFT_DEEP: readonly Scenario[] = [
  {
    name: 'missing by reads that lag, executions die',
    requests: [tracker, tracker, deletion],
    faults: { staleRead: 5, crash: 1, startLost: 1 },
    drift: true,
    purge: true,
  },
  {
    name: 'missing by reads that lag, and made again',
    requests: [tracker, deletion],
    faults: { staleRead: 5, deletedOutOfBand: 1, createLate: 1 },
    drift: true,
    recreateMissing: true,
  },
  {
    name: 'missing by reads that lag, and the next request fails',
    requests: [tracker, tracker, retry, deletion],
    faults: { staleRead: 5, checkFails: 1, refused: 1 },
    drift: true,
  },
  {
    name: 'missing by reads that lag, and another tenant asks',
    requests: [tracker, { ask: 'tracker', tenant: 'other' }, deletion],
    faults: { staleRead: 5, checkFails: 1, createLost: 1 },
    drift: true,
    purge: true,
  },
  {
    name: 'deleted and made behind our back, and still described',
    requests: [tracker, tracker],
    faults: { deletedOutOfBand: 2, createdOutOfBand: 1, staleDescribe: 1, staleRead: 3 },
    drift: true,
  },
  {
    name: 'adopted twice, and missing by reads that lag',
    requests: [adopt, destruction, adopt],
    faults: { staleRead: 4, deletedOutOfBand: 1, createdOutOfBand: 1 },
    foreign: true,
    drift: true,
  },
  {
    name: 'adopted, missing by reads that lag, and made again',
    requests: [adopt, deletion],
    faults: { staleRead: 5, deletedOutOfBand: 1, createLate: 1 },
    foreign: true,
    drift: true,
    recreateMissing: true,
  },
  {
    name: 'our tag taken off, and missing by reads that lag',
    requests: [tracker, tracker, deletion],
    faults: { staleRead: 4, untagged: 1 },
    drift: true,
  },
  {
    name: 'missing by reads that lag, blind takeovers and writes whose answer is lost',
    requests: [tracker, deletion],
    faults: { staleRead: 4, blind: 1, saveLost: 1 },
    drift: true,
  },
];
