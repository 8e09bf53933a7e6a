import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { optionsOf } from '../../cli/arguments.ts';
import { COMMANDS } from '../../cli/commands/all.ts';
import { inProcess } from './in-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'event-trackers-completion-'));
beforeAll(async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, stdout } = await inProcess(['completion', shell]);
    expect(code).toBe(0);
    writeFileSync(join(folder, shell), stdout);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(program: string, args: readonly string[]): string {
  // Ignores the user's own configuration.
  const env = { PATH: process.env.PATH, HOME: folder, ZDOTDIR: folder, TERM: 'dumb', LC_ALL: 'C.UTF-8' };
  const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: 'utf8', timeout: 20_000 });
  expect([status, stderr]).toEqual([0, '']);
  return stdout;
}
const lines = (text: string): string[] => text.split(/\r?\n/).filter((line) => line !== '');
const script = (shell: string) => join(folder, shell);
const helper = (name: string) => join(import.meta.dirname, 'completion', name);

/** The completions of the last word, in the order of the shell. */
const SHELLS: Readonly<Record<string, (words: readonly string[]) => string[]>> = {
  bash: (words) => lines(run('bash', ['--norc', helper('bash.sh'), script('bash'), ...words])),
  zsh(words) {
    const output = run('zsh', ['-f', helper('capture.zsh'), script('zsh'), words.join(' ')]);
    return lines(/@begin@\r?\n([\s\S]*?)@end@/.exec(output)?.[1] ?? '');
  },
  fish: (words) =>
    lines(run('fish', ['--no-config', '-c', `source ${script('fish')}; complete -C "${words.join(' ')}"`])).map(
      (line) => line.split('\t')[0] ?? '',
    ),
};
const isInstalled = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0;

describe.each(Object.entries(SHELLS))('completion %s', (shell, completions) => {
  const complete = (...words: string[]) => completions(['event-trackers', ...words]).sort();

  test.runIf(isInstalled(shell))('completes commands, options and choices', () => {
    expect(complete('del')).toEqual(['delete-event-tracker']);
    expect(complete('create-event-tracker', '--na')).toEqual(['--name']);
    expect(complete('wait', 'event-tracker-')).toEqual(
      ['active', 'deleted', 'updated'].map((outcome) => `event-tracker-${outcome}`),
    );
    expect(complete('wait', 'event-tracker-active', '--time')).toEqual(['--timeout']);
    expect(complete('history', '--output', '')).toEqual(['json', 'table', 'text', 'yaml']);
    expect(complete('history', '--outp')).toEqual(['--output']);
    // A status has a space, which the command line escapes.
    const statuses = complete('list-event-trackers', '--status', 'CREATE').map((status) => status.replaceAll('\\', ''));
    expect(statuses).toEqual(['CREATE FAILED', 'CREATE IN_PROGRESS', 'CREATE PENDING']);
    expect(complete('completion', '').filter((word) => !/^-|^help$/.test(word))).toEqual(['bash', 'fish', 'zsh']);
  });

  test.runIf(isInstalled(shell))('does not take a value for a command, and offers no refused option', () => {
    expect(complete('create-event-tracker', '--name', 'history', '--wait-')).toEqual(['--wait-for-dataset-group']);
    expect(complete('create-event-tracker', '--no-')).toEqual(['--no-cli-pager', '--no-paginate']);
  });
});

test.each(Object.keys(SHELLS))('the script for %s has every command and option', async (shell) => {
  const { stdout } = await inProcess(['completion', shell]);
  for (const command of COMMANDS) {
    for (const word of command.words) expect(stdout).toContain(word);
    for (const { flag } of optionsOf(command))
      expect(stdout).toContain(shell === 'fish' ? `-l ${flag.slice(2)}` : flag);
  }
});
