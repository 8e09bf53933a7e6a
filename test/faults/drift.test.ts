import { afterAll, beforeAll, describe, test } from 'vitest';
import {
  assertDrift,
  type Checked,
  checkDrift,
  type DriftCaseResult,
  prepareIdle,
  publishedFor,
  readDriftState,
  runDriftCase,
} from './drift-cases.ts';
import { DRIFT_ROWS, type DriftRow, driftNameOf, RECREATE_ROWS } from './drift-rows.ts';
import { type Harness, openHarness } from './harness.ts';
import { markdownTable } from './observed.ts';
import { writeResults } from './results.ts';

/** The drift check covers the whole account, so all trackers become idle first, then the rows run one after the other. */
const harnesses: Harness[] = [];
const seen = new Map<DriftRow, DriftCaseResult>();

async function runRows(rows: readonly DriftRow[], environment: Readonly<Record<string, string>>): Promise<void> {
  const harness = await openHarness({
    environment: { CREATE_IN_FLIGHT_SECONDS: '1', LEASE_SECONDS: '5', ...environment },
  });
  harnesses.push(harness);
  const resting = await Promise.all(
    rows.map(async (row, index) => ({ row, group: await prepareIdle(harness, row, `acme-rest${index}`) })),
  );
  const first = new Map<DriftRow, Checked>();
  for (const { row, group } of resting) first.set(row, await runDriftCase(harness, row, group));
  // A further check must not report anything again.
  await checkDrift(harness);
  for (const { row, group } of resting) {
    const answered = first.get(row);
    if (answered) seen.set(row, await readDriftState(harness, group, answered));
  }
}

beforeAll(async () => {
  await Promise.all([runRows(DRIFT_ROWS, {}), runRows(RECREATE_ROWS, { RECREATE_MISSING: 'true' })]);
});
afterAll(async () => {
  const rows = [...seen].map(([row, result]) => [
    driftNameOf(row),
    result.status,
    publishedFor(result).join(', '),
    result.left.join(', ') || 'nothing',
  ]);
  writeResults('drift.md', markdownTable(['test', 'GET', 'events', 'left in Personalize'], rows));
  for (const harness of harnesses) await harness.end();
});

describe('idle', () => {
  for (const row of DRIFT_ROWS) test(driftNameOf(row), () => assertDrift(row, seen.get(row)));
});

describe('idle, with RECREATE_MISSING=true', () => {
  for (const row of RECREATE_ROWS) test(driftNameOf(row), () => assertDrift(row, seen.get(row)));
});
