import type { EventTrackerUpdated } from '../../events/contract.ts';
import { STATE_CHANGE, UPDATED } from '../../events/names.ts';
import type { Metrics } from '../metrics.ts';
import { FAILURE_CODES, SERVICE_FAULT_CODES } from '../tracker/failures.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';

const isOneOf = (codes: readonly string[], code: string): boolean => codes.includes(code);

/**
 * Measures the outcomes that the bus has just accepted, after they are marked: so an event that is delivered twice is counted once,
 * except after a crash or a race in between.
 * @param record as it was read, with its whole outbox
 * @param taken the ids of the accepted entries
 */
export function emitOutcomes(metrics: Metrics | undefined, record: EventTrackerRecord, taken: readonly string[]): void {
  if (metrics === undefined) return;
  for (const entry of record.outbox) {
    if (entry.kind !== 'event' || !taken.includes(entry.id)) continue;
    if (entry.detailType === UPDATED) emitUpdate(metrics, entry.detail.data);
    if (entry.detailType !== STATE_CHANGE) continue;
    const { status, failure } = entry.detail.data;
    if (status === 'ACTIVE') {
      metrics.emit({ Active: 1, AcceptToActive: acceptToActiveMs(record, entry.at) });
    } else if (status === 'CREATE FAILED') {
      const code = failure?.code ?? '';
      metrics.emit({ CreateFailed: 1, ServiceFault: isOwnDoing(record, code) ? 1 : undefined });
      metrics.emit({ CreateFailed: 1 }, isOneOf(FAILURE_CODES, code) ? code : 'OTHER');
    }
  }
}

/** A tracker stays ACTIVE whatever becomes of the change of its tags, so neither counts as a creation. */
function emitUpdate(metrics: Metrics, { outcome, failure }: EventTrackerUpdated['data']): void {
  if (outcome === 'UPDATED') metrics.emit({ Updated: 1 });
  else {
    const isFault = isOneOf(SERVICE_FAULT_CODES, failure?.code ?? '');
    metrics.emit({ UpdateFailed: 1, ServiceFault: isFault ? 1 : undefined });
  }
}

/** A dataset group that never becomes ready is its owner's concern. */
const isOwnDoing = ({ preflightWait }: EventTrackerRecord, code: string): boolean =>
  isOneOf(SERVICE_FAULT_CODES, code) && !(code === 'DEADLINE_EXCEEDED' && preflightWait !== undefined);

/** The wait for a dataset group is the caller's time and not counted. Known only for the newest request: a later one sets `requestedAt` anew. */
function acceptToActiveMs(record: EventTrackerRecord, activeAt: number): number | undefined {
  const isOfThisGeneration = record.observedGeneration === record.generation && record.requestedAt <= activeAt;
  return isOfThisGeneration ? activeAt - (record.checkedAt ?? record.requestedAt) : undefined;
}
