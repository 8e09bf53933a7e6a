import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  type ExecutionStatus,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  arnOf,
  client,
  describeOf,
  ECHO,
  echoDefinition,
  ended,
  executionArnOf,
  start,
  startForAllTests,
} from './simulated-step-functions.ts';

startForAllTests();

describe('StartExecution and DescribeExecution', () => {
  it('run a state machine and return its output', async () => {
    const { executionArn, startDate } = await start('one', { seconds: 1, text: 'é' });
    expect(executionArn).toBe(executionArnOf('echo', 'one'));
    expect(startDate).toBeInstanceOf(Date);
    const execution = await ended('one');
    expect(execution).toMatchObject({
      executionArn,
      stateMachineArn: arnOf('echo'),
      name: 'one',
      status: 'SUCCEEDED',
      startDate,
      input: '{"seconds":1,"text":"é"}',
      inputDetails: { included: true },
      output: '{"seconds":1,"text":"é"}',
      outputDetails: { included: true },
    });
    expect(execution.stopDate?.getTime()).toBeGreaterThanOrEqual(startDate?.getTime() ?? Number.NaN);
    const bare = await client.send(new DescribeExecutionCommand({ executionArn, includedData: 'METADATA_ONLY' }));
    expect([bare.input, bare.output]).toEqual([undefined, undefined]);
  });

  it('generate a missing name and use {} for a missing input', async () => {
    const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn: arnOf('ask') }));
    expect(executionArn).toMatch(/:execution:ask:[0-9a-f-]{36}$/);
    const { input, status } = await client.send(new DescribeExecutionCommand({ executionArn }));
    expect([input, status]).toEqual(['{}', 'RUNNING']);
    await client.send(new StopExecutionCommand({ executionArn }));
  });

  it('accept the name of a running execution again only with the same input, and that of a closed one never', async () => {
    const first = await start('twice', {}, 'ask');
    const again = await start('twice', {}, 'ask');
    expect([again.executionArn, again.startDate]).toEqual([first.executionArn, first.startDate]);
    const spaced = { stateMachineArn: arnOf('ask'), name: 'twice', input: '{ }' };
    const name = 'ExecutionAlreadyExists';
    await expect(client.send(new StartExecutionCommand(spaced))).rejects.toMatchObject({ name });
    await expect(start('twice', { other: 1 }, 'ask')).rejects.toMatchObject({ name });
    await client.send(new StopExecutionCommand({ executionArn: first.executionArn }));
    await expect(start('twice', {}, 'ask')).rejects.toMatchObject({
      name,
      message: `Execution Already Exists: '${first.executionArn}'`,
    });
  });

  it.each([
    ['InvalidName', { name: 'a/b' }],
    ['ValidationException', { name: 'x'.repeat(81) }],
    ['InvalidExecutionInput', { input: '{' }],
    ['InvalidExecutionInput', { input: JSON.stringify('x'.repeat(262_143)) }],
    ['InvalidArn', { stateMachineArn: 'echo' }],
    ['InvalidArn', { stateMachineArn: executionArnOf('echo', 'one') }],
    ['StateMachineDoesNotExist', { stateMachineArn: arnOf('nobody') }],
    ['ValidationException', { stateMachineArn: undefined }],
  ])('refuse a bad request with %s', async (name, fields) => {
    const input = { stateMachineArn: arnOf('echo'), ...fields };
    await expect(client.send(new StartExecutionCommand(input))).rejects.toMatchObject({ name, $fault: 'client' });
  });

  it('report ExecutionDoesNotExist for an execution that was never started', async () => {
    await expect(describeOf('nobody')).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
  });

  it('return the error and cause of a Fail state', async () => {
    await start('failed', { seconds: 0, fail: true });
    expect(await ended('failed')).toMatchObject({ status: 'FAILED', error: 'Asked', cause: 'as asked' });
  });
});

