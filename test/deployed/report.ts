import { writeFileSync } from 'node:fs';

export type Outcome = 'passed' | 'failed' | 'skipped';

export interface Result {
  readonly check: string;
  readonly outcome: Outcome;
  readonly seconds: number;
  /** Why it failed or was skipped. Contains no secret. */
  readonly why?: string;
}

export interface Report {
  readonly run: string;
  readonly url: string;
  readonly startedAt: string;
  readonly seconds: number;
  readonly results: readonly Result[];
  /** What the run made, in order; all of it is removed unless `leftBehind` names it. */
  readonly made: readonly string[];
  readonly leftBehind: readonly string[];
}

const MARKS: Readonly<Record<Outcome, string>> = { passed: '✓', failed: '✗', skipped: '–' };

export const lineOf = ({ check, outcome, seconds, why }: Result): string =>
  `${MARKS[outcome]} ${check} (${seconds.toFixed(1)} s)${why === undefined ? '' : `\n    ${why.replaceAll('\n', '\n    ')}`}`;

/** The closing lines: what was left behind, and the counts. */
export function summaryOf({ results, leftBehind }: Report): string {
  const count = (outcome: Outcome) => results.filter((result) => result.outcome === outcome).length;
  const left = leftBehind.map((each) => `LEFT BEHIND: ${each}`);
  const advice = left.length > 0 ? ['Run it again with --clean-up to remove what was left behind.'] : [];
  const counts = `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`;
  return [...left, ...advice, counts].join('\n');
}

export const isGood = ({ results, leftBehind }: Report): boolean =>
  leftBehind.length === 0 && results.length > 0 && results.every(({ outcome }) => outcome !== 'failed');

export const writeReport = (file: string, report: Report): void =>
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
