import { afterEach, describe, expect, test } from 'vitest';
import { checkDefinition } from '../../../infra/local/step-functions/definition-check.ts';
import { LAMBDA, localMachine } from './local-machine.ts';

const work = { Type: 'Task', Resource: LAMBDA, End: true };
const map = (fields: object = {}, state: object = work) => ({
  Each: {
    Type: 'Map',
    Label: 'Each',
    ItemsPath: '$.items',
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: 'Work',
      States: { Work: state },
    },
    End: true,
    ...fields,
  },
});

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function machine(states: Record<string, object>, handler: (input: never) => Promise<unknown>) {
  const local = localMachine(states, handler as (input: unknown) => Promise<unknown>);
  stops.push(() => local.service.close());
  const mapRunArn = async () => {
    const started = (await local.history()).find(({ type }) => type === 'MapRunStarted');
    const { mapRunArn } = (started?.mapRunStartedEventDetails ?? {}) as { mapRunArn?: string };
    return mapRunArn;
  };
  const items = async () => {
    const { executions } = await local.call('ListExecutions', { mapRunArn: await mapRunArn() });
    return executions as { name: string; status: string; executionArn: string }[];
  };
  return { ...local, items, mapRunArn };
}

describe('a Map state', () => {
  test('runs an execution for each item, and returns their outputs in the order of the items', async () => {
    const { run, items, history, call } = machine(map(), async (item: number) => {
      // The first items end last.
      for (let turns = 10 - item; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
      return { item };
    });
    const { status, output } = await run({ items: [1, 2, 3] });
    expect({ status, output: JSON.parse(String(output)) }).toEqual({
      status: 'SUCCEEDED',
      output: [{ item: 1 }, { item: 2 }, { item: 3 }],
    });
    expect((await history()).map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'MapStateEntered',
      'MapRunStarted',
      'MapRunSucceeded',
      'MapStateExited',
      'ExecutionSucceeded',
    ]);
    const executions = await items();
    expect(executions.map((execution) => execution.status)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
    expect(executions[0]?.executionArn).toMatch(/:execution:machine\/Each:[\w-]+$/);
    const { input, mapRunArn } = await call('DescribeExecution', { executionArn: executions[0]?.executionArn });
    expect({ input, mapRunArn }).toEqual({ input: '3', mapRunArn: expect.stringMatching(/:mapRun:machine\/Each:/) });
    // The executions of the items are not among those of the machine.
    const { executions: own } = await call('ListExecutions', {
      stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:machine',
    });
    expect(own).toHaveLength(1);
  });

  test('gives each item what the ItemSelector selects, in the context of the execution with the Map state', async () => {
    const inputs: unknown[] = [];
    const selector = {
      'index.$': '$$.Map.Item.Index',
      'value.$': '$$.Map.Item.Value.name',
      'run.$': '$$.Execution.Name',
      'merged.$': 'States.JsonMerge($.defaults, $$.Map.Item.Value, false)',
    };
    const { run } = machine(map({ ItemSelector: selector }), async (input: unknown) => void inputs.push(input));
    await run({ items: [{ name: 'a', x: 1 }, { name: 'b' }], defaults: { x: 0 } });
    expect(inputs).toEqual([
      { index: 0, value: 'a', run: 'run', merged: { name: 'a', x: 1 } },
      { index: 1, value: 'b', run: 'run', merged: { name: 'b', x: 0 } },
    ]);
  });

  test.each([
    ['MaxConcurrency', { MaxConcurrency: 3 }],
    ['MaxConcurrencyPath', { MaxConcurrencyPath: '$.most' }],
  ])('%s limits the executions in parallel', async (_, fields) => {
    let running = 0;
    let most = 0;
    const { run } = machine(map(fields), async () => {
      running += 1;
      most = Math.max(most, running);
      for (let turns = 5; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    });
    await run({ items: Array.from({ length: 20 }, (_, n) => n), most: 3 });
    expect(most).toBe(3);
  });

  test.each([
    ['without a tolerance, one failure fails it', {}, 1, 'FAILED'],
    ['a percentage is tolerated up to its value', { ToleratedFailurePercentage: 30 }, 3, 'SUCCEEDED'],
    ['and not beyond', { ToleratedFailurePercentage: 30 }, 4, 'FAILED'],
    ['a percentage may come from the input', { ToleratedFailurePercentagePath: '$.most' }, 3, 'SUCCEEDED'],
    ['a count', { ToleratedFailureCount: 2 }, 2, 'SUCCEEDED'],
    ['and not beyond it', { ToleratedFailureCount: 2 }, 3, 'FAILED'],
    ['the smaller of both', { ToleratedFailureCount: 2, ToleratedFailurePercentage: 90 }, 3, 'FAILED'],
  ])('%s', async (_, fields, failing, status) => {
    const { run } = machine(map(fields), async (item: number) => {
      if (item < failing) throw new Error('refused');
      return item;
    });
    const ended = await run({ items: Array.from({ length: 10 }, (_, n) => n), most: 30 });
    expect(ended.status).toBe(status);
    if (status === 'FAILED') expect(ended.error).toBe('States.ExceedToleratedFailureThreshold');
    else expect(JSON.parse(String(ended.output))).toHaveLength(10 - failing);
  });

  test('that exceeds its tolerance stops the running items, starts no further ones, and can be caught', async () => {
    const begun: number[] = [];
    const catcher = [
      { ErrorEquals: ['States.ExceedToleratedFailureThreshold'], ResultPath: '$.error', Next: 'Caught' },
    ];
    const states = { ...map({ MaxConcurrency: 2, Catch: catcher }), Caught: { Type: 'Succeed' } };
    const { run, items } = machine(states, async (item: number) => {
      begun.push(item);
      while (item === 0 && begun.length < 2) await new Promise((resolve) => setImmediate(resolve));
      if (item === 0) throw new Error('refused');
      return await new Promise(() => {});
    });
    const { status, output } = await run({ items: [0, 1, 2, 3] });
    expect({ status, error: JSON.parse(String(output)).error.Error }).toEqual({
      status: 'SUCCEEDED',
      error: 'States.ExceedToleratedFailureThreshold',
    });
    await expect.poll(async () => (await items()).map((item) => item.status).sort()).toEqual(['ABORTED', 'FAILED']);
    expect(begun).toEqual([0, 1]);
  });

  test('that is stopped stops its items', async () => {
    let begun = 0;
    const {
      start,
      call,
      items,
      describe: describeRun,
    } = machine(map(), async () => {
      begun += 1;
      return await new Promise(() => {});
    });
    const { executionArn } = await start('run', { items: [1, 2] });
    await expect.poll(() => begun).toBe(2);
    await call('StopExecution', { executionArn });
    expect((await describeRun('run')).status).toBe('ABORTED');
    await expect.poll(async () => (await items()).map((item) => item.status)).toEqual(['ABORTED', 'ABORTED']);
  });

  test('an item that waits for a task token is ended by the token of its own execution', async () => {
    const CALLBACK = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
    const ask = { Type: 'Task', Resource: CALLBACK, Parameters: { 'token.$': '$$.Task.Token' }, End: true };
    const tokens: string[] = [];
    const local = localMachine(map({}, ask), {
      [CALLBACK]: async (input) => void tokens.push((input as { token: string }).token),
    });
    stops.push(() => local.service.close());
    await local.start('run', { items: [1, 2, 3] });
    await expect.poll(() => new Set(tokens).size).toBe(3);
    for (const [index, taskToken] of tokens.entries()) {
      await local.call('SendTaskSuccess', { taskToken, output: JSON.stringify(index) });
    }
    expect(JSON.parse(String((await local.ended('run')).output))).toEqual([0, 1, 2]);
  });

  test.each([
    ['no list', { items: 'x' }, {}, 'ItemsPath must lead to a list'],
    ['no number', { items: [], most: 'x' }, { MaxConcurrencyPath: '$.most' }, 'MaxConcurrency must be a whole number'],
    ['no value to select', { items: [1] }, { ItemSelector: { 'a.$': '$.b.c' } }, "the ItemSelector can't be evaluated"],
  ])('fails with the reason for %s', async (_, input, fields, reason) => {
    const { run } = machine(map(fields), async () => 1);
    expect(await run(input)).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
    const second = await run(input, 'second');
    expect(second.cause).toContain(reason);
  });

  test('returns nothing for an empty list', async () => {
    const { run } = machine(map(), async () => 1);
    expect((await run({ items: [] })).output).toBe('[]');
  });

  test('fails if its results are longer than 256 KiB, as on AWS', async () => {
    const { run } = machine(map(), async () => 'x'.repeat(100_000));
    expect(await run({ items: [1, 2, 3] })).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });
});

describe('a Map Run', () => {
  test.each([
    [{}, 'ValidationException'],
    [{ mapRunArn: 'arn:aws:states:us-east-1:123456789012:mapRun:machine/Each:none' }, 'ResourceNotFound'],
    [{ mapRunArn: 'arn:aws:states:us-east-1:123456789012:execution:machine:none' }, 'InvalidArn'],
  ])('ListExecutions of %j is refused with %s', async (request, code) => {
    const { call } = machine(map(), async () => 1);
    expect(await call('ListExecutions', request)).toMatchObject({ __type: code });
  });
});

describe('the check of a Map state', () => {
  const problems = (states: Record<string, object>) => checkDefinition({ StartAt: 'Each', States: states });
  const inline = { ItemProcessor: { StartAt: 'Work', States: { Work: work } } };

  test.each([
    ['inline', map(inline), '/States/Each/ItemProcessor/ProcessorConfig: must have Mode DISTRIBUTED'],
    ['an ItemReader', map({ ItemReader: {} }), '/States/Each/ItemReader: reads from S3'],
    ['a ResultWriter', map({ ResultWriter: {} }), '/States/Each/ResultWriter: writes to S3'],
    ['a percentage over 100', map({ ToleratedFailurePercentage: 101 }), 'must be a whole number from 0 to 100'],
    ['a number and its path', map({ MaxConcurrency: 1, MaxConcurrencyPath: '$.x' }), 'not allowed together with'],
    ['a label with a colon', map({ Label: 'a:b' }), '/States/Each/Label: must be 1 to 40'],
    ['a wrong path', map({ ItemsPath: '$.a[*]' }), '/States/Each/ItemsPath: is "$.a[*]"'],
    ['another field of the item', map({ ItemSelector: { 'a.$': '$$.Map.Item.Key' } }), 'reads $$.Map.Item.Key'],
    ['a state of an item', map({}, { Type: 'Parallel' }), '/States/Each/ItemProcessor/States/Work/Type: is Parallel'],
    [
      'a name twice',
      { ...map({ Next: 'Work', End: undefined }), Work: work },
      'that no other state of the definition has',
    ],
    ['no states', map({ ItemProcessor: undefined }), '/States/Each/ItemProcessor: is required'],
  ])('refuses %s', (_, states, problem) => {
    expect(problems(JSON.parse(JSON.stringify(states))).join('\n')).toContain(problem);
  });

  test('accepts what the local engine runs, and so does asl-validator', () => {
    const fields = { MaxConcurrencyPath: '$.most', ToleratedFailurePercentage: 10, ResultPath: null };
    expect(problems(map({ ...fields, ItemSelector: { 'item.$': '$$.Map.Item.Value' } }))).toEqual([]);
  });
});
