import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as macrotask } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ExecutionStore } from '../../../infra/local/step-functions/execution-store.ts';
import { createStepFunctionsService } from '../../../infra/local/step-functions/service.ts';
import { executionArn, LAMBDA, localMachine } from './local-machine.ts';

const task = (fields: object = {}) => ({ Type: 'Task', Resource: LAMBDA, End: true, ...fields });
const retried = { A: task({ Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 60, MaxAttempts: 9 }] }) };
const fakeTimers = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'step-functions-'));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(directory, { recursive: true });
});

describe('a stopped execution', () => {
  it('does not retry a task, although the engine would when its backoff is cut short', async () => {
    fakeTimers();
    let calls = 0;
    const { start, call, describe, history } = localMachine(
      retried,
      async () => {
        calls += 1;
        throw new Error('again');
      },
      { timeScale: 1 },
    );
    await start('run');
    while (calls === 0 || vi.getTimerCount() === 0) await macrotask();
    await call('StopExecution', { executionArn: executionArn('run'), error: 'Enough', cause: 'by hand' });
    for (let turn = 0; turn < 5; turn += 1) await macrotask();
    expect(await describe('run')).toMatchObject({ status: 'ABORTED', error: 'Enough', cause: 'by hand' });
    expect([calls, vi.getTimerCount()]).toEqual([1, 0]);
    expect((await history()).slice(-2).map(({ type }) => type)).toEqual(['LambdaFunctionFailed', 'ExecutionAborted']);
  });

  it('ignores the result of a running task, and starts no other', async () => {
    const answers = Promise.withResolvers<string>();
    let calls = 0;
    const { start, call, describe, history, service } = localMachine(
      { A: task({ End: undefined, Next: 'B' }), B: task() },
      () => {
        calls += 1;
        return answers.promise;
      },
    );
    await start('run');
    while (calls === 0) await macrotask();
    await call('StopExecution', { executionArn: executionArn('run') });
    answers.resolve('late');
    for (let turn = 0; turn < 5; turn += 1) await macrotask();
    expect(await describe('run')).toMatchObject({ status: 'ABORTED' });
    expect((await history()).map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'ExecutionAborted',
    ]);
    expect([calls, service.running()]).toEqual([1, 0]);
  });

  it('does not call a task that was about to start', async () => {
    let calls = 0;
    const { start, call } = localMachine({ A: task() }, async () => {
      calls += 1;
    });
    await start('run');
    await call('StopExecution', { executionArn: executionArn('run') });
    for (let turn = 0; turn < 5; turn += 1) await macrotask();
    expect(calls).toBe(0);
  });

  it('does not start a wait that was about to start', async () => {
    fakeTimers();
    const { start, call } = localMachine({ A: { Type: 'Wait', Seconds: 3600, End: true } }, {}, { timeScale: 1 });
    await start('run');
    await call('StopExecution', { executionArn: executionArn('run') });
    for (let turn = 0; turn < 5; turn += 1) await macrotask();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('close', () => {
  it('ends running, waiting and retrying executions, and leaves no timer', async () => {
    fakeTimers();
    let calls = 0;
    const states = {
      Route: {
        Type: 'Choice',
        Choices: [{ Variable: '$.wait', IsPresent: true, Next: 'Wait' }],
        Default: 'A',
      },
      Wait: { Type: 'Wait', Seconds: 3600, End: true },
      ...retried,
    };
    const { start, service, describe } = localMachine(
      states,
      async (input) => {
        calls += 1;
        if (JSON.stringify(input) === '{"hang":true}') await new Promise(() => {});
        throw new Error('again');
      },
      { timeScale: 1 },
    );
    await start('waits', { wait: true });
    await start('retries');
    await start('hangs', { hang: true });
    while (calls < 2 || vi.getTimerCount() < 4) await macrotask();
    expect(service.running()).toBe(3);
    await service.close();
    for (let turn = 0; turn < 5; turn += 1) await macrotask();
    expect([calls, service.running(), vi.getTimerCount()]).toEqual([2, 0, 0]);
    expect(await describe('waits')).toMatchObject({ __type: 'ServiceUnavailable' });
    await service.close();
  });
});

describe('a restart', () => {
  const machine = (name = 'done') => localMachine({ A: task() }, async () => ({ name }), { directory });

  it('keeps names, inputs, results and histories', async () => {
    const before = machine();
    const execution = await before.run({ a: 'é' });
    const history = await before.history();
    await before.service.close();
    const after = machine('another');
    expect(await after.describe('run')).toEqual(execution);
    expect(await after.history()).toEqual(history);
    expect(await after.start('run', { a: 'é' })).toMatchObject({ __type: 'ExecutionAlreadyExists' });
    expect(after.service.running()).toBe(0);
    await after.service.close();
  });

  it('aborts executions that were running when the process was killed, and keeps their names', async () => {
    const before = localMachine({ A: task() }, () => new Promise(() => {}), { directory });
    await before.start('run', { a: 1 });
    while ((await before.history()).length < 4) await macrotask();
    // Not closed, so the files look as after a kill.
    const killed = mkdtempSync(join(tmpdir(), 'step-functions-'));
    cpSync(directory, killed, { recursive: true });
    const after = localMachine({ A: task() }, async () => ({}), { directory: killed });
    const cause = 'The local runtime was stopped.';
    expect(await after.describe('run')).toMatchObject({ status: 'ABORTED', cause, stopDate: expect.any(Number) });
    expect((await after.history()).at(-1)).toMatchObject({
      id: 5,
      type: 'ExecutionAborted',
      executionAbortedEventDetails: { cause },
    });
    expect(await after.start('run', { a: 1 })).toMatchObject({ __type: 'ExecutionAlreadyExists' });
    await after.service.close();
    await before.service.close();
  });
});

it('drops the oldest histories of closed executions once there are too many events', () => {
  const record = (name: string) => ({
    executionArn: executionArn(name),
    stateMachineArn: 'arn',
    roleArn: 'arn',
    name,
    input: '{}',
    startDate: 1,
  });
  const store = new ExecutionStore(directory, 5);
  for (const [index, name] of ['first', 'second', 'third'].entries()) {
    store.create(record(name));
    store.append(executionArn(name), { type: 'PassStateEntered' }, 2);
    store.append(executionArn(name), { type: 'PassStateExited' }, 3);
    store.close(executionArn(name), { status: 'SUCCEEDED', stopDate: 4 + index, output: '{}' });
  }
  for (const each of [store, new ExecutionStore(directory, 5)]) {
    const typesOf = (name: string) => {
      const execution = each.get(executionArn(name));
      return execution && each.history(execution)?.map(({ id, type }) => [id, type]);
    };
    expect(each.all()).toHaveLength(3);
    expect(typesOf('first')).toBeUndefined();
    expect(typesOf('second')).toEqual([
      [1, 'ExecutionStarted'],
      [2, 'PassStateEntered'],
      [3, 'PassStateExited'],
      [4, 'ExecutionSucceeded'],
    ]);
    expect(readdirSync(join(directory, 'histories'))).toHaveLength(2);
    each.shut();
  }
});

it('refuses an unsupported definition and lists all problems', () => {
  const definition = JSON.stringify({
    StartAt: 'A',
    States: { A: task({ ResultPath: '$', HeartbeatSecondsPath: '$.x' }) },
  });
  const create = (text: string) =>
    createStepFunctionsService({ clock: Date.now, stateMachines: [{ name: 'machine', definition: text, tasks: {} }] });
  expect(() => create(definition)).toThrow(/'machine':\n- .*HeartbeatSeconds.*\n- .*has no handler\n- .*ResultPath/);
  expect(() => create('{')).toThrow(/'machine':\n- its definition is not JSON/);
});
