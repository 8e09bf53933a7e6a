import { decidePreflight } from '../../functions/tracker/dataset-group.ts';
import { DEPLOYED } from './model.ts';
import { type Mutant, spoiling } from './mutants.ts';

const TRACKER = { ask: 'tracker' } as const;

/** The rules of dataset groups that are waited for, each left out. */
export const DATASET_GROUP_MUTANTS: readonly Mutant[] = [
  {
    name: 'a dataset group that is being created fails the request',
    model: {
      ...DEPLOYED,
      decidePreflight: (record, seen, now) =>
        decidePreflight(record, seen, now, { ...DEPLOYED.settings, deadlineMs: 0 }),
    },
    scenario: { name: 'a dataset group in creation', requests: [TRACKER], faults: {}, datasetGroup: 'CREATING' },
    breaks: /fails whose dataset group is to be waited for/,
  },
  {
    name: 'a tracker is created without the dataset group ACTIVE',
    model: {
      ...DEPLOYED,
      decidePreflight: (record, seen, now, settings) => {
        const decision = decidePreflight(record, seen, now, settings);
        return decision.do === 'WaitBeforeNextPoll' ? { do: 'recordChecked' } : decision;
      },
    },
    scenario: { name: 'a dataset group in creation', requests: [TRACKER], faults: {}, datasetGroup: 'CREATING' },
    breaks: /never ACTIVE/,
  },
  {
    name: 'since when the dataset group is waited for is not written down',
    model: spoiling('recordWaiting', (after) => ({ ...after, preflightWait: undefined })),
    scenario: {
      name: 'a dataset group that stays in creation',
      requests: [TRACKER],
      faults: { groupStuck: 1 },
      datasetGroup: 'CREATING',
    },
    breaks: /right end can not be reached/,
  },
  {
    name: 'the deadline of a dataset group never ends',
    model: {
      ...DEPLOYED,
      decidePreflight: (record, seen, now, settings) =>
        decidePreflight(record, seen, now, { ...settings, deadlineMs: Number.POSITIVE_INFINITY }),
    },
    scenario: {
      name: 'a dataset group that stays in creation',
      requests: [TRACKER],
      faults: { groupStuck: 1 },
      datasetGroup: 'CREATING',
    },
    breaks: /right end can not be reached/,
  },
  {
    name: 'the wait for a dataset group forgets the heartbeat',
    model: {
      ...spoiling('heartbeat', (after, { preflightWait, due }) =>
        preflightWait === undefined ? after : { ...after, due },
      ),
      settings: { ...DEPLOYED.settings, leaseMs: 1_000 },
    },
    scenario: {
      name: 'a dataset group that takes longer than a lease',
      requests: [TRACKER],
      faults: {},
      datasetGroup: 'CREATING',
      leases: true,
    },
    breaks: /waits as announced is taken over/,
  },
];
