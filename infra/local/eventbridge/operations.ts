import { AwsError } from '../wire.ts';
import type { EventBus } from './buses.ts';
import type { EventBridge } from './core.ts';
import { isEntryFailure, jsonObjectIn } from './event.ts';
import { busArn, ruleArn } from './names.ts';
import { pageOf } from './page.ts';
import { compileEventPattern } from './pattern.ts';
import { inputs, parse } from './requests.ts';
import type { Rule } from './rules.ts';

type Operation = (core: EventBridge, body: Record<string, unknown>) => unknown;

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

// TestEventPattern, API reference: the members that an event must have.
const EVENT_MEMBERS = ['id', 'account', 'source', 'time', 'region', 'resources', 'detail-type'];

/** Every operation that the local EventBridge knows: its input checked, the core asked, its answer in AWS's form. */
export const operations: Readonly<Record<string, Operation>> = {
  PutEvents(core, body) {
    const results = core.putEvents(parse(inputs.PutEvents, body).Entries);
    return { FailedEntryCount: results.filter(isEntryFailure).length, Entries: results };
  },

  CreateEventBus(core, body) {
    const input = parse(inputs.CreateEventBus, body);
    const bus = core.buses.create(input.Name, input.Description);
    return { EventBusArn: busArn(bus.name), Description: bus.description };
  },
  DescribeEventBus(core, body) {
    return describedBus(core.bus(parse(inputs.DescribeEventBus, body).Name));
  },
  ListEventBuses(core, body) {
    const input = parse(inputs.ListEventBuses, body);
    const buses = core.buses.all().filter((bus) => bus.name.startsWith(input.NamePrefix ?? ''));
    const { items, NextToken } = pageOf(buses, (bus) => bus.name, input.NextToken, input.Limit);
    return { EventBuses: items.map(describedBus), NextToken };
  },
  DeleteEventBus(core, body) {
    core.deleteEventBus(parse(inputs.DeleteEventBus, body).Name);
  },

  PutRule(core, body) {
    const input = parse(inputs.PutRule, body);
    if (input.ScheduleExpression) {
      throw new AwsError('ValidationException', 'ScheduleExpression is not supported by the local EventBridge.');
    }
    if (!input.EventPattern) {
      throw new AwsError('ValidationException', 'Parameter(s) EventPattern or ScheduleExpression must be specified.');
    }
    const bus = core.bus(input.EventBusName).name;
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
  DescribeRule(core, body) {
    const input = parse(inputs.DescribeRule, body);
    return describedRule(core.rules.get(core.bus(input.EventBusName).name, input.Name));
  },
  EnableRule(core, body) {
    const input = parse(inputs.EnableRule, body);
    core.rules.setState(core.bus(input.EventBusName).name, input.Name, 'ENABLED');
  },
  DisableRule(core, body) {
    const input = parse(inputs.DisableRule, body);
    core.rules.setState(core.bus(input.EventBusName).name, input.Name, 'DISABLED');
  },
  DeleteRule(core, body) {
    const input = parse(inputs.DeleteRule, body);
    core.rules.delete(core.bus(input.EventBusName).name, input.Name);
  },
  ListRules(core, body) {
    const input = parse(inputs.ListRules, body);
    const rules = core.rules.on(core.bus(input.EventBusName).name);
    const named = rules.filter((rule) => rule.name.startsWith(input.NamePrefix ?? ''));
    const { items, NextToken } = pageOf(named, (rule) => rule.name, input.NextToken, input.Limit);
    return { Rules: items.map(describedRule), NextToken };
  },

  PutTargets(core, body) {
    const input = parse(inputs.PutTargets, body);
    core.rules.putTargets(core.bus(input.EventBusName).name, input.Rule, input.Targets);
    return { FailedEntryCount: 0, FailedEntries: [] };
  },
  RemoveTargets(core, body) {
    const input = parse(inputs.RemoveTargets, body);
    const failed = core.rules.removeTargets(core.bus(input.EventBusName).name, input.Rule, input.Ids);
    return { FailedEntryCount: failed.length, FailedEntries: failed };
  },
  ListTargetsByRule(core, body) {
    const input = parse(inputs.ListTargetsByRule, body);
    const { targets } = core.rules.get(core.bus(input.EventBusName).name, input.Rule);
    const { items, NextToken } = pageOf(targets, (target) => target.Id, input.NextToken, input.Limit);
    return { Targets: items, NextToken };
  },

  TestEventPattern(_core, body) {
    const input = parse(inputs.TestEventPattern, body);
    const event = jsonObjectIn(input.Event);
    if (event === undefined) throw invalidEvent('it must be a JSON object');
    const missing = EVENT_MEMBERS.find((member) => !(member in event));
    if (missing !== undefined) throw invalidEvent(`${missing} is a required member`);
    return { Result: compileEventPattern(input.EventPattern)(event) };
  },
};

const invalidEvent = (reason: string) =>
  new AwsError('ValidationException', `Parameter Event is not valid. Reason: ${reason}.`);
