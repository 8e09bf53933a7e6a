import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Architecture, type Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { EventTrackerSubscriber } from '../../infra/constructs/event-tracker-subscriber.ts';

export interface SubscriberStackProps extends StackProps {
  /** The output `BusArn` of the service's stack, in the same account and Region. */
  readonly busArn: string;
  /** The tenants whose tracking IDs are stored. */
  readonly tenants: readonly string[] | 'all';
  /** examples/subscriber/lambda.ts, bundled. */
  readonly code: Code;
}

/** A stack of another team, which stores the tracking IDs of its tenants in its own table with the function in examples/subscriber. */
export class SubscriberStack extends Stack {
  constructor(scope: Construct, id: string, { busArn, tenants, code, ...props }: SubscriberStackProps) {
    super(scope, id, props);
    const table = new Table(this, 'TrackingIds', {
      partitionKey: { name: 'trackerId', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const target = new LambdaFunction(this, 'Subscriber', {
      code,
      handler: 'lambda.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      // Lambda's defaults (128 MB, 3 s) can be too small for a cold start of the SDK and a call.
      memorySize: 256,
      timeout: Duration.seconds(30),
      environment: { TRACKING_IDS_TABLE_NAME: table.tableName },
    });
    table.grant(target, 'dynamodb:UpdateItem');

    // The subscription:
    const bus = EventBus.fromEventBusArn(this, 'EventTrackersBus', busArn);
    new EventTrackerSubscriber(this, 'EventTrackers', { bus, tenants, target });
  }
}
