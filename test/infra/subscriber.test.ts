import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, test } from 'vitest';
import { withoutValidation } from '../../bench/costs/template.ts';
import { DRIFT_DETECTED, STATE_CHANGE } from '../../events/contract.ts';
import { readSettings } from '../../examples/subscriber-stack/settings.ts';
import { SubscriberStack } from '../../examples/subscriber-stack/stack.ts';
import {
  EventTrackerSubscriber,
  type EventTrackerSubscriberProps,
} from '../../infra/constructs/event-tracker-subscriber.ts';
import { compileEventPattern } from '../../infra/local/eventbridge/pattern.ts';

const BUS = 'arn:aws:events:us-east-1:123456789012:event-bus/event-trackers-dev-bus';

const functionIn = (stack: Stack) =>
  new LambdaFunction(stack, 'Target', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => {};'),
  });

function subscribed(props: Omit<EventTrackerSubscriberProps, 'bus' | 'target'>): Template {
  const stack = new Stack(new App(), 'Other');
  const target = functionIn(stack);
  new EventTrackerSubscriber(stack, 'Subscriber', {
    bus: EventBus.fromEventBusArn(stack, 'Bus', BUS),
    target,
    ...props,
  });
  return withoutValidation(() => Template.fromStack(stack));
}

/** Returns a function that tests whether a rule of the template matches an event, with the matcher of the local runtime. */
function takes(template: Template) {
  const rules = Object.values(template.findResources('AWS::Events::Rule'));
  if (rules.length === 0) throw new Error('the template has no rule');
  const patterns = rules.map(({ Properties }) => compileEventPattern(JSON.stringify(Properties.EventPattern)));
  return (tenantId: string, status: string, detailType = STATE_CHANGE, source = 'event-trackers') => {
    const event = { source, 'detail-type': detailType, detail: { metadata: { tenantId }, data: { status } } };
    const taken = patterns.filter((pattern) => pattern(event)).length;
    expect(taken).toBeLessThanOrEqual(1);
    return taken === 1;
  };
}

describe('EventTrackerSubscriber', () => {
  test('receives the changes of its tenants and of no others', () => {
    const taken = takes(subscribed({ tenants: ['acme', 'globex'] }));
    expect(taken('acme', 'ACTIVE')).toBe(true);
    expect(taken('globex', 'CREATE FAILED')).toBe(true);
    expect(taken('initech', 'ACTIVE')).toBe(false);
    expect(taken('acme-eu', 'ACTIVE')).toBe(false);
    expect(taken('acme', 'ACTIVE', DRIFT_DETECTED)).toBe(false);
    expect(taken('acme', 'ACTIVE', STATE_CHANGE, 'somebody.else')).toBe(false);
  });

  test('can receive all tenants, drift, and only some statuses', () => {
    expect(takes(subscribed({ tenants: 'all' }))('initech', 'DELETED')).toBe(true);
    const taken = takes(subscribed({ tenants: ['acme'], statuses: ['ACTIVE'], drift: true }));
    expect(taken('acme', 'ACTIVE')).toBe(true);
    expect(taken('acme', 'DELETED')).toBe(false);
    // Drift is reported with the recorded status: a missing tracker is DELETED.
    expect(taken('acme', 'DELETED', DRIFT_DETECTED)).toBe(true);
    expect(taken('acme', 'ACTIVE', DRIFT_DETECTED)).toBe(true);
    expect(taken('initech', 'ACTIVE', DRIFT_DETECTED)).toBe(false);
  });

  test('also sends events to the dead-letter queue if the function fails, which EventBridge does not do', () => {
    const template = subscribed({ tenants: 'all' });
    const [queueId = ''] = Object.keys(template.findResources('AWS::SQS::Queue'));
    const queue = { 'Fn::GetAtt': [queueId, 'Arn'] };
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      DestinationConfig: { OnFailure: { Destination: queue } },
    });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: queue }],
      },
    });
  });

  test('keeps the EventInvokeConfig that a function already has, and shares its own between subscriptions', () => {
    const stack = new Stack(new App(), 'Other');
    const bus = EventBus.fromEventBusArn(stack, 'Bus', BUS);
    const target = functionIn(stack);
    target.configureAsyncInvoke({ retryAttempts: 1 });
    new EventTrackerSubscriber(stack, 'One', { bus, target, tenants: ['acme'] });
    new EventTrackerSubscriber(stack, 'Two', { bus, target, tenants: ['globex'] });
    const template = withoutValidation(() => Template.fromStack(stack));
    template.resourceCountIs('AWS::Events::Rule', 2);
    const [config, ...others] = Object.values(template.findResources('AWS::Lambda::EventInvokeConfig'));
    expect(others).toEqual([]);
    expect(config?.Properties.MaximumRetryAttempts).toBe(1);
    expect(config?.Properties.DestinationConfig).toBeUndefined();
  });

  test('refuses more tenants than fit in a pattern at synthesis', () => {
    const tenants = Array.from({ length: 120 }, (_, n) => `a-tenant-of-ours-${n}`);
    expect(() => subscribed({ tenants })).toThrow(
      /^Subscriber: too many tenants for one rule: .* accepts 2048\. Divide them/,
    );
    const [rule] = Object.values(
      subscribed({ tenants: tenants.slice(0, 80), statuses: ['ACTIVE'] }).findResources('AWS::Events::Rule'),
    );
    expect(JSON.stringify(rule?.Properties.EventPattern).length).toBeLessThanOrEqual(2048);
  });

  test.each([
    [{ tenants: [] }, 'Subscriber: tenants must be a list of at least one tenant, or "all".'],
    [{ tenants: ['acme', ''] }, 'Subscriber: tenants must be a list of at least one tenant, or "all".'],
    [
      { tenants: ['acme', ' globex'] },
      'Subscriber: tenants must be names of 1 to 63 letters, digits, - and _, not " globex".',
    ],
    [{ tenants: ['acme*'] }, 'not "acme*".'],
    [{ tenants: 'all' as const, statuses: [] }, 'Subscriber: statuses must have at least one status, or be omitted.'],
    [
      { tenants: 'all' as const, statuses: ['CREATE_FAILED' as 'CREATE FAILED'] },
      'Subscriber: statuses must be among CREATE PENDING, CREATE IN_PROGRESS, ACTIVE,',
    ],
  ])('%j would receive nothing and is refused', (props, message) => {
    expect(() => subscribed(props)).toThrow(message);
  });
});

