import { setImmediate as macrotask } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LambdaError } from '../../../infra/local/lambda.ts';
import { executionArn, LAMBDA, localMachine, MACHINE_ARN } from './local-machine.ts';

const task = (fields: object = {}) => ({ Type: 'Task', Resource: LAMBDA, End: true, ...fields });
const outputOf = ({ output }: Record<string, unknown>): unknown => JSON.parse(String(output));
const named = (name: string, message: string) => Object.assign(new Error(message), { name });
const catchAll = { A: task({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }] }), Caught: { Type: 'Succeed' } };

/** Fake timers, which a test advances once they are set. The engine sets one for every task. */
const fakeTimers = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
const timersSet = async (count: number) => {
  while (vi.getTimerCount() < count) await macrotask();
};
afterEach(() => vi.useRealTimers());

describe('waits and retries', () => {
  it.each([
    ['Seconds', { Seconds: 10 }],
    ['SecondsPath', { SecondsPath: '$.seconds' }],
    ['Timestamp', { Timestamp: '2030-01-01T00:00:10Z' }],
    ['TimestampPath', { TimestampPath: '$.at' }],
  ])('waits for %s, multiplied by the time scale, and passes its input on', async (_, wait) => {
    fakeTimers();
    const clock = () => Date.parse('2030-01-01T00:00:00Z');
    const { start, describe, ended, history } = localMachine(
      { A: { Type: 'Wait', ...wait, End: true } },
      {},
      { timeScale: 0.1, clock },
    );
    const input = { seconds: 10, at: '2030-01-01T00:00:10Z' };
    await start('run', input);
    await timersSet(2);
    await vi.advanceTimersByTimeAsync(999);
    expect(await describe('run')).toMatchObject({ status: 'RUNNING' });
    await vi.advanceTimersByTimeAsync(1);
    expect(outputOf(await ended('run'))).toEqual(input);
    expect((await history()).map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'WaitStateEntered',
      'WaitStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('fails if the seconds of a wait are fractional, negative, too many or missing', async () => {
    const { run } = localMachine({ A: { Type: 'Wait', SecondsPath: '$.seconds', End: true } });
    for (const [seconds, reason] of [
      [1.5, 'not a whole number of seconds'],
      [-1, 'not a whole number of seconds'],
      ['1', 'not a whole number of seconds'],
      [2_147_484, 'not within 2147483 seconds'],
      [undefined, 'does not point to a value'],
    ] as const) {
      const execution = await run({ seconds }, `run-${seconds}`);
      expect(execution).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
      expect(execution.cause).toContain(reason);
    }
  });

  it('scales the delays of a retry, including the maximum', async () => {
    fakeTimers();
    let calls = 0;
    const { start, ended } = localMachine(
      { A: task({ Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 50, MaxDelaySeconds: 60, BackoffRate: 10 }] }) },
      async () => {
        calls += 1;
        if (calls < 3) throw named('Busy', 'later');
        return 'done';
      },
      { timeScale: 0.1 },
    );
    await start('run');
    for (const [call, delay] of [
      [1, 5000],
      [2, 6000],
    ] as const) {
      while (calls < call || vi.getTimerCount() !== 1) await macrotask();
      await vi.advanceTimersByTimeAsync(delay - 1);
      await macrotask();
      expect(calls).toBe(call);
      await vi.advanceTimersByTimeAsync(1);
    }
    expect(outputOf(await ended('run'))).toBe('done');
    expect(calls).toBe(3);
  });

  it('does not limit a task without a time-out, unlike the engine, which stops it after 60 s', async () => {
    fakeTimers();
    const answer = Promise.withResolvers<string>();
    const { start, describe, ended } = localMachine({ A: task() }, () => answer.promise);
    await start('run');
    await timersSet(1);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(await describe('run')).toMatchObject({ status: 'RUNNING' });
    answer.resolve('late');
    expect(outputOf(await ended('run'))).toBe('late');
  });

  it('fails a task after its TimeoutSeconds with States.Timeout, which States.TaskFailed does not catch', async () => {
    fakeTimers();
    const rules = ['States.TaskFailed', 'States.Timeout'].map((error) => ({ ErrorEquals: [error], Next: error }));
    const { start, ended, history } = localMachine(
      {
        A: task({ TimeoutSeconds: 5, Catch: rules }),
        'States.TaskFailed': { Type: 'Fail', Error: 'Wrong' },
        'States.Timeout': { Type: 'Succeed' },
      },
      () => new Promise(() => {}),
    );
    await start('run');
    await timersSet(1);
    await macrotask();
    await vi.advanceTimersByTimeAsync(5000);
    expect(await ended('run')).toMatchObject({ status: 'SUCCEEDED' });
    expect((await history()).map(({ type }) => type)).toContain('LambdaFunctionTimedOut');
  });

  it('times out the execution after the TimeoutSeconds of the state machine', async () => {
    fakeTimers();
    const wait = { Type: 'Wait', Seconds: 3600, End: true };
    const { start, ended, history, service } = localMachine({ A: wait }, {}, { timeScale: 1, timeoutSeconds: 60 });
    await start('run');
    await timersSet(3);
    await vi.advanceTimersByTimeAsync(60_000);
    const execution = await ended('run');
    expect(execution).toMatchObject({ status: 'TIMED_OUT' });
    expect(execution).not.toHaveProperty('error');
    expect((await history()).at(-1)).toMatchObject({
      type: 'ExecutionTimedOut',
      previousEventId: 0,
      executionTimedOutEventDetails: { error: 'States.Timeout' },
    });
    expect(service.running()).toBe(0);
  });
});

