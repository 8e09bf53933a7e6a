import type { Failure } from '../../events/contract.ts';
import { AccessDeniedError, UnexpectedResponseError } from '../gateways/aws-errors.ts';
import { judgeDatasetGroup } from '../tracker/dataset-group.ts';
import { decide, type ObservedTracker } from '../tracker/decide.ts';
import type { TrackerRequest } from '../tracker/desired-state.ts';
import { accessDenied, creationFailed, preflightRefused } from '../tracker/failures.ts';
import { callerTags, creatorOf } from '../tracker/ownership.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';
import { type RequestError, RequestRejected } from '../tracker/request-error.ts';
import type { WriteContext } from './context.ts';
import { problemOf } from './problem.ts';
import { isInProgress, resourceOf } from './resource.ts';
import { type DryRun, existingEventTracker } from './schemas.ts';

/** Refusals caused by the record's state, not by the caller. */
const FINDINGS: ReadonlySet<RequestError['reason']> = new Set([
  'NAME_CONFLICT',
  'TAGS_CONFLICT',
  'TOO_MANY_CALLBACKS',
  'NO_ROOM',
  'TOO_MANY_UNFINISHED',
]);

/**
 * What the request would come to, by the very decisions that would be made of it. Writes nothing, anywhere.
 * @param meet lets the request meet the record, or nothing, as in earnest: the record that it would leave
 * @throws RequestRejected DATASET_GROUP_NOT_ALLOWED, as in earnest: what is another tenant's must not be shown
 * @throws ThrottledError, UnknownOutcomeError (aws-errors.ts)
 */
export async function dryRun(
  context: WriteContext,
  wish: TrackerRequest,
  meet: (record: EventTrackerRecord | undefined) => Promise<EventTrackerRecord>,
): Promise<DryRun> {
  const before = await context.store.read(wish.trackerId);
  let after: EventTrackerRecord;
  try {
    after = await meet(before);
  } catch (error) {
    if (!(error instanceof RequestRejected) || !FINDINGS.has(error.refused.reason)) throw error;
    return refusedBy(error.refused);
  }
  try {
    return after.generation === before?.generation
      ? await metBy(context, before, after)
      : await requested(context, after);
  } catch (error) {
    if (error instanceof AccessDeniedError) return answer('FAIL', [accessDenied(error)]);
    if (error instanceof UnexpectedResponseError) {
      return answer('FAIL', [preflightRefused(error.operation, error.answer, error)]);
    }
    throw error;
  }
}

const answer = (outcome: DryRun['outcome'], findings: readonly Failure[] = [], more: Partial<DryRun> = {}): DryRun => ({
  wouldSucceed: findings.length === 0,
  outcome,
  findings: [...findings],
  ...more,
});

function refusedBy(refused: RequestError): DryRun {
  const { reason, detail, remedy, retryable = false, members = {} } = problemOf(refused);
  const finding = { code: reason, reason: detail, remedy, retryable };
  const existing = existingEventTracker.safeParse(members.existing);
  return existing.success ? answer('CONFLICT', [finding], { existing: existing.data }) : answer('FAIL', [finding]);
}

/** The record has what is asked for; the request would be answered by it. */
async function metBy(context: WriteContext, before: EventTrackerRecord, after: EventTrackerRecord): Promise<DryRun> {
  const adds = after.clientContext !== before.clientContext || after.waitForDatasetGroup !== before.waitForDatasetGroup;
  const outcome = adds ? 'UPDATE' : 'NOTHING_NEW';
  const more = { eventTracker: resourceOf(adds ? after : before, context.settings) };
  const isToBeChecked = isInProgress(after) && after.eventTrackerArn === undefined;
  const { findings = [], ...waits } = isToBeChecked ? await preflight(context, after) : {};
  return answer(outcome, findings, { ...more, ...waits });
}

/** A request that would be new, as it would be decided on once all that Personalize has can be seen. */
async function requested(context: WriteContext, after: EventTrackerRecord): Promise<DryRun> {
  const { personalize, settings, now } = context;
  const listed = (await personalize.list(after.datasetGroupArn, after.trackerId)).filter(staysThere(after));
  const cleaned = { ...after, cleanup: undefined, eventTrackerArn: undefined, outbox: [] };
  const decision = decide(cleaned, { listed }, now() + settings.createInFlightMs, settings);
  switch (decision.do) {
    case 'recordObserved': {
      const { seen } = decision;
      if ('gone' in seen) break;
      return kept(seen.adopted ? 'ADOPT' : 'RESUME', listed.find(isOf(seen.eventTrackerArn)));
    }
    case 'recordActive':
      return kept('RESUME', listed.find(isOf(decision.eventTrackerArn)));
    case 'recordFailed': {
      const { failure } = decision;
      const theirs = listed.find(({ tagged }) => tagged === 'NOT_OURS' || tagged === 'UNREADABLE');
      return answer(failure.code === 'CONFLICT' ? 'CONFLICT' : 'FAIL', [failure], foundOf(theirs));
    }
    default:
  }
  const { findings, ...waits } = await preflight(context, after);
  return answer(findings.length > 0 ? 'FAIL' : 'CREATE', findings, waits);
}

/** Whether a tracker is there still once the pending cleanup has removed what is left of the last request. */
function staysThere({ cleanup, eventTrackerArn, missing }: EventTrackerRecord) {
  const isLeft = (seen: ObservedTracker) => seen.tagged === 'OURS' || seen.eventTrackerArn === eventTrackerArn;
  return (seen: ObservedTracker): boolean =>
    cleanup === undefined || !isLeft(seen) || seen.eventTrackerArn === missing?.eventTrackerArn;
}

const isOf = (arn: string) => (seen: ObservedTracker) => seen.eventTrackerArn === arn;

/** The tracker that is there would be the request's own; one that failed fails the request. */
const kept = (outcome: 'ADOPT' | 'RESUME', there: ObservedTracker | undefined): DryRun =>
  there?.status === 'CREATE FAILED'
    ? answer('FAIL', [creationFailed(there)], foundOf(there))
    : answer(outcome, [], foundOf(there));

function foundOf(there: ObservedTracker | undefined): Pick<DryRun, 'found'> {
  if (there === undefined) return {};
  const { eventTrackerArn, name, status, tags } = there;
  const deployment = tags && creatorOf(tags);
  const found = {
    eventTrackerArn,
    name,
    status,
    ...(tags && { tags: callerTags(tags) }),
    ...(deployment && { deployment }),
  };
  return { found };
}

async function preflight(
  { personalize }: WriteContext,
  record: EventTrackerRecord,
): Promise<{ findings: Failure[]; wouldWaitFor?: DryRun['wouldWaitFor'] }> {
  const verdict = judgeDatasetGroup(record, await personalize.describeDatasetGroup(record.datasetGroupArn));
  if (verdict.kind === 'failed') return { findings: [verdict.failure] };
  return { findings: [], ...(verdict.kind === 'waiting' && { wouldWaitFor: verdict.waitingFor }) };
}
