import type { Failure } from '../../events/contract.ts';
import { AccessDenied } from '../gateways/faults.ts';
import { preflightFailure } from '../gateways/preflight.ts';
import { accessDenied, conflict } from '../tracker/failures.ts';
import { isClaimable, sameTags } from '../tracker/record.ts';
import type { Wish } from '../tracker/wishes.ts';
import type { WriteContext } from './context.ts';

export interface DryRun {
  readonly wouldSucceed: boolean;
  /** What stands in the way, as the failure that would be told. */
  readonly findings: readonly Failure[];
}

/** Whether the wish would be met, as far as can be seen without making anything. Writes nothing, anywhere. */
export async function dryRun({ store, personalize }: WriteContext, wish: Wish): Promise<DryRun> {
  const findings: Failure[] = [];
  const record = await store.read(wish.trackerId);
  const isTaken = record !== undefined && !isClaimable(record);
  if (isTaken && (record.name !== wish.name || !sameTags(record.tags, wish.tags))) {
    findings.push({
      code: record.name === wish.name ? 'TAGS_CONFLICT' : 'NAME_CONFLICT',
      reason: `The dataset group has the event tracker "${record.name}" already.`,
      retryable: false,
    });
  }
  try {
    const failure = await preflightFailure(personalize, wish.datasetGroupArn);
    if (failure) findings.push(failure);
    else if (!isTaken && !wish.adoptExisting) {
      const [there] = await personalize.list(wish.datasetGroupArn, wish.trackerId);
      if (there && there.tagged !== 'OURS') findings.push(conflict(there.eventTrackerArn));
    }
  } catch (error) {
    if (!(error instanceof AccessDenied)) throw error;
    findings.push(accessDenied(error));
  }
  return { wouldSucceed: findings.length === 0, findings };
}
