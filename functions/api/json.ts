import type { FieldError } from '../tracker/request-error.ts';

/** Deeper than any request needs, and shallow enough for whatever walks it by recursion. */
const MAX_DEPTH = 32;
/** Faults told of one body: one that has more is not read by looking at its thousandth. */
const MAX_ERRORS = 20;

interface JsonFrame {
  /** The names that an object has had so far; a list has none. */
  readonly names?: Set<string>;
  /** `tags[3].tagKey`, of the container. */
  readonly path: string;
  /** The member that is being read. */
  name: string;
  index: number;
}

/**
 * What `JSON.parse` passes over in valid JSON, and what its readers understand differently: a name twice in one object, the name
 * `__proto__`, a number that no double holds, half of a surrogate pair, nesting beyond 32 levels.
 * @param text valid JSON
 */
export function findAmbiguousJson(text: string): FieldError[] {
  const errors: FieldError[] = [];
  const places: JsonFrame[] = [];
  const tell = (rule: string, field = pathOf(places.at(-1))) => {
    if (errors.length < MAX_ERRORS) errors.push({ field, rule });
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    const place = places.at(-1);
    if (character === '{' || character === '[') {
      if (places.length === MAX_DEPTH) {
        tell(`must not be nested deeper than ${MAX_DEPTH} levels`, '(body)');
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
      if (place?.names && followsColon(text, end)) readName(place, value, tell);
      if (!value.isWellFormed()) tell('must be Unicode text, and holds half of a surrogate pair');
      at = end - 1;
    } else if (/[-0-9]/.test(character)) {
      const [number = ''] = /^[-+.0-9eE]+/.exec(text.slice(at, at + 400)) ?? [];
      if (!isExactNumber(number)) tell('must be a number that a double holds: at most 2^53 - 1 where it is whole');
      at += number.length - 1;
    }
  }
  return errors;
}

function readName(place: JsonFrame, name: string, tell: (rule: string) => void): void {
  place.name = name;
  if (place.names?.has(name)) tell('must not be given twice');
  if (name === '__proto__') tell('is not known here');
  place.names?.add(name);
}

/** A whole number beyond 2^53 - 1 would come out as another one. */
function isExactNumber(number: string): boolean {
  const value = Number(number);
  return /^-?\d+$/.test(number) ? Number.isSafeInteger(value) : Number.isFinite(value);
}

/** The place after the string's closing quote. */
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
