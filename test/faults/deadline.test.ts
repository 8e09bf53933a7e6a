import { afterAll, beforeAll } from 'vitest';
import { testRows } from './assert.ts';
import { type Harness, openHarness } from './harness.ts';
import { observedCases } from './observed.ts';
import { writeResults } from './results.ts';
import type { FaultCase } from './row.ts';
import { type CaseResult, runCases } from './run-cases.ts';
import { rowsOfThisRun } from './table.ts';

/** Deadlines by row. A row that creates the dataset group needs time to do so before the deadline. */
const DEADLINES = [
  { seconds: 2, isIts: ({ lifecycle }: FaultCase) => lifecycle !== 'creation before its dataset group' },
  { seconds: 8, isIts: ({ lifecycle }: FaultCase) => lifecycle === 'creation before its dataset group' },
];
const harnesses: Harness[] = [];
const seen = new Map<FaultCase, CaseResult | Error>();
beforeAll(async () => {
  await Promise.all(
    DEADLINES.map(async ({ seconds, isIts }) => {
      const harness = await openHarness({
        environment: { DEADLINE_SECONDS: String(seconds), CREATE_IN_FLIGHT_SECONDS: '3', LEASE_SECONDS: '5' },
      });
      harnesses.push(harness);
      const rows = rowsOfThisRun('deadline.test.ts').filter(isIts);
      for (const [row, result] of await runCases(harness, rows, { atOnce: 20, prefix: 'acme-row' }))
        seen.set(row, result);
    }),
  );
});
afterAll(async () => {
  writeResults('deadline.md', observedCases(rowsOfThisRun('deadline.test.ts'), seen));
  for (const harness of harnesses) await harness.end();
});

testRows('deadline.test.ts', (row) => seen.get(row));
