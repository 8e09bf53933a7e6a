import { DEPLOYED } from './model.ts';
import { changingAccepted, type Mutant } from './mutants.ts';

const TRACKER = { ask: 'tracker' } as const;
const KEYED = { ...TRACKER, keyed: true } as const;

/** Mutants of the rules for a new attempt: what starts one, and its first state. */
export const ATTEMPT_MUTANTS: readonly Mutant[] = [
  {
    name: "the failed request's own key starts a new attempt",
    model: { ...DEPLOYED, newestGeneration: () => Number.POSITIVE_INFINITY },
    scenario: { name: 'failed, and its key is sent again', requests: [KEYED], faults: { checkFails: 1, repeat: 1 } },
    breaks: /accepted twice/,
  },
  {
    name: 'a key of an older request starts a new attempt',
    model: {
      ...DEPLOYED,
      newestGeneration: ({ generation }, record) =>
        record.generation === generation ? generation : Number.POSITIVE_INFINITY,
    },
    scenario: {
      name: 'failed twice, and the older key is sent again',
      requests: [KEYED, TRACKER],
      faults: { checkFails: 2, repeat: 1 },
    },
    breaks: /accepted twice/,
  },
  {
    name: 'a new attempt forgets the pending cleanup',
    model: changingAccepted('recreate', (after, { status }) =>
      status === 'CREATE FAILED' ? { ...after, cleanup: undefined, status: 'CREATE PENDING' } : after,
    ),
    scenario: {
      name: 'a late create and a refusal, then requested again',
      requests: [TRACKER, TRACKER],
      faults: { createLate: 1, refused: 1 },
    },
    breaks: /a name that Personalize does not have/,
  },
  {
    name: 'a new attempt keeps the outcome of the failed one',
    model: changingAccepted('recreate', (after, { status }) =>
      status === 'CREATE FAILED' ? { ...after, observedGeneration: after.generation } : after,
    ),
    scenario: { name: 'failed, then requested again', requests: [TRACKER, TRACKER], faults: { checkFails: 1 } },
    breaks: /outcome/,
  },
];
