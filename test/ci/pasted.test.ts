import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cloneHere, filesOf, Runtime } from './clone.ts';
import { AWS_PAGES, type Block, blocksOf, PAGES } from './pages.ts';
import { Terminal } from './terminal.ts';

/**
 * Run by `npm run test:ci`. Pastes every block of README.md and the pages unchanged, except for the ports of the runtime: all pages
 * in order into one terminal, and each page alone. aws-commands.test.ts checks the pages whose commands need AWS.
 */
const IS_ASKED_FOR = process.env.PASTED_PAGES === 'yes';
const PASTED = PAGES.filter((page) => !AWS_PAGES.includes(page) && blocksOf(page).some(isRun));
const hasAwsCli = spawnSync('aws', ['--version']).error === undefined;

/** Replaces commands that run elsewhere or take too long: `npm ci` and `npm test` ran before, and vitest only lists its tests. */
const STUBS = `
npm() { case "$1" in ci | test) ;; *) command npm "$@" ;; esac; }
npx() { if [ "$1 $2" = 'vitest run' ]; then shift 2; command npx vitest list "$@"; else command npx "$@"; fi; }
`;

function isRun({ language }: Block): boolean {
  return language === 'sh' || language === 'console' || language === 'ts';
}

let clone: string;
let runtime: Runtime;
/** The folder for the programs of a page that does not create a project for them. */
let project: string;
beforeAll(async () => {
  if (!IS_ASKED_FOR) return;
  clone = cloneHere();
  project = mkdtempSync(join(tmpdir(), 'event-trackers-project-'));
  mkdirSync(join(project, 'node_modules'));
  symlinkSync(clone, join(project, 'node_modules/event-trackers'));
  runtime = await Runtime.of(clone);
  await runtime.fresh();
});
afterAll(async () => {
  await runtime?.stop();
  if (clone !== undefined) rmSync(clone, { recursive: true, force: true });
});

/** What a reader's terminal has: nothing of npm and vitest, which run this, and no configuration of AWS or of the service. */
const OF_OTHERS = /^(npm_|NODE|VITE|TEST|AWS_(?!CA_BUNDLE)|EVENT_TRACKERS_|PASTED_|INIT_CWD)/;

function terminal(): Terminal {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !OF_OTHERS.test(name) || name === 'NODE_EXTRA_CA_CERTS',
  );
  const path = (process.env.PATH ?? '').split(':').filter((folder) => !folder.includes('node_modules'));
  const own = { PATH: path.join(':'), PROJECT: project, LANG: 'C.UTF-8', AWS_PAGER: '' };
  return new Terminal(clone, { ...Object.fromEntries(inherited), ...own }, STUBS);
}

/** A pattern for the output of a block. `…` matches anything, and so do times, ids and counts, which differ in each run. */
function printedLike(text: string): RegExp {
  const ANYTHING: readonly (readonly [RegExp, string])[] = [
    [/…/g, '[\\s\\S]*'],
    [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\\\.\d+)?Z/g, '\\S+?'],
    [/(?<="(?:pid|checked)": ?)\d+/g, '\\d+'],
    [/(?<=pid )\d+/g, '\\d+'],
    [/(?<=127\\\.0\\\.0\\\.1:)\d+/g, '\\d+'],
  ];
  const escaped = text.trim().replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(ANYTHING.reduce((pattern, [what, by]) => pattern.replaceAll(what, by), escaped));
}

/** The commands of a session, each with its output. */
const sessionOf = (text: string): { command: string; prints: string }[] =>
  text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => ({ command: part.split('\n')[0] ?? '', prints: part.split('\n').slice(1).join('\n') }));

/** Pastes one block. @returns the commands that failed */
async function paste(into: Terminal, block: Block, next: Block | undefined): Promise<readonly string[]> {
  const text = runtime.atItsPorts(block.text);
  if (!hasAwsCli && /\baws /.test(text)) return [];
  if (block.language === 'ts') {
    writeFileSync(join(clone, '../example.ts'), text);
    const run = `(cp '${join(clone, '../example.ts')}' "$PROJECT/example.ts" && cd "$PROJECT" && '${process.execPath}' example.ts)`;
    const { stdout, printed, failed } = await into.paste(run);
    expect(next?.language, 'what a program prints').toBe('text');
    expect(stdout, printed).toBe(next?.text);
    return failed;
  }
  if (block.language === 'console') {
    for (const { command, prints } of sessionOf(text)) {
      if (command.startsWith('npm start')) expect(await runtime.run(command)).toMatch(printedLike(prints));
      else {
        // A stream does not end by itself.
        const { stdout, printed, failed } = await into.paste(
          command.replace(/^curl -sN/, 'timeout 3 curl -sN').replace(/^timeout .*/, '$& || test $? -eq 124'),
        );
        expect(failed, printed).toEqual([]);
        expect(stdout).toMatch(printedLike(prints));
      }
    }
    return [];
  }
  // A command that runs until Ctrl-C has its own terminal.
  const starts = text.split('\n').filter((line) => /(^|&& )npm start/.test(line));
  for (const line of starts) await runtime.run(line.slice(line.indexOf('npm start')));
  if (starts.length > 0)
    return (
      await into.paste(
        text
          .split('\n')
          .filter((line) => !starts.includes(line))
          .join('\n'),
      )
    ).failed;
  const { printed, failed } = await into.paste(text);
  expect(failed, printed).toEqual([]);
  return failed;
}

async function pastePage(into: Terminal, page: string): Promise<void> {
  await runtime.plain();
  const files = filesOf(clone);
  const state = await runtime.state();
  const blocks = blocksOf(page);
  for (const [index, block] of blocks.entries()) {
    if (!isRun(block)) continue;
    const place = `${page}:${block.line}`;
    try {
      expect(await paste(into, block, blocks[index + 1]), place).toEqual([]);
    } catch (error) {
      throw new Error(`${place} failed`, { cause: error });
    }
  }
  expect(filesOf(clone), `what ${page} leaves in the clone`).toEqual(files);
  expect(await runtime.state(), `what ${page} leaves in the runtime`).toEqual(state);
}

async function pastePages(pages: readonly string[]): Promise<void> {
  await runtime.fresh();
  const one = terminal();
  try {
    for (const page of pages) await pastePage(one, page);
  } finally {
    await one.close();
  }
}

describe.runIf(IS_ASKED_FOR)('pasted as it stands', () => {
  describe('each page alone', () => {
    test.each(PASTED)('%s', { timeout: 600_000 }, async (page) => {
      await pastePages([page]);
    });
  });

  test('all pages in order, in one terminal', { timeout: 1_800_000 }, async () => {
    await pastePages(PASTED);
  });
});
