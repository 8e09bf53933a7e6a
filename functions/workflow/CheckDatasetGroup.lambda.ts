import { AccessDeniedError, denialOf } from '../gateways/aws-errors.ts';
import { apply } from '../tracker/apply.ts';
import { decidePreflight, type PreflightDecision } from '../tracker/dataset-group.ts';
import { accessDenied } from '../tracker/failures.ts';
import { waitSeconds } from '../tracker/pacing.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';
import { isRejected, type Owner, type TransitionResult } from '../tracker/transition.ts';
import { personalizeTask } from './composition.ts';
import { observeAgain, type PersonalizeDependencies, type Task, type TaskDependencies, taskResult } from './task.ts';

/**
 * The preflight, once per generation. It finds out why a tracker could not be created, which Personalize would not say.
 * `decidePreflight` decides whether to wait for a dataset group that is not ready.
 */
export const CheckDatasetGroup: Task<PersonalizeDependencies> = async (tools, record, { epoch }) => {
  const { store, log } = tools;
  // Read before the poll, as in Observe.
  const now = tools.now();
  const decision = await preflight(tools, record, now);
  const owner = { now: tools.now(), epoch, generation: record.generation };
  const after = recorded(tools, record, decision, owner);
  // Unchanged since the last poll: runTask renews the lease for the wait.
  const isKnown = decision.do === 'WaitBeforeNextPoll' && isRejected(after) && after.rejected === 'ALREADY_RECORDED';
  if (!isKnown && (isRejected(after) || !(await store.save(record, after)))) return observeAgain(record);
  log.info(LOG_MESSAGES[decision.do], {
    trackerId: record.trackerId,
    epoch,
    ...('failure' in decision && { code: decision.failure.code }),
    ...('waitingFor' in decision && { waitingFor: decision.waitingFor }),
  });
  // Observe decides: after a failure there may be something to clean up, after a success the create is next.
  if (decision.do !== 'WaitBeforeNextPoll') return taskResult('ObserveAgain', record);
  // Observe chooses the preflight before the outbox is published: waiting for a group must not delay events.
  if (record.outbox.length > 0) return taskResult('PublishEvents', record);
  return taskResult('WaitBeforeNextPoll', record, waitSeconds(decision.waitMs, tools.random()));
};

const LOG_MESSAGES: Readonly<Record<PreflightDecision['do'], string>> = {
  recordChecked: 'preflight passed',
  recordFailed: 'preflight failed',
  WaitBeforeNextPoll: 'the dataset group is not ready',
};

async function preflight(
  { personalize, settings }: PersonalizeDependencies,
  record: EventTrackerRecord,
  now: number,
): Promise<PreflightDecision> {
  try {
    return decidePreflight(record, await personalize.describeDatasetGroup(record.datasetGroupArn), now, settings);
  } catch (error) {
    if (error instanceof AccessDeniedError) return { do: 'recordFailed', failure: accessDenied(denialOf(error)) };
    throw error;
  }
}

function recorded(
  { settings }: TaskDependencies,
  record: EventTrackerRecord,
  decision: PreflightDecision,
  owner: Owner,
): TransitionResult {
  switch (decision.do) {
    case 'recordChecked':
      return apply('recordChecked', record, owner, settings);
    case 'recordFailed':
      return apply('recordFailed', record, { ...owner, failure: decision.failure }, settings);
    case 'WaitBeforeNextPoll':
      return apply('recordWaiting', record, { ...owner, waitingFor: decision.waitingFor }, settings);
  }
}

export const handler = personalizeTask(CheckDatasetGroup);
