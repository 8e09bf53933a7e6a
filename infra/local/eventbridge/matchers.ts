import { BlockList, isIP } from 'node:net';
import { invalidPattern } from './invalid-pattern.ts';
import { wildcard } from './wildcard.ts';

/** A value of an event's field, once objects and arrays are taken apart. */
export type Scalar = string | number | boolean | null;

/** One alternative in a pattern's array: the field's value, a test of it, or that the field is absent. */
export type Matcher =
  | { readonly kind: 'value'; readonly value: Scalar }
  | { readonly kind: 'test'; readonly test: (value: Scalar) => boolean }
  | { readonly kind: 'absent' };

/** The operators of match expressions. Inside `$or`, no field can have one of these names. */
export const OPERATORS: ReadonlySet<string> = new Set([
  'prefix',
  'suffix',
  'equals-ignore-case',
  'wildcard',
  'anything-but',
  'numeric',
  'cidr',
  'exists',
]);

// The range of numeric matching, as the EventBridge user guide gives it ("Numeric matching").
const NUMERIC_LIMIT = 5e9;

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const present = (test: (value: Scalar) => boolean): Matcher => ({ kind: 'test', test });
const isScalar = (value: unknown): value is Scalar =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);
const onStrings = (test: (text: string) => boolean) => (value: Scalar) => typeof value === 'string' && test(value);

/**
 * The matcher for one element of a pattern's array: a plain value, or an object with one operator.
 * @throws AwsError InvalidEventPatternException that names the field and the rule
 */
export function compileMatcher(expression: unknown, field: string): Matcher {
  if (isScalar(expression)) return { kind: 'value', value: expression };
  if (!isObject(expression)) {
    throw invalidPattern(`"${field}": match value must be String, number, true, false, or null`);
  }
  const [entry, ...others] = Object.entries(expression);
  if (entry === undefined) throw invalidPattern(`"${field}": match expression name not found`);
  if (others.length > 0) throw invalidPattern(`"${field}": only one key allowed in match expression`);
  const [operator, operand] = entry;
  switch (operator) {
    case 'exists':
      if (typeof operand !== 'boolean') {
        throw invalidPattern(`"${field}": exists match pattern must be either true or false`);
      }
      return operand ? present(() => true) : { kind: 'absent' };
    case 'anything-but':
      return present(anythingBut(operand, field));
    case 'numeric':
      return present(numeric(operand, field));
    case 'cidr':
      return present(cidr(operand, field));
    case 'prefix':
    case 'suffix':
      return present(onStrings(affix(operator, operand, field)));
    case 'equals-ignore-case':
      return present(onStrings(equalsIgnoreCase(text(operator, operand, field))));
    case 'wildcard':
      return present(onStrings(wildcard(text(operator, operand, field), field)));
    default:
      throw invalidPattern(`"${field}": unrecognized match type ${operator}`);
  }
}

function text(operator: string, operand: unknown, field: string): string {
  if (typeof operand !== 'string') throw invalidPattern(`"${field}": ${operator} match pattern must be a string`);
  return operand;
}

const equalsIgnoreCase = (wanted: string) => {
  const folded = wanted.toLowerCase();
  return (value: string) => value.toLowerCase() === folded;
};

/** The wildcard patterns in a match expression that compileMatcher accepted. */
export function wildcardsIn(expression: unknown): string[] {
  if (!isObject(expression)) return [];
  const { wildcard: wanted, 'anything-but': excluded } = expression;
  if (isObject(excluded)) return [excluded.wildcard].flat().filter((each) => typeof each === 'string');
  return typeof wanted === 'string' ? [wanted] : [];
}

/** prefix or suffix, of a string or of {"equals-ignore-case": string}. */
function affix(operator: 'prefix' | 'suffix', operand: unknown, field: string): (value: string) => boolean {
  const compare = (value: string, wanted: string) =>
    operator === 'prefix' ? value.startsWith(wanted) : value.endsWith(wanted);
  if (!isObject(operand)) {
    const wanted = text(operator, operand, field);
    return (value) => compare(value, wanted);
  }
  const [inner, ...others] = Object.entries(operand);
  if (inner === undefined || others.length > 0 || inner[0] !== 'equals-ignore-case') {
    throw invalidPattern(`"${field}": ${operator} match pattern must be a string or an equals-ignore-case expression`);
  }
  const folded = text('equals-ignore-case', inner[1], field).toLowerCase();
  return (value) => compare(value.toLowerCase(), folded);
}

