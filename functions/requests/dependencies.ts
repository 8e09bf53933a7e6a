import type { PersonalizeGateway } from '../gateways/personalize.ts';
import type { WorkflowGateway } from '../gateways/workflow.ts';
import type { IdempotencyStore } from '../store/idempotency-store.ts';
import type { TrackerStore } from '../store/tracker-store.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';
import type { LifecycleSettings } from '../tracker/settings.ts';
import type { Allowance } from './allowance.ts';

/** What a deployment may leave out of what can be requested. */
export interface RequestFeatures {
  /** Task tokens are taken, and answered on the outcome. */
  readonly callbacks: boolean;
  /** `?destroy=true` deletes also an adopted tracker. */
  readonly destroyAdopted: boolean;
  /** How many unfinished event trackers a tenant may have; undefined: any number. */
  readonly maxUnfinishedPerTenant?: number;
}

/** What changing the desired state needs. */
export interface RequestDependencies {
  readonly store: TrackerStore;
  readonly workflow: WorkflowGateway;
  readonly settings: LifecycleSettings;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told when an accepted request could not be started: the sweep will. */
  readonly logStartFailure: (
    record: Pick<EventTrackerRecord, 'trackerId' | 'correlationId' | 'traceparent'>,
    error: unknown,
  ) => void;
  /** Of a deployment that limits what a tenant may have unfinished. */
  readonly allowance?: Allowance | undefined;
}

/** What the requests of a deployment work with; the allowance is each request's own. */
export interface RequestContext extends Omit<RequestDependencies, 'allowance'> {
  readonly idempotency: IdempotencyStore;
  /** For the dry run, which makes the preflight's calls and no other. */
  readonly personalize: Pick<PersonalizeGateway, 'describeDatasetGroup' | 'list'>;
  readonly features: RequestFeatures;
}
