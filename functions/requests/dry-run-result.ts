import type { Failure } from '../../events/contract.ts';
import type { EventTrackerRecord, Tag } from '../tracker/record.ts';
import type { RequestError } from '../tracker/request-error.ts';
import type { DatasetGroupPart } from '../tracker/waiting-for.ts';

/** What the request would do. */
export const DRY_RUN_OUTCOMES = ['NOTHING_NEW', 'UPDATE', 'CREATE', 'ADOPT', 'RESUME', 'CONFLICT', 'FAIL'] as const;

/** What the request would do, and why. */
export interface DryRunResult {
  readonly outcome: (typeof DRY_RUN_OUTCOMES)[number];
  /** What would make the request fail. */
  readonly findings: readonly Failure[];
  /** Set if the record's state would make the request be rejected. */
  readonly refused?: RequestError;
  readonly wouldWaitFor?: DatasetGroupPart;
  /** With NOTHING_NEW and UPDATE: the record that the request would return. */
  readonly record?: EventTrackerRecord;
  /** The event tracker that Personalize has in the dataset group. */
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
