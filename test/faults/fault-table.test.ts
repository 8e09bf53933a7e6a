import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { PATH_CALLS, PATH_FAULTS } from '../contract/tracking-id-faults.ts';
import { DEPLOYMENT_ROWS, deploymentNameOf } from './deployment-rows.ts';
import { DRIFT_ROWS, driftNameOf, RECREATE_ROWS } from './drift-rows.ts';
import { faultTable } from './fault-table.ts';
import { writeResults } from './results.ts';
import { nameOf, type Place, type Script } from './row.ts';
import { rowsOf, sectionsOf, TEST_FILES } from './table.ts';

const cases = TEST_FILES.flatMap((file) => rowsOf(file));
const scripts: readonly Script[] = [
  ...cases.flatMap((row) => [...row.scripts, ...(row.during?.scripts ?? [])]),
  ...DRIFT_ROWS.flatMap(({ fault }) => fault?.script ?? []),
];

test('the table has one line for each test and is written to test-results', () => {
  const table = faultTable();
  writeResults('table.md', table);
  const names = [
    ...cases.map(nameOf),
    ...[...DRIFT_ROWS, ...RECREATE_ROWS].map(driftNameOf),
    ...DEPLOYMENT_ROWS.map(deploymentNameOf),
  ];
  const lines = [...table.matchAll(/^\| `(.*?)` \| [^|]+ \| [^|]+ \| [^|]+ \|$/gm)].map(([, name]) => name);
  expect(lines.sort()).toEqual(names.sort());
});

test('every line has a test with its name', () => {
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

const root = resolve(import.meta.dirname, '../..');
const docs = readFileSync(resolve(root, 'docs/faults.md'), 'utf8');

test('docs/faults.md lists exactly the calls and faults of the table for each service', () => {
  const documented = [...docs.matchAll(/^\| ([A-Z][A-Za-z ]*) \| (`.*?) \| (`.*?) \|$/gm)];
  const named = (cell = '') => (cell.match(/`.*?`/g) ?? []).map((name) => name.slice(1, -1)).sort();
  const places = {
    Personalize: 'personalize',
    'Step Functions': 'step-functions',
    DynamoDB: 'dynamodb',
    EventBridge: 'bus',
    STS: 'sts',
  };
  for (const [name, place] of Object.entries(places)) {
    const row = documented.find(([, title]) => title === name);
    const injected = scripts.filter((script) => script.place === place);
    expect(named(row?.[2]), name).toEqual([...new Set(injected.map(({ operation }) => operation))].sort());
    expect(named(row?.[3]), name).toEqual([...new Set(injected.map(({ fault }) => fault))].sort());
  }
  const keepers = { 'Parameter Store': PATH_CALLS.ssm, 'Secrets Manager': PATH_CALLS.secretsmanager };
  for (const [name, calls] of Object.entries(keepers)) {
    const row = documented.find(([, title]) => title === name);
    expect([named(row?.[2]), named(row?.[3])], name).toEqual([calls.toSorted(), PATH_FAULTS.toSorted()]);
  }
  const names = [...Object.keys(places), ...Object.keys(keepers)];
  expect(documented.map(([, title]) => title).sort()).toEqual(names.sort());
});

test('docs/faults.md names tests that exist', () => {
  const files = [...docs.matchAll(/`(test\/[\w./-]+\.ts)`/g)].map(([, file = '']) => file);
  expect(files.length).toBeGreaterThan(10);
  expect(files.filter((file) => !existsSync(resolve(root, file)))).toEqual([]);
});

const ITEM_FAULTS = ['server-error', 'throttle', 'lost-answer', 'cut'];
test.each<[Place, string[], string[]]>([
  ['step-functions', ['StartExecution'], ['server-error', 'throttle', 'lost-answer']],
  ['dynamodb', ['GetItem', 'PutItem', 'UpdateItem', 'Query'], ITEM_FAULTS],
  ['sts', ['AssumeRole'], ['access-denied', 'cut', 'server-error', 'throttle']],
  ['bus', ['PutEvents'], ['fail-entries', 'throttle', 'server-error']],
])('%s: the table injects every fault into every call that the service makes', (place, operations, faults) => {
  const injected = new Set(
    scripts.filter((script) => script.place === place).map(({ operation, fault }) => `${operation} ${fault}`),
  );
  const all = operations.flatMap((operation) => faults.map((fault) => `${operation} ${fault}`));
  expect(all.filter((pair) => !injected.has(pair))).toEqual([]);
});
