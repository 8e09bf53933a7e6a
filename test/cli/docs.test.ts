import { mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { COMMANDS } from '../../cli/commands/all.ts';
import { EXIT } from '../../cli/failures.ts';
import { GLOBAL_OPTIONS } from '../../cli/global-options.ts';
import { type LocalRuntime, local, startLocalRuntime } from '../e2e/local-runtime.ts';
import { BINARY, ended, ROOT } from './binary.ts';
import { CASES } from './golden/cases.ts';
import { DIFFERENT_QUERIES } from './golden/different-queries.ts';

const docs = readFileSync(join(ROOT, 'docs/cli.md'), 'utf8');
const help = COMMANDS.flatMap(({ examples }) => examples.map(({ command }) => command));

/** The parts of the clone that `npm run token` needs. */
const CLONE = ['package.json', 'infra', 'node_modules', 'functions', 'events', 'input', 'statemachine', 'examples'];

/** Asked for by `npm run test:ci`: each example is a process. */
const isPasted = process.env.PASTED_PAGES === 'yes';

let runtime: LocalRuntime;
beforeAll(async () => {
  if (!isPasted) return;
  runtime = await startLocalRuntime();
  await local(runtime, 'PUT', '/_simulator/timing', {
    createPendingMs: 100,
    createInProgressMs: 200,
    deletePendingMs: 100,
    deleteInProgressMs: 200,
  });
});
afterAll(async () => {
  await runtime?.end('SIGKILL');
});

const blocks = [...docs.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, lines = '']) => lines);

test('the examples of docs/cli.md include those of the help', () => {
  expect(help.length).toBeGreaterThan(10);
  for (const command of help) expect(blocks.join('\n')).toContain(command);
});

test.runIf(isPasted)(
  'the examples of docs/cli.md print what the page says, when pasted in order',
  async () => {
    // Differences from a reader's shell: the runtime's ports, and the binary instead of npx, which test:ci runs.
    const pasted = blocks
      .join('\n')
      .replaceAll('http://127.0.0.1:8787', runtime.apiUrl)
      .replaceAll('http://127.0.0.1:4566', runtime.awsUrl)
      .replace('npx event-trackers "$@"', `'${process.execPath}' '${BINARY}' "$@"`);
    // A folder with links to the clone, so that files left behind by the examples can be found.
    const folder = mkdtempSync(join(tmpdir(), 'event-trackers-docs-'));
    for (const name of CLONE) symlinkSync(join(ROOT, name), join(folder, name));
    const strict = 'set -euo pipefail; trap \'echo "failed: $BASH_COMMAND" >&2\' ERR; set -E\n';
    const { code, stdout, stderr } = await ended('bash', ['-c', `${strict}${pasted}`], {
      cwd: folder,
      environment: { EVENT_TRACKERS_DATA: runtime.data, PATH: process.env.PATH ?? '' },
    });
    expect([code, stderr.split('\n').filter((line) => line.startsWith('failed: '))]).toEqual([0, []]);
    expect(readdirSync(folder).sort()).toEqual([...CLONE].sort());
    expect(stdout).toContain('"wouldSucceed": true');
    expect(stdout).toMatch(/^\|+ +shop +\| +ACTIVE +\|+$/m);
    expect(stdout).toContain('"accepted": 1');
    expect(stdout).toContain('exit code 254: it has not failed');
    expect(stderr).toContain(
      'An error occurred (DATASET_GROUP_NOT_FOUND) when calling the CreateEventTracker operation',
    );
  },
  600_000,
);

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
