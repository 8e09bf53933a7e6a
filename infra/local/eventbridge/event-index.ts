import { isObject, type Scalar } from './matchers.ts';

/** The root of an event, or an element of an array in it: everything that is reached without entering another array element. */
export interface Level {
  /** The array that it is an element of; absent at the root. */
  readonly parent: Elements | undefined;
  /** The values by the path from the event's root, such as `detail.state`. */
  readonly scalars: Map<string, Set<Scalar>>;
}
/** The elements of an array that are not scalars. */
export interface Elements {
  readonly owner: Level;
}
/** Where a path leads: from a level into its arrays, and from an array into its elements. */
interface Route {
  readonly arrays: Map<Level, Elements[]>;
  readonly levels: Map<Elements, Set<Level>>;
}

/** The fields of an event by their paths. It is built once for all patterns. */
export class EventIndex {
  readonly root: Level;
  readonly #holders = new Map<string, Level[]>();
  readonly #routes = new Map<string, Route>();

  constructor(event: object) {
    this.root = { parent: undefined, scalars: new Map() };
    // A list instead of recursion: an event may have a thousand levels.
    const open: { value: unknown; path?: string; level: Level }[] = [{ value: event, level: this.root }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { value, path = '', level } = next;
      if (Array.isArray(value)) {
        let elements: Elements | undefined;
        for (const element of value) {
          if (typeof element !== 'object') {
            this.#add(level, path, element);
            continue;
          }
          elements ??= { owner: level };
          open.push({ value: element, path, level: { parent: elements, scalars: new Map() } });
        }
      } else if (isObject(value)) {
        // As event-ruler joins them: "detail.state" is the field state of detail, and so is a key with that very name.
        for (const [name, inner] of Object.entries(value)) {
          open.push({ value: inner, path: next.path === undefined ? name : `${path}.${name}`, level });
        }
      } else this.#add(level, path, value as Scalar);
    }
  }

  #add(level: Level, path: string, value: Scalar): void {
    const scalars = level.scalars.get(path);
    if (scalars !== undefined) {
      scalars.add(value);
      return;
    }
    level.scalars.set(path, new Set([value]));
    const holders = this.#holders.get(path);
    if (holders === undefined) this.#holders.set(path, [level]);
    else holders.push(level);
  }

  /** The arrays of a level that contain a field with this path, at any depth. */
  arraysWith(level: Level, path: string): readonly Elements[] {
    return this.#routeOf(path).arrays.get(level) ?? [];
  }
  /** The elements of an array that contain a field with this path, at any depth. */
  elementsWith(array: Elements, path: string): Iterable<Level> {
    return this.#routeOf(path).levels.get(array) ?? [];
  }

  #routeOf(path: string): Route {
    let route = this.#routes.get(path);
    if (route === undefined) {
      route = { arrays: new Map(), levels: new Map() };
      this.#routes.set(path, route);
      for (const holder of this.#holders.get(path) ?? []) markWay(holder, route);
    }
    return route;
  }
}

/** Marks the way from a level up to the root, as far as it is not marked yet. */
function markWay(holder: Level, { arrays, levels }: Route): void {
  for (let level = holder; level.parent !== undefined; level = level.parent.owner) {
    const array = level.parent;
    const siblings = levels.get(array);
    if (siblings?.has(level)) return;
    if (siblings !== undefined) {
      siblings.add(level);
      return;
    }
    levels.set(array, new Set([level]));
    const others = arrays.get(array.owner);
    if (others === undefined) arrays.set(array.owner, [array]);
    else others.push(array);
  }
}
