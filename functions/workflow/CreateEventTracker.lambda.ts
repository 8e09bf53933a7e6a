import type { Failure } from '../../events/contract.ts';
import { ThrottledError } from '../gateways/aws-errors.ts';
import type { CreateResult } from '../gateways/personalize.ts';
import { apply } from '../tracker/apply.ts';
import type { CallResult } from '../tracker/execution.ts';
import { accessDenied, datasetGroupMissing, refusedByPersonalize } from '../tracker/failures.ts';
import { FIRST_POLL_MS, waitSeconds } from '../tracker/pacing.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';
import { isRejected } from '../tracker/transition.ts';
import { pollWaitSeconds } from './admission.ts';
import { personalizeTask } from './composition.ts';
import { applyUntilSaved, observeAgain, type PersonalizeDependencies, type Task, taskResult } from './task.ts';

/** Both mean that the group has a tracker or is in use. AWS does not document which one the request for a second tracker gets. */
const OBSTRUCTIONS: ReadonlySet<string> = new Set(['ResourceAlreadyExistsException', 'ResourceInUseException']);

/**
 * Reserves the attempt and makes the call in one invocation: the marker is stored before the call is sent, and a retried task reserves
 * another attempt. After an unknown outcome, Observe finds out what happened.
 */
export const CreateEventTracker: Task<PersonalizeDependencies> = async (tools, before, { epoch }) => {
  const { store, personalize, settings, log } = tools;
  const permitted = apply(
    'reserveCreateAttempt',
    before,
    { now: tools.now(), epoch, generation: before.generation },
    settings,
  );
  if (isRejected(permitted)) return observeAgain(before);
  const record = await store.save(before, permitted);
  if (record === undefined) return observeAgain(before);
  const { trackerId, attempt } = record;

  const answer = await personalize.create(record);
  log.info('CreateEventTracker answered', { trackerId, epoch, attempt, answer: answer.kind });
  const callResult = callResultOf(answer);
  if (callResult === undefined)
    return taskResult('WaitBeforeNextPoll', record, waitSeconds(FIRST_POLL_MS, tools.random()));

  const recorded = await applyUntilSaved(tools, trackerId, 'recordCallResult', {
    now: tools.now(),
    attempt,
    result: callResult,
  });
  if (answer.kind === 'throttled') throw new ThrottledError('CreateEventTracker');
  const failure = failureOf(answer, record);
  if (failure !== undefined) {
    const owner = { now: tools.now(), epoch, generation: record.generation };
    const failed = apply('recordFailed', recorded, { ...owner, failure }, settings);
    if (!isRejected(failed)) await store.save(recorded, failed);
    return observeAgain(record);
  }
  // Created: the first poll comes after FIRST_POLL_MS. Refused because of an existing tracker: that one can be observed immediately.
  return answer.kind === 'created'
    ? taskResult('WaitBeforeNextPoll', record, await pollWaitSeconds(tools, recorded, FIRST_POLL_MS, 'created'))
    : observeAgain(record);
};

/** The response as a fact for the record; undefined if the outcome is unknown. */
function callResultOf(answer: CreateResult): CallResult | undefined {
  switch (answer.kind) {
    case 'unknown':
      return undefined;
    case 'created':
    case 'throttled':
      return answer;
    case 'denied':
      return { kind: 'refused' };
    case 'refused':
      return OBSTRUCTIONS.has(answer.awsError)
        ? { kind: 'obstructed', code: answer.awsError, awsRequestId: answer.awsRequestId }
        : { kind: 'refused' };
  }
}

/** The failure, if waiting cannot change the refusal. */
function failureOf(answer: CreateResult, { datasetGroupArn }: EventTrackerRecord): Failure | undefined {
  if (answer.kind === 'denied') {
    return accessDenied(answer);
  }
  if (answer.kind !== 'refused' || OBSTRUCTIONS.has(answer.awsError)) return undefined;
  // The group existed in the preflight, and the call names nothing else.
  return answer.awsError === 'ResourceNotFoundException'
    ? datasetGroupMissing(datasetGroupArn, answer)
    : refusedByPersonalize(answer.message, answer);
}

export const handler = personalizeTask(CreateEventTracker);
