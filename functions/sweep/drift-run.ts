import type { DriftGateway } from '../gateways/personalize-drift.ts';
import type { DriftCursor, DriftQueue } from '../store/drift-cursor.ts';
import type { TrackerStatus } from '../tracker/observation.ts';
import type { SweepDependencies } from './sweep.ts';

export interface DriftDependencies extends SweepDependencies {
  readonly cursor: DriftCursor;
  readonly personalize: DriftGateway;
  /** Re-create a missing tracker, under a new generation. It gets another tracking ID, so it is off by default. */
  readonly recreateMissing: boolean;
}

/** One run: its dependencies, the account-wide list, and the remaining call budget. */
export interface Run extends DriftDependencies {
  readonly listed: ReadonlyMap<string, TrackerStatus>;
  readonly startedAt: number;
  readonly calls: Record<DriftQueue, number>;
}
