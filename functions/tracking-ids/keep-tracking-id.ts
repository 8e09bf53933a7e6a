import { parseEventTrackerEvent } from '../../events/index.ts';
import type { TrackingIdPaths } from '../gateways/tracking-id-paths.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { TrackingIdEntries } from '../store/tracking-id-entries.ts';
import {
  holderOf,
  isActive,
  namesOf,
  pathOf,
  stateOf,
  type TrackerState,
  type TrackingIdEntry,
  updatedEntry,
} from '../tracker/tracking-id-entry.ts';

export interface TrackingIdDependencies {
  readonly entryTable: TrackingIdEntries;
  readonly pathStore: TrackingIdPaths;
  /** The deployment whose bus this is: part of every path. */
  readonly deployment: string;
  readonly now: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** More changes of one name while it is being written than chance explains. */
const MAX_WRITES = 10;

/**
 * Handles one event as EventBridge delivers it: at least once, in any order, and concurrently with others. First the newest state is stored,
 * by a write that is conditional on `sequence`. Then the path is written until it agrees with what is stored, because neither Parameter
 * Store nor Secrets Manager has conditional writes: whoever writes last reads the stored states once more. An old event checks its path,
 * too, as it may be the repetition of one that failed between the two.
 * @throws EventTrackerEventError for an invalid event, RangeError for a name that cannot be part of a path, and the errors of the calls, so
 *   that the event is delivered again
 */
export async function keepTrackingId(dependencies: TrackingIdDependencies, delivered: unknown): Promise<void> {
  const state = stateOf(parseEventTrackerEvent(delivered));
  if (state === undefined) return;
  pathOf(dependencies.deployment, state.tenantId, state.name);
  const entry = await saveNewest(dependencies, state);
  for (const name of namesOf(entry, state)) await reconcilePath(dependencies, state.tenantId, name);
}

/** @returns the stored entry, which is the state's or a newer one */
async function saveNewest({ entryTable, now }: TrackingIdDependencies, state: TrackerState): Promise<TrackingIdEntry> {
  // Each lost race means that another event of this tracker was stored.
  for (;;) {
    const before = await entryTable.read(state.tenantId, state.trackerId);
    const after = updatedEntry(before, state, now());
    if (after === undefined && before !== undefined) return before;
    if (after !== undefined && (await entryTable.save(after, before))) return after;
  }
}

async function reconcilePath(dependencies: TrackingIdDependencies, tenantId: string, name: string): Promise<void> {
  const { entryTable, pathStore, deployment, log } = dependencies;
  const path = pathOf(deployment, tenantId, name);
  const found = await entryTable.withName(tenantId, name);
  reportConflict(dependencies, found);
  let holder = holderOf(found);
  let kept = await pathStore.read(path);
  for (let writes = 0; kept !== holder?.trackingId; writes++) {
    if (writes === MAX_WRITES) throw new Error(`The trackers of ${path} keep changing.`);
    kept = holder?.trackingId;
    if (holder === undefined) await pathStore.remove(path);
    else await pathStore.write(path, holder.trackingId, descriptionOf(holder));
    log.info(kept === undefined ? 'tracking ID removed' : 'tracking ID written', {
      path,
      ...(holder && { trackerId: holder.trackerId, sequence: holder.sequence }),
    });
    holder = holderOf(await entryTable.withName(tenantId, name));
  }
}

const descriptionOf = ({ trackerId, datasetGroupArn }: TrackingIdEntry): string =>
  `The tracking ID of the event tracker ${trackerId} of ${datasetGroupArn}`;

/** The path has the tracking ID of one of them only, until that one is gone. */
function reportConflict({ log, metrics }: TrackingIdDependencies, found: readonly TrackingIdEntry[]): void {
  const holder = holderOf(found);
  const others = found.filter((entry) => isActive(entry) && entry !== holder);
  if (holder === undefined || others.length === 0) return;
  const { tenantId, name, trackerId } = holder;
  log.warn('several event trackers of a tenant have the same name; only the oldest has its tracking ID at the path', {
    tenantId,
    name,
    trackerId,
    others: others.map((entry) => entry.trackerId),
  });
  metrics.emit({ TrackingIdNameConflicts: 1 });
}
