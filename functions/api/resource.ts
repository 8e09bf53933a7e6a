import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Failure } from '../../events/contract.ts';
import { FIRST_LOOK_MS, nextWaitMs } from '../tracker/pacing.ts';
import type { EventTrackerRecord, Status, Tag } from '../tracker/record.ts';

/** An event tracker as the API shows it. Times are ISO 8601, UTC. */
export interface EventTrackerResource {
  readonly trackerId: string;
  readonly name: string;
  readonly datasetGroupArn: string;
  readonly tenantId: string;
  readonly status: Status;
  readonly generation: number;
  readonly eventTrackerArn?: string;
  /** Only while ACTIVE: before, Personalize would refuse it. */
  readonly trackingId?: string;
  readonly tags: readonly Tag[];
  readonly clientContext?: string;
  readonly failure?: Failure;
  readonly adopted?: true;
  readonly creationDateTime: string;
  readonly lastUpdatedDateTime: string;
}

export function resourceOf(record: EventTrackerRecord): EventTrackerResource {
  const { eventTrackerArn, trackingId, clientContext, failure, adopted } = record;
  return {
    trackerId: record.trackerId,
    name: record.name,
    datasetGroupArn: record.datasetGroupArn,
    tenantId: record.tenantId,
    status: record.status,
    generation: record.generation,
    ...(eventTrackerArn && { eventTrackerArn }),
    ...(record.status === 'ACTIVE' && trackingId && { trackingId }),
    tags: record.tags,
    ...(clientContext !== undefined && { clientContext }),
    ...(failure && { failure }),
    ...(adopted && { adopted }),
    creationDateTime: new Date(record.creationDateTime).toISOString(),
    lastUpdatedDateTime: new Date(record.lastUpdatedDateTime).toISOString(),
  };
}

/** The resource's path. */
export const locationOf = ({ trackerId }: { trackerId: string }): string => `/event-trackers/${trackerId}`;

/** Whether the newest wish has its outcome; a cleanup that goes on behind a CREATE FAILED is none of the caller's. */
export const isInProgress = (record: EventTrackerRecord): boolean => record.observedGeneration < record.generation;

/** When it is worth asking again, in whole seconds: as long as the service itself waits before its next look. */
export function retryAfterSeconds(record: EventTrackerRecord, now: number): number {
  const waitMs = record.createdAt === undefined ? FIRST_LOOK_MS : nextWaitMs(now - record.createdAt);
  return Math.ceil(waitMs / 1000);
}

/**
 * The resource as an answer. A wish that was accepted is 202 while it has no outcome; a GET's is always 200. Both say when to ask
 * again while there is something to wait for.
 */
export function resourceAnswer(
  record: EventTrackerRecord,
  now: number,
  { accepted }: { accepted: boolean },
): APIGatewayProxyStructuredResultV2 {
  const waiting = isInProgress(record);
  return {
    statusCode: accepted && waiting ? 202 : 200,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...(accepted && { location: locationOf(record) }),
      ...(waiting && { 'retry-after': String(retryAfterSeconds(record, now)) }),
    },
    body: JSON.stringify(resourceOf(record)),
  };
}
