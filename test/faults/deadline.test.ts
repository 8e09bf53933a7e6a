import { afterAll, beforeAll } from 'vitest';
import { testRows } from './assert.ts';
import { observedCases } from './observed.ts';
import { type CaseResult, runCases } from './play.ts';
import { writeResults } from './results.ts';
import type { FaultCase } from './row.ts';
import { type Harness, openHarness } from './stage.ts';
import { rowsOf } from './table.ts';

/** What is longer than the deadline. A row that creates what is waited for has to do so before it. */
const DEADLINES = [
  { seconds: 2, isIts: ({ lifecycle }: FaultCase) => lifecycle !== 'creation before its dataset group' },
  { seconds: 8, isIts: ({ lifecycle }: FaultCase) => lifecycle === 'creation before its dataset group' },
];
const stages: Harness[] = [];
const seen = new Map<FaultCase, CaseResult | Error>();
beforeAll(async () => {
  await Promise.all(
    DEADLINES.map(async ({ seconds, isIts }) => {
      const stage = await openHarness({
        environment: { DEADLINE_SECONDS: String(seconds), CREATE_IN_FLIGHT_SECONDS: '3', LEASE_SECONDS: '5' },
      });
      stages.push(stage);
      const rows = rowsOf('deadline.test.ts').filter(isIts);
      for (const [row, result] of await runCases(stage, rows, { atOnce: 20, prefix: 'acme-row' }))
        seen.set(row, result);
    }),
  );
});
afterAll(async () => {
  writeResults('deadline.md', observedCases(rowsOf('deadline.test.ts'), seen));
  for (const stage of stages) await stage.end();
});

testRows('deadline.test.ts', (row) => seen.get(row));
