import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';

/**
 * What the drift check goes through in turn: records that differ from the list, records whose tags are read, trackers that no record
 * names.
 */
export const DRIFT_QUEUES = ['differing', 'tags', 'unknownTrackers'] as const;
export type DriftQueue = (typeof DRIFT_QUEUES)[number];

/** Where its last run ended: the trackerId, or the ARN of the unknown tracker, that was checked last. */
export type DriftCursorPosition = Readonly<Partial<Record<DriftQueue, string>>>;

/** The drift check's place between two runs: one item of the records' table, in no index. */
export interface DriftCursor {
  read(): Promise<DriftCursorPosition>;
  /** The last writer wins: concurrent runs may check something twice but never skip it. */
  save(place: DriftCursorPosition): Promise<void>;
}

/** Attributes of newer code stay where they are, as a record's do: an older drift check goes on beside it. */
const placeItem = z.object({
  differing: z.string().optional(),
  tags: z.string().optional(),
  unknownTrackers: z.string().optional(),
} satisfies Record<DriftQueue, z.ZodType>);

/** No tracker id has this form. */
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

    async save(place) {
      const places = Object.entries(place).filter(([, id]) => id !== undefined);
      if (places.length === 0) return;
      await documents.send(
        new UpdateCommand({
          TableName: tableName,
          Key: KEY,
          UpdateExpression: `SET ${places.map(([name]) => `#${name} = :${name}`).join(', ')}`,
          ExpressionAttributeNames: Object.fromEntries(places.map(([name]) => [`#${name}`, name])),
          ExpressionAttributeValues: Object.fromEntries(places.map(([name, id]) => [`:${name}`, id])),
        }),
      );
    },
  };
}
