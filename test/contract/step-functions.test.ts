import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  type ExecutionStatus,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createStepFunctionsService, type StepFunctionsService } from '../../infra/local/step-functions/service.ts';
import { serve } from './serve.ts';

const ECHO = 'arn:aws:lambda:us-east-1:123456789012:function:echo';
const ASK = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
const arnOf = (machine: string) => `arn:aws:states:us-east-1:123456789012:stateMachine:${machine}`;
const executionArnOf = (machine: string, name: string) =>
  `arn:aws:states:us-east-1:123456789012:execution:${machine}:${name}`;

const echoDefinition = JSON.stringify({
  StartAt: 'Wait',
  States: {
    Wait: { Type: 'Wait', SecondsPath: '$.seconds', Next: 'Echo' },
    Echo: { Type: 'Task', Resource: ECHO, Next: 'Route' },
    Route: { Type: 'Choice', Choices: [{ Variable: '$.fail', IsPresent: true, Next: 'Failed' }], Default: 'Done' },
    Done: { Type: 'Succeed' },
    Failed: { Type: 'Fail', Error: 'Asked', Cause: 'as asked' },
  },
});
const askDefinition = JSON.stringify({
  StartAt: 'Ask',
  States: {
    Ask: {
      Type: 'Task',
      Resource: ASK,
      Parameters: { 'name.$': '$$.Execution.Name', 'taskToken.$': '$$.Task.Token' },
      End: true,
    },
  },
});

const directory = mkdtempSync(join(tmpdir(), 'sfn-contract-'));
/** By the execution's name. */
const tokens = new Map<string, string>();
let service: StepFunctionsService;
let wire: Awaited<ReturnType<typeof serve>>;
let scripts: Awaited<ReturnType<typeof serve>>;
let client: SFNClient;

