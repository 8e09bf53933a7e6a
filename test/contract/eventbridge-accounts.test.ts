import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DescribeEventBusCommand,
  EventBridgeClient,
  ListEventBusesCommand,
  ListRulesCommand,
  PutEventsCommand,
  PutPermissionCommand,
  type PutPermissionCommandInput,
  PutRuleCommand,
  PutTargetsCommand,
  RemovePermissionCommand,
} from '@aws-sdk/client-eventbridge';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createEventBridgeService, type EventBridgeService } from '../../infra/local/eventbridge/service.ts';
import { serve } from './serve.ts';

/*
 * The local EventBridge with the event buses of other accounts: the access key decides the account.
 */
const HOME = '123456789012';
const ORDERS_ACCOUNT = '210987654321';
const THIRD_ACCOUNT = '345678901234';
const busArn = (account: string, name: string) => `arn:aws:events:us-east-1:${account}:event-bus/${name}`;
const ORDERS = busArn(ORDERS_ACCOUNT, 'orders');
const ROLE = `arn:aws:iam::${HOME}:role/to-orders`;

let directory: string;
let service: EventBridgeService;
let server: Awaited<ReturnType<typeof serve>>;
let delivered: { ruleArn: string; account: string; tenantId: unknown }[];
const clients: EventBridgeClient[] = [];

/** The client of an account. */
function as(accessKeyId: string): EventBridgeClient {
  const credentials = { accessKeyId, secretAccessKey: 'x' };
  const client = new EventBridgeClient({ endpoint: server.url, region: 'us-east-1', credentials, maxAttempts: 1 });
  clients.push(client);
  return client;
}
async function start(): Promise<void> {
  service = createEventBridgeService({
    clock: Date.now,
    directory,
    deliver: async ({ ruleArn }, { account, detail }) => {
      delivered.push({ ruleArn, account, tenantId: (detail.metadata as { tenantId: unknown }).tenantId });
    },
  });
  server = await serve((request) => service.wire(request));
}
async function stop(): Promise<void> {
  for (const client of clients.splice(0)) client.destroy();
  await server.close();
  service.close();
}
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'eventbridge-accounts-'));
  delivered = [];
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  await start();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await stop();
  rmSync(directory, { recursive: true });
});

const ofTenant = (tenantId: string) =>
  JSON.stringify({ source: ['event-trackers'], detail: { metadata: { tenantId: [tenantId] } } });
const ALL = JSON.stringify({ source: ['event-trackers'] });

/** A rule of an account on its bus, with one target. */
async function connect(
  account: string,
  bus: string,
  pattern: string,
  target: { readonly Arn: string; readonly RoleArn?: string },
  name = 'forward',
): Promise<void> {
  await as(account).send(new PutRuleCommand({ Name: name, EventBusName: bus, EventPattern: pattern }));
  const Targets = [{ Id: 'target', ...target }];
  const { FailedEntryCount } = await as(account).send(
    new PutTargetsCommand({ Rule: name, EventBusName: bus, Targets }),
  );
  expect(FailedEntryCount).toBe(0);
}
const permit = (permission: PutPermissionCommandInput = {}) =>
  as(ORDERS_ACCOUNT).send(
    new PutPermissionCommand({
      EventBusName: 'orders',
      StatementId: 'event-trackers',
      Action: 'events:PutEvents',
      Principal: HOME,
      ...permission,
    }),
  );
const publish = (tenantId: string, accessKeyId = 'local', bus = 'event-trackers') =>
  as(accessKeyId).send(
    new PutEventsCommand({
      Entries: [
        {
          Source: 'event-trackers',
          DetailType: 'Event Tracker State Change',
          Detail: JSON.stringify({ metadata: { tenantId } }),
          EventBusName: bus,
        },
      ],
    }),
  );
const failures = () => service.core.failedInvocations().failedInvocations.map(({ error }) => error);
const queue = (account: string) => ({ Arn: `arn:aws:sqs:us-east-1:${account}:orders` });

