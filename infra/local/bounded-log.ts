import { DurableMap } from './durable-map.ts';

/**
 * A durable list that keeps its newest `limit` entries. Entries are numbered from 1; as long as none is removed, a number is never used
 * twice. In memory only without a path.
 */
export class BoundedLog<V> {
  readonly #entries: DurableMap<V>;
  readonly #limit: number;
  readonly #listeners = new Set<() => void>();
  #last: number;

  constructor(path: string | undefined, limit: number) {
    this.#entries = new DurableMap(path);
    this.#limit = limit;
    this.#last = Number([...this.#entries.keys()].at(-1) ?? 0);
  }

  /** The number of the oldest entry that is kept; 1 before there was one. */
  get first(): number {
    const [oldest = 1] = this.#entries.keys();
    return Number(oldest);
  }
  /** The number of the newest entry; 0 before there was one. */
  get last(): number {
    return this.#last;
  }

  /** Adds an entry and calls the listeners. @returns its number */
  append(value: V): number {
    this.#entries.set(String(this.#last + 1), value);
    this.#last += 1;
    if (this.#entries.size > this.#limit) this.#entries.delete(String(this.first));
    for (const listener of this.#listeners) listener();
    return this.#last;
  }
  /** Calls `listener` after every append, until the returned function is called. */
  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get(number: number): V | undefined {
    return this.#entries.get(String(number));
  }
  /** Oldest first. */
  values(): V[] {
    return [...this.#entries.values()];
  }
  removeWhere(matches: (value: V) => boolean): void {
    for (const [key, value] of [...this.#entries.entries()]) if (matches(value)) this.#entries.delete(key);
  }

  close(): void {
    this.#listeners.clear();
    this.#entries.close();
  }
}
