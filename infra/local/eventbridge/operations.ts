import * as z from 'zod';
import { AwsError } from '../wire.ts';
import { parseInput, text } from '../wire-input.ts';
import { pageOf } from '../wire-page.ts';
import { type Sender, statementsOf } from './bus-policy.ts';
import type { EventBus } from './buses.ts';
import type { EventBridge } from './core.ts';
import { isEntryFailure, jsonObjectIn } from './event.ts';
import { accountOf, busArn, busName, ruleArn, shortName } from './names.ts';
import { compileEventPattern } from './pattern.ts';
import type { Rule } from './rules.ts';

/** An operation works on the buses and rules of the caller's account. */
type Operation = (
  of: { readonly core: EventBridge; readonly caller: Sender },
  body: Record<string, unknown>,
) => unknown;

const operation =
  <S extends z.ZodType>(
    shape: S,
    act: (core: EventBridge, input: z.infer<S>, account: string, caller: Sender) => unknown,
  ): Operation =>
  ({ core, caller }, body) =>
    act(core, parseInput(shape, body), caller.account, caller);

// Limits and patterns of the EventBridge API reference (2015-10-07).
const name = (max: number) => text(1, max).regex(/^[.\-_A-Za-z0-9]+$/);
const ruleName = name(64);
const targetId = name(64);
const busNameOrArn = text(1, 1600).regex(
  /^(arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus\/)?[/.\-_A-Za-z0-9]+$/,
);
const description = text(0, 512).optional();
const pattern = text(0, 4096);
const paging = { NextToken: text(1, 2048).optional(), Limit: z.int().min(1).max(100).optional() };
const onBus = { EventBusName: busNameOrArn.optional() };
const oneRule = z.object({ Name: ruleName, ...onBus });
const targetsOfRule = z.object({ Rule: ruleName, ...onBus });

/** @throws AwsError AccessDeniedException for a bus of another account */
function ownName(account: string, nameOrArn?: string): string {
  const name = busName(nameOrArn, account);
  if (accountOf(name) === account) return name;
  const message = `User: arn:aws:iam::${account}:root is not authorized to use the event bus ${busArn(name)} of another account.`;
  throw new AwsError('AccessDeniedException', message);
}

const busOf = (core: EventBridge, account: string, nameOrArn?: string): EventBus =>
  core.buses.get(ownName(account, nameOrArn));

const describedBus = (bus: EventBus) => ({
  Name: shortName(bus.name),
  Arn: busArn(bus.name),
  Policy: bus.policy,
  Description: bus.description,
  CreationTime: bus.createdAt / 1000,
  LastModifiedTime: bus.createdAt / 1000,
});

const describedRule = (rule: Rule) => ({
  Name: rule.name,
  Arn: ruleArn(rule.bus, rule.name),
  EventPattern: rule.pattern,
  State: rule.state,
  Description: rule.description,
  RoleArn: rule.roleArn,
  EventBusName: shortName(rule.bus),
});

const Version = '2012-10-17';
const policyOf = ({ policy }: EventBus): { Statement: readonly { readonly Sid?: string }[] } =>
  policy === undefined ? { Statement: [] } : JSON.parse(policy);

/** The policy with a statement for one account, or for all of them; one with the same id is replaced. */
function withStatement(
  bus: EventBus,
  statement: {
    readonly Action?: string | undefined;
    readonly Principal?: string | undefined;
    readonly StatementId?: string | undefined;
    readonly Condition?: unknown;
  },
) {
  const { Action, Principal, StatementId, Condition } = statement;
  if (!Action || !Principal || !StatementId) {
    throw new AwsError('ValidationException', 'Either Policy, or Action, Principal and StatementId must be specified.');
  }
  if (Condition !== undefined) {
    throw new AwsError(
      'ValidationException',
      'Condition, for organizations, is not supported by the local EventBridge.',
    );
  }
  const others = policyOf(bus).Statement.filter(({ Sid }) => Sid !== StatementId);
  const added = {
    Sid: StatementId,
    Effect: 'Allow',
    Principal: Principal === '*' ? '*' : { AWS: `arn:aws:iam::${Principal}:root` },
    Action,
    Resource: busArn(bus.name),
  };
  return { Version, Statement: [...others, added] };
}

