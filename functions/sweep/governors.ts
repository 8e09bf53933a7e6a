import type { GovernorGateway } from '../gateways/governors.ts';
import type { AdmissionStore } from '../store/admission-store.ts';
import type { TrackerStore } from '../store/tracker-store.ts';
import { type Admission, GOVERNOR_SILENT_MS } from '../tracker/admission.ts';
import { type AdmitDependencies, admit } from '../workflow/governor.ts';
import { startGovernorIfNeeded } from '../workflow/start-governor.ts';

/** What the sweep needs to watch over the trackers that wait for admission. */
export interface AdmissionSweepDependencies {
  readonly admissions: Pick<AdmissionStore, 'read' | 'readPlaces' | 'startGovernor'>;
  readonly governors: GovernorGateway;
}

type Dependencies = AdmissionSweepDependencies &
  AdmitDependencies & { readonly store: Pick<TrackerStore, 'listWaiting'> };

/** Longer than for tasks, which are many: the sweep is for when no task comes. */
const SILENT_MS = 2 * GOVERNOR_SILENT_MS;

/** After so many governors in a row without a tick, the sweep admits trackers by itself. */
const DEAD_GOVERNORS = 3;
/** How many trackers the sweep admits by itself, each minute, to an account and Region. */
const ADMITTED_BY_SWEEP = 20;

/**
 * Starts a governor wherever trackers wait for admission and none lives: its execution died, or the task that should have started it. If
 * governors do not work, it admits some trackers itself, so that none waits for ever. An account and Region that fails is left to the next sweep.
 * @param isRestart no execution is running, so no governor lives
 * @returns how many governors were started
 */
export async function restartGovernors(tools: Dependencies, isRestart: boolean): Promise<number> {
  let started = 0;
  for (const place of await tools.admissions.readPlaces()) {
    try {
      if (await watchOver(tools, place, isRestart)) started++;
    } catch (error) {
      tools.log.error('the trackers that wait for admission could not be swept', error, { place });
    }
  }
  return started;
}

/** @returns whether a governor was started */
async function watchOver(tools: Dependencies, place: string, isRestart: boolean): Promise<boolean> {
  const waiting = await tools.store.listWaiting(place, ADMITTED_BY_SWEEP);
  if (waiting.length === 0) return false;
  const governor = await ensureGovernor(tools, place, isRestart);
  if (governor === 'fails') {
    tools.log.warn('no governor works: the sweep admits trackers', { place, trackers: waiting.length });
    for (const trackerId of waiting) await admit(tools, { trackerId, isLight: false });
  }
  return governor === 'started';
}

async function ensureGovernor(
  { admissions, governors, log, now }: Dependencies,
  place: string,
  isRestart: boolean,
): Promise<'lives' | 'started' | 'fails'> {
  try {
    const read = await admissions.read(place);
    const silentMs = isRestart ? Number.NEGATIVE_INFINITY : SILENT_MS;
    const isStarted = await startGovernorIfNeeded({ admissions, governors }, place, read, now(), silentMs);
    if (isStarted) log.warn('a governor was started for trackers that wait for admission', { place });
    if (areGovernorsDead(read)) return 'fails';
    return isStarted ? 'started' : 'lives';
  } catch (error) {
    log.error('the governor could not be started', error, { place });
    return 'fails';
  }
}

/** Each start has a number, and each tick records it. */
const areGovernorsDead = ({ governor, window }: Admission): boolean =>
  governor - (window?.governor ?? 0) >= DEAD_GOVERNORS;
