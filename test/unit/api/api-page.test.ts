import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { DRY_RUN_OUTCOMES } from '../../../functions/requests/dry-run-result.ts';
import { FAILURE_CODES } from '../../../functions/tracker/failures.ts';
import { HISTORY_CAUSES } from '../../../functions/tracker/history-causes.ts';
import { WAITING_FOR } from '../../../functions/tracker/waiting-for.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../../docs/api.md'), 'utf8');

/** The first column of the table whose header row starts with this cell. */
function firstColumn(header: string): string[] {
  const [, table = ''] = page.split(new RegExp(`\\n\\| ${header} \\|.*\\n\\|---.*\\n`));
  const rows = table.split('\n\n')[0]?.split('\n') ?? [];
  return rows.map((row) => /^\| `([^`]+)`/.exec(row)?.[1] ?? row);
}

test.each([
  ['`waitingFor`', Object.keys(WAITING_FOR)],
  ['`cause`', Object.keys(HISTORY_CAUSES)],
  ['`code`', FAILURE_CODES],
  ['`outcome`', DRY_RUN_OUTCOMES],
] as const)('docs/api.md explains exactly the values of %s', (header, values) => {
  expect(firstColumn(header).toSorted()).toEqual([...values].toSorted());
});
