import type { GovernorGateway } from '../gateways/governors.ts';
import type { Log } from '../log.ts';
import type { AdmissionStore } from '../store/admission-store.ts';
import { placeName, placeOf } from '../tracker/accounts.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';

/** What paces the calls of a deployment (docs/protocol.md, "Admission"). */
export interface AdmissionDependencies {
  readonly admissions: AdmissionStore;
  /** Present in Observe, the only task that makes a tracker wait. Absent: the sweep starts the governor. */
  readonly governors?: GovernorGateway;
}

/** The account and Region whose throttle the calls for a record meet. A purged record has none. */
export function placeNameOf({ datasetGroupArn }: EventTrackerRecord): string | undefined {
  const place = placeOf(datasetGroupArn);
  return place && placeName(place);
}

interface Admitting {
  readonly admission?: AdmissionDependencies;
  readonly log: Log;
}

/** Counts a throttled call, from which the governor learns the rate. */
export async function countThrottledCall({ admission, log }: Admitting, record: EventTrackerRecord): Promise<void> {
  const place = placeNameOf(record);
  if (admission === undefined || place === undefined) return;
  await unlessAdmissionFails(log, place, () => admission.admissions.countThrottledCall(place));
}

/**
 * Runs what only paces the calls. If it fails, for whatever reason, the tracker goes on without it, as the throttle and the back-off allow: a fault
 * of admission must not stop a tracker.
 * @returns undefined if it failed; the error is logged
 */
export async function unlessAdmissionFails<Result>(
  log: Log,
  place: string,
  run: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await run();
  } catch (error) {
    log.error('admission failed; the tracker goes on without it', error, { place });
    return undefined;
  }
}
