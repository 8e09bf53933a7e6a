import { setImmediate as macrotask } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { executionArn, localMachine } from './local-machine.ts';

const CALLBACK = 'arn:aws:states:::http:invoke.waitForTaskToken';
const ask = (fields: object = {}) => ({
  Type: 'Task',
  Resource: CALLBACK,
  Parameters: { 'id.$': '$.id', Authentication: { 'token.$': '$$.Task.Token', 'again.$': '$$.Task.Token' } },
  End: true,
  ...fields,
});

/** A state machine with one task that waits for its token. `asked` holds the input of each call of its handler. */
function waiting(
  fields: object = {},
  answer: () => Promise<unknown> = async () => ({ status: 202 }),
  states: object = {},
) {
  const asked: { id: string; token: string; again: string }[] = [];
  const machine = localMachine(
    { A: ask(fields), ...states },
    {
      [CALLBACK]: async (input) => {
        const { id, Authentication } = input as { id: string; Authentication: { token: string; again: string } };
        asked.push({ id, ...Authentication });
        return await answer();
      },
    },
  );
  const token = async (call = 1): Promise<string> => {
    while (asked.length < call) await macrotask();
    return asked[call - 1]?.token ?? '';
  };
  return { ...machine, asked, token };
}
afterEach(() => vi.useRealTimers());

describe('a task that waits for its token', () => {
  it('ends with the output of SendTaskSuccess', async () => {
    const { start, call, token, asked, ended, history } = waiting();
    await start('run', { id: 'x' });
    const taskToken = await token();
    expect(asked).toEqual([{ id: 'x', token: taskToken, again: taskToken }]);
    while ((await history()).length < 5) await macrotask();
    expect(await call('SendTaskHeartbeat', { taskToken })).toEqual({});
    expect(await call('SendTaskSuccess', { taskToken, output: '{"done":true}' })).toEqual({});
    expect(await ended('run')).toMatchObject({ status: 'SUCCEEDED', output: '{"done":true}' });
    const resource = { resourceType: 'http', resource: 'invoke.waitForTaskToken' };
    expect((await history()).slice(2, 6)).toMatchObject([
      { type: 'TaskScheduled', taskScheduledEventDetails: { ...resource, region: 'us-east-1' } },
      { type: 'TaskStarted', taskStartedEventDetails: resource },
      { type: 'TaskSubmitted', taskSubmittedEventDetails: { ...resource, output: '{"status":202}' } },
      { type: 'TaskSucceeded', taskSucceededEventDetails: { ...resource, output: '{"done":true}' } },
    ]);
  });

  it('accepts a result that arrives before the handler has returned', async () => {
    const { start, call, token, ended } = waiting({}, () => new Promise(() => {}));
    await start('run', { id: 'x' });
    await call('SendTaskSuccess', { taskToken: await token(), output: '1' });
    expect(await ended('run')).toMatchObject({ output: '1' });
  });

  it('fails with the error of SendTaskFailure, and is retried with a new token', async () => {
    const { start, call, token, ended } = waiting({ Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 1 }] });
    await start('run', { id: 'x' });
    const first = await token(1);
    await call('SendTaskFailure', { taskToken: first, error: 'Busy', cause: 'later' });
    const second = await token(2);
    expect(second).not.toBe(first);
    await call('SendTaskFailure', { taskToken: second, error: 'Refused', cause: 'never' });
    expect(await ended('run')).toMatchObject({ status: 'FAILED', error: 'Refused', cause: 'never' });
  });

  it('fails with States.TaskFailed if SendTaskFailure has no error', async () => {
    const { start, call, token, ended } = waiting(
      { Catch: [{ ErrorEquals: ['States.TaskFailed'], Next: 'B' }] },
      async () => null,
      { B: { Type: 'Succeed' } },
    );
    await start('run', { id: 'x' });
    await call('SendTaskFailure', { taskToken: await token() });
    expect(await ended('run')).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('fails if its handler fails', async () => {
    const { run } = waiting({}, async () => {
      throw new RangeError('no');
    });
    expect(await run({ id: 'x' })).toMatchObject({ status: 'FAILED', error: 'RangeError' });
  });
});

