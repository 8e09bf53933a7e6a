import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { templateOf, withoutValidation } from '../../bench/costs/template.ts';
import { DRIFT_DETECTED, STATE_CHANGE } from '../../events/contract.ts';
import { ConfigError, parseConfig } from '../../infra/aws/config.ts';
import { EventTrackerBus, type EventTrackerBusProps } from '../../infra/constructs/event-tracker-bus.ts';
import { compileEventPattern } from '../../infra/local/eventbridge/pattern.ts';

const ORDERS = 'arn:aws:events:us-east-1:210987654321:event-bus/orders';
const AUDIT = 'arn:aws:events:eu-west-1:345678901234:event-bus/audit';

interface RuleProperties {
  readonly EventPattern: object;
  readonly Targets: readonly { readonly Arn: unknown; readonly RoleArn: unknown; readonly DeadLetterConfig: unknown }[];
}
const rulesTo = (template: Template, busArn: string): RuleProperties[] =>
  Object.values(template.findResources('AWS::Events::Rule'))
    .map(({ Properties }) => Properties as RuleProperties)
    .filter(({ Targets }) => Targets[0]?.Arn === busArn);
const connected = (...subscriberBuses: { busArn: string; tenants: readonly string[] | 'all' }[]): Template =>
  Template.fromJSON(templateOf({ subscriberBuses }));

/** How many rules of a bus match an event of a tenant. */
function taken(
  rules: readonly RuleProperties[],
  tenantId: string,
  detailType = STATE_CHANGE,
  source = 'event-trackers',
) {
  const event = { source, 'detail-type': detailType, detail: { metadata: { tenantId }, data: { status: 'ACTIVE' } } };
  return rules.filter(({ EventPattern }) => compileEventPattern(JSON.stringify(EventPattern))(event)).length;
}

describe('the setting subscriberBuses', () => {
  const template = connected({ busArn: ORDERS, tenants: ['acme', 'globex'] }, { busArn: AUDIT, tenants: 'all' });
  const [orders, audit] = [rulesTo(template, ORDERS), rulesTo(template, AUDIT)];

  test('a bus receives every event of its tenants, and nothing of another', () => {
    for (const type of [STATE_CHANGE, DRIFT_DETECTED, 'Event Tracker Something New']) {
      expect([taken(orders, 'acme', type), taken(orders, 'globex', type)]).toEqual([1, 1]);
      expect([taken(orders, 'initech', type), taken(orders, 'acm', type), taken(orders, 'acmee', type)]).toEqual([
        0, 0, 0,
      ]);
      expect(taken(audit, 'initech', type)).toBe(1);
    }
    expect(taken(audit, 'acme', STATE_CHANGE, 'somebody.else')).toBe(0);
  });

  test('buses that differ only in the Region, or in a hyphen, have resources and alarms of their own', () => {
    const arns = [ORDERS, ORDERS.replace('us-east-1', 'eu-west-1'), `${ORDERS}-a`, `${ORDERS}a`];
    const similar = connected(...arns.map((busArn) => ({ busArn, tenants: 'all' as const })));
    for (const arn of arns) expect(rulesTo(similar, arn)).toHaveLength(1);
    const alarms = Object.values(similar.findResources('AWS::CloudWatch::Alarm'))
      .map(({ Properties }) => String(Properties.AlarmName))
      .filter((name) => name.includes('SubscriberBusDeadLetters'));
    expect(new Set(alarms).size).toBe(4);
  });

  test('each has its own role, dead-letter queue and retry policy', () => {
    const targets = [...orders, ...audit].flatMap(({ Targets }) => Targets);
    expect(new Set(targets.map(({ RoleArn }) => JSON.stringify(RoleArn))).size).toBe(2);
    expect(new Set(targets.map(({ DeadLetterConfig }) => JSON.stringify(DeadLetterConfig))).size).toBe(2);
    for (const target of targets) {
      expect(target).toMatchObject({ RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 } });
    }
    const roles = Object.entries(template.toJSON().Outputs).filter(([name]) => name.startsWith('SubscriberBus'));
    expect(roles).toHaveLength(2);
  });

  test('its dead-letter queue takes events from its own rules only', () => {
    const policies = Object.entries(template.findResources('AWS::SQS::QueuePolicy')).filter(([id]) =>
      id.startsWith('SubscriberBus'),
    );
    expect(policies).toHaveLength(2);
    for (const [id, { Properties }] of policies) {
      const [statement] = Properties.PolicyDocument.Statement.filter(
        ({ Effect }: { Effect: string }) => Effect === 'Allow',
      );
      const bus = id.replace(/DeadLetters.*/, '');
      expect(statement).toMatchObject({
        Principal: { Service: 'events.amazonaws.com' },
        Condition: { ArnEquals: { 'aws:SourceArn': [{ 'Fn::GetAtt': [expect.stringContaining(bus), 'Arn'] }] } },
      });
    }
  });

  test('many tenants need several rules, each within the quota of a pattern, and no event matches two', () => {
    const tenants = Array.from({ length: 400 }, (_, index) => `tenant${index}`);
    const rules = rulesTo(connected({ busArn: ORDERS, tenants }), ORDERS);
    expect(rules.length).toBeGreaterThan(1);
    for (const { EventPattern } of rules) expect(JSON.stringify(EventPattern).length).toBeLessThanOrEqual(2048);
    for (const tenant of tenants) expect(taken(rules, tenant)).toBe(1);
    // A rule more than needed would cost part of the quota.
    expect(rules.length).toBe(Math.ceil((400 * '"tenant100",'.length) / 1960));
  });

  test('a deployment has none by default', () => {
    const byDefault = Template.fromJSON(templateOf({}));
    byDefault.resourceCountIs('AWS::Events::Rule', 0);
  });
});

