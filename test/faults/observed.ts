import { type FaultCase, nameOf } from './row.ts';
import type { CaseResult } from './run-cases.ts';

const line = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

/** A Markdown table. */
export const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  `${[head, head.map(() => '---'), ...rows].map(line).join('\n')}\n`;

/** A table of what callers, subscribers and Personalize saw in each row. */
export const observedCases = (
  rows: readonly FaultCase[],
  seen: ReadonlyMap<FaultCase, CaseResult | Error> = new Map(),
): string =>
  markdownTable(
    ['test', 'answers, then GET', 'events', 'CreateEventTracker calls', 'left in Personalize'],
    rows.map((row) => [`${row.lifecycle} > ${nameOf(row)}`, ...columns(seen.get(row))]),
  );

function columns(seen: CaseResult | Error | undefined): string[] {
  if (seen === undefined) return ['did not run', '', '', ''];
  if (seen instanceof Error) return [seen.message, '', '', ''];
  const { answers, resource, events, createCalls, trackers } = seen;
  return [
    [...answers, resource.status, resource.failure?.code].filter(Boolean).join(' '),
    events.map(({ detail }) => `${detail.metadata.sequence} ${detail.data.status}`).join(', '),
    createCalls.map(({ outcome }) => outcome).join(', '),
    trackers.map(({ status }) => status).join(', ') || 'nothing',
  ];
}
