import type { Failure } from '../../events/contract.ts';
import type { DatasetGroupPart, EventTrackerRecord, Tag } from '../tracker/record.ts';
import type { RequestError } from '../tracker/request-error.ts';

/** What a request would come to. */
export const DRY_RUN_OUTCOMES = ['NOTHING_NEW', 'UPDATE', 'CREATE', 'ADOPT', 'RESUME', 'CONFLICT', 'FAIL'] as const;

/** What a request would come to, and why. */
export interface DryRunResult {
  readonly outcome: (typeof DRY_RUN_OUTCOMES)[number];
  /** What stands in the way. */
  readonly findings: readonly Failure[];
  /** The same, where the record's state refuses the request. */
  readonly refused?: RequestError;
  readonly wouldWaitFor?: DatasetGroupPart;
  /** With NOTHING_NEW and UPDATE: the record that would be answered. */
  readonly record?: EventTrackerRecord;
  /** The event tracker that Personalize has on the dataset group. */
  readonly found?: FoundTracker;
}

interface FoundTracker {
  readonly eventTrackerArn: string;
  readonly name: string;
  readonly status: string;
  readonly tags?: Tag[];
  /** The other deployment of this service that created it, if one did. */
  readonly deployment?: string;
}
