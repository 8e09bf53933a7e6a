/**
 * The ids in the order in which a run takes them up: sorted, from the first one after where the last run ended, and around. Where
 * each run takes up at least one and the next goes on from it, every id has its turn in finitely many runs, however the ids
 * are ordered, however often runs come, and whatever comes and goes between.
 * @param after the id that was taken up last; without it, from the beginning
 */
export function rotateAfter(ids: Iterable<string>, after: string | undefined): string[] {
  const sorted = [...ids].sort((left, right) => (left < right ? -1 : 1));
  if (after === undefined) return sorted;
  const next = sorted.findIndex((id) => id > after);
  return next === -1 ? sorted : [...sorted.slice(next), ...sorted.slice(0, next)];
}
