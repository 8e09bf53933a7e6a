import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { TTL_ATTRIBUTE, tableSchema } from '../../functions/store/table.ts';
import type { StackConfig } from './config.ts';

/**
 * The table of the records, with the keys and indexes that the store uses: retained, protected from deletion, with point-in-time recovery.
 * With `restoredTableName` the functions use that table, and the stack's own remains unused.
 */
export function createTable(scope: Construct, config: StackConfig, key?: IKey): dynamodb.ITable {
  const { AttributeDefinitions = [], KeySchema = [], GlobalSecondaryIndexes = [] } = tableSchema();
  const attribute = (keys: typeof KeySchema, keyType: 'HASH' | 'RANGE') => {
    const name = keys.find(({ KeyType }) => KeyType === keyType)?.AttributeName;
    return name === undefined ? undefined : { name, type: typeOf(name) };
  };
  const typeOf = (name: string) => {
    const type = AttributeDefinitions.find(({ AttributeName }) => AttributeName === name)?.AttributeType;
    if (type !== 'S' && type !== 'N')
      throw new Error(`The table's attribute ${name} is neither a string nor a number.`);
    return type === 'S' ? dynamodb.AttributeType.STRING : dynamodb.AttributeType.NUMBER;
  };
  const partitionKey = attribute(KeySchema, 'HASH');
  if (partitionKey === undefined) throw new Error('The table has no partition key.');

  const table = new dynamodb.Table(scope, 'Table', {
    partitionKey,
    sortKey: attribute(KeySchema, 'RANGE'),
    billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: true,
    removalPolicy: RemovalPolicy.RETAIN,
    timeToLiveAttribute: TTL_ATTRIBUTE,
    encryption: key ? dynamodb.TableEncryption.CUSTOMER_MANAGED : dynamodb.TableEncryption.AWS_MANAGED,
    encryptionKey: key,
  });
  for (const { IndexName = '', KeySchema: keys = [], Projection } of GlobalSecondaryIndexes) {
    // An entry of every attribute would be written with each heartbeat.
    if (Projection === undefined || Projection.ProjectionType === 'ALL')
      throw new Error(`The index ${IndexName} must name what it projects.`);
    const { NonKeyAttributes } = Projection;
    const indexKey = attribute(keys, 'HASH');
    if (indexKey === undefined) throw new Error(`The index ${IndexName} has no partition key.`);
    table.addGlobalSecondaryIndex({
      indexName: IndexName,
      partitionKey: indexKey,
      sortKey: attribute(keys, 'RANGE'),
      ...(NonKeyAttributes
        ? { projectionType: dynamodb.ProjectionType.INCLUDE, nonKeyAttributes: NonKeyAttributes }
        : { projectionType: dynamodb.ProjectionType.KEYS_ONLY }),
    });
  }
  return config.restoredTableName === undefined
    ? table
    : dynamodb.Table.fromTableName(scope, 'RestoredTable', config.restoredTableName);
}

/**
 * The customer-managed key of the functions' table, if it has one. A table that outlived its stack has that stack's key, which outlived it
 * too.
 * @param key the deployment's own key
 */
export const keyOfTable = (scope: Construct, { restoredTableKeyArn }: StackConfig, key?: IKey): IKey | undefined =>
  restoredTableKeyArn === undefined ? key : Key.fromKeyArn(scope, 'RestoredTableKey', restoredTableKeyArn);
