import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ENTRY_TTL_ATTRIBUTE, NAME_INDEX } from '../../functions/store/tracking-id-entries.ts';
import { PATH_ROOT } from '../../functions/tracker/tracking-id-entry.ts';
import { grant, grantTable } from '../aws/grants.ts';
import { EventTrackerSubscriber } from './event-tracker-subscriber.ts';

/** Parameter Store (SecureString), or Secrets Manager. */
export type TrackingIdPlace = 'PARAMETER_STORE' | 'SECRETS_MANAGER';

export interface TrackingIdStoreProps {
  /** The service's bus, in the same account: `EventBus.fromEventBusArn` with the stack's output `BusArn`. */
  readonly bus: IEventBus;
  /** The tenants whose tracking IDs to keep, or `all`. */
  readonly tenants: readonly string[] | 'all';
  /** The stage of the service's deployment, which is part of each path. */
  readonly deployment: string;
  readonly place: TrackingIdPlace;
  /** Runs functions/tracking-ids/parameters.lambda.ts or secrets.lambda.ts, by the place. Gets its variables and permissions here. */
  readonly target: LambdaFunction;
  /** Encrypts the tracking IDs at their paths. By default AWS's key for the place (`alias/aws/ssm`, `alias/aws/secretsmanager`). */
  readonly encryptionKey?: IKey;
  /** Encrypts the table and the dead-letter queue, which hold tracking IDs too. By default AWS's keys. */
  readonly dataKey?: IKey;
}

/** How each place is called, what may be done at a path, and how its key is used. */
const PLACES = {
  PARAMETER_STORE: {
    service: 'ssm',
    resource: 'parameter',
    // ARNs of parameters have no second slash before a path.
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    root: PATH_ROOT.slice(1),
    variables: 'TRACKING_ID_PARAMETERS',
    actions: ['ssm:GetParameter', 'ssm:PutParameter', 'ssm:DeleteParameter'],
    keyActions: ['kms:Encrypt', 'kms:Decrypt'],
    context: 'kms:EncryptionContext:PARAMETER_ARN',
  },
  SECRETS_MANAGER: {
    service: 'secretsmanager',
    resource: 'secret',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    root: PATH_ROOT,
    variables: 'TRACKING_ID_SECRETS',
    actions: [
      'secretsmanager:CreateSecret',
      'secretsmanager:DeleteSecret',
      'secretsmanager:DescribeSecret',
      'secretsmanager:GetSecretValue',
      'secretsmanager:PutSecretValue',
      'secretsmanager:RestoreSecret',
    ],
    keyActions: ['kms:GenerateDataKey', 'kms:Decrypt'],
    context: 'kms:EncryptionContext:SecretARN',
  },
} as const;

const ANY_NAME = 'The names of tenants and trackers are unknown at deployment; the prefix is that of this deployment.';

/**
 * A subscriber that keeps the tracking ID of each ACTIVE tracker at `/event-trackers/DEPLOYMENT/TENANT/NAME`, and removes it when the tracker
 * is gone: the rule, the table that orders its events, the permissions on exactly these paths, and the dead-letter queue of
 * EventTrackerSubscriber. docs/tracking-ids.md describes it.
 * @throws Error as EventTrackerSubscriber does
 */
export class TrackingIdStore extends Construct {
  /** Holds events with tracking IDs. Alarm on its first message. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: TrackingIdStoreProps) {
    super(scope, id);
    const { bus, tenants, deployment, target, encryptionKey, dataKey } = props;
    const place = PLACES[props.place];
    const table = this.#createTable(dataKey);
    target.addEnvironment('STAGE', deployment);
    target.addEnvironment(`${place.variables}_TABLE_NAME`, table.tableName);
    if (encryptionKey) target.addEnvironment(`${place.variables}_KEY`, encryptionKey.keyArn);
    grantTable(target, { table, key: dataKey, actions: ['GetItem', 'PutItem'], indexes: [NAME_INDEX] });
    this.#grantPaths(props);
    const subscriber = new EventTrackerSubscriber(this, 'Subscriber', {
      bus,
      tenants,
      target,
      ...(dataKey && { encryptionKey: dataKey }),
    });
    this.deadLetters = subscriber.deadLetters;
  }

  /** The newest state of each tracker. It can be made again: `npm run tracking-ids:backfill`. */
  #createTable(key: IKey | undefined): Table {
    const table = new Table(this, 'Table', {
      partitionKey: { name: 'tenantId', type: AttributeType.STRING },
      sortKey: { name: 'trackerId', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: ENTRY_TTL_ATTRIBUTE,
      encryption: key ? TableEncryption.CUSTOMER_MANAGED : TableEncryption.AWS_MANAGED,
      encryptionKey: key,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    table.addLocalSecondaryIndex({
      indexName: NAME_INDEX,
      sortKey: { name: 'name', type: AttributeType.STRING },
      projectionType: ProjectionType.ALL,
    });
    return table;
  }

  #grantPaths({ place, target, deployment, encryptionKey }: TrackingIdStoreProps): void {
    const { service, resource, arnFormat, root, actions, keyActions, context } = PLACES[place];
    const { region, urlSuffix } = Stack.of(this);
    const paths = Stack.of(this).formatArn({
      service,
      resource,
      resourceName: `${root}/${deployment}/*`,
      arnFormat,
    });
    grant(target, { actions, resources: [paths], wildcard: ANY_NAME });
    if (encryptionKey === undefined) return;
    // Only for values at these paths, and only through the service that keeps them.
    grant(target, {
      actions: keyActions,
      resources: [encryptionKey.keyArn],
      conditions: {
        StringEquals: { 'kms:ViaService': `${service}.${region}.${urlSuffix}` },
        StringLike: { [context]: paths },
      },
    });
  }
}
