import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  DescribeExecutionCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  createRequestEventTracker,
  type OnboardingRequest,
} from '../../../examples/onboarding/request-event-tracker.ts';
import { createStepFunctionsService, type StepFunctionsService } from '../../../infra/local/step-functions/service.ts';
import { serve } from '../../contract/serve.ts';

const INVOKE_AND_WAIT = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
const FILE = join(import.meta.dirname, '../../../examples/onboarding/onboarding.asl.json');
const input = {
  tenantId: 'acme',
  name: 'shop',
  datasetGroupArn: 'arn:aws:personalize:us-east-1:123456789012:dataset-group/acme-shop',
};

/** The responses of the API, one per request. The last one repeats. */
let answers: { status: number; body: object | string }[] = [];
const received: { url: string | undefined; authorization: string | undefined; body: Record<string, unknown> }[] = [];

const server = createServer(async (request: IncomingMessage, response) => {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  received.push({ url: request.url, authorization: request.headers.authorization, body: JSON.parse(text) });
  const next = answers.length > 1 ? answers.shift() : answers[0];
  if (next === undefined) request.socket.destroy();
  else response.writeHead(next.status).end(typeof next.body === 'string' ? next.body : JSON.stringify(next.body));
});
let url = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/event-trackers`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  answers = [];
  received.length = 0;
  for (const stop of stops.splice(0)) await stop();
});

const ask = createRequestEventTracker({
  url: () => url,
  authorize: async ({ headers }) => ({ ...headers, authorization: 'Bearer a.b.c' }),
});

/**
 * Runs the example's state machine in the local Step Functions. Waits and time-outs take a thousandth of their time, so a heartbeat is due
 * within 600 ms.
 */
async function onboarding({ timeoutSeconds = 3600, heartbeatSeconds = 600, timeScale = 0.001 } = {}) {
  const definition = readFileSync(FILE, 'utf8')
    .replaceAll(/\$\{RequestEventTracker\}/g, 'arn:aws:lambda:us-east-1:123456789012:function:request')
    .replace('"TimeoutSeconds": 3600', `"TimeoutSeconds": ${timeoutSeconds}`)
    .replace('"HeartbeatSeconds": 600', `"HeartbeatSeconds": ${heartbeatSeconds}`);
  const service: StepFunctionsService = createStepFunctionsService({
    clock: Date.now,
    timeScale,
    stateMachines: [
      {
        name: 'onboarding',
        definition,
        tasks: {},
        callbackTasks: {
          [INVOKE_AND_WAIT]: (parameters) => ask((parameters as { Payload: OnboardingRequest }).Payload),
        },
      },
    ],
  });
  const wire = await serve(service.wire);
  stops.push(async () => {
    await service.close();
    await wire.close();
  });
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const client = new SFNClient({ endpoint: wire.url, region: 'us-east-1', credentials });
  const { executionArn } = await client.send(
    new StartExecutionCommand({
      stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:onboarding',
      input: JSON.stringify(input),
    }),
  );
  const end = async () => {
    for (;;) {
      const execution = await client.send(new DescribeExecutionCommand({ executionArn }));
      if (execution.status !== 'RUNNING') return execution;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { client, end };
}

const accepted = { status: 202, body: { trackerId: 'et-1', status: 'CREATE PENDING' } };
const problem = (status: number, reason: string) => ({ status, body: { reason, detail: `because of ${reason}` } });

describe('the function', () => {
  const event = { ...input, taskToken: 'secret-token' };

  test('sends the request with the task token and authorization, and returns the accepted tracker', async () => {
    answers = [accepted];
    expect(await ask(event)).toEqual({ trackerId: 'et-1', status: 'CREATE PENDING' });
    expect(received).toEqual([
      {
        url: '/event-trackers',
        authorization: 'Bearer a.b.c',
        body: { ...input, callback: { taskToken: 'secret-token' } },
      },
    ]);
  });

  test.each([
    ['a problem of the API', problem(409, 'NAME_CONFLICT'), 'NAME_CONFLICT', 'because of NAME_CONFLICT'],
    ["API Gateway's own error", { status: 403, body: { message: 'Forbidden' } }, 'HttpStatus403', 'Forbidden'],
    ['a page that is not JSON', { status: 404, body: '<html>' }, 'HttpStatus404', 'The API gave no reason.'],
    ['a throttle', { status: 429, body: { message: 'Too Many Requests' } }, 'ServiceBusy', 'it returned 429'],
    ['a 503', problem(503, 'NO_ROOM'), 'ServiceBusy', 'it returned 503'],
  ])('%s becomes a named error without the task token', async (_, answer, name, message) => {
    answers = [answer];
    const error: unknown = await ask(event).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name, message: expect.stringContaining(message) });
    expect(String(error)).not.toContain('secret-token');
  });

  test('a request without a response is ServiceBusy', async () => {
    await expect(ask(event)).rejects.toMatchObject({ name: 'ServiceBusy' });
  });
});

describe('the state machine', () => {
  test('retries with a new token while the API is busy, then waits and continues', async () => {
    answers = [problem(503, 'NO_ROOM'), problem(503, 'NO_ROOM'), accepted];
    const { client, end } = await onboarding();
    const seen = async () => {
      while (received.length < 3) await new Promise((resolve) => setImmediate(resolve));
      return received.map(({ body }) => (body.callback as { taskToken: string }).taskToken);
    };
    const tokens = await seen();
    expect(new Set(tokens).size).toBe(3);
    const output = JSON.stringify({ trackerId: 'et-1', status: 'ACTIVE', eventTrackerArn: 'arn:x' });
    await client.send(new SendTaskSuccessCommand({ taskToken: tokens[2], output }));
    const { status, output: result } = await end();
    expect({ status, result: JSON.parse(result ?? '') }).toEqual({
      status: 'SUCCEEDED',
      result: { tenantId: 'acme', trackerId: 'et-1', eventTrackerArn: 'arn:x' },
    });
  });

  test('fails with ServiceSilent if no heartbeat arrives, and says that the request remains', async () => {
    answers = [accepted];
    const { end } = await onboarding();
    expect(await end()).toMatchObject({
      status: 'FAILED',
      error: 'EventTrackerServiceSilent',
      cause: expect.stringContaining('The request remains'),
    });
    expect(received[0]?.body.callback).toMatchObject({ heartbeatSeconds: 600 });
  });

  test('fails with NotInTime if heartbeats arrive but no outcome, and says that the request remains', async () => {
    answers = [accepted];
    const { client, end } = await onboarding({ timeoutSeconds: 2, heartbeatSeconds: 1, timeScale: 1 });
    const beating = setInterval(async () => {
      const taskToken = (received[0]?.body.callback as { taskToken: string } | undefined)?.taskToken;
      // After the time-out, heartbeats are refused.
      if (taskToken) await client.send(new SendTaskHeartbeatCommand({ taskToken })).catch(() => {});
    }, 50);
    stops.push(async () => clearInterval(beating));
    expect(await end()).toMatchObject({
      status: 'FAILED',
      error: 'EventTrackerNotInTime',
      cause: expect.stringContaining('The request remains'),
    });
  });

  test('ends immediately with the reason if the API refuses the request', async () => {
    answers = [problem(403, 'DATASET_GROUP_NOT_ALLOWED')];
    const { end } = await onboarding();
    expect(await end()).toMatchObject({ status: 'FAILED', error: 'DATASET_GROUP_NOT_ALLOWED' });
    expect(received).toHaveLength(1);
  });
});
