import { AccessDeniedError, denialOf, ThrottledError, UnexpectedResponseError } from '../gateways/aws-errors.ts';
import { apply } from '../tracker/apply.ts';
import { accessDenied, isRequestFault, tagsOfAnotherDeployment, tagsRefused } from '../tracker/failures.ts';
import { nextWaitMs, waitSeconds } from '../tracker/pacing.ts';
import { type EventTrackerRecord, isUpdating, type Tag } from '../tracker/record.ts';
import { planTags, type TagCallResult, type TagPlan } from '../tracker/tag-update.ts';
import { isRejected } from '../tracker/transition.ts';
import { personalizeTask } from './composition.ts';
import { applyUntilSaved, observeAgain, type PersonalizeDependencies, type Task, taskResult } from './task.ts';

/**
 * Gives the recorded tracker its requested tags: reads them, reserves the calls, and makes them in the same invocation. What they were
 * answered with is a fact; whether they took effect, Observe finds out from the tags. Each call may be repeated.
 */
export const UpdateTags: Task<PersonalizeDependencies> = async (tools, before, { epoch }) => {
  const { store, settings, log } = tools;
  const { trackerId, generation, eventTrackerArn } = before;
  if (!isUpdating(before) || eventTrackerArn === undefined) return observeAgain(before);
  const read = await callersTags(tools.personalize, before, eventTrackerArn);
  let at: number | undefined;
  let result: TagCallResult;
  if ('tags' in read) {
    const now = tools.now();
    const reserved = apply('reserveTagCall', before, { now, epoch, generation }, settings);
    const record = isRejected(reserved) ? undefined : await store.save(before, reserved);
    if (record === undefined) return observeAgain(before);
    at = now;
    result = await change(tools, eventTrackerArn, planTags(record, read.tags));
  } else {
    result = read;
  }
  log.info('the tags were changed', { trackerId, epoch, answer: result.kind });
  const facts = { now: tools.now(), generation, at, result };
  const record = await applyUntilSaved(tools, trackerId, 'recordTagCallResult', facts);
  if (result.kind === 'throttled') throw new ThrottledError('TagResource');
  if (result.kind !== 'refused') return observeAgain(before);
  log.warn('the change of tags is refused', { trackerId, epoch, ...result.refusal });
  // Observe chooses this before the outbox is published: a change that is refused for long must not delay events.
  if (record.outbox.length > 0) return taskResult('PublishEvents', record);
  const waitMs = nextWaitMs(tools.now() - (record.tagUpdate?.since ?? tools.now()));
  return taskResult('WaitBeforeNextPoll', before, waitSeconds(waitMs, tools.random()));
};

type Personalize = PersonalizeDependencies['personalize'];

/** The callers' tags that the tracker has, or why they are not to be changed now. */
async function callersTags(
  personalize: Personalize,
  { trackerId }: EventTrackerRecord,
  eventTrackerArn: string,
): Promise<{ tags: readonly Tag[] } | TagCallResult> {
  const operation = 'ListTagsForResource';
  try {
    const read = await personalize.readTags(eventTrackerArn, trackerId);
    if (read === 'NOT_FOUND') {
      return { kind: 'refused', refusal: { operation, awsError: 'ResourceNotFoundException' } };
    }
    const { anotherDeployment, tags } = read;
    return anotherDeployment === undefined
      ? { tags }
      : { kind: 'failed', failure: tagsOfAnotherDeployment(eventTrackerArn, anotherDeployment) };
  } catch (error) {
    return resultOf(error);
  }
}

/** UntagResource, then TagResource, as far as there is something to change. A throttle is an answer: nothing happened. */
async function change(
  { personalize }: PersonalizeDependencies,
  eventTrackerArn: string,
  { untag, tag }: TagPlan,
): Promise<TagCallResult> {
  try {
    if (untag.length > 0) await personalize.untag(eventTrackerArn, untag);
    if (tag.length > 0) await personalize.tag(eventTrackerArn, tag);
    return { kind: 'accepted' };
  } catch (error) {
    return error instanceof ThrottledError ? { kind: 'throttled' } : resultOf(error);
  }
}

/** @throws the error itself, if it is no answer of Personalize: the state machine repeats the task */
function resultOf(error: unknown): TagCallResult {
  if (error instanceof AccessDeniedError) return { kind: 'failed', failure: accessDenied(denialOf(error)) };
  if (!(error instanceof UnexpectedResponseError)) throw error;
  const { operation, answer, awsError = answer, awsRequestId } = error;
  const refusal = { operation, awsError, ...(awsRequestId && { awsRequestId }) };
  return isRequestFault(error)
    ? { kind: 'failed', failure: tagsRefused(error.message, refusal) }
    : { kind: 'refused', refusal };
}

export const handler = personalizeTask(UpdateTags);
