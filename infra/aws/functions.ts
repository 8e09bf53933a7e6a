import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { FunctionNetwork } from '../constructs/event-trackers-props.ts';
import { FUNCTION_TIMEOUT_SECONDS } from '../longest-silence.ts';
import { codeOf, type FunctionFolders } from './code.ts';
import type { StackConfig } from './config.ts';
import type { FunctionName } from './function-names.ts';
import { acknowledgeWildcard } from './grants.ts';

export interface FunctionContext {
  readonly config: StackConfig;
  readonly bundles: FunctionFolders;
  readonly table: ITable;
  /** The deployment's own key, which encrypts the logs. Absent: CloudWatch Logs' own. */
  readonly logKey: IKey | undefined;
  /** Where the functions run, if not in Lambda's own network. */
  readonly network?: FunctionNetwork;
}

export interface FunctionProps {
  readonly description: string;
  /** In addition to the variables that every function gets. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeout?: Duration;
  /** Whether it gets the variables about records and AWS calls; default true. The authorizer has neither. */
  readonly callsAws?: boolean;
  /** A subscriber to the bus: it knows nothing of the records and their lifecycle. */
  readonly isSubscriber?: true;
}

/** The deployed name of a resource: it contains the stage. */
export const deployedName = (config: StackConfig, name: string): string => `event-trackers-${config.stage}-${name}`;

/** A Lambda function with its own log group and role. Its permissions are granted where it is wired. */
export function createFunction(
  scope: Construct,
  name: FunctionName,
  { config, bundles, table, logKey, network }: FunctionContext,
  {
    description,
    environment = {},
    timeout = Duration.seconds(FUNCTION_TIMEOUT_SECONDS),
    isSubscriber,
    callsAws = true,
  }: FunctionProps,
): lambda.Function {
  const place = new Construct(scope, name);
  const functionName = deployedName(config, name);
  const logGroup = new LogGroup(place, 'Logs', {
    logGroupName: `/aws/lambda/${functionName}`,
    retention: config.logRetentionDays,
    encryptionKey: logKey,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const role = new Role(place, 'Role', {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description: `The role of ${functionName}`,
  });
  role.addToPrincipalPolicy(
    new PolicyStatement({
      effect: Effect.ALLOW,
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    }),
  );
  if (network) grantNetwork(role);
  // For `tracing` below.
  acknowledgeWildcard(
    role,
    '*',
    'xray:PutTraceSegments and PutTelemetryRecords support no resource-level permissions.',
  );
  return new lambda.Function(place, 'Function', {
    functionName,
    description,
    role,
    logGroup,
    code: codeOf(name, bundles, config),
    handler: 'index.handler',
    runtime: lambda.Runtime.NODEJS_24_X,
    architecture: lambda.Architecture.ARM_64,
    memorySize: 512,
    timeout,
    reservedConcurrentExecutions: config.reservedConcurrency[name],
    tracing: lambda.Tracing.ACTIVE,
    ...(network && {
      vpc: network.vpc,
      vpcSubnets: network.subnets,
      securityGroups: network.securityGroups,
    }),
    environment: {
      ...(isSubscriber || !callsAws ? {} : environmentOfRecords(config, table)),
      ...(callsAws && { CONNECT_SECONDS: '2' }),
      ...environmentOfAll(config),
      ...environment,
    },
  });
}

/** What Lambda needs to place a function in a VPC; the policy of AWS for it allows the same. */
function grantNetwork(role: Role): void {
  const actions = ['CreateNetworkInterface', 'DescribeNetworkInterfaces', 'DescribeSubnets', 'DeleteNetworkInterface'];
  const addresses = ['AssignPrivateIpAddresses', 'UnassignPrivateIpAddresses'];
  role.addToPrincipalPolicy(
    new PolicyStatement({ actions: [...actions, ...addresses].map((action) => `ec2:${action}`), resources: ['*'] }),
  );
  acknowledgeWildcard(role, '*', 'Lambda creates the network interfaces of a function before they have ARNs.');
}

/** The variables for functions/environment.ts. */
function environmentOfRecords({ lifecycle }: StackConfig, table: ITable): Record<string, string> {
  return {
    TABLE_NAME: table.tableName,
    CREATE_IN_FLIGHT_SECONDS: String(lifecycle.createInFlightSeconds),
    LEASE_SECONDS: String(lifecycle.leaseSeconds),
    DEADLINE_SECONDS: String(lifecycle.deadlineSeconds),
    DRIFT_INTERVAL_SECONDS: String(lifecycle.driftIntervalSeconds),
    RETENTION_SECONDS: String(lifecycle.retentionSeconds),
  };
}

/** The variables for Powertools. */
const environmentOfAll = ({ logLevel }: StackConfig): Record<string, string> => ({
  // Powertools writes the lines as JSON. Lambda's own JSON format would filter lines by level, and drop the metrics in them.
  POWERTOOLS_LOG_LEVEL: logLevel,
});
