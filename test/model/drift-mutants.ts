import { apply } from '../../functions/tracker/apply.ts';
import { decide } from '../../functions/tracker/decide.ts';
import { decideRecorded, decideTags } from '../../functions/tracker/drift.ts';
import type { EventTrackerRecord } from '../../functions/tracker/record.ts';
import { isRejected } from '../../functions/tracker/transition.ts';
import { DEPLOYED } from './model.ts';
import type { Mutant } from './mutants.ts';

const TRACKER = { ask: 'tracker' } as const;
/** As many looks that lag as it takes to lose a tracker by mistake, and its cleanup's first list. */
const MISSING_BY_MISTAKE = { staleRead: 4 } as const;

const asIfAtRest = (record: EventTrackerRecord): EventTrackerRecord => ({
  ...record,
  observedGeneration: record.generation,
  cleanup: undefined,
  outbox: [],
});

/** The drift check with one of its rules left out. */
export const DRIFT_MUTANTS: readonly Mutant[] = [
  {
    name: 'lost without a fresh list',
    model: {
      ...DEPLOYED,
      decideRecorded: (record, looks, now, settings) =>
        looks.described[0] === 'NOT_FOUND'
          ? { do: 'recordDrift', drift: { kind: 'DELETED_OUT_OF_BAND' } }
          : decideRecorded(record, looks, now, settings),
    },
    scenario: { name: 'a describe that lags', requests: [TRACKER], faults: { staleRead: 1 }, drift: true },
    breaks: /takes a tracker that is there for lost/,
  },
  {
    name: 'lost without a second describe',
    model: {
      ...DEPLOYED,
      decideRecorded: (record, looks, now, settings) =>
        decideRecorded(record, { ...looks, described: [...looks.described, ...looks.described] }, now, settings),
    },
    scenario: { name: 'two looks that lag', requests: [TRACKER], faults: { staleRead: 2 }, drift: true },
    breaks: /takes a tracker that is there for lost/,
  },
  {
    name: 'a loss is recorded over a record that is not at rest',
    model: {
      ...DEPLOYED,
      decideRecorded: (record, looks, now, settings) => {
        const decision = decideRecorded(asIfAtRest(record), looks, now, settings);
        const isOther = decision.do === 'recordDrift' && decision.drift.kind !== 'DELETED_OUT_OF_BAND';
        return isOther ? decideRecorded(record, looks, now, settings) : decision;
      },
      apply: (verb, record, args, settings) => {
        if (verb !== 'recordDrift') return apply(verb, record, args, settings);
        const drifted = apply(verb, asIfAtRest(record), args, settings);
        if (isRejected(drifted)) return drifted;
        const { observedGeneration, outbox } = record;
        return { ...drifted, observedGeneration, outbox: [...outbox, ...drifted.outbox] };
      },
    },
    scenario: { name: 'not visible yet', requests: [TRACKER], faults: { lag: 1 }, drift: true },
    breaks: /status is DELETED while the outcome of generation 0 of 1 is recorded/,
  },
  {
    name: 'a cleanup takes what was lost for a remainder',
    model: {
      ...DEPLOYED,
      decide: (record, observation, now, settings) =>
        decide({ ...record, missing: undefined }, observation, now, settings),
    },
    scenario: { name: 'lost by mistake', requests: [TRACKER], faults: MISSING_BY_MISTAKE, drift: true },
    breaks: /told ACTIVE, and nobody asked for that/,
  },
  {
    name: 'what was lost is forgotten by the next wish',
    model: {
      ...DEPLOYED,
      apply: (verb, record, args, settings) => {
        const applied = apply(verb, record, args, settings);
        return verb === 'recreate' && !isRejected(applied) ? { ...applied, missing: undefined } : applied;
      },
    },
    scenario: {
      name: 'lost by mistake, made again',
      requests: [TRACKER, TRACKER],
      faults: MISSING_BY_MISTAKE,
      drift: true,
    },
    breaks: /told ACTIVE, and nobody asked for that/,
  },
  {
    // Found by the model in the code of its day.
    name: 'a slow answer that names what was lost ends the loss',
    model: {
      ...DEPLOYED,
      apply: (verb, record, args, settings) => {
        const applied = apply(verb, record, args, settings);
        return verb === 'recordCallResult' && !isRejected(applied) ? { ...applied, missing: undefined } : applied;
      },
    },
    scenario: {
      name: 'a slow create, found by another owner, and lost by mistake',
      requests: [TRACKER],
      faults: { staleRead: 3, blind: 1 },
      drift: true,
    },
    breaks: /told ACTIVE, and nobody asked for that/,
  },
  {
    name: 'what was lost is taken up before createInFlight',
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
    breaks: /is told ACTIVE again, and is gone/,
  },
  {
    name: 'a look is never older than the record',
    model: {
      ...DEPLOYED,
      decideRecorded: (record, looks, now, settings) => {
        const [described] = looks.described;
        return described === 'CREATE PENDING' && record.eventTrackerArn !== undefined
          ? {
              do: 'recordDrift',
              drift: {
                kind: 'STATUS_CHANGED',
                eventTrackerArn: record.eventTrackerArn,
                observedStatus: described,
              },
            }
          : decideRecorded(record, looks, now, settings);
      },
    },
    scenario: { name: 'a describe that lags', requests: [TRACKER], faults: { staleRead: 1 }, drift: true },
    breaks: /takes an old status for a change/,
  },
  {
    name: 'tags are lost by one look',
    model: {
      ...DEPLOYED,
      decideTags: (record, reads, now, settings) => decideTags(record, [...reads, ...reads], now, settings),
    },
    scenario: { name: 'tags that lag', requests: [TRACKER], faults: { staleRead: 1 }, drift: true },
    breaks: /takes tags that are there for lost/,
  },
];
