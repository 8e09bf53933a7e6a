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
  /** Throttling ended the run, or a missing response ended one of its queues. What was not checked stays due. */
  readonly aborted: boolean;
}

/** The maximum number of records per run. */
const MAX_RECORDS_PER_RUN = 10_000;
/**
 * The call budget of a run for each queue, in addition to the account-wide list: a small share of Personalize's rate limit. A check that
 * has started is finished, even beyond the budget.
 */
const CALLS: Readonly<Record<DriftQueue, number>> = { differing: 100, tags: 60, unknownTrackers: 60 };

/** `everything`: also records that are not due yet (a person asks). */
const driftInput = z.object({ everything: z.boolean().optional() });

type Counts = Record<NonNullable<Outcome> | 'failed', number>;

/**
 * Compares idle records with one account-wide list of Personalize, and describes only the trackers that differ. Each drift is reported
 * once. A record whose check fails is left to the next run, and does not stop the others.
 */
export async function detectDrift(tools: DriftDependencies, event: unknown): Promise<DriftResult> {
  const { everything = false } = driftInput.parse(event ?? {});
  const counts: Counts = { checked: 0, drifted: 0, purged: 0, failed: 0 };
  let aborted = false;
  const before = await tools.cursor.read();
  const place: Partial<Record<DriftQueue, string>> = { ...before };
  try {
    // Read before the list, so that a record that changes afterwards counts as young.
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
 * Compares every record that is due, or will be within half an interval: otherwise a run that starts a moment early would skip them all.
 * @returns the ARNs of these records' trackers, including missing ones; the trackerIds of records that differ from the list; and the
 *   trackerIds of those whose tracker is as recorded
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

/** Counts the outcome of a check. A failing record is skipped; throttling and time-outs are rethrown. */
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
