import { AwsError } from '../wire.ts';
import type { Elements, EventIndex, Level } from './event-index.ts';
import type { Matcher, Scalar } from './matchers.ts';

/** A field that a pattern names. Any one of its matchers suffices. */
export interface Leaf {
  readonly path: string;
  readonly matchers: readonly Matcher[];
}
/** Leaves that must all match, in the order of their paths. */
export type Branch = readonly Leaf[];

/** A pattern and an event that take longer are refused, because the process has other requests, too. A step takes up to some 100 ns. */
const MAX_STEPS = 1_000_000;
/** The number of characters of a value that count as one step. */
const CHARACTERS_PER_STEP = 64;
const tooManySteps = () =>
  new AwsError(
    'ValidationException',
    `The local EventBridge does not match this event: the pattern has too many values for the number of values in the event (more than ${MAX_STEPS} comparisons).`,
  );

/**
 * Whether an event matches one of the branches.
 *
 * Arrays that are not inside each other are independent, so the time is polynomial, where event-ruler tries every combination of their
 * elements. If keys contain dots, one path may lead into several arrays; its leaf then need not match in the same element as others.
 * @throws AwsError ValidationException if that takes too many steps
 */
export function matchesAny(event: EventIndex, branches: readonly Branch[]): boolean {
  const matching = new Matching(event);
  return branches.some((branch) => matching.at(event.root, branch));
}

class Matching {
  readonly #event: EventIndex;
  /** Branches share leaves: what was found out about them, by array. */
  readonly #found = new Map<Elements, Map<string, boolean>>();
  readonly #ids = new Map<Leaf, number>();
  #steps = 0;

  constructor(event: EventIndex) {
    this.#event = event;
  }

  /** Whether all leaves match at a level and in the arrays below it. */
  at(level: Level, leaves: Branch): boolean {
    this.#count(leaves.length);
    /** The leaves to match inside an array, and those of them that already match beside it. */
    const inside = new Map<Elements, { readonly all: Leaf[]; readonly matched: Set<Leaf> }>();
    for (const leaf of leaves) {
      const scalars = level.scalars.get(leaf.path);
      const isMatched = scalars !== undefined && this.#hasMatch(leaf, scalars);
      const arrays = this.#event.arraysWith(level, leaf.path);
      const [array] = arrays;
      if (array === undefined) {
        if (!isMatched && (scalars !== undefined || !mayBeAbsent(leaf))) return false;
      } else if (arrays.length > 1) {
        if (!isMatched && !arrays.some((each) => this.#inOneElement(each, [leaf]))) return false;
      } else {
        const group = inside.get(array) ?? { all: [], matched: new Set() };
        inside.set(array, group);
        group.all.push(leaf);
        if (isMatched) group.matched.add(leaf);
      }
    }
    // Loops instead of callbacks: arrays may be nested a thousand levels deep.
    for (const [array, { all, matched }] of inside) if (!this.#inArray(array, all, matched)) return false;
    return true;
  }

  #inArray(array: Elements, all: Branch, matched: ReadonlySet<Leaf>): boolean {
    const others = all.filter((leaf) => !matched.has(leaf));
    if (others.length === 0 || this.#inOneElement(array, others)) return true;
    // A leaf that matches beside the elements, as in [1, [1], {…}], may select an element for the others all the same.
    for (const leaf of matched) if (this.#inOneElement(array, [leaf, ...others])) return true;
    return false;
  }

  /**
   * Whether all leaves match in one element of an array. The first leaf has to be present in it: an absent field selects no element, and
   * as long as none is selected, event-ruler looks for the field in all of them.
   */
  #inOneElement(array: Elements, leaves: Branch): boolean {
    const [first] = leaves;
    if (first === undefined) return true;
    const key = leaves.map((leaf) => this.#idOf(leaf)).join();
    const found = this.#found.get(array) ?? new Map<string, boolean>();
    this.#found.set(array, found);
    const known = found.get(key);
    if (known !== undefined) return known;
    let isFound = false;
    for (const level of this.#event.elementsWith(array, first.path)) {
      if (!this.at(level, leaves)) continue;
      isFound = true;
      break;
    }
    found.set(key, isFound);
    return isFound;
  }

  #hasMatch({ matchers }: Leaf, scalars: ReadonlySet<Scalar>): boolean {
    for (const matcher of matchers) {
      if (matcher.kind === 'value') {
        this.#count(1);
        if (scalars.has(matcher.value)) return true;
      } else if (matcher.kind === 'test') {
        for (const value of scalars) {
          this.#count(1 + (typeof value === 'string' ? value.length / CHARACTERS_PER_STEP : 0));
          if (matcher.test(value)) return true;
        }
      }
    }
    return false;
  }

  #idOf(leaf: Leaf): number {
    const id = this.#ids.get(leaf) ?? this.#ids.size;
    this.#ids.set(leaf, id);
    return id;
  }

  #count(steps: number): void {
    this.#steps += steps;
    if (this.#steps > MAX_STEPS) throw tooManySteps();
  }
}

const mayBeAbsent = ({ matchers }: Leaf): boolean => matchers.some(({ kind }) => kind === 'absent');
