import { invalidPattern } from './invalid-pattern.ts';

/**
 * The literal parts of a wildcard pattern. Between them, `*` stands for any characters. `\*` is an asterisk, `\\` a backslash.
 * @throws AwsError InvalidEventPatternException
 */
function partsOf(pattern: string, field: string): string[] {
  const parts: string[] = [''];
  for (let at = 0; at < pattern.length; at++) {
    let character = pattern.charAt(at);
    if (character === '*') {
      if (pattern.charAt(at + 1) === '*') {
        throw invalidPattern(`"${field}": consecutive wildcard characters at pos ${at}`);
      }
      parts.push('');
      continue;
    }
    if (character === '\\') {
      character = pattern.charAt(++at);
      if (character !== '*' && character !== '\\') {
        throw invalidPattern(`"${field}": invalid escape character at pos ${at - 1}`);
      }
    }
    parts[parts.length - 1] += character;
  }
  return parts;
}

/** Tests a value against a wildcard pattern in one pass, without a regular expression. @throws AwsError InvalidEventPatternException */
export function wildcard(pattern: string, field: string): (value: string) => boolean {
  const [first = '', ...rest] = partsOf(pattern, field);
  const last = rest.pop();
  if (last === undefined) return (value) => value === first;
  return (value) => {
    if (value.length < first.length + last.length || !value.startsWith(first) || !value.endsWith(last)) return false;
    const end = value.length - last.length;
    let from = first.length;
    for (const part of rest) {
      const found = value.indexOf(part, from);
      if (found < 0 || found + part.length > end) return false;
      from = found + part.length;
    }
    return true;
  };
}

// AWS documents no number. A recorded pattern with 10, `*:*:*:*:*:event-bus/*`, was refused, and one with 7 was accepted.
const MAX_COMPLEXITY = 9;

/** Checks the complexity of a field's wildcard patterns. @throws AwsError InvalidEventPatternException "Rule is too complex" */
export function checkComplexity(patterns: readonly string[], field: string): void {
  if (complexityOf([...new Set(patterns)].map((pattern) => partsOf(pattern, field))) <= MAX_COMPLEXITY) return;
  const advice = 'fewer wildcard characters or fewer repeating character sequences after a wildcard character';
  throw invalidPattern(`Rule is too complex - try using ${advice}`);
}

/**
 * The complexity of wildcard patterns as event-ruler measures it: the highest number of their prefixes that match one string. `*a*a`, for
 * example, has four that match `aa`. Counts up to MAX_COMPLEXITY + 1.
 */
function complexityOf(patterns: readonly (readonly string[])[]): number {
  const numbers = patterns.map(([start = '']) => {
    // After this string, all asterisks of the patterns that can start with it have been passed. Repeating their parts then finds the part
    // that most of them share.
    const together = patterns.filter(([first = '']) => start.startsWith(first));
    const parts = together.flatMap(([, ...rest]) => rest).join('');
    return mostPrefixes(together, `${start}${parts}${parts}`);
  });
  return Math.max(0, ...numbers);
}

/** The highest number of the patterns' prefixes that match a prefix of the text. Stops above MAX_COMPLEXITY. */
function mostPrefixes(patterns: readonly (readonly string[])[], text: string): number {
  // A pattern as characters, with '' for the asterisk; a state is the number of characters that match so far.
  const machines = patterns.map((parts) => parts.flatMap((part, at) => (at === 0 ? [...part] : ['', ...part])));
  const passed = (characters: readonly string[], state: number) =>
    characters[state] === '' ? [state, state + 1] : [state];
  let states = machines.map((characters) => new Set(passed(characters, 0)));
  let most = 0;
  for (const next of text) {
    states = machines.map((characters, at) => {
      const reached = [...(states[at] ?? [])].flatMap((state) => [
        ...(characters[state] === next ? passed(characters, state + 1) : []),
        ...(characters[state - 1] === '' ? [state] : []),
      ]);
      return new Set(reached);
    });
    most = Math.max(
      most,
      states.reduce((sum, { size }) => sum + size, 0),
    );
    if (most > MAX_COMPLEXITY) break;
  }
  return most;
}
