import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machine } from './machine.ts';

const ROOT = join(import.meta.dirname, '..');

/** What a figure must reach. */
export interface Goal {
  readonly name: string;
  readonly value: number;
  readonly relation: '<=' | '>=' | '==';
  readonly bound: number;
  readonly holds: boolean;
}

/** Goals, by how a value relates to its bound. A value that is not a number never holds. */
export const atMost = (name: string, value: number, bound: number): Goal => ({
  ...{ name, value, relation: '<=', bound, holds: value <= bound },
});
export const atLeast = (name: string, value: number, bound: number): Goal => ({
  ...{ name, value, relation: '>=', bound, holds: value >= bound },
});
export const exactly = (name: string, value: number, bound: number): Goal => ({
  ...{ name, value, relation: '==', bound, holds: value === bound },
});

export interface Report {
  readonly goals: readonly Goal[];
  /** Markdown: the figures in tables, and what they compare. The frame adds the goals, the commit and the machine. */
  readonly text: string;
  /** The versions that matter for the figures, by package. Node's is always printed. */
  readonly versions?: Readonly<Record<string, string>>;
  /** Pictures for the text: the content of each file by its path in bench/. */
  readonly files?: Readonly<Record<string, string>>;
}

/** What a module of a benchmark exports as `benchmark`. */
export interface Benchmark {
  /** What is compared, in one sentence. It begins the section in RESULTS.md. */
  readonly about: string;
  /** @param progress prints a line for people, on stderr */
  run(progress: (line: string) => void): Promise<Report>;
}

/** The installed versions of packages. */
export const versionsOf = (packages: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    packages.map((name) => {
      const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8'));
      return [name, String(version)];
    }),
  );

export const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** A figure with at most three significant digits, and no exponent. */
export const figure = (value: number): string =>
  Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));

const SIGNS = { '<=': '≤', '>=': '≥', '==': '=' } as const;

export const goalsTable = (goals: readonly Goal[]): string =>
  table(
    ['goal', 'value', 'bound', 'holds'],
    goals.map(({ name, value, relation, bound, holds }) => [
      ...[name, figure(value), `${SIGNS[relation]} ${bound}`, holds ? 'yes' : '**no**'],
    ]),
  );

/** The section of a benchmark in RESULTS.md, without its heading. */
export const sectionOf = (about: string, { goals, text, versions = {} }: Report, seconds: number): string => {
  const others = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    about,
    `${commit()}; ${seconds.toFixed(0)} s; ${[`Node ${process.version}`, ...others].join(', ')}; ${machine()}.`,
    ...(goals.length > 0 ? [goalsTable(goals)] : []),
    text.trim(),
  ].join('\n\n');
};

/** The commit that was measured, and whether the code had other changes. RESULTS.md itself does not count. */
function commit(): string {
  if (!existsSync(join(ROOT, '.git'))) return 'Commit unknown';
  const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
  const changed = git('status', '--porcelain', '--untracked-files=no', '--', '.', ':!bench/RESULTS.md');
  return `Commit ${git('rev-parse', '--short=10', 'HEAD')}${changed && ', with changes that are not committed'}`;
}

const RESULTS = join(ROOT, 'bench/RESULTS.md');
const PREFACE = `# Results of the benchmarks

Each section is of the last run of its command. [docs/performance.md](../docs/performance.md) explains the figures.
`;

/** Replaces the section of a benchmark in RESULTS.md, or adds it, and writes its files. */
export function writeResults(name: string, section: string, files: Report['files'] = {}): void {
  for (const [path, content] of Object.entries(files)) writeFileSync(join(import.meta.dirname, path), content);
  const before = existsSync(RESULTS) ? readFileSync(RESULTS, 'utf8') : PREFACE;
  writeFileSync(RESULTS, withSection(before, `bench:${name}`, section));
}

/**
 * The page with the section below the heading `## TITLE`. Other sections stay as they are; a new one becomes the last. A section has
 * no headings of level 2 of its own.
 */
export function withSection(page: string, title: string, section: string): string {
  const [preface = '', ...sections] = page.split(/^(?=## )/m);
  const made = `## ${title}\n\n${section.trim()}\n`;
  const at = sections.findIndex((text) => text.startsWith(`## ${title}\n`));
  const all = at < 0 ? [...sections, made] : sections.with(at, made);
  return [preface, ...all].map((text) => `${text.trimEnd()}\n`).join('\n');
}
