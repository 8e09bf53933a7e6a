import { isWaitingForAdmission } from '../../functions/tracker/admission-transitions.ts';
import { apply, type TransitionArguments, type TransitionName } from '../../functions/tracker/apply.ts';
import { decide } from '../../functions/tracker/decide.ts';
import { type EventTrackerRecord, isHandedOver, isIdle, isSettled } from '../../functions/tracker/record.ts';
import { isRejected, type TransitionResult } from '../../functions/tracker/transition.ts';
import { DEPLOYED } from './model.ts';
import type { Model, Scenario } from './world.ts';

/** The code with one rule of the protocol left out, and the smallest scenario that shows why the rule is there. */
export interface Mutant {
  readonly name: string;
  readonly model: Model;
  readonly scenario: Scenario;
  /** Matches the rule that the counterexample breaks. */
  readonly breaks: RegExp;
}

/** The deployed transitions, with the result of one of them changed. The lane is derived again, as `apply` does. */
export function changing<Name extends TransitionName>(
  name: Name,
  change: (applied: TransitionResult, record: EventTrackerRecord, args: TransitionArguments<Name>) => TransitionResult,
): Model {
  const mutant: typeof apply = (verb, record, args, settings) => {
    const applied = apply(verb, record, args, settings);
    if ((verb as TransitionName) !== name) return applied;
    const changed = change(applied, record, args as TransitionArguments<Name>);
    if (isRejected(changed)) return changed;
    if (isWaitingForAdmission(changed)) return changed;
    return { ...changed, due: { ...changed.due, lane: isIdle(changed) ? 'routine' : 'urgent' } };
  };
  return { ...DEPLOYED, apply: mutant };
}

/** Like `changing`, but leaves rejections as they are. */
export const changingAccepted = <Name extends TransitionName>(
  name: Name,
  change: (
    after: EventTrackerRecord,
    record: EventTrackerRecord,
    args: TransitionArguments<Name>,
  ) => EventTrackerRecord,
): Model => changing(name, (applied, record, args) => (isRejected(applied) ? applied : change(applied, record, args)));

