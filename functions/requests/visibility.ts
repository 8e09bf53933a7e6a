import type { TrackerStore } from '../store/tracker-store.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import { isListed } from '../tracker/tenancy.ts';
import type { Caller } from './caller.ts';

/**
 * The record, if the caller may see it: a tenant its own, a platform any. Every other record is treated as if it did not exist. That
 * includes those of dataset groups that are missing from the token's list, if the token has one.
 * @throws RequestRejected NOT_FOUND
 */
export function requireVisible(
  record: EventTrackerRecord | undefined,
  caller: Pick<Caller, 'tenantId' | 'isPlatform' | 'datasetGroups'>,
): EventTrackerRecord {
  // A purged record belongs to no tenant.
  const isVisible =
    record !== undefined && record.tenantId !== '' && (caller.isPlatform || belongsTo(caller, caller.tenantId, record));
  if (!isVisible) throw new RequestRejected({ reason: 'NOT_FOUND' });
  return record;
}

/**
 * Reads the record, if the caller may see it. A record of another tenant takes the same read as a missing one, with a response of the same
 * length, so that the response time does not reveal whether it exists.
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

/** Whether the record belongs to the tenant and, if the caller's token has a list of dataset groups, is on it. */
export function belongsTo(
  { isPlatform, datasetGroups }: Pick<Caller, 'isPlatform' | 'datasetGroups'>,
  tenantId: string | undefined,
  record: EventTrackerRecord,
): boolean {
  const isLeftOut = !isPlatform && datasetGroups !== undefined && !isListed(datasetGroups, record.datasetGroupArn);
  return record.tenantId === tenantId && !isLeftOut;
}