/** The bus of the other account, with a rule of its own. */
async function createOrders(): Promise<void> {
  const { EventBusArn } = await as(ORDERS_ACCOUNT).send(new CreateEventBusCommand({ Name: 'orders' }));
  expect(EventBusArn).toBe(ORDERS);
  await connect(ORDERS_ACCOUNT, 'orders', ALL, queue(ORDERS_ACCOUNT), 'subscriber');
}

describe('an event goes to the bus of another account', () => {
  test('if a rule matches and the bus allows it; it keeps the account of its source', async () => {
    await createOrders();
    await permit();
    await connect('local', 'event-trackers', ofTenant('acme'), { Arn: ORDERS, RoleArn: ROLE });
    await publish('acme');
    await publish('globex');
    const expected = { ruleArn: `arn:aws:events:us-east-1:${ORDERS_ACCOUNT}:rule/orders/subscriber`, account: HOME };
    await expect.poll(() => delivered).toEqual([{ ...expected, tenantId: 'acme' }]);
    const taken = service.core.log.values().map(({ bus, event }) => [bus, event.account]);
    expect(taken).toContainEqual([ORDERS, HOME]);
    expect(taken).toHaveLength(3);
  });

  test('across a restart of the runtime', async () => {
    await createOrders();
    await permit();
    await connect('local', 'event-trackers', ALL, { Arn: ORDERS, RoleArn: ROLE });
    await stop();
    await start();
    await publish('acme');
    await expect.poll(() => delivered.length).toBe(1);
  });

  test('not without a permission, and after its removal no longer', async () => {
    await createOrders();
    await connect('local', 'event-trackers', ALL, { Arn: ORDERS, RoleArn: ROLE });
    await publish('acme');
    await expect.poll(failures).toEqual([`The event bus does not allow ${ROLE} to put events on it.`]);
    await permit();
    const { Policy = '' } = await as(ORDERS_ACCOUNT).send(new DescribeEventBusCommand({ Name: 'orders' }));
    expect(JSON.parse(Policy).Statement).toMatchObject([{ Sid: 'event-trackers', Resource: ORDERS }]);
    await publish('acme');
    await expect.poll(() => delivered.length).toBe(1);
    const removal = { EventBusName: 'orders', StatementId: 'event-trackers' };
    await as(ORDERS_ACCOUNT).send(new RemovePermissionCommand(removal));
    await expect(as(ORDERS_ACCOUNT).send(new RemovePermissionCommand(removal))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await publish('acme');
    await expect.poll(() => failures().length).toBe(2);
    expect(delivered).toHaveLength(1);
  });

  test.each([
    ['exactly its role', { ArnEquals: { 'aws:PrincipalArn': ROLE } }, 1],
    ['another role', { ArnEquals: { 'aws:PrincipalArn': `${ROLE}-2` } }, 0],
    ['its source', { StringEquals: { 'events:source': 'event-trackers' } }, 1],
    ['another source', { 'ForAllValues:StringEquals': { 'events:source': 'somebody.else' } }, 0],
  ])('if the condition of the policy admits %s: %j', async (_, Condition, count) => {
    await createOrders();
    const Principal = { AWS: `arn:aws:iam::${HOME}:root` };
    const Statement = [{ Effect: 'Allow', Principal, Action: 'events:PutEvents', Resource: ORDERS, Condition }];
    await permit({ Policy: JSON.stringify({ Version: '2012-10-17', Statement }) });
    await connect('local', 'event-trackers', ALL, { Arn: ORDERS, RoleArn: ROLE });
    await publish('acme');
    await expect.poll(() => delivered.length + failures().length).toBe(1);
    expect(delivered).toHaveLength(count);
  });

  test('to a bus that does not exist, it is a failed invocation', async () => {
    await connect('local', 'event-trackers', ALL, { Arn: busArn(ORDERS_ACCOUNT, 'nowhere'), RoleArn: ROLE });
    await publish('acme');
    await expect.poll(failures).toEqual(['The event bus does not exist.']);
  });
});

test('an event is sent from bus to bus only once: not to a third one, and not back', async () => {
  await createOrders();
  await permit();
  const third = as(THIRD_ACCOUNT);
  await third.send(new CreateEventBusCommand({ Name: 'third' }));
  const open = { StatementId: 'all', Action: 'events:PutEvents', Principal: '*' };
  await third.send(new PutPermissionCommand({ ...open, EventBusName: 'third' }));
  await as('local').send(new PutPermissionCommand({ ...open, EventBusName: 'event-trackers' }));
  await connect('local', 'event-trackers', ALL, { Arn: ORDERS, RoleArn: ROLE });
  await connect(ORDERS_ACCOUNT, 'orders', ALL, { Arn: busArn(THIRD_ACCOUNT, 'third') }, 'to-third');
  await connect(ORDERS_ACCOUNT, 'orders', ALL, { Arn: busArn(HOME, 'event-trackers') }, 'back');
  await publish('acme');
  await expect.poll(() => delivered.length).toBe(1);
  // A marker that is published afterward has passed every rule once it is delivered.
  await publish('marker');
  await expect.poll(() => delivered.length).toBe(2);
  expect(service.core.log.values().map(({ bus }) => bus)).toEqual(['event-trackers', ORDERS, 'event-trackers', ORDERS]);
  expect(failures()).toEqual([]);
});

describe('each account has its own buses and rules', () => {
  test('with names of its own', async () => {
    await createOrders();
    const other = as(ORDERS_ACCOUNT);
    const { EventBuses } = await other.send(new ListEventBusesCommand({}));
    expect(EventBuses?.map(({ Name, Arn }) => [Name, Arn])).toEqual([['orders', ORDERS]]);
    const { Rules } = await other.send(new ListRulesCommand({ EventBusName: 'orders' }));
    expect(Rules).toMatchObject([{ Name: 'subscriber', EventBusName: 'orders' }]);
    await as('local').send(new CreateEventBusCommand({ Name: 'orders' }));
    await other.send(new CreateEventBusCommand({ Name: 'more' }));
    await other.send(new DeleteEventBusCommand({ Name: 'more' }));
    const ofHome = await as('local').send(new ListEventBusesCommand({}));
    expect(ofHome.EventBuses?.map(({ Name }) => Name)).toEqual(['default', 'event-trackers', 'orders']);
  });

  test('which no other account may change, or put events on without a permission', async () => {
    await createOrders();
    const refused = { name: 'AccessDeniedException' };
    const local = as('local');
    await expect(local.send(new ListRulesCommand({ EventBusName: ORDERS }))).rejects.toMatchObject(refused);
    const rule = { Name: 'x', EventBusName: ORDERS, EventPattern: ALL };
    await expect(local.send(new PutRuleCommand(rule))).rejects.toMatchObject(refused);
    await expect(local.send(new DeleteEventBusCommand({ Name: ORDERS }))).rejects.toMatchObject(refused);
    await expect(publish('acme', 'local', ORDERS)).rejects.toMatchObject(refused);
    await permit();
    await publish('acme', 'local', ORDERS);
    await expect.poll(() => delivered).toMatchObject([{ account: HOME }]);
  });

  test('and the account of an event is that of who put it', async () => {
    await createOrders();
    await publish('acme', ORDERS_ACCOUNT, 'orders');
    await expect.poll(() => delivered).toMatchObject([{ account: ORDERS_ACCOUNT }]);
  });
});

test.each<[Partial<PutPermissionCommandInput>, string]>([
  [{ Policy: '{' }, 'it must be JSON'],
  [{ Policy: '{"Statement": [{}]}' }, 'Statement.0.Effect is missing or has another type'],
  [{ Action: undefined }, 'Either Policy, or Action, Principal and StatementId must be specified'],
  [
    {
      Policy: JSON.stringify({
        Statement: [
          {
            ...{ Effect: 'Allow', Principal: '*', Action: 'events:PutEvents', Resource: '*' },
            Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } },
          },
        ],
      }),
    },
    'does not support the condition aws:PrincipalOrgID',
  ],
])('PutPermission refuses %j', async (permission, message) => {
  await createOrders();
  await expect(permit(permission)).rejects.toThrow(message);
});
