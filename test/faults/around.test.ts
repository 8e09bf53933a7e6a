import { afterAll, beforeAll } from 'vitest';
import { testRows } from './assert.ts';
import { observedCases } from './observed.ts';
import { type CaseResult, runCases } from './play.ts';
import { writeResults } from './results.ts';
import type { FaultCase } from './row.ts';
import { type Harness, openHarness } from './stage.ts';
import { rowsOf } from './table.ts';

/**
 * Faults of Step Functions, DynamoDB and the bus meet the next caller, so each row has a runtime to itself while it is
 * played: some runtimes share the rows.
 */
const RUNTIMES = 5;
const stages: Harness[] = [];
const seen = new Map<FaultCase, CaseResult | Error>();

async function playShare(share: number): Promise<void> {
  const stage = await openHarness({
    // The rows behind one that fails have to be played as well.
    patienceMs: 20_000,
    environment: { CREATE_IN_FLIGHT_SECONDS: '3', LEASE_SECONDS: '1.2' },
  });
  stages.push(stage);
  // The slow ones, which wait for something under way, are dealt out evenly.
  const bySlowness = rowsOf('around.test.ts').toSorted((left, right) => Number(!left.during) - Number(!right.during));
  const rows = bySlowness.filter((_, index) => index % RUNTIMES === share);
  for (const [row, result] of await runCases(stage, rows, { atOnce: 1, prefix: 'acme-row', sweepEveryMs: 600 }))
    seen.set(row, result);
}

beforeAll(async () => {
  await Promise.all(Array.from({ length: RUNTIMES }, (_, share) => playShare(share)));
});
afterAll(async () => {
  writeResults('around.md', observedCases(rowsOf('around.test.ts'), seen));
  for (const stage of stages) await stage.end();
});

testRows('around.test.ts', (row) => seen.get(row));
