import type { Failure } from '../../events/contract.ts';
import { AccessDenied } from '../gateways/faults.ts';
import type { PersonalizeGateway } from '../gateways/personalize.ts';
import { preflightFailure } from '../gateways/preflight.ts';
import { apply } from '../tracker/apply.ts';
import { accessDenied } from '../tracker/failures.ts';
import { isRefused } from '../tracker/verb.ts';
import { lambdaTask, personalizeGateway } from './environment.ts';
import { result, superseded, type Task, type WithPersonalize } from './task.ts';

/** The preflight, once a generation: Personalize would refuse without a reason, or fail without one. */
export const CheckDatasetGroup: Task<WithPersonalize> = async (tools, record, { epoch }) => {
  const { store, settings, log } = tools;
  const failure = await preflight(tools.personalize, record.datasetGroupArn);
  const owner = { now: tools.now(), epoch, generation: record.generation };
  const after = failure
    ? apply('recordFailed', record, { ...owner, failure }, settings)
    : apply('recordChecked', record, owner, settings);
  if (isRefused(after) || !(await store.save(record, after))) return superseded(record);
  log.info(failure ? 'preflight failed' : 'preflight passed', {
    trackerId: record.trackerId,
    epoch,
    code: failure?.code,
  });
  // Observe decides: after a failure there are remains to look for, after a success the create is next.
  return result('Superseded', record);
};

/** What stands in the way, as the failure that the reader gets, or nothing. */
async function preflight(personalize: PersonalizeGateway, datasetGroupArn: string): Promise<Failure | undefined> {
  try {
    return await preflightFailure(personalize, datasetGroupArn);
  } catch (error) {
    if (error instanceof AccessDenied) return accessDenied(error);
    throw error;
  }
}

export const handler = lambdaTask(CheckDatasetGroup, () => ({ personalize: personalizeGateway() }));
