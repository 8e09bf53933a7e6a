import type { RequestContext } from '../requests/dependencies.ts';
import type { TrackerStore } from '../store/tracker-store.ts';
import type { LifecycleSettings } from '../tracker/settings.ts';
import type { Tenancy } from '../tracker/tenancy.ts';
import type { Features } from './features.ts';
import type { DeploymentScope } from './schemas.ts';

/** What every operation works with. */
export interface ApiContext {
  readonly store: TrackerStore;
  readonly settings: LifecycleSettings;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly scope: DeploymentScope;
  readonly tenancy: Tenancy;
  /** What this deployment has. */
  readonly features: Features;
}

/** What the operations that change the desired state need besides. */
export interface WriteContext extends ApiContext, RequestContext {
  readonly features: Features;
  /** Told when an item of a batch failed by a fault of ours; the item's answer is a 500. */
  readonly logItemFailure: (correlationId: string, index: number, error: unknown) => void;
}
