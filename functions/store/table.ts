import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { DUE_INDEX, STATUS_INDEX, TENANT_INDEX, UNFINISHED_INDEX } from './item.ts';

/**
 * The table's TTL attribute, in seconds since the epoch; what creates the table on AWS turns it on. Only the items of
 * Idempotency-Keys have it: a record is never deleted by TTL (docs/protocol.md, "Purge and restore").
 */
export const TTL_ATTRIBUTE = 'expiresAt';

/** The table's keys and indexes: what the CDK stack and the local engine both create. */
export const tableSchema = (): Omit<CreateTableCommandInput, 'TableName'> => ({
  AttributeDefinitions: [
    { AttributeName: 'trackerId', AttributeType: 'S' },
    { AttributeName: 'dueLane', AttributeType: 'S' },
    { AttributeName: 'dueAt', AttributeType: 'N' },
    { AttributeName: 'tenantId', AttributeType: 'S' },
    { AttributeName: 'unfinishedOf', AttributeType: 'S' },
    { AttributeName: 'listedIn', AttributeType: 'S' },
    { AttributeName: 'listedAt', AttributeType: 'S' },
  ],
  KeySchema: [{ AttributeName: 'trackerId', KeyType: 'HASH' }],
  GlobalSecondaryIndexes: [
    {
      IndexName: DUE_INDEX,
      KeySchema: [
        { AttributeName: 'dueLane', KeyType: 'HASH' },
        { AttributeName: 'dueAt', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
    {
      IndexName: TENANT_INDEX,
      KeySchema: [
        { AttributeName: 'tenantId', KeyType: 'HASH' },
        { AttributeName: 'trackerId', KeyType: 'RANGE' },
      ],
      // Keys only: a heartbeat then writes nothing here, and a page is read from the table, fresh.
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
    {
      IndexName: UNFINISHED_INDEX,
      KeySchema: [{ AttributeName: 'unfinishedOf', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
    {
      IndexName: STATUS_INDEX,
      KeySchema: [
        { AttributeName: 'listedIn', KeyType: 'HASH' },
        { AttributeName: 'listedAt', KeyType: 'RANGE' },
      ],
      // What filters and counts need, so that they read no record that does not fit.
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['tenantId', 'listedName', 'listedFailure'] },
    },
  ],
  BillingMode: 'PAY_PER_REQUEST',
});
