/**
 * The ids in the order in which a run processes them: sorted, from the first one after the end of the last run, wrapping around. If
 * each run processes at least one and the next goes on from it, every id has its turn in finitely many runs, whatever ids come and
 * go in between.
 * @param after the id that was processed last; absent: from the beginning
 */
export function rotateAfter(ids: Iterable<string>, after: string | undefined): string[] {
  const sorted = [...ids].sort((left, right) => (left < right ? -1 : 1));
  if (after === undefined) return sorted;
  const next = sorted.findIndex((id) => id > after);
  return next === -1 ? sorted : [...sorted.slice(next), ...sorted.slice(0, next)];
}