/** Matches a value that is present and not listed. A list consists of strings only, or of numbers only. */
function anythingBut(operand: unknown, field: string): (value: Scalar) => boolean {
  if (isObject(operand)) {
    const [inner, ...others] = Object.entries(operand);
    if (inner === undefined) throw invalidPattern(`"${field}": anything-but expression name not found`);
    if (others.length > 0) throw invalidPattern(`"${field}": only one key allowed in match expression`);
    const tests = namedStrings(inner[0], inner[1], field);
    return (value) => typeof value !== 'string' || !tests.some((test) => test(value));
  }
  const values: unknown[] = Array.isArray(operand) ? operand : [operand];
  const alike = ['string', 'number'].some((type) => values.every((value) => typeof value === type));
  if (values.length === 0 || !alike) {
    throw invalidPattern(`"${field}": inside anything-but, all values must be strings or all must be numbers`);
  }
  const excluded = new Set<unknown>(values);
  return (value) => !excluded.has(value);
}

/** The operators that anything-but may hold, each with a string or a list of strings. */
function namedStrings(operator: string, operand: unknown, field: string): ((value: string) => boolean)[] {
  if (!['prefix', 'suffix', 'equals-ignore-case', 'wildcard'].includes(operator)) {
    throw invalidPattern(`"${field}": unsupported anything-but pattern: ${operator}`);
  }
  const operands: unknown[] = Array.isArray(operand) ? operand : [operand];
  if (operands.length === 0) throw invalidPattern(`"${field}": empty arrays are not allowed`);
  return operands.map((each) => {
    const wanted = text(`anything-but ${operator}`, each, field);
    if (operator === 'equals-ignore-case') return equalsIgnoreCase(wanted);
    if (operator === 'wildcard') return wildcard(wanted, field);
    if (wanted === '') throw invalidPattern(`"${field}": null prefix/suffix not allowed`);
    return affix(operator === 'prefix' ? 'prefix' : 'suffix', wanted, field);
  });
}

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

function comparison(operator: unknown, bound: unknown, field: string): (value: number) => boolean {
  const compare = typeof operator === 'string' ? comparisons[operator] : undefined;
  if (compare === undefined) throw invalidPattern(`"${field}": unrecognized numeric range operator: ${operator}`);
  if (typeof bound !== 'number') throw invalidPattern(`"${field}": value of ${operator} must be numeric`);
  if (Math.abs(bound) > NUMERIC_LIMIT) {
    throw invalidPattern(`"${field}": value must be between -5.0E9 and 5.0E9, inclusive`);
  }
  return (value) => compare(value, bound);
}

/** [operator, number] or a range [">" or ">=", bottom, "<" or "<=", top]. */
function numeric(operand: unknown, field: string): (value: Scalar) => boolean {
  if (!Array.isArray(operand)) throw invalidPattern(`"${field}": value of numeric must be an array`);
  const [operator, bottom, upper, top, ...more]: unknown[] = operand;
  const tests = [comparison(operator, bottom, field)];
  if (operand.length > 2) {
    const range = (operator === '>' || operator === '>=') && (upper === '<' || upper === '<=');
    if (!range || more.length > 0) throw invalidPattern(`"${field}": too many elements in numeric expression`);
    tests.push(comparison(upper, top, field));
    if (Number(bottom) >= Number(top)) throw invalidPattern(`"${field}": bottom must be less than top`);
  }
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

/** An IPv4 or IPv6 block, as `10.0.0.0/24`. */
function cidr(operand: unknown, field: string): (value: Scalar) => boolean {
  const block = text('cidr', operand, field);
  const [address = '', bits = '', ...more] = block.split('/');
  const version = isIP(address);
  const longest = version === 4 ? 32 : 128;
  if (version === 0 || more.length > 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > longest) {
    throw invalidPattern(`"${field}": malformed CIDR, one "/" with an IP address before and a prefix length after it`);
  }
  const list = new BlockList();
  list.addSubnet(address, Number(bits), version === 4 ? 'ipv4' : 'ipv6');
  return onStrings((value) => isIP(value) === version && list.check(value, version === 4 ? 'ipv4' : 'ipv6'));
}
