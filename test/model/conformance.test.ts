import { expect, test } from 'vitest';
import { AccessDeniedError, ThrottledError, UnexpectedResponseError } from '../../functions/gateways/aws-errors.ts';
import type { CreateResult, PersonalizeGateway } from '../../functions/gateways/personalize.ts';
import { decide } from '../../functions/tracker/decide.ts';
import { needsObservation, type Observation, type UnreadableResponse } from '../../functions/tracker/observation.ts';
import { type EventTrackerRecord, isUpdating } from '../../functions/tracker/record.ts';
import { CheckDatasetGroup } from '../../functions/workflow/CheckDatasetGroup.lambda.ts';
import { CreateEventTracker } from '../../functions/workflow/CreateEventTracker.lambda.ts';
import { DeleteEventTracker } from '../../functions/workflow/DeleteEventTracker.lambda.ts';
import { Observe } from '../../functions/workflow/Observe.lambda.ts';
import { PublishEvents } from '../../functions/workflow/PublishEvents.lambda.ts';
import {
  type PersonalizeDependencies,
  runTask,
  type Task,
  type TaskDependencies,
} from '../../functions/workflow/task.ts';
import { UpdateTags } from '../../functions/workflow/UpdateTags.lambda.ts';
import { MemoryStore } from '../world/memory-store.ts';
import { keyOfRecord } from './canonical.ts';
import { check } from './checker.ts';
import { NOW } from './clock.ts';
import { seenDatasetGroup } from './dataset-group.ts';
import { runSteps } from './execution.ts';
import { DEPLOYED } from './model.ts';
import { observed } from './observe.ts';
import { arnOf, type Scenario, type Tracker, type World } from './world.ts';

/** A scenario that produces a variety of records and observations. */
const SCENARIO: Scenario = {
  name: 'sampled',
  requests: [{ ask: 'tracker' }, { ask: 'deletion' }, { ask: 'adopt', after: 1 }],
  faults: { createLost: 1, createFailed: 1, createdOutOfBand: 1, denied: 1, unreadable: 1, deadline: 1, refused: 1 },
};
/** The same with changes of tags. */
const UPDATES: Scenario = {
  name: 'sampled with changes of tags',
  requests: [{ ask: 'tracker' }, { ask: 'patch', tags: 'A' }, { ask: 'patch', tags: 'C' }, { ask: 'deletion' }],
  faults: { tagRefused: 1, tagLate: 1, tagsUnreadable: 1, deletedOutOfBand: 1 },
};
const MAX_STATES = 60_000;
const log = { info() {}, warn() {}, error() {} };

interface Sample {
  readonly record: EventTrackerRecord;
  readonly observation: Observation;
}

/** The distinct arguments with which the model called `decide`. */
function sample(): Sample[] {
  const samples = new Map<string, Sample>();
  const recording: typeof decide = (record, observation, now, settings) => {
    const key = `${keyOfRecord(record)} ${JSON.stringify(observation)}`;
    if (!samples.has(key)) samples.set(key, { record, observation });
    return decide(record, observation, now, settings);
  };
  for (const scenario of [SCENARIO, UPDATES]) check({ ...DEPLOYED, decide: recording }, scenario, MAX_STATES);
  return [...samples.values()];
}
const SAMPLES = sample();
const RECORDS = [...new Map(SAMPLES.map(({ record }) => [keyOfRecord(record), record])).values()];

function never(): never {
  throw new Error('unexpected call');
}
const unexpectedCalls: PersonalizeGateway = {
  describe: never,
  list: never,
  describeDatasetGroup: never,
  create: never,
  readTags: never,
  tag: never,
  untag: never,
  delete: never,
};

/** Adds a Personalize that answers these calls and rejects all others. */
const personalizeWith =
  (calls: Partial<PersonalizeGateway>) =>
  (dependencies: TaskDependencies): PersonalizeDependencies => ({
    ...dependencies,
    personalize: { ...unexpectedCalls, ...calls },
  });

/** Runs the real task on this record as its Lambda function does. Returns the record afterwards and the task's action or error. */
async function run<Needs extends TaskDependencies>(
  task: Task<Needs>,
  record: EventTrackerRecord,
  dependenciesWith: (dependencies: TaskDependencies) => Needs,
): Promise<{ record: EventTrackerRecord; action: string }> {
  const store = new MemoryStore();
  store.records.set(record.trackerId, record);
  const dependencies = dependenciesWith({ store, settings: DEPLOYED.settings, now: () => NOW, random: () => 0.5, log });
  const input = { version: 1, trackerId: record.trackerId, epoch: record.epoch, generation: record.generation };
  const action = await runTask(task, dependencies, input).then(
    (answer) => answer.action as string,
    (error: unknown) => (error instanceof ThrottledError ? 'ThrottledError' : never()),
  );
  return { record: store.records.get(record.trackerId) ?? record, action };
}

