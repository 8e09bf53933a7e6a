import { setTimeout as sleep } from 'node:timers/promises';
import { streamedEvents } from '../e2e/aws-operations.ts';
import type { PublishedEvent } from '../e2e/local-runtime.ts';

/**
 * Waits for a condition.
 * @param read returns undefined until there is a result
 * @throws Error "… did not happen within 300000 ms"
 */
export async function until<T>(
  what: string,
  read: () => Promise<T | undefined> | T | undefined,
  { timeoutMs = 300_000, everyMs = 50 } = {},
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const found = await read();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`${what} did not happen within ${timeoutMs} ms`);
    await sleep(everyMs);
  }
}

/** The events of a runtime's bus, as a subscriber receives them. */
export class Feed {
  readonly #byTracker = new Map<string, PublishedEvent[]>();
  readonly #ended = new AbortController();
  readonly #reading: Promise<void>;
  readonly #patienceMs: number;

  constructor(awsUrl: string, patienceMs: number) {
    this.#patienceMs = patienceMs;
    this.#reading = this.#read(awsUrl).catch((error: unknown) => {
      if (!this.#ended.signal.aborted) throw error;
    });
    // close() awaits this promise and reports its error.
    this.#reading.catch(() => {});
  }

  async #read(awsUrl: string): Promise<void> {
    const response = await fetch(`${awsUrl}/_events?after=0`, { signal: this.#ended.signal });
    for await (const { event } of streamedEvents(response)) {
      const { trackerId } = event.detail.data;
      this.#byTracker.set(trackerId, [...(this.#byTracker.get(trackerId) ?? []), event]);
    }
  }

  /** All deliveries about a tracker, including repeated ones. */
  deliveries(trackerId: string): readonly PublishedEvent[] {
    return this.#byTracker.get(trackerId) ?? [];
  }

  /** The first delivery of every event, in order of arrival. */
  events(trackerId: string): readonly PublishedEvent[] {
    return [...new Map(this.deliveries(trackerId).map((event) => [event.detail.metadata.eventId, event])).values()];
  }

  /** Waits until `count` different events were published. */
  async untilPublished(trackerId: string, count: number): Promise<void> {
    await until(`event ${count} of ${trackerId}`, () => (this.events(trackerId).length >= count ? true : undefined), {
      everyMs: 20,
      timeoutMs: this.#patienceMs,
    });
  }

  async close(): Promise<void> {
    this.#ended.abort();
    await this.#reading;
  }
}
