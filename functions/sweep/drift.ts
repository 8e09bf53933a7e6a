import * as z from 'zod';
import { AnswerUnknown, Throttled } from '../gateways/faults.ts';
import type { DriftGateway, TrackerSummary } from '../gateways/personalize-drift.ts';
import type { WorkflowGateway } from '../gateways/workflow.ts';
import type { Log } from '../log.ts';
import type { TrackerStore } from '../store/tracker-store.ts';
import { apply } from '../tracker/apply.ts';
import { hashOf, trackerIdOf } from '../tracker/identity.ts';
import { type EventTrackerRecord, isQuiet } from '../tracker/record.ts';
import { type Drift, isPurged } from '../tracker/routine.ts';
import type { LifecycleSettings } from '../tracker/settings.ts';
import { isRefused } from '../tracker/verb.ts';

export interface DriftTools {
  readonly store: TrackerStore;
  readonly personalize: DriftGateway;
  readonly workflow: WorkflowGateway;
  readonly settings: LifecycleSettings;
  readonly now: () => number;
  readonly log: Log;
  /** Make a lost tracker again, under a new generation. It has another tracking ID then: off unless a deployment says so. */
  readonly recreateLost: boolean;
}

export interface DriftResult {
  readonly visited: number;
  readonly drifted: number;
  readonly purged: number;
  readonly failed: number;
  /** Personalize throttled or did not answer: what was not looked at stays due. */
  readonly cutShort: boolean;
}

/** Records a run looks at, at most. */
const MOST_A_RUN = 10_000;
/**
 * Calls a run makes beyond the list: a tenth of Personalize's rate is not much. What differs is described first; what is left
 * goes to the tags, which no list tells: each tracker's are read once in as many runs as that takes.
 */
const CALLS_A_RUN = 100;

/** `everything`: also what is not due for its routine look yet (a person asks). */
const driftInput = z.object({ everything: z.boolean().optional() });

interface Run extends DriftTools {
  readonly listed: ReadonlyMap<string, TrackerSummary>;
  readonly startedAt: number;
  calls: number;
}

/**
 * Compares the records that are at rest with what Personalize has: one account-wide list, 100 trackers a page, and only what
 * differs is described. Each thing is reported once. A record that fails is left to the next run, and stops no other.
 */
export async function detectDrift(tools: DriftTools, event: unknown): Promise<DriftResult> {
  const { everything = false } = driftInput.parse(event ?? {});
  const counts = { visited: 0, drifted: 0, purged: 0, failed: 0 };
  let cutShort = false;
  try {
    // The time before the list: a record that changes after it is not compared with it.
    const startedAt = tools.now();
    const listed = new Map((await tools.personalize.listAll()).map((seen) => [seen.eventTrackerArn, seen]));
    const run: Run = { ...tools, listed, startedAt, calls: CALLS_A_RUN };
    const recorded = new Set<string>();
    const trackerIds = await tools.store.listDue(
      'routine',
      everything ? Number.MAX_SAFE_INTEGER : startedAt,
      MOST_A_RUN,
    );
    for (const trackerId of trackerIds) {
      await counted(tools.log, counts, trackerId, async () => {
        const record = await tools.store.read(trackerId);
        if (record?.eventTrackerArn !== undefined) recorded.add(record.eventTrackerArn);
        return record && isQuiet(record) ? visit(run, record) : undefined;
      });
    }
    for (const summary of listed.values()) {
      if (recorded.has(summary.eventTrackerArn) || run.calls <= 0) continue;
      await counted(tools.log, counts, summary.eventTrackerArn, () => visitStranger(run, summary));
    }
  } catch (error) {
    if (!(error instanceof Throttled || error instanceof AnswerUnknown)) throw error;
    cutShort = true;
  }
  tools.log.info('drift check', { ...counts, cutShort });
  return { ...counts, cutShort };
}

type Outcome = 'visited' | 'drifted' | 'purged' | undefined;

/** One record's failure is its own; a throttle is everybody's, and ends the run. */
async function counted(
  log: Log,
  counts: Record<'visited' | 'drifted' | 'purged' | 'failed', number>,
  subject: string,
  look: () => Promise<Outcome>,
): Promise<void> {
  try {
    const outcome = await look();
    if (outcome) counts[outcome]++;
  } catch (error) {
    if (error instanceof Throttled || error instanceof AnswerUnknown) throw error;
    counts.failed++;
    log.error('the record could not be checked for drift', error, { subject });
  }
}

/** A record at rest: is its tracker there, as it is recorded? */
async function visit(run: Run, record: EventTrackerRecord): Promise<Outcome> {
  const { store, settings, startedAt } = run;
  const purged = apply('purge', record, { now: startedAt }, settings);
  if (!isRefused(purged)) return (await store.save(record, purged)) ? 'purged' : undefined;
  const drift = record.eventTrackerArn === undefined ? undefined : await driftOf(run, record, record.eventTrackerArn);
  if (drift === 'not-checked') return undefined;
  if (drift && (await report(run, record, drift))) return 'drifted';
  const visited = apply('recordVisited', record, { now: startedAt }, settings);
  if (isRefused(visited)) return undefined;
  return (await store.save(record, visited)) ? 'visited' : undefined;
}

