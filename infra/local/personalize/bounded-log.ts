import { DurableMap } from '../durable-map.ts';

/** A durable list that keeps its newest `limit` entries. In memory only without a path. */
export class BoundedLog<V> {
  readonly #entries: DurableMap<V>;
  readonly #limit: number;
  #last: number;

  constructor(path: string | undefined, limit: number) {
    this.#entries = new DurableMap(path);
    this.#limit = limit;
    this.#last = Number([...this.#entries.keys()].at(-1) ?? 0);
  }

  append(value: V): void {
    this.#last += 1;
    this.#entries.set(String(this.#last), value);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#limit && oldest !== undefined) this.#entries.delete(oldest);
  }

  /** Oldest first. */
  values(): V[] {
    return [...this.#entries.values()];
  }

  removeWhere(matches: (value: V) => boolean): void {
    for (const [key, value] of [...this.#entries.entries()]) if (matches(value)) this.#entries.delete(key);
  }

  close(): void {
    this.#entries.close();
  }
}
