import { type EventTrackerRecord, isHandedOver, type Status } from '../../functions/tracker/record.ts';
import type { FirstUse } from '../../functions/tracker/repeats.ts';
import { CREATE_IN_FLIGHT_AGO, isBackingOff, isLost, isPast, isPending, NOW } from './clock.ts';
import { keyOfOperation } from './operation-rules.ts';
import { once } from './remember.ts';
import { textOf } from './tags.ts';
import { FAULTS, type Fault, type Place, type Run, type Scenario, type World } from './world.ts';

const STATUS: Readonly<Record<Status | 'GONE', string>> = {
  'CREATE PENDING': 'p',
  'CREATE IN_PROGRESS': 'i',
  ACTIVE: 'A',
  'CREATE FAILED': 'F',
  'DELETE PENDING': 'd',
  'DELETE IN_PROGRESS': 'e',
  DELETED: 'D',
  RELEASED: 'R',
  GONE: 'g',
};
const PLACE: Readonly<Record<Place['at'], string>> = {
  Observe: 'O',
  read: 'r',
  described: 'd',
  observed: 'l',
  decided: 'D',
  CheckDatasetGroup: 'K',
  CreateEventTracker: 'C',
  DeleteEventTracker: 'X',
  PublishEvents: 'P',
  permitted: 'p',
  answered: 'a',
  refused: 'f',
  deleting: 'x',
  UpdateTags: 'U',
  tagging: 'u',
  tagged: 'v',
  published: 't',
  handedOver: 'h',
  enqueued: 'q',
};

const RESPONSES: Readonly<Record<World['responses'], string>> = {
  readable: '',
  unreadable: 'n',
  'never readable again': 'N',
};

/** An attempt is only compared with the record's: it is either the current one or an earlier one. */
const age = (record: EventTrackerRecord, attempt: number): string => (attempt === record.attempt ? '0' : '1');
const GROUP: Readonly<Record<World['datasetGroup'], string>> = {
  READY: '',
  CREATING: 'c',
  STUCK: 's',
  FAILED: 'f',
  MISSING: 'm',
};
const flag = (is: unknown, letter: string): string => (is ? letter : '');

/** The tags, and what their change has come to. Empty in scenarios without one. */
function keyOfTags({
  tags,
  tagsFrom,
  observed,
  tagUpdate,
  tagCall,
  updateFailure,
  generation,
}: EventTrackerRecord): string {
  const parts = [
    textOf(tags),
    observed ? textOf(observed.tags) : '',
    tagsFrom?.charAt(0) ?? '',
    tagUpdate &&
      `${isPast(tagUpdate.since) ? 'O' : 'Y'}${flag(tagUpdate.accepted, 'a')}${flag(tagUpdate.refusal, 'r')}${flag(tagUpdate.failure, 'f')}`,
    tagCall &&
      `${tagCall.eventTrackerArn}${flag(tagCall.generation === generation, '=')}${flag(tagCall.overlapsEarlierCall, 'o')}${flag(tagCall.at <= CREATE_IN_FLIGHT_AGO, 'O')}`,
    updateFailure && 'F',
  ];
  return parts.some(Boolean) ? `T${parts.join('/')}` : '';
}

const shortNames = new Map<string, string>();

/**
 * The part of a record that decisions and transitions can depend on. It leaves out texts, the history, and counters. Epoch and attempt are
 * compared only with the record's own; sequence and rev are never compared.
 */