describe('a task with HeartbeatSeconds', () => {
  /** Waits and heartbeats take a thousandth of their time: 5,000 s take 5 s. */
  const beating = { HeartbeatSeconds: 5_000 };
  const useTimers = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });

  it('continues as long as heartbeats arrive, and the history shows its HeartbeatSeconds', async () => {
    useTimers();
    const { start, call, token, ended, history } = waiting(beating);
    await start('run', { id: 'x' });
    const taskToken = await token();
    for (let beat = 0; beat < 4; beat++) {
      await vi.advanceTimersByTimeAsync(4_000);
      expect(await call('SendTaskHeartbeat', { taskToken })).toEqual({});
    }
    await call('SendTaskSuccess', { taskToken, output: '1' });
    expect(await ended('run')).toMatchObject({ status: 'SUCCEEDED' });
    const scheduled = (await history()).find(({ type }) => type === 'TaskScheduled');
    expect(scheduled).toMatchObject({ taskScheduledEventDetails: { heartbeatInSeconds: 5_000 } });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('fails with States.HeartbeatTimeout without a heartbeat, and its token is then TaskTimedOut', async () => {
    useTimers();
    const { start, call, token, ended, history } = waiting(beating);
    await start('run', { id: 'x' });
    const taskToken = await token();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await ended('run')).toMatchObject({ status: 'FAILED', error: 'States.HeartbeatTimeout' });
    expect(await history()).toContainEqual(
      expect.objectContaining({
        type: 'TaskTimedOut',
        taskTimedOutEventDetails: expect.objectContaining({ error: 'States.HeartbeatTimeout' }),
      }),
    );
    expect(await call('SendTaskHeartbeat', { taskToken })).toMatchObject({ __type: 'TaskTimedOut' });
  });

  it.each(['States.HeartbeatTimeout', 'States.Timeout', 'States.ALL'])('is caught as %s', async (name) => {
    useTimers();
    const { start, token, ended } = waiting(
      { ...beating, Catch: [{ ErrorEquals: [name], Next: 'B' }] },
      async () => null,
      { B: { Type: 'Succeed' } },
    );
    await start('run', { id: 'x' });
    await token();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await ended('run')).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('is retried as States.Timeout, with a new token and a new heartbeat period', async () => {
    useTimers();
    const Retry = [{ ErrorEquals: ['States.Timeout'], IntervalSeconds: 1, MaxAttempts: 1 }];
    const { start, call, token, ended } = waiting({ ...beating, Retry });
    await start('run', { id: 'x' });
    await token(1);
    await vi.advanceTimersByTimeAsync(5_100);
    const second = await token(2);
    await vi.advanceTimersByTimeAsync(4_000);
    await call('SendTaskSuccess', { taskToken: second, output: '1' });
    expect(await ended('run')).toMatchObject({ status: 'SUCCEEDED' });
  });
});

describe('a token that no task waits for', () => {
  it('is TaskTimedOut after it was used, or after its execution stopped', async () => {
    const { start, call, token, ended } = waiting();
    await start('run', { id: 'x' });
    const used = await token(1);
    await call('SendTaskSuccess', { taskToken: used, output: '1' });
    await ended('run');
    await start('stopped', { id: 'y' });
    const stopped = await token(2);
    await call('StopExecution', { executionArn: executionArn('stopped') });
    for (const taskToken of [used, stopped]) {
      const answer = await call('SendTaskSuccess', { taskToken, output: '1' });
      expect(answer).toMatchObject({ __type: 'TaskTimedOut' });
      expect(JSON.stringify(answer)).not.toContain(taskToken);
    }
  });

  it('is TaskTimedOut after the time-out of its task', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { start, call, token, ended } = waiting({ TimeoutSeconds: 5 });
    await start('run', { id: 'x' });
    const taskToken = await token();
    await vi.advanceTimersByTimeAsync(5000);
    expect(await ended('run')).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(await call('SendTaskHeartbeat', { taskToken })).toMatchObject({ __type: 'TaskTimedOut' });
  });

  it('is TaskDoesNotExist if its execution is unknown, and InvalidToken if it is not a token', async () => {
    const { call } = waiting();
    const foreign = Buffer.from(`${executionArn('nobody')} ${'x'.repeat(43)}`).toString('base64url');
    expect(await call('SendTaskSuccess', { taskToken: foreign, output: '1' })).toMatchObject({
      __type: 'TaskDoesNotExist',
    });
    expect(await call('SendTaskFailure', { taskToken: 'secret' })).toEqual({
      __type: 'InvalidToken',
      message: "Invalid Token: 'Invalid token'",
      Message: "Invalid Token: 'Invalid token'",
    });
  });
});
