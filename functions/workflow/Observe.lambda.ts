import { governorGateway } from '../composition.ts';
import { AccessDeniedError, denialOf, UnexpectedResponseError } from '../gateways/aws-errors.ts';
import { apply } from '../tracker/apply.ts';
import { decide } from '../tracker/decide.ts';
import type { Decision } from '../tracker/decision.ts';
import { isUnusable, needsObservation, type Observation } from '../tracker/observation.ts';
import { type EventTrackerRecord, isHandedOver, isUpdating } from '../tracker/record.ts';
import { recordDecision } from '../tracker/record-decision.ts';
import { isRejected, type Owner } from '../tracker/transition.ts';
import type { WaitingFor } from '../tracker/waiting-for.ts';
import { pollWaitSeconds, putOffPoll, requestAdmission } from './admission.ts';
import { personalizeTask } from './composition.ts';
import {
  applyUntilSaved,
  observeAgain,
  type PersonalizeDependencies,
  type Task,
  type TaskAnswer,
  type TaskDependencies,
  taskResult,
} from './task.ts';

/**
 * Observes Personalize, records the observation, and returns what to do next. The observation and the heartbeat are one write; if
 * anybody has written since the read, nothing is written and the next round starts over.
 */
export const Observe: Task<PersonalizeDependencies> = async (tools, before, { epoch, round }) => {
  const { settings, store, log } = tools;
  if (round > settings.maxRounds) return handOver(tools, before, epoch);
  // Read before the observation: see decide.
  const now = tools.now();
  const turn = await requestAdmission(tools, before, epoch, now);
  if ('answer' in turn) return turn.answer;
  let record = turn.record;
  let observation: Observation;
  try {
    observation = await observePersonalize(tools, record);
  } catch (error) {
    const putOff = await putOffPoll(tools, before, epoch, error);
    if (putOff === undefined) throw error;
    return putOff;
  }
  if (observation.unreadable) {
    const { trackerId, unreadableSince } = before;
    log.warn('Personalize answered with an unreadable response', {
      trackerId,
      epoch,
      ...observation.unreadable,
      since: unreadableSince,
    });
  }
  // A caller who waits for a tracker gets a failure. A deletion goes on; this line shows an operator why it does not end.
  if (observation.denied) {
    log.warn('access to Personalize is denied', { trackerId: before.trackerId, epoch, ...observation.denied });
  }
  const owner: Owner = { now, epoch, generation: before.generation };

  let decision = decide(record, observation, now, settings);
  for (let after = recorded(tools, record, decision, owner); after; ) {
    log.info(decision.do, {
      trackerId: record.trackerId,
      epoch,
      status: after.status,
      cause: after.history.at(-1)?.cause,
    });
    record = after;
    decision = decide(record, observation, now, settings);
    after = recorded(tools, record, decision, owner);
  }

  const seconds =
    decision.do === 'WaitBeforeNextPoll' ? await pollWaitSeconds(tools, record, decision.waitMs) : NO_WAIT;
  const deleting = decision.do === 'DeleteEventTracker';
  const alive = apply(
    'heartbeat',
    record,
    {
      ...owner,
      nextPollAt: tools.now() + seconds * 1000,
      deleting,
      waitingFor: waitingFor(decision, record),
      unreadable: isUnusable(observation),
    },
    settings,
  );
  if (!isRejected(alive)) record = alive;
  if (record !== before && !(await store.save(before, record))) return observeAgain(before);
  return taskResult(actionOf(decision), record, seconds);
};

/** The state machine reads a number also where it does not wait. */
const NO_WAIT = 1;

/** Ends this execution successfully. The sweeper starts the next one. */
async function handOver(
  tools: TaskDependencies,
  { trackerId }: EventTrackerRecord,
  epoch: number,
): Promise<TaskAnswer> {
  const record = await applyUntilSaved(tools, trackerId, 'handOver', { now: tools.now(), epoch });
  if (!isHandedOver(record)) return taskResult('Done', record);
  tools.log.info('hands over to the next execution', { trackerId, epoch });
  return taskResult('HandOver', record);
}

/**
 * The record with what the decision records; undefined if the decision records nothing.
 * @throws Error if the transition does not apply: each recording changes the next decision, so this would be a loop
 */
function recorded(
  { settings }: TaskDependencies,
  record: EventTrackerRecord,
  decision: Decision,
  owner: Owner,
): EventTrackerRecord | undefined {
  const applied = recordDecision(apply, record, decision, owner, settings);
  if (applied && isRejected(applied)) {
    throw new Error(`${decision.do} was decided on and does not apply: ${applied.rejected}`);
  }
  return applied;
}

function actionOf(decision: Decision) {
  switch (decision.do) {
    case 'CheckDatasetGroup':
    case 'CreateEventTracker':
    case 'DeleteEventTracker':
    case 'UpdateTags':
    case 'PublishEvents':
    case 'WaitBeforeNextPoll':
    case 'Done':
      return decision.do;
    default:
      throw new Error(`${decision.do} is recorded, not acted upon`);
  }
}

/** What `progress.waitingFor` shows. */
function waitingFor(decision: Decision, record: EventTrackerRecord): WaitingFor {
  switch (decision.do) {
    case 'WaitBeforeNextPoll':
      return decision.waitingFor;
    case 'CheckDatasetGroup':
      return record.preflightWait?.for ?? 'preflight';
    case 'DeleteEventTracker':
      return 'deletion';
    case 'UpdateTags':
      return 'tag-update';
    default:
      return 'creation';
  }
}

/**
 * Describes the recorded tracker. Lists the trackers of the group if none is recorded, or the recorded one is not found. Calls nothing if
 * the decision does not depend on it.
 */
async function observePersonalize(
  { personalize }: PersonalizeDependencies,
  record: EventTrackerRecord,
): Promise<Observation> {
  if (!needsObservation(record)) return {};
  try {
    if (isUpdating(record)) return await observeTags(personalize, record);
    if (record.eventTrackerArn === undefined) {
      return { listed: await personalize.list(record.datasetGroupArn, record.trackerId) };
    }
    const described = await personalize.describe(record.eventTrackerArn);
    if (described !== 'NOT_FOUND') return { described };
    return { described, listed: await personalize.list(record.datasetGroupArn, record.trackerId) };
  } catch (error) {
    if (error instanceof UnexpectedResponseError) {
      const { operation, answer, awsError, awsRequestId } = error;
      return {
        unreadable: { operation, answer, ...(awsError && { awsError }), ...(awsRequestId && { awsRequestId }) },
      };
    }
    if (!(error instanceof AccessDeniedError)) throw error;
    return { denied: denialOf(error) };
  }
}

/** The callers' tags, twice: one read may be older than our calls. Before those are answered, there is nothing to see. */
async function observeTags(
  personalize: PersonalizeDependencies['personalize'],
  { trackerId, eventTrackerArn, tagUpdate }: EventTrackerRecord,
): Promise<Observation> {
  if (tagUpdate === undefined || eventTrackerArn === undefined) return {};
  const reads = [
    await personalize.readTags(eventTrackerArn, trackerId),
    await personalize.readTags(eventTrackerArn, trackerId),
  ];
  return { callerTags: reads.map((read) => (read === 'NOT_FOUND' ? read : read.tags)) };
}

export const handler = personalizeTask(Observe, governorGateway);
