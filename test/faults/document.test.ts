import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { DEPLOYMENT_ROWS, deploymentNameOf } from './deployment-rows.ts';
import { faultsDocument } from './document.ts';
import { DRIFT_ROWS, driftNameOf } from './drift-rows.ts';
import { nameOf, type Place } from './row.ts';
import { rowsOf, sectionsOf, TEST_FILES } from './table.ts';

test('docs/faults.md is what the table says; `npx node test/faults/print.ts` writes it', () => {
  const path = resolve(import.meta.dirname, '../../docs/faults.md');
  expect(readFileSync(path, 'utf8')).toBe(faultsDocument());
});

test('every line has a test of its own name', () => {
  for (const file of TEST_FILES) {
    for (const { lifecycle, rows } of sectionsOf(file)) {
      const names = rows.map((row) => `${lifecycle} > ${nameOf(row)}`);
      expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    }
    expect(sectionsOf(file).flatMap(({ rows }) => rows)).toHaveLength(rowsOf(file).length);
  }
  expect(new Set(DRIFT_ROWS.map(driftNameOf)).size).toBe(DRIFT_ROWS.length);
  expect(new Set(DEPLOYMENT_ROWS.map(deploymentNameOf)).size).toBe(DEPLOYMENT_ROWS.length);
});

const ITEM_FAULTS = ['server-error', 'throttle', 'lost-answer', 'cut'];
test.each<[Place, string[], string[]]>([
  ['step-functions', ['StartExecution'], ['server-error', 'throttle', 'lost-answer']],
  ['dynamodb', ['GetItem', 'PutItem', 'UpdateItem', 'Query'], ITEM_FAULTS],
  ['bus', ['PutEvents'], ['fail-entries', 'throttle', 'server-error']],
])('%s: every fault that can be scripted meets every call of ours', (place, operations, faults) => {
  const scripts = TEST_FILES.flatMap((file) =>
    rowsOf(file).flatMap((row) => [...row.scripts, ...(row.during?.scripts ?? [])]),
  );
  const met = new Set(
    scripts.filter((script) => script.place === place).map(({ operation, fault }) => `${operation} ${fault}`),
  );
  const all = operations.flatMap((operation) => faults.map((fault) => `${operation} ${fault}`));
  expect(all.filter((pair) => !met.has(pair))).toEqual([]);
});
