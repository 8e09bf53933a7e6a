import pLimit from 'p-limit';
import type { TaskHeartbeatGateway } from '../gateways/task-heartbeats.ts';
import type { Log } from '../log.ts';
import type { AdmissionStore } from '../store/admission-store.ts';
import type { TrackerStore } from '../store/tracker-store.ts';
import { apply } from '../tracker/apply.ts';
import { tokensWithHeartbeat } from '../tracker/callbacks.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';
import type { LifecycleSettings } from '../tracker/settings.ts';
import { isRejected } from '../tracker/transition.ts';
import { sendHeartbeats } from '../workflow/heartbeats.ts';

interface Dependencies {
  readonly store: Pick<TrackerStore, 'readMany' | 'save' | 'listWaiting'>;
  readonly admissions: Pick<AdmissionStore, 'readPlaces'>;
  readonly heartbeats: TaskHeartbeatGateway;
  readonly settings: LifecycleSettings;
  readonly now: () => number;
  readonly log: Log;
}

/** The maximum number of trackers of an account and Region whose task tokens get heartbeats, lowest place first. */
const MAX_TRACKERS = 5_000;
/** The maximum of a batch read. */
const PER_READ = 100;
const AT_ONCE = 20;

/**
 * Sends heartbeats for the task tokens of trackers that wait for admission: they have no execution that does. What fails is left to the
 * next sweep.
 */
export async function heartbeatWaiting(tools: Dependencies): Promise<void> {
  const { store, admissions, log } = tools;
  for (const place of await admissions.readPlaces()) {
    try {
      const waiting = await store.listWaiting(place, MAX_TRACKERS);
      for (let from = 0; from < waiting.length; from += PER_READ) {
        const { records } = await store.readMany(waiting.slice(from, from + PER_READ));
        const withToken = records.filter((record) => tokensWithHeartbeat(record).length > 0);
        await pLimit(AT_ONCE).map(withToken, (record) => heartbeat(tools, record));
      }
    } catch (error) {
      log.error('heartbeats could not be sent for trackers that wait for admission', error, { place });
    }
  }
}

async function heartbeat(tools: Dependencies, record: EventTrackerRecord): Promise<void> {
  const taskTokens = await sendHeartbeats(tools, record);
  if (taskTokens.length === 0) return;
  const after = apply('dropCallbacks', record, { now: tools.now(), taskTokens }, tools.settings);
  // Somebody else has just written: the next sweep finds the same.
  if (!isRejected(after)) await tools.store.save(record, after);
}
