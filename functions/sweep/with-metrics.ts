import type { Metrics } from '../metrics.ts';
import { oldestOutboxEntryMs, unfinishedMs } from '../tracker/backlog-age.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';
import { type DriftResult, detectDrift } from './drift.ts';
import type { DriftDependencies } from './drift-run.ts';
import { type SweepDependencies, type SweepResult, sweep } from './sweep.ts';

/** The records that a sweep read and took over. */
interface Traffic {
  readonly read: EventTrackerRecord[];
  /** Taken over from dead executions; a planned hand-over is not counted. */
  readonly takenOver: EventTrackerRecord[];
}

const seconds = (ms: number): number => Math.max(0, ms) / 1000;
/** The largest value; 0 if nothing is due, to distinguish "nothing due" from a missing metric. */
const largest = (values: readonly (number | undefined)[]): number => Math.max(0, ...values.map((value) => value ?? 0));

/**
 * The sweep with its metrics. `SweepRuns` is its heartbeat. It is written only at the end of a run, so an alarm notices a sweep that throws
 * as well as one that was never invoked.
 */
export async function sweepWithMetrics(
  tools: SweepDependencies,
  metrics: Metrics,
  event: unknown,
): Promise<SweepResult> {
  const seen: Traffic = { read: [], takenOver: [] };
  const now = tools.now();
  const result = await sweep({ ...tools, store: recordingTraffic(tools.store, seen) }, event);
  metrics.emit({
    SweepRuns: 1,
    Due: result.found,
    OldestDueAge: seconds(largest(seen.read.filter(isUrgent).map(({ due }) => now - due.at))),
    OldestOutboxEntryAge: seconds(largest(seen.read.map((record) => oldestOutboxEntryMs(record, now)))),
    OldestPendingRequestAge: seconds(largest(seen.read.map((record) => unfinishedMs(record, now)))),
    TakeOvers: result.takenOver,
    MaxTakeOversPerRecord: largest(seen.takenOver.map(({ takeOvers }) => takeOvers)),
    SweepFailures: result.failed,
    GovernorRestarts: result.governors,
  });
  return result;
}

const isUrgent = ({ due }: EventTrackerRecord): boolean => due.lane === 'urgent';

/** The store, recording what passes through it. */
function recordingTraffic(store: SweepDependencies['store'], seen: Traffic): SweepDependencies['store'] {
  return {
    listDue: (lane, by, limit) => store.listDue(lane, by, limit),
    listWaiting: (place, limit) => store.listWaiting(place, limit),
    readMany: (trackerIds) => store.readMany(trackerIds),
    async read(trackerId) {
      const record = await store.read(trackerId);
      if (record) seen.read.push(record);
      return record;
    },
    async save(before, after) {
      const saved = await store.save(before, after);
      if (saved && saved.takeOvers > before.takeOvers) seen.takenOver.push(saved);
      return saved;
    },
  };
}

/** The drift check with its metrics. `DriftRuns` is its heartbeat, also of an aborted run. */
export async function detectDriftWithMetrics(
  tools: DriftDependencies,
  metrics: Metrics,
  event: unknown,
): Promise<DriftResult> {
  const result = await detectDrift(tools, event);
  metrics.emit({
    DriftRuns: 1,
    DriftFound: result.drifted,
    DriftFailures: result.failed,
    DriftCheckAborted: result.aborted ? 1 : 0,
  });
  return result;
}
