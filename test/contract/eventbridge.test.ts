import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  DescribeEventBusCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  InvalidEventPatternException,
  LimitExceededException,
  ListArchivesCommand,
  ListEventBusesCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  createEventBridgeService,
  type EventBridgeEnvelope,
  type EventBridgeService,
} from '../../infra/local/eventbridge/service.ts';
import { FaultInjection } from '../../infra/local/fault-injection.ts';
import { serve } from './serve.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const PATTERN = JSON.stringify({ source: ['event-trackers'] });
const entry = (more: Partial<PutEventsRequestEntry> = {}): PutEventsRequestEntry => ({
  Source: 'event-trackers',
  DetailType: 'Event Tracker State Change',
  Detail: '{"data":{"status":"ACTIVE"}}',
  EventBusName: 'event-trackers',
  ...more,
});

let directory: string;
let service: EventBridgeService;
let delivered: { arn: string; ruleArn: string; input: unknown; event: EventBridgeEnvelope }[];
let attempts: string[];
let server: Awaited<ReturnType<typeof serve>>;
let client: EventBridgeClient;

const injected = new FaultInjection();

async function start(): Promise<void> {
  service = createEventBridgeService({
    clock: () => NOW,
    directory,
    faults: injected,
    retryDelaysMs: [1, 1],
    refusalOf: (arn) => (arn.endsWith('far-away') ? 'The local runtime cannot reach this target.' : undefined),
    deliver: async (target, event) => {
      attempts.push(target.arn);
      if (target.arn.endsWith('broken')) throw new Error('the target failed');
      delivered.push({ ...target, event });
    },
  });
  server = await serve((request) => {
    if (request.path === '/_faults') return injected.wire(request);
    return request.path.startsWith('/_events') ? service.script(request) : service.wire(request);
  });
  client = new EventBridgeClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
}
async function stop(): Promise<void> {
  client.destroy();
  await server.close();
  service.close();
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'eventbridge-'));
  delivered = [];
  attempts = [];
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  await start();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await stop();
  rmSync(directory, { recursive: true });
});

const put = async (...entries: PutEventsRequestEntry[]) => client.send(new PutEventsCommand({ Entries: entries }));
const rule = { Name: 'to-orders', EventBusName: 'event-trackers' };
const onRule = { Rule: 'to-orders', EventBusName: 'event-trackers' };

test('a matching event reaches the targets of the rule in the envelope that AWS sends', async () => {
  const { RuleArn } = await client.send(new PutRuleCommand({ ...rule, EventPattern: PATTERN }));
  expect(RuleArn).toBe('arn:aws:events:us-east-1:123456789012:rule/event-trackers/to-orders');
  const Targets = [
    { Id: 'whole', Arn: 'arn:aws:sqs:us-east-1:123456789012:whole' },
    { Id: 'part', Arn: 'arn:aws:sqs:us-east-1:123456789012:part', InputPath: '$.detail.data' },
    { Id: 'fixed', Arn: 'arn:aws:sqs:us-east-1:123456789012:fixed', Input: '{"hello":1}' },
  ];
  expect(await client.send(new PutTargetsCommand({ ...onRule, Targets }))).toMatchObject({ FailedEntryCount: 0 });

  const answer = await put(
    entry({ Time: new Date('2025-12-31T23:59:58.9Z'), Resources: ['arn:aws:personalize:x'] }),
    entry({ Source: 'somebody-else' }),
    entry({ EventBusName: 'default' }),
  );

  expect(answer.FailedEntryCount).toBe(0);
  await vi.waitFor(() => expect(delivered).toHaveLength(3), { interval: 5, timeout: 60_000 });
  const event = {
    version: '0',
    id: answer.Entries?.[0]?.EventId,
    'detail-type': 'Event Tracker State Change',
    source: 'event-trackers',
    account: '123456789012',
    time: '2025-12-31T23:59:58Z',
    region: 'us-east-1',
    resources: ['arn:aws:personalize:x'],
    detail: { data: { status: 'ACTIVE' } },
  };
  const [whole, part, fixed] = delivered;
  expect(whole).toEqual({ arn: Targets[0]?.Arn, ruleArn: RuleArn, input: event, event });
  expect(part).toMatchObject({ arn: Targets[1]?.Arn, input: { status: 'ACTIVE' } });
  expect(fixed).toMatchObject({ arn: Targets[2]?.Arn, input: { hello: 1 } });
});