export const keyOfRecord = once((record): string => {
  const { call, cleanup, alreadyExistsRefusal, missing, observed } = record;
  const report = cleanup?.report;
  const key =
    `${record.desired === 'PRESENT' ? '+' : '-'}${record.generation}${record.observedGeneration}${STATUS[record.status]}` +
    `${record.eventTrackerArn ?? '_'}${flag(record.trackingId, '!')}${flag(record.adopted, 'a')}` +
    `${flag(record.createdAt, isPast(record.createdAt) ? 'O' : 'Y')}` +
    (call
      ? `c${isPending(record) ? 'P' : 'O'}${flag(call.overlapsEarlierCall, 'o')}${flag(call.acknowledged, 'n')}`
      : '') +
    (cleanup
      ? `u${flag(cleanup.deletionRequestedAt, isPast(cleanup.deletionRequestedAt) ? 'O' : 'Y')}${report ? `${STATUS[report.status]}${report.generation}${flag(report.clientContext !== record.clientContext, 'x')}` : ''}`
      : '') +
    `${flag(record.checkedGeneration === record.generation, 'k')}${flag(isHandedOver(record), 'h')}${flag(record.place !== undefined, 'q')}` +
    (alreadyExistsRefusal ? `b${isPast(alreadyExistsRefusal.since) ? 'O' : 'Y'}` : '') +
    (record.preflightWait ? `g${isPast(record.preflightWait.since) ? 'O' : 'Y'}` : '') +
    flag(record.waitForDatasetGroup, 'v') +
    flag(record.unreadableSince, isPast(record.unreadableSince) ? 'nO' : 'nY') +
    `o${record.outbox.length}w${record.callbacks.length}${record.keys.map(({ key }) => key).join('')}` +
    `${flag(isBackingOff(record), 'B')}${flag(record.adoptExisting, 'x')}${flag(record.attempt > 0, 't')}` +
    `${flag(isPast(record.lastUpdatedDateTime), 'L')}${flag(isPast(record.requestedAt), 'W')}${flag(record.requestedAt > NOW, 'V')}${record.tenantId}${record.reportedDrift ?? ''}` +
    (observed ? `v${observed.eventTrackerArn}${flag(observed.name !== record.name, observed.name)}` : '') +
    (record.clientContext ? `x${record.clientContext}` : '') +
    keyOfTags(record) +
    (missing ? `l${missing.eventTrackerArn}${isLost(record) ? 'Y' : 'O'}${flag(missing.adopted, 'a')}` : '');
  // State keys are hashed two million times, so a short alias keeps them small.
  let short = shortNames.get(key);
  if (short === undefined) {
    short = shortNames.size.toString(36);
    shortNames.set(key, short);
  }
  return short;
});

function keyOfPlace(place: Place, record: EventTrackerRecord): string {
  const asRead = (read: EventTrackerRecord): string => (read === record ? '' : `<${keyOfRecord(read)}>`);
  switch (place.at) {
    case 'Observe':
      return place.waitMs === undefined ? '' : `${place.waitMs}`;
    case 'read':
    case 'described':
      return asRead(place.asRead);
    case 'observed':
      return JSON.stringify(place.observation);
    case 'decided':
      return `${asRead(place.asRead)}${place.action}<${keyOfRecord(place.after)}>`;
    case 'permitted':
      return `${age(record, place.attempt)}${record.generation - place.generation}`;
    case 'answered': {
      const { result } = place;
      const arn = result.kind === 'created' ? result.eventTrackerArn : '';
      return `${age(record, place.attempt)}${record.generation - place.generation}${result.kind}${arn}`;
    }
    case 'deleting':
      return `${place.eventTrackerArn}${record.generation - place.generation}${flag(place.rev === record.rev, '=')}`;
    case 'tagging':
      return `${record.generation - place.generation}${place.eventTrackerArn}${place.untag.join('')}/${place.tag}`;
    case 'tagged':
      return `${record.generation - place.generation}${place.result.kind}${place.reservedAt}`;
    case 'handedOver':
    case 'enqueued':
      return '';
    case 'published':
      return record.outbox.map(({ id }) => (place.ids.includes(id) ? '1' : '0')).join('');
    default:
      return `${record.generation - place.generation}`;
  }
}

const keyOfRun = (run: Run, record: EventTrackerRecord): string =>
  `${PLACE[run.place.at]}${flag(run.epoch !== record.epoch, '~')}${flag(run.leftBehind, 'z')}${keyOfPlace(run.place, record)}`;

