import { conflict, noInteractionsDataset } from '../tracker/failures.ts';
import { trackerIdOf } from '../tracker/identity.ts';
import type { WaitingFor } from '../tracker/waiting-for.ts';
import type { OperationResource } from './operations.ts';
import { type EventTrackerSummary, summaryOf } from './queries.ts';
import type { DryRun, EventTrackerResource } from './resource-schemas.ts';
import type { DeploymentScope } from './schemas.ts';

const groupOf = ({ partition, region, accountId }: DeploymentScope, name: string): string =>
  `arn:${partition}:personalize:${region}:${accountId}:dataset-group/${name}`;

/** Requests that a tenant `acme` may send. A test sends them to a running deployment. */
export function exampleRequests(home: DeploymentScope) {
  return {
    create: {
      name: 'shop',
      datasetGroupArn: groupOf(home, 'acme-shop'),
      tags: [{ tagKey: 'team', tagValue: 'web' }],
    },
    update: { tags: [{ tagKey: 'team', tagValue: 'search' }], clientContext: null },
    /** Belongs to another tenant, and is rejected. */
    foreign: { name: 'shop', datasetGroupArn: groupOf(home, 'umbrella-shop') },
    putEvents: {
      sessionId: 'session-1',
      userId: 'user-1',
      eventList: [{ eventType: 'view', sentAt: '2026-11-23T12:00:00Z', itemId: 'item-1', eventValue: 3.5 }],
    },
  };
}

/** The event tracker of those requests, in several states. */
export function exampleResources(
  home: DeploymentScope,
): Record<'pending' | 'active' | 'updating' | 'failed' | 'deleting' | 'deleted', EventTrackerResource> {
  const { create, update } = exampleRequests(home);
  const { partition, region, accountId } = home;
  const requested = {
    trackerId: trackerIdOf(create.datasetGroupArn),
    ...create,
    tenantId: 'acme',
    generation: 1,
    creationDateTime: '2026-11-23T12:00:00.000Z',
  };
  const created = {
    ...requested,
    eventTrackerArn: `arn:${partition}:personalize:${region}:${accountId}:event-tracker/d2e7ccdc`,
  };
  const progress = (waitingFor: WaitingFor, nextPollAt: string) => ({ waitingFor, attempt: 1, nextPollAt });
  return {
    pending: {
      ...created,
      status: 'CREATE PENDING',
      progress: progress('creation', '2026-11-23T12:00:06.000Z'),
      lastUpdatedDateTime: '2026-11-23T12:00:01.000Z',
    },
    active: {
      ...created,
      status: 'ACTIVE',
      trackingId: 'c0a1b2c3-0000-4000-8000-1234567890ab',
      lastUpdatedDateTime: '2026-11-23T12:00:11.000Z',
    },
    updating: {
      ...created,
      status: 'ACTIVE',
      generation: 2,
      trackingId: 'c0a1b2c3-0000-4000-8000-1234567890ab',
      desiredTags: update.tags,
      progress: { waitingFor: 'tag-update', attempt: 0, nextPollAt: '2026-11-23T12:30:02.000Z' },
      lastUpdatedDateTime: '2026-11-23T12:30:00.000Z',
    },
    failed: {
      ...requested,
      status: 'CREATE FAILED',
      failure: noInteractionsDataset(create.datasetGroupArn),
      lastUpdatedDateTime: '2026-11-23T12:00:01.000Z',
    },
    deleting: {
      ...created,
      status: 'DELETE PENDING',
      generation: 2,
      progress: progress('deletion', '2026-11-23T13:00:05.000Z'),
      lastUpdatedDateTime: '2026-11-23T13:00:00.000Z',
    },
    deleted: { ...requested, status: 'DELETED', generation: 2, lastUpdatedDateTime: '2026-11-23T13:00:05.000Z' },
  };
}

/** Responses to dry runs of the create request. */
export function exampleDryRuns(home: DeploymentScope): Readonly<Record<string, DryRun>> {
  const { active, failed } = exampleResources(home);
  const { partition, region, accountId } = home;
  const found = {
    eventTrackerArn: `arn:${partition}:personalize:${region}:${accountId}:event-tracker/f2c9d4aa`,
    name: 'theirs',
    status: 'ACTIVE',
    tags: [{ tagKey: 'owner', tagValue: 'team-x' }],
  };
  const creator = { ...found, deployment: 'prod' };
  return {
    dryRunCreate: { wouldSucceed: true, outcome: 'CREATE', findings: [] },
    dryRunNothingNew: { wouldSucceed: true, outcome: 'NOTHING_NEW', findings: [], eventTracker: active },
    dryRunAdopt: { wouldSucceed: true, outcome: 'ADOPT', findings: [], found },
    dryRunConflict: { wouldSucceed: false, outcome: 'CONFLICT', findings: [conflict(creator)], found: creator },
    dryRunFail: { wouldSucceed: false, outcome: 'FAIL', findings: failed.failure ? [failed.failure] : [] },
  };
}

/** A summary of three tenants' event trackers. */
export const exampleSummary = (): EventTrackerSummary =>
  summaryOf([
    { status: 'ACTIVE', count: 480 },
    { status: 'CREATE IN_PROGRESS', count: 3 },
    { status: 'CREATE FAILED', failureCode: 'ACCESS_DENIED', count: 17 },
  ]);

/** An operation that retries 500 event trackers, in two states. */
export function exampleOperations(): Readonly<Record<'pending' | 'running', OperationResource>> {
  const pending: OperationResource = {
    operationId: 'op-mzxw6ytboi4tqmzrgq2dmnzzga',
    type: 'RETRY',
    status: 'PENDING',
    filter: { failureCodes: ['ACCESS_DENIED'], limit: 10_000 },
    counts: { matched: 0, retried: 0, skipped: 0, failed: 0, remaining: 0 },
    failures: [],
    creationDateTime: '2026-11-23T12:00:00.000Z',
    lastUpdatedDateTime: '2026-11-23T12:00:00.000Z',
  };
  return {
    pending,
    running: {
      ...pending,
      status: 'RUNNING',
      counts: { matched: 500, retried: 118, skipped: 2, failed: 0, remaining: 380 },
      lastUpdatedDateTime: '2026-11-23T12:08:00.000Z',
    },
  };
}
