import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { trackerIdOf } from '../../functions/tracker/identity.ts';
import {
  call,
  clearFaults,
  DEMO_GROUP,
  injectFault,
  type LocalRuntime,
  local,
  startLocalRuntime,
  tokenOf,
} from './local-runtime.ts';

const ONBOARDING = 'arn:aws:states:us-east-1:123456789012:stateMachine:event-trackers-onboarding';
const SUBSCRIBER = 'arn:aws:lambda:us-east-1:123456789012:function:event-trackers-subscriber';
const PATTERN = join(import.meta.dirname, '../../examples/subscriber/event-pattern.json');
const TRACKER = trackerIdOf(DEMO_GROUP);
const input = { tenantId: 'acme', name: 'shop', datasetGroup: 'acme-shop', schema: 'acme-shop-interactions' };
const request = { name: 'shop', datasetGroupArn: DEMO_GROUP };

let runtime: LocalRuntime;
let stepFunctions: SFNClient;
let documents: DynamoDBDocumentClient;
let token: string;
beforeAll(async () => {
  runtime = await startLocalRuntime({ args: ['--examples'] });
  const options = {
    endpoint: runtime.awsUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  };
  stepFunctions = new SFNClient(options);
  documents = DynamoDBDocumentClient.from(new DynamoDBClient(options));
  const events = new EventBridgeClient(options);
  const rule = { Name: 'subscriber', EventBusName: 'event-trackers' };
  await events.send(new PutRuleCommand({ ...rule, EventPattern: readFileSync(PATTERN, 'utf8') }));
  await events.send(
    new PutTargetsCommand({
      Rule: rule.Name,
      EventBusName: rule.EventBusName,
      Targets: [{ Id: 'subscriber', Arn: SUBSCRIBER }],
    }),
  );
  await local(runtime, 'PUT', '/_simulator/timing', {
    createPendingMs: 200,
    createInProgressMs: 500,
    deletePendingMs: 100,
    deleteInProgressMs: 200,
  });
  token = await tokenOf(runtime, 'acme', ['read', 'write', 'callback']);
});
afterAll(async () => {
  await runtime.end('SIGKILL');
});

/** Reads until `isDone` returns true; only the test's time-out ends it earlier. */
async function until<Value>(read: () => Promise<Value>, isDone: (value: Value) => boolean): Promise<Value> {
  for (;;) {
    const value = await read();
    if (isDone(value)) return value;
    await pause(50);
  }
}

/** Starts an onboarding. `ended` waits until it ends. */
async function onboarding(changes: object = {}, stateMachineArn = ONBOARDING, of: object = input) {
  const { executionArn } = await stepFunctions.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify({ ...of, ...changes }) }),
  );
  const describe = () => stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
  const history = async () =>
    (await stepFunctions.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }))).events ?? [];
  return {
    ended: () => until(describe, ({ status }) => status !== 'RUNNING'),
    history,
    /** The task token of the waiting execution. */
    waiting: async () => {
      const events = await until(history, (seen) => seen.some(({ type }) => type === 'TaskSubmitted'));
      const scheduled = events.map(({ taskScheduledEventDetails }) => taskScheduledEventDetails);
      const asked = scheduled.find((details) => details?.resource === 'invoke.waitForTaskToken');
      return String(JSON.parse(asked?.parameters ?? '{}').Payload.taskToken);
    },
  };
}

const kept = async () =>
  (
    await documents.send(
      new GetCommand({
        TableName: 'event-trackers-tracking-ids',
        Key: { trackerId: TRACKER },
      }),
    )
  ).Item;
const resource = async () => (await call(runtime, 'GET', `/event-trackers/${TRACKER}`, { token })).body;
const remove = async () => {
  await call(runtime, 'DELETE', `/event-trackers/${TRACKER}`, { token });
  await until(resource, ({ status }) => status === 'DELETED');
};

test('an onboarding waits for its tracker and continues; a second one joins it; the subscriber gets the tracking ID', async () => {
  const first = await onboarding();
  const taskToken = await first.waiting();
  const second = await onboarding();
  const ends = [await first.ended(), await second.ended()];

  const { eventTrackerArn, trackingId } = await resource();
  for (const { status, output } of ends) {
    expect(status).toBe('SUCCEEDED');
    expect(JSON.parse(output ?? '')).toEqual({
      tenantId: 'acme',
      status: 'ACTIVE',
      trackerId: TRACKER,
      eventTrackerArn,
      trackingIdIn: `dynamodb:event-trackers-tracking-ids/${TRACKER}`,
    });
  }
  const item = await until(kept, (seen) => seen?.status === 'ACTIVE');
  expect(item).toMatchObject({ trackerId: TRACKER, tenantId: 'acme', datasetGroupArn: DEMO_GROUP, trackingId });
  expect(typeof trackingId).toBe('string');

  const late = await onboarding();
  expect(await late.ended()).toMatchObject({ status: 'SUCCEEDED' });
  // Executions can be read by many: none shows the tracking ID, not even that of a tracker that was there before.
  for (const { history } of [first, second, late]) expect(JSON.stringify(await history())).not.toContain(trackingId);

  // No caller or operator can see a task token.
  const { body, headers } = await call(runtime, 'GET', `/event-trackers/${TRACKER}`, { token });
  const history = await call(runtime, 'GET', `/event-trackers/${TRACKER}/history`, { token });
  const taken = await local(runtime, 'GET', '/_simulator/calls');
  for (const shown of [body, Object.fromEntries(headers), history.body, taken, item]) {
    expect(JSON.stringify(shown)).not.toContain(taskToken);
  }
  expect(runtime.output()).not.toContain(taskToken);
  expect(runtime.output()).not.toContain(trackingId);
});

