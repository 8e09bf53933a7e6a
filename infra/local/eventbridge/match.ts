import { isObject, type Matcher, type Scalar } from './matchers.ts';

/** A field that a pattern names. Any one of its matchers suffices. */
export interface Leaf {
  readonly path: string;
  readonly matchers: readonly Matcher[];
}

/** An event, or an element of an array in it: everything that is reached without entering another array element. */
export interface Level {
  /** By the path from the event's root, such as `detail.state`. */
  readonly scalars: Map<string, Scalar[]>;
  /** The arrays that have elements other than scalars. */
  readonly arrays: Elements[];
  /** Answers of `has`. */
  readonly known: Map<string, boolean>;
}
interface Elements {
  readonly path: string;
  readonly levels: Level[];
}

/** The levels of an event, from its root. They belong to one state of it. */
export function levelOf(root: unknown, rootPath = ''): Level {
  const level: Level = { scalars: new Map(), arrays: [], known: new Map() };
  const visit = (value: unknown, path: string): void => {
    if (isObject(value)) {
      // As event-ruler joins them: "detail.state" is the field state of detail, and so is a key with that very name.
      for (const [name, inner] of Object.entries(value)) visit(inner, path === '' ? name : `${path}.${name}`);
    } else if (Array.isArray(value)) {
      const [elements, scalars] = [[], []] as [unknown[], unknown[]];
      for (const element of value) (typeof element === 'object' ? elements : scalars).push(element);
      for (const scalar of scalars) visit(scalar, path);
      if (elements.length > 0) level.arrays.push({ path, levels: elements.map((element) => levelOf(element, path)) });
    } else {
      const scalars = level.scalars.get(path);
      if (scalars === undefined) level.scalars.set(path, [value as Scalar]);
      else scalars.push(value as Scalar);
    }
  };
  visit(root, rootPath);
  return level;
}

/** Whether there is a field with this path, with whatever value. */
function has(level: Level, path: string): boolean {
  const known = level.known.get(path) ?? (level.scalars.has(path) || arraysWith(level, path).length > 0);
  level.known.set(path, known);
  return known;
}

const arraysWith = ({ arrays }: Level, path: string): Elements[] =>
  arrays.filter(
    (array) =>
      (path === array.path || path.startsWith(`${array.path}.`)) && array.levels.some((level) => has(level, path)),
  );

const mayBeAbsent = ({ matchers }: Leaf): boolean => matchers.some(({ kind }) => kind === 'absent');
const isMatch = ({ matchers }: Leaf, value: Scalar): boolean =>
  matchers.some((matcher) => matcher.kind === 'present' && matcher.test(value));

/**
 * Whether all leaves match here. Arrays that are not inside each other are independent, so the time is polynomial: each level is visited
 * once for each array around it. If keys contain dots, one path may lead into several arrays; its leaf then need not match in the same
 * element as the other leaves.
 */
export function matches(level: Level, leaves: readonly Leaf[]): boolean {
  /** The leaves to match inside an array, and those of them that already match beside it. */
  const inside = new Map<Elements, { readonly all: Leaf[]; readonly matched: Set<Leaf> }>();
  for (const leaf of leaves) {
    const scalars = level.scalars.get(leaf.path);
    const isMatched = scalars?.some((value) => isMatch(leaf, value)) ?? false;
    const [array, ...others] = arraysWith(level, leaf.path);
    if (array === undefined) {
      if (!isMatched && (scalars !== undefined || !mayBeAbsent(leaf))) return false;
    } else if (others.length > 0) {
      if (!isMatched && ![array, ...others].some((each) => anyElement(each, [leaf]))) return false;
    } else {
      const { all, matched } = inside.get(array) ?? { all: [], matched: new Set() };
      inside.set(array, { all: [...all, leaf], matched: isMatched ? matched.add(leaf) : matched });
    }
  }
  return [...inside].every(([array, { all, matched }]) => {
    const others = all.filter((leaf) => !matched.has(leaf));
    if (others.length === 0 || anyElement(array, others)) return true;
    // A leaf that matches beside the elements, as in [1, [1], {…}], may select an element for the others all the same.
    return [...matched].some((leaf) => anyElement(array, [leaf, ...others]));
  });
}

/**
 * Whether all leaves match in one element of an array. The first leaf has to be present in it: an absent field selects no element, and as
 * long as none is selected, event-ruler looks for the field in all of them.
 */
const anyElement = ({ levels }: Elements, leaves: readonly Leaf[]): boolean => {
  const [first] = leaves;
  return levels.some((level) => first !== undefined && has(level, first.path) && matches(level, leaves));
};
