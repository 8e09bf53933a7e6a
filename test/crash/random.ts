/** Random numbers that a seed reproduces. */
export interface Random {
  /** From 0 (inclusive) to 1 (exclusive). */
  next(): number;
  /** A whole number; both bounds are inclusive. */
  int(from: number, to: number): number;
  chance(probability: number): boolean;
  /** @throws on an empty list */
  pick<Item>(items: readonly Item[]): Item;
  /** An independent source, so that draws from one do not affect the other. */
  fork(): Random;
}

/** The generator mulberry32. Its 32 bits of state are enough to choose times and requests. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick(items) {
      const item = items[int(0, items.length - 1)];
      if (item === undefined) throw new Error('Cannot pick from an empty list.');
      return item;
    },
    fork: () => randomOf(int(0, 2 ** 32 - 1)),
  };
}
