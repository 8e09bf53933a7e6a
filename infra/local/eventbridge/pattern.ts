import { compileMatcher, invalidPattern, isObject, type Matcher, OPERATORS, type Scalar } from './matchers.ts';

/** A compiled event pattern: does it match this event (an envelope, or any JSON object)? */
export type EventPattern = (event: object) => boolean;

/** A field that the pattern names; any one of its matchers suffices. */
interface Leaf {
  readonly path: string;
  readonly matchers: readonly Matcher[];
}
/** Leaves that must all match. A pattern is several of them where it has `$or`. */
type Branch = readonly Leaf[];

/** A scalar of an event, and where in which arrays it stood: array number → index. */
interface Field {
  readonly value: Scalar;
  readonly place: ReadonlyMap<number, number>;
}

// The EventBridge user guide, "Complex example using or": "There is a limit of 1000 combinations of rules".
const MAX_COMBINATIONS = 1000;
/** PutEvents "will only process nested JSON up to 1000 levels deep" (API reference). */
export const MAX_DEPTH = 1000;

/**
 * Compiles an event pattern as EventBridge understands it: exact values, prefix, suffix, equals-ignore-case, wildcard,
 * anything-but, numeric, cidr, exists and `$or`, for every nested field. Fields join by AND, the values of a field by OR;
 * an array in the event matches if one element does, and fields of objects in one array must match in one and the same
 * object. (Semantics: EventBridge user guide, "Comparison operators"; its open-source engine aws/event-ruler.)
 * @throws AwsError InvalidEventPatternException that names the field and the rule
 */
export function compileEventPattern(json: string): EventPattern {
  let pattern: unknown;
  try {
    pattern = JSON.parse(json);
  } catch {
    throw invalidPattern('it is not valid JSON');
  }
  if (!isObject(pattern)) throw invalidPattern('Filter is not an object');
  const branches = compileObject(pattern, [], false).map(inPathOrder);
  return (event) => {
    const fields = fieldsOf(event);
    return branches.some((branch) => holds(branch, fields));
  };
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

function compileField(name: string, value: unknown, path: readonly string[], insideOr: boolean): Branch[] {
  const here = [...path, name];
  if (isObject(value)) return compileObject(value, here, insideOr);
  if (!Array.isArray(value)) throw invalidPattern(`"${name}" must be an object or an array`);
  if (value.length === 0) throw invalidPattern(`"${name}": empty arrays are not allowed`);
  return [[{ path: fieldName(here), matchers: value.map((each) => compileMatcher(each, fieldName(here))) }]];
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

// event-ruler walks the fields by name; where arrays hold objects, the order decides which objects a later field may be in.
const inPathOrder = (branch: Branch): Branch =>
  branch.toSorted((one, other) => (one.path < other.path ? -1 : one.path > other.path ? 1 : 0));

/** Every scalar of an event by the name of its field. */
function fieldsOf(event: object): ReadonlyMap<string, readonly Field[]> {
  const fields = new Map<string, Field[]>();
  let arrays = 0;
  const visit = (value: unknown, path: readonly string[], place: ReadonlyMap<number, number>): void => {
    if (Array.isArray(value)) {
      const array = arrays++;
      value.forEach((element, index) => {
        visit(element, path, typeof element === 'object' ? new Map(place).set(array, index) : place);
      });
    } else if (isObject(value)) {
      for (const [name, inner] of Object.entries(value)) visit(inner, [...path, name], place);
    } else {
      const name = fieldName(path);
      const known = fields.get(name);
      const field: Field = { value: value as Scalar, place };
      if (known === undefined) fields.set(name, [field]);
      else known.push(field);
    }
  };
  visit(event, [], new Map());
  return fields;
}

const valueMatches = (leaf: Leaf, field: Field): boolean =>
  leaf.matchers.some((matcher) => matcher.kind === 'present' && matcher.test(field.value));

function holds(branch: Branch, fields: ReadonlyMap<string, readonly Field[]>): boolean {
  const mayBeAbsent = (leaf: Leaf) => leaf.matchers.some((matcher) => matcher.kind === 'absent');
  // Places, not fields: however many strings of one array match, they stand in one place.
  const candidates = branch.map((leaf) => [
    ...new Set((fields.get(leaf.path) ?? []).filter((field) => valueMatches(leaf, field)).map((field) => field.place)),
  ]);
  // Most events fail here, before any combination of array elements is tried.
  if (branch.some((leaf, at) => candidates[at]?.length === 0 && !mayBeAbsent(leaf))) return false;

  const from = (at: number, place: ReadonlyMap<number, number>): boolean => {
    const leaf = branch[at];
    if (leaf === undefined) return true;
    const consistent = (field: Field) => together(place, field.place) !== undefined;
    if (mayBeAbsent(leaf) && !(fields.get(leaf.path) ?? []).some(consistent) && from(at + 1, place)) return true;
    return (candidates[at] ?? []).some((candidate) => {
      const joint = together(place, candidate);
      return joint !== undefined && from(at + 1, joint);
    });
  };
  return from(0, new Map());
}

/** Both places together; undefined when they are in different elements of one array. */
function together(
  one: ReadonlyMap<number, number>,
  other: ReadonlyMap<number, number>,
): ReadonlyMap<number, number> | undefined {
  if (other.size === 0) return one;
  const joint = new Map(one);
  for (const [array, index] of other) {
    const known = joint.get(array);
    if (known !== undefined && known !== index) return undefined;
    joint.set(array, index);
  }
  return joint;
}
