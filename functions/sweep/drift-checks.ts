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
import { areTagsRequested } from '../tracker/name-and-tags.ts';
import type { EventTrackerRecord } from '../tracker/record.ts';
import { isRejected, type TransitionResult } from '../tracker/transition.ts';
import type { Run } from './drift-run.ts';

/** The result of one check; undefined if there was nothing to do or the call budget was used up. */
export type Outcome = 'checked' | 'drifted' | 'purged' | undefined;

/** Compares an idle record with the account-wide list, without a call. `differs`: it needs `checkRecord`. */
export async function checkAgainstList(run: Run, record: EventTrackerRecord): Promise<Outcome | 'differs'> {
  const reads = { listed: run.listed.get(arnToCheck(record) ?? ''), described: [] };
  const decision = decideRecorded(record, reads, run.startedAt, run.settings);
  return decision.do === 'DescribeEventTracker' ? 'differs' : applyDecision(run, record, decision);
}

/** Checks an idle record that differs from the list: does its tracker exist, as recorded? */
export async function checkRecord(run: Run, trackerId: string): Promise<Outcome> {
  const { store, settings, startedAt, personalize, calls } = run;
  const record = await store.read(trackerId);
  if (record === undefined) return undefined;
  const eventTrackerArn = arnToCheck(record);
  // The record was written after the list was compared.
  if (eventTrackerArn === undefined) return undefined;
  let reads: RecordObservations = { listed: run.listed.get(eventTrackerArn), described: [] };
  for (;;) {
    const decision = decideRecorded(record, reads, startedAt, settings);
    switch (decision.do) {
      case 'DescribeEventTracker': {
        calls.differing--;
        const described = await personalize.describe(eventTrackerArn);
        const status = described === 'NOT_FOUND' ? described : described.status;
        reads = { ...reads, described: [...reads.described, status] };
        break;
      }
      case 'ListEventTrackers': {
        calls.differing--;
        const ofGroup = await personalize.listOfGroup(record.datasetGroupArn);
        reads = { ...reads, listedOfGroup: ofGroup.includes(eventTrackerArn) };
        break;
      }
      default:
        return applyDecision(run, record, decision);
    }
  }
}

/** Checks the tags of a record whose tracker was just found as recorded. */
export async function checkTags(run: Run, trackerId: string): Promise<Outcome> {
  const { store, settings, startedAt, personalize, calls } = run;
  const record = await store.read(trackerId);
  if (record?.eventTrackerArn === undefined) return undefined;
  let reads: TagObservations = [];
  for (;;) {
    const decision = decideTags(record, reads, startedAt, settings, run.repairTags);
    if (decision.do !== 'ListTagsForResource') {
      // This check is already counted.
      return (await applyDecision(run, record, decision)) === 'drifted' ? 'drifted' : undefined;
    }
    calls.tags--;
    reads = [...reads, await personalize.readTags(record.eventTrackerArn, trackerId)];
  }
}

/** Checks a tracker that no record of this run names. Only its description names its dataset group, and so its record. */
export async function checkUnknownTracker(run: Run, eventTrackerArn: string): Promise<Outcome> {
  const { store, personalize, calls } = run;
  calls.unknownTrackers--;
  const described = await personalize.describe(eventTrackerArn);
  if (described === 'NOT_FOUND') return undefined;
  const record = await store.read(trackerIdOf(described.datasetGroupArn));
  let reads: TagObservations = [];
  for (;;) {
    const decision = decideUnknownTracker(record, { eventTrackerArn, status: described.status }, reads);
    if (record === undefined) return undefined;
    if (decision.do === 'recordDrift')
      return (await recordAndStart(run, record, decision.drift)) ? 'drifted' : undefined;
    if (decision.do !== 'ListTagsForResource') return undefined;
    calls.unknownTrackers--;
    reads = [...reads, await personalize.readTags(eventTrackerArn, record.trackerId)];
  }
}

/** Writes the decision. If somebody has written in between, nothing is written and the next run checks again. */
async function applyDecision(run: Run, record: EventTrackerRecord, decision: DriftDecision): Promise<Outcome> {
  const { store, settings, startedAt } = run;
  if (decision.do === 'Leave') return undefined;
  if (decision.do === 'purge') {
    const purged = apply('purge', record, { now: startedAt }, settings);
    return !isRejected(purged) && (await store.save(record, purged)) ? 'purged' : undefined;
  }
  if (decision.do === 'recordTags') {
    const { eventTrackerArn, tags } = decision;
    const tagged = apply('recordTags', record, { now: run.now(), eventTrackerArn, tags }, settings);
    if (isRejected(tagged) || !(await store.save(record, tagged))) return undefined;
    run.log.info('the requested tags are back in Personalize', { trackerId: record.trackerId });
    return 'checked';
  }
  if (decision.do === 'repairTags') {
    const repairing = withTagsRepaired(run, record, run.now());
    if (isRejected(repairing)) return undefined;
    const saved = await store.save(record, repairing);
    if (saved) await run.workflow.start(saved);
    return saved && 'drifted';
  }
  if (decision.do === 'recordDrift' && (await recordAndStart(run, record, decision.drift))) return 'drifted';
  const resolved = decision.do === 'recordDriftChecked' ? decision.resolved : undefined;
  const checked = apply('recordDriftChecked', record, { now: startedAt, resolved }, settings);
  if (isRejected(checked)) return undefined;
  return (await store.save(record, checked)) ? 'checked' : undefined;
}

/** Records the drift, and starts the execution that reports it. False: already reported, or somebody wrote in between. */
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
      // As requested before: if the adopted tracker exists after all, it must not conflict with its own request.
      adoptExisting: record.adoptExisting,
      waitForDatasetGroup: record.waitForDatasetGroup,
      correlationId: record.correlationId,
      key: { key: hashOf(`drift ${record.rev}`), body: hashOf('drift') },
    };
    after = apply('recreate', after, { now, request }, settings);
    if (isRejected(after)) throw new Error(`A missing tracker could not be requested again: ${after.rejected}.`);
  }
  if (drift.kind === 'TAGS_CHANGED' && run.repairTags && areTagsRequested(after)) {
    const repairing = withTagsRepaired(run, after, now);
    // Without room in the outbox, a later run repairs them.
    if (!isRejected(repairing)) after = repairing;
  }
  const saved = await store.save(record, after);
  if (saved === undefined) return false;
  log.warn('drift', { trackerId: record.trackerId, drift: drift.kind });
  await workflow.start(saved);
  return true;
}

/** The record with a generation that restores the requested tags. */
const withTagsRepaired = ({ settings }: Run, record: EventTrackerRecord, now: number): TransitionResult => {
  const { tags, correlationId, traceparent, rev } = record;
  const key = { key: hashOf(`repair ${rev}`), body: hashOf('repair') };
  const request = { tags, correlationId, traceparent, key, cause: 'REPAIR_STARTED' as const };
  return apply('requestUpdate', record, { now, ...request }, settings);
};
