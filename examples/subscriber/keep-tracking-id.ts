import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
// In a project of your own: from 'event-trackers/events'.
import {
  createSubscriber,
  type Kept,
  STATE_CHANGE,
  type StateChangeEvent,
  type SubscriberStore,
} from '../../events/index.ts';

/**
 * A subscriber that keeps each tracker's newest state, and its tracking ID exactly while it is ACTIVE.
 * @param handle what else to do with news, at least once for the newest of a tracker; keeping it is enough for most
 * @returns takes an `Event Tracker State Change` as EventBridge delivers it, and says whether it was news
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
 * An item a tracker, in a table whose key is `trackerId`: {trackerId, sequence, status, tenantId, datasetGroupArn, trackingId?,
 * finished?}. Events come at least once and in any order; `sequence` orders those of one tracker, so one condition makes it right:
 * an event that is not newer than what is kept changes nothing.
 * @throws whatever DynamoDB answers: EventBridge delivers the event again
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
   * Of an event that is not newer: it may be the one that is kept, delivered again because nobody finished it. Asked by a write
   * that changes nothing, so that the subscriber needs dynamodb:UpdateItem and nothing else.
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

/** Whether the write was made; false where its condition refused it. */
async function unlessRefused(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
