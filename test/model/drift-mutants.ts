import { apply } from '../../functions/tracker/apply.ts';
import { decide } from '../../functions/tracker/decide.ts';
import { decideRecorded, decideTags } from '../../functions/tracker/drift.ts';
import type { EventTrackerRecord } from '../../functions/tracker/record.ts';
import { isRejected } from '../../functions/tracker/transition.ts';
import { DEPLOYED } from './model.ts';
import type { Mutant } from './mutants.ts';

const TRACKER = { ask: 'tracker' } as const;
/** Enough stale reads to record a tracker as missing by mistake, and one for the first list of its cleanup. */
const MISSING_BY_MISTAKE = { staleRead: 4 } as const;

const asIfIdle = (record: EventTrackerRecord): EventTrackerRecord => ({
  ...record,
  observedGeneration: record.generation,
  cleanup: undefined,
  outbox: [],
});

/** The rules of the drift check, each left out. */
export const DRIFT_MUTANTS: readonly Mutant[] = [
  {
    name: 'a tracker is reported missing without a fresh list',
    model: {
      ...DEPLOYED,
      decideRecorded: (record, reads, now, settings) =>
        reads.described[0] === 'NOT_FOUND'
          ? { do: 'recordDrift', drift: { kind: 'DELETED_OUT_OF_BAND' } }
          : decideRecorded(record, reads, now, settings),
    },
    scenario: { name: 'a stale describe', requests: [TRACKER], faults: { staleRead: 1 }, drift: true },
    breaks: /reports an existing tracker as missing/,
  },
  {
    name: 'a tracker is reported missing without a second describe',
    model: {
      ...DEPLOYED,
      decideRecorded: (record, reads, now, settings) =>
        decideRecorded(record, { ...reads, described: [...reads.described, ...reads.described] }, now, settings),
    },
    scenario: { name: 'two stale reads', requests: [TRACKER], faults: { staleRead: 2 }, drift: true },
    breaks: /reports an existing tracker as missing/,
  },
  {
    name: 'a missing tracker is recorded although the record is not idle',
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
    breaks: /reported ACTIVE is deleted without a request/,
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
      name: 'missing by mistake, created again',
      requests: [TRACKER, TRACKER],
      faults: MISSING_BY_MISTAKE,
      drift: true,
    },
    breaks: /reported ACTIVE is deleted without a request/,
  },
  {
    // The model found this bug in an earlier version of the code.
    name: 'a slow create response that names the missing tracker clears it',
    model: {
      ...DEPLOYED,
      apply: (verb, record, args, settings) => {
        const applied = apply(verb, record, args, settings);
        return verb === 'recordCallResult' && !isRejected(applied) ? { ...applied, missing: undefined } : applied;
      },
    },
    scenario: {
      name: 'a slow create, found by another owner, then missing by mistake',
      requests: [TRACKER],
      faults: { staleRead: 3, blind: 1 },
      drift: true,
    },
    breaks: /reported ACTIVE is deleted without a request/,
  },
  {
    name: 'the missing tracker is recorded as existing again within createInFlight',
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
    breaks: /that is gone is reported ACTIVE again/,
  },
  {
    name: 'the drift check assumes that no read is older than the record',
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
    scenario: { name: 'a stale describe', requests: [TRACKER], faults: { staleRead: 1 }, drift: true },
    breaks: /mistakes an old status for a change/,
  },
  {
    name: 'tags are reported missing after one read',
    model: {
      ...DEPLOYED,
      decideTags: (record, reads, now, settings) => decideTags(record, [...reads, ...reads], now, settings),
    },
    scenario: { name: 'stale tags', requests: [TRACKER], faults: { staleRead: 1 }, drift: true },
    breaks: /reports existing tags as missing/,
  },
];
