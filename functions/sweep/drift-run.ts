import type { DriftGateway } from '../gateways/personalize-drift.ts';
import type { DriftCursor, DriftQueue } from '../store/drift-cursor.ts';
import type { Place } from '../tracker/accounts.ts';
import type { TrackerStatus } from '../tracker/observation.ts';
import type { SweepDependencies } from './sweep.ts';

/** An account and Region with trackers: what is read of Personalize there, and where its last run ended. */
export interface DriftPlace extends Place {
  readonly personalize: DriftGateway;
  readonly cursor: DriftCursor;
}

export interface DriftDependencies extends SweepDependencies {
  /** Every account and Region in which the deployment may have trackers; the first is its own. */
  readonly places: readonly [DriftPlace, ...DriftPlace[]];
  /** Re-create a missing tracker, under a new generation. It gets another tracking ID, so it is off by default. */
  readonly recreateMissing: boolean;
  /** Restore requested tags that others changed. They may have done so on purpose, so it is off by default. */
  readonly repairTags: boolean;
}

/** One run in one account and Region: its dependencies, the account-wide list, and the remaining call budget. */
export interface Run extends DriftDependencies, DriftPlace {
  readonly listed: ReadonlyMap<string, TrackerStatus>;
  readonly startedAt: number;
  readonly calls: Record<DriftQueue, number>;
  /** What the records say that the run has read. */
  readonly found: Found;
}

export interface Found {
  /** The ARNs of the records' trackers, including missing ones. */
  readonly recorded: Set<string>;
  /** The trackerIds of records that differ from the list. */
  readonly differing: string[];
  /** The trackerIds of records whose tracker is as recorded. */
  readonly healthy: string[];
}
