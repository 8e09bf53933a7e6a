import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { StackConfig } from './config.ts';
import { deployedName } from './functions.ts';

/** By its name, not by reference: the key must be there before the bus. */
export const busArn = (scope: Construct, config: StackConfig): string =>
  Stack.of(scope).formatArn({ service: 'events', resource: 'event-bus', resourceName: deployedName(config, 'bus') });

/** The deployment's own key, where it asks for one: retained, because the table is, and no backup opens without it. */
export function createKey(scope: Construct, config: StackConfig): IKey | undefined {
  if (config.encryption === 'AWS_MANAGED') return undefined;
  const key = new Key(scope, 'Key', {
    description: `The data of event-trackers-${config.stage}`,
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  // EventBridge encrypts the bus, its archive and what it puts on a queue by itself, not on behalf of who put the event.
  const allowEventBridge = (sid: string, actions: string[], StringEquals: Record<string, string>) =>
    key.addToResourcePolicy(
      new PolicyStatement({
        sid,
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions,
        // A key's policy speaks of that key.
        resources: ['*'],
        conditions: { StringEquals },
      }),
    );
  allowEventBridge('EventBridge', ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'], {
    'aws:SourceAccount': Stack.of(scope).account,
  });
  // As the L2 construct Archive has it, whose condition names the bus by reference: the bus needs its dead letters, they the key.
  allowEventBridge('Archive', ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'], {
    'kms:EncryptionContext:aws:events:event-bus:arn': busArn(scope, config),
  });
  return key;
}
