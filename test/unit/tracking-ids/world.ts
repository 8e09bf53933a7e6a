import { parseEventTrackerEvent } from '../../../events/index.ts';
import type { Log } from '../../../functions/log.ts';
import { holderOf, pathOf, stateOf, type TrackingIdEntry } from '../../../functions/tracker/tracking-id-entry.ts';
import type { TrackingIdDependencies } from '../../../functions/tracking-ids/keep-tracking-id.ts';

export const DEPLOYMENT = 'test';
const GROUP = 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-';

/** A State Change as EventBridge delivers it. Its tracking ID is made of the tracker's id and the sequence. */
export function stateChange(
  trackerId: string,
  sequence: number,
  status: string,
  { name = 'shop', tenantId = 'acme', at = sequence }: { name?: string; tenantId?: string; at?: number } = {},
): unknown {
  const failure = { code: 'CREATE_FAILED', reason: 'r', remedy: 'r', retryable: true };
  return {
    source: 'event-trackers',
    'detail-type': 'Event Tracker State Change',
    detail: {
      metadata: {
        eventId: `${trackerId}-${sequence}`,
        schemaVersion: '1.0',
        sequence,
        tenantId,
        correlationId: 'c',
        occurredAt: new Date(at * 1000).toISOString(),
      },
      data: {
        trackerId,
        status,
        previousStatus: 'CREATE IN_PROGRESS',
        name,
        datasetGroupArn: `${GROUP}${trackerId}`,
        ...(status === 'ACTIVE' && { trackingId: `id-of-${trackerId}-${sequence}` }),
        ...(status === 'CREATE FAILED' && { failure }),
      },
    },
  };
}

/** What the paths must hold in the end, whatever happened in between: it follows from the newest state of each tracker. */
export function expectedPaths(events: readonly unknown[]): Record<string, string> {
  const newest = new Map<string, TrackingIdEntry>();
  for (const event of events) {
    const state = stateOf(parseEventTrackerEvent(event));
    if (state !== undefined && state.sequence > (newest.get(state.trackerId)?.sequence ?? 0)) {
      newest.set(state.trackerId, state);
    }
  }
  const byPath = Object.groupBy([...newest.values()], ({ tenantId, name }) => pathOf(DEPLOYMENT, tenantId, name));
  return Object.fromEntries(
    Object.entries(byPath).flatMap(([path, entries = []]) => {
      const holder = holderOf(entries);
      return holder === undefined ? [] : [[path, holder.trackingId]];
    }),
  );
}

/** A table and a place for tracking IDs in memory. `call` runs before each call and decides when it happens. */
export function createWorld() {
  const entries = new Map<string, TrackingIdEntry>();
  const paths = new Map<string, string>();
  const warnings: string[] = [];
  let writes = 0;
  const keyOf = (tenantId: string, trackerId: string) => `${tenantId} ${trackerId}`;
  const log: Log = { info() {}, warn: (message) => warnings.push(message), error() {} };

  const dependencies = (
    call: <T>(name: string, effect: () => T) => Promise<T> = async (_, effect) => effect(),
  ): TrackingIdDependencies => ({
    deployment: DEPLOYMENT,
    now: () => 1_000_000,
    log,
    metrics: { emit() {} },
    entryTable: {
      read: (tenantId, trackerId) => call('entries.read', () => entries.get(keyOf(tenantId, trackerId))),
      save: (entry, before) =>
        call('entries.save', () => {
          const key = keyOf(entry.tenantId, entry.trackerId);
          if (entries.get(key)?.sequence !== before?.sequence) return false;
          entries.set(key, entry);
          return true;
        }),
      withName: (tenantId, name) =>
        call('entries.withName', () =>
          [...entries.values()].filter((entry) => entry.tenantId === tenantId && entry.name === name),
        ),
    },
    pathStore: {
      read: (path) => call('paths.read', () => paths.get(path)),
      write: (path, trackingId) =>
        call('paths.write', () => {
          writes += 1;
          paths.set(path, trackingId);
        }),
      remove: (path) =>
        call('paths.remove', () => {
          writes += 1;
          paths.delete(path);
        }),
    },
  });

  return {
    dependencies,
    warnings,
    entries,
    paths: () => Object.fromEntries(paths),
    writes: () => writes,
    /** Everything that later steps depend on, as text. */
    state: () => JSON.stringify([[...entries].sort(), [...paths].sort()]),
  };
}
