import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { StackConfig } from './config.ts';
import { deployedName } from './functions.ts';

/** Made from the name, not by reference, because the key is created before the bus. */
export const busArn = (scope: Construct, config: StackConfig): string =>
  Stack.of(scope).formatArn({ service: 'events', resource: 'event-bus', resourceName: deployedName(config, 'bus') });

/**
 * The name of a state machine's log group. With this prefix the account's resource policy for log delivery does not grow with each state
 * machine.
 * @param name as in `deployedName`
 */
export const stateMachineLogsName = (config: StackConfig, name: string): string =>
  `/aws/vendedlogs/states/${deployedName(config, name)}`;

/** How Step Functions names the account's logs when it encrypts log entries on their way to CloudWatch Logs. */
export const logDeliverySource = (scope: Construct): string =>
  Stack.of(scope).formatArn({ service: 'logs', resource: '*', arnFormat: ArnFormat.NO_RESOURCE_NAME });

/**
 * The key of the deployment, if it asks for one or has been given one. Its own is retained like the table, whose backups cannot be read without
 * it. The policy of an imported key cannot be changed here.
 */
export function createKey(scope: Construct, config: StackConfig, given?: IKey): IKey | undefined {
  if (given === undefined && config.encryption === 'AWS_MANAGED') return undefined;
  const key =
    given ??
    new Key(scope, 'Key', {
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
  allowLogs(key, scope, config);
  return key;
}

/** CloudWatch Logs encrypts the log groups as itself. It decrypts what Step Functions has encrypted for the delivery to them. */
function allowLogs(key: IKey, scope: Construct, config: StackConfig): void {
  const { region, urlSuffix, stackName } = Stack.of(scope);
  const logGroup = (resourceName: string) =>
    Stack.of(scope).formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  key.addToResourcePolicy(
    new PolicyStatement({
      sid: 'Logs',
      principals: [new ServicePrincipal(`logs.${region}.${urlSuffix}`)],
      actions: [
        'kms:Decrypt',
        'kms:DescribeKey',
        'kms:Encrypt',
        'kms:GenerateDataKey',
        'kms:GenerateDataKeyWithoutPlaintext',
        'kms:ReEncryptFrom',
        'kms:ReEncryptTo',
      ],
      resources: ['*'],
      conditions: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': [
            logGroup(`/aws/lambda/${deployedName(config, '*')}`),
            logGroup(stateMachineLogsName(config, '*')),
            // The access log, whose name CloudFormation generates.
            logGroup(`${stackName}-*`),
          ],
        },
      },
    }),
  );
  key.addToResourcePolicy(
    new PolicyStatement({
      sid: 'LogDelivery',
      principals: [new ServicePrincipal('delivery.logs.amazonaws.com')],
      actions: ['kms:Decrypt'],
      resources: ['*'],
      conditions: { StringEquals: { 'kms:EncryptionContext:SourceArn': logDeliverySource(scope) } },
    }),
  );
}