async function open() {
  service = createStepFunctionsService({
    clock: Date.now,
    directory,
    timeScale: 0.001,
    stateMachines: [
      { name: 'echo', definition: echoDefinition, tasks: { [ECHO]: async (input) => input } },
      {
        name: 'ask',
        definition: askDefinition,
        tasks: {},
        callbackTasks: {
          [ASK]: async (input) => {
            const { name, taskToken } = input as { name: string; taskToken: string };
            tokens.set(name, taskToken);
          },
        },
      },
    ],
  });
  wire = await serve(service.wire);
  scripts = await serve(service.script);
  client = new SFNClient({
    endpoint: wire.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
}
async function close() {
  client.destroy();
  await wire.close();
  await scripts.close();
  await service.close();
}
beforeAll(open);
afterEach(async () => void (await fetch(scripts.url, { method: 'DELETE' })));
afterAll(async () => {
  await close();
  rmSync(directory, { recursive: true });
});

const start = (name: string, input: object = { seconds: 0 }, machine = 'echo') =>
  client.send(new StartExecutionCommand({ stateMachineArn: arnOf(machine), name, input: JSON.stringify(input) }));
const describeOf = (name: string, machine = 'echo') =>
  client.send(new DescribeExecutionCommand({ executionArn: executionArnOf(machine, name) }));
const ended = async (name: string, machine = 'echo') => {
  for (;;) {
    const execution = await describeOf(name, machine);
    if (execution.status !== 'RUNNING') return execution;
  }
};
const tokenOf = async (name: string) => {
  while (!tokens.has(name)) await new Promise((resolve) => setImmediate(resolve));
  return tokens.get(name);
};

describe('StartExecution and DescribeExecution', () => {
  it('runs a state machine to its output', async () => {
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

  it('gives a name of its own, and takes an input of {} for none', async () => {
    const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn: arnOf('ask') }));
    expect(executionArn).toMatch(/:execution:ask:[0-9a-f-]{36}$/);
    const { input, status } = await client.send(new DescribeExecutionCommand({ executionArn }));
    expect([input, status]).toEqual(['{}', 'RUNNING']);
    await client.send(new StopExecutionCommand({ executionArn }));
  });

  it('the name of a running execution is a success with the same input only, that of a closed one never', async () => {
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
  ])('is refused as %s', async (name, fields) => {
    const input = { stateMachineArn: arnOf('echo'), ...fields };
    await expect(client.send(new StartExecutionCommand(input))).rejects.toMatchObject({ name, $fault: 'client' });
  });

  it('an execution that nobody started does not exist', async () => {
    await expect(describeOf('nobody')).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
  });

  it('a Fail state says its error and its cause', async () => {
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

  it('tells what happened, in AWS words and order', async () => {
    const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(events.map(({ type }) => type)).toEqual(types);
    expect(events.map(({ id, previousEventId }) => [id, previousEventId])).toEqual(types.map((_, i) => [i + 1, i]));
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

  it('backwards, by pages, without data', async () => {
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

  it('lists newest first, by status and by pages; a stopped one is ABORTED and stays as it is', async () => {
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

  it('refuses a status that is none, too many results, and an execution that is not there', async () => {
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

it('DescribeStateMachine and ListStateMachines tell what is deployed', async () => {
  const machine = await client.send(new DescribeStateMachineCommand({ stateMachineArn: arnOf('echo') }));
  expect(machine).toMatchObject({ name: 'echo', status: 'ACTIVE', type: 'STANDARD', definition: echoDefinition });
  expect(machine.creationDate).toBeInstanceOf(Date);
  const first = await client.send(new ListStateMachinesCommand({ maxResults: 1 }));
  const second = await client.send(new ListStateMachinesCommand({ maxResults: 1, nextToken: first.nextToken }));
  const names = [first, second].flatMap(({ stateMachines }) => stateMachines?.map(({ name }) => name));
  expect([names, second.nextToken]).toEqual([['echo', 'ask'], undefined]);
});

describe('SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat', () => {
  it('end a task that waits for its token', async () => {
    await start('success', {}, 'ask');
    const taskToken = await tokenOf('success');
    await client.send(new SendTaskHeartbeatCommand({ taskToken }));
    const bad = client.send(new SendTaskSuccessCommand({ taskToken, output: '{' }));
    await expect(bad).rejects.toMatchObject({ name: 'InvalidOutput' });
    await client.send(new SendTaskSuccessCommand({ taskToken, output: '{"ok":true}' }));
    expect(await ended('success', 'ask')).toMatchObject({ status: 'SUCCEEDED', output: '{"ok":true}' });
    const late = client.send(new SendTaskSuccessCommand({ taskToken, output: '1' }));
    await expect(late).rejects.toMatchObject({ name: 'TaskTimedOut' });
  });

  it('fail it', async () => {
    await start('failure', {}, 'ask');
    const taskToken = await tokenOf('failure');
    await client.send(new SendTaskFailureCommand({ taskToken, error: 'Refused', cause: 'not now' }));
    expect(await ended('failure', 'ask')).toMatchObject({ status: 'FAILED', error: 'Refused', cause: 'not now' });
  });

  it('refuse what is no token', async () => {
    const name = 'InvalidToken';
    const refused = client.send(new SendTaskHeartbeatCommand({ taskToken: 'x' }));
    await expect(refused).rejects.toMatchObject({ name });
  });
});

describe('the script of faults', () => {
  const script = async (body: unknown) => {
    const response = await fetch(scripts.url, { method: 'POST', body: JSON.stringify(body) });
    return { status: response.status, body: await response.json() };
  };

  it('a server error and a throttle act not, as often as said', async () => {
    await script({ operation: 'StartExecution', times: 2, fault: 'server-error' });
    await script({ operation: 'StartExecution', fault: 'throttle' });
    for (const error of [
      { $fault: 'server', $metadata: { httpStatusCode: 500 } },
      { $fault: 'server', $metadata: { httpStatusCode: 500 } },
      { name: 'ThrottlingException', $metadata: { httpStatusCode: 400 } },
    ]) {
      await expect(start('faulty')).rejects.toMatchObject(error);
    }
    await expect(describeOf('faulty')).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
    await start('faulty');
    expect(await ended('faulty')).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('a lost answer acts, and the caller sees a connection that breaks', async () => {
    await script({ operation: 'StartExecution', times: 1, fault: 'lost-answer' });
    await expect(start('lost')).rejects.not.toHaveProperty('$fault');
    expect(await ended('lost')).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('a bad script gets a 400 that says why, and DELETE forgets', async () => {
    expect(await script({ operation: 'Start', fault: 'throttle' })).toMatchObject({
      status: 400,
      body: { message: expect.stringMatching(/^operation: /) },
    });
    expect(await script({ operation: 'StartExecution', times: 0, fault: 'late' })).toMatchObject({ status: 400 });
    await script({ operation: 'ListStateMachines', fault: 'throttle' });
    await fetch(scripts.url, { method: 'DELETE' });
    await expect(client.send(new ListStateMachinesCommand({}))).resolves.toBeDefined();
  });
});

it('survives a restart: results stay, what ran is ABORTED', async () => {
  await start('before', { seconds: 0 });
  const before = await ended('before');
  await start('interrupted', {}, 'ask');
  const taskToken = await tokenOf('interrupted');
  await close();
  await open();
  const { $metadata: _, ...known } = before;
  expect(await describeOf('before')).toMatchObject(known);
  await expect(start('before', { seconds: 0 })).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  const cause = 'the local runtime was stopped';
  expect(await describeOf('interrupted', 'ask')).toMatchObject({ status: 'ABORTED', cause });
  const late = client.send(new SendTaskSuccessCommand({ taskToken, output: '1' }));
  await expect(late).rejects.toMatchObject({ name: 'TaskTimedOut' });
});

it('an operation that is not there is UnknownOperationException', async () => {
  const headers = { 'x-amz-target': 'AWSStepFunctions.CreateActivity', 'content-type': 'application/x-amz-json-1.0' };
  const response = await fetch(wire.url, { method: 'POST', headers, body: '{}' });
  expect([response.status, response.headers.get('content-type')]).toEqual([400, 'application/x-amz-json-1.0']);
  expect(await response.json()).toMatchObject({ __type: 'UnknownOperationException' });
});
