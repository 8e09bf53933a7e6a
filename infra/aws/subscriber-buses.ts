import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { CfnRule, type IEventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { StackConfig } from './config.ts';
import { createDeadLetters } from './dead-letters.ts';
import { labelOfBus, patternsOf, type SubscriberBus } from './subscriber-bus-patterns.ts';

/** A bus of another account, with the queue of the events that it did not take. */
export interface ConnectedBus {
  readonly busArn: string;
  readonly deadLetters: Queue;
}

/** EventBridge's own maxima: it tries for a day. */
const RETRY = { maximumRetryAttempts: 185, maximumEventAgeInSeconds: Duration.hours(24).toSeconds() };

/**
 * Connects the event buses of other accounts: each gets rules for its tenants, a role that may put events on this one bus, and a dead-letter
 * queue. The other side's half is the construct EventTrackerBus (docs/other-buses.md).
 */
export function createSubscriberBuses(
  scope: Construct,
  config: StackConfig,
  bus: IEventBus,
  key: IKey | undefined,
): readonly ConnectedBus[] {
  return config.subscriberBuses.map((subscriber) => {
    const place = new Construct(scope, `SubscriberBus-${labelOfBus(subscriber.busArn)}`);
    const deadLetters = createDeadLetters(place, 'DeadLetters', key);
    const role = createRole(place, subscriber, bus);
    const rules = patternsOf(subscriber).map(
      (eventPattern, index) =>
        new CfnRule(place, `Rule${index + 1}`, {
          eventBusName: bus.eventBusName,
          description: `Event trackers for ${subscriber.busArn}`.slice(0, 512),
          eventPattern,
          targets: [
            {
              id: 'bus',
              arn: subscriber.busArn,
              roleArn: role.roleArn,
              retryPolicy: RETRY,
              deadLetterConfig: { arn: deadLetters.queueArn },
            },
          ],
        }),
    );
    allowRules(deadLetters, rules);
    new CfnOutput(place, 'RoleArn', { value: role.roleArn, description: `The role for ${subscriber.busArn}` });
    return { busArn: subscriber.busArn, deadLetters };
  });
}

/** It may put events on exactly this bus, for rules of the deployment's bus only. */
function createRole(place: Construct, { busArn }: SubscriberBus, bus: IEventBus): Role {
  const stack = Stack.of(place);
  const rules = stack.formatArn({ service: 'events', resource: 'rule', resourceName: `${bus.eventBusName}/*` });
  const role = new Role(place, 'Role', {
    assumedBy: new ServicePrincipal('events.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': stack.account }, ArnLike: { 'aws:SourceArn': rules } },
    }),
    description: `Puts events on ${busArn}`,
  });
  role.addToPrincipalPolicy(new PolicyStatement({ actions: ['events:PutEvents'], resources: [busArn] }));
  return role;
}

function allowRules(deadLetters: Queue, rules: readonly CfnRule[]): void {
  deadLetters.addToResourcePolicy(
    new PolicyStatement({
      sid: 'FromItsRules',
      principals: [new ServicePrincipal('events.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [deadLetters.queueArn],
      conditions: {
        StringEquals: { 'aws:SourceAccount': Stack.of(deadLetters).account },
        ArnEquals: { 'aws:SourceArn': rules.map(({ attrArn }) => attrArn) },
      },
    }),
  );
}