test('PutEvents answers each entry separately, in order', async () => {
  const bus = 'arn:aws:events:us-east-1:123456789012:event-bus/event-trackers';
  const answer = await put(
    entry({ EventBusName: bus }),
    entry({ Source: undefined }),
    entry({ DetailType: '' }),
    entry({ Detail: undefined }),
    entry({ Detail: '{"secret-in-detail":' }),
    entry({ Detail: '[1]' }),
    entry({ Source: 'aws.personalize' }),
    entry({ EventBusName: 'nowhere' }),
    entry({ EventBusName: undefined }),
  );
  expect(answer.FailedEntryCount).toBe(6);
  expect(answer.Entries?.map((each) => each.ErrorCode ?? typeof each.EventId)).toEqual([
    'string',
    'InvalidArgument',
    'InvalidArgument',
    'InvalidArgument',
    'MalformedDetail',
    'MalformedDetail',
    'NotAuthorizedForSourceException',
    'string',
    'string',
  ]);
  expect(answer.Entries?.[1]?.ErrorMessage).toBe(
    'Parameter Source is not valid. Reason: Source is a required argument.',
  );
  expect(JSON.stringify(answer.Entries)).not.toContain('secret-in-detail');
  // As on AWS, an event for an unknown bus gets an id and is dropped. Only the terminal reports it.
  expect(service.core.log.last).toBe(2);
  const lines = vi.mocked(console.warn).mock.calls.flat();
  expect(lines).toEqual(['PutEvents: the event bus nowhere does not exist. Its event was dropped, as on AWS.']);
});

test('entries of more than 256 KB in total are a ValidationException for the whole request', async () => {
  // The size of an entry is that of its source, detail type and detail, in UTF-8 bytes.
  const empty = 'shop'.length + 'Order placed'.length + '{"x":""}'.length;
  const sized = (bytes: number) =>
    entry({ Source: 'shop', DetailType: 'Order placed', Detail: `{"x":"${'ü'.repeat((bytes - empty) / 2)}"}` });
  expect((await put(sized(262_144))).FailedEntryCount).toBe(0);
  const refused = {
    name: 'ValidationException',
    message: 'Total size of the entries in the request is over the limit.',
  };
  await expect(put(sized(262_146))).rejects.toMatchObject(refused);
  await expect(put(sized(131_072), sized(131_074))).rejects.toMatchObject(refused);
  expect(service.core.log.last).toBe(1);
});

test('a request with no entries or more than ten is a ValidationException', async () => {
  const refused = { name: 'ValidationException', message: expect.stringContaining("'Entries'") };
  await expect(put()).rejects.toMatchObject(refused);
  await expect(put(...Array.from({ length: 11 }, () => entry()))).rejects.toMatchObject(refused);
});

test('a rule can be described, listed, disabled, enabled and deleted, and survives a restart', async () => {
  await client.send(new PutRuleCommand({ ...rule, EventPattern: PATTERN, Description: 'orders' }));
  await client.send(new PutRuleCommand({ Name: 'other', EventPattern: PATTERN }));
  await client.send(new PutTargetsCommand({ ...onRule, Targets: [{ Id: 'one', Arn: 'arn:aws:sqs:::one' }] }));
  await client.send(new DisableRuleCommand(rule));
  await stop();
  await start();

  expect(await client.send(new DescribeRuleCommand(rule))).toMatchObject({
    Name: 'to-orders',
    EventPattern: PATTERN,
    State: 'DISABLED',
    Description: 'orders',
    EventBusName: 'event-trackers',
  });
  await put(entry());
  await client.send(new EnableRuleCommand(rule));
  const { Entries } = await put(entry());
  await vi.waitFor(() => expect(delivered.map(({ event }) => event.id)).toEqual([Entries?.[0]?.EventId]), {
    interval: 5,
    timeout: 60_000,
  });

  await expect(client.send(new DeleteRuleCommand(rule))).rejects.toMatchObject({
    name: 'ValidationException',
    message: "Rule can't be deleted since it has targets.",
  });
  expect(await client.send(new RemoveTargetsCommand({ ...onRule, Ids: ['one', 'two'] }))).toMatchObject({
    FailedEntryCount: 1,
    FailedEntries: [{ TargetId: 'two', ErrorCode: 'ResourceNotFoundException' }],
  });
  await client.send(new DeleteRuleCommand(rule));
  await client.send(new DeleteRuleCommand(rule));
  await expect(client.send(new DescribeRuleCommand(rule))).rejects.toThrow(ResourceNotFoundException);
  expect((await client.send(new ListRulesCommand({}))).Rules?.map(({ Name }) => Name)).toEqual(['other']);
});

