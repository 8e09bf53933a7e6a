import {
  arnToCheck,
  type DriftDecision,
  type RecordObservations,
  type TagObservations,
} from '../../functions/tracker/drift.ts';
import type { Drift } from '../../functions/tracker/drift-transitions.ts';
import { areTagsRequested } from '../../functions/tracker/name-and-tags.ts';
import type { TrackerStatus } from '../../functions/tracker/observation.ts';
import { type EventTrackerRecord, isIdle } from '../../functions/tracker/record.ts';
import { isRejected } from '../../functions/tracker/transition.ts';
import { NOW } from './clock.ts';
import { areOurs, describe, isThere, list, tagsOf } from './personalize.ts';
import { tagsWereUnreadable } from './rules.ts';
import { tagsFrom } from './tags.ts';
import {
  arnOf,
  type DriftCheck,
  type Emit,
  has,
  type Model,
  mayStillCreate,
  mayStillTag,
  type Scenario,
  spend,
  trackerBy,
  type World,
} from './world.ts';
import { write } from './write.ts';

/** How many reads must agree before a tracker, or its tags, are reported missing. Each of them may be stale. */
const READS_FOR_MISSING = 3;
const READS_FOR_TAGS = 2;

/** The drift check: it purges records after their retention and compares idle records, with the decisions of functions/tracker/drift.ts. */
export function routineSteps(model: Model, world: World, scenario: Scenario, emit: Emit): void {
  const { record, driftCheck } = world;
  if (record === undefined) return;
  const check: Check = { model, world, scenario, record, emit };
  if (scenario.purge && isIdle(record) && !mayStillCreate(world)) purge(check);
  if (!scenario.drift) return;
  if (driftCheck === undefined) beginCheck(check);
  else continueCheck(check, driftCheck);
}

interface Check {
  readonly model: Model;
  readonly world: World;
  readonly scenario: Scenario;
  readonly record: EventTrackerRecord;
  readonly emit: Emit;
}

/** One answer that a read may give. */
interface Answer<Seen> {
  readonly seen: Seen;
  /** It shows an older state than the current one. */
  readonly lags?: true;
  /** An earlier read has already shown a newer state. That is a fault. */
  readonly isFault?: true;
}

const STALE = { lags: true, isFault: true } as const;

/** A purge reads long after the last change, so no read is stale. */
function purge({ model, world, record, emit }: Check): void {
  const now = NOW + model.settings.retentionMs;
  const seen = describe(world, arnToCheck(record) ?? '');
  const status = seen === 'NOT_FOUND' ? seen : seen.status;
  let decision = model.decideRecorded(record, { listed: undefined, described: [] }, now, model.settings);
  if (decision.do === 'DescribeEventTracker') {
    decision = model.decideRecorded(record, { listed: undefined, described: [status] }, now, model.settings);
  }
  if (decision.do !== 'purge') return;
  const purged = model.apply('purge', record, { now }, model.settings);
  if (!isRejected(purged)) emit(() => 'the retention ends: the record is purged', write(model, world, purged));
}

function beginCheck(check: Check): void {
  const { world, scenario, record, emit } = check;
  const { eventTrackerArn } = record;
  const toVisit = arnToCheck(record);
  if (toVisit !== undefined) {
    const seen = describe(world, toVisit);
    const listed = seen === 'NOT_FOUND' ? undefined : seen.status;
    // The account-wide list is older than the record. It is only a hint: by itself it causes no write.
    const hints = listed !== undefined && has(world, 'staleRead') ? [listed, undefined] : [listed];
    for (const hint of hints) {
      const first: DriftCheck = { at: 'recorded', reads: { listed: hint, described: [] }, lagged: 0 };
      if (decidesRecorded(check, first.reads).do === 'DescribeEventTracker') {
        emit(() => `the drift check reads the record; the list has ${hint ?? 'nothing'} of ${toVisit}`, {
          ...world,
          driftCheck: first,
        });
      }
    }
    const { untagged, staleRead, retagged, tagRefused } = scenario.faults;
    // For an adopted tracker only the callers' tags could have changed.
    const couldBeNews = ((untagged || staleRead) && !record.adopted) || retagged || tagRefused;
    // By then every call that changes tags has taken effect.
    if (couldBeNews && !mayStillTag(world) && decidesTags(check, []).do === 'ListTagsForResource') {
      const driftCheck: DriftCheck = { at: 'tags', tagged: [], lagged: 0 };
      emit(() => `the drift check reads the record, and will read the tags of ${eventTrackerArn}`, {
        ...world,
        driftCheck,
      });
    }
  }
  // A description from before the record became idle tells nothing new.
  if (!isIdle(record)) return;
  for (const tracker of world.trackers) {
    const arn = arnOf(tracker.id);
    if (arn === eventTrackerArn) continue;
    const seen = describe(world, arn);
    const sees = (status: TrackerStatus, from: World, fault = false) =>
      emit(
        () => `the drift check describes ${arn}, which no record names: ${status}`,
        // Decisions only distinguish ACTIVE from other statuses.
        {
          ...from,
          driftCheck: { at: 'described', id: tracker.id, status: status === 'ACTIVE' ? status : 'DELETE PENDING' },
        },
        fault,
      );
    if (seen !== 'NOT_FOUND') sees(seen.status, world);
    else if (!isThere(tracker) && has(world, 'staleRead')) sees('ACTIVE', lagging(world), true);
  }
}