/** A page of a list by name. */
const page = <T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  list: string,
  { NextToken, Limit }: z.infer<z.ZodObject<typeof paging>>,
) => pageOf(items, nameOf, { list, token: NextToken, size: Limit, refusal: 'ValidationException' });

// The members that TestEventPattern requires. The API reference names resources, too, but AWS accepts events without them.
const EVENT_MEMBERS = ['id', 'account', 'source', 'time', 'region', 'detail-type'];

/** The operations of the local EventBridge, by name. */
export const operations: Readonly<Record<string, Operation>> = {
  PutEvents: operation(
    z.object({
      Entries: z
        .array(
          z.object({
            Source: z.string().optional(),
            DetailType: z.string().optional(),
            Detail: z.string().optional(),
            EventBusName: z.string().optional(),
            Time: z.number().optional(),
            Resources: z.array(z.string()).optional(),
          }),
        )
        .min(1)
        .max(10),
    }),
    (core, { Entries }, _, caller) => {
      const results = core.putEvents(Entries, caller);
      return { FailedEntryCount: results.filter(isEntryFailure).length, Entries: results };
    },
  ),

  // A name with a slash is the bus of a partner.
  CreateEventBus: operation(z.object({ Name: name(256), Description: description }), (core, input, account) => {
    const bus = core.buses.create(busName(input.Name, account), input.Description);
    return { EventBusArn: busArn(bus.name), Description: bus.description };
  }),
  DescribeEventBus: operation(z.object({ Name: busNameOrArn.optional() }), (core, { Name }, account) =>
    describedBus(busOf(core, account, Name)),
  ),
  ListEventBuses: operation(z.object({ NamePrefix: text(1, 256).optional(), ...paging }), (core, input, account) => {
    const { NamePrefix = '' } = input;
    const buses = core.buses.of(account).filter((bus) => shortName(bus.name).startsWith(NamePrefix));
    const list = `ListEventBuses ${account} ${NamePrefix}`;
    const { items, nextToken } = page(buses, (bus) => shortName(bus.name), list, input);
    return { EventBuses: items.map(describedBus), NextToken: nextToken };
  }),
  DeleteEventBus: operation(z.object({ Name: busNameOrArn }), (core, { Name }, account) =>
    core.deleteEventBus(ownName(account, Name)),
  ),

  PutPermission: operation(
    z.object({
      ...onBus,
      Action: text(1, 64)
        .regex(/^events:[a-zA-Z]+$/)
        .optional(),
      Principal: text(1, 12)
        .regex(/^(\d{12}|\*)$/)
        .optional(),
      StatementId: text(1, 64)
        .regex(/^[a-zA-Z0-9-_]+$/)
        .optional(),
      Condition: z.unknown().optional(),
      Policy: z.string().optional(),
    }),
    (core, { EventBusName, Policy, ...statement }, account) => {
      const bus = busOf(core, account, EventBusName);
      const policy = Policy ?? JSON.stringify(withStatement(bus, statement));
      statementsOf(policy);
      core.buses.setPolicy(bus.name, policy);
    },
  ),
  RemovePermission: operation(
    z.object({ ...onBus, StatementId: text(1, 64).optional(), RemoveAllPermissions: z.boolean().optional() }),
    (core, { EventBusName, StatementId, RemoveAllPermissions = false }, account) => {
      const bus = busOf(core, account, EventBusName);
      const { Statement } = policyOf(bus);
      const left = RemoveAllPermissions ? [] : Statement.filter(({ Sid }) => Sid !== StatementId);
      if (!RemoveAllPermissions && left.length === Statement.length) {
        throw new AwsError('ResourceNotFoundException', 'Statement with the provided id does not exist.');
      }
      core.buses.setPolicy(bus.name, left.length > 0 ? JSON.stringify({ Version, Statement: left }) : undefined);
    },
  ),

  PutRule: operation(
    oneRule.extend({
      EventPattern: pattern.optional(),
      ScheduleExpression: text(0, 256).optional(),
      State: z.enum(['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS']).optional(),
      Description: description,
      RoleArn: text(1, 1600).optional(),
    }),
    (core, input, account) => {
      if (input.ScheduleExpression) {
        throw new AwsError('ValidationException', 'ScheduleExpression is not supported by the local EventBridge.');
      }
      if (!input.EventPattern) {
        throw new AwsError('ValidationException', 'Parameter(s) EventPattern or ScheduleExpression must be specified.');
      }
      const bus = busOf(core, account, input.EventBusName).name;
      core.rules.put({
        bus,
        name: input.Name,
        pattern: input.EventPattern,
        state: input.State ?? 'ENABLED',
        description: input.Description,
        roleArn: input.RoleArn,
      });
      return { RuleArn: ruleArn(bus, input.Name) };
    },
  ),
  DescribeRule: operation(oneRule, (core, { Name, EventBusName }, account) =>
    describedRule(core.rules.get(busOf(core, account, EventBusName).name, Name)),
  ),
  EnableRule: operation(oneRule, (core, { Name, EventBusName }, account) =>
    core.rules.setState(busOf(core, account, EventBusName).name, Name, 'ENABLED'),
  ),
  DisableRule: operation(oneRule, (core, { Name, EventBusName }, account) =>
    core.rules.setState(busOf(core, account, EventBusName).name, Name, 'DISABLED'),
  ),
  DeleteRule: operation(oneRule, (core, { Name, EventBusName }, account) =>
    core.rules.delete(busOf(core, account, EventBusName).name, Name),
  ),
  ListRules: operation(z.object({ NamePrefix: ruleName.optional(), ...onBus, ...paging }), (core, input, account) => {
    const { NamePrefix = '' } = input;
    const bus = busOf(core, account, input.EventBusName).name;
    const rules = core.rules.on(bus).filter((rule) => rule.name.startsWith(NamePrefix));
    const { items, nextToken } = page(rules, (rule) => rule.name, `ListRules ${bus} ${NamePrefix}`, input);
    return { Rules: items.map(describedRule), NextToken: nextToken };
  }),

  PutTargets: operation(
    targetsOfRule.extend({
      Targets: z
        .array(
          z.looseObject({
            Id: targetId,
            Arn: text(1, 1600).regex(/^arn:/),
            RoleArn: text(1, 1600).optional(),
            Input: text(0, 8192).optional(),
            InputPath: text(0, 256).optional(),
            RetryPolicy: z.looseObject({ MaximumRetryAttempts: z.int().min(0).max(185).optional() }).optional(),
          }),
        )
        .min(1)
        .max(100),
    }),
    (core, { Rule, EventBusName, Targets }, account) => {
      const failed = core.putTargets(busOf(core, account, EventBusName).name, Rule, Targets);
      return { FailedEntryCount: failed.length, FailedEntries: failed };
    },
  ),
  RemoveTargets: operation(
    targetsOfRule.extend({ Ids: z.array(targetId).min(1).max(100) }),
    (core, { Rule, EventBusName, Ids }, account) => {
      const failed = core.rules.removeTargets(busOf(core, account, EventBusName).name, Rule, Ids);
      return { FailedEntryCount: failed.length, FailedEntries: failed };
    },
  ),
  ListTargetsByRule: operation(targetsOfRule.extend(paging), (core, input, account) => {
    const { bus, name: rule, targets } = core.rules.get(busOf(core, account, input.EventBusName).name, input.Rule);
    const { items, nextToken } = page(targets, ({ Id }) => Id, `ListTargetsByRule ${bus} ${rule}`, input);
    return { Targets: items, NextToken: nextToken };
  }),

  TestEventPattern: operation(z.object({ EventPattern: pattern, Event: z.string() }), (_core, input) => {
    const event = jsonObjectIn(input.Event);
    if (event === undefined) throw invalidEvent('it must be a JSON object');
    const missing = EVENT_MEMBERS.find((member) => !(member in event));
    if (missing !== undefined) throw invalidEvent(`${missing} is a required member`);
    return { Result: compileEventPattern(input.EventPattern)(event) };
  }),
};

const invalidEvent = (reason: string) =>
  new AwsError('ValidationException', `Parameter Event is not valid. Reason: ${reason}.`);