/** Runs the model's execution from the start of the task to the next state of the state machine, along the steps with these labels. */
function runModel(from: World, ...labels: RegExp[]): { record: EventTrackerRecord | undefined; action: string } {
  let world = from;
  for (const words of labels) {
    const [task] = world.runs;
    if (task === undefined || (task.place.at === 'Observe' && world !== from)) break;
    let next: World | undefined;
    runSteps(DEPLOYED, world, task, {}, (label, after) => {
      if (next === undefined && words.test(label())) next = after;
    });
    if (next === undefined) break;
    world = next;
  }
  return { record: world.record, action: world.runs[0]?.place.at ?? 'Done' };
}

const worldAt = (
  record: EventTrackerRecord,
  at: 'CreateEventTracker' | 'DeleteEventTracker' | 'UpdateTags' | 'CheckDatasetGroup' | 'PublishEvents',
  trackers: readonly Tracker[] = [],
): World => ({
  record,
  datasetGroup: 'READY',
  wasReady: true,
  trackers,
  late: [],
  runs: [{ epoch: record.epoch, leftBehind: false, place: { at, generation: record.generation } }],
  start: 'made',
  clients: [],
  firstUses: [],
  driftCheck: undefined,
  operation: undefined,
  isGovernorAlive: false,
  tagsReadable: true,
  mayObserve: true,
  responses: 'readable',
  budget: { throttled: 1, refused: 1, createVanished: 1, checkFails: 1, tagRefused: 1 },
  onlooker: { requestOf: [], promised: 0, open: 0, replaced: [], lastPublished: undefined },
});
const tracker = (eventTrackerArn: string | undefined, status: Tracker['status']): Tracker => ({
  id: Number(eventTrackerArn?.split('-')[1] ?? 9),
  ours: true,
  name: 'name-0',
  status,
  visible: 7,
  old: false,
  doomed: true,
});

test('the sample has more than 100 records in five or more statuses', () => {
  expect(RECORDS.length).toBeGreaterThan(100);
  expect(new Set(RECORDS.map(({ status }) => status)).size).toBeGreaterThan(4);
});

test('Observe leaves the same record and the same next action as the model', async () => {
  let compared = 0;
  let unreadables = 0;
  let tagged = 0;
  for (const { record, observation } of SAMPLES) {
    const { denied, unreadable, described, listed, callerTags } = {
      denied: undefined,
      unreadable: undefined,
      callerTags: undefined,
      described: undefined,
      listed: undefined,
      ...observation,
    };
    const isWithoutRead = !needsObservation(record) || (isUpdating(record) && record.tagUpdate === undefined);
    const isFirstDecision = isWithoutRead
      ? JSON.stringify(observation) === '{}'
      : denied || unreadable || callerTags || (record.eventTrackerArn === undefined ? listed && !described : described);
    // The model also decides again within one Observe, after recording. The real task cannot start there.
    if (!isFirstDecision) continue;
    const refused = denied ? new AccessDeniedError('ListEventTrackers') : unreadable && unexpectedResponse(unreadable);
    const answered = <Answer>(answer: Answer | undefined) =>
      refused ? Promise.reject(refused) : Promise.resolve(answer ?? never());
    let tagReads = 0;
    const real = await run(
      Observe,
      record,
      personalizeWith({
        describe: () => answered(described),
        list: () => answered(listed && [...listed]),
        readTags: () => {
          const tags = callerTags?.[tagReads++];
          return answered(tags === 'NOT_FOUND' ? tags : tags && { tags });
        },
      }),
    );
    const model = observed(DEPLOYED, record, observation, record.epoch);
    expect([keyOfRecord(real.record), real.action]).toEqual([keyOfRecord(model.after), model.action]);
    compared++;
    if (unreadable) unreadables++;
    if (callerTags) tagged++;
  }
  expect(tagged).toBeGreaterThan(10);
  expect(compared).toBeGreaterThan(200);
  expect(unreadables).toBeGreaterThan(20);
});

const unexpectedResponse = ({ operation, answer }: UnreadableResponse) =>
  new UnexpectedResponseError(operation, { answer });

const CREATE_ANSWERS: readonly { answer: CreateResult; words: RegExp; group: readonly Tracker[]; next: string }[] = [
  { answer: { kind: 'created', eventTrackerArn: arnOf(1) }, words: /creates/, group: [], next: 'WaitBeforeNextPoll' },
  { answer: { kind: 'throttled' }, words: /throttled/, group: [], next: 'ThrottledError' },
  { answer: { kind: 'unknown' }, words: /is lost/, group: [], next: 'WaitBeforeNextPoll' },
  {
    answer: { kind: 'denied', operation: 'CreateEventTracker' },
    words: /fails permanently/,
    group: [],
    next: 'ObserveAgain',
  },
  {
    answer: { kind: 'refused', awsError: 'TooManyTagsException', message: '' },
    words: /fails permanently/,
    group: [],
    next: 'ObserveAgain',
  },
  {
    answer: { kind: 'refused', awsError: 'ResourceAlreadyExistsException', message: '' },
    words: /is refused: ResourceAlreadyExists/,
    group: [tracker(undefined, 'ACTIVE')],
    next: 'ObserveAgain',
  },
];

