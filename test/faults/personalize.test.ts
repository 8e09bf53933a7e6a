import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask } from '../e2e/aws-operations.ts';
import { testRows } from './assert.ts';
import { observedCases } from './observed.ts';
import { type CaseResult, runCases } from './play.ts';
import { writeResults } from './results.ts';
import type { FaultCase } from './row.ts';
import { type Harness, openHarness } from './stage.ts';
import { rowsOf, TEST_FILES } from './table.ts';

/** Every fault of Personalize at every step. One runtime; each row has a dataset group of its own, so that all run in parallel. */
let stage: Harness;
let seen: Map<FaultCase, CaseResult | Error>;
beforeAll(async () => {
  // createInFlight above the longest lag and landing in the table.
  const environment = { CREATE_IN_FLIGHT_SECONDS: '11', LEASE_SECONDS: '5', POWERTOOLS_LOG_LEVEL: 'INFO' };
  stage = await openHarness({ timeScale: 0.1, environment });
  seen = await runCases(stage, rowsOf('personalize.test.ts'), { atOnce: 60, prefix: 'acme-row' });
});
afterAll(async () => {
  writeResults('personalize.md', observedCases(rowsOf('personalize.test.ts'), seen));
  await stage.end();
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

test('a fault that is not in the table makes no sense at its step: the simulator refuses it', async () => {
  const scripts = TEST_FILES.flatMap((file) => rowsOf(file).flatMap((row) => row.scripts));
  const isInTable = (operation: string, fault: string) =>
    scripts.some((script) => script.operation === operation && script.fault === fault);
  for (const operation of OPERATIONS) {
    for (const fault of FAULTS.split(' ').filter((one) => !isInTable(operation, one))) {
      const delayMs = fault.startsWith('stale') || fault === 'late-act' ? { delayMs: 1 } : {};
      const { status, body } = await ask(stage.runtime, 'POST', '/_faults', {
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

test('no tracking ID is in the log, as deployed', () => {
  const ids = [...seen.values()].flatMap((one) => (one instanceof Error ? [] : (one.resource.trackingId ?? [])));
  expect(stage.runtime.output()).toContain('CreateEventTracker answered');
  expect(ids.length).toBeGreaterThan(10);
  expect(ids.filter((id) => stage.runtime.output().includes(id))).toEqual([]);
});
