import type * as z from 'zod';
import { DurableMap } from './durable-map.ts';

const NUMBER = /^[1-9]\d{0,14}$/;

/**
 * A durable list that keeps its newest `limit` entries. Entries are numbered from 1. Unless entries are removed, a number is never
 * reused. Without a path, the list is in memory only.
 */
export class BoundedLog<V> {
  readonly #entries: DurableMap<V>;
  readonly #limit: number;
  readonly #listeners = new Set<() => void>();
  #last: number;

  /** @param values validates the entries of the file @throws Error as DurableMap */
  constructor(path: string | undefined, limit: number, values: z.ZodType<V>) {
    this.#entries = new DurableMap(path, values, NUMBER);
    this.#limit = limit;
    this.#last = Number([...this.#entries.keys()].at(-1) ?? 0);
  }

  /** The number of the oldest kept entry; 1 if there never was one. */
  get first(): number {
    const [oldest = 1] = this.#entries.keys();
    return Number(oldest);
  }
  /** The number of the newest entry; 0 if there never was one. */
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
  /** The kept entries, oldest first. */
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
