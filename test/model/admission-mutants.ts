import { apply } from '../../functions/tracker/apply.ts';
import { isRejected } from '../../functions/tracker/transition.ts';
import { DEPLOYED } from './model.ts';
import { changingAccepted, type Mutant } from './mutants.ts';

const TRACKER = { ask: 'tracker' } as const;
const WAITING = { name: 'one tracker that may wait', requests: [TRACKER], faults: {}, admission: true } as const;

/** The rules of admission, each left out. */
export const ADMISSION_MUTANTS: readonly Mutant[] = [
  {
    name: 'the sweep ignores trackers that wait for admission',
    model: { ...DEPLOYED, sweepStartsGovernor: false },
    scenario: { ...WAITING, faults: { governorDies: 1 } },
    breaks: /end state/,
  },
  {
    name: 'an admission keeps the epoch',
    model: changingAccepted('admit', (after, { epoch }) => ({ ...after, epoch })),
    scenario: WAITING,
    breaks: /admitted to an execution that has ended/,
  },
  {
    name: 'a tracker that takes a place stays in the lane of what is due',
    model: changingAccepted('enqueue', (after, { due }) => ({ ...after, due })),
    scenario: WAITING,
    breaks: /in the wrong lane/,
  },
  {
    name: 'an entry of the outbox waits for the admission',
    model: {
      ...DEPLOYED,
      apply: (verb, record, args, settings) => {
        const applied = apply(verb, record, args, settings);
        const isWaiting = record.due.lane === 'admission' && verb !== 'admit' && !isRejected(applied);
        return isWaiting ? { ...applied, due: record.due } : applied;
      },
    },
    scenario: { ...WAITING, requests: [{ ...TRACKER, withToken: true }, { ask: 'deletion' }] },
    breaks: /in the wrong lane/,
  },
];
