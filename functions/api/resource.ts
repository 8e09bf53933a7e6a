import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { actualOf } from '../tracker/name-and-tags.ts';
import { FIRST_POLL_MS, nextWaitMs } from '../tracker/pacing.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';
import type { LifecycleSettings } from '../tracker/settings.ts';
import type { EventTrackerResource } from './schemas.ts';

export type { EventTrackerResource };

/** The record as the API shows it. Times are ISO 8601, UTC. */
export function resourceOf(record: EventTrackerRecord, settings: LifecycleSettings): EventTrackerResource {
  const { eventTrackerArn, trackingId, clientContext, waitForDatasetGroup, failure, adopted } = record;
  const { name, tags } = actualOf(record);
  return {
    trackerId: record.trackerId,
    name,
    datasetGroupArn: record.datasetGroupArn,
    tenantId: record.tenantId,
    status: record.status,
    generation: record.generation,
    ...(eventTrackerArn && { eventTrackerArn }),
    // Only while ACTIVE: before, Personalize would refuse it.
    ...(record.status === 'ACTIVE' && trackingId && { trackingId }),
    tags: [...tags],
    ...(clientContext !== undefined && { clientContext }),
    ...(waitForDatasetGroup && { waitForDatasetGroup }),
    ...(failure && { failure }),
    ...(isInProgress(record) && { progress: progressOf(record, settings) }),
    ...(adopted && { adopted }),
    creationDateTime: new Date(record.creationDateTime).toISOString(),
    lastUpdatedDateTime: new Date(record.lastUpdatedDateTime).toISOString(),
  };
}

/** Why it is not done. `due` is a lease later than the next look, so that nobody takes over before. */
function progressOf(record: EventTrackerRecord, { leaseMs }: LifecycleSettings) {
  return {
    waitingFor: record.waitingFor ?? 'start',
    attempt: record.attempt - (record.attemptsBefore ?? 0),
    nextPollAt: new Date(Math.max(record.creationDateTime, record.due.at - leaseMs)).toISOString(),
  };
}

/** The resource's path. */
export const locationOf = ({ trackerId }: { trackerId: string }): string => `/event-trackers/${trackerId}`;

/** Whether the newest wish has its outcome; a cleanup that goes on behind a CREATE FAILED is none of the caller's. */
export const isInProgress = (record: EventTrackerRecord): boolean => record.observedGeneration < record.generation;

/** When it is worth asking again, in whole seconds: as long as the service itself waits before its next look. */
export function retryAfterSeconds(record: EventTrackerRecord, now: number): number {
  const since = record.createdAt ?? record.preflightWait?.since;
  const waitMs = since === undefined ? FIRST_POLL_MS : nextWaitMs(now - since);
  return Math.ceil(waitMs / 1000);
}

/**
 * The resource as an answer. A wish that was accepted is 202 while it has no outcome; a GET's is always 200. Both say when to ask
 * again while there is something to wait for.
 */
export function resourceResponse(
  record: EventTrackerRecord,
  { settings, now }: { readonly settings: LifecycleSettings; readonly now: () => number },
  { accepted }: { accepted: boolean },
): APIGatewayProxyStructuredResultV2 & { headers: Record<string, string>; body: string } {
  const waiting = isInProgress(record);
  return {
    statusCode: accepted && waiting ? 202 : 200,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...(accepted && { location: locationOf(record) }),
      ...(waiting && { 'retry-after': String(retryAfterSeconds(record, now())) }),
    },
    body: JSON.stringify(resourceOf(record, settings)),
  };
}
