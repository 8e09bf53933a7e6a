import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';

/**
 * The queues that the drift check works through: records that differ from the list, records whose tags are read, and trackers that no
 * record names.
 */
export const DRIFT_QUEUES = ['differing', 'tags', 'unknownTrackers'] as const;
export type DriftQueue = (typeof DRIFT_QUEUES)[number];

/** Where the last run ended: the trackerId, or the ARN of the unknown tracker, that was checked last. */
export type DriftCursorPosition = Readonly<Partial<Record<DriftQueue, string>>>;

/** The drift check's position between two runs in one account and Region: one item in the records' table, in no index. */
export interface DriftCursor {
  read(): Promise<DriftCursorPosition>;
  /** The last writer wins: concurrent runs may check something twice but never skip it. */
  save(place: DriftCursorPosition): Promise<void>;
}

/** Attributes of newer code are kept, as in a record: older code may run at the same time. */
const placeItem = z.object({
  differing: z.string().optional(),
  tags: z.string().optional(),
  unknownTrackers: z.string().optional(),
} satisfies Record<DriftQueue, z.ZodType>);

/** No tracker id has this form. */
const KEY = 'drift#cursor';

/**
 * @param place the account and Region of the trackers, such as `210987654321/eu-west-1`; absent: those of the deployment itself
 * @throws any error of DynamoDB
 */
export function createDriftCursor(documents: DynamoDBDocumentClient, tableName: string, place?: string): DriftCursor {
  const key = { trackerId: place === undefined ? KEY : `${KEY}#${place}` };
  return {
    async read() {
      const { Item = {} } = await documents.send(
        new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }),
      );
      return placeItem.parse(Item);
    },

    async save(place) {
      const places = Object.entries(place).filter(([, id]) => id !== undefined);
      if (places.length === 0) return;
      await documents.send(
        new UpdateCommand({
          TableName: tableName,
          Key: key,
          UpdateExpression: `SET ${places.map(([name]) => `#${name} = :${name}`).join(', ')}`,
          ExpressionAttributeNames: Object.fromEntries(places.map(([name]) => [`#${name}`, name])),
          ExpressionAttributeValues: Object.fromEntries(places.map(([name, id]) => [`:${name}`, id])),
        }),
      );
    },
  };
}
