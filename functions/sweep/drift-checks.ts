import { apply } from '../tracker/apply.ts';
import {
  arnToCheck,
  type DriftDecision,
  decideRecorded,
  decideTags,
  decideUnknownTracker,
  type RecordObservations,
  type TagObservations,
} from '../tracker/drift.ts';
import type { Drift } from '../tracker/drift-transitions.ts';
import { hashOf, trackerIdOf } from '../tracker/identity.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';
import { isRejected } from '../tracker/transition.ts';
import type { Run } from './drift-run.ts';

/** What became of one look; nothing, where there was nothing to do, or no call was left to find out by. */
export type Outcome = 'checked' | 'drifted' | 'purged' | undefined;

/** A record at rest, by what the account-wide list tells, without a call. `differs`: it has to be looked at. */
export async function checkAgainstList(run: Run, record: EventTrackerRecord): Promise<Outcome | 'differs'> {
  const looks = { listed: run.listed.get(arnToCheck(record) ?? ''), described: [] };
  const decision = decideRecorded(record, looks, run.startedAt, run.settings);
  return decision.do === 'DescribeEventTracker' ? 'differs' : applyDecision(run, record, decision);
}

/** A record at rest of which the list tells otherwise: is its tracker there, as it is recorded? */
export async function checkRecord(run: Run, trackerId: string): Promise<Outcome> {
  const { store, settings, startedAt, personalize, calls } = run;
  const record = await store.read(trackerId);
  if (record === undefined) return undefined;
  const eventTrackerArn = arnToCheck(record);
  // Somebody has written since the list was gone through.
  if (eventTrackerArn === undefined) return undefined;
  let looks: RecordObservations = { listed: run.listed.get(eventTrackerArn), described: [] };
  for (;;) {
    const decision = decideRecorded(record, looks, startedAt, settings);
    switch (decision.do) {
      case 'DescribeEventTracker': {
        calls.differing--;
        const described = await personalize.describe(eventTrackerArn);
        const status = described === 'NOT_FOUND' ? described : described.status;
        looks = { ...looks, described: [...looks.described, status] };
        break;
      }
      case 'ListEventTrackers': {
        calls.differing--;
        const ofGroup = await personalize.listOfGroup(record.datasetGroupArn);
        looks = { ...looks, listedOfGroup: ofGroup.includes(eventTrackerArn) };
        break;
      }
      default:
        return applyDecision(run, record, decision);
    }
  }
}

/** A record whose tracker was just found as recorded: does it carry our tag still? */
export async function checkTags(run: Run, trackerId: string): Promise<Outcome> {
  const { store, settings, startedAt, personalize, calls } = run;
  const record = await store.read(trackerId);
  if (record?.eventTrackerArn === undefined) return undefined;
  let tagged: TagObservations = [];
  for (;;) {
    const decision = decideTags(record, tagged, startedAt, settings);
    if (decision.do !== 'ListTagsForResource') {
      // Its visit is counted already.
      return (await applyDecision(run, record, decision)) === 'drifted' ? 'drifted' : undefined;
    }
    calls.tags--;
    tagged = [...tagged, await personalize.isTagged(record.eventTrackerArn, trackerId)];
  }
}

/** A tracker that no record of this run has. Only its description tells its dataset group, and so its record. */
export async function checkUnknownTracker(run: Run, eventTrackerArn: string): Promise<Outcome> {
  const { store, personalize, calls } = run;
  calls.strangers--;
  const described = await personalize.describe(eventTrackerArn);
  if (described === 'NOT_FOUND') return undefined;
  const record = await store.read(trackerIdOf(described.datasetGroupArn));
  let tagged: TagObservations = [];
  for (;;) {
    const decision = decideUnknownTracker(record, { eventTrackerArn, status: described.status }, tagged);
    if (record === undefined) return undefined;
    if (decision.do === 'recordDrift')
      return (await recordAndStart(run, record, decision.drift)) ? 'drifted' : undefined;
    if (decision.do !== 'ListTagsForResource') return undefined;
    calls.strangers--;
    tagged = [...tagged, await personalize.isTagged(eventTrackerArn, record.trackerId)];
  }
}

/** Writes what was decided. What somebody else wrote in between stands: the next run looks again. */
async function applyDecision(run: Run, record: EventTrackerRecord, decision: DriftDecision): Promise<Outcome> {
  const { store, settings, startedAt } = run;
  if (decision.do === 'Leave') return undefined;
  if (decision.do === 'purge') {
    const purged = apply('purge', record, { now: startedAt }, settings);
    return !isRejected(purged) && (await store.save(record, purged)) ? 'purged' : undefined;
  }
  if (decision.do === 'recordDrift' && (await recordAndStart(run, record, decision.drift))) return 'drifted';
  const resolved = decision.do === 'recordDriftChecked' ? decision.resolved : undefined;
  const checked = apply('recordDriftChecked', record, { now: startedAt, resolved }, settings);
  if (isRejected(checked)) return undefined;
  return (await store.save(record, checked)) ? 'checked' : undefined;
}

/** Records what was found, and starts the execution that tells it. False: it was told before, or somebody wrote in between. */
async function recordAndStart(run: Run, record: EventTrackerRecord, drift: Drift): Promise<boolean> {
  const { store, settings, workflow, log } = run;
  const now = run.now();
  let after = apply('recordDrift', record, { now, drift }, settings);
  if (isRejected(after)) return false;
  if (drift.kind === 'DELETED_OUT_OF_BAND' && run.recreateMissing) {
    const request = {
      trackerId: record.trackerId,
      datasetGroupArn: record.datasetGroupArn,
      name: record.name,
      tags: record.tags,
      tenantId: record.tenantId,
      clientContext: record.clientContext,
      // As it was requested: a tracker that was adopted, and is there after all, is in no conflict with its own request.
      adoptExisting: record.adoptExisting,
      waitForDatasetGroup: record.waitForDatasetGroup,
      correlationId: record.correlationId,
      key: { key: hashOf(`drift ${record.rev}`), body: hashOf('drift') },
    };
    after = apply('recreate', after, { now, request }, settings);
    if (isRejected(after)) throw new Error(`A lost tracker could not be asked for again: ${after.rejected}.`);
  }
  const saved = await store.save(record, after);
  if (saved === undefined) return false;
  log.warn('drift', { trackerId: record.trackerId, drift: drift.kind });
  await workflow.start(saved);
  return true;
}