/** The faults of each scenario, computed once. */
const faultsOf = new WeakMap<Scenario, readonly Fault[]>();
function faultsIn(scenario: Scenario): readonly Fault[] {
  const known = faultsOf.get(scenario);
  if (known !== undefined) return known;
  const faults = FAULTS.filter((fault) => scenario.faults[fault]);
  faultsOf.set(scenario, faults);
  return faults;
}

function joined(parts: string[]): string {
  if (parts.length > 1) parts.sort();
  return parts.join(',');
}

/** Whether a response was unreadable matters only for the newest request. */
const unusedKey = ({ unused }: World['onlooker'], { generation }: EventTrackerRecord): string =>
  flag(unused === generation, 'n');

/** All that matters about a key's first use is whether the record is unchanged since. */
const firstUseKey = (
  firstUse: FirstUse | undefined,
  { generation, contextRevision = 0 }: EventTrackerRecord,
): string =>
  firstUse ? flag(firstUse.generation === generation && firstUse.contextRevision === contextRevision, '1') || '0' : '';

const keptKey = (kept: string | undefined, record: EventTrackerRecord): string =>
  kept === record.eventTrackerArn ? flag(kept, '=') : (kept ?? '');

/** The canonical form of a state: two states with one key have the same future. */
export function keyOf(world: World, scenario: Scenario): string {
  const { record, onlooker, driftCheck } = world;
  if (record === undefined) return 'nothing';
  let budget = '';
  for (const fault of faultsIn(scenario)) budget += world.budget[fault];
  const trackers = world.trackers.map(
    ({ id, ours, anothers, name, status, visible, old, doomed, ghost, tags, tagsBefore, tampered }) =>
      `${id}${flag(ours, '+')}${flag(anothers, '*')}${flag(name !== record.name, name)}${STATUS[status]}${visible}${flag(old, 'o')}${flag(doomed, 'x')}${flag(ghost, 'h')}${tags === undefined ? '' : `T${tags}/${scenario.faults.staleTags || scenario.faults.staleRead ? tagsBefore : ''}${flag(tampered, '#')}`}`,
  );
  const late = world.late.map((call) =>
    call.kind === 'create'
      ? `c${age(record, call.attempt)}${flag(call.name !== record.name, call.name)}${call.tags}`
      : `${call.kind === 'tags' ? `t${call.untag.join('')}/${call.tag}` : 'x'}${call.eventTrackerArn}`,
  );
  const clients = world.clients
    .map((phase, index) => phase.charAt(0) + firstUseKey(world.firstUses[index], record))
    .join('');
  const operation = keyOfOperation(world.operation);
  // Without it every request is admitted by its own execution, so nothing depends on whether it was.
  const admission = scenario.admission
    ? `${flag(world.isGovernorAlive, 'G')}${flag(record.admittedGeneration === record.generation, 'a')}${flag(isPast(record.admittedAt), 'O')}`
    : '';
  const found = driftCheck ? JSON.stringify(driftCheck) : '';
  return (
    `${keyOfRecord(record)}${scenario.leases ? record.due.at - NOW : ''}|${joined(trackers)}|${joined(late)}|` +
    `${joined(world.runs.map((run) => keyOfRun(run, record)))}|${world.start.charAt(0)}${clients}${found}${operation}${admission}|${budget}|` +
    `${GROUP[world.datasetGroup]}${flag(!world.wasReady, 'w')}` +
    `${flag(!world.tagsReadable, 'u')}${flag(!world.mayObserve, 'd')}${RESPONSES[world.responses]}${onlooker.requestOf.join('')}` +
    `${onlooker.promised}${onlooker.open}${flag(onlooker.activeName !== record.name, onlooker.activeName ?? '')}c${onlooker.replaced.join('')}${onlooker.lastPublished ?? ''}${keptKey(onlooker.kept, record)}${unusedKey(onlooker, record)}`
  );
}
