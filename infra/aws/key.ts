import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { StackConfig } from './config.ts';
import { deployedName } from './functions.ts';

/** Made from the name, not by reference, because the key is created before the bus. */
export const busArn = (scope: Construct, config: StackConfig): string =>
  Stack.of(scope).formatArn({ service: 'events', resource: 'event-bus', resourceName: deployedName(config, 'bus') });

/** The deployment's own key, if it asks for one. Retained like the table, whose backups cannot be read without it. */
export function createKey(scope: Construct, config: StackConfig): IKey | undefined {
  if (config.encryption === 'AWS_MANAGED') return undefined;
  const key = new Key(scope, 'Key', {
    description: `Encrypts the data of event-trackers-${config.stage}`,
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  // EventBridge encrypts the bus, its archive and its messages to queues as itself, not on behalf of the publisher.
  const allowEventBridge = (sid: string, actions: string[], StringEquals: Record<string, string>) =>
    key.addToResourcePolicy(
      new PolicyStatement({
        sid,
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions,
        // In a key policy, '*' means this key.
        resources: ['*'],
        conditions: { StringEquals },
      }),
    );
  allowEventBridge('EventBridge', ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'], {
    'aws:SourceAccount': Stack.of(scope).account,
  });
  // The statement of the L2 construct Archive, which would refer to the bus: a cycle, because the bus needs its queue and the queue the key.
  allowEventBridge('Archive', ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'], {
    'kms:EncryptionContext:aws:events:event-bus:arn': busArn(scope, config),
  });
  return key;
}
