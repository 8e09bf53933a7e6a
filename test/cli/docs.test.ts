import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COMMANDS } from '../../cli/commands/all.ts';
import { EXIT } from '../../cli/failures.ts';
import { GLOBAL_OPTIONS } from '../../cli/global-options.ts';
import { ROOT } from './binary.ts';
import { CASES } from './golden/cases.ts';
import { DIFFERENT_QUERIES } from './golden/different-queries.ts';

const docs = readFileSync(join(ROOT, 'docs/cli.md'), 'utf8');
const help = COMMANDS.flatMap(({ examples }) => examples.map(({ command }) => command));

const blocks = [...docs.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, lines = '']) => lines);

test('the examples of docs/cli.md include those of the help', () => {
  expect(help.length).toBeGreaterThan(10);
  for (const command of help) expect(blocks.join('\n')).toContain(command);
});

test('"What differs from AWS" has every difference that the tests know', () => {
  const [, section = ''] = docs.split('## What differs from AWS');
  const rows = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| '));
  const differences = [
    ...CASES.flatMap(({ differs }) => differs?.row ?? []),
    ...GLOBAL_OPTIONS.flatMap(({ refused, flag }) => (refused === undefined ? [] : [`\`${flag}\``])),
    ...Object.keys(DIFFERENT_QUERIES),
  ];
  expect(differences.length).toBeGreaterThan(8);
  for (const difference of differences) expect(rows.filter((row) => row.includes(difference))).toHaveLength(1);
  expect(rows.every((row) => row.split('|').length === 5)).toBe(true);
});

test('the table in docs/cli.md lists every exit code', () => {
  const rows = [...docs.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
  expect(rows).toEqual([...new Set(Object.values(EXIT))].sort((one, other) => one - other));
});
