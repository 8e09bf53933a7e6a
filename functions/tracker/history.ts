import { HISTORY_CAUSES } from './history-causes.ts';
import type { HistoryEntry } from './record-schema.ts';

export type { HistoryEntry };

/** The history keeps the latest entries: an item may have 400 KB. */
const HISTORY_LIMIT = 50;

/** The history with one more entry, of the record's present generation. */
export function withHistoryEntry(
  record: { readonly history: readonly HistoryEntry[]; readonly generation: number },
  entry: Omit<HistoryEntry, 'generation'>,
): readonly HistoryEntry[] {
  return [...record.history, { ...entry, generation: record.generation }].slice(-HISTORY_LIMIT);
}

/** One sentence for people: the reason of a failure, or what the cause stands for. */
export const messageOf = ({ cause, reason }: HistoryEntry): string => reason ?? HISTORY_CAUSES[cause];
