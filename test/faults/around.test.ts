import { afterAll, beforeAll } from 'vitest';
import { testRows } from './assert.ts';
import { type Harness, openHarness } from './harness.ts';
import { observedCases } from './observed.ts';
import { writeResults } from './results.ts';
import type { FaultCase } from './row.ts';
import { type CaseResult, runCases } from './run-cases.ts';
import { rowsOfThisRun } from './table.ts';

/**
 * Faults of Step Functions, DynamoDB and the bus affect whoever calls next, so a runtime runs one row at a time. Several
 * runtimes share the rows.
 */
const RUNTIMES = 5;
const harnesses: Harness[] = [];
const seen = new Map<FaultCase, CaseResult | Error>();

async function runShare(share: number): Promise<void> {
  const harness = await openHarness({
    // Short enough that the other rows can still run after one that fails.
    patienceMs: 60_000,
    environment: { CREATE_IN_FLIGHT_SECONDS: '3', LEASE_SECONDS: '1.2' },
  });
  harnesses.push(harness);
  // Spreads the slow rows, which delay a call, evenly over the runtimes.
  const bySlowness = rowsOfThisRun('around.test.ts').toSorted(
    (left, right) => Number(!left.during) - Number(!right.during),
  );
  const rows = bySlowness.filter((_, index) => index % RUNTIMES === share);
  for (const [row, result] of await runCases(harness, rows, { atOnce: 1, prefix: 'acme-row', sweepEveryMs: 600 }))
    seen.set(row, result);
}

beforeAll(async () => {
  await Promise.all(Array.from({ length: RUNTIMES }, (_, share) => runShare(share)));
});
afterAll(async () => {
  writeResults('around.md', observedCases(rowsOfThisRun('around.test.ts'), seen));
  for (const harness of harnesses) await harness.end();
});

testRows('around.test.ts', (row) => seen.get(row));
