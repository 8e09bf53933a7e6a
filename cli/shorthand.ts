/**
 * The AWS CLI's shorthand syntax, such as `tagKey=K,tagValue=V`, with the grammar and messages of awscli/shorthand.py: pairs
 * separated by commas. A value is plain (`\,` stands for a comma), quoted, a list `[a,b]` or `a,b`, or a map `{k=v}`.
 */

/** A syntax error in a shorthand text; the message shows the position. */
export class ShorthandError extends Error {
  override readonly name = 'ShorthandError';
}

export type ShorthandValue = string | ShorthandValue[] | { [key: string]: ShorthandValue };

const SINGLE_QUOTED = /^'(?:\\\\|\\'|[^'])*'/;
const DOUBLE_QUOTED = /^"(?:\\\\|\\"|[^"])*"/;
const START = String.raw`!#-&(-+\--<>-Z\\-z|-\uffff`;
const FIRST_VALUE = new RegExp(String.raw`^(?:\\,|[${START}])(?:\\,|[\s!#-&(-+\--\\^-|~-\uffff])*`);
const SECOND_VALUE = new RegExp(String.raw`^(?:\\,|[${START}])(?:\\,|[\s!#-&(-+\--<>-\uffff])*`);
const KEY = /^[A-Za-z0-9\-_.#/:]*/;
const SPACE = /^[ \t\n\r\v\f]*/;

/** @throws ShorthandError */
export function parseShorthand(text: string): { [key: string]: ShorthandValue } {
  let index = 0;

  const rest = (): string => text.slice(index);
  const isAtEnd = (): boolean => index >= text.length;
  const skipSpace = (): void => {
    index += SPACE.exec(rest())?.[0].length ?? 0;
  };
  const location = (at: number): string => {
    const lineStart = text.lastIndexOf('\n', at - 1) + 1;
    const lineEnd = text.indexOf('\n', at);
    const [before, after] = lineEnd === -1 ? [text, ''] : [text.slice(0, lineEnd), text.slice(lineEnd)];
    return `${before}\n${' '.repeat(at - lineStart)}^${after}`;
  };
  const expected = (what: string): ShorthandError =>
    new ShorthandError(`Expected: '${what}', received: '${text[index] ?? 'EOF'}' for input:\n${location(index)}`);
  const expect = (character: string, isSpaced = false): void => {
    if (isSpaced) skipSpace();
    if (text[index] !== character) throw expected(character);
    index++;
    if (isSpaced) skipSpace();
  };
  const take = (pattern: RegExp): string | undefined => {
    const found = pattern.exec(rest())?.[0];
    index += found?.length ?? 0;
    return found;
  };
  const key = (): string => take(KEY) ?? '';
  const plain = (found: string): string => found.replaceAll('\\,', ',').trimEnd();

  function quoted(): string | undefined {
    const quote = text[index];
    if (quote !== "'" && quote !== '"') return undefined;
    const found = take(quote === "'" ? SINGLE_QUOTED : DOUBLE_QUOTED);
    if (found === undefined) throw expected(quote === "'" ? '<singled quoted>' : '<double quoted>');
    return found.slice(1, -1).replaceAll(`\\${quote}`, quote).replaceAll('\\\\', '\\');
  }
  const firstValue = (): string => quoted() ?? plain(take(FIRST_VALUE) ?? '');

  /** The value after the comma of `a,b`; undefined if the next pair follows. */
  function secondValue(): string | undefined {
    const found = quoted() ?? take(SECOND_VALUE);
    return found === undefined ? undefined : plain(found);
  }

  function commaSeparated(): ShorthandValue {
    const first = firstValue();
    skipSpace();
    if (isAtEnd() || text[index] !== ',') return first;
    expect(',', true);
    const values = [first];
    for (;;) {
      const before = index;
      const value = secondValue();
      skipSpace();
      if (value === undefined) {
        if (isAtEnd()) throw expected('<second>');
        index = text.lastIndexOf(',', before);
        break;
      }
      if (isAtEnd()) {
        values.push(value);
        break;
      }
      if (text[index] !== ',') {
        index = text.lastIndexOf(',', before);
        break;
      }
      expect(',', true);
      values.push(value);
    }
    return values.length === 1 ? first : values;
  }

  /** The comma-separated items between two brackets. */
  function enclosed<Item>(open: string, close: string, item: () => Item): Item[] {
    expect(open, true);
    const items: Item[] = [];
    while (text[index] !== close) {
      items.push(item());
      skipSpace();
      if (text[index] !== close) {
        expect(',');
        skipSpace();
      }
    }
    expect(close);
    return items;
  }

  const pair = (): [string, ShorthandValue] => {
    const name = key();
    expect('=', true);
    return [name, inBrackets()];
  };
  const bracketed = (): ShorthandValue | undefined => {
    if (text[index] === '[') return enclosed('[', ']', inBrackets);
    if (text[index] === '{') return Object.fromEntries(enclosed('{', '}', pair));
    return undefined;
  };
  const inBrackets = (): ShorthandValue => bracketed() ?? firstValue();
  const value = (): ShorthandValue => (isAtEnd() ? '' : (bracketed() ?? commaSeparated()));

  const pairs = new Map<string, ShorthandValue>();
  for (let lastIndex = -1; pairs.size === 0 || !isAtEnd(); lastIndex = index) {
    if (pairs.size > 0) expect(',', true);
    const name = key();
    expect('=', true);
    const found = value();
    if (pairs.has(name)) {
      throw new ShorthandError(
        `Second instance of key "${name}" encountered for input:\n${location(lastIndex + 1)}\n` +
          'This is often because there is a preceding "," instead of a space.',
      );
    }
    pairs.set(name, found);
  }
  return Object.fromEntries(pairs);
}