test.each(CREATE_ANSWERS)(
  'CreateEventTracker answered $answer.kind: the real task does what the model does',
  async ({ answer, words, group, next }) => {
    let called = 0;
    let published = 0;
    for (const record of RECORDS) {
      let wasSent = false;
      const real = await run(
        CreateEventTracker,
        record,
        personalizeWith({
          async create() {
            wasSent = true;
            return answer;
          },
        }),
      );
      const model = runModel(
        worldAt(record, 'CreateEventTracker', group),
        /begins create|may not create/,
        words,
        /records the answer/,
        /records the failure/,
      );
      expect(model.record && keyOfRecord(model.record)).toBe(keyOfRecord(real.record));
      if (!wasSent) continue;
      // The outbox is published before the wait for the throttle.
      const isPublishedFirst = next === 'ThrottledError' && record.outbox.length > 0;
      if (isPublishedFirst) published++;
      const waits = next === 'ThrottledError' ? 'CreateEventTracker' : 'Observe';
      expect([real.action, model.action]).toEqual(
        isPublishedFirst ? ['PublishEvents', 'PublishEvents'] : [next, waits],
      );
      called++;
    }
    expect(called).toBeGreaterThan(5);
    if (next === 'ThrottledError') expect(published).toBeGreaterThan(0);
  },
);

test.each([
  ['ACCEPTED', 'ACTIVE'],
  ['IN_USE', 'CREATE PENDING'],
] as const)('DeleteEventTracker answered %s: the real task does what the model does', async (answer, status) => {
  let called = 0;
  for (const record of RECORDS) {
    let deleted: string | undefined;
    const real = await run(
      DeleteEventTracker,
      record,
      personalizeWith({
        async delete(eventTrackerArn) {
          deleted = eventTrackerArn;
          return answer;
        },
      }),
    );
    const world = worldAt(record, 'DeleteEventTracker', [tracker(record.eventTrackerArn, status)]);
    const model = runModel(world, /will delete|nothing to delete/, /deletes|may not delete/);
    expect(model.record && keyOfRecord(model.record)).toBe(keyOfRecord(real.record));
    if (deleted === undefined) continue;
    expect(deleted).toBe(record.eventTrackerArn);
    called++;
  }
  expect(called).toBeGreaterThan(5);
});

test.each([
  ['READY', /passes/],
  ['CREATING', /waits for the dataset group|nothing to wait for/],
  ['FAILED', /fails/],
  ['MISSING', /fails/],
] as const)(
  'CheckDatasetGroup of a dataset group that is %s: the real task does what the model does',
  async (datasetGroup, words) => {
    let published = 0;
    for (const record of RECORDS) {
      const world = { ...worldAt(record, 'CheckDatasetGroup'), datasetGroup };
      const real = await run(
        CheckDatasetGroup,
        record,
        personalizeWith({ describeDatasetGroup: async () => seenDatasetGroup(world) }),
      );
      const model = runModel(world, words);
      expect(model.record && keyOfRecord(model.record)).toBe(keyOfRecord(real.record));
      expect(real.action === 'PublishEvents').toBe(model.action === 'PublishEvents');
      if (model.action === 'PublishEvents') published++;
    }
    if (datasetGroup === 'CREATING') expect(published).toBeGreaterThan(0);
  },
);

test.each([
  ['accepted', undefined, undefined],
  ['throttled', new ThrottledError('TagResource'), /throttled/],
  ['denied', new AccessDeniedError('TagResource'), /denied/],
] as const)('UpdateTags answered %s: the real task does what the model does', async (_, refused, words) => {
  let called = 0;
  for (const record of RECORDS) {
    const sent: unknown[] = [];
    const change = async (...call: unknown[]) => {
      sent.push(call);
      if (refused) throw refused;
    };
    const real = await run(
      UpdateTags,
      record,
      personalizeWith({ readTags: async () => ({ tags: [] }), tag: change, untag: change }),
    );
    const world = worldAt(record, 'UpdateTags', [tracker(record.eventTrackerArn, 'ACTIVE')]);
    const model = runModel(
      world,
      /reserves the calls|may not change|no tags to change/,
      words ?? /no call to make|Resource [a-z=A-Z,]+$/,
      words ? /records the answer/ : /Resource [a-z=A-Z,]+$|records the answer/,
      /records the answer/,
    );
    expect(model.record && keyOfRecord(model.record)).toBe(keyOfRecord(real.record));
    if (sent.length > 0) called++;
  }
  expect(called).toBeGreaterThan(5);
});

test('PublishEvents: the real task does what the model does', async () => {
  for (const record of RECORDS.filter(({ outbox }) => outbox.length > 0)) {
    const bus = {
      put: async (events: readonly { id: string }[]) => ({ taken: events.map(({ id }) => id), refused: [] }),
    };
    const real = await run(PublishEvents, record, (dependencies) => ({ ...dependencies, bus }));
    const model = runModel(worldAt(record, 'PublishEvents'), /puts the events/, /marks what was published/);
    expect(model.record && keyOfRecord(model.record)).toBe(keyOfRecord(real.record));
  }
});
