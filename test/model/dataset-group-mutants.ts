import { decidePreflight } from '../../functions/tracker/dataset-group.ts';
import { DEPLOYED } from './model.ts';
import { changingAccepted, type Mutant } from './mutants.ts';

const TRACKER = { ask: 'tracker' } as const;

/** The rules for waiting for a dataset group, each left out. */
export const DATASET_GROUP_MUTANTS: readonly Mutant[] = [
  {
    name: 'a dataset group that is being created fails the request',
    model: {
      ...DEPLOYED,
      decidePreflight: (record, seen, now) =>
        decidePreflight(record, seen, now, { ...DEPLOYED.settings, deadlineMs: 0 }),
    },
    scenario: { name: 'a dataset group in creation', requests: [TRACKER], faults: {}, datasetGroup: 'CREATING' },
    breaks: /fails without waiting for its dataset group/,
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
    name: 'the start of the wait for the dataset group is not recorded',
    model: changingAccepted('recordWaiting', (after) => ({ ...after, preflightWait: undefined })),
    scenario: {
      name: 'a dataset group that stays in creation',
      requests: [TRACKER],
      faults: { groupStuck: 1 },
      datasetGroup: 'CREATING',
    },
    breaks: /end state cannot be reached/,
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
    breaks: /end state cannot be reached/,
  },
  {
    name: 'the wait for a dataset group does not renew the lease',
    model: {
      ...changingAccepted('heartbeat', (after, { preflightWait, due }) =>
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
    breaks: /within its announced wait/,
  },
];
