import { afterAll, beforeAll } from 'vitest';
import { testRows } from './assert.ts';
import { observedCases } from './observed.ts';
import { type CaseResult, runCases } from './play.ts';
import { writeResults } from './results.ts';
import type { FaultCase } from './row.ts';
import { type Harness, openHarness } from './stage.ts';
import { rowsOf } from './table.ts';

/** What is longer than the deadline, which is 2 s here. */
let stage: Harness;
let seen: Map<FaultCase, CaseResult | Error>;
beforeAll(async () => {
  stage = await openHarness({
    environment: { DEADLINE_SECONDS: '2', CREATE_IN_FLIGHT_SECONDS: '3', LEASE_SECONDS: '5' },
  });
  seen = await runCases(stage, rowsOf('deadline.test.ts'), { atOnce: 20, prefix: 'acme-row' });
}, 60_000);
afterAll(async () => {
  writeResults('deadline.md', observedCases(rowsOf('deadline.test.ts'), seen));
  await stage.end();
});

testRows('deadline.test.ts', (row) => seen.get(row));
