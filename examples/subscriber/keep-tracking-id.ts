import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';

/**
 * What this subscriber reads of an `Event Tracker State Change`, and no more: fields and states that the contract gains
 * (events/contract.ts) do not stop it. EventBridge hands the event to a Lambda under these names.
 */
const stateChange = z.object({
  detail: z.object({
    metadata: z.object({ sequence: z.int().min(1), tenantId: z.string() }),
    data: z.object({
      trackerId: z.string().min(1),
      status: z.string(),
      datasetGroupArn: z.string(),
      trackingId: z.string().optional(),
    }),
  }),
});

/**
 * A subscriber that keeps each tracker's newest state, and its tracking ID exactly while it is ACTIVE: {trackerId, sequence,
 * status, tenantId, datasetGroupArn, trackingId?}, an item a tracker in a table whose key is `trackerId`.
 *
 * Events come at least once and in any order. `sequence` orders those of one tracker, so one condition makes it right: an event
 * that is not newer than what is kept changes nothing.
 * @returns whether the event was news
 * @throws ZodError for what is no such event; whatever DynamoDB answers: EventBridge delivers it again
 */
export function createSubscriber(documents: DynamoDBDocumentClient, tableName: string) {
  return async (event: unknown): Promise<{ news: boolean }> => {
    const { metadata, data } = stateChange.parse(event).detail;
    const { trackerId, trackingId, status, datasetGroupArn } = data;
    const kept = { sequence: metadata.sequence, status, tenantId: metadata.tenantId, datasetGroupArn };
    const set = Object.entries({ ...kept, ...(trackingId !== undefined && { trackingId }) });
    try {
      await documents.send(
        new UpdateCommand({
          TableName: tableName,
          Key: { trackerId },
          UpdateExpression: `SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')}${trackingId === undefined ? ' REMOVE #trackingId' : ''}`,
          ConditionExpression: 'attribute_not_exists(#sequence) OR #sequence < :sequence',
          ExpressionAttributeNames: Object.fromEntries(
            [...set.map(([name]) => name), 'trackingId'].map((name) => [`#${name}`, name]),
          ),
          ExpressionAttributeValues: Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
        }),
      );
      return { news: true };
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return { news: false };
      throw error;
    }
  };
}
