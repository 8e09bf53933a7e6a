import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask } from '../e2e/aws-operations.ts';
import { testRows } from './assert.ts';
import { type Harness, openHarness } from './harness.ts';
import { observedCases } from './observed.ts';
import { writeResults } from './results.ts';
import type { FaultCase } from './row.ts';
import { type CaseResult, runCases } from './run-cases.ts';
import { rowsOf, rowsOfThisRun, TEST_FILES } from './table.ts';

/** Every fault of Personalize at every step. Each row has its own dataset group, so all run in parallel in one runtime. */
let harness: Harness;
let seen: Map<FaultCase, CaseResult | Error>;
beforeAll(async () => {
  // createInFlight must exceed the longest lag and late act of the table.
  const environment = { CREATE_IN_FLIGHT_SECONDS: '11', LEASE_SECONDS: '5', POWERTOOLS_LOG_LEVEL: 'INFO' };
  harness = await openHarness({ timeScale: 0.1, environment });
  seen = await runCases(harness, rowsOfThisRun('personalize.test.ts'), { atOnce: 60, prefix: 'acme-row' });
});
afterAll(async () => {
  writeResults('personalize.md', observedCases(rowsOfThisRun('personalize.test.ts'), seen));
  await harness.end();
});

testRows('personalize.test.ts', (row) => seen.get(row));

const FAULTS =
  'throttle server-error error garbled lost-answer late-act delay create-failed access-denied stuck stale-list stale-describe';
const OPERATIONS = [
  'DescribeEventTracker',
  'ListEventTrackers',
  'ListTagsForResource',
  'DescribeDatasetGroup',
  'ListDatasets',
  'CreateEventTracker',
  'DeleteEventTracker',
];

test('the simulator refuses the combinations of operation and fault that are not in the table', async () => {
  const scripts = TEST_FILES.flatMap((file) => rowsOf(file).flatMap((row) => row.scripts));
  const isInTable = (operation: string, fault: string) =>
    scripts.some((script) => script.operation === operation && script.fault === fault);
  for (const operation of OPERATIONS) {
    for (const fault of FAULTS.split(' ').filter((one) => !isInTable(operation, one))) {
      const delayMs = fault.startsWith('stale') || fault === 'late-act' ? { delayMs: 1 } : {};
      const { status, body } = await ask(harness.runtime, 'POST', '/_faults', {
        service: 'personalize',
        operation,
        times: 1,
        fault,
        ...delayMs,
      });
      expect([operation, fault, status]).toEqual([operation, fault, 400]);
      expect(body.message).toMatch(/is only for /);
    }
  }
});

test('at the deployed log level, the log contains no tracking ID', () => {
  const ids = [...seen.values()].flatMap((one) => (one instanceof Error ? [] : (one.resource.trackingId ?? [])));
  expect(harness.runtime.output()).toContain('CreateEventTracker answered');
  expect(ids.length).toBeGreaterThan(10);
  expect(ids.filter((id) => harness.runtime.output().includes(id))).toEqual([]);
});
