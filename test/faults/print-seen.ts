import type { CaseResult } from './play.ts';
import { type FaultCase, nameOf } from './row.ts';

/** Prints what was seen of every row, a line each. */
export function printSeen(rows: readonly FaultCase[], seen: ReadonlyMap<FaultCase, CaseResult | Error>): void {
  const lines = rows.map((row) => [`${row.lifecycle} > ${nameOf(row)}`, ...columns(seen.get(row))]);
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(' | ')
      .trimEnd(),
  );
  console.log(`row | answers, GET | events | CreateEventTracker calls | left in Personalize\n${text.join('\n')}`);
}

function columns(seen: CaseResult | Error | undefined): string[] {
  if (seen === undefined) return ['not played', '', '', ''];
  if (seen instanceof Error) return [seen.message, '', '', ''];
  const { answers, resource, events, createCalls, trackers } = seen;
  const told = events.map(({ detail }) => `${detail.metadata.sequence} ${detail.data.status}`).join(', ');
  return [
    [...answers, resource.status, resource.failure?.code].filter(Boolean).join(' '),
    told,
    createCalls.map(({ outcome }) => outcome).join(', '),
    trackers.map(({ status }) => status).join(', ') || 'nothing',
  ];
}
