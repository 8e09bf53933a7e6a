import type { RequestContext } from '../requests/dependencies.ts';
import type { DryRunResult } from '../requests/dry-run-result.ts';
import type { OperationStore } from '../store/operation-store.ts';
import type { StatusIndex } from '../store/status-index.ts';
import type { TrackerStore } from '../store/tracker-store.ts';
import type { TrackerRequest } from '../tracker/desired-state.ts';
import type { LifecycleSettings } from '../tracker/settings.ts';
import type { Tenancy } from '../tracker/tenancy.ts';
import type { Features } from './features.ts';
import type { DeploymentScope } from './schemas.ts';

/** The dependencies of every operation. */
export interface ApiContext {
  readonly store: TrackerStore;
  readonly settings: LifecycleSettings;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly scope: DeploymentScope;
  readonly tenancy: Tenancy;
  readonly features: Features;
}

/** The dependencies of operations that only read. */
export interface ReadContext extends ApiContext {
  /** All tenants' trackers, for platforms. */
  readonly statusIndex: StatusIndex;
  readonly operations: OperationStore;
}

/** The dependencies of a request for an event tracker. */
export interface CreateContext extends ApiContext, RequestContext {
  readonly features: Features;
  /** As `dryRunWith` (../requests/dry-run.ts). */
  readonly dryRun: (request: TrackerRequest) => Promise<DryRunResult>;
}

/** The dependencies of operations that change the desired state. */
export interface WriteContext extends CreateContext {
  readonly operations: OperationStore;
  /** For the dry run of a retry of many event trackers. */
  readonly statusIndex: StatusIndex;
  /** Logs the unexpected error of one request of a batch, whose result is a 500. */
  readonly logItemFailure: (correlationId: string, index: number, error: unknown) => void;
}
