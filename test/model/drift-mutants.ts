import { apply } from '../../functions/tracker/apply.ts';
import { decide } from '../../functions/tracker/decide.ts';
import { decideRecorded, decideTags } from '../../functions/tracker/drift.ts';
import type { EventTrackerRecord } from '../../functions/tracker/record.ts';
import { isRejected } from '../../functions/tracker/transition.ts';
import { DEPLOYED } from './model.ts';
import type { Mutant } from './mutants.ts';

const TRACKER = { ask: 'tracker' } as const;
/** As many reads that lag as it takes to lose a tracker by mistake, and its cleanup's first list. */
const MISSING_BY_MISTAKE = { staleRead: 4 } as const;

const asIfIdle = (record: EventTrackerRecord): EventTrackerRecord => ({
  ...record,
  observedGeneration: record.generation,
  cleanup: undefined,
  outbox: [],
});

/** The drift check with one of its rules left out. */
export const DRIFT_MUTANTS: readonly Mutant[] = [
  {
    name: 'missing without a fresh list',
    model: {
      ...DEPLOYED,
      decideRecorded: (record, reads, now, settings) =>
        reads.described[0] === 'NOT_FOUND'
          ? { do: 'recordDrift', drift: { kind: 'DELETED_OUT_OF_BAND' } }
          : decideRecorded(record, reads, now, settings),
    },
    scenario: { name: 'a describe that lags', requests: [TRACKER], faults: { staleRead: 1 }, drift: true },
    breaks: /reports an existing tracker as missing/,
  },
  {
    name: 'missing without a second describe',
    model: {
      ...DEPLOYED,
      decideRecorded: (record, reads, now, settings) =>
        decideRecorded(record, { ...reads, described: [...reads.described, ...reads.described] }, now, settings),
    },
    scenario: { name: 'two reads that lag', requests: [TRACKER], faults: { staleRead: 2 }, drift: true },
    breaks: /reports an existing tracker as missing/,
  },
  {
    name: 'a missing tracker is recorded over a record that is not idle',
    model: {
      ...DEPLOYED,
      decideRecorded: (record, reads, now, settings) => {
        const decision = decideRecorded(asIfIdle(record), reads, now, settings);
        const isOther = decision.do === 'recordDrift' && decision.drift.kind !== 'DELETED_OUT_OF_BAND';
        return isOther ? decideRecorded(record, reads, now, settings) : decision;
      },
      apply: (verb, record, args, settings) => {
        if (verb !== 'recordDrift') return apply(verb, record, args, settings);
        const drifted = apply(verb, asIfIdle(record), args, settings);
        if (isRejected(drifted)) return drifted;
        const { observedGeneration, outbox } = record;
        return { ...drifted, observedGeneration, outbox: [...outbox, ...drifted.outbox] };
      },
    },
    scenario: { name: 'not visible yet', requests: [TRACKER], faults: { lag: 1 }, drift: true },
    breaks: /status is DELETED while the outcome of generation 0 of 1 is recorded/,
  },
  {
    name: 'a cleanup deletes the missing tracker',
    model: {
      ...DEPLOYED,
      decide: (record, observation, now, settings) =>
        decide({ ...record, missing: undefined }, observation, now, settings),
    },
    scenario: { name: 'missing by mistake', requests: [TRACKER], faults: MISSING_BY_MISTAKE, drift: true },
    breaks: /reported ACTIVE, and nobody requested that/,
  },
  {
    name: 'the missing tracker is forgotten by the next request',
    model: {
      ...DEPLOYED,
      apply: (verb, record, args, settings) => {
        const applied = apply(verb, record, args, settings);
        return verb === 'recreate' && !isRejected(applied) ? { ...applied, missing: undefined } : applied;
      },
    },
    scenario: {
      name: 'missing by mistake, made again',
      requests: [TRACKER, TRACKER],
      faults: MISSING_BY_MISTAKE,
      drift: true,
    },
    breaks: /reported ACTIVE, and nobody requested that/,
  },
  {
    // Found by the model in the code of its day.
    name: 'a slow response that names the missing tracker ends its absence',
    model: {
      ...DEPLOYED,
      apply: (verb, record, args, settings) => {
        const applied = apply(verb, record, args, settings);
        return verb === 'recordCallResult' && !isRejected(applied) ? { ...applied, missing: undefined } : applied;
      },
    },
    scenario: {
      name: 'a slow create, found by another owner, and missing by mistake',
      requests: [TRACKER],
      faults: { staleRead: 3, blind: 1 },
      drift: true,
    },
    breaks: /reported ACTIVE, and nobody requested that/,
  },
  {
    name: 'the missing tracker is recorded again within createInFlight',
    model: {
      ...DEPLOYED,
      decide: (record, observation, now, settings) =>
        decide(
          record.missing ? { ...record, missing: { ...record.missing, at: 0 } } : record,
          observation,
          now,
          settings,
        ),
    },
    scenario: {
      name: 'deleted, and still described',
      requests: [TRACKER],
      faults: { deletedOutOfBand: 1, staleDescribe: 1, staleRead: 3 },
      drift: true,
    },
    breaks: /is reported ACTIVE again, and is gone/,
  },
  {
    name: 'a read is never older than the record',
    model: {
      ...DEPLOYED,
      decideRecorded: (record, reads, now, settings) => {
        const [described] = reads.described;
        return described === 'CREATE PENDING' && record.eventTrackerArn !== undefined
          ? {
              do: 'recordDrift',
              drift: {
                kind: 'STATUS_CHANGED',
                eventTrackerArn: record.eventTrackerArn,
                observedStatus: described,
              },
            }
          : decideRecorded(record, reads, now, settings);
      },
    },
    scenario: { name: 'a describe that lags', requests: [TRACKER], faults: { staleRead: 1 }, drift: true },
    breaks: /takes an old status for a change/,
  },
  {
    name: 'tags are missing by one read',
    model: {
      ...DEPLOYED,
      decideTags: (record, reads, now, settings) => decideTags(record, [...reads, ...reads], now, settings),
    },
    scenario: { name: 'tags that lag', requests: [TRACKER], faults: { staleRead: 1 }, drift: true },
    breaks: /reports existing tags as missing/,
  },
];
