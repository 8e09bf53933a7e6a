import type { DetailType } from './contract.ts';
import { type EventTrackerEvent, type KnownEvent, parseEventTrackerEvent } from './parse.ts';

/** The event of a detail-type. */
export type EventOf<Type extends DetailType> = Extract<EventTrackerEvent, { readonly detailType: Type }>;

/**
 * What a store says of an event: `NEW`, and kept now; `UNFINISHED`, the very event that is kept, and nobody has finished it;
 * `OLD` otherwise: as new a one, or a newer one, is kept.
 */
export type Kept = 'NEW' | 'UNFINISHED' | 'OLD';

/** Where a subscriber keeps the newest event of each tracker, or what it reads of it. Two operations, each one conditional write. */
export interface SubscriberStore<Event> {
  /**
   * Keeps the event for `detail.data.trackerId` if none is kept, or one with a lower `detail.metadata.sequence`. The condition and
   * the write are one, so that of any number at once the newest stays. An event that replaces another is not finished yet.
   */
  keepNewest(event: Event): Promise<Kept>;
  /** Marks the event as finished, if it is still the one that is kept. Needed with `handle` only. */
  finish?(event: Event): Promise<void>;
}

export interface SubscriberOptions<Type extends DetailType> {
  /**
   * The one detail-type that this subscriber takes; others are no news to it. `sequence` orders all events of a tracker, and a
   * State Change that comes after a newer drift event is news all the same: each detail-type has a subscriber and a store of its own.
   */
  readonly detailType: Type;
  readonly store: SubscriberStore<EventOf<Type>>;
  /**
   * What to do with news, beside keeping it. Called at least once for the newest event of a tracker: when it rejects, or the
   * process dies, the event is delivered again and it is called again. It may be called twice at the same time, and while it
   * still works on an older event of the tracker: where that matters, hand `sequence` on.
   */
  readonly handle?: (event: EventOf<Type>) => Promise<void>;
}

/**
 * A subscriber for events that come at least once and in any order: it drops what is not newer than the newest of its tracker.
 * @returns takes an event as EventBridge delivers it, and says whether it was news. Rejects with EventTrackerEventError for what is
 * no event of the contract, and with whatever the store or `handle` rejects with: EventBridge delivers the event again
 * @throws TypeError for a `handle` with a store that can't finish
 */
export function createSubscriber<Type extends DetailType>({
  detailType,
  store,
  handle,
}: SubscriberOptions<Type>): (event: unknown) => Promise<{ news: boolean }> {
  if (handle !== undefined && store.finish === undefined) {
    throw new TypeError('store must have finish where there is a handle: an event would be handled at every delivery');
  }
  const isTaken = (event: EventTrackerEvent): event is EventOf<Type> => event.detailType === detailType;
  return async (delivered) => {
    const event = parseEventTrackerEvent(delivered);
    if (!isTaken(event)) return { news: false };
    const kept = await store.keepNewest(event);
    if (kept === 'OLD' || (kept === 'UNFINISHED' && handle === undefined)) return { news: false };
    if (handle !== undefined) {
      await handle(event);
      await store.finish?.(event);
    }
    return { news: true };
  };
}

/** A store in the memory of one process, for tests and for what lives no longer than it. */
export function createMemoryStore<Event extends KnownEvent>(): Required<SubscriberStore<Event>> & {
  /** The newest event of each tracker, by its id. */
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
