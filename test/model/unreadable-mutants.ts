import type { Observation } from '../../functions/tracker/decide.ts';
import { decide } from '../../functions/tracker/decide.ts';
import type { EventTrackerRecord } from '../../functions/tracker/record.ts';
import { DEPLOYED } from './model.ts';
import { changing, type Mutant } from './mutants.ts';

const TRACKER = { ask: 'tracker' } as const;
const DELETION = { ask: 'deletion' } as const;

/** As if the look had shown that nothing is there. */
const asIfEmpty = ({ eventTrackerArn }: EventTrackerRecord): Observation =>
  eventTrackerArn === undefined ? { listed: [] } : { described: 'NOT_FOUND', listed: [] };

/** The rules of looks that can't be used, each left out. */
export const UNREADABLE_MUTANTS: readonly Mutant[] = [
  {
    name: "the deadline of a look that can't be used is forgotten",
    model: {
      ...DEPLOYED,
      decide: (record, observation, now, settings) =>
        decide(observation.unreadable ? { ...record, unreadableSince: undefined } : record, observation, now, settings),
    },
    scenario: { name: 'no look can be used ever again', requests: [TRACKER], faults: { unreadableForever: 1 } },
    breaks: /right end can not be reached/,
  },
  {
    name: 'since when no look can be used is not written down',
    model: changing('heartbeat', (applied) =>
      'rejected' in applied ? applied : { ...applied, unreadableSince: undefined },
    ),
    scenario: { name: 'no look can be used ever again', requests: [TRACKER], faults: { unreadableForever: 1 } },
    breaks: /right end can not be reached/,
  },
  {
    name: 'a new wish takes over since when no look could be used',
    model: changing('requestRetry', (applied, record) =>
      'rejected' in applied ? applied : { ...applied, unreadableSince: record.unreadableSince },
    ),
    scenario: {
      name: "retried, and the first look can't be used",
      requests: [TRACKER, { ask: 'retry' }],
      faults: { unreadable: 1, deadline: 1 },
    },
    breaks: /fails by its first look/,
  },
  {
    name: "a look that can't be used is taken for one that shows nothing",
    model: {
      ...DEPLOYED,
      decide: (record, observation, now, settings) =>
        decide(record, observation.unreadable ? asIfEmpty(record) : observation, now, settings),
    },
    scenario: { name: 'no look can be used for a while', requests: [TRACKER, DELETION], faults: { unreadable: 1 } },
    breaks: /DELETED is told before the remains are gone/,
  },
  {
    name: "a failure for looks that can't be used leaves no cleanup",
    model: changing('recordFailed', (applied, record) =>
      'rejected' in applied ? applied : { ...applied, cleanup: record.cleanup },
    ),
    scenario: {
      name: 'no look can be used for a while',
      requests: [TRACKER],
      faults: { unreadable: 1, createLost: 1 },
    },
    breaks: /does not know of/,
  },
];
