import type { Request, Scenario } from './world.ts';

const tracker: Request = { ask: 'tracker' };
const adopt: Request = { ask: 'adopt' };
const deletion: Request = { ask: 'deletion' };
const destruction: Request = { ask: 'destruction' };
const retry: Request = { ask: 'retry' };

/**
 * Another deployment on the same Personalize creates and deletes its tracker on the same group, at any time. The tracker id in
 * its tags is ours as well. Every `npm test`.
 */
export const DEPLOYMENT_QUICK: readonly Scenario[] = [
  {
    name: 'two deployments, deleted and retried',
    requests: [tracker, deletion, retry],
    faults: { anotherDeployment: 2 },
    drift: true,
  },
  {
    name: 'two deployments, ours CREATE FAILED after attempts',
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

/** With late calls, lags, crashes, missing trackers and blind takeovers. */
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
    name: 'two deployments, ours missing by reads that lag',
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
    name: 'two deployments, executions die and the living are taken over',
    requests: [tracker, deletion, { ...tracker, after: 1 }],
    faults: { anotherDeployment: 2, crash: 1, blind: 1 },
    drift: true,
  },
  {
    name: "two deployments, deletes late, the other's adopted twice",
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
    name: 'two deployments, tags that can not be read',
    requests: [tracker, deletion, retry],
    faults: { anotherDeployment: 2, tagsUnreadable: 1, createFailed: 1 },
    ageing: true,
    drift: true,
  },
  {
    name: 'two deployments, deadlines and our tag taken off',
    requests: [tracker, retry, deletion],
    faults: { anotherDeployment: 2, deadline: 1, untagged: 1 },
    drift: true,
  },
];