const lagging = (world: World): World => ({ ...world, budget: spend(world.budget, 'staleRead') });

const decidesRecorded = (
  { model, record }: Pick<Check, 'model' | 'record'>,
  reads: RecordObservations,
): DriftDecision => model.decideRecorded(record, reads, NOW, model.settings);
/** For each read, `+` if the tracker had our tags, else `-`, and the callers' tags. */
type Tagged = readonly (string | undefined)[];
const readOf = (ours: boolean, tags: string): string => `${ours ? '+' : '-'}${tags}`;
const readsOf = (tagged: Tagged): TagObservations =>
  tagged.map((read) =>
    read === undefined ? undefined : { ours: read.startsWith('+'), tags: tagsFrom(read.slice(1)) },
  );

/** Tags are read only once the tracker is older than createInFlight. */
const decidesTags = ({ model, record, scenario }: Pick<Check, 'model' | 'record' | 'scenario'>, tagged: Tagged) =>
  model.decideTags(
    record,
    readsOf(tagged),
    NOW + model.settings.createInFlightMs,
    model.settings,
    scenario.repairTags === true,
  );

function continueCheck(check: Check, driftCheck: DriftCheck): void {
  const { model, world, record, emit } = check;
  switch (driftCheck.at) {
    case 'recorded': {
      const eventTrackerArn = arnToCheck(record) ?? '';
      const { reads, lagged } = driftCheck;
      const isGroupRead = decidesRecorded(check, reads).do === 'ListEventTrackers';
      if (isGroupRead) {
        read(check, 'lists the dataset group', groupAnswers(model, world, eventTrackerArn), (seen, lag) => {
          const next = { ...driftCheck, reads: { ...reads, listedOfGroup: seen }, lagged: lagged + lag };
          return { next, decision: decidesRecorded(check, next.reads) };
        });
      } else {
        read(check, `describes ${eventTrackerArn}`, describeAnswers(world, eventTrackerArn), (seen, lag) => {
          const described = [...reads.described, seen];
          const next = { ...driftCheck, reads: { ...reads, described }, lagged: lagged + lag };
          return { next, decision: decidesRecorded(check, next.reads) };
        });
      }
      break;
    }
    case 'tags':
      read(
        check,
        `reads the tags of ${record.eventTrackerArn}`,
        tagAnswers(model, world, record.eventTrackerArn),
        (seen, lag) => {
          const next = { ...driftCheck, tagged: [...driftCheck.tagged, seen], lagged: driftCheck.lagged + lag };
          return { next, decision: decidesTags(check, next.tagged) };
        },
      );
      break;
    case 'described': {
      const { id, status } = driftCheck;
      const next: DriftCheck = { at: 'unknownTracker', id, status, tagged: [], lagged: 0 };
      const decision = model.decideUnknownTracker(record, { eventTrackerArn: arnOf(id), status }, []);
      const done = concluded(check, next, decision);
      emit(() => `the drift check reads the record of the dataset group → ${decision.do}`, done);
      break;
    }
    case 'unknownTracker': {
      const { id, status } = driftCheck;
      read(check, `reads the tags of ${arnOf(id)}`, tagAnswers(model, world, arnOf(id)), (seen, lag) => {
        const next = { ...driftCheck, tagged: [...driftCheck.tagged, seen], lagged: driftCheck.lagged + lag };
        return {
          next,
          decision: model.decideUnknownTracker(record, { eventTrackerArn: arnOf(id), status }, readsOf(next.tagged)),
        };
      });
      break;
    }
  }
}

