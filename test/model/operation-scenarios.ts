import type { Request, Scenario } from './world.ts';

const tracker: Request = { ask: 'tracker' };
const retry: Request = { ask: 'retry' };
const deletion: Request = { ask: 'deletion' };

/** A platform's operation over a failed tracker, which callers and executions change at the same time. */
export const OPERATION_QUICK: readonly Scenario[] = [
  {
    name: 'an operation, and runs that die',
    requests: [tracker],
    faults: { refused: 2, crash: 2 },
    operation: 'retries',
  },
  {
    name: 'an operation that two runs carry out at the same time',
    requests: [tracker],
    faults: { refused: 1, duplicate: 1 },
    operation: 'retries',
    cancels: true,
  },
  {
    name: 'an operation, and a retry by its tenant',
    requests: [tracker, retry],
    faults: { refused: 2, crash: 1 },
    operation: 'retries',
    cancels: true,
  },
  {
    name: 'an operation, and a deletion',
    requests: [tracker, deletion],
    faults: { createFailed: 1, crash: 1 },
    operation: 'retries',
    cancels: true,
  },
  {
    name: 'an operation, and a new request',
    requests: [tracker, tracker],
    faults: { refused: 2, crash: 1 },
    operation: 'retries',
  },
  {
    name: 'an operation whose key the record has forgotten',
    requests: [tracker],
    faults: { refused: 2, crash: 1 },
    operation: 'forgotten',
  },
];

export const OPERATION_DEEP: readonly Scenario[] = [
  {
    name: 'an operation, a retry and a deletion, runs that die',
    requests: [tracker, retry, deletion],
    faults: { refused: 2, crash: 2 },
    operation: 'retries',
    cancels: true,
  },
  {
    name: 'an operation and a deletion, runs at the same time',
    requests: [tracker, deletion],
    faults: { refused: 2, duplicate: 1 },
    operation: 'retries',
    cancels: true,
  },
  {
    name: 'an operation, a retry and a deletion, starts are lost',
    requests: [tracker, retry, deletion],
    faults: { refused: 2, startLost: 1 },
    operation: 'retries',
    cancels: true,
  },
  {
    name: 'an operation while what failed is removed, late creates',
    requests: [tracker, deletion, { ask: 'tracker', after: 1 }],
    faults: { createFailed: 1, createLate: 1, crash: 1 },
    operation: 'retries',
  },
];
