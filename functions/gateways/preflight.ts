import type { Failure } from '../../events/contract.ts';
import {
  datasetGroupMissing,
  datasetGroupNotActive,
  noInteractionsDataset,
  preflightRefused,
} from '../tracker/failures.ts';
import type { PersonalizeGateway } from './personalize.ts';

/**
 * What stands in the way of a tracker on this group, as the failure that the reader gets, or nothing. Personalize would refuse
 * without a reason, or fail without one.
 * @throws Throttled, AccessDenied, AnswerUnknown (faults.ts)
 */
export async function preflightFailure(
  personalize: Pick<PersonalizeGateway, 'checkDatasetGroup'>,
  datasetGroupArn: string,
): Promise<Failure | undefined> {
  const found = await personalize.checkDatasetGroup(datasetGroupArn);
  switch (found.kind) {
    case 'ready':
      return undefined;
    case 'missing':
      return datasetGroupMissing(datasetGroupArn, found);
    case 'refused':
      return preflightRefused(found.operation, found.message, found);
    case 'not-active':
      return datasetGroupNotActive(datasetGroupArn, found.status, found.failureReason);
    case 'no-interactions':
      return noInteractionsDataset(datasetGroupArn);
  }
}