/** One read: every possible answer, and the decision that follows. A denied read ends the check of this record. */
function read<Seen>(
  check: Check,
  text: string,
  answers: readonly Answer<Seen>[] | 'DENIED',
  make: (seen: Seen, lag: 0 | 1) => { next: DriftCheck; decision: DriftDecision },
): void {
  const { world, emit } = check;
  if (answers === 'DENIED') {
    emit(() => `the drift check ${text}, and is denied`, { ...world, driftCheck: undefined });
    return;
  }
  for (const { seen, lags, isFault } of answers) {
    const { next, decision } = make(seen, lags ? 1 : 0);
    const from = isFault ? lagging(world) : world;
    const label = () => `the drift check ${text}: ${seen}${lags ? ', a stale answer' : ''} → ${decision.do}`;
    emit(label, concluded({ ...check, world: from }, next, decision), isFault);
  }
}

/** The next read, or the write that ends the check. */
function concluded(check: Check, next: DriftCheck, decision: DriftDecision): World {
  const { model, world, record, scenario } = check;
  const done = { ...world, driftCheck: undefined };
  switch (decision.do) {
    case 'Leave':
      return done;
    case 'recordDriftChecked': {
      const { resolved } = decision;
      if (resolved === undefined) return done;
      const visited = model.apply('recordDriftChecked', record, { now: NOW, resolved }, model.settings);
      return isRejected(visited) ? done : write(model, done, visited);
    }
    case 'recordTags': {
      const { eventTrackerArn, tags } = decision;
      const shown = model.apply('recordTags', record, { now: NOW, eventTrackerArn, tags }, model.settings);
      return isRejected(shown) ? done : write(model, done, shown);
    }
    case 'repairTags': {
      const repaired = repairing(model, record);
      return isRejected(repaired) ? done : requested(write(model, done, repaired));
    }
    case 'recordDrift': {
      const { drift } = decision;
      const recorded = model.apply('recordDrift', record, { now: NOW, drift }, model.settings);
      if (isRejected(recorded)) return done;
      const repaired =
        scenario.repairTags && drift.kind === 'TAGS_CHANGED' && areTagsRequested(recorded)
          ? repairing(model, recorded)
          : undefined;
      let written: World;
      if (scenario.recreateMissing && drift.kind === 'DELETED_OUT_OF_BAND')
        written = recreated(model, done, record, recorded);
      else if (repaired && !isRejected(repaired)) written = requested(write(model, done, repaired));
      else written = write(model, done, recorded);
      const broken = written.broken ?? falseDrift(check, next, drift);
      return broken === undefined ? written : { ...written, broken };
    }
    default:
      return { ...world, driftCheck: next };
  }
}

/** The rule that a false drift report breaks. A report is excused if every read behind it was stale. */
function falseDrift({ world, record, scenario }: Check, next: DriftCheck, drift: Drift): string | undefined {
  const lagged = 'lagged' in next ? next.lagged : 0;
  const recorded = trackerBy(world, record.eventTrackerArn);
  switch (drift.kind) {
    case 'DELETED_OUT_OF_BAND':
      return recorded && isThere(recorded) && lagged < READS_FOR_MISSING
        ? 'the drift check reports an existing tracker as missing'
        : undefined;
    case 'TAGS_LOST':
      // A tag that was removed once may have been restored between the two reads.
      return recorded && world.budget.untagged === scenario.faults.untagged && lagged < READS_FOR_TAGS
        ? 'the drift check reports existing tags as missing'
        : undefined;
    case 'TAGS_CHANGED':
      return recorded && !recorded.tampered && lagged < READS_FOR_TAGS
        ? 'the drift check reports tags as changed that nobody else changed'
        : undefined;
    case 'STATUS_CHANGED':
      return recorded?.status === 'ACTIVE' ? 'the drift check mistakes an old status for a change' : undefined;
    case 'CREATED_OUT_OF_BAND': {
      const isOurs = trackerBy(world, drift.eventTrackerArn)?.ours && !tagsWereUnreadable(world);
      return isOurs && lagged < READS_FOR_TAGS
        ? 'the drift check mistakes our tracker for one created out of band'
        : undefined;
    }
    default:
      return undefined;
  }
}