const TRACKER = { ask: 'tracker' } as const;
const DELETION = { ask: 'deletion' } as const;
const shortLease = { ...DEPLOYED.settings, leaseMs: 1_000 };
const withoutCreateInFlight = { ...DEPLOYED.settings, createInFlightMs: 0 };

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'the pending call is not recorded before it is sent',
    model: changingAccepted('reserveCreateAttempt', (after) => ({ ...after, call: undefined })),
    scenario: { name: 'one tracker', requests: [TRACKER], faults: {} },
    breaks: /does not know of/,
  },
  {
    name: 'createInFlight is ignored',
    model: {
      ...DEPLOYED,
      decide: (record, observation, now) => decide(record, observation, now, withoutCreateInFlight),
      apply: (verb, record, args) => apply(verb, record, args, withoutCreateInFlight),
    },
    scenario: { name: 'a late create and a deletion', requests: [TRACKER, DELETION], faults: { createLate: 1 } },
    breaks: /DELETED is reported before the cleanup is complete/,
  },
  {
    name: 'createInFlight is too short for a late create',
    model: { ...DEPLOYED, createInFlightCovers: false },
    scenario: { name: 'a late create', requests: [TRACKER], faults: { createLate: 1 } },
    breaks: /does not know of/,
  },
  {
    name: 'a definite answer ends an earlier call too',
    model: changingAccepted('recordCallResult', (after, _, { result }) =>
      result.kind === 'created' ? after : { ...after, call: undefined },
    ),
    scenario: {
      name: 'a late create, then a throttled one',
      requests: [TRACKER],
      faults: { createLate: 1, throttled: 1 },
    },
    breaks: /does not know of/,
  },
  {
    name: 'a later response replaces the recorded ARN',
    model: changing('recordCallResult', (applied, record, { attempt, result }) =>
      isRejected(applied) && record.call?.attempt === attempt && result.kind === 'created'
        ? { ...record, eventTrackerArn: result.eventTrackerArn }
        : applied,
    ),
    scenario: {
      name: 'a slow response for a tracker that has been deleted since',
      requests: [TRACKER],
      faults: { createLate: 1, duplicate: 1, deletedOutOfBand: 1 },
      drift: true,
    },
    breaks: /tracking ID belongs to another tracker/,
  },
  {
    name: 'a new request drops the pending cleanup',
    model: changingAccepted('recreate', (after) => ({ ...after, cleanup: undefined, status: 'CREATE PENDING' })),
    scenario: {
      name: 'deleted and requested again',
      requests: [TRACKER, DELETION, { ...TRACKER, after: 1 }],
      faults: {},
    },
    breaks: /promised DELETED of generation 1 is forgotten/,
  },
  {
    name: 'a failure leaves no cleanup',
    model: changingAccepted('recordFailed', (after, before) => ({ ...after, cleanup: before.cleanup })),
    scenario: { name: 'a late create, then a refusal', requests: [TRACKER], faults: { createLate: 1, refused: 1 } },
    breaks: /does not know of/,
  },
  {
    name: 'a task token that arrives after the outcome is never answered',
    model: changingAccepted('attachCallback', (after, before, { callback }) => ({
      ...after,
      callbacks: callback ? [...before.callbacks, callback] : before.callbacks,
      outbox: before.outbox,
    })),
    scenario: { name: 'a task token', requests: [TRACKER, { ...TRACKER, withToken: true }], faults: {} },
    breaks: /idle while a task token waits/,
  },
  {
    name: 'a newer request overwrites the pending DELETED',
    model: changingAccepted('requestDelete', (after, { generation, name, correlationId }) => ({
      ...after,
      cleanup: { report: { status: 'DELETED', generation, name, correlationId } },
    })),
    scenario: {
      name: 'deleted twice',
      requests: [TRACKER, DELETION, { ...TRACKER, after: 1 }, { ...DELETION, after: 2 }],
      faults: {},
    },
    breaks: /promised DELETED of generation 1 is forgotten/,
  },
  {
    name: 'a cleanup keeps the ARN of an adopted tracker',
    model: changingAccepted('requestDelete', (after, { eventTrackerArn }) => ({ ...after, eventTrackerArn })),
    scenario: { name: 'adopted and deleted', requests: [{ ask: 'adopt' }, DELETION], faults: { createdOutOfBand: 1 } },
    breaks: /not ours is deleted/,
  },
  {
    name: 'a request whose response is lost is decided twice',
    model: { ...DEPLOYED, keysChecked: false },
    scenario: {
      name: 'a repeated deletion',
      requests: [TRACKER, DELETION, { ...TRACKER, after: 1 }],
      faults: { repeat: 1 },
    },
    breaks: /accepted twice/,
  },
  {
    name: 'DELETED is reported before the cleanup is complete',
    model: {
      ...DEPLOYED,
      decide: (record, observation, now, settings) =>
        record.cleanup && record.eventTrackerArn === undefined
          ? { do: 'recordGone' }
          : decide(record, observation, now, settings),
    },
    scenario: { name: 'a lost response and a deletion', requests: [TRACKER, DELETION], faults: { createLost: 1 } },
    breaks: /DELETED is reported before the cleanup is complete/,
  },
  {
    name: 'a create starts on a settled record',
    model: changing('reserveCreateAttempt', (applied, record, args) => {
      if (!isSettled(record) || record.desired !== 'PRESENT') return applied;
      const { observedGeneration } = record;
      const begun = apply('reserveCreateAttempt', { ...record, observedGeneration: -1 }, args, DEPLOYED.settings);
      return isRejected(begun) ? begun : { ...begun, observedGeneration };
    }),
    scenario: {
      name: 'a slow duplicate of a refused create',
      requests: [TRACKER],
      faults: { duplicate: 1, refused: 1 },
    },
    breaks: /does not know of|end state/,
  },
  {
    name: 'the reservation and the call are two tasks',
    model: { ...DEPLOYED, createInOneTask: false },
    scenario: { name: 'one tracker', requests: [TRACKER], faults: {} },
    breaks: /does not know of/,
  },
  {
    name: 'no fence',
    model: {
      ...DEPLOYED,
      fence: false,
      apply: (verb, record, args, settings) =>
        apply(verb, record, 'epoch' in args ? { ...args, epoch: record.epoch } : args, settings),
    },
    scenario: { name: 'a takeover of a live owner', requests: [TRACKER], faults: { blind: 1 } },
    breaks: /does not own the record writes as its owner/,
  },
  {
    name: 'no sequence',
    model: {
      ...DEPLOYED,
      apply: (verb, record, args, settings) => {
        const applied = apply(verb, record, args, settings);
        return isRejected(applied) ? applied : { ...applied, sequence: 0 };
      },
    },
    scenario: { name: 'one tracker', requests: [TRACKER], faults: {} },
    breaks: /sequence/,
  },
  {
    name: 'the clock is read after the observation',
    model: { ...DEPLOYED, nowBeforeObservation: false },
    scenario: { name: 'a late create and a deletion', requests: [TRACKER, DELETION], faults: { createLate: 1 } },
    breaks: /DELETED is reported before the cleanup is complete/,
  },
  {
    name: 'a lease does not cover the wait',
    model: { ...DEPLOYED, settings: shortLease, leaseCoversWait: false },
    scenario: { name: 'a wait longer than a lease', requests: [TRACKER], faults: {}, leases: true },
    breaks: /within its announced wait/,
  },
  {
    name: 'an execution hands over without making its record due',
    model: changingAccepted('handOver', (after, before) => ({ ...after, due: before.due })),
    scenario: { name: 'a hand-over', requests: [TRACKER], faults: { handOver: 1 } },
    breaks: /hands over a record that is not due immediately/,
  },
  {
    name: 'the execution after a hand-over uses the old epoch',
    model: changingAccepted('takeOver', (after, before) =>
      isHandedOver(before) ? { ...after, epoch: before.epoch } : after,
    ),
    scenario: { name: 'a hand-over', requests: [TRACKER], faults: { handOver: 1 } },
    breaks: /end state/,
  },
  // The model found these three bugs in earlier versions of the code.
  {
    name: 'a terminal status is shown before its outcome is recorded',
    model: changingAccepted('recordObserved', (after, _, args) =>
      'gone' in args || after.cleanup ? after : { ...after, status: args.status },
    ),
    scenario: { name: 'found as CREATE FAILED', requests: [TRACKER], faults: { createLost: 1, createFailed: 1 } },
    breaks: /status is ACTIVE while/,
  },
  {
    name: 'recording a response twice counts as seeing the tracker',
    model: changing('recordCallResult', (applied, record, { attempt, result }) =>
      isRejected(applied) &&
      record.call?.attempt === attempt &&
      !record.call.overlapsEarlierCall &&
      result.kind === 'created'
        ? { ...record, call: undefined }
        : applied,
    ),
    scenario: {
      name: 'the response to the write that records an answer is lost',
      requests: [TRACKER, DELETION],
      faults: { saveLost: 1, lag: 1 },
    },
    breaks: /DELETED is reported before the cleanup is complete/,
  },
  {
    name: 'a tracker that only a stale list names counts as foreign',
    model: {
      ...DEPLOYED,
      decide: (record, observation, now, settings) => {
        if (observation.denied || observation.listed === undefined) return decide(record, observation, now, settings);
        const listed = observation.listed.map((seen) => {
          const isOld = now >= (seen.creationDateTime ?? now) + settings.createInFlightMs;
          return seen.tagged === 'NOT_VISIBLE' && isOld ? { ...seen, tagged: 'NOT_OURS' as const, tags: [] } : seen;
        });
        return decide(record, { ...observation, listed }, now, settings);
      },
    },
    scenario: {
      name: 'deleted and requested again, with a stale list',
      requests: [TRACKER, DELETION, { ...TRACKER, after: 1 }],
      faults: { staleList: 1 },
      ageing: true,
    },
    breaks: /a conflict is reported with a tracker that is gone/,
  },
];
