import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { FaultInjection } from '../../infra/local/fault-injection.ts';
import { createStepFunctionsService, type StepFunctionsService } from '../../infra/local/step-functions/service.ts';
import { serve } from './serve.ts';

/** The local Step Functions behind HTTP with two state machines, `echo` and `ask`, and an AWS SDK client for it. */

export const ECHO = 'arn:aws:lambda:us-east-1:123456789012:function:echo';
const ASK = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
export const arnOf = (machine: string) => `arn:aws:states:us-east-1:123456789012:stateMachine:${machine}`;
export const executionArnOf = (machine: string, name: string) =>
  `arn:aws:states:us-east-1:123456789012:execution:${machine}:${name}`;

export const echoDefinition = JSON.stringify({
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

let directory: string;
/** Task tokens by execution name. */
const tokens = new Map<string, string>();
const faults = new FaultInjection();
/** By execution name: the function that gets the token returns only after this. */
export const held = new Map<string, Promise<void>>();
let service: StepFunctionsService;
export let wire: Awaited<ReturnType<typeof serve>>;
export let scripts: Awaited<ReturnType<typeof serve>>;
export let client: SFNClient;

export async function open() {
  service = createStepFunctionsService({
    clock: Date.now,
    directory,
    timeScale: 0.001,
    faults,
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
            await held.get(name);
          },
        },
      },
    ],
  });
  wire = await serve(service.wire);
  scripts = await serve(faults.wire);
  client = new SFNClient({
    endpoint: wire.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
}
export async function close() {
  client.destroy();
  await wire.close();
  await scripts.close();
  await service.close();
}
/** Starts one instance for all tests of the file. Scripted faults are cleared after each test. */
export function startForAllTests(): void {
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'sfn-contract-'));
    tokens.clear();
    return open();
  });
  afterEach(async () => void (await fetch(`${scripts.url}/_faults`, { method: 'DELETE' })));
  afterAll(async () => {
    await close();
    rmSync(directory, { recursive: true });
  });
}

export const start = (name: string, input: object = { seconds: 0 }, machine = 'echo') =>
  client.send(new StartExecutionCommand({ stateMachineArn: arnOf(machine), name, input: JSON.stringify(input) }));
export const describeOf = (name: string, machine = 'echo') =>
  client.send(new DescribeExecutionCommand({ executionArn: executionArnOf(machine, name) }));
export const ended = async (name: string, machine = 'echo') => {
  for (;;) {
    const execution = await describeOf(name, machine);
    if (execution.status !== 'RUNNING') return execution;
  }
};
export const tokenOf = async (name: string) => {
  while (!tokens.has(name)) await new Promise((resolve) => setImmediate(resolve));
  return tokens.get(name);
};
