import { DurableMap } from '../durable-map.ts';
import type { EventBridgeEnvelope } from './event.ts';

/** An event that a bus took; `id` counts from 1 over all buses and is never given twice. */
export interface TakenEvent {
  readonly id: number;
  readonly bus: string;
  readonly event: EventBridgeEnvelope;
}

/** How many events the log keeps; older ones can't be replayed. */
export const KEPT_EVENTS = 10_000;

/** Everything that the buses took, in order, on disk when a path is given. */
export class EventLog {
  readonly #entries: DurableMap<Omit<TakenEvent, 'id'>>;
  readonly #kept: number;
  readonly #listeners = new Set<() => void>();
  #first = 1;
  #last = 0;

  constructor(path?: string, kept = KEPT_EVENTS) {
    this.#entries = new DurableMap(path);
    this.#kept = kept;
    // Added in order and removed from the front only: the first and last keys are the ends of the log.
    const ids = [...this.#entries.keys()].map(Number);
    this.#first = ids.at(0) ?? 1;
    this.#last = ids.at(-1) ?? 0;
  }

  /** The counter of the oldest event that is kept. */
  get first(): number {
    return this.#first;
  }
  /** The counter of the newest event; 0 before there was one. */
  get last(): number {
    return this.#last;
  }

  /** Keeps the event and notifies the listeners. @returns the counter that it got */
  append(bus: string, event: EventBridgeEnvelope): number {
    this.#entries.set(String(this.#last + 1), { bus, event });
    this.#last += 1;
    while (this.#last - this.#first + 1 > this.#kept) {
      this.#entries.delete(String(this.#first));
      this.#first += 1;
    }
    for (const listener of this.#listeners) listener();
    return this.#last;
  }

  get(id: number): TakenEvent | undefined {
    const entry = this.#entries.get(String(id));
    return entry && { id, ...entry };
  }

  /** Calls `listener` after every append; the result stops that. */
  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#listeners.clear();
    this.#entries.close();
  }
}
