import type { Failure } from '../../events/contract.ts';
import { AccessDenied } from '../gateways/faults.ts';
import { judgeDatasetGroup } from '../tracker/dataset-group.ts';
import { accessDenied, conflict } from '../tracker/failures.ts';
import { type DatasetGroupPart, type EventTrackerRecord, isClaimable } from '../tracker/record.ts';
import { type Refused, RequestRefused } from '../tracker/refusals.ts';
import type { Wish } from '../tracker/wishes.ts';
import type { WriteContext } from './context.ts';
import { problemOf } from './problem.ts';

export interface DryRun {
  readonly wouldSucceed: boolean;
  /** What stands in the way, as the failure that would be told. */
  readonly findings: readonly Failure[];
  /** What is not ready yet, and would be waited for. */
  readonly wouldWaitFor?: DatasetGroupPart;
}

/** What refuses a wish for what the record holds, and not for who asks. */
const FINDINGS: ReadonlySet<Refused['reason']> = new Set([
  'NAME_CONFLICT',
  'TAGS_CONFLICT',
  'TOO_MANY_CALLBACKS',
  'NO_ROOM',
]);

/**
 * Whether the wish would be met, as far as can be seen without making anything. Writes nothing, anywhere.
 * @param meet lets the wish meet the record, as in earnest: the generation that the wish would have
 * @throws RequestRefused DATASET_GROUP_NOT_ALLOWED, as in earnest: what is another tenant's must not be shown
 */
export async function dryRun(
  { store, personalize }: WriteContext,
  wish: Wish,
  meet: (record: EventTrackerRecord) => number,
): Promise<DryRun> {
  const findings: Failure[] = [];
  const tell = (failure: Failure) => {
    if (!findings.some(({ code }) => code === failure.code)) findings.push(failure);
  };
  let wouldWaitFor: DatasetGroupPart | undefined;
  const record = await store.read(wish.trackerId);
  const isTaken = record !== undefined && !isClaimable(record);
  if (record !== undefined) recordFindings(record, meet).forEach(tell);
  try {
    const verdict = judgeDatasetGroup(wish, await personalize.describeDatasetGroup(wish.datasetGroupArn));
    if (verdict.kind === 'failed') tell(verdict.failure);
    else if (verdict.kind === 'waiting') wouldWaitFor = verdict.waitingFor;
    else if (!isTaken && !wish.adoptExisting) {
      const [there] = await personalize.list(wish.datasetGroupArn, wish.trackerId);
      if (there && there.tagged !== 'OURS') tell(conflict(there));
    }
  } catch (error) {
    if (!(error instanceof AccessDenied)) throw error;
    tell(accessDenied(error));
  }
  return { wouldSucceed: findings.length === 0, findings, ...(wouldWaitFor && { wouldWaitFor }) };
}

/** What the record has against the wish; one that is CREATE FAILED, and is not tried again by this wish, answers so. */
function recordFindings(record: EventTrackerRecord, meet: (record: EventTrackerRecord) => number): Failure[] {
  try {
    const isAsItIs = meet(record) === record.generation && record.observedGeneration === record.generation;
    return isAsItIs && record.status === 'CREATE FAILED' && record.failure ? [record.failure] : [];
  } catch (error) {
    if (!(error instanceof RequestRefused) || !FINDINGS.has(error.refused.reason)) throw error;
    const { reason, detail, remedy, retryable = false } = problemOf(error.refused);
    return [{ code: reason, reason: detail, remedy, retryable }];
  }
}
