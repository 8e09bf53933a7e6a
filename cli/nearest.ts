import { distance } from 'fastest-levenshtein';

/**
 * A hint for a mistyped word: a line that names the candidate which the person probably meant. Empty if none is near.
 * @param typed the word, such as --nmae
 */
export function didYouMean(typed: string, candidates: readonly string[]): string {
  const isBeginning = (candidate: string) => typed.length >= 3 && candidate.startsWith(typed);
  const [nearest] = candidates
    .map((candidate) => ({ candidate, steps: isBeginning(candidate) ? 0 : distance(typed, candidate) }))
    .filter(({ candidate, steps }) => steps <= 3 && steps < 0.6 * Math.max(typed.length, candidate.length))
    .sort((one, other) => one.steps - other.steps);
  return nearest === undefined ? '' : `\nDid you mean ${nearest.candidate}?`;
}

/** What other tools call a command here. */
const OTHER_NAMES = new Map([
  ['events', 'watch'],
  ['logs', 'watch'],
  ['tail', 'watch'],
]);

/** The hint for a mistyped command, or one of another tool, such as `kubectl events`. */
export const didYouMeanCommand = (typed: string, candidates: readonly string[]): string =>
  didYouMean(OTHER_NAMES.get(typed) ?? typed, candidates);
