import type { Failure } from '../../events/contract.ts';
import {
  datasetGroupDeadlinePassed,
  datasetGroupMissing,
  datasetGroupNotActive,
  interactionsDatasetNotActive,
  noInteractionsDataset,
  preflightRefused,
} from './failures.ts';
import { nextWaitMs } from './pacing.ts';
import type { EventTrackerRecord } from './record.ts';
import type { LifecycleSettings } from './settings.ts';
import type { DatasetGroupPart } from './waiting-for.ts';

/**
 * A dataset group as DescribeDatasetGroup and ListDatasets report it. `interactionsStatus`: the status of its Interactions
 * dataset, absent if it has none or the group is not ACTIVE. AWS does not document the errors for a missing group or dataset, so both are
 * read before CreateEventTracker is called.
 */
export type SeenDatasetGroup =
  | {
      readonly kind: 'found';
      readonly status: string;
      readonly failureReason?: string;
      readonly interactionsStatus?: string;
    }
  | { readonly kind: 'missing'; readonly awsError: string; readonly awsRequestId?: string }
  | {
      readonly kind: 'refused';
      readonly operation: string;
      readonly message: string;
      readonly awsError: string;
      readonly awsRequestId?: string;
    };

/** The result of the preflight. */
export type Verdict =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** `state`: how that part was last seen, for a sentence: `is CREATE PENDING`. */
  | { readonly kind: 'waiting'; readonly waitingFor: DatasetGroupPart; readonly state: string };

export type PreflightDecision =
  | { readonly do: 'recordChecked' }
  | { readonly do: 'recordFailed'; readonly failure: Failure }
  | { readonly do: 'WaitBeforeNextPoll'; readonly waitMs: number; readonly waitingFor: DatasetGroupPart };

/** The part of the request that the preflight depends on. */
type Asked = Pick<EventTrackerRecord, 'datasetGroupArn' | 'waitForDatasetGroup'>;

/** Statuses that lead to ACTIVE by themselves. */
export const isBeingCreated = (status: string): boolean =>
  status === 'CREATE PENDING' || status === 'CREATE IN_PROGRESS';

/** Whether a tracker can be created in the group now, later or never. Pure. */
export function judgeDatasetGroup({ datasetGroupArn, waitForDatasetGroup }: Asked, seen: SeenDatasetGroup): Verdict {
  const failed = (failure: Failure): Verdict => ({ kind: 'failed', failure });
  const waiting = (waitingFor: DatasetGroupPart, state: string): Verdict => ({ kind: 'waiting', waitingFor, state });
  if (seen.kind === 'refused') return failed(preflightRefused(seen.operation, seen.message, seen));
  if (seen.kind === 'missing') {
    return waitForDatasetGroup
      ? waiting('dataset-group', 'does not exist')
      : failed(datasetGroupMissing(datasetGroupArn, seen));
  }
  const { status, failureReason, interactionsStatus } = seen;
  if (isBeingCreated(status)) return waiting('dataset-group', `is ${status}`);
  if (status !== 'ACTIVE') return failed(datasetGroupNotActive(datasetGroupArn, status, failureReason));
  if (interactionsStatus === undefined) {
    return waitForDatasetGroup
      ? waiting('interactions-dataset', 'does not exist')
      : failed(noInteractionsDataset(datasetGroupArn));
  }
  if (isBeingCreated(interactionsStatus)) return waiting('interactions-dataset', `is ${interactionsStatus}`);
  return interactionsStatus === 'ACTIVE'
    ? { kind: 'ready' }
    : failed(interactionsDatasetNotActive(datasetGroupArn, interactionsStatus));
}

/**
 * What follows the preflight. The deadline counts from the first poll of this generation that had to wait, for the group and its
 * dataset together; the tracker's own deadline counts from the answer of CreateEventTracker, and is not shortened by the waiting.
 */
export function decidePreflight(
  record: EventTrackerRecord,
  seen: SeenDatasetGroup,
  now: number,
  settings: LifecycleSettings,
): PreflightDecision {
  const verdict = judgeDatasetGroup(record, seen);
  switch (verdict.kind) {
    case 'ready':
      return { do: 'recordChecked' };
    case 'failed':
      return { do: 'recordFailed', failure: verdict.failure };
    case 'waiting': {
      const waitedMs = now - (record.preflightWait?.since ?? now);
      return waitedMs >= settings.deadlineMs
        ? {
            do: 'recordFailed',
            failure: datasetGroupDeadlinePassed(record.datasetGroupArn, verdict, settings.deadlineMs),
          }
        : { do: 'WaitBeforeNextPoll', waitMs: nextWaitMs(waitedMs), waitingFor: verdict.waitingFor };
    }
  }
}
