import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTaskCallbackGateway } from '../../functions/gateways/task-callbacks.ts';
import { createTaskHeartbeatGateway } from '../../functions/gateways/task-heartbeats.ts';
import type { DueCallback } from '../../functions/tracker/record.ts';
import { createStepFunctionsService } from '../../infra/local/step-functions/service.ts';
import { AwsError, errorAnswer, type WireService } from '../../infra/local/wire.ts';
import { serve } from './serve.ts';

const CALLBACK = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
const stateMachineArn = 'arn:aws:states:us-east-1:123456789012:stateMachine:waiting';

/** The gateway over HTTP, against an execution that waits for a callback. */
let asked = Promise.withResolvers<string>();
const service = createStepFunctionsService({
  clock: Date.now,
  stateMachines: [
    {
      name: 'waiting',
      definition: JSON.stringify({
        StartAt: 'Wait',
        States: {
          Wait: { Type: 'Task', Resource: CALLBACK, Parameters: { 'token.$': '$$.Task.Token' }, End: true },
        },
      }),
      tasks: {},
      callbackTasks: { [CALLBACK]: async (input) => asked.resolve((input as { token: string }).token) },
    },
  ],
});
/** If set, answers SendTask* instead of Step Functions. */
let instead: (() => AwsError) | undefined;
const wire: WireService = async (request) =>
  instead && String(request.headers['x-amz-target']).includes('SendTask')
    ? errorAnswer(instead(), 'application/x-amz-json-1.0')
    : service.wire(request);

let server: Awaited<ReturnType<typeof serve>>;
let client: SFNClient;
beforeAll(async () => {
  server = await serve(wire);
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  client = new SFNClient({ endpoint: server.url, region: 'us-east-1', credentials, maxAttempts: 1 });
});
afterAll(async () => {
  await service.close();
  await server.close();
});
beforeEach(() => {
  instead = undefined;
});

const due = (taskToken: string, rest: Partial<DueCallback> = {}): DueCallback => ({
  kind: 'callback',
  id: 'et-1-1-1-0',
  at: 0,
  status: 'ACTIVE',
  ...rest,
  taskToken,
});
const answer = (callback: DueCallback) => createTaskCallbackGateway(client).answer('et-1', callback);

async function waiting() {
  asked = Promise.withResolvers();
  const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn, input: '{}' }));
  const taskToken = await asked.promise;
  const end = async () => {
    for (;;) {
      const execution = await client.send(new DescribeExecutionCommand({ executionArn }));
      if (execution.status !== 'RUNNING') return execution;
    }
  };
  return { taskToken, end };
}

describe('a waiting execution', () => {
  test('continues with {trackerId, status, eventTrackerArn} of an ACTIVE tracker; a repeated callback counts as delivered', async () => {
    const { taskToken, end } = await waiting();
    expect(await answer(due(taskToken, { eventTrackerArn: 'arn:x' }))).toBe('delivered');
    const { status, output } = await end();
    expect({ status, output: JSON.parse(output ?? '') }).toEqual({
      status: 'SUCCEEDED',
      output: { trackerId: 'et-1', status: 'ACTIVE', eventTrackerArn: 'arn:x' },
    });
    expect(await answer(due(taskToken))).toBe('delivered');
  });

  test.each([
    [{ status: 'CREATE FAILED', failureCode: 'CONFLICT' }, 'CONFLICT', 'The event tracker et-1 is CREATE FAILED'],
    [{ status: 'CREATE FAILED', remedy: 'Delete it.' }, 'CREATE_FAILED', 'is CREATE FAILED. Delete it. The resource'],
    [{ status: 'CREATE FAILED' }, 'CREATE_FAILED', 'The event tracker et-1 is CREATE FAILED'],
    [
      { status: 'SUPERSEDED' },
      'SUPERSEDED',
      'was superseded by a deletion request. If it is still needed, request it again',
    ],
    [{ status: 'DELETED' }, 'DELETED', 'The event tracker et-1 is DELETED. If it is still needed, request it again'],
  ] as const)('fails for %o with the error %s', async (outcome, error, cause) => {
    const { taskToken, end } = await waiting();
    expect(await answer(due(taskToken, outcome))).toBe('delivered');
    const ended = await end();
    expect(ended).toMatchObject({ status: 'FAILED', error });
    expect(ended.cause).toContain(cause);
  });
});

describe('a heartbeat', () => {
  const beat = (taskToken: string) => createTaskHeartbeatGateway(client).send(taskToken);

  test('is accepted while the execution waits, and reports "gone" after the callback', async () => {
    const { taskToken, end } = await waiting();
    expect(await beat(taskToken)).toBe('sent');
    await answer(due(taskToken));
    await end();
    expect(await beat(taskToken)).toBe('gone');
  });

  test('reports "gone" for an unknown or malformed token', async () => {
    expect(await beat('rubbish')).toBe('gone');
    expect(await beat('t'.repeat(2_049))).toBe('gone');
  });

  test.each([
    ['ThrottlingException', 400, 'ThrottledError'],
    ['InternalServerError', 500, 'UnknownOutcomeError'],
    ['AccessDeniedException', 400, 'AccessDeniedError'],
  ])('%s is returned as an error without the token', async (code, status, error) => {
    const { taskToken, end } = await waiting();
    instead = () => new AwsError(code, `Value '${taskToken}' is refused`, status);
    expect(await beat(taskToken)).toEqual({ error });
    instead = undefined;
    await answer(due(taskToken));
    expect(await end()).toMatchObject({ status: 'SUCCEEDED' });
  });
});

test('a callback with an unknown token counts as delivered', async () => {
  expect(await answer(due('rubbish'))).toBe('delivered');
});

test.each([
  ['ThrottlingException', 400, 'ThrottledError'],
  ['InternalServerError', 500, 'UnknownOutcomeError'],
  ['AccessDeniedException', 400, 'AccessDeniedError'],
  ['KmsThrottlingException', 400, 'KmsThrottlingException'],
  ['InvalidOutput', 400, 'InvalidOutput'],
])('%s is an error to retry and does not contain the token', async (code, status, error) => {
  const { taskToken, end } = await waiting();
  instead = () => new AwsError(code, `Value '${taskToken}' is refused`, status);
  expect(await answer(due(taskToken))).toEqual({ error });
  instead = undefined;
  expect(await answer(due(taskToken))).toBe('delivered');
  expect(await end()).toMatchObject({ status: 'SUCCEEDED' });
});

test('a refused connection is an error to retry', async () => {
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const unreachable = new SFNClient({
    endpoint: 'http://127.0.0.1:1',
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  });
  expect(await createTaskCallbackGateway(unreachable).answer('et-1', due('t'))).toEqual({
    error: 'UnknownOutcomeError',
  });
});
