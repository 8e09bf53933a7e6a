import { ACCOUNT_ROWS } from './account-rows.ts';
import { AROUND_ROWS } from './around-rows.ts';
import { creationRows, creationRowsThatMatter } from './creation-rows.ts';
import { DATASET_GROUP_DEADLINE_ROWS, DATASET_GROUP_ROWS } from './dataset-group-rows.ts';
import { DEADLINE_ROWS } from './deadline-rows.ts';
import { DELETION_ROWS } from './deletion-rows.ts';
import { type FaultCase, LIFECYCLES, type Lifecycle } from './row.ts';
import { UPDATE_ROWS } from './update-rows.ts';

/** The fault table. Each row is a test; docs/faults.md explains it. */
export const TABLE = {
  'personalize.test.ts': [
    ...creationRows('creation'),
    ...DATASET_GROUP_ROWS,
    ...DELETION_ROWS,
    ...UPDATE_ROWS,
    ...creationRowsThatMatter('retry'),
    ...creationRowsThatMatter('creation after a failure').filter(({ step }) => step.startsWith('CreateEventTracker')),
    ...creationRowsThatMatter('recreation'),
  ],
  'around.test.ts': AROUND_ROWS,
  'accounts.test.ts': ACCOUNT_ROWS,
  'deadline.test.ts': [...DEADLINE_ROWS, ...DATASET_GROUP_DEADLINE_ROWS],
} as const satisfies Record<string, readonly FaultCase[]>;
export type TestFile = keyof typeof TABLE;
export const TEST_FILES = Object.keys(TABLE) as readonly TestFile[];

export const rowsOf = (file: TestFile): readonly FaultCase[] => TABLE[file];

const REPEATED: ReadonlySet<Lifecycle> = new Set(['retry', 'creation after a failure', 'recreation']);
/**
 * The rows of a file that this run executes. A request after a failure or a deletion takes the steps of a first creation once more:
 * those rows run in `npm run test:ci` (FAULT_ROWS=repeated), all others in `npm test`.
 */
export const rowsOfThisRun = (file: TestFile): readonly FaultCase[] =>
  rowsOf(file).filter(({ lifecycle }) => REPEATED.has(lifecycle) === (process.env.FAULT_ROWS === 'repeated'));

export function sectionsOf(file: TestFile): { lifecycle: Lifecycle; rows: readonly FaultCase[] }[] {
  const lifecycles = Object.keys(LIFECYCLES) as Lifecycle[];
  return lifecycles
    .map((lifecycle) => ({ lifecycle, rows: rowsOf(file).filter((row) => row.lifecycle === lifecycle) }))
    .filter(({ rows }) => rows.length > 0);
}
