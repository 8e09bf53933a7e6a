import { describe, expect, test } from 'vitest';
import {
  DRIFT_DETECTED,
  driftDetectedSchema,
  STATE_CHANGE,
  stateChangeSchema,
  UPDATED,
  updatedSchema,
} from '../../events/contract.ts';
import { type FaultCase, nameOf } from './row.ts';
import { type CaseResult, REQUESTED_TAGS } from './run-cases.ts';
import { rowsOfThisRun, sectionsOf, type TestFile } from './table.ts';

/** Defines a test for every row of the file. @param seenOf the result of a row, once all rows have run */
export function testRows(file: TestFile, seenOf: (row: FaultCase) => CaseResult | Error | undefined): void {
  const runs = new Set(rowsOfThisRun(file));
  for (const { lifecycle, rows } of sectionsOf(file)) {
    describe(lifecycle, () => {
      for (const row of rows) test.runIf(runs.has(row))(nameOf(row), () => assertRow(row, seenOf(row)));
    });
  }
}

/** Asserts that the final answer, the events and the calls that reached Personalize match the row. */
function assertRow(row: FaultCase, seen: CaseResult | Error | undefined): void {
  if (seen === undefined) throw new Error('The row did not run.');
  if (seen instanceof Error) throw seen;
  expect(seen.unused, 'faults that no call encountered').toEqual([]);
  assertCaller(row, seen);
  assertSubscriber(row, seen);
  assertPersonalize(row, seen);
  if (row.published.at(-1) === 'UPDATED') expect(seen.resource.tags).toEqual(REQUESTED_TAGS);
  if (row.execution) expect(seen.execution).toBe(row.execution);
}

function assertCaller({ answers, status, code }: FaultCase, { answers: given, resource }: CaseResult): void {
  expect(given).toEqual(answers);
  expect({ status: resource.status, code: (resource.failure ?? resource.updateFailure)?.code }).toEqual({
    status,
    code,
  });
  expect(resource.trackingId === undefined, 'a tracking ID only while ACTIVE').toBe(status !== 'ACTIVE');
}

function assertSubscriber({ published, status, code }: FaultCase, { events, deliveries, resource }: CaseResult): void {
  const metadata = events.map(({ detail }) => detail.metadata);
  expect(events.map(({ detail }) => detail.data.outcome ?? detail.data.status)).toEqual(published);
  expect(metadata.map(({ sequence }) => sequence)).toEqual(published.map((_, index) => index + 1));
  // A repeated delivery is identical, so a subscriber may drop it by its eventId.
  for (const { detail } of deliveries) {
    expect(events.find((first) => first.detail.metadata.eventId === detail.metadata.eventId)?.detail).toEqual(detail);
  }
  for (const { detail, 'detail-type': type } of events) {
    if (type === DRIFT_DETECTED) driftDetectedSchema.parse(detail);
    else if (type === UPDATED) updatedSchema.parse(detail);
    else expect(stateChangeSchema.parse(detail) && type).toBe(STATE_CHANGE);
    // The schema has this rule, too. It matters enough to assert it here.
    expect(detail.data.trackingId !== undefined).toBe(type === STATE_CHANGE && detail.data.status === 'ACTIVE');
  }
  const last = events.filter((event) => event['detail-type'] !== UPDATED).at(-1)?.detail.data;
  if (status === 'ACTIVE') expect(last?.trackingId).toBe(resource.trackingId);
  if (status === 'CREATE FAILED') expect(last?.failure).toMatchObject({ code });
}

function assertPersonalize(
  { left, creates, status }: FaultCase,
  { trackers, createCalls, resource }: CaseResult,
): void {
  expect(trackers.map((tracker) => tracker.status)).toEqual(left);
  expect(createCalls.map(({ outcome }) => outcome)).toEqual(creates);
  if (status === 'ACTIVE') expect(trackers[0]?.eventTrackerArn).toBe(resource.eventTrackerArn);
}
