import pLimit from 'p-limit';
import * as z from 'zod';
import { isConnectionLost, StoreUnreachable } from '../gateways/aws-errors.ts';
import { GOVERNOR_INPUT_VERSION } from '../gateways/governors.ts';
import type { WorkflowGateway } from '../gateways/workflow.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { AdmissionStore } from '../store/admission-store.ts';
import type { TrackerStore } from '../store/tracker-store.ts';
import { type Admitted, creditAt, tickOf, type Waiting } from '../tracker/admission.ts';
import { isWaitingForAdmission } from '../tracker/admission-transitions.ts';
import { apply } from '../tracker/apply.ts';
import type { LifecycleSettings } from '../tracker/settings.ts';
import { isRejected } from '../tracker/transition.ts';
import { type GovernorStarter, startGovernor } from './start-governor.ts';

/** The dependencies of the task AdmitWaiting. */
export interface GovernorDependencies extends GovernorStarter {
  readonly store: Pick<TrackerStore, 'read' | 'readMany' | 'save' | 'listWaiting'>;
  readonly admissions: AdmissionStore;
  readonly workflow: WorkflowGateway;
  readonly settings: LifecycleSettings;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
  /** Absent: nothing is measured. */
  readonly metrics?: Metrics;
}

/** Step Functions fails an execution at 25,000 events. A tick has ten, and some more if its task is retried. */
export const MAX_TICKS = 1_500;

const governorInput = z.object({
  // Older code can get newer input during a deployment. That execution fails, and the next governor is started with our version.
  version: z.literal(GOVERNOR_INPUT_VERSION, 'must be 1: this code knows no other version of the input'),
  place: z.string().min(1),
  governor: z.int().min(1),
  /** The result of the previous tick. */
  next: z.object({ ticks: z.int().min(0) }).optional(),
});

/** All members are always present: a missing path would fail the execution. */
export interface GovernorResult {
  /** The Choice knows these; Done ends the execution. */
  readonly action: 'WaitBeforeNextTick' | 'Done';
  /** Whole seconds. */
  readonly waitSeconds: number;
  /** How many ticks this execution has made. */
  readonly ticks: number;
}

/**
 * One tick of a governor: reads who waits, saves what `tickOf` decided, and starts the executions of those it admits. The save comes
 * first, so that a governor that dies after it has admitted fewer than it could, not more; who was not admitted is first at the next tick.
 * @throws ZodError for an invalid input or item; for the state machine to retry: StoreUnreachable, and DynamoDB's own throttles and server
 *   errors; any other error
 */
export async function admitWaiting(tools: GovernorDependencies, event: unknown): Promise<GovernorResult> {
  try {
    return await tick(tools, event);
  } catch (error) {
    // Lambda would report it as "Error", which no Retry rule can match.
    if (isConnectionLost(error)) throw new StoreUnreachable(error);
    throw error;
  }
}

async function tick(tools: GovernorDependencies, event: unknown): Promise<GovernorResult> {
  const { place, governor, next } = governorInput.parse(event);
  const ticks = (next?.ticks ?? 0) + 1;
  const done: GovernorResult = { action: 'Done', waitSeconds: 1, ticks };
  const { admissions, log, metrics } = tools;
  const before = await admissions.read(place);
  if (before.governor !== governor) return done;
  const now = tools.now();
  if (ticks > MAX_TICKS) {
    await startGovernor(tools, place, before, now);
    return done;
  }
  // One too many shows that somebody is left.
  const waiting = await listWaiting(tools, place, Math.max(0, Math.floor(creditAt(before, now))) + 1);
  const { admission, recent, admitted, isLast, waitSeconds } = tickOf(
    before,
    await admissions.readRecent(place),
    waiting,
    now,
  );
  if (!(await admissions.saveTick(place, before, { admission, recent }))) return done;
  await pLimit(ADMITTED_AT_ONCE).map(admitted, (each) => admit(tools, each));
  metrics?.emit({ Admitted: admitted.length, AdmissionRate: admission.rate });
  if (admission.rate !== before.rate) {
    log.info('the admission rate was learned', { place, rate: admission.rate, before: before.rate });
  }
  return isLast ? done : { action: 'WaitBeforeNextTick', waitSeconds, ticks };
}

const ADMITTED_AT_ONCE = 10;
const MAX_LISTED = 1_000;

/**
 * The trackers with the lowest places. The index lags, so its first entries may be those that were admitted at the last tick: more are read
 * until enough wait.
 */
async function listWaiting({ store, log }: GovernorDependencies, place: string, wanted: number): Promise<Waiting[]> {
  for (let limit = 2 * wanted; ; limit *= 4) {
    const listed = await store.listWaiting(place, limit);
    // At most 100 can be read together.
    const read = await Promise.all(inHundreds(listed).map((ids) => store.readMany(ids)));
    const waiting = read.flatMap(({ records }) => records).filter(isWaitingForAdmission);
    if (waiting.length >= wanted || listed.length < limit || limit >= MAX_LISTED) {
      for (const error of read.flatMap(({ unreadable }) => unreadable)) {
        log.error('a record that waits for admission could not be read', error, { place });
      }
      return waiting
        .sort((left, right) => left.place - right.place)
        .slice(0, wanted)
        .map(({ trackerId, tenantId, place: its }) => ({ trackerId, tenantId, place: its }));
    }
  }
}

const inHundreds = (ids: readonly string[]): (readonly string[])[] =>
  Array.from({ length: Math.ceil(ids.length / 100) }, (_, index) => ids.slice(100 * index, 100 * (index + 1)));

export type AdmitDependencies = Pick<GovernorDependencies, 'workflow' | 'settings' | 'now' | 'log'> & {
  readonly store: Pick<TrackerStore, 'read' | 'save'>;
};

/**
 * Admits a tracker if it still waits, and starts its execution. One that fails stays in the lane, or the sweep starts its execution: the others
 * must not wait for it.
 */
export async function admit(
  { store, workflow, settings, now, log }: AdmitDependencies,
  { trackerId, isLight }: Pick<Admitted, 'trackerId' | 'isLight'>,
): Promise<void> {
  try {
    const record = await store.read(trackerId);
    const admitted = record && apply('admit', record, { now: now(), isLight }, settings);
    if (record === undefined || admitted === undefined || isRejected(admitted)) return;
    const saved = await store.save(record, admitted);
    if (saved) await workflow.start(saved);
  } catch (error) {
    log.error('the tracker could not be admitted', error, { trackerId });
  }
}