test('rules and targets are listed in pages', async () => {
  for (const Name of ['b2', 'a1', 'b3', 'b1']) await client.send(new PutRuleCommand({ Name, EventPattern: PATTERN }));
  const first = await client.send(new ListRulesCommand({ NamePrefix: 'b', Limit: 2 }));
  const second = await client.send(new ListRulesCommand({ NamePrefix: 'b', Limit: 2, NextToken: first.NextToken }));
  expect([first, second].map((page) => page.Rules?.map(({ Name }) => Name))).toEqual([['b1', 'b2'], ['b3']]);
  expect(second.NextToken).toBeUndefined();
  await expect(client.send(new ListRulesCommand({ NextToken: 'made-up' }))).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining('nextToken'),
  });

  const Targets = ['c', 'a', 'b'].map((Id) => ({
    Id,
    Arn: `arn:aws:sqs:::${Id}`,
    RetryPolicy: { MaximumRetryAttempts: 3 },
  }));
  await client.send(new PutTargetsCommand({ Rule: 'a1', Targets }));
  const page = await client.send(new ListTargetsByRuleCommand({ Rule: 'a1', Limit: 1 }));
  expect(page.Targets).toEqual([Targets[1]]);
  const rest = await client.send(new ListTargetsByRuleCommand({ Rule: 'a1', NextToken: page.NextToken }));
  expect(rest.Targets).toEqual([Targets[2], Targets[0]]);
});

test("errors of rule operations have the SDK's exception classes; a rule has at most five targets", async () => {
  const putRule = (more: object) => client.send(new PutRuleCommand({ ...rule, EventPattern: PATTERN, ...more }));
  await expect(putRule({ EventPattern: '{"source":"x"}' })).rejects.toThrow(InvalidEventPatternException);
  await expect(putRule({ EventBusName: 'nowhere' })).rejects.toThrow(ResourceNotFoundException);
  await expect(putRule({ Name: 'a rule' })).rejects.toMatchObject({ name: 'ValidationException' });

  await client.send(new PutRuleCommand({ ...rule, EventPattern: PATTERN }));
  const Targets = ['1', '2', '3', '4', '5', '6'].map((Id) => ({ Id, Arn: 'arn:aws:sqs:::one' }));
  await client.send(new PutTargetsCommand({ ...onRule, Targets: Targets.slice(0, 5) }));
  await client.send(new PutTargetsCommand({ ...onRule, Targets: Targets.slice(0, 5) }));
  const sixth = client.send(new PutTargetsCommand({ ...onRule, Targets: Targets.slice(5) }));
  await expect(sixth).rejects.toThrow(LimitExceededException);
  await expect(client.send(new EnableRuleCommand({ Name: 'none' }))).rejects.toThrow('Rule none does not exist');
});

test('TestEventPattern matches the events that a rule would match', async () => {
  // The API reference requires `resources`, but AWS accepts an event without them.
  const event = { id: '1', account: '1', source: 'a', time: 't', region: 'r', 'detail-type': 'd' };
  const ask = async (EventPattern: string, Event: unknown) =>
    (await client.send(new TestEventPatternCommand({ EventPattern, Event: JSON.stringify(Event) }))).Result;
  expect(await ask('{"source":["a"]}', event)).toBe(true);
  expect(await ask('{"source":["b"]}', event)).toBe(false);
  await expect(ask('{}', event)).rejects.toThrow(InvalidEventPatternException);
  await expect(ask('{"source":["a"]}', { source: 'a' })).rejects.toThrow('id is a required member');
});

test('two buses exist at the start; others can be created and deleted', async () => {
  const names = async () => (await client.send(new ListEventBusesCommand({}))).EventBuses?.map(({ Name }) => Name);
  expect(await names()).toEqual(['default', 'event-trackers']);
  await client.send(new CreateEventBusCommand({ Name: 'orders', Description: 'of the shop' }));
  expect(await client.send(new DescribeEventBusCommand({ Name: 'orders' }))).toMatchObject({
    Arn: 'arn:aws:events:us-east-1:123456789012:event-bus/orders',
    CreationTime: new Date(NOW),
    Description: 'of the shop',
  });
  await expect(client.send(new CreateEventBusCommand({ Name: 'orders' }))).rejects.toThrow(
    ResourceAlreadyExistsException,
  );
  expect((await put(entry({ EventBusName: 'orders' }))).FailedEntryCount).toBe(0);
  await client.send(new PutRuleCommand({ Name: 'r', EventBusName: 'orders', EventPattern: PATTERN }));
  await expect(client.send(new DeleteEventBusCommand({ Name: 'orders' }))).rejects.toThrow('since it has rules');
  await client.send(new DeleteRuleCommand({ Name: 'r', EventBusName: 'orders' }));
  await client.send(new DeleteEventBusCommand({ Name: 'orders' }));
  expect(await names()).toEqual(['default', 'event-trackers']);
  await expect(client.send(new DescribeEventBusCommand({ Name: 'orders' }))).rejects.toThrow(ResourceNotFoundException);
  await expect(client.send(new DeleteEventBusCommand({ Name: 'default' }))).rejects.toThrow('Cannot delete event bus');
});

