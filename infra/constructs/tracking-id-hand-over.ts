import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, Code, type IFunction, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { packagedFunctions } from './packaged-functions.ts';
import { type TrackingIdPlace, TrackingIdStore } from './tracking-id-store.ts';

export interface TrackingIdHandOverProps {
  /** The service's bus, in the same account: `EventBus.fromEventBusArn` with the output `BusArn`. */
  readonly bus: IEventBus;
  /** The tenants whose tracking IDs to keep, or `all`. */
  readonly tenants: readonly string[] | 'all';
  /** The stage of the service's deployment, which is part of each path. */
  readonly deployment: string;
  /** Default: `PARAMETER_STORE`. */
  readonly place?: TrackingIdPlace;
  /** Encrypts the tracking IDs. Default: AWS's key for the place. */
  readonly encryptionKey?: IKey;
  /** Encrypts the table and the dead-letter queue, which hold tracking IDs too. Default: AWS's keys. */
  readonly dataKey?: IKey;
}

/**
 * Keeps the tracking ID of each ACTIVE tracker at `/event-trackers/DEPLOYMENT/TENANT/NAME`, and removes it when the tracker is gone, in a stack of
 * your own. The service itself does the same with its setting `trackingIds`.
 */
export class TrackingIdHandOver extends Construct {
  /** The function that keeps them. */
  readonly function: IFunction;
  /** Holds events with tracking IDs. Alarm on its first message. */
  readonly deadLetters: IQueue;

  constructor(scope: Construct, id: string, { place = 'PARAMETER_STORE', ...props }: TrackingIdHandOverProps) {
    super(scope, id);
    const code = packagedFunctions()[place === 'PARAMETER_STORE' ? 'tracking-id-parameters' : 'tracking-id-secrets'];
    const logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    const target = new LambdaFunction(this, 'Function', {
      role,
      logGroup,
      description: 'Keeps the tracking ID of each ACTIVE event tracker',
      code: Code.fromAsset(code.folder),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout: Duration.seconds(30),
    });
    this.function = target;
    this.deadLetters = new TrackingIdStore(this, 'Store', { ...props, place, target }).deadLetters;
  }
}
