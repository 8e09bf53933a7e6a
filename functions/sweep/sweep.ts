import * as z from 'zod';
import type { TaskHeartbeatGateway } from '../gateways/task-heartbeats.ts';
import type { WorkflowGateway } from '../gateways/workflow.ts';
import type { Log } from '../log.ts';
import type { TrackerStore } from '../store/tracker-store.ts';
import { apply } from '../tracker/apply.ts';
import { type EventTrackerRecord, isHandedOver } from '../tracker/record.ts';
import type { LifecycleSettings } from '../tracker/settings.ts';
import { isRejected } from '../tracker/transition.ts';
import { type AdmissionSweepDependencies, restartGovernors } from './governors.ts';
import { heartbeatWaiting } from './waiting-heartbeats.ts';

export interface SweepDependencies {
  readonly store: Pick<TrackerStore, 'read' | 'readMany' | 'save' | 'listDue' | 'listWaiting'>;
  readonly workflow: WorkflowGateway;
  readonly settings: LifecycleSettings;
  readonly now: () => number;
  readonly log: Log;
  /** Absent: no tracker waits for admission. */
  readonly admission?: AdmissionSweepDependencies;
  /** Present if the deployment may answer task tokens. */
  readonly heartbeats?: TaskHeartbeatGateway;
}

/** The maximum number of take-overs per sweep: a burst of starts must not crowd out those of new requests. */
const MAX_PER_SWEEP = 200;
/**
 * The maximum number of records that one sweep tries without success. A record that cannot be read or saved remains the longest due, so
 * the sweep has to continue after it: otherwise a full sweep of such records would hide all others for ever.
 */
const MAX_FAILED_READS = 400;
/** The maximum number of ids that one sweep reads from the index. */
const MAX_FOUND = 10_000;
/** The same for a sweep of everything. */
const EVERYTHING = 100_000;
const AT_ONCE = 10;

/** `everything`: also records that are not due yet. For the start of the local runtime, when no execution is running. */
const sweepInput = z.object({ everything: z.boolean().optional() });

export interface SweepResult {
  /** The number of due records, according to the index. */
  readonly found: number;
  readonly takenOver: number;
  /** Of executions that ended after their last round, as planned. */
  readonly handedOver: number;
  readonly failed: number;
  /** Governors that were started because trackers wait for admission and none lived. */
  readonly governors: number;
}

/**
 * Takes over due records that no live execution owns: a new epoch, then an execution of that name. It does not detect dead owners: an
 * owner that is still alive is fenced out. A record that fails is left to the next sweep, and this sweep continues with the others.
 */
export async function sweep(tools: SweepDependencies, event: unknown): Promise<SweepResult> {
  const { everything = false } = sweepInput.parse(event ?? {});
  const now = tools.now();
  const dueBy = everything ? Number.MAX_SAFE_INTEGER : now;
  const trackerIds = await tools.store.listDue('urgent', dueBy, everything ? EVERYTHING : MAX_FOUND);
  const queue = oldestFirstThenRotating(trackerIds, now);
  const most = everything ? EVERYTHING : MAX_PER_SWEEP;
  const mostInVain = everything ? EVERYTHING : MAX_FAILED_READS;
  let claimed = 0;
  let takenOver = 0;
  let handedOver = 0;
  let inVain = 0;
  let failed = 0;
  const work = async () => {
    // Counted before the first await, so that all workers together stay within the limit.
    while (claimed < most && inVain < mostInVain) {
      const trackerId = queue.shift();
      if (trackerId === undefined) return;
      claimed++;
      let taken: Taken | undefined;
      try {
        taken = await takeOver(tools, trackerId, now, dueBy);
        if (taken) await tools.workflow.start(taken.record);
        if (taken?.isPlanned) handedOver++;
        else if (taken) {
          takenOver++;
          const reason = everything ? 'the runtime restarted' : 'no execution renewed the lease';
          tools.log.warn('the record was taken over', { trackerId, epoch: taken.record.epoch, reason });
        }
      } catch (error) {
        failed++;
        tools.log.error('the record could not be taken over', error, { trackerId });
      }
      // Nothing was taken over. A failed start still counts, because Step Functions was called.
      if (taken === undefined) {
        claimed--;
        inVain++;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const { admission, heartbeats } = tools;
  const governors = admission ? await restartGovernors({ ...tools, ...admission }, everything) : 0;
  if (admission && heartbeats) await heartbeatWaiting({ ...tools, ...admission, heartbeats });
  const result = { found: trackerIds.length, takenOver, handedOver, failed, governors };
  tools.log.info('sweep', result);
  return result;
}

/**
 * The longest due first, as many as one sweep takes over; then the others, from another position each time. So every record has its
 * turn, however many cannot be taken over.
 */
function oldestFirstThenRotating(trackerIds: readonly string[], now: number): string[] {
  const first = trackerIds.slice(0, MAX_PER_SWEEP);
  const rest = trackerIds.slice(MAX_PER_SWEEP);
  const from = rest.length === 0 ? 0 : now % rest.length;
  return [...first, ...rest.slice(from), ...rest.slice(0, from)];
}

interface Taken {
  /** With its new epoch, whose execution has to be started. */
  readonly record: EventTrackerRecord;
  readonly isPlanned: boolean;
}

/**
 * Takes over one record, if it is due: the index may be outdated, so the record itself decides.
 * @returns undefined if there is nothing to do
 */
async function takeOver(
  { store, settings }: SweepDependencies,
  trackerId: string,
  now: number,
  dueBy: number,
): Promise<Taken | undefined> {
  const record = await store.read(trackerId);
  if (record === undefined) return undefined;
  const mine = apply('takeOver', record, { now, dueBy }, settings);
  const saved = isRejected(mine) ? undefined : await store.save(record, mine);
  return saved && { record: saved, isPlanned: isHandedOver(record) };
}
