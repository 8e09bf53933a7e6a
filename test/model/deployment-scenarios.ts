import type { Request, Scenario } from './world.ts';

const tracker: Request = { ask: 'tracker' };
const adopt: Request = { ask: 'adopt' };
const deletion: Request = { ask: 'deletion' };
const destruction: Request = { ask: 'destruction' };
const retry: Request = { ask: 'retry' };

/**
 * Another deployment in the same account creates and deletes its tracker in the same dataset group, at any time. Both deployments use the
 * same tracker id in their tags. Every `npm test` runs these.
 */
export const DEPLOYMENT_QUICK: readonly Scenario[] = [
  {
    name: 'two deployments, deleted and retried',
    requests: [tracker, deletion, retry],
    faults: { anotherDeployment: 2 },
    drift: true,
  },
  {
    name: 'two deployments, ours CREATE FAILED after several attempts',
    requests: [tracker, retry],
    faults: { anotherDeployment: 2, createFailed: 1, refused: 1 },
    drift: true,
  },
  {
    name: "two deployments, the other's adopted and released",
    requests: [adopt, deletion, tracker],
    faults: { anotherDeployment: 2 },
    anothers: true,
    drift: true,
  },
  {
    name: "two deployments, the other's adopted and destroyed",
    requests: [adopt, destruction],
    faults: { anotherDeployment: 2 },
    anothers: true,
    drift: true,
  },
  {
    name: 'two deployments, ours deleted out of band',
    requests: [tracker, deletion],
    faults: { anotherDeployment: 1, deletedOutOfBand: 1 },
    drift: true,
  },
];

/** With late calls, lagging reads, crashes, missing trackers and takeovers of a live owner. */
export const DEPLOYMENT_DEEP: readonly Scenario[] = [
  {
    name: 'two deployments, late and lost creates',
    requests: [tracker, deletion, retry],
    faults: { anotherDeployment: 2, createLate: 1, createLost: 1 },
    drift: true,
  },
  {
    name: 'two deployments, trackers and tags not visible yet',
    requests: [tracker, deletion, adopt],
    faults: { anotherDeployment: 2, lag: 2 },
    drift: true,
  },
  {
    name: 'two deployments, ours reported missing by stale reads',
    requests: [tracker, deletion],
    faults: { anotherDeployment: 2, staleRead: 4, deletedOutOfBand: 1 },
    drift: true,
    purge: true,
  },
  {
    name: 'two deployments, ours missing and created again',
    requests: [tracker, deletion],
    faults: { anotherDeployment: 2, deletedOutOfBand: 1, createLate: 1 },
    drift: true,
    recreateMissing: true,
  },
  {
    name: 'two deployments, executions die and live owners are taken over',
    requests: [tracker, deletion, { ...tracker, after: 1 }],
    faults: { anotherDeployment: 2, crash: 1, blind: 1 },
    drift: true,
  },
  {
    name: "two deployments, late deletes, the other's adopted twice",
    requests: [adopt, deletion, { ...adopt, after: 1 }],
    faults: { anotherDeployment: 3, deleteLate: 1, staleList: 1 },
    anothers: true,
    drift: true,
    ageing: true,
  },
  {
    name: 'two deployments, ours deleted by a late delete while the other creates',
    requests: [tracker, deletion, { ...tracker, after: 1 }],
    faults: { anotherDeployment: 2, deleteLate: 1, deleteLost: 1 },
    drift: true,
  },
  {
    name: 'two deployments, unreadable tags',
    requests: [tracker, deletion, retry],
    faults: { anotherDeployment: 2, tagsUnreadable: 1, createFailed: 1 },
    ageing: true,
    drift: true,
  },
  {
    name: 'two deployments, deadlines and our tag removed',
    requests: [tracker, retry, deletion],
    faults: { anotherDeployment: 2, deadline: 1, untagged: 1 },
    drift: true,
  },
];
