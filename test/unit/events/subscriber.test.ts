import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createMemoryStore,
  createSubscriber,
  DRIFT_DETECTED,
  type DriftDetectedEvent,
  parseEventTrackerEvent,
  STATE_CHANGE,
  type StateChangeEvent,
} from '../../../events/index.ts';

interface Recorded {
  readonly 'detail-type': string;
  readonly detail: {
    readonly metadata: { readonly eventId: string; readonly sequence: number };
    readonly data: { readonly trackerId: string };
  };
}
/** The archive of a real run: the recorded events of version 1.0, from six trackers. */
const ARCHIVE: readonly Recorded[] = JSON.parse(
  readFileSync(join(import.meta.dirname, 'frozen/1.0/recorded-events.json'), 'utf8'),
);
const stateChanges = ARCHIVE.filter((event) => event['detail-type'] === STATE_CHANGE);
const idOf = ({ detail }: { readonly detail: Recorded['detail'] }) => detail.metadata.eventId;

/** The newest event of each tracker, by its id. */
function newestOf(events: readonly Recorded[]): Map<string, string> {
  const inOrder = events.toSorted((one, other) => one.detail.metadata.sequence - other.detail.metadata.sequence);
  return new Map(inOrder.map((event) => [event.detail.data.trackerId, idOf(event)]));
}
const keptIn = (store: { readonly newest: ReadonlyMap<string, { readonly detail: Recorded['detail'] }> }) =>
  new Map([...store.newest].map(([trackerId, event]) => [trackerId, idOf(event)]));

describe('a replay of the archive', () => {
  test('keeps and handles the newest event of each tracker, whatever the order, duplicates and concurrency of deliveries', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...stateChanges), { minLength: 1, maxLength: 30 }),
        fc.scheduler(),
        fc.infiniteStream(fc.boolean()),
        async (delivered, scheduler, faults) => {
          const memory = createMemoryStore<StateChangeEvent>();
          const handled: string[] = [];
          // The scheduler orders the steps of all deliveries, and any step may fail.
          const unlessFault = (what: string) => {
            if (faults.next().value === true) throw new Error(`${what} failed`);
          };
          const subscriber = createSubscriber({
            detailType: STATE_CHANGE,
            store: {
              keepNewest: scheduler.scheduleFunction(async (event) => {
                unlessFault('the call');
                const kept = await memory.keepNewest(event);
                unlessFault('the response');
                return kept;
              }),
              finish: scheduler.scheduleFunction(async (event) => {
                unlessFault('finish');
                await memory.finish(event);
              }),
            },
            handle: scheduler.scheduleFunction(async (event) => {
              unlessFault('handle');
              handled.push(idOf(event));
            }),
          });
          // Like EventBridge, delivers an event again if the subscriber rejects.
          const deliver = async (event: Recorded): Promise<void> => {
            for (;;) {
              try {
                await subscriber(event);
                return;
              } catch (error) {
                if (!(error instanceof Error && error.message.endsWith('failed'))) throw error;
              }
            }
          };
          await scheduler.waitFor(Promise.all(delivered.map(deliver)));
          expect(keptIn(memory)).toEqual(newestOf(delivered));
          expect(handled).toEqual(expect.arrayContaining([...newestOf(delivered).values()]));

          const before = handled.length;
          const replay = createSubscriber({
            detailType: STATE_CHANGE,
            store: memory,
            handle: async (event) => void handled.push(idOf(event)),
          });
          for (const event of delivered) expect(await replay(event)).toEqual({ news: false });
          expect(handled).toHaveLength(before);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('in order and without faults, each event is news exactly once', async () => {
    const handled: string[] = [];
    const subscriber = createSubscriber({
      detailType: STATE_CHANGE,
      store: createMemoryStore<StateChangeEvent>(),
      handle: async (event) => void handled.push(idOf(event)),
    });
    for (const event of stateChanges) expect(await subscriber(event)).toEqual({ news: true });
    for (const event of stateChanges) expect(await subscriber(event)).toEqual({ news: false });
    expect(handled).toEqual(stateChanges.map(idOf));
  });
});

test('a state change that arrives after a newer drift event is news: each detail-type has its own order', async () => {
  const states = createMemoryStore<StateChangeEvent>();
  const drifts = createMemoryStore<DriftDetectedEvent>();
  const subscribers = [
    createSubscriber({ detailType: STATE_CHANGE, store: states }),
    createSubscriber({ detailType: DRIFT_DETECTED, store: drifts }),
  ];
  for (const event of ARCHIVE.toReversed()) for (const subscriber of subscribers) await subscriber(event);
  expect(keptIn(states)).toEqual(newestOf(stateChanges));
  expect(keptIn(drifts)).toEqual(newestOf(ARCHIVE.filter((event) => event['detail-type'] === DRIFT_DETECTED)));
});

test('an event of another detail-type is not news; an event outside the contract is refused', async () => {
  const subscriber = createSubscriber({ detailType: STATE_CHANGE, store: createMemoryStore<StateChangeEvent>() });
  const [event] = stateChanges;
  expect(await subscriber({ ...event, 'detail-type': 'Event Tracker Renamed' })).toEqual({ news: false });
  await expect(subscriber({ ...event, source: 'com.example' })).rejects.toThrow('source must be event-trackers');
});

test('a subscriber with handle needs a store with finish', () => {
  const { keepNewest } = createMemoryStore<StateChangeEvent>();
  const make = () => createSubscriber({ detailType: STATE_CHANGE, store: { keepNewest }, handle: async () => {} });
  expect(make).toThrow(/^store must have finish/);
});

test('finishing an older event does not finish the newer one that replaced it', async () => {
  const store = createMemoryStore<StateChangeEvent>();
  const [older, newer] = [1, 2].map((sequence) => {
    const [event] = stateChanges;
    const parsed = parseEventTrackerEvent({
      ...event,
      detail: { ...event?.detail, metadata: { ...event?.detail.metadata, sequence } },
    });
    if (parsed.detailType !== STATE_CHANGE) throw new Error('the event is not a state change');
    return parsed;
  });
  if (older === undefined || newer === undefined) throw new Error('an event is missing');
  expect(await store.keepNewest(older)).toBe('NEW');
  expect(await store.keepNewest(newer)).toBe('NEW');
  await store.finish(older);
  expect(await store.keepNewest(newer)).toBe('UNFINISHED');
  await store.finish(newer);
  expect(await store.keepNewest(newer)).toBe('OLD');
});