test('a scripted fault (failed entries, throttling, a server error) keeps the event off the bus', async () => {
  const faults = (method: string, fault?: object) =>
    fetch(`${server.url}/_faults`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(fault && { body: JSON.stringify({ service: 'events', operation: 'PutEvents', ...fault }) }),
    });
  await faults('POST', { times: 1, fault: 'fail-entries' });
  await faults('POST', { times: 1, fault: 'throttle' });
  await faults('POST', { times: 2, fault: 'server-error' });
  expect(await (await faults('GET')).json()).toMatchObject({
    faults: [{ fault: 'fail-entries' }, { fault: 'throttle' }, { times: 2, fault: 'server-error' }],
  });

  expect(await put(entry())).toMatchObject({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] });
  await expect(put(entry())).rejects.toMatchObject({ name: 'ThrottlingException', $metadata: { httpStatusCode: 400 } });
  await expect(put(entry())).rejects.toMatchObject({ name: 'InternalException', $metadata: { httpStatusCode: 500 } });
  await faults('DELETE');
  expect((await put(entry())).FailedEntryCount).toBe(0);
  expect(service.core.log.last).toBe(1);
});

test('a failing target is listed as a failed invocation and does not delay other targets', async () => {
  await client.send(new PutRuleCommand({ ...rule, EventPattern: PATTERN }));
  const Targets = ['broken', 'fine'].map((Id) => ({ Id, Arn: `arn:aws:sqs:::${Id}` }));
  await client.send(new PutTargetsCommand({ ...onRule, Targets }));
  const { Entries } = await put(entry({ Detail: '{"data":{"status":"ACTIVE","trackerId":"et-one"}}' }));
  const failures = async () => (await fetch(`${server.url}/_events/failed-invocations`)).json();
  await vi.waitFor(async () => expect(await failures()).toMatchObject({ count: 1 }), { interval: 5, timeout: 60_000 });
  expect(delivered).toHaveLength(1);
  // The first attempt and two retries; then one line in the terminal.
  expect(attempts.filter((arn) => arn.endsWith('broken'))).toHaveLength(3);
  const id = Entries?.[0]?.EventId;
  expect(vi.mocked(console.warn).mock.calls).toEqual([
    [
      `The event ${id} (Event Tracker State Change) of et-one could not be delivered to arn:aws:sqs:::broken: Error: the target failed`,
    ],
  ]);
  expect(await failures()).toEqual({
    count: 1,
    failedInvocations: [
      {
        time: '2026-01-02T03:04:05.678Z',
        ruleArn: 'arn:aws:events:us-east-1:123456789012:rule/event-trackers/to-orders',
        targetArn: 'arn:aws:sqs:::broken',
        error: 'Error: the target failed',
      },
    ],
  });
});

test('the RetryPolicy of a target limits its retries', async () => {
  await client.send(new PutRuleCommand({ ...rule, EventPattern: PATTERN }));
  const Targets = [0, 1].map((MaximumRetryAttempts) => ({
    Id: `${MaximumRetryAttempts}`,
    Arn: `arn:aws:sqs:::${MaximumRetryAttempts}-broken`,
    RetryPolicy: { MaximumRetryAttempts },
  }));
  await client.send(new PutTargetsCommand({ ...onRule, Targets }));
  await put(entry());
  await vi.waitFor(() => expect(console.warn).toHaveBeenCalledTimes(2), { interval: 5, timeout: 60_000 });
  expect(attempts.toSorted()).toEqual(['arn:aws:sqs:::0-broken', 'arn:aws:sqs:::1-broken', 'arn:aws:sqs:::1-broken']);
});

test('PutTargets names the targets that cannot be reached, and adds the others', async () => {
  await client.send(new PutRuleCommand({ ...rule, EventPattern: PATTERN }));
  const Targets = ['far-away', 'fine'].map((Id) => ({ Id, Arn: `arn:aws:sqs:::${Id}` }));
  expect(await client.send(new PutTargetsCommand({ ...onRule, Targets }))).toMatchObject({
    FailedEntryCount: 1,
    FailedEntries: [
      {
        TargetId: 'far-away',
        ErrorCode: 'ValidationException',
        ErrorMessage: 'The local runtime cannot reach this target.',
      },
    ],
  });
  expect((await client.send(new ListTargetsByRuleCommand(onRule))).Targets).toEqual([Targets[1]]);
});

test('an unknown operation and a body of the wrong shape are refused', async () => {
  await expect(client.send(new ListArchivesCommand({}))).rejects.toMatchObject({ name: 'UnknownOperationException' });
  const headers = { 'x-amz-target': 'AWSEvents.PutEvents' };
  const raw = async (body: string) => (await fetch(server.url, { method: 'POST', headers, body })).json();
  expect(await raw('{"Entries":{}}')).toMatchObject({
    __type: 'SerializationException',
    message: "The value at 'Entries' must be of type array.",
  });
  expect(await raw('[]')).toMatchObject({ __type: 'SerializationException' });
});