describe('the error of a task', () => {
  it('has the error and cause that Lambda reports, with the trace of an Error that a handler throws', async () => {
    let thrown: unknown;
    const { run } = localMachine(catchAll, async () => {
      throw thrown;
    });
    for (const [name, value, errorType, errorMessage] of [
      ['error', named('TrackerBusy', 'try later'), 'TrackerBusy', 'try later'],
      ['text', 'broken', 'Error', 'broken'],
      ['object', { reason: 'broken' }, 'Error', '{"reason":"broken"}'],
      ['nothing', undefined, 'Error', 'undefined'],
    ] as const) {
      thrown = value;
      const { Error: error, Cause } = outputOf(await run({}, name)) as { Error: string; Cause: string };
      const trace = value instanceof Error ? value.stack?.split('\n') : [];
      expect([error, JSON.parse(Cause)]).toEqual([errorType, { errorType, errorMessage, trace }]);
    }
    thrown = new LambdaError('Sandbox.Timedout', 'Task timed out after 3.00 seconds');
    expect(outputOf(await run({}, 'late'))).toEqual({
      Error: 'Sandbox.Timedout',
      Cause: '{"errorType":"Sandbox.Timedout","errorMessage":"Task timed out after 3.00 seconds"}',
    });
  });

  it('fails the execution if nothing catches it', async () => {
    const { run, history } = localMachine({ A: task() }, async () => {
      throw new RangeError('too far');
    });
    const cause = expect.stringMatching(
      /^\{"errorType":"RangeError","errorMessage":"too far","trace":\["RangeError: too far"," {4}at /,
    );
    const failure = { error: 'RangeError', cause };
    expect(await run()).toMatchObject({ status: 'FAILED', ...failure });
    expect(await history()).toMatchObject([
      { id: 1, previousEventId: 0, type: 'ExecutionStarted' },
      { id: 2, previousEventId: 0, type: 'TaskStateEntered', stateEnteredEventDetails: { name: 'A', input: '{}' } },
      {
        id: 3,
        type: 'LambdaFunctionScheduled',
        lambdaFunctionScheduledEventDetails: { resource: LAMBDA, input: '{}' },
      },
      { id: 4, type: 'LambdaFunctionStarted' },
      { id: 5, type: 'LambdaFunctionFailed', lambdaFunctionFailedEventDetails: failure },
      { id: 6, previousEventId: 5, type: 'ExecutionFailed', executionFailedEventDetails: failure },
    ]);
  });

  it('is States.Runtime for a missing path: it names its state, and nothing catches it', async () => {
    const states = { ...catchAll, A: { ...catchAll.A, Parameters: { 'x.$': '$.missing' } } };
    expect(await localMachine(states, async () => 1).run()).toMatchObject({
      error: 'States.Runtime',
      cause:
        "An error occurred while executing the state 'A' (entered at the event id #2). Path expression '$.missing' does not point to a value",
    });
  });

  it.each([
    [
      { Error: 'Conflict', Cause: 'taken' },
      { error: 'Conflict', cause: 'taken' },
    ],
    [{}, {}],
  ])('is that of the Fail state %o', async (fields, said) => {
    const { error, cause } = await localMachine({ A: { Type: 'Fail', ...fields } }).run();
    expect({ error, cause }).toEqual({ error: undefined, cause: undefined, ...said });
  });

  it('never becomes an unhandled rejection, after a time-out or with an invalid time-out path', async () => {
    const rejections: unknown[] = [];
    const listener = (reason: unknown) => rejections.push(reason);
    process.on('unhandledRejection', listener);
    const { run } = localMachine({ A: task({ TimeoutSecondsPath: '$.seconds' }) }, async () => {
      throw new Error('ignored');
    });
    expect(await run({ seconds: 'x' })).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
    await macrotask();
    await macrotask();
    process.off('unhandledRejection', listener);
    expect(rejections).toEqual([]);
  });
});

it('the context object agrees with the API', async () => {
  const names = ['Execution.Id', 'Execution.Name', 'Execution.StartTime', 'Execution.Input.a', 'Execution.RoleArn'];
  const more = ['State.Name', 'State.EnteredTime', 'State.RetryCount', 'StateMachine.Id', 'StateMachine.Name'];
  const Parameters = Object.fromEntries([...names, ...more].map((name) => [`${name}.$`, `$$.${name}`]));
  let time = Date.parse('2030-01-01T00:00:00Z');
  const seen: unknown[] = [];
  const { run } = localMachine(
    {
      First: { Type: 'Pass', Next: 'Second' },
      Second: task({ Parameters, Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 1 }] }),
    },
    async (input) => {
      seen.push(input);
      if (seen.length === 1) throw named('Busy', '');
    },
    { clock: () => time++ },
  );
  const { startDate } = await run({ a: 'b' });
  const common = {
    'Execution.Id': executionArn('run'),
    'Execution.Name': 'run',
    'Execution.StartTime': new Date(Number(startDate) * 1000).toISOString(),
    'Execution.Input.a': 'b',
    'Execution.RoleArn': 'arn:aws:iam::123456789012:role/local-step-functions',
    'State.Name': 'Second',
    'State.EnteredTime': expect.stringMatching(/^2030-01-01T00:00:00\.0/),
    'StateMachine.Id': MACHINE_ARN,
    'StateMachine.Name': 'machine',
  };
  expect(seen).toEqual([
    { ...common, 'State.RetryCount': 0 },
    { ...common, 'State.RetryCount': 1 },
  ]);
});

