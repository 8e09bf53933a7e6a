/** A value that is made when it is first needed: schemas are slow to make, and most starts need few of them. */
export function lazily<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
