import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { StackConfig } from './config.ts';

/** The deployment's own key, where it asks for one: retained, because the table is, and no backup opens without it. */
export function createKey(scope: Construct, config: StackConfig): IKey | undefined {
  if (config.encryption === 'AWS_MANAGED') return undefined;
  const key = new Key(scope, 'Key', {
    description: `The data of event-trackers-${config.stage}`,
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  // EventBridge encrypts the bus, its archive and what it puts on a queue by itself, not on behalf of who put the event.
  key.addToResourcePolicy(
    new PolicyStatement({
      sid: 'EventBridge',
      principals: [new ServicePrincipal('events.amazonaws.com')],
      actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'],
      // A key's policy speaks of that key.
      resources: ['*'],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  );
  return key;
}
