import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  DeleteRuleCommand,
  InvalidEventPatternException,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  ResourceNotFoundException as RuleNotFound,
} from '@aws-sdk/client-eventbridge';
import {
  DescribeEventTrackerCommand,
  LimitExceededException,
  ResourceNotFoundException,
} from '@aws-sdk/client-personalize';
import { DescribeExecutionCommand, ListExecutionsCommand, ListStateMachinesCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  ARN,
  ask,
  BUS,
  clientsOf,
  dropMidBody,
  errorOf,
  STATE_MACHINE_ARN,
  sendRaw,
  streamedEvents,
  TABLE,
} from './aws-operations.ts';
import { type LocalRuntime, startLocalRuntime } from './local-runtime.ts';

let runtime: LocalRuntime;
let aws: ReturnType<typeof clientsOf>;
beforeAll(async () => {
  runtime = await startLocalRuntime();
  aws = clientsOf(runtime);
});
afterAll(async () => {
  for (const client of Object.values(aws)) client.destroy();
  vi.unstubAllEnvs();
  await runtime.end('SIGKILL');
});

test('an EventBridge rule with a state machine as its target starts an execution with the event', async () => {
  const { eventBridge, stepFunctions } = aws;
  const rule = { Name: 'orders', EventBusName: BUS };
  const target = { Rule: 'orders', EventBusName: BUS };
  const putRule = (EventPattern: string) => eventBridge.send(new PutRuleCommand({ ...rule, EventPattern }));
  expect(await errorOf(putRule('{"source": "shop"}'))).toBeInstanceOf(InvalidEventPatternException);
  const { RuleArn } = await putRule('{"source": ["shop"], "detail": {"total": [{"numeric": [">", 10]}]}}');
  const { Rules } = await eventBridge.send(new ListRulesCommand({ EventBusName: BUS, NamePrefix: 'ord' }));
  expect(Rules).toMatchObject([{ Name: 'orders', Arn: RuleArn, State: 'ENABLED' }]);
  const Targets = [{ Id: 'flow', Arn: STATE_MACHINE_ARN, RoleArn: 'arn:aws:iam::123456789012:role/events' }];
  expect(await eventBridge.send(new PutTargetsCommand({ ...target, Targets }))).toMatchObject({ FailedEntryCount: 0 });
  expect(await eventBridge.send(new ListTargetsByRuleCommand(target))).toMatchObject({ Targets });

  const order = { EventBusName: BUS, Source: 'shop', DetailType: 'Order' };
  const { Entries, FailedEntryCount } = await eventBridge.send(
    new PutEventsCommand({
      Entries: [
        { ...order, Detail: '{"total": 11}' },
        { ...order, Detail: '{"total": 9}' },
        { ...order, Detail: 'no JSON' },
      ],
    }),
  );
  expect(FailedEntryCount).toBe(1);
  expect(Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([undefined, undefined, 'MalformedDetail']);
  const startedWith = async () => {
    const list = { stateMachineArn: STATE_MACHINE_ARN, statusFilter: 'FAILED' } as const;
    const { executions = [] } = await stepFunctions.send(new ListExecutionsCommand(list));
    const described = executions.map(({ executionArn }) =>
      stepFunctions.send(new DescribeExecutionCommand({ executionArn })),
    );
    const inputs = (await Promise.all(described)).map(({ input }) => JSON.parse(input ?? ''));
    return inputs.filter((input) => input.source === 'shop').map(({ id, detail }) => ({ id, detail }));
  };
  // The lifecycle fails with this input. The test only checks that it was started with it.
  await expect.poll(startedWith).toEqual([{ id: Entries?.[0]?.EventId, detail: { total: 11 } }]);

  const deleteRule = () => eventBridge.send(new DeleteRuleCommand(rule));
  expect(await errorOf(deleteRule())).toMatchObject({ name: 'ValidationException' });
  await eventBridge.send(new RemoveTargetsCommand({ ...target, Ids: ['flow'] }));
  await deleteRule();
  expect(await errorOf(eventBridge.send(new ListTargetsByRuleCommand(target)))).toBeInstanceOf(RuleNotFound);
});

test('the event stream continues after a given id and delivers new events', async () => {
  const put = (DetailType: string) =>
    aws.eventBridge.send(
      new PutEventsCommand({ Entries: [{ EventBusName: BUS, Source: 'stream', DetailType, Detail: '{"ü": 1}' }] }),
    );
  await put('before');
  const response = await fetch(`${runtime.awsUrl}/_events?after=0`);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const seen: { id: number; event: Record<string, unknown> }[] = [];
  for await (const taken of streamedEvents(response)) {
    seen.push(taken);
    if (taken.event['detail-type'] === 'before') await put('during');
    if (taken.event['detail-type'] === 'during') break;
  }
  expect(seen.map(({ id }) => id)).toEqual(seen.map((_, index) => index + 1));
  const [before, during] = seen.slice(-2);
  expect(during?.event).toMatchObject({
    version: '0',
    id: expect.stringMatching(/^[\da-f-]{36}$/),
    account: '123456789012',
    region: 'us-east-1',
    source: 'stream',
    resources: [],
    detail: { ü: 1 },
  });
  for await (const { id, event } of streamedEvents(await fetch(`${runtime.awsUrl}/_events?after=${before?.id}`))) {
    expect([id, event]).toEqual([during?.id, during?.event]);
    break;
  }
});

describe('the fault and timing scripts', () => {
  test.each([
    ['PUT', '/_simulator/timing', { createPendingMs: -1 }, /createPendingMs/],
    ['PUT', '/_simulator/timing', { createPendingSeconds: 1 }, /createPendingSeconds/],
    ['PUT', '/_simulator/timing', '{', /not valid JSON/],
    [
      'POST',
      '/_faults',
      { service: 'personalize', operation: 'ListEventTrackers', times: 1, fault: 'stuck' },
      /is only for/,
    ],
    [
      'POST',
      '/_faults',
      { service: 'personalize', operation: 'Create', times: 0, fault: 'x' },
      /operation.*times.*fault/,
    ],
    [
      'POST',
      '/_faults',
      { service: 'personalize', operation: 'CreateEventTracker', times: 1, fault: 'late-act' },
      /delayMs/,
    ],
    ['POST', '/_faults', { service: 'events', operation: 'PutEvents', times: 1, fault: 'x' }, /fault/],
    ['POST', '/_faults', { service: 'states', operation: 'Start', times: 1, fault: 'throttle' }, /operation/],
    ['POST', '/_faults', { service: 'dynamodb', operation: 'PutItem', times: 1.5, fault: 'throttle' }, /times/],
    ['POST', '/_faults', { service: 's3', operation: 'GetObject', fault: 'throttle' }, /service: must be one of /],
    ['POST', '/_faults', { service: 'states', operation: 'StopExecution', fault: 'throttle', more: 1 }, /more/],
    ['POST', '/_faults', [], /object/],
  ])('%s %s %j is refused with the reason', async (method, path, script, reason) => {
    const { status, body } = await ask(runtime, method, path, script);
    expect(status).toBe(400);
    expect(body.message).toMatch(reason);
  });

  test('a fault affects only its operation, is listed in the calls, and can be cleared', async () => {
    const script = { service: 'personalize', operation: 'DescribeEventTracker', times: 1, fault: 'throttle' };
    expect(await ask(runtime, 'POST', '/_faults', script)).toMatchObject({ status: 201, body: script });
    expect((await ask(runtime, 'GET', '/_faults')).body).toEqual({ faults: [script] });
    const eventTrackerArn = `${ARN}event-tracker/00000000`;
    const describeTracker = () => aws.personalize.send(new DescribeEventTrackerCommand({ eventTrackerArn }));
    // The SDK retries after a throttle, so the caller sees the second answer.
    expect(await errorOf(describeTracker())).toBeInstanceOf(ResourceNotFoundException);
    const { body } = await ask(runtime, 'GET', '/_simulator/calls');
    expect(body.calls.slice(-2)).toMatchObject([
      { operation: 'DescribeEventTracker', parameters: { eventTrackerArn }, outcome: 'LimitExceededException' },
      { operation: 'DescribeEventTracker', parameters: { eventTrackerArn }, outcome: 'ResourceNotFoundException' },
    ]);
    await ask(runtime, 'POST', '/_faults', { ...script, times: 9 });
    expect(await errorOf(describeTracker())).toBeInstanceOf(LimitExceededException);
    expect((await ask(runtime, 'DELETE', '/_faults')).body).toEqual({ faults: [] });
    expect(await errorOf(describeTracker())).toBeInstanceOf(ResourceNotFoundException);
  });

  test.each([
    ['states', { operation: 'ListStateMachines', times: 3, fault: 'throttle' }, 'ThrottlingException'],
    ['dynamodb', { operation: 'Scan', times: 3, fault: 'throttle' }, undefined],
    ['events', { operation: 'PutEvents', times: 1, fault: 'throttle' }, undefined],
  ])('a fault of %s can be injected, listed and cleared', async (service, fault, name) => {
    const script = { service, ...fault };
    const path = `/_faults?service=${service}`;
    expect((await ask(runtime, 'POST', '/_faults', script)).status).toBe(201);
    expect((await ask(runtime, 'GET', path)).body).toEqual({ faults: [script] });
    if (name !== undefined) {
      expect(await errorOf(aws.stepFunctions.send(new ListStateMachinesCommand({})))).toMatchObject({ name });
    }
    expect((await ask(runtime, 'DELETE', path)).status).toBeLessThan(300);
    expect((await ask(runtime, 'GET', path)).body).toEqual({ faults: [] });
  });
});

describe('foreign and broken callers', () => {
  const paths = (): [string, string][] => [
    [runtime.apiUrl, '/event-trackers'],
    [runtime.awsUrl, '/_simulator/calls'],
    [runtime.awsUrl, '/_events?after=0'],
    [runtime.awsUrl, '/_health'],
  ];
  const request = (path: string, host: string, ...headers: string[]) =>
    [`GET ${path} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...headers, '', ''].join('\r\n');

  test('a foreign Host header (DNS rebinding) is a 421 on both ports and for the stream', async () => {
    for (const [url, path] of paths()) {
      for (const host of ['evil.example', `127.0.0.1.evil.example:${new URL(url).port}`, '0.0.0.0', '']) {
        const answer = await sendRaw(url, request(path, host));
        expect(answer, `${url}${path} for ${host}`).toMatch(/^HTTP\/1\.1 421 /);
        expect(answer).not.toMatch(/event-stream|access-control/i);
      }
    }
  });

  test('a foreign web page gets a 403 on both ports and for the stream', async () => {
    for (const [url, path] of paths()) {
      const own = new URL(url).host;
      for (const header of ['Origin: http://evil.example', 'Origin: null', 'Sec-Fetch-Site: cross-site']) {
        const answer = await sendRaw(url, request(path, own, header));
        expect(answer, `${url}${path} with ${header}`).toMatch(/^HTTP\/1\.1 403 /);
        expect(answer).not.toMatch(/event-stream|access-control/i);
      }
    }
    const form = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' };
    expect((await fetch(`${runtime.awsUrl}/_faults`, form)).status).toBe(415);
  });

  test('dropped connections and invalid HTTP do not affect other clients', async () => {
    for (const [url] of paths()) {
      const head = ['POST / HTTP/1.1', `Host: ${new URL(url).host}`, 'Content-Length: 100'];
      for (const target of [
        'DynamoDB_20120810.PutItem',
        'AmazonPersonalize.CreateEventTracker',
        'AWSEvents.PutEvents',
      ]) {
        await dropMidBody(url, [...head, `X-Amz-Target: ${target}`, '', '{"TableName": "e'].join('\r\n'));
      }
      expect(await sendRaw(url, 'garbage\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
      const long = request('/', new URL(url).host, `X-Long: ${'x'.repeat(20_000)}`);
      expect(await sendRaw(url, long)).toMatch(/^HTTP\/1\.1 431 .*"message"/s);
    }
    expect((await aws.dynamodb.send(new ListTablesCommand({}))).TableNames).toEqual([TABLE]);
    expect((await ask(runtime, 'GET', '/_health')).body).toEqual({ status: 'ok', pid: runtime.process.pid });
  });

  test('the error for an unknown operation or service lists the supported ones; STS returns the caller', async () => {
    const headers = { 'x-amz-target': 'DynamoDB_20120810.TransactWriteItems' };
    const transaction = await fetch(runtime.awsUrl, { method: 'POST', headers, body: '{}' });
    expect(await transaction.json()).toMatchObject({
      __type: 'UnknownOperationException',
      message: expect.stringMatching(/TransactWriteItems of DynamoDB\. It supports .*UpdateItem/),
    });

    // AWS's query protocol, as the AWS CLI and the SDKs send it.
    const query = async (service: string, Action: string, accessKeyId = 'anyone') => {
      const credential = `${accessKeyId}/20261123/us-east-1/${service}/aws4_request`;
      const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`;
      const body = new URLSearchParams({ Action, Version: '2011-06-15' });
      const answer = await fetch(runtime.awsUrl, { method: 'POST', headers: { authorization }, body });
      return { status: answer.status, text: await answer.text() };
    };
    const identity = (arn: string) =>
      expect.stringMatching(
        `^<GetCallerIdentityResponse .*<GetCallerIdentityResult><Arn>${arn}</Arn><UserId>.+</UserId><Account>123456789012</Account>`,
      );
    expect(await query('sts', 'GetCallerIdentity')).toEqual({
      status: 200,
      text: identity('arn:aws:iam::123456789012:user/local'),
    });
    expect((await query('sts', 'GetCallerIdentity', 'platform')).text).toEqual(
      identity('arn:aws:sts::123456789012:assumed-role/platform/platform'),
    );
    expect(await query('sts', 'GetSessionToken')).toEqual({
      status: 400,
      text: expect.stringMatching(
        /^<ErrorResponse>.*<Code>UnknownOperationException<.* GetSessionToken of STS\. It supports GetCallerIdentity, AssumeRole\./,
      ),
    });
    expect(await query('sqs', 'SendMessage')).toEqual({
      status: 404,
      text: expect.stringMatching(
        /^<ErrorResponse>.*<Code>UnknownOperationException<.* of sqs\. It supports dynamodb,/,
      ),
    });
  });
});
