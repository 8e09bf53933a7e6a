/**
 * The ids in the order in which a run processes them: sorted, beginning after the last one of the previous run, and wrapping around. If
 * each run processes at least one id, every id has its turn after finitely many runs, whatever ids are added or removed in between.
 * @param after the id that was processed last; undefined to start at the beginning
 */
export function rotateAfter(ids: Iterable<string>, after: string | undefined): string[] {
  const sorted = [...ids].sort((left, right) => (left < right ? -1 : 1));
  if (after === undefined) return sorted;
  const next = sorted.findIndex((id) => id > after);
  return next === -1 ? sorted : [...sorted.slice(next), ...sorted.slice(0, next)];
}
