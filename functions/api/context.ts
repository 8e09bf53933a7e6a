import type { PersonalizeGateway } from '../gateways/personalize.ts';
import type { WorkflowGateway } from '../gateways/workflow.ts';
import type { IdempotencyStore } from '../store/idempotency-store.ts';
import type { TrackerStore } from '../store/tracker-store.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';
import type { LifecycleSettings } from '../tracker/settings.ts';
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
  /** The name of the claim that is the tenant. */
  readonly claimName: string;
  /** What this deployment has. */
  readonly features: Features;
}

/** What the operations that change a wish need besides. */
export interface WriteContext extends ApiContext {
  readonly workflow: WorkflowGateway;
  readonly idempotency: IdempotencyStore;
  /** For the dry run, which makes the preflight's calls and no other. */
  readonly personalize: Pick<PersonalizeGateway, 'describeDatasetGroup' | 'list'>;
  /** Told when an item of a batch failed by a fault of ours; the item's answer is a 500. */
  readonly logItemFailure: (correlationId: string, index: number, error: unknown) => void;
  /** Told when an accepted request could not be started: the sweep will. */
  readonly logStartFailure: (
    record: Pick<EventTrackerRecord, 'trackerId' | 'correlationId' | 'traceparent'>,
    error: unknown,
  ) => void;
}
