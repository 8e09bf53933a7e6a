/** Sets of characters, each with a count: the strings that such a pattern matches can be determined from its text. */
const PATTERN_FORM = /^\^(?:\[[A-Za-z0-9_-]+\](?:[+*?]|\{\d{1,2}(?:,\d{0,2})?\})?)+\$$/;
/** A set and its count: `[a-z]` and `{2,15}`. */
const COUNTED_SET = /(\[[^\]]+\])([+*?]|\{[^}]*\})?/g;
const CHARACTER_SET = /\[[^\]]+\]/g;
const ASCII = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

/**
 * A pattern that a deployment configures. It is anchored, and matching never backtracks, whatever the text.
 * @param setting the name of the setting, for errors
 * @param anEmptyText what an empty text would be, for errors
 * @throws Error naming the setting and its rule
 */
export function safePattern(setting: string, pattern: string, anEmptyText: string): RegExp {
  const form = 'sets of letters, digits, - and _ with their counts, such as ^[a-z0-9]+$ or ^[a-z][a-z0-9]{2,15}$';
  if (!PATTERN_FORM.test(pattern)) throw new Error(`${setting} must be made of ${form}, not ${pattern}.`);
  let compiled: RegExp;
  try {
    compiled = new RegExp(pattern);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Error(`${setting} must have no range and no count that ends before it begins, not ${pattern}.`);
  }
  if (compiled.test('')) throw new Error(`${setting} ${pattern} must not allow ${anEmptyText}.`);
  const shared = ambiguousCharacter(pattern);
  if (shared !== undefined) {
    throw new Error(
      `${setting} ${pattern} must not backtrack: "${shared}" may belong to a set whose count varies, or to one after it.`,
    );
  }
  return compiled;
}

/** The characters that the texts of a safe pattern may contain. */
export const charactersOf = (pattern: string): string[] =>
  ASCII.filter((character) => (pattern.match(CHARACTER_SET) ?? []).some((set) => new RegExp(set).test(character)));

/**
 * A character that a set with a varying count shares with a set that may follow it: those up to and including the next one that is not
 * optional. Without such a character, each character of a name belongs to one set, and matching never backtracks.
 */
function ambiguousCharacter(pattern: string): string | undefined {
  const parts = [...pattern.matchAll(COUNTED_SET)].map(([, set = '', count = '']) => ({
    characters: ASCII.filter((character) => new RegExp(set).test(character)),
    varies: !/^(?:\{(\d+)(?:,\1)?\})?$/.test(count),
    optional: /^(?:[*?]|\{0+[,}])/.test(count),
  }));
  for (const [index, { characters, varies }] of parts.entries()) {
    if (!varies) continue;
    for (const next of parts.slice(index + 1)) {
      const shared = characters.find((character) => next.characters.includes(character));
      if (shared !== undefined) return shared;
      if (!next.optional) break;
    }
  }
  return undefined;
}
