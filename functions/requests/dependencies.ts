import type { OfDatasetGroup, PersonalizeGateway } from '../gateways/personalize.ts';
import type { WorkflowGateway } from '../gateways/workflow.ts';
import type { IdempotencyStore } from '../store/idempotency-store.ts';
import type { TrackerStore } from '../store/tracker-store.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';
import type { LifecycleSettings } from '../tracker/settings.ts';
import type { Allowance } from './allowance.ts';

/** Optional features of requests. */
export interface RequestFeatures {
  /** Whether requests may have a task token (`callback`). */
  readonly callbacks: boolean;
  /** Whether `?destroy=true` deletes adopted event trackers. */
  readonly destroyAdopted: boolean;
  /** How many unfinished event trackers a tenant may have; undefined means no limit. */
  readonly maxUnfinishedPerTenant?: number;
}

/** The dependencies of a change of the desired state. */
export interface RequestDependencies {
  readonly store: TrackerStore;
  readonly workflow: WorkflowGateway;
  readonly settings: LifecycleSettings;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Logs that the execution of an accepted request did not start; the sweeper will start it. */
  readonly logStartFailure: (
    record: Pick<EventTrackerRecord, 'trackerId' | 'correlationId' | 'traceparent'>,
    error: unknown,
  ) => void;
  /** Only if the deployment limits unfinished event trackers. */
  readonly allowance?: Allowance | undefined;
}

/** What all requests share; each request has its own allowance. */
export interface RequestContext extends Omit<RequestDependencies, 'allowance'> {
  readonly idempotency: IdempotencyStore;
  readonly features: RequestFeatures;
}

export interface DryRunContext extends RequestContext {
  /** The gateway for the dataset group of a request. A dry run makes only the read calls of the preflight. */
  readonly personalizeOf: (request: OfDatasetGroup) => Pick<PersonalizeGateway, 'describeDatasetGroup' | 'list'>;
}
