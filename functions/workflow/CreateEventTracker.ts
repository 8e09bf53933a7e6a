import type { Failure } from '../../events/contract.ts';
import { Throttled } from '../gateways/faults.ts';
import type { CreateAnswer } from '../gateways/personalize.ts';
import { apply } from '../tracker/apply.ts';
import type { CallResult } from '../tracker/execution.ts';
import { accessDenied, datasetGroupMissing, refusedByPersonalize } from '../tracker/failures.ts';
import { FIRST_LOOK_MS, waitSeconds } from '../tracker/pacing.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';
import { isRefused } from '../tracker/verb.ts';
import { lambdaTask, personalizeGateway } from './environment.ts';
import { recordFact, result, superseded, type Task, type WithPersonalize } from './task.ts';

/** Both say that something is in the way on the group; unpublished which of them a second tracker meets. */
const OBSTRUCTIONS: ReadonlySet<string> = new Set(['ResourceAlreadyExistsException', 'ResourceInUseException']);

/**
 * Permission and call in one invocation: the marker is durable before the call leaves, and a retried task asks for
 * permission again. An answer that did not come is looked for by Observe.
 */
export const CreateEventTracker: Task<WithPersonalize> = async (tools, before, { epoch }) => {
  const { store, personalize, settings, log } = tools;
  const permitted = apply('beginCreate', before, { now: tools.now(), epoch, generation: before.generation }, settings);
  if (isRefused(permitted)) return superseded(before);
  const record = await store.save(before, permitted);
  if (record === undefined) return superseded(before);
  const { trackerId, attempt } = record;

  const answer = await personalize.create(record);
  log.info('CreateEventTracker answered', { trackerId, epoch, attempt, answer: answer.kind });
  const callResult = callResultOf(answer);
  if (callResult === undefined) return result('WaitBeforeNextLook', record, waitSeconds(FIRST_LOOK_MS, tools.random()));

  const recorded = await recordFact(tools, trackerId, 'recordCallResult', {
    now: tools.now(),
    attempt,
    result: callResult,
  });
  if (answer.kind === 'throttled') throw new Throttled('CreateEventTracker');
  const failure = failureOf(answer, record);
  if (failure !== undefined) {
    const owner = { now: tools.now(), epoch, generation: record.generation };
    const failed = apply('recordFailed', recorded, { ...owner, failure }, settings);
    if (!isRefused(failed)) await store.save(recorded, failed);
    return superseded(record);
  }
  // Created: the first look comes after FIRST_LOOK_MS. In the way: what is there decides, and can be seen at once.
  return answer.kind === 'created'
    ? result('WaitBeforeNextLook', record, waitSeconds(FIRST_LOOK_MS, tools.random()))
    : superseded(record);
};

/** The answer as a fact for the record; nothing, where it is unknown what happened. */
function callResultOf(answer: CreateAnswer): CallResult | undefined {
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

/** A refusal that no waiting mends. */
function failureOf(answer: CreateAnswer, { datasetGroupArn }: EventTrackerRecord): Failure | undefined {
  if (answer.kind === 'denied') {
    return accessDenied({ operation: 'CreateEventTracker', awsRequestId: answer.awsRequestId });
  }
  if (answer.kind !== 'refused' || OBSTRUCTIONS.has(answer.awsError)) return undefined;
  // The group was there in the preflight, and is the one thing that the call names.
  return answer.awsError === 'ResourceNotFoundException'
    ? datasetGroupMissing(datasetGroupArn, answer)
    : refusedByPersonalize(answer.message, answer);
}

export const handler = lambdaTask(CreateEventTracker, () => ({ personalize: personalizeGateway() }));
