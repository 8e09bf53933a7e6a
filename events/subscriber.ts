import type { DetailType } from './contract.ts';
import { type EventTrackerEvent, type KnownEvent, parseEventTrackerEvent } from './parse.ts';

/** The parsed event of a detail-type. */
export type EventOf<Type extends DetailType> = Extract<EventTrackerEvent, { readonly detailType: Type }>;

/**
 * What a store did with an event. `NEW`: it kept the event. `UNFINISHED`: it had already kept this event, but `handle` has not
 * finished. `OLD`: it had already kept a newer event, or had finished this one.
 */
export type Kept = 'NEW' | 'UNFINISHED' | 'OLD';

/** Stores the newest event of each tracker, or the parts of it that the subscriber needs. Each operation is one conditional write. */
export interface SubscriberStore<Event> {
  /**
   * Keeps the event for its `detail.data.trackerId` if there is none, or one with a lower `detail.metadata.sequence`. The write must
   * be conditional, so that the newest of several concurrent events remains. An event that replaces another one is not finished.
   */
  keepNewest(event: Event): Promise<Kept>;
  /** Marks the event as finished if it is still the newest. Required only with `handle`. */
  finish?(event: Event): Promise<void>;
}

export interface SubscriberOptions<Type extends DetailType> {
  /**
   * The one detail-type that this subscriber handles; it ignores the others. Use a subscriber and a store per detail-type, because
   * `sequence` counts all events of a tracker: a State Change that arrives after a newer drift event is still news.
   */
  readonly detailType: Type;
  readonly store: SubscriberStore<EventOf<Type>>;
  /**
   * Additional work for a new event. It runs at least once for the newest event of a tracker: if it rejects or the process dies,
   * EventBridge delivers the event again and it runs again. It may run twice at the same time, or while it still handles an older
   * event of the tracker. If that matters, pass `sequence` on.
   */
  readonly handle?: (event: EventOf<Type>) => Promise<void>;
}

/**
 * Creates a subscriber for events that arrive at least once and in any order. It drops events that are not newer than the newest
 * event of their tracker.
 * @returns a function that takes an event as EventBridge delivers it, and returns whether it was news. It rejects with
 * EventTrackerEventError for an invalid event, and with whatever the store or `handle` rejects with, so that the event is delivered
 * again
 * @throws TypeError for a `handle` with a store without `finish`
 */
export function createSubscriber<Type extends DetailType>({
  detailType,
  store,
  handle,
}: SubscriberOptions<Type>): (event: unknown) => Promise<{ news: boolean }> {
  if (handle !== undefined && store.finish === undefined) {
    throw new TypeError('store must have finish if there is a handle; otherwise each delivery would call handle');
  }
  const isHandled = (event: EventTrackerEvent): event is EventOf<Type> => event.detailType === detailType;
  return async (delivered) => {
    const event = parseEventTrackerEvent(delivered);
    if (!isHandled(event)) return { news: false };
    const kept = await store.keepNewest(event);
    if (kept === 'OLD' || (kept === 'UNFINISHED' && handle === undefined)) return { news: false };
    if (handle !== undefined) {
      await handle(event);
      await store.finish?.(event);
    }
    return { news: true };
  };
}

/** An in-memory store, for tests and for state that need not survive the process. */
export function createMemoryStore<Event extends KnownEvent>(): Required<SubscriberStore<Event>> & {
  /** The newest event of each tracker, by tracker ID. */
  readonly newest: ReadonlyMap<string, Event>;
} {
  const newest = new Map<string, Event>();
  const finished = new Map<string, number>();
  return {
    newest,
    async keepNewest(event) {
      const { trackerId } = event.detail.data;
      const { sequence } = event.detail.metadata;
      const kept = newest.get(trackerId)?.detail.metadata.sequence ?? 0;
      if (sequence > kept) {
        newest.set(trackerId, event);
        return 'NEW';
      }
      return sequence === kept && (finished.get(trackerId) ?? 0) < sequence ? 'UNFINISHED' : 'OLD';
    },
    async finish({ detail: { data, metadata } }) {
      if (newest.get(data.trackerId)?.detail.metadata.sequence === metadata.sequence) {
        finished.set(data.trackerId, metadata.sequence);
      }
    },
  };
}
