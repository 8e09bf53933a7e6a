import { setTimeout as nextPoll } from 'node:timers/promises';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EventTrackerRecord, isIdle } from '../../../functions/tracker/record.ts';
import { TASKS, type TaskName } from '../../../infra/state-machine.ts';
import { type Between, LocalStateMachine, type Machine, type Subject } from './local-state-machine.ts';

/** A way in which Step Functions itself ends a task or an execution. Each is tried with every task of the deployed JSON. */
interface Failure {
  readonly name: string;
  readonly machine: Machine;
  readonly between: (local: LocalStateMachine, subject: Subject) => Between;
  /** How the affected execution ends. */
  readonly ended: { readonly status: string; readonly error?: string };
}

const NOTHING_RETURNED = new Promise<never>(() => {});
const TOO_LONG = { action: 'Done', waitSeconds: 1, generation: 1, padding: 'x'.repeat(300_000) };

/** Fails every invocation. The odd ones do their work first and lose only their result; the even ones never start. */
const always =
  (fail: () => unknown): Failure['between'] =>
  () =>
  async (act, invocation) => {
    if (invocation % 2 === 1) await act();
    return fail();
  };
const failingForever = (name: string): Failure => ({
  name: `${name} in every invocation`,
  machine: 'deployed',
  between: always(() => Promise.reject(Object.assign(new Error('injected failure'), { name }))),
  ended: { status: 'FAILED', error: 'LifecycleFailed' },
});

const FAILURES: readonly Failure[] = [
  failingForever('States.Timeout'),
  failingForever('Lambda.ServiceException'),
  failingForever('Lambda.TooManyRequestsException'),
  {
    name: 'States.Timeout, once',
    machine: 'impatient',
    between: () => async (act, invocation) => {
      const result = await act();
      return invocation === 1 ? NOTHING_RETURNED : result;
    },
    ended: { status: 'SUCCEEDED' },
  },
  {
    // The state machine neither retries nor catches this error.
    name: 'States.DataLimitExceeded',
    machine: 'deployed',
    between: always(() => TOO_LONG),
    ended: { status: 'FAILED', error: 'States.DataLimitExceeded' },
  },
  {
    name: "an operator's abort",
    machine: 'deployed',
    between: (local, subject) => async (act) => {
      const executionArn = local.executionArn(subject, subject.machine, local.record(subject).epoch);
      await local.stepFunctions.send(new StopExecutionCommand({ executionArn, cause: 'stopped by the operator' }));
      // The Lambda function does not notice, and finishes its work.
      return act();
    },
    ended: { status: 'ABORTED' },
  },
];

interface CaseResult {
  readonly subject: Subject;
  readonly execution: { readonly status?: string; readonly error?: string };
  /** The record and the trackers right after the failure. */
  readonly left: { readonly record: EventTrackerRecord; readonly trackers: readonly object[] };
}
const local = new LocalStateMachine();
const results = new Map<string, CaseResult>();
const rows = TASKS.flatMap((task) => FAILURES.map((failure) => ({ task, failure, key: `${task} ${failure.name}` })));
const deletes = (task: TaskName) => task === 'DeleteEventTracker';
const updates = (task: TaskName) => task === 'UpdateTags';

async function runCase(task: TaskName, { machine, between }: Failure, subject: Subject): Promise<CaseResult> {
  if (deletes(task) || updates(task)) {
    await local.create(subject);
    await local.ended(subject);
  }
  let working = 0;
  const failing = between(local, subject);
  local.between.set(`${subject.trackerId} ${task}`, async (act, invocation) => {
    const counted = async () => {
      working++;
      return act().finally(() => working--);
    };
    return failing(counted, invocation);
  });
  if (deletes(task)) await local.delete(subject);
  else await (updates(task) ? local.patch(subject) : local.create(subject));
  const execution = await local.ended(subject, machine);
  // An invocation can outlive its execution.
  while (working > 0) await nextPoll(10);
  return { subject, execution, left: { record: local.record(subject), trackers: local.trackers(subject) } };
}

beforeAll(async () => {
  const subjects = new Map(
    rows.map(({ key, failure }, index) => [key, local.subject(`acme-${index}`, failure.machine)]),
  );
  local.skip(60_000);
  for (const subject of subjects.values()) {
    local.addInteractions(subject, subject.datasetGroupArn.split('/').at(-1) ?? '');
  }
  await Promise.all(
    rows.map(async ({ task, failure, key }) => {
      const subject = subjects.get(key);
      if (subject) results.set(key, await runCase(task, failure, subject));
    }),
  );
  // The failure ends, and the sweeper runs once.
  local.between.clear();
  const unfinished = [...results.values()].filter(({ subject }) => !isIdle(local.record(subject)));
  expect(await local.sweep()).toMatchObject({ takenOver: unfinished.length, failed: 0 });
  await Promise.all(unfinished.map(({ subject }) => local.ended(subject, 'deployed')));
});
afterAll(() => local.machine.close());

describe.each(TASKS)('%s', (task) => {
  test.each(FAILURES)('after $name the record is true, and the next execution continues from it', ({ name, ended }) => {
    const seen = results.get(`${task} ${name}`);
    if (seen === undefined) throw new Error('The case did not run.');
    const { subject, execution, left } = seen;
    expect(execution).toMatchObject(ended);

    // The record shows no outcome that did not happen. While unsettled, it is due in the urgent lane, where the sweeper finds it.
    const { record, trackers } = left;
    const { status, eventTrackerArn, generation, observedGeneration, due } = record;
    if (observedGeneration < generation) expect(status).toMatch(updates(task) ? /ACTIVE/ : /PENDING|IN_PROGRESS/);
    if (status === 'ACTIVE') expect(trackers).toMatchObject([{ status: 'ACTIVE', eventTrackerArn }]);
    if (status === 'DELETED') expect(trackers).toEqual([]);
    expect(due.lane).toBe(isIdle(record) ? 'routine' : 'urgent');

    // The work continues: one outcome is published, and Personalize agrees with the record.
    const last = local.record(subject);
    expect(isIdle(last)).toBe(true);
    expect(last.status).toBe(deletes(task) ? 'DELETED' : 'ACTIVE');
    const second = deletes(task) ? 'DELETED' : 'UPDATED';
    const outcomes = deletes(task) || updates(task) ? ['ACTIVE', second] : ['ACTIVE'];
    expect(new Set(local.received.filter((line) => line.startsWith(`${subject.trackerId}-`)))).toEqual(
      new Set(outcomes.map((outcome, index) => `${subject.trackerId}-${index + 1} ${outcome}`)),
    );
    const has = local.trackers(subject).map((tracker) => tracker.eventTrackerArn);
    expect(has).toEqual(deletes(task) ? [] : [last.eventTrackerArn]);
    const creates = local.personalize.core
      .calls()
      .filter((call) => call.operation === 'CreateEventTracker' && call.outcome === 'OK')
      .filter(({ parameters }) => parameters.datasetGroupArn === subject.datasetGroupArn);
    expect(creates).toHaveLength(1);
  });
});
