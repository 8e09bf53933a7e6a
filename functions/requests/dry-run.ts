import {
  AccessDeniedError,
  denialOf,
  ThrottledError,
  UnexpectedResponseError,
  UnknownOutcomeError,
} from '../gateways/aws-errors.ts';
import { judgeDatasetGroup } from '../tracker/dataset-group.ts';
import { decide } from '../tracker/decide.ts';
import type { TrackerRequest } from '../tracker/desired-state.ts';
import { accessDenied, creationFailed, preflightRefused } from '../tracker/failures.ts';
import type { ObservedTracker } from '../tracker/observation.ts';
import { callerTags } from '../tracker/ownership.ts';
import { type EventTrackerRecord, isInProgress } from '../tracker/record.ts';
import { type RequestError, RequestRejected } from '../tracker/request-error.ts';
import { createAllowance } from './allowance.ts';
import type { DryRunContext } from './dependencies.ts';
import type { DryRunResult } from './dry-run-result.ts';
import { recordWith } from './request-event-tracker.ts';

/** Refusals caused by the record's state, not by the caller. */
const FINDINGS: ReadonlySet<RequestError['reason']> = new Set([
  'NAME_CONFLICT',
  'TAGS_CONFLICT',
  'TOO_MANY_CALLBACKS',
  'NO_ROOM',
  'TOO_MANY_UNFINISHED',
]);

/**
 * What the request would do, according to the same functions that decide about real requests. Writes nothing.
 * @throws RequestRejected DATASET_GROUP_NOT_ALLOWED, like a real request: another tenant's record must not be shown; THROTTLED
 */
export async function dryRunWith(context: DryRunContext, request: TrackerRequest): Promise<DryRunResult> {
  const before = await context.store.read(request.trackerId);
  let after: EventTrackerRecord;
  try {
    const allowance = createAllowance(context.store, context.features);
    after = await recordWith({ ...context, allowance }, request, before);
  } catch (error) {
    if (!(error instanceof RequestRejected) || !FINDINGS.has(error.refused.reason)) throw error;
    return { outcome: 'existing' in error.refused ? 'CONFLICT' : 'FAIL', findings: [], refused: error.refused };
  }
  try {
    return after.generation === before?.generation
      ? await metBy(context, before, after)
      : await requested(context, after);
  } catch (error) {
    if (error instanceof AccessDeniedError) return { outcome: 'FAIL', findings: [accessDenied(denialOf(error))] };
    if (error instanceof UnexpectedResponseError) {
      return { outcome: 'FAIL', findings: [preflightRefused(error.operation, error.answer, error)] };
    }
    if (error instanceof ThrottledError || error instanceof UnknownOutcomeError) {
      throw new RequestRejected({ reason: 'THROTTLED' });
    }
    throw error;
  }
}

/** The record already has the requested state. */
async function metBy(
  context: DryRunContext,
  before: EventTrackerRecord,
  after: EventTrackerRecord,
): Promise<DryRunResult> {
  const adds = after.clientContext !== before.clientContext || after.waitForDatasetGroup !== before.waitForDatasetGroup;
  const isToBeChecked = isInProgress(after) && after.eventTrackerArn === undefined;
  const checked = isToBeChecked ? await preflight(context, after) : { findings: [] };
  return adds
    ? { outcome: 'UPDATE', record: after, ...checked }
    : { outcome: 'NOTHING_NEW', record: before, ...checked };
}

/** A new generation, decided as if Personalize showed the result of every earlier call. */
async function requested(context: DryRunContext, after: EventTrackerRecord): Promise<DryRunResult> {
  const { personalizeOf, settings, now } = context;
  const personalize = personalizeOf(after);
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
      return {
        outcome: failure.code === 'CONFLICT' ? 'CONFLICT' : 'FAIL',
        findings: [failure],
        ...foundOf(theirs),
      };
    }
    default:
  }
  const checked = await preflight(context, after);
  return { outcome: checked.findings.length > 0 ? 'FAIL' : 'CREATE', ...checked };
}

/** Whether an event tracker still exists after the pending cleanup. */
function staysThere({ cleanup, eventTrackerArn, missing }: EventTrackerRecord) {
  const isLeft = (seen: ObservedTracker) => seen.tagged === 'OURS' || seen.eventTrackerArn === eventTrackerArn;
  return (seen: ObservedTracker): boolean =>
    cleanup === undefined || !isLeft(seen) || seen.eventTrackerArn === missing?.eventTrackerArn;
}

const isOf = (arn: string) => (seen: ObservedTracker) => seen.eventTrackerArn === arn;

/** The existing event tracker would become that of the request; if it is CREATE FAILED, so is the request. */
const kept = (outcome: 'ADOPT' | 'RESUME', there: ObservedTracker | undefined): DryRunResult =>
  there?.status === 'CREATE FAILED'
    ? { outcome: 'FAIL', findings: [creationFailed(there)], ...foundOf(there) }
    : { outcome, findings: [], ...foundOf(there) };

function foundOf(there: ObservedTracker | undefined): Pick<DryRunResult, 'found'> {
  if (there === undefined) return {};
  const { eventTrackerArn, name, status, tags, anotherDeployment } = there;
  const found = {
    eventTrackerArn,
    name,
    status,
    ...(tags && { tags: callerTags(tags) }),
    ...(anotherDeployment !== undefined && { deployment: anotherDeployment }),
  };
  return { found };
}

async function preflight(
  { personalizeOf }: DryRunContext,
  record: EventTrackerRecord,
): Promise<Pick<DryRunResult, 'findings' | 'wouldWaitFor'>> {
  const personalize = personalizeOf(record);
  const verdict = judgeDatasetGroup(record, await personalize.describeDatasetGroup(record.datasetGroupArn));
  if (verdict.kind === 'failed') return { findings: [verdict.failure] };
  return { findings: [], ...(verdict.kind === 'waiting' && { wouldWaitFor: verdict.waitingFor }) };
}
