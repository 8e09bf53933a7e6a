import * as z from 'zod';
import { AwsError } from '../wire.ts';
import { parseInput, text } from '../wire-input.ts';
import { pageOf } from '../wire-page.ts';
import type { EventBus } from './buses.ts';
import type { EventBridge } from './core.ts';
import { isEntryFailure, jsonObjectIn } from './event.ts';
import { busArn, ruleArn } from './names.ts';
import { compileEventPattern } from './pattern.ts';
import type { Rule } from './rules.ts';

type Operation = (core: EventBridge, body: Record<string, unknown>) => unknown;

const operation =
  <S extends z.ZodType>(shape: S, act: (core: EventBridge, input: z.infer<S>) => unknown): Operation =>
  (core, body) =>
    act(core, parseInput(shape, body));

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

const describedBus = (bus: EventBus) => ({
  Name: bus.name,
  Arn: busArn(bus.name),
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
  EventBusName: rule.bus,
});

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
    (core, { Entries }) => {
      const results = core.putEvents(Entries);
      return { FailedEntryCount: results.filter(isEntryFailure).length, Entries: results };
    },
  ),

  // A name with a slash is the bus of a partner.
  CreateEventBus: operation(z.object({ Name: name(256), Description: description }), (core, input) => {
    const bus = core.buses.create(input.Name, input.Description);
    return { EventBusArn: busArn(bus.name), Description: bus.description };
  }),
  DescribeEventBus: operation(z.object({ Name: busNameOrArn.optional() }), (core, { Name }) =>
    describedBus(core.buses.get(Name)),
  ),
  ListEventBuses: operation(z.object({ NamePrefix: text(1, 256).optional(), ...paging }), (core, input) => {
    const { NamePrefix = '' } = input;
    const buses = core.buses.all().filter((bus) => bus.name.startsWith(NamePrefix));
    const { items, nextToken } = page(buses, (bus) => bus.name, `ListEventBuses ${NamePrefix}`, input);
    return { EventBuses: items.map(describedBus), NextToken: nextToken };
  }),
  DeleteEventBus: operation(z.object({ Name: busNameOrArn }), (core, { Name }) => core.deleteEventBus(Name)),

  PutRule: operation(
    oneRule.extend({
      EventPattern: pattern.optional(),
      ScheduleExpression: text(0, 256).optional(),
      State: z.enum(['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS']).optional(),
      Description: description,
      RoleArn: text(1, 1600).optional(),
    }),
    (core, input) => {
      if (input.ScheduleExpression) {
        throw new AwsError('ValidationException', 'ScheduleExpression is not supported by the local EventBridge.');
      }
      if (!input.EventPattern) {
        throw new AwsError('ValidationException', 'Parameter(s) EventPattern or ScheduleExpression must be specified.');
      }
      const bus = core.buses.get(input.EventBusName).name;
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
  DescribeRule: operation(oneRule, (core, { Name, EventBusName }) =>
    describedRule(core.rules.get(core.buses.get(EventBusName).name, Name)),
  ),
  EnableRule: operation(oneRule, (core, { Name, EventBusName }) =>
    core.rules.setState(core.buses.get(EventBusName).name, Name, 'ENABLED'),
  ),
  DisableRule: operation(oneRule, (core, { Name, EventBusName }) =>
    core.rules.setState(core.buses.get(EventBusName).name, Name, 'DISABLED'),
  ),
  DeleteRule: operation(oneRule, (core, { Name, EventBusName }) =>
    core.rules.delete(core.buses.get(EventBusName).name, Name),
  ),
  ListRules: operation(z.object({ NamePrefix: ruleName.optional(), ...onBus, ...paging }), (core, input) => {
    const { NamePrefix = '' } = input;
    const bus = core.buses.get(input.EventBusName).name;
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
            Input: text(0, 8192).optional(),
            InputPath: text(0, 256).optional(),
            RetryPolicy: z.looseObject({ MaximumRetryAttempts: z.int().min(0).max(185).optional() }).optional(),
          }),
        )
        .min(1)
        .max(100),
    }),
    (core, { Rule, EventBusName, Targets }) => {
      const failed = core.putTargets(core.buses.get(EventBusName).name, Rule, Targets);
      return { FailedEntryCount: failed.length, FailedEntries: failed };
    },
  ),
  RemoveTargets: operation(
    targetsOfRule.extend({ Ids: z.array(targetId).min(1).max(100) }),
    (core, { Rule, EventBusName, Ids }) => {
      const failed = core.rules.removeTargets(core.buses.get(EventBusName).name, Rule, Ids);
      return { FailedEntryCount: failed.length, FailedEntries: failed };
    },
  ),
  ListTargetsByRule: operation(targetsOfRule.extend(paging), (core, input) => {
    const { bus, name: rule, targets } = core.rules.get(core.buses.get(input.EventBusName).name, input.Rule);
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