async function driftOf(
  run: Run,
  record: EventTrackerRecord,
  eventTrackerArn: string,
): Promise<Drift | 'not-checked' | undefined> {
  const { listed, personalize } = run;
  if (listed.get(eventTrackerArn)?.status !== record.status) {
    if (run.calls-- <= 0) return 'not-checked';
    // The list may be late, or older than the record: what describe says now decides.
    const described = await personalize.describe(eventTrackerArn);
    if (described === 'NOT_FOUND') {
      // Gone only where a fresh list of the group has it no more either, and a second look: a list and a describe that lag
      // would have a healthy tracker forgotten, and then removed as a stranger.
      const isListed = (await personalize.listOfGroup(record.datasetGroupArn)).includes(eventTrackerArn);
      return isListed || (await personalize.describe(eventTrackerArn)) !== 'NOT_FOUND'
        ? 'not-checked'
        : { kind: 'lost' };
    }
    if (described.status !== record.status)
      return { kind: 'STATUS_CHANGED', eventTrackerArn, status: described.status };
  }
  // Tags may be visible later than the tracker.
  const isYoung = run.startedAt < record.lastUpdatedDateTime + run.settings.landingMs;
  if (record.adopted || isYoung || !areTagsDue(run, record)) return undefined;
  run.calls--;
  return (await personalize.isTagged(eventTrackerArn, record.trackerId)) !== false
    ? undefined
    : { kind: 'TAGS_LOST', eventTrackerArn };
}

/** Whose tags are read in this run: everybody's where there are few, else another part of them each time. */
function areTagsDue({ calls, listed, startedAt, settings }: Run, { trackerId }: EventTrackerRecord): boolean {
  if (calls <= 0) return false;
  const parts = Math.ceil(listed.size / CALLS_A_RUN);
  const turn = Math.floor(startedAt / settings.routineMs) % parts;
  return Number.parseInt(Buffer.from(hashOf(trackerId)).toString('hex').slice(0, 8), 16) % parts === turn;
}

/** A tracker that no record of this run has: ours (a create that landed very late), or made by others on a group of ours. */
async function visitStranger(run: Run, { eventTrackerArn }: TrackerSummary): Promise<Outcome> {
  const { personalize, store } = run;
  run.calls--;
  const described = await personalize.describe(eventTrackerArn);
  if (described === 'NOT_FOUND') return undefined;
  const record = await store.read(trackerIdOf(described.datasetGroupArn));
  // The recorded one is checked in its own turn; beside it only an Action interactions dataset's can stand.
  // A purged record names nobody: there is nobody to tell, and no group to clean.
  const isRest = record !== undefined && isQuiet(record) && !isPurged(record);
  if (!isRest || record.eventTrackerArn !== undefined) return undefined;
  run.calls--;
  const isOurs = await personalize.isTagged(eventTrackerArn, record.trackerId);
  // It went while we looked.
  if (isOurs === undefined) return undefined;
  if (isOurs) {
    return (await report(run, record, { kind: 'orphan' })) ? 'drifted' : undefined;
  }
  // Let go of on purpose, or told already as the conflict that it is.
  if (record.status === 'RELEASED' || record.failure?.code === 'CONFLICT') return undefined;
  return (await report(run, record, { kind: 'CREATED_OUT_OF_BAND', eventTrackerArn })) ? 'drifted' : undefined;
}

/** Records what was found, and starts the execution that tells it. False: it was told before, or somebody wrote in between. */
async function report(run: Run, record: EventTrackerRecord, drift: Drift): Promise<boolean> {
  const { store, settings, workflow, log } = run;
  const now = run.now();
  let after = apply('recordDrift', record, { now, drift }, settings);
  if (isRefused(after)) return false;
  if (drift.kind === 'lost' && run.recreateLost) {
    const { trackerId, datasetGroupArn, name, tags, tenantId, clientContext, correlationId } = record;
    const key = { key: hashOf(`drift ${record.rev}`), body: hashOf('drift') };
    const wish = {
      trackerId,
      datasetGroupArn,
      name,
      tags,
      tenantId,
      clientContext,
      adoptExisting: false,
      correlationId,
      key,
    };
    after = apply('claimAgain', after, { now, wish }, settings);
    if (isRefused(after)) throw new Error(`A lost tracker could not be asked for again: ${after.refused}.`);
  }
  const saved = await store.save(record, after);
  if (saved === undefined) return false;
  log.warn('drift', { trackerId: record.trackerId, drift: drift.kind });
  await workflow.start(saved);
  return true;
}