describe('GetExecutionHistory', () => {
  const types = [
    'ExecutionStarted',
    'WaitStateEntered',
    'WaitStateExited',
    'TaskStateEntered',
    'LambdaFunctionScheduled',
    'LambdaFunctionStarted',
    'LambdaFunctionSucceeded',
    'TaskStateExited',
    'ChoiceStateEntered',
    'ChoiceStateExited',
    'SucceedStateEntered',
    'SucceedStateExited',
    'ExecutionSucceeded',
  ];
  const executionArn = executionArnOf('echo', 'history');
  beforeAll(async () => {
    await start('history', { seconds: 0 });
    await ended('history');
  });

  it('lists the events with the types and in the order of AWS', async () => {
    const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(events.map(({ type }) => type)).toEqual(types);
    expect(events.map(({ id, previousEventId }) => [id, previousEventId])).toEqual(
      types.map((_, i) => [i + 1, i === 1 ? 0 : i]),
    );
    const input = '{"seconds":0}';
    const data = { truncated: false };
    expect(events).toMatchObject([
      { timestamp: expect.any(Date), executionStartedEventDetails: { input, inputDetails: data } },
      { stateEnteredEventDetails: { name: 'Wait', input, inputDetails: data } },
      { stateExitedEventDetails: { name: 'Wait', output: input, outputDetails: data } },
      { stateEnteredEventDetails: { name: 'Echo', input } },
      { lambdaFunctionScheduledEventDetails: { resource: ECHO, input } },
      {},
      { lambdaFunctionSucceededEventDetails: { output: input } },
      { stateExitedEventDetails: { name: 'Echo', output: input } },
      { stateEnteredEventDetails: { name: 'Route' } },
      {},
      { stateEnteredEventDetails: { name: 'Done' } },
      {},
      { executionSucceededEventDetails: { output: input, outputDetails: data } },
    ]);
  });

  it('can list in reverse order, in pages and without execution data', async () => {
    const seen: (string | undefined)[] = [];
    let nextToken: string | undefined;
    do {
      const page = { executionArn, reverseOrder: true, maxResults: 5, includeExecutionData: false, nextToken };
      const answer = await client.send(new GetExecutionHistoryCommand(page));
      seen.push(...(answer.events ?? []).map(({ type }) => type));
      expect(JSON.stringify(answer.events)).not.toMatch(/"(input|output)"/);
      nextToken = answer.nextToken;
    } while (nextToken !== undefined);
    expect(seen).toEqual([...types].reverse());
  });

  it('refuses a token of another list', async () => {
    const { nextToken } = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 5 }));
    for (const fields of [{ nextToken, reverseOrder: true }, { nextToken: 'x' }]) {
      const other = client.send(new GetExecutionHistoryCommand({ executionArn, ...fields }));
      await expect(other).rejects.toMatchObject({ name: 'InvalidToken' });
    }
  });
});

describe('ListExecutions and StopExecution', () => {
  const list = async (statusFilter?: ExecutionStatus, maxResults = 1000) => {
    const names: (string | undefined)[] = [];
    let nextToken: string | undefined;
    do {
      const page = { stateMachineArn: arnOf('ask'), statusFilter, maxResults, nextToken };
      const answer = await client.send(new ListExecutionsCommand(page));
      names.push(...(answer.executions ?? []).map(({ name }) => name));
      nextToken = answer.nextToken;
    } while (nextToken !== undefined);
    return names.filter((name) => name?.startsWith('list-'));
  };

  it('list newest first, by status and in pages; a stopped execution is ABORTED and stays so', async () => {
    for (const name of ['list-1', 'list-2', 'list-3']) await start(name, {}, 'ask');
    expect(await list(undefined, 1)).toEqual(['list-3', 'list-2', 'list-1']);
    const executionArn = executionArnOf('ask', 'list-2');
    const stop = { executionArn, error: 'Enough', cause: 'by hand' };
    const { stopDate } = await client.send(new StopExecutionCommand(stop));
    const again = await client.send(new StopExecutionCommand({ executionArn, error: 'Other' }));
    expect(again.stopDate).toEqual(stopDate);
    expect(await describeOf('list-2', 'ask')).toMatchObject({ status: 'ABORTED', error: 'Enough', stopDate });
    const { events } = await client.send(new GetExecutionHistoryCommand({ executionArn, reverseOrder: true }));
    expect(events?.[0]).toMatchObject({
      type: 'ExecutionAborted',
      executionAbortedEventDetails: { error: 'Enough', cause: 'by hand' },
    });
    expect(await list('RUNNING')).toEqual(['list-3', 'list-1']);
    expect(await list('ABORTED')).toEqual(['list-2']);
    for (const name of ['list-1', 'list-3']) {
      await client.send(new StopExecutionCommand({ executionArn: executionArnOf('ask', name) }));
    }
  });

  it('refuse an unknown status, too many results, and a missing execution', async () => {
    const stateMachineArn = arnOf('ask');
    const bad = { stateMachineArn, statusFilter: 'SLEEPING' as ExecutionStatus };
    const name = 'ValidationException';
    await expect(client.send(new ListExecutionsCommand(bad))).rejects.toMatchObject({ name });
    await expect(client.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 1001 }))).rejects.toMatchObject({
      name,
    });
    const executionArn = executionArnOf('ask', 'nobody');
    await expect(client.send(new StopExecutionCommand({ executionArn }))).rejects.toMatchObject({
      name: 'ExecutionDoesNotExist',
    });
  });
});

it('DescribeStateMachine and ListStateMachines return what is deployed', async () => {
  const machine = await client.send(new DescribeStateMachineCommand({ stateMachineArn: arnOf('echo') }));
  expect(machine).toMatchObject({ name: 'echo', status: 'ACTIVE', type: 'STANDARD', definition: echoDefinition });
  expect(machine.creationDate).toBeInstanceOf(Date);
  const first = await client.send(new ListStateMachinesCommand({ maxResults: 1 }));
  const second = await client.send(new ListStateMachinesCommand({ maxResults: 1, nextToken: first.nextToken }));
  const names = [first, second].flatMap(({ stateMachines }) => stateMachines?.map(({ name }) => name));
  expect([names, second.nextToken]).toEqual([['echo', 'ask'], undefined]);
});
