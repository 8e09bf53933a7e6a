import pLimit from 'p-limit';
import * as z from 'zod';
import { ThrottledError, UnknownOutcomeError } from '../gateways/aws-errors.ts';
import type { Log } from '../log.ts';
import { DRIFT_QUEUES, type DriftCursorPosition, type DriftQueue } from '../store/drift-cursor.ts';
import { type Place, placeName, placeOf } from '../tracker/accounts.ts';
import { arnToCheck } from '../tracker/drift.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';
import { checkAgainstList, checkRecord, checkTags, checkUnknownTracker, type Outcome } from './drift-checks.ts';
import type { DriftDependencies, DriftPlace, Run } from './drift-run.ts';
import { rotateAfter } from './rotate-after.ts';

export interface DriftResult {
  readonly checked: number;
  readonly drifted: number;
  readonly purged: number;
  readonly failed: number;
  /** Throttling ended the run of an account and Region, or a missing response one of its queues. What was not checked stays due. */
  readonly aborted: boolean;
}

/** The maximum number of records per run. */
const MAX_RECORDS_PER_RUN = 10_000;
/**
 * The call budget of a run for each queue, in addition to the account-wide list: a small share of Personalize's rate limit, which is per
 * account and Region. A check that has started is finished, even beyond the budget.
 */
const CALLS: Readonly<Record<DriftQueue, number>> = { differing: 100, tags: 60, unknownTrackers: 60 };
/** How many accounts and Regions are read at a time: one that does not answer must not hold up the others. */
const PLACES_AT_ONCE = 10;

/** `everything`: also records that are not due yet (a person asks). */
const driftInput = z.object({ everything: z.boolean().optional() });

type Counts = Record<NonNullable<Outcome> | 'failed', number> & { aborted: boolean };

/**
 * Compares idle records with the lists of Personalize, one per account and Region, and describes only the trackers that differ. Each drift is
 * reported once. A record whose check fails, or an account that cannot be read, is left to the next run and does not stop the others.
 * @throws what the list of the deployment's own account and Region throws, once the other ones are checked
 */
export async function detectDrift(tools: DriftDependencies, event: unknown): Promise<DriftResult> {
  const { everything = false } = driftInput.parse(event ?? {});
  const counts: Counts = { checked: 0, drifted: 0, purged: 0, failed: 0, aborted: false };
  const [home] = tools.places;
  let broken: { error: unknown } | undefined;
  // Read before the lists, so that a record that changes afterwards counts as young.
  const startedAt = tools.now();
  const runs: Run[] = [];
  await inTurns(tools, async (place) => {
    try {
      runs.push(await listed(tools, place, startedAt));
    } catch (error) {
      counts.aborted = true;
      if (isBusy(error)) return;
      // For an alarm on the function's errors: its own role lacks a permission. A lost role of another account is counted.
      if (place === home) broken = { error };
      else counts.failed++;
      tools.log.error('the account could not be checked for drift', error, nameOf(place));
    }
  });
  await checkRecords(tools, runs, counts, everything);
  await inTurns({ ...tools, places: runs }, async (run) => checkQueues(run, counts));
  tools.log.info('drift check', counts);
  if (broken) throw broken.error;
  return counts;
}

const nameOf = ({ accountId, region }: Place) => ({ accountId, region });
const isBusy = (error: unknown) => error instanceof ThrottledError || error instanceof UnknownOutcomeError;

/** Some places at a time, beginning with another one each run: a run that is cut off must not always leave out the same ones. */
async function inTurns<P extends DriftPlace>(
  { places, now }: { readonly places: readonly P[]; readonly now: () => number },
  work: (place: P) => Promise<void>,
): Promise<void> {
  const from = places.length === 0 ? 0 : Math.floor(now() / 3_600_000) % places.length;
  await pLimit(PLACES_AT_ONCE).map([...places.slice(from), ...places.slice(0, from)], work);
}

async function listed(tools: DriftDependencies, place: DriftPlace, startedAt: number): Promise<Run> {
  const trackers = await place.personalize.listAll();
  return {
    ...tools,
    ...place,
    listed: new Map(trackers.map(({ eventTrackerArn, status }) => [eventTrackerArn, status])),
    startedAt,
    calls: { ...CALLS },
    found: { recorded: new Set(), differing: [], healthy: [] },
  };
}

