import { actualOf, areTagsRequested, sameTags } from '../tracker/name-and-tags.ts';
import { FIRST_POLL_MS, MAX_WAIT_MS, nextWaitMs } from '../tracker/pacing.ts';
import { type EventTrackerRecord, isInProgress, isUpdating } from '../tracker/record.ts';
import type { LifecycleSettings } from '../tracker/settings.ts';
import { entranceOf } from './entrance.ts';
import { type JsonResponse, jsonResponse } from './json-response.ts';
import type { ApiEvent } from './request.ts';
import type { EventTrackerResource } from './resource-schemas.ts';

export type { EventTrackerResource };

/** The record as the API returns it. Times are ISO 8601 in UTC. */
export function resourceOf(record: EventTrackerRecord, settings: LifecycleSettings): EventTrackerResource {
  const { eventTrackerArn, trackingId, clientContext, waitForDatasetGroup, failure, updateFailure, adopted } = record;
  const { name, tags } = actualOf(record);
  return {
    trackerId: record.trackerId,
    name,
    datasetGroupArn: record.datasetGroupArn,
    tenantId: record.tenantId,
    status: record.status,
    generation: record.generation,
    ...(eventTrackerArn && { eventTrackerArn }),
    // Before ACTIVE, Personalize rejects the tracking ID.
    ...(record.status === 'ACTIVE' && trackingId && { trackingId }),
    tags: [...tags],
    ...(clientContext !== undefined && { clientContext }),
    ...(waitForDatasetGroup && { waitForDatasetGroup }),
    ...(hasOtherTags(record) && { desiredTags: [...record.tags] }),
    ...(updateFailure && { updateFailure }),
    ...(failure && { failure }),
    ...(isInProgress(record) && { progress: progressOf(record, settings) }),
    ...(adopted && { adopted }),
    creationDateTime: new Date(record.creationDateTime).toISOString(),
    lastUpdatedDateTime: new Date(record.lastUpdatedDateTime).toISOString(),
  };
}

/** Personalize does not have the requested tags: they are being changed, that has failed, or somebody else has changed them. */
const hasOtherTags = (record: EventTrackerRecord): boolean =>
  record.status === 'ACTIVE' && areTagsRequested(record) && !sameTags(record.tags, actualOf(record).tags);

/**
 * `due` is one lease after the next poll, because the sweeper takes the record over when it is due. Of a record that waits for admission, it is a
 * place.
 */
function progressOf(record: EventTrackerRecord, { leaseMs }: LifecycleSettings) {
  const { due, admissionNotBefore } = record;
  const nextPollAt = due.lane === 'admission' ? (admissionNotBefore ?? 0) : due.at - leaseMs;
  return {
    waitingFor: record.waitingFor ?? 'start',
    attempt: record.attempt - (record.attemptsBefore ?? 0),
    nextPollAt: new Date(Math.max(record.creationDateTime, nextPollAt)).toISOString(),
  };
}

/** The resource's path, at the caller's entrance. */
export const locationOf = ({ trackerId }: { trackerId: string }, entrance: string): string =>
  `${entrance}/event-trackers/${trackerId}`;

/**
 * When to read again, in whole seconds: after the pause that the service itself makes before its next poll. Before its admission, half of the
 * time until then, from 5 to 60 s: nothing can happen sooner.
 */
export function retryAfterSeconds(record: EventTrackerRecord, now: number): number {
  if (record.due.lane === 'admission') {
    const untilAdmission = (record.admissionNotBefore ?? now) - now;
    return Math.ceil(Math.min(MAX_WAIT_MS, Math.max(FIRST_POLL_MS, untilAdmission / 2)) / 1000);
  }
  const since = isUpdating(record) ? record.requestedAt : (record.createdAt ?? record.preflightWait?.since);
  const waitMs = since === undefined ? FIRST_POLL_MS : nextWaitMs(now - since);
  return Math.ceil(waitMs / 1000);
}

interface Now {
  readonly settings: LifecycleSettings;
  readonly now: () => number;
}

/** The resource as a response, with Retry-After while the latest request has no outcome. */
export function resourceResponse(record: EventTrackerRecord, { settings, now }: Now): JsonResponse {
  const resource = resourceOf(record, settings);
  if (!isInProgress(record)) return jsonResponse(resource);
  return jsonResponse(resource, { headers: { 'retry-after': String(retryAfterSeconds(record, now())) } });
}

/**
 * The response to an accepted request: 202 while it has no outcome, then 200.
 * @param isReplay the Idempotency-Key was used before, for the same request
 */
export function acceptedResponse(
  { record, isReplay = false }: { readonly record: EventTrackerRecord; readonly isReplay?: boolean },
  context: Now,
  event: ApiEvent,
): JsonResponse {
  const { headers, ...answer } = resourceResponse(record, context);
  return {
    ...answer,
    statusCode: isInProgress(record) ? 202 : 200,
    headers: {
      ...headers,
      location: locationOf(record, entranceOf(event)),
      ...(isReplay && { 'idempotency-replayed': 'true' }),
    },
  };
}
