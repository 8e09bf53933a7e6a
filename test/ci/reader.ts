import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { filesOf } from './clone.ts';
import { type Block, blocksOf, isRun } from './pages.ts';
import { Runtime } from './readers-runtime.ts';
import { Terminal } from './terminal.ts';

const hasAwsCli = spawnSync('aws', ['--version']).error === undefined;

/**
 * Replaces commands that run elsewhere or take too long: `npm ci` and `npm test` ran before, vitest only lists its tests, and npx finds the
 * same command line each time, which takes four times as long as the command.
 */
const stubs = (withNpx: boolean): string => `
npm() { case "$1" in ci | test) ;; *) command npm "$@" ;; esac; }
npx() {
  case "$1 $2" in
    'vitest run') command npx vitest list "\${@:3}" ;;
    'event-trackers '*) ${withNpx ? 'command npx "$@"' : `'${process.execPath}' bin/event-trackers.js "\${@:2}"`} ;;
    *) command npx "$@" ;;
  esac
}
`;

/** What a reader's terminal has: nothing of npm and vitest, which run this, and no configuration of AWS or of the service. */
const OF_OTHERS = /^(npm_|NODE|VITE|TEST|AWS_(?!CA_BUNDLE)|EVENT_TRACKERS_|PASTED_|INIT_CWD)/;

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

/** Somebody with a clone, a runtime and a terminal of their own, who pastes pages. */
export class Reader {
  readonly #clone: string;
  readonly #runtime: Runtime;
  /** The folder for the programs of a page that does not create a project for them. */
  readonly #project: string;

  readonly #stubs: string;

  private constructor(clone: string, runtime: Runtime, stubs: string) {
    this.#stubs = stubs;
    this.#clone = clone;
    this.#runtime = runtime;
    this.#project = mkdtempSync(join(tmpdir(), 'event-trackers-project-'));
    mkdirSync(join(this.#project, 'node_modules'));
    symlinkSync(clone, join(this.#project, 'node_modules/event-trackers'));
  }

  /** @param withNpx whether npx finds the command line, as it does for a reader */
  static async of(clone: string, { withNpx }: { readonly withNpx: boolean }): Promise<Reader> {
    return new Reader(clone, await Runtime.of(clone), stubs(withNpx));
  }

  /** Pastes pages in order, into one new terminal, beside a runtime with an empty data folder. */
  async paste(pages: readonly string[]): Promise<void> {
    await this.#runtime.fresh();
    const terminal = this.#terminal();
    try {
      for (const page of pages) await this.#pastePage(terminal, page);
    } finally {
      await terminal.close();
    }
  }

  async close(): Promise<void> {
    await this.#runtime.stop();
    for (const folder of [this.#clone, this.#project]) rmSync(folder, { recursive: true, force: true });
  }

  #terminal(): Terminal {
    const inherited = Object.entries(process.env).filter(
      ([name]) => !OF_OTHERS.test(name) || name === 'NODE_EXTRA_CA_CERTS',
    );
    const path = (process.env.PATH ?? '').split(':').filter((folder) => !folder.includes('node_modules'));
    const own = { PATH: path.join(':'), PROJECT: this.#project, LANG: 'C.UTF-8', AWS_PAGER: '' };
    return new Terminal(this.#clone, { ...Object.fromEntries(inherited), ...own }, this.#stubs);
  }

  async #pastePage(into: Terminal, page: string): Promise<void> {
    const blocks = blocksOf(page);
    await this.#runtime.plain();
    await this.#runtime.pace(blocks.some(({ text }) => text.includes('/_simulator/timing')));
    const files = filesOf(this.#clone);
    const state = await this.#runtime.state();
    for (const [index, block] of blocks.entries()) {
      if (!isRun(block)) continue;
      const place = `${page}:${block.line}`;
      try {
        await this.#pasteBlock(into, block, blocks[index + 1]);
      } catch (error) {
        throw new Error(`${place} failed`, { cause: error });
      }
    }
    expect(filesOf(this.#clone), `what ${page} leaves in the clone`).toEqual(files);
    // A deletion that the page does not wait for ends by itself.
    await vi.waitFor(
      async () => expect(await this.#runtime.state(), `what ${page} leaves in the runtime`).toEqual(state),
      { timeout: 60_000, interval: 200 },
    );
  }

  async #pasteBlock(into: Terminal, block: Block, next: Block | undefined): Promise<void> {
    const text = this.#runtime.atItsPorts(block.text);
    if (!hasAwsCli && /\baws /.test(text)) return;
    if (block.language === 'ts') await this.#runProgram(into, text, next);
    else if (block.language === 'console') await this.#pasteSession(into, text);
    else await this.#pasteCommands(into, text);
  }

  async #runProgram(into: Terminal, text: string, next: Block | undefined): Promise<void> {
    const file = join(this.#project, 'program.ts');
    writeFileSync(file, text);
    const run = `(cp '${file}' "$PROJECT/example.ts" && cd "$PROJECT" && '${process.execPath}' example.ts)`;
    const { stdout, printed, failed } = await into.paste(run);
    expect(next?.language, 'what a program prints').toBe('text');
    expect(stdout, printed).toBe(next?.text);
    expect(failed, printed).toEqual([]);
  }

  async #pasteSession(into: Terminal, text: string): Promise<void> {
    for (const { command, prints } of sessionOf(text)) {
      if (command.startsWith('npm start')) {
        expect(await this.#runtime.run(command)).toMatch(printedLike(prints));
        continue;
      }
      // A stream does not end by itself.
      const { stdout, printed, failed } = await into.paste(
        command.replace(/^curl -sN/, 'timeout 3 curl -sN').replace(/^timeout .*/, '$& || test $? -eq 124'),
      );
      expect(failed, printed).toEqual([]);
      expect(stdout).toMatch(printedLike(prints));
    }
  }

  async #pasteCommands(into: Terminal, text: string): Promise<void> {
    const lines = text.split('\n');
    // A command that runs until Ctrl-C has its own terminal.
    const starts = lines.filter((line) => /(^|&& )npm start/.test(line));
    for (const line of starts) await this.#runtime.run(line.slice(line.indexOf('npm start')));
    const { printed, failed } = await into.paste(lines.filter((line) => !starts.includes(line)).join('\n'));
    expect(failed, printed).toEqual([]);
  }
}