test('a deletion ends a waiting onboarding with SUPERSEDED, and the subscriber removes the tracking ID', async () => {
  await remove();
  expect(await until(kept, (seen) => seen?.status === 'DELETED')).not.toHaveProperty('trackingId');
  // Personalize refuses every creation, so the onboarding keeps waiting.
  await injectFault(runtime, 'personalize', {
    operation: 'CreateEventTracker',
    times: 1000,
    fault: 'throttle',
  });
  const waiting = await onboarding();
  await waiting.waiting();
  await call(runtime, 'DELETE', `/event-trackers/${TRACKER}`, { token });
  expect(await waiting.ended()).toMatchObject({ status: 'FAILED', error: 'SUPERSEDED' });
  await clearFaults(runtime);
  await until(resource, ({ status }) => status === 'DELETED');
});

test('a failed creation and a refused request end the onboarding with their code', async () => {
  await injectFault(runtime, 'personalize', {
    operation: 'CreateEventTracker',
    times: 1,
    fault: 'create-failed',
  });
  const failing = await onboarding();
  expect(await failing.ended()).toMatchObject({ status: 'FAILED', error: 'CREATE_FAILED' });
  // Another onboarding makes a new attempt.
  expect(await (await onboarding()).ended()).toMatchObject({ status: 'SUCCEEDED' });
  const conflicting = await onboarding({ name: 'another' });
  expect(await conflicting.ended()).toMatchObject({ status: 'FAILED', error: 'NAME_CONFLICT' });
  const broken = await onboarding({ name: '-' });
  expect(await broken.ended()).toMatchObject({ status: 'FAILED', error: 'INVALID_REQUEST' });
});

test('a list reports each failure with its code and remedy; over its tolerance, the report is the cause', async () => {
  const tenants = [
    input,
    { ...input, name: 'another' },
    { ...input, datasetGroup: 'globex-shop' },
    { tenantId: 'acme', name: 'shop' },
  ];
  const list = `${ONBOARDING}-list`;
  const tolerant = await (await onboarding({ tenants, toleratedFailurePercentage: 75 }, list, {})).ended();
  expect({ ...tolerant, output: JSON.parse(tolerant.output ?? '{}') }).toMatchObject({
    status: 'SUCCEEDED',
    output: {
      summary: expect.stringMatching(/^\d of 4 tenants are ACTIVE\. Not onboarded: /),
      total: 4,
      failures: expect.arrayContaining([
        expect.objectContaining({ datasetGroup: 'globex-shop', code: 'DATASET_GROUP_NOT_ALLOWED' }),
        { tenantId: 'acme', name: 'shop', code: 'INVALID_INPUT', remedy: expect.stringContaining('Correct the list') },
      ]),
    },
  });
  const strict = await (await onboarding({ tenants, toleratedFailurePercentage: 0 }, list, {})).ended();
  expect(strict).toMatchObject({
    status: 'FAILED',
    error: 'States.ExceedToleratedFailureThreshold',
    cause: expect.stringMatching(/^\d of 4 tenants are ACTIVE\. Not onboarded: .*1 INVALID_INPUT/),
  });
});

test('a batch accepts a task token for each request', async () => {
  const requests = ['not-a-token-1', 'not-a-token-2'].map((taskToken) => ({ ...request, callback: { taskToken } }));
  const { status, body } = await call(runtime, 'POST', '/event-trackers/batch', { token, body: { requests } });
  expect({ status, results: body.results.map((result: { status: number }) => result.status) }).toEqual({
    status: 200,
    results: [200, 200],
  });
  expect(JSON.stringify(body)).not.toContain('not-a-token');
  // Step Functions does not know these tokens, so the callbacks are dropped.
  const outbox = async () =>
    (await documents.send(new GetCommand({ TableName: 'event-trackers', Key: { trackerId: TRACKER } }))).Item?.outbox;
  expect(await until(outbox, (entries) => entries.length === 0)).toEqual([]);
  expect(runtime.output()).not.toContain('not-a-token');
});

test('a callback needs its scope and a valid task token', async () => {
  const ask = (callback: unknown, by = token) =>
    call(runtime, 'POST', '/event-trackers', { token: by, body: { ...request, callback } });
  const without = await tokenOf(runtime, 'acme', ['write']);
  expect(await ask({ taskToken: 'secret-of-ours' }, without)).toMatchObject({
    status: 403,
    body: { reason: 'SCOPE_REQUIRED', detail: expect.stringContaining('event-trackers/callback') },
  });
  for (const [callback, field, rule] of [
    [{ taskToken: '' }, 'callback.taskToken', 'must be at least 1 character long'],
    [{ taskToken: 'secret-of-ours'.repeat(147) }, 'callback.taskToken', 'must be at most 2048 characters long'],
    [{ taskToken: 'secret-of-ours', heartbeatSeconds: 299 }, 'callback.heartbeatSeconds', 'must be at least 300'],
    [{ taskToken: 'secret-of-ours', heartbeatSeconds: 300.5 }, 'callback.heartbeatSeconds', 'must be a whole number'],
    [{ taskToken: 'secret-of-ours', heartbeatSeconds: 1e8 }, 'callback.heartbeatSeconds', 'must be at most 99999999'],
    [{}, 'callback.taskToken', 'is required'],
    [{ taskToken: 'secret-of-ours', url: 'x' }, 'callback.url', 'is not recognized'],
    ['secret-of-ours', 'callback', 'must be an object'],
  ] as const) {
    const answer = await ask(callback);
    expect(answer).toMatchObject({ status: 400, body: { reason: 'INVALID_REQUEST', errors: [{ field, rule }] } });
    expect(JSON.stringify(answer.body)).not.toContain('secret-of-ours');
  }
  expect(runtime.output()).not.toContain('secret-of-ours');
});
