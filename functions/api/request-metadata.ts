import type { TrackerStore } from '../store/tracker-store.ts';
import type { TrackerRequest } from '../tracker/desired-state.ts';
import { hashOf } from '../tracker/identity.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import { isListed, isTenantName } from '../tracker/tenancy.ts';
import type { Caller } from './caller.ts';
import { type ApiEvent, traceparentOf } from './request.ts';

/** By what a wish is known later: the request's id, its trace, and the key by which a lost answer of our own write is told. */
export interface RequestMetadata {
  readonly correlationId: string;
  readonly traceparent?: string;
  readonly key: TrackerRequest['key'];
}

/** @param part tells the items of one request apart */
export function requestMetadata(event: ApiEvent, body: unknown, part = ''): RequestMetadata {
  const correlationId = event.requestContext.requestId;
  const traceparent = traceparentOf(event);
  return {
    correlationId,
    ...(traceparent && { traceparent }),
    key: { key: hashOf(`request ${correlationId} ${part}`), body: hashOf(JSON.stringify(body)) },
  };
}

/**
 * The record, if it is the caller's: a tenant's own, or any tenant's for a platform. Another's is as one that is not there; so is
 * one on a dataset group that the token does not list, where it lists some.
 * @throws RequestRejected NOT_FOUND
 */
export function requireVisible(
  record: EventTrackerRecord | undefined,
  caller: Pick<Caller, 'tenantId' | 'isPlatform' | 'datasetGroups'>,
): EventTrackerRecord {
  // A purged record is nobody's.
  const isVisible =
    record !== undefined && record.tenantId !== '' && (caller.isPlatform || belongsTo(caller, caller.tenantId, record));
  if (!isVisible) throw new RequestRejected({ reason: 'NOT_FOUND' });
  return record;
}

/**
 * Reads the record, if it is the caller's. Another tenant's takes the same one read as one that is not there, with an answer of the
 * same length, so that the time does not tell them apart.
 * @throws RequestRejected NOT_FOUND
 */
export async function readOwn(
  store: Pick<TrackerStore, 'read' | 'readOf'>,
  trackerId: string,
  caller: Pick<Caller, 'tenantId' | 'isPlatform' | 'datasetGroups'>,
): Promise<EventTrackerRecord> {
  const { tenantId, isPlatform } = caller;
  const readsAll = isPlatform || tenantId === undefined;
  return requireVisible(readsAll ? await store.read(trackerId) : await store.readOf(tenantId, trackerId), caller);
}

/** Whether the record is this tenant's, and on a dataset group that the caller's token does not leave out. */
export function belongsTo(
  { isPlatform, datasetGroups }: Pick<Caller, 'isPlatform' | 'datasetGroups'>,
  tenantId: string | undefined,
  record: EventTrackerRecord,
): boolean {
  const isLeftOut = !isPlatform && datasetGroups !== undefined && !isListed(datasetGroups, record.datasetGroupArn);
  return record.tenantId === tenantId && !isLeftOut;
}

/**
 * The tenant that a request is for: the caller's own; a platform names it.
 * @throws RequestRejected INVALID_REQUEST when a tenant names one, a platform none, or one off the pattern
 */
export function resolveTenant({ tenantId, isPlatform, tenancy }: Caller, named: string | undefined): string {
  if (!isPlatform) {
    if (named !== undefined) throw invalidTenant("is a platform's to give: a tenant is what its token says");
    if (tenantId === undefined) throw new RequestRejected({ reason: 'TENANT_NOT_ALLOWED' });
    return tenantId;
  }
  const chosen = named ?? tenantId;
  if (chosen === undefined) throw invalidTenant('is required of a platform: it names the tenant that it acts for');
  if (!isTenantName(chosen, tenancy)) throw invalidTenant(`must be a tenant's name: ${tenancy.pattern.source}`);
  return chosen;
}

const invalidTenant = (rule: string) =>
  new RequestRejected({ reason: 'INVALID_REQUEST', errors: [{ field: 'tenantId', rule }] });