describe('the settings of the example stack', () => {
  const settingsOf = (context: Record<string, unknown>) => readSettings((key) => context[key]);

  test.each([
    ['acme', ['acme']],
    ['acme, globex', ['acme', 'globex']],
    [' acme ,globex,acme', ['acme', 'globex']],
    ['all', 'all'],
    [' all ', 'all'],
  ])('-c tenants=%j', (tenants, expected) => {
    expect(settingsOf({ busArn: BUS, tenants })).toEqual({ busArn: BUS, tenants: expected });
  });

  const NAMES = 'tenants must be names of 1 to 63 letters, digits, - and _, separated by commas, not';
  const ARN = 'busArn must be the ARN of an event bus (arn:aws:events:REGION:ACCOUNT:event-bus/NAME), not';
  test.each([
    [{ busArn: BUS, tenants: 'acme, globex eu' }, [`${NAMES} "globex eu"`]],
    [{ busArn: BUS, tenants: 'acme,,globex' }, [`${NAMES} ""`]],
    [{ busArn: BUS, tenants: 'acme;globex' }, [`${NAMES} "acme;globex"`]],
    [{ busArn: BUS, tenants: '*, acme, a!' }, [`${NAMES} "*"`, `${NAMES} "a!"`]],
    [{ busArn: BUS, tenants: 'acme, all' }, ['tenants must be either all or a list of names, not both']],
    [{ busArn: 'event-trackers-dev-bus', tenants: 'acme' }, [`${ARN} "event-trackers-dev-bus"`]],
    [{ busArn: BUS.replace('event-bus', 'rule'), tenants: 'acme' }, [`${ARN} "${BUS.replace('event-bus', 'rule')}"`]],
    [{ busArn: 'x', tenants: 'a b' }, [`${ARN} "x"`, `${NAMES} "a b"`]],
    [
      {},
      [
        "busArn is required: the output BusArn of the service's stack (-c busArn=ARN)",
        'tenants is required: names separated by commas, or all (-c tenants=NAME,NAME)',
      ],
    ],
  ])('%j is refused by name', (context, problems) => {
    expect(settingsOf(context)).toEqual({ problems });
  });
});

test('the example stack of another team has a rule on the bus, its permission and dead-letter queue, and a table', () => {
  const code = Code.fromInline('exports.handler = async () => {};');
  const stack = new SubscriberStack(new App(), 'Example', { busArn: BUS, tenants: ['acme'], code });
  const template = withoutValidation(() => Template.fromStack(stack));
  const [[ruleId, rule] = [], ...others] = Object.entries(template.findResources('AWS::Events::Rule'));
  expect(others).toEqual([]);
  const [queueId] = Object.keys(template.findResources('AWS::SQS::Queue'));
  const [functionId] = Object.keys(template.findResources('AWS::Lambda::Function'));
  expect(rule?.Properties).toMatchObject({
    EventBusName: 'event-trackers-dev-bus',
    State: 'ENABLED',
    Targets: [
      { Arn: { 'Fn::GetAtt': [functionId, 'Arn'] }, DeadLetterConfig: { Arn: { 'Fn::GetAtt': [queueId, 'Arn'] } } },
    ],
  });
  // Only the rule may invoke the function and send to the queue.
  template.hasResourceProperties('AWS::Lambda::Permission', {
    Principal: 'events.amazonaws.com',
    FunctionName: { 'Fn::GetAtt': [functionId, 'Arn'] },
    SourceArn: { 'Fn::GetAtt': [ruleId, 'Arn'] },
  });
  const [policy] = Object.values(template.findResources('AWS::SQS::QueuePolicy'));
  expect(policy?.Properties.PolicyDocument.Statement).toEqual([
    expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    expect.objectContaining({
      Effect: 'Allow',
      Action: 'sqs:SendMessage',
      Principal: { Service: 'events.amazonaws.com' },
      Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [ruleId, 'Arn'] } } },
    }),
  ]);
  template.hasResourceProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
});
