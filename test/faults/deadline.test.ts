import { afterAll, beforeAll } from 'vitest';
import { testRows } from './assert.ts';
import { playAll, type Seen } from './play.ts';
import { printSeen } from './print-seen.ts';
import type { Row } from './row.ts';
import { openStage, type Stage } from './stage.ts';
import { rowsOf } from './table.ts';

/** What is longer than the deadline, which is 2 s here. */
let stage: Stage;
let seen: Map<Row, Seen | Error>;
beforeAll(async () => {
  stage = await openStage({ environment: { DEADLINE_SECONDS: '2', LANDING_SECONDS: '3', LEASE_SECONDS: '5' } });
  seen = await playAll(stage, rowsOf('deadline.test.ts'), { atOnce: 20, prefix: 'acme-row' });
}, 60_000);
afterAll(async () => {
  printSeen(rowsOf('deadline.test.ts'), seen);
  await stage.end();
});

testRows('deadline.test.ts', (row) => seen.get(row));
