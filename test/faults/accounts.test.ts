import { afterAll, beforeAll } from 'vitest';
import { accountsFile, makeRole } from '../e2e/other-accounts.ts';
import { testRows } from './assert.ts';
import { type Harness, openHarness } from './harness.ts';
import { observedCases } from './observed.ts';
import { writeResults } from './results.ts';
import type { FaultCase } from './row.ts';
import { type CaseResult, runCases } from './run-cases.ts';
import { rowsOfThisRun } from './table.ts';

/** The session of the role serves all calls, so one row runs at a time. */
let harness: Harness;
let seen: Map<FaultCase, CaseResult | Error>;
beforeAll(async () => {
  const accountId = '210987654321';
  harness = await openHarness({
    patienceMs: 60_000,
    environment: { CREATE_IN_FLIGHT_SECONDS: '3', LEASE_SECONDS: '5' },
    args: ['--accounts', accountsFile()],
    place: { accountId, region: 'eu-west-1' },
  });
  await makeRole(harness.runtime, accountId);
  seen = await runCases(harness, rowsOfThisRun('accounts.test.ts'), { atOnce: 1, prefix: 'acme-row' });
});
afterAll(async () => {
  writeResults('accounts.md', observedCases(rowsOfThisRun('accounts.test.ts'), seen));
  await harness.end();
});

testRows('accounts.test.ts', (row) => seen.get(row));