function describeAnswers(world: World, eventTrackerArn: string): Answer<TrackerStatus | 'NOT_FOUND'>[] {
  const seen = describe(world, eventTrackerArn);
  if (seen === 'NOT_FOUND') return [{ seen, ...naturalLag(world, eventTrackerArn) }];
  const answers: Answer<TrackerStatus | 'NOT_FOUND'>[] = [{ seen: seen.status }];
  if (!has(world, 'staleRead')) return answers;
  answers.push({ seen: 'NOT_FOUND', ...STALE });
  if (seen.status === 'ACTIVE') answers.push({ seen: 'CREATE PENDING', ...STALE });
  return answers;
}

function groupAnswers(model: Model, world: World, eventTrackerArn: string): Answer<boolean>[] {
  const isListed = list(model, world).some((seen) => seen.eventTrackerArn === eventTrackerArn);
  if (!isListed) return [{ seen: false, ...naturalLag(world, eventTrackerArn) }];
  return [{ seen: true }, ...(has(world, 'staleRead') ? [{ seen: false, ...STALE }] : [])];
}

/** A new tracker that this read does not show yet: a lag, but no fault. */
function naturalLag(world: World, eventTrackerArn: string): { lags?: true } {
  const tracker = trackerBy(world, eventTrackerArn);
  return tracker && isThere(tracker) ? { lags: true } : {};
}

function tagAnswers(
  model: Model,
  world: World,
  eventTrackerArn: string | undefined,
): Answer<string | undefined>[] | 'DENIED' {
  if (!world.tagsReadable) return 'DENIED';
  const tracker = trackerBy(world, eventTrackerArn);
  if (tracker === undefined || (!isThere(tracker) && !tracker.ghost)) return [{ seen: undefined }];
  const isTagged = areOurs(model, tagsOf(tracker));
  const { tags = '', tagsBefore } = tracker;
  const answers: Answer<string | undefined>[] = [{ seen: readOf(isTagged, tags) }];
  if (!has(world, 'staleRead')) return answers;
  if (tracker.ours) answers.push({ seen: readOf(!isTagged, tags), ...STALE });
  if (tagsBefore !== undefined && tagsBefore !== tags) answers.push({ seen: readOf(isTagged, tagsBefore), ...STALE });
  answers.push({ seen: undefined, ...STALE });
  return answers;
}

/** The write that reports the missing tracker also requests it again. No caller asked, so the onlooker expects the same name. */
function recreated(model: Model, world: World, record: EventTrackerRecord, withoutTracker: EventTrackerRecord): World {
  const { trackerId, datasetGroupArn, name, tags, tenantId, adoptExisting, correlationId } = record;
  const key = { key: 'd', body: '' };
  const request = { trackerId, datasetGroupArn, name, tags, tenantId, adoptExisting, correlationId, key };
  const again = model.apply('recreate', withoutTracker, { now: NOW, request }, model.settings);
  if (isRejected(again))
    return { ...world, broken: `the missing tracker cannot be requested again: ${again.rejected}` };
  const next = write(model, world, again);
  const requestOf = [...next.onlooker.requestOf, next.onlooker.requestOf.at(-1) ?? 0];
  return { ...next, onlooker: { ...next.onlooker, requestOf } };
}

/** The write that restores requested tags. */
const repairing = (model: Model, record: EventTrackerRecord) => {
  const { tags, correlationId } = record;
  const key = { key: 'r', body: '' };
  return model.apply(
    'requestUpdate',
    record,
    { now: NOW, tags, correlationId, key, cause: 'REPAIR_STARTED' },
    model.settings,
  );
};

/** The generation that no caller requested belongs to the request before. */
function requested(world: World): World {
  const { onlooker } = world;
  return { ...world, onlooker: { ...onlooker, requestOf: [...onlooker.requestOf, onlooker.requestOf.at(-1) ?? 0] } };
}
