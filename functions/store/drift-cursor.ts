import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';

/** Where the drift check's last run ended, of what it takes up in turn. */
export interface DriftPlace {
  /** The trackerId of the last record whose tags were read. */
  readonly tags?: string;
  /** The ARN of the last tracker that was described because no record had it. */
  readonly strangers?: string;
}

/** The drift check's place between two runs: one item of the records' table, in no index. */
export interface DriftCursor {
  read(): Promise<DriftPlace>;
  /** The last writer wins: two runs at once look at some things twice, and at none never. */
  save(place: DriftPlace): Promise<void>;
}

const placeItem = z.object({ tags: z.string().optional(), strangers: z.string().optional() });

/** No tracker's id looks like it. */
const KEY = { trackerId: 'drift#cursor' } as const;

/** @throws whatever DynamoDB answers */
export function createDriftCursor(documents: DynamoDBDocumentClient, tableName: string): DriftCursor {
  return {
    async read() {
      const { Item = {} } = await documents.send(
        new GetCommand({ TableName: tableName, Key: KEY, ConsistentRead: true }),
      );
      return placeItem.parse(Item);
    },

    async save({ tags, strangers }) {
      const places = Object.entries({ tags, strangers }).filter(([, place]) => place !== undefined);
      if (places.length === 0) return;
      await documents.send(
        new UpdateCommand({
          TableName: tableName,
          Key: KEY,
          UpdateExpression: `SET ${places.map(([name]) => `#${name} = :${name}`).join(', ')}`,
          ExpressionAttributeNames: Object.fromEntries(places.map(([name]) => [`#${name}`, name])),
          ExpressionAttributeValues: Object.fromEntries(places.map(([name, place]) => [`:${name}`, place])),
        }),
      );
    },
  };
}
