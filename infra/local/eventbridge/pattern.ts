import { EventIndex } from './event-index.ts';
import { invalidPattern } from './invalid-pattern.ts';
import { type Branch, matchesAny } from './match.ts';
import { compileMatcher, isObject, OPERATORS, wildcardsIn } from './matchers.ts';
import { checkComplexity } from './wildcard.ts';

/** A compiled event pattern: does it match the event with this index? @throws AwsError ValidationException if that takes too long */
export type EventPattern = (event: EventIndex) => boolean;

// The EventBridge user guide, "Complex example using or": "There is a limit of 1000 combinations of rules".
const MAX_COMBINATIONS = 1000;
/** PutEvents "will only process nested JSON up to 1000 levels deep" (API reference). */
export const MAX_DEPTH = 1000;

/**
 * Compiles an event pattern like EventBridge: exact values, prefix, suffix, equals-ignore-case, wildcard, anything-but, numeric, cidr,
 * exists and `$or`, for every nested field. Fields are joined by AND, the values of a field by OR. An array in the event matches if one
 * element does, and fields of objects in one array must match in the same object. (Semantics: EventBridge user guide, "Comparison
 * operators"; its open-source engine aws/event-ruler.)
 * @throws AwsError InvalidEventPatternException that names the field and the rule
 */
export function compilePattern(json: string): EventPattern {
  const branches = branchesOf(json);
  return (event) => matchesAny(event, branches);
}

/** A compiled pattern for events as they are: envelopes, or any JSON objects. @throws AwsError as compilePattern */
export function compileEventPattern(json: string): (event: object) => boolean {
  const pattern = compilePattern(json);
  return (event) => pattern(new EventIndex(event));
}

/** The branches of an event pattern. @throws AwsError as compilePattern */
export function branchesOf(json: string): Branch[] {
  let pattern: unknown;
  try {
    pattern = JSON.parse(json);
  } catch {
    throw invalidPattern('it is not valid JSON');
  }
  if (!isObject(pattern)) throw invalidPattern('Filter is not an object');
  return compileObject(pattern, [], false).map(inPathOrder);
}

// As event-ruler joins them: "detail.state" is the field state of detail, and so is a key with that very name.
const fieldName = (path: readonly string[]): string => path.join('.');

/** The alternatives that an object of the pattern stands for: the product of its fields'. */
function compileObject(pattern: Record<string, unknown>, path: readonly string[], insideOr: boolean): Branch[] {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw invalidPattern('Empty objects are not allowed');
  if (path.length > MAX_DEPTH) throw invalidPattern(`it is nested more than ${MAX_DEPTH} levels deep`);
  let branches: Branch[] = [[]];
  for (const [name, value] of entries) {
    if (insideOr && OPERATORS.has(name)) {
      throw invalidPattern(`"${name}" is a reserved word which cannot be used inside $or`);
    }
    const alternatives = name === '$or' ? compileOr(value, path) : compileField(name, value, path, insideOr);
    if (branches.length * alternatives.length > MAX_COMBINATIONS) throw tooManyCombinations();
    branches = branches.flatMap((branch) => alternatives.map((alternative) => [...branch, ...alternative]));
  }
  return branches;
}

function compileField(name: string, value: unknown, parents: readonly string[], insideOr: boolean): Branch[] {
  const here = [...parents, name];
  if (isObject(value)) return compileObject(value, here, insideOr);
  if (!Array.isArray(value)) throw invalidPattern(`"${name}" must be an object or an array`);
  if (value.length === 0) throw invalidPattern(`"${name}": empty arrays are not allowed`);
  const path = fieldName(here);
  const matchers = value.map((each) => compileMatcher(each, path));
  checkComplexity(value.flatMap(wildcardsIn), path);
  return [[{ path, matchers }]];
}

function compileOr(value: unknown, path: readonly string[]): Branch[] {
  if (!Array.isArray(value)) throw invalidPattern('It must be an Array followed with $or');
  if (value.length < 2) throw invalidPattern('There must be at least 2 objects in $or relationship');
  const branches = value.flatMap((alternative) => {
    if (!isObject(alternative)) throw invalidPattern('Only JSON objects are allowed in array of $or relationship');
    return compileObject(alternative, path, true);
  });
  if (branches.length > MAX_COMBINATIONS) throw tooManyCombinations();
  return branches;
}

const tooManyCombinations = () => invalidPattern(`$or makes more than ${MAX_COMBINATIONS} combinations`);

// event-ruler takes the fields in the order of their names. See Matching.#inOneElement.
const inPathOrder = (branch: Branch): Branch =>
  branch.toSorted((one, other) => (one.path < other.path ? -1 : one.path > other.path ? 1 : 0));
