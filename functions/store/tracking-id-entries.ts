import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { TrackingIdEntry } from '../tracker/tracking-id-entry.ts';
import { holds } from './conditional-write.ts';

/** The newest State Change of each tracker, by tenant. */
export interface TrackingIdEntries {
  read(tenantId: string, trackerId: string): Promise<TrackingIdEntry | undefined>;
  /** Writes the entry if the stored one still is `before`. @returns whether it did */
  save(entry: TrackingIdEntry, before: TrackingIdEntry | undefined): Promise<boolean>;
  /** All entries of a tenant with this name. A consistent read. */
  withName(tenantId: string, name: string): Promise<TrackingIdEntry[]>;
}

/** A local index: unlike a global one, it can be read consistently. */
export const NAME_INDEX = 'name';
export const ENTRY_TTL_ATTRIBUTE = 'expiresAt';

/** The table's keys and index, for CreateTable and for the stack. */
export const entryTableSchema = () =>
  ({
    AttributeDefinitions: [
      { AttributeName: 'tenantId', AttributeType: 'S' },
      { AttributeName: 'trackerId', AttributeType: 'S' },
      { AttributeName: 'name', AttributeType: 'S' },
    ],
    KeySchema: [
      { AttributeName: 'tenantId', KeyType: 'HASH' },
      { AttributeName: 'trackerId', KeyType: 'RANGE' },
    ],
    LocalSecondaryIndexes: [
      {
        IndexName: NAME_INDEX,
        KeySchema: [
          { AttributeName: 'tenantId', KeyType: 'HASH' },
          { AttributeName: 'name', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
    BillingMode: 'PAY_PER_REQUEST',
  }) satisfies Omit<CreateTableCommandInput, 'TableName'>;

/** @throws DynamoDB's errors, so that the event is delivered again */
export function createTrackingIdEntries(documents: DynamoDBDocumentClient, tableName: string): TrackingIdEntries {
  return {
    async read(tenantId, trackerId) {
      const { Item } = await documents.send(
        new GetCommand({ TableName: tableName, Key: { tenantId, trackerId }, ConsistentRead: true }),
      );
      return Item as TrackingIdEntry | undefined;
    },

    save: (entry, before) =>
      holds(
        documents.send(
          new PutCommand({
            TableName: tableName,
            Item: entry,
            ...(before === undefined
              ? { ConditionExpression: 'attribute_not_exists(trackerId)' }
              : {
                  ConditionExpression: '#sequence = :before',
                  ExpressionAttributeNames: { '#sequence': 'sequence' },
                  ExpressionAttributeValues: { ':before': before.sequence },
                }),
          }),
        ),
      ),

    async withName(tenantId, name) {
      const entries: TrackingIdEntry[] = [];
      let ExclusiveStartKey: Record<string, unknown> | undefined;
      do {
        const page = await documents.send(
          new QueryCommand({
            TableName: tableName,
            IndexName: NAME_INDEX,
            ConsistentRead: true,
            KeyConditionExpression: 'tenantId = :tenantId AND #name = :name',
            ExpressionAttributeNames: { '#name': 'name' },
            ExpressionAttributeValues: { ':tenantId': tenantId, ':name': name },
            ExclusiveStartKey,
          }),
        );
        entries.push(...((page.Items ?? []) as TrackingIdEntry[]));
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey !== undefined);
      return entries;
    },
  };
}
