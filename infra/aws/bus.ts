import { Duration, Stack } from 'aws-cdk-lib';
import { Archive, CfnArchive, EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import { AnyPrincipal, Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { EVENT_SOURCE } from '../../events/contract.ts';
import type { StackConfig } from './config.ts';
import { createDeadLetters } from './dead-letters.ts';
import { deployedName } from './functions.ts';
import { busArn } from './key.ts';

/** A bus of the deployment's own has all of these. Another one belongs to somebody else, with its policy, its archive and its encryption. */
export interface Bus {
  readonly bus: IEventBus;
  readonly archive?: Archive;
  readonly deadLetters?: Queue;
}

/** The bus, its dead-letter queue and its archive. Events contain tracking IDs, so all three do. */
export function createBus(scope: Construct, config: StackConfig, key?: IKey): Bus {
  const stack = Stack.of(scope);
  const eventBusName = deployedName(config, 'bus');
  const deadLetters = createDeadLetters(scope, 'BusDeadLetters', key);
  const bus = new EventBus(scope, 'Bus', {
    eventBusName,
    description: 'Events about event trackers: Event Tracker State Change, Event Tracker Drift Detected',
    deadLetterQueue: deadLetters,
    kmsKey: key,
  });
  deadLetters.addToResourcePolicy(
    new PolicyStatement({
      sid: 'FromTheBusAndItsRules',
      principals: [new ServicePrincipal('events.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [deadLetters.queueArn],
      conditions: {
        StringEquals: { 'aws:SourceAccount': stack.account },
        ArnLike: {
          'aws:SourceArn': [
            busArn(scope, config),
            stack.formatArn({ service: 'events', resource: 'rule', resourceName: `${eventBusName}/*` }),
          ],
        },
      },
    }),
  );
  const archive = new Archive(scope, 'Archive', {
    sourceEventBus: bus,
    archiveName: deployedName(config, 'archive'),
    description: 'For replays. Contains tracking IDs.',
    eventPattern: { source: [EVENT_SOURCE] },
    retention: Duration.days(config.archiveRetentionDays),
  });
  if (key) encryptArchive(archive, key);
  return { bus, archive, deadLetters };
}

/** Does not use the construct's `kmsKey`; key.ts explains why. */
function encryptArchive({ node }: Archive, key: IKey): void {
  if (!(node.defaultChild instanceof CfnArchive)) throw new Error('The archive has no CfnArchive to encrypt.');
  node.defaultChild.kmsKeyIdentifier = key.keyArn;
}

/**
 * Denies PutEvents to everyone except this function, whatever their identity policies allow. AWS services are exempt, so that the policy
 * cannot block a replay; this statement allows them nothing.
 */
export function denyOtherPublishers(bus: EventBus, publisher: LambdaFunction): void {
  const { role } = publisher;
  if (role === undefined) throw new Error('The function that publishes has no role.');
  bus.addToResourcePolicy(
    new PolicyStatement({
      sid: 'NobodyElsePutsEvents',
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['events:PutEvents'],
      resources: [bus.eventBusArn],
      conditions: {
        ArnNotEquals: { 'aws:PrincipalArn': role.roleArn },
        BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
      },
    }),
  );
}
