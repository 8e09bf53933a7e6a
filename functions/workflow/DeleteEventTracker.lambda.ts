import { AccessDeniedError, denialOf, UnexpectedResponseError } from '../gateways/aws-errors.ts';
import { apply } from '../tracker/apply.ts';
import { isRemovalOverdue } from '../tracker/decide.ts';
import { accessDenied, removalDeadlinePassed } from '../tracker/failures.ts';
import { MAX_WAIT_MS, nextWaitMs } from '../tracker/pacing.ts';
import { isRejected } from '../tracker/transition.ts';
import { pollWaitSeconds } from './admission.ts';
import { personalizeTask } from './composition.ts';
import { observeAgain, type PersonalizeDependencies, type Task, taskResult } from './task.ts';

/**
 * Deletes the tracker that Observe recorded, and no other: however late the call takes effect, a tracker created after this one has
 * another ARN. If a deletion is refused for longer than the deadline, the request that waits for it fails; the cleanup stays pending.
 */
export const DeleteEventTracker: Task<PersonalizeDependencies> = async (tools, record, { epoch }) => {
  const { eventTrackerArn, cleanup, trackerId } = record;
  if (cleanup === undefined || eventTrackerArn === undefined || record.adopted) return observeAgain(record);
  const answer = await deletion(tools, eventTrackerArn);
  tools.log.info('DeleteEventTracker answered', { trackerId, epoch, answer: answer.kind });
  const now = tools.now();
  const { settings, store } = tools;
  const refused = answer.kind !== 'ACCEPTED' && answer.kind !== 'GONE';
  if (answer.kind === 'REFUSED') {
    // It is requested again, at last once a minute. This line shows an operator that it is stuck.
    const { message, awsError, awsRequestId } = answer.refusal;
    tools.log.warn('the deletion is refused', { trackerId, epoch, message, awsError, awsRequestId });
  }
  if (answer.kind === 'DENIED') {
    tools.log.warn('access to Personalize is denied', { trackerId, epoch, ...denialOf(answer.denied) });
  }
  if (refused && isRemovalOverdue(record, now, settings)) {
    const failure =
      answer.kind === 'DENIED'
        ? accessDenied(denialOf(answer.denied))
        : removalDeadlinePassed(eventTrackerArn, settings.deadlineMs, refusalOf(answer));
    const owner = { now, epoch, generation: record.generation };
    const failed = apply('recordFailed', record, { ...owner, failure }, settings);
    if (!isRejected(failed)) await store.save(record, failed);
    return observeAgain(record);
  }
  // Observe chooses a deletion before the outbox is published: one that is refused for ever must not delay events.
  if (refused && record.outbox.length > 0) return taskResult('PublishEvents', record);
  const waitMs = answer.kind === 'DENIED' ? MAX_WAIT_MS : nextWaitMs(refused ? now - record.lastUpdatedDateTime : 0);
  return taskResult('WaitBeforeNextPoll', record, await pollWaitSeconds(tools, record, waitMs));
};

type Answer =
  | { readonly kind: 'ACCEPTED' | 'GONE' | 'IN_USE' }
  | { readonly kind: 'DENIED'; readonly denied: AccessDeniedError }
  | { readonly kind: 'REFUSED'; readonly refusal: UnexpectedResponseError };

const refusalOf = (answer: Exclude<Answer, { kind: 'DENIED' }>) =>
  answer.kind === 'REFUSED' ? answer.refusal : { awsError: 'ResourceInUseException' };

async function deletion({ personalize }: PersonalizeDependencies, eventTrackerArn: string): Promise<Answer> {
  try {
    return { kind: await personalize.delete(eventTrackerArn) };
  } catch (error) {
    if (error instanceof AccessDeniedError) return { kind: 'DENIED', denied: error };
    if (error instanceof UnexpectedResponseError) return { kind: 'REFUSED', refusal: error };
    throw error;
  }
}

export const handler = personalizeTask(DeleteEventTracker);