describe('parseConfig refuses', () => {
  const problemsOf = (subscriberBuses: unknown): readonly string[] => {
    try {
      parseConfig({ subscriberBuses });
      return [];
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
  };
  const bus = { busArn: ORDERS, tenants: ['acme'] };

  test.each<[unknown, string]>([
    [{}, 'subscriberBuses must be a list of event buses'],
    [
      [{ ...bus, busArn: 'orders' }],
      'subscriberBuses.0.busArn must be the ARN of an event bus: arn:aws:events:REGION:',
    ],
    [[{ busArn: ORDERS }], 'subscriberBuses.0.tenants must be a list of at least one tenant, or "all"'],
    [[{ ...bus, tenants: [] }], 'subscriberBuses.0.tenants must be a list of at least one tenant, or "all"'],
    [[{ ...bus, tenants: ['acme', 'acme'] }], 'subscriberBuses.0.tenants must not repeat an entry'],
    [
      [{ ...bus, tenants: ['all', 'Acme'] }],
      'subscriberBuses.0.tenants must be names of tenants, ^[a-z0-9]+$: "Acme" is none',
    ],
    [[bus, bus], 'subscriberBuses.1.busArn must not repeat an event bus'],
    [[{ ...bus, drift: true }], 'subscriberBuses.0.drift is not a setting'],
    [
      Array.from({ length: 21 }, (_, n) => ({ busArn: `${ORDERS}${n}`, tenants: 'all' })),
      'subscriberBuses must have at most 20 event buses',
    ],
    [
      [{ ...bus, tenants: Array.from({ length: 3100 }, (_, n) => `${n}`.padEnd(63, 'x')) }],
      'subscriberBuses must need at most 100 rules, of the 300 that a bus can have; these tenants need',
    ],
  ])('%j', (subscriberBuses, problem) => {
    expect(problemsOf(subscriberBuses).join('\n')).toContain(problem);
  });

  test('every mistake, in one go', () => {
    const problems = problemsOf([
      { busArn: ORDERS, tenants: ['A'] },
      { busArn: ORDERS, tenants: ['b', 'b'] },
    ]);
    expect(problems).toHaveLength(3);
  });
});

describe('EventTrackerBus, in the other account', () => {
  const received = (from: EventTrackerBusProps['from']): Template => {
    const stack = new Stack(new App(), 'Other');
    new EventTrackerBus(stack, 'EventTrackers', { eventBusName: 'orders', from });
    return withoutValidation(() => Template.fromStack(stack));
  };
  const statementOf = (template: Template) =>
    Object.values(template.findResources('AWS::Events::EventBusPolicy'))[0]?.Properties.Statement;
  const ROLE = 'arn:aws:iam::123456789012:role/event-trackers-prod-SubscriberBusRole';

  test("admits exactly the deployment's role, and only its events", () => {
    const statement = statementOf(received({ roleArn: ROLE }));
    expect(statement).toMatchObject({
      Effect: 'Allow',
      Action: 'events:PutEvents',
      Condition: { StringEquals: { 'events:source': 'event-trackers' }, ArnEquals: { 'aws:PrincipalArn': ROLE } },
    });
    expect(JSON.stringify(statement.Principal)).toContain(':iam::123456789012:root');
  });

  test('admits the account as long as there is no role', () => {
    const { Condition } = statementOf(received({ accountId: '123456789012' }));
    expect(Condition).toEqual({ StringEquals: { 'events:source': 'event-trackers' } });
  });

  test.each<[EventTrackerBusProps['from'], string]>([
    [{ accountId: '*' }, 'from.accountId must be an account of 12 digits, not "*"'],
    [{ roleArn: 'arn:aws:iam::123456789012:user/x' }, 'from.roleArn must be the ARN of a role'],
  ])('refuses %j', (from, message) => {
    expect(() => received(from)).toThrow(message);
  });
});
