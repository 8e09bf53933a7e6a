import type { Branch, Leaf } from '../../../infra/local/eventbridge/match.ts';
import { isObject, type Scalar } from '../../../infra/local/eventbridge/matchers.ts';
import { branchesOf } from '../../../infra/local/eventbridge/pattern.ts';

/**
 * Matches an event field by field, as aws/event-ruler does. Each field records the array elements that contain it. The matcher tries every
 * combination of fields until their elements agree, so its time is exponential in the number of arrays.
 */
export function matchesExhaustively(pattern: string, event: object): boolean {
  const fields = fieldsOf(event);
  return branchesOf(pattern).some((branch) => holds(branch, fields));
}

/** A scalar of an event, and the array elements that contain it: array number → index. */
interface Field {
  readonly value: Scalar;
  readonly place: ReadonlyMap<number, number>;
}

const fieldName = (path: readonly string[]): string => path.join('.');

/** All scalars of an event by field name. */
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

const valueMatches = (leaf: Leaf, { value }: Field): boolean =>
  leaf.matchers.some(
    (matcher) =>
      (matcher.kind === 'value' && matcher.value === value) || (matcher.kind === 'test' && matcher.test(value)),
  );

function holds(branch: Branch, fields: ReadonlyMap<string, readonly Field[]>): boolean {
  const mayBeAbsent = (leaf: Leaf) => leaf.matchers.some((matcher) => matcher.kind === 'absent');
  // Compare places instead of fields: all matching strings of one array have the same place.
  const candidates = branch.map((leaf) => [
    ...new Set((fields.get(leaf.path) ?? []).filter((field) => valueMatches(leaf, field)).map((field) => field.place)),
  ]);
  // Rejects most events before any combination is tried.
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

/** Combines two places; undefined if they are in different elements of the same array. */
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
