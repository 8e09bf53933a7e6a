import { afterAll, beforeAll, describe, test } from 'vitest';
import {
  assertDrift,
  atRest,
  type Checked,
  checkDrift,
  type DriftCaseResult,
  publishedFor,
  readDriftState,
  runDriftCase,
} from './drift-play.ts';
import { DRIFT_ROWS, type DriftRow, driftNameOf, RECREATE_ROWS } from './drift-rows.ts';
import { markdownTable } from './observed.ts';
import { writeResults } from './results.ts';
import { type Harness, openHarness } from './stage.ts';

/** The drift check is account-wide: everything is brought to rest first, then one row after the other is played. */
const stages: Harness[] = [];
const seen = new Map<DriftRow, DriftCaseResult>();

async function playRows(rows: readonly DriftRow[], environment: Readonly<Record<string, string>>): Promise<void> {
  const stage = await openHarness({
    environment: { CREATE_IN_FLIGHT_SECONDS: '1', LEASE_SECONDS: '5', ...environment },
  });
  stages.push(stage);
  const resting = await Promise.all(
    rows.map(async (row, index) => ({ row, group: await atRest(stage, row, `acme-rest${index}`) })),
  );
  const first = new Map<DriftRow, Checked>();
  for (const { row, group } of resting) first.set(row, await runDriftCase(stage, row, group));
  // Each drift is reported once.
  await checkDrift(stage);
  for (const { row, group } of resting) {
    const answered = first.get(row);
    if (answered) seen.set(row, await readDriftState(stage, group, answered));
  }
}

beforeAll(async () => {
  await Promise.all([playRows(DRIFT_ROWS, {}), playRows(RECREATE_ROWS, { RECREATE_MISSING: 'true' })]);
});
afterAll(async () => {
  const rows = [...seen].map(([row, result]) => [
    driftNameOf(row),
    result.status,
    publishedFor(result).join(', '),
    result.left.join(', ') || 'nothing',
  ]);
  writeResults('drift.md', markdownTable(['test', 'GET', 'events', 'left in Personalize'], rows));
  for (const stage of stages) await stage.end();
});

describe('idle', () => {
  for (const row of DRIFT_ROWS) test(driftNameOf(row), () => assertDrift(row, seen.get(row)));
});

describe('idle, with RECREATE_MISSING=true', () => {
  for (const row of RECREATE_ROWS) test(driftNameOf(row), () => assertDrift(row, seen.get(row)));
});
