import { decide } from '../../functions/tracker/decide.ts';
import type { Observation } from '../../functions/tracker/observation.ts';
import type { EventTrackerRecord } from '../../functions/tracker/record.ts';
import { DEPLOYED } from './model.ts';
import { changing, type Mutant } from './mutants.ts';

const TRACKER = { ask: 'tracker' } as const;
const DELETION = { ask: 'deletion' } as const;

/** An observation that shows no tracker. */
const asIfEmpty = ({ eventTrackerArn }: EventTrackerRecord): Observation =>
  eventTrackerArn === undefined ? { listed: [] } : { described: 'NOT_FOUND', listed: [] };

/** The rules for unreadable responses, each left out. */
export const UNREADABLE_MUTANTS: readonly Mutant[] = [
  {
    name: 'the deadline of an unreadable response is forgotten',
    model: {
      ...DEPLOYED,
      decide: (record, observation, now, settings) =>
        decide(observation.unreadable ? { ...record, unreadableSince: undefined } : record, observation, now, settings),
    },
    scenario: { name: 'responses are unreadable forever', requests: [TRACKER], faults: { unreadableForever: 1 } },
    breaks: /end state cannot be reached/,
  },
  {
    name: 'the start of unreadable responses is not recorded',
    model: changing('heartbeat', (applied) =>
      'rejected' in applied ? applied : { ...applied, unreadableSince: undefined },
    ),
    scenario: { name: 'responses are unreadable forever', requests: [TRACKER], faults: { unreadableForever: 1 } },
    breaks: /end state cannot be reached/,
  },
  {
    name: 'a new request keeps the former start of unreadable responses',
    model: changing('requestRetry', (applied, record) =>
      'rejected' in applied ? applied : { ...applied, unreadableSince: record.unreadableSince },
    ),
    scenario: {
      name: 'retried, then the first response is unreadable',
      requests: [TRACKER, { ask: 'retry' }],
      faults: { unreadable: 1, deadline: 1 },
    },
    breaks: /first unreadable response fails/,
  },
  {
    name: 'an unreadable response counts as an empty one',
    model: {
      ...DEPLOYED,
      decide: (record, observation, now, settings) =>
        decide(record, observation.unreadable ? asIfEmpty(record) : observation, now, settings),
    },
    scenario: {
      name: 'responses are unreadable for a while',
      requests: [TRACKER, DELETION],
      faults: { unreadable: 1 },
    },
    breaks: /DELETED is reported before the cleanup is complete/,
  },
  {
    name: 'a failure because of unreadable responses leaves no cleanup',
    model: changing('recordFailed', (applied, record) =>
      'rejected' in applied ? applied : { ...applied, cleanup: record.cleanup },
    ),
    scenario: {
      name: 'responses are unreadable for a while',
      requests: [TRACKER],
      faults: { unreadable: 1, createLost: 1 },
    },
    breaks: /does not know of/,
  },
];
