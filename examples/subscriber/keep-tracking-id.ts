import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
// In your own project, import from 'event-trackers/events'.
import {
  createSubscriber,
  type Kept,
  STATE_CHANGE,
  type StateChangeEvent,
  type SubscriberStore,
} from '../../events/index.ts';

/**
 * A subscriber that stores the newest status of each tracker, and its tracking ID while it is ACTIVE.
 * @param handle optional work for a new event, which runs at least once for the newest event of each tracker
 * @returns a function that takes an event as EventBridge delivers it and returns whether it was new
 */
export const createTrackingIdSubscriber = (
  documents: DynamoDBDocumentClient,
  tableName: string,
  handle?: (event: StateChangeEvent) => Promise<void>,
) =>
  createSubscriber({
    detailType: STATE_CHANGE,
    store: createTrackingIdStore(documents, tableName),
    ...(handle && { handle }),
  });

/**
 * A table with the key `trackerId` and one item per tracker: {trackerId, sequence, status, tenantId, datasetGroupArn, trackingId?,
 * finished?}. Events arrive at least once and in any order. `sequence` orders the events of one tracker, so one condition is
 * sufficient: an event that is not newer than the item changes nothing.
 * @throws the errors of DynamoDB, so that Lambda retries the event
 */
export function createTrackingIdStore(
  documents: DynamoDBDocumentClient,
  tableName: string,
): Required<SubscriberStore<StateChangeEvent>> {
  return {
    async keepNewest({ detail: { metadata, data } }) {
      const { trackerId, trackingId, status, datasetGroupArn } = data;
      const { sequence, tenantId } = metadata;
      const kept = { sequence, status, tenantId, datasetGroupArn, ...(trackingId !== undefined && { trackingId }) };
      const names = Object.keys(kept);
      const isTaken = await unlessRefused(
        documents.send(
          new UpdateCommand({
            TableName: tableName,
            Key: { trackerId },
            UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}${trackingId === undefined ? ' REMOVE #trackingId' : ''}`,
            ConditionExpression: 'attribute_not_exists(#sequence) OR #sequence < :sequence',
            ExpressionAttributeNames: Object.fromEntries([...names, 'trackingId'].map((name) => [`#${name}`, name])),
            ExpressionAttributeValues: Object.fromEntries(
              Object.entries(kept).map(([name, value]) => [`:${name}`, value]),
            ),
          }),
        ),
      );
      return isTaken ? 'NEW' : await again(trackerId, sequence);
    },

    async finish({ detail: { metadata, data } }) {
      await unlessRefused(
        documents.send(
          new UpdateCommand({
            TableName: tableName,
            Key: { trackerId: data.trackerId },
            UpdateExpression: 'SET #finished = :sequence',
            ConditionExpression: '#sequence = :sequence',
            ExpressionAttributeNames: { '#finished': 'finished', '#sequence': 'sequence' },
            ExpressionAttributeValues: { ':sequence': metadata.sequence },
          }),
        ),
      );
    },
  };

  /**
   * Distinguishes an old event from a redelivery of the stored event, whose work was not finished. The check is an update that changes
   * nothing, so that dynamodb:UpdateItem is the only permission needed.
   */
  async function again(trackerId: string, sequence: number): Promise<Kept> {
    const isUnfinished = await unlessRefused(
      documents.send(
        new UpdateCommand({
          TableName: tableName,
          Key: { trackerId },
          UpdateExpression: 'SET #sequence = :sequence',
          ConditionExpression: '#sequence = :sequence AND (attribute_not_exists(#finished) OR #finished < :sequence)',
          ExpressionAttributeNames: { '#finished': 'finished', '#sequence': 'sequence' },
          ExpressionAttributeValues: { ':sequence': sequence },
        }),
      ),
    );
    return isUnfinished ? 'UNFINISHED' : 'OLD';
  }
}

/** Returns true after the write, or false if its condition failed. */
async function unlessRefused(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
