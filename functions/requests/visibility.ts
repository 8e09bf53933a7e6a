import type { TrackerStore } from '../store/tracker-store.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';
import { RequestRejected } from '../tracker/request-error.ts';
import { isListed } from '../tracker/tenancy.ts';
import type { Caller } from './caller.ts';

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
