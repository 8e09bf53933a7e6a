import type { Request, Scenario } from './world.ts';

const tracker: Request = { ask: 'tracker' };
const adopt: Request = { ask: 'adopt' };
const deletion: Request = { ask: 'deletion' };
const destruction: Request = { ask: 'destruction' };
const retry: Request = { ask: 'retry' };

/**
 * The drift check with stale reads. Three of them, all of one tracker, record it as missing by mistake. A fourth makes its cleanup find
 * nothing. Every `npm test` runs these, in a few seconds.
 */
export const DRIFT_QUICK: readonly Scenario[] = [
  {
    name: 'reported missing by stale reads',
    requests: [tracker, tracker, deletion],
    faults: { staleRead: 4 },
    drift: true,
    purge: true,
  },
  {
    name: 'reported missing by stale reads, or replaced out of band',
    requests: [tracker],
    faults: { staleRead: 3, deletedOutOfBand: 1, createdOutOfBand: 1 },
    drift: true,
    purge: true,
  },
  {
    name: 'deleted out of band, and still described',
    requests: [tracker, tracker],
    faults: { deletedOutOfBand: 1, staleDescribe: 1, staleRead: 3 },
    drift: true,
  },
  {
    name: 'adopted, and reported missing by stale reads',
    requests: [adopt, destruction],
    faults: { staleRead: 4 },
    foreign: true,
    drift: true,
  },
  {
    name: 'adopted, deleted out of band, and still described',
    requests: [adopt, adopt],
    faults: { deletedOutOfBand: 1, staleDescribe: 1, staleRead: 3 },
    foreign: true,
    drift: true,
  },
  { name: 'our tag removed', requests: [tracker, deletion], faults: { staleRead: 2, untagged: 2 }, drift: true },
];

/** More faults of each kind, and combinations. */
export const DRIFT_DEEP: readonly Scenario[] = [
  {
    name: 'reported missing by stale reads, executions die',
    requests: [tracker, tracker, deletion],
    faults: { staleRead: 5, crash: 1, startLost: 1 },
    drift: true,
    purge: true,
  },
  {
    name: 'reported missing by stale reads, and created again',
    requests: [tracker, deletion],
    faults: { staleRead: 5, deletedOutOfBand: 1, createLate: 1 },
    drift: true,
    recreateMissing: true,
  },
  {
    name: 'reported missing by stale reads, and the next request fails',
    requests: [tracker, tracker, retry, deletion],
    faults: { staleRead: 5, checkFails: 1, refused: 1 },
    drift: true,
  },
  {
    name: 'reported missing by stale reads, and requested by another tenant',
    requests: [tracker, { ask: 'tracker', tenant: 'other' }, deletion],
    faults: { staleRead: 5, checkFails: 1, createLost: 1 },
    drift: true,
    purge: true,
  },
  {
    name: 'deleted and created out of band, and still described',
    requests: [tracker, tracker],
    faults: { deletedOutOfBand: 2, createdOutOfBand: 1, staleDescribe: 1, staleRead: 3 },
    drift: true,
  },
  {
    name: 'adopted twice, and reported missing by stale reads',
    requests: [adopt, destruction, adopt],
    faults: { staleRead: 4, deletedOutOfBand: 1, createdOutOfBand: 1 },
    foreign: true,
    drift: true,
  },
  {
    name: 'adopted, reported missing by stale reads, and created again',
    requests: [adopt, deletion],
    faults: { staleRead: 5, deletedOutOfBand: 1, createLate: 1 },
    foreign: true,
    drift: true,
    recreateMissing: true,
  },
  {
    name: 'our tag removed, and reported missing by stale reads',
    requests: [tracker, tracker, deletion],
    faults: { staleRead: 4, untagged: 1 },
    drift: true,
  },
  {
    name: 'reported missing by stale reads, takeovers of a live owner and writes whose response is lost',
    requests: [tracker, deletion],
    faults: { staleRead: 4, blind: 1, saveLost: 1 },
    drift: true,
  },
];
