/** A wait that ends at a time of the virtual clock. */
interface Sleeper {
  readonly at: number;
  /** Waits that end at the same time end in the order in which they began. */
  readonly order: number;
  wake(): void;
}

/** A clock whose time passes only while everybody waits for it. Its `now` and `sleep` replace those of the machine. */
export class VirtualClock {
  /** Milliseconds since the epoch. */
  time = Date.UTC(2026, 10, 29);
  readonly #sleepers: Sleeper[] = [];
  #order = 0;

  readonly now = (): number => this.time;

  readonly sleep = (ms: number): Promise<void> =>
    new Promise((wake) => {
      this.#order += 1;
      this.#push({ at: this.time + Math.max(0, ms), order: this.#order, wake });
    });

  /** Lets time pass until `isOver`, or until nobody waits any more. @returns whether it is over */
  async run(isOver: () => boolean): Promise<boolean> {
    // Whoever was woken runs until all of its promises have settled.
    const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
    await settle();
    while (!isOver()) {
      const next = this.#pop();
      if (next === undefined) return false;
      this.time = next.at;
      next.wake();
      await settle();
    }
    return true;
  }

  // A binary heap: a fleet has tens of thousands of waits.
  #push(sleeper: Sleeper): void {
    const heap = this.#sleepers;
    let at = heap.push(sleeper) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, sleeper)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = sleeper;
  }

  #pop(): Sleeper | undefined {
    const heap = this.#sleepers;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      const isRight = right !== undefined && left !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (child === undefined || isBefore(last, child)) break;
      heap[at] = child;
      at = 2 * at + (isRight ? 2 : 1);
    }
    heap[at] = last;
    return first;
  }
}

const isBefore = (one: Sleeper, other: Sleeper): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order);
