import { apply, type TransitionName } from '../../functions/tracker/apply.ts';
import { isRejected } from '../../functions/tracker/transition.ts';
import { DEPLOYED } from './model.ts';
import { changing, type Mutant } from './mutants.ts';
import type { Model } from './world.ts';

/** The deployed transitions, with one argument left out. */
const without = (argument: string, ...names: readonly TransitionName[]): Model => {
  const mutant: typeof apply = (verb, record, args, settings) =>
    apply(verb, record, names.includes(verb) ? { ...args, [argument]: undefined } : args, settings);
  return { ...DEPLOYED, apply: mutant };
};

const TRACKER = { ask: 'tracker', context: 'A' } as const;

/** Two rules: events report a tracker's actual name, and a context that a caller replaced stays replaced. */
export const REQUEST_MUTANTS: readonly Mutant[] = [
  {
    name: 'an adopted tracker is reported with the requested name',
    model: without('actual', 'recordObserved', 'recordActive'),
    scenario: { name: 'an adoption', requests: [{ ask: 'adopt' }], faults: {}, foreign: true },
    breaks: /a name that Personalize does not have/,
  },
  {
    name: 'an old key brings the old context back',
    model: without('firstUse', 'attachCallback'),
    scenario: {
      name: 'a request that changed nothing is sent again',
      requests: [TRACKER, TRACKER, { ...TRACKER, context: 'B' }],
      faults: { repeat: 1 },
    },
    breaks: /brings an old context back/,
  },
  {
    name: 'a failure is reported with the context of its cleanup',
    model: changing('recordGone', (applied, { cleanup }) => {
      if (isRejected(applied)) return applied;
      const outbox = applied.outbox.map((entry) =>
        entry.kind === 'event' && entry.detailType === 'Event Tracker State Change'
          ? {
              ...entry,
              detail: {
                ...entry.detail,
                data: { ...entry.detail.data, clientContext: cleanup?.report?.clientContext },
              },
            }
          : entry,
      );
      return { ...applied, outbox };
    }),
    scenario: {
      name: 'the context is replaced while a failed tracker is removed',
      requests: [TRACKER, { ...TRACKER, context: 'B' }],
      faults: { createFailed: 1 },
    },
    breaks: /CREATE FAILED is reported with a context that was replaced/,
  },
];
