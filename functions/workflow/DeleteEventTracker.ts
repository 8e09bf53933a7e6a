import { AccessDenied } from '../gateways/faults.ts';
import { LONGEST_WAIT_MS, nextWaitMs, waitSeconds } from '../tracker/pacing.ts';
import { lambdaTask, personalizeGateway } from './environment.ts';
import { result, superseded, type Task, type WithPersonalize } from './task.ts';

/**
 * Deletes the recorded tracker, which Observe wrote down first, and none other: however late the call lands, a tracker made
 * after this one has another ARN. The record was read just now, by the frame.
 */
export const DeleteEventTracker: Task<WithPersonalize> = async (tools, record, { epoch }) => {
  const { eventTrackerArn, cleanup, trackerId } = record;
  if (cleanup === undefined || eventTrackerArn === undefined || record.adopted) return superseded(record);
  try {
    const answer = await tools.personalize.delete(eventTrackerArn);
    tools.log.info('DeleteEventTracker answered', { trackerId, epoch, answer });
    return result('WaitBeforeNextLook', record, waitSeconds(nextWaitMs(0), tools.random()));
  } catch (error) {
    if (!(error instanceof AccessDenied)) throw error;
    tools.log.warn('the role may not delete the event tracker', { trackerId, epoch, awsRequestId: error.awsRequestId });
    return result('WaitBeforeNextLook', record, waitSeconds(LONGEST_WAIT_MS, tools.random()));
  }
};

export const handler = lambdaTask(DeleteEventTracker, () => ({ personalize: personalizeGateway() }));
