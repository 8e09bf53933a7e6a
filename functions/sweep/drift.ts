import * as z from 'zod';
import { ThrottledError, UnknownOutcomeError } from '../gateways/aws-errors.ts';
import type { Log } from '../log.ts';
import { DRIFT_QUEUES, type DriftQueue } from '../store/drift-cursor.ts';
import { arnToCheck } from '../tracker/drift.ts';
import { checkAgainstList, checkRecord, checkTags, checkUnknownTracker, type Outcome } from './drift-checks.ts';
import type { DriftDependencies, Run } from './drift-run.ts';
import { rotateAfter } from './rotate-after.ts';

export interface DriftResult {
  readonly checked: number;
  readonly drifted: number;
  readonly purged: number;
  readonly failed: number;
  /** Personalize throttled, which ends the run, or did not answer, which ends that part of it: what was not checked stays due. */
  readonly aborted: boolean;
}

/** How many records a run checks at most. */
const MAX_RECORDS_PER_RUN = 10_000;
/**
 * How many calls a run may start checks with, beside the account-wide list: a small share of Personalize's rate. Each purpose has its
 * own budget: records that differ from the list, tags (which no list has), and unknown trackers. A check that was begun is finished.
 */
const CALLS: Readonly<Record<DriftQueue, number>> = { differing: 100, tags: 60, unknownTrackers: 60 };

/** `everything`: also records that are not due yet (a person asks). */
const driftInput = z.object({ everything: z.boolean().optional() });

type Counts = Record<NonNullable<Outcome> | 'failed', number>;

/**
 * Compares idle records with Personalize: one account-wide list, 100 trackers a page, and only what
 * differs is described. Each thing is reported once. A record that fails is left to the next run, and stops no other.
 */
export async function detectDrift(tools: DriftDependencies, event: unknown): Promise<DriftResult> {
  const { everything = false } = driftInput.parse(event ?? {});
  const counts: Counts = { checked: 0, drifted: 0, purged: 0, failed: 0 };
  let aborted = false;
  const before = await tools.cursor.read();
  const place: Partial<Record<DriftQueue, string>> = { ...before };
  try {
    // Taken before the list: a record that changes after it counts as young.
    const startedAt = tools.now();
    const listed = new Map(
      (await tools.personalize.listAll()).map(({ eventTrackerArn, status }) => [eventTrackerArn, status]),
    );
    const run: Run = { ...tools, listed, startedAt, calls: { ...CALLS } };
    const { recorded, differing, healthy } = await checkRecords(run, counts, everything);
    const checkAll = async (purpose: DriftQueue, ids: Iterable<string>, check: (id: string) => Promise<Outcome>) => {
      for (const id of rotateAfter(ids, before[purpose])) {
        if (run.calls[purpose] <= 0) return;
        try {
          await counted(tools.log, counts, id, () => check(id));
        } catch (error) {
          if (!(error instanceof UnknownOutcomeError)) throw error;
          // Only this item may be affected, and permanently: the next run starts after it, and this run continues with the other queues.
          tools.log.warn('the drift check was not answered', { purpose, subject: id, operation: error.operation });
          aborted = true;
          place[purpose] = id;
          return;
        }
        place[purpose] = id;
      }
    };
    await checkAll('differing', differing, (trackerId) => checkRecord(run, trackerId));
    await checkAll('tags', healthy, (trackerId) => checkTags(run, trackerId));
    const unknownTrackers = [...listed.keys()].filter((eventTrackerArn) => !recorded.has(eventTrackerArn));
    await checkAll('unknownTrackers', unknownTrackers, (eventTrackerArn) => checkUnknownTracker(run, eventTrackerArn));
  } catch (error) {
    if (!(error instanceof ThrottledError || error instanceof UnknownOutcomeError)) throw error;
    aborted = true;
  }
  // Also after an aborted run: the next one goes on from there.
  if (DRIFT_QUEUES.some((purpose) => place[purpose] !== before[purpose])) await tools.cursor.save(place);
  tools.log.info('drift check', { ...counts, aborted });
  return { ...counts, aborted };
}

/**
 * Every record that is due, or will be before half of the interval to the next run: a run that begins a moment early must not skip
 * them all.
 * @returns the ARNs of these records' trackers, missing ones included; the trackerIds of records that differ from the list, and of
 *   those whose tracker is as recorded
 */
async function checkRecords(run: Run, counts: Counts, everything: boolean) {
  const { store, log, startedAt, settings } = run;
  const recorded = new Set<string>();
  const differing: string[] = [];
  const healthy: string[] = [];
  const by = everything ? Number.MAX_SAFE_INTEGER : startedAt + settings.driftIntervalMs / 2;
  for (const trackerId of await store.listDue('routine', by, MAX_RECORDS_PER_RUN)) {
    await counted(log, counts, trackerId, async () => {
      const record = await store.read(trackerId);
      if (record === undefined) return undefined;
      const eventTrackerArn = arnToCheck(record);
      if (eventTrackerArn !== undefined) recorded.add(eventTrackerArn);
      const outcome = await checkAgainstList(run, record);
      if (outcome === 'differs') differing.push(trackerId);
      else if (outcome === 'checked' && record.eventTrackerArn !== undefined) healthy.push(trackerId);
      return outcome === 'differs' ? undefined : outcome;
    });
  }
  return { recorded, differing, healthy };
}

/** A failing record is skipped; throttling and time-outs end the run, or that part of it. */
async function counted(log: Log, counts: Counts, subject: string, check: () => Promise<Outcome>): Promise<void> {
  try {
    const outcome = await check();
    if (outcome) counts[outcome]++;
  } catch (error) {
    if (error instanceof ThrottledError || error instanceof UnknownOutcomeError) throw error;
    counts.failed++;
    log.error('the record could not be checked for drift', error, { subject });
  }
}