it('an endless execution fails at 25,000 events, and the last event names the limit', { timeout: 60_000 }, async () => {
  const { run, call } = localMachine({
    A: { Type: 'Choice', Choices: [{ Variable: '$.a', IsPresent: true, Next: 'End' }], Default: 'A' },
    End: { Type: 'Succeed' },
  });
  const error = 'States.Runtime';
  const cause = 'The execution reached the maximum number of history events (25000).';
  expect(await run()).toMatchObject({ status: 'FAILED', error, cause });
  const newest = { executionArn: executionArn('run'), reverseOrder: true, maxResults: 2 };
  expect((await call('GetExecutionHistory', newest)).events).toMatchObject([
    { id: 25_000, previousEventId: 24_999, type: 'ExecutionFailed', executionFailedEventDetails: { error, cause } },
    { id: 24_999, type: 'ChoiceStateExited' },
  ]);
});

it('does not call a task whose LambdaFunctionScheduled is the last event that fits in the history', async () => {
  let calls = 0;
  const pass = (Next: string) => ({ Type: 'Pass', Next });
  const { run, call } = localMachine(
    {
      // ExecutionStarted and three Pass states are 7 events. Each turn then has 5, so the 24,999th event is the second of a turn.
      P: pass('Q'),
      Q: pass('R'),
      R: pass('A'),
      A: task({ ResultPath: null, End: undefined, Next: 'A', Catch: [{ ErrorEquals: ['States.ALL'], Next: 'B' }] }),
      B: { Type: 'Succeed' },
    },
    async () => {
      calls += 1;
    },
  );
  expect(await run()).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  const newest = { executionArn: executionArn('run'), reverseOrder: true, maxResults: 2 };
  expect((await call('GetExecutionHistory', newest)).events).toMatchObject([
    { id: 25_000, type: 'ExecutionFailed' },
    { id: 24_999, type: 'LambdaFunctionScheduled' },
  ]);
  expect(calls).toBe((24_999 - 7 - 2) / 5);
});
