import { DEPLOYED } from './model.ts';
import type { Mutant } from './mutants.ts';

const TRACKER = { ask: 'tracker' } as const;

/** The rules of operations, each left out. */
export const OPERATION_MUTANTS: readonly Mutant[] = [
  {
    name: 'the record does not tell which retry is the operation’s',
    model: {
      ...DEPLOYED,
      verdictOn: (operation, entry, record) => DEPLOYED.verdictOn(operation, entry, record && { ...record, keys: [] }),
    },
    scenario: { name: 'a run that dies', requests: [TRACKER], faults: { refused: 1, crash: 1 }, operation: 'retries' },
    breaks: /does not count a retry that it made/,
  },
  {
    name: 'a failure that is newer than the operation is retried too',
    model: {
      ...DEPLOYED,
      verdictOn: (operation, entry, record) =>
        DEPLOYED.verdictOn({ ...operation, createdAt: Number.MAX_SAFE_INTEGER }, entry, record),
    },
    scenario: {
      name: 'a retry by the tenant, which fails too',
      requests: [TRACKER, { ask: 'retry' }],
      faults: { refused: 2 },
      operation: 'retries',
    },
    breaks: /retries a failure that it did not match/,
  },
  {
    name: 'a retry may be recorded at the time of the operation itself',
    model: { ...DEPLOYED, timeOfRetry: (_, now) => now },
    scenario: {
      name: 'a run that dies, and a record that forgets',
      requests: [TRACKER],
      faults: { refused: 2, crash: 1 },
      operation: 'forgotten',
    },
    breaks: /retries a tracker twice/,
  },
  {
    name: 'the outcome is recorded before the retry',
    model: { ...DEPLOYED, retryBeforeOutcome: false },
    scenario: { name: 'a run that dies', requests: [TRACKER], faults: { refused: 1, crash: 1 }, operation: 'retries' },
    breaks: /counts a retry that it did not make/,
  },
];
