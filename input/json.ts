/** Deeper than any valid request, and safe for recursive code. */
const MAX_DEPTH = 32;
/** The maximum number of errors reported for one body. */
const MAX_ERRORS = 20;

interface JsonFrame {
  /** The names read so far, of an object. */
  readonly names?: Set<string>;
  /** The path of the object or array, such as `tags[3]`. */
  readonly path: string;
  /** The member being read. */
  name: string;
  index: number;
}

/** A place in a JSON text, such as `tags[3].tagKey`, and the rule that it breaks. */
interface JsonError {
  readonly field: string;
  readonly rule: string;
}

/**
 * Parses JSON from a person. Rejects what `findAmbiguousJson` finds, such as a name that occurs twice.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  const [error] = findAmbiguousJson(text);
  if (error !== undefined) throw new SyntaxError(`${error.field} ${error.rule}`);
  return value;
}

/**
 * Whether a JSON text begins more values and names than `most`. Cheap, to be called before the text is parsed: parsing a million values
 * takes seconds.
 */
export function hasMoreValuesThan(most: number, text: string): boolean {
  let count = 0;
  let isInString = false;
  for (let at = 0; at < text.length && count <= most; at++) {
    const character = text[at];
    if (isInString && character === '\\') at++;
    else if (character === '"') isInString = !isInString;
    else if (!isInString && (character === ',' || character === ':' || character === '[' || character === '{')) count++;
  }
  return count > most;
}

/**
 * Finds what `JSON.parse` accepts but JSON parsers interpret differently: duplicate names, the name `__proto__`, numbers that a double
 * cannot represent, lone surrogates, and nesting beyond 32 levels.
 * @param text valid JSON
 */
export function findAmbiguousJson(text: string): JsonError[] {
  const errors: JsonError[] = [];
  const places: JsonFrame[] = [];
  const report = (rule: string, field = pathOf(places.at(-1))) => {
    if (errors.length < MAX_ERRORS) errors.push({ field, rule });
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    const place = places.at(-1);
    if (character === '{' || character === '[') {
      if (places.length === MAX_DEPTH) {
        report(`must not be nested deeper than ${MAX_DEPTH} levels`, '(body)');
        return errors;
      }
      const path = pathOf(place);
      places.push({ path, name: '', index: 0, ...(character === '{' && { names: new Set<string>() }) });
    } else if (character === '}' || character === ']') {
      places.pop();
    } else if (character === ',' && place && !place.names) {
      place.index++;
    } else if (character === '"') {
      const end = endOfString(text, at);
      const value = String(JSON.parse(text.slice(at, end)));
      if (place?.names && followsColon(text, end)) readName(place, value, report);
      if (!value.isWellFormed()) report('must be valid Unicode, without unpaired surrogates');
      at = end - 1;
    } else if (/[-0-9]/.test(character)) {
      const [number = ''] = /^[-+.0-9eE]+/.exec(text.slice(at, at + 400)) ?? [];
      if (!isExactNumber(number))
        report('must be a number that a double can represent; integers must be at most 2^53 - 1');
      at += number.length - 1;
    }
  }
  return errors;
}

function readName(place: JsonFrame, name: string, report: (rule: string) => void): void {
  place.name = name;
  if (place.names?.has(name)) report('must not occur twice');
  if (name === '__proto__') report('is not recognized');
  place.names?.add(name);
}

/** Integers beyond 2^53 - 1 would be rounded. */
function isExactNumber(number: string): boolean {
  const value = Number(number);
  return /^-?\d+$/.test(number) ? Number.isSafeInteger(value) : Number.isFinite(value);
}

/** The index after the closing quote of the string. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

function followsColon(text: string, end: number): boolean {
  let at = end;
  while (/[ \t\r\n]/.test(text[at] ?? '')) at++;
  return text[at] === ':';
}

function pathOf(place: JsonFrame | undefined): string {
  if (place === undefined) return '(body)';
  const start = place.path === '(body)' ? '' : place.path;
  const path = place.names ? `${start}${start && '.'}${place.name}` : `${start}[${place.index}]`;
  return path.length > 200 ? `${path.slice(0, 200)}…` : path;
}