/**
 * Compares every record that is due, or will be within half an interval, with the list of its account and Region: otherwise a run that
 * starts a moment early would skip them all. A record whose list could not be read stays due, unless it needs none.
 */
async function checkRecords(
  { store, log, settings, places: [home] }: DriftDependencies,
  runs: readonly Run[],
  counts: Counts,
  everything: boolean,
): Promise<void> {
  const [anyRun] = runs;
  if (anyRun === undefined) return;
  const by = everything ? Number.MAX_SAFE_INTEGER : anyRun.startedAt + settings.driftIntervalMs / 2;
  const byName = new Map(runs.map((run) => [placeName(run), run]));
  const left = new Map<string, number>();
  for (const trackerId of await store.listDue('routine', by, MAX_RECORDS_PER_RUN)) {
    await counted(log, counts, trackerId, async () => {
      const record = await store.read(trackerId);
      if (record === undefined) return undefined;
      const place = placeName(placeOf(record.datasetGroupArn) ?? home);
      const needsNoList = arnToCheck(record) === undefined;
      const run = byName.get(place) ?? (needsNoList ? anyRun : undefined);
      if (run !== undefined) return compare(run, record);
      left.set(place, (left.get(place) ?? 0) + 1);
      return undefined;
    });
  }
  for (const [place, records] of left) {
    log.warn('records were not checked for drift: the trackers of their account could not be listed', {
      place,
      records,
    });
  }
}

async function compare(run: Run, record: EventTrackerRecord): Promise<Outcome> {
  const { recorded, differing, healthy } = run.found;
  const eventTrackerArn = arnToCheck(record);
  if (eventTrackerArn !== undefined) recorded.add(eventTrackerArn);
  const outcome = await checkAgainstList(run, record);
  if (outcome === 'differs') differing.push(record.trackerId);
  else if (outcome === 'checked' && record.eventTrackerArn !== undefined) healthy.push(record.trackerId);
  return outcome === 'differs' ? undefined : outcome;
}

/** What takes calls: records that differ, tags, and trackers that no record names. */
async function checkQueues(run: Run, counts: Counts): Promise<void> {
  const { log, cursor, found, listed } = run;
  const before = await cursor.read();
  const place: { -readonly [Queue in DriftQueue]?: string } = { ...before };
  const checkAll = async (purpose: DriftQueue, ids: Iterable<string>, check: (id: string) => Promise<Outcome>) => {
    for (const id of rotateAfter(ids, before[purpose])) {
      if (run.calls[purpose] <= 0) return;
      try {
        await counted(log, counts, id, () => check(id));
      } catch (error) {
        if (!(error instanceof UnknownOutcomeError)) throw error;
        // Only this item may be affected, and permanently: the next run starts after it, and this run continues with the other queues.
        log.warn('the drift check was not answered', { purpose, subject: id, operation: error.operation });
        counts.aborted = true;
        place[purpose] = id;
        return;
      }
      place[purpose] = id;
    }
  };
  try {
    await checkAll('differing', found.differing, (trackerId) => checkRecord(run, trackerId));
    await checkAll('tags', found.healthy, (trackerId) => checkTags(run, trackerId));
    const unknownTrackers = [...listed.keys()].filter((eventTrackerArn) => !found.recorded.has(eventTrackerArn));
    await checkAll('unknownTrackers', unknownTrackers, (eventTrackerArn) => checkUnknownTracker(run, eventTrackerArn));
  } catch (error) {
    if (!isBusy(error)) throw error;
    counts.aborted = true;
  }
  // Also after an aborted run: the next one goes on from there.
  if (isMoved(before, place)) await cursor.save(place);
}

const isMoved = (before: DriftCursorPosition, after: DriftCursorPosition) =>
  DRIFT_QUEUES.some((purpose) => after[purpose] !== before[purpose]);

/** Counts the outcome of a check. A failing record is skipped; throttling and time-outs are rethrown. */
async function counted(log: Log, counts: Counts, subject: string, check: () => Promise<Outcome>): Promise<void> {
  try {
    const outcome = await check();
    if (outcome) counts[outcome]++;
  } catch (error) {
    if (isBusy(error)) throw error;
    counts.failed++;
    log.error('the record could not be checked for drift', error, { subject });
  }
}
