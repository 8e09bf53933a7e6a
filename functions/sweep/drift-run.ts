import type { DriftGateway } from '../gateways/personalize-drift.ts';
import type { WorkflowGateway } from '../gateways/workflow.ts';
import type { Log } from '../log.ts';
import type { DriftCursor, DriftQueue } from '../store/drift-cursor.ts';
import type { TrackerStore } from '../store/tracker-store.ts';
import type { TrackerStatus } from '../tracker/observation.ts';
import type { LifecycleSettings } from '../tracker/settings.ts';

export interface DriftDependencies {
  readonly store: TrackerStore;
  readonly cursor: DriftCursor;
  readonly personalize: DriftGateway;
  readonly workflow: WorkflowGateway;
  readonly settings: LifecycleSettings;
  readonly now: () => number;
  readonly log: Log;
  /** Re-create a missing tracker, under a new generation. It gets another tracking ID, so it is off by default. */
  readonly recreateMissing: boolean;
}

/** One run: its dependencies, the account-wide list, and the remaining call budget. */
export interface Run extends DriftDependencies {
  readonly listed: ReadonlyMap<string, TrackerStatus>;
  readonly startedAt: number;
  readonly calls: Record<DriftQueue, number>;
}
