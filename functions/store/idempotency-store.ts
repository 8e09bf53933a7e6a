import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { lazily } from '../lazily.ts';
import type { FirstUse } from '../tracker/repeats.ts';
import { holds } from './conditional-write.ts';
import { TTL_ATTRIBUTE } from './table.ts';

/** How long a key is remembered, in milliseconds. */
export const KEY_REMEMBERED_MS = 24 * 60 * 60 * 1000;

/** Identifies a key. The key itself is the caller's text, so only its hash is stored. */
export interface KeyOwner {
  readonly tenantId: string;
  readonly keyHash: string;
}

/** What a key was first used for. */
export interface KeyUse extends FirstUse {
  /** The hash of the operation, its path and its body. Another one under the same key is the caller's mistake. */
  readonly requestHash: string;
  readonly trackerId: string;
}

/** The store of the Idempotency-Keys: items in the records' table, in no index, kept for a day. */
export interface IdempotencyStore {
  /** What the key was used for within the last day, by a strongly consistent read. @param now milliseconds since the epoch */
  read(owner: KeyOwner, now: number): Promise<KeyUse | undefined>;
  /** Remembers a first use for a day. False: the key is in use, read it. @param now milliseconds since the epoch */
  remember(owner: KeyOwner, use: KeyUse, now: number): Promise<boolean>;
}

/** `forTracker`, because `trackerId` is the table's key. None of these attributes belongs to an index. */
const keyItem = lazily(() =>
  z.object({
    requestHash: z.string(),
    forTracker: z.string(),
    generation: z.number(),
    contextRevision: z.number(),
    [TTL_ATTRIBUTE]: z.number(),
  }),
);

/** No tracker id has this form, and no tenant's name or hash contains a `#`. */
const keyItemId = ({ tenantId, keyHash }: KeyOwner): string => `idem#${tenantId}#${keyHash}`;
/** TTL counts in seconds. */
const seconds = (ms: number): number => Math.floor(ms / 1000);

/** @throws any error of DynamoDB except a failed condition */
export function createIdempotencyStore(documents: DynamoDBDocumentClient, tableName: string): IdempotencyStore {
  return {
    async read(owner, now) {
      const { Item } = await documents.send(
        new GetCommand({ TableName: tableName, Key: { trackerId: keyItemId(owner) }, ConsistentRead: true }),
      );
      if (Item === undefined) return undefined;
      const { requestHash, forTracker: trackerId, generation, contextRevision, expiresAt } = keyItem().parse(Item);
      return expiresAt <= seconds(now) ? undefined : { requestHash, trackerId, generation, contextRevision };
    },

    async remember(owner, { requestHash, trackerId, generation, contextRevision }, now) {
      return holds(
        documents.send(
          new PutCommand({
            TableName: tableName,
            Item: {
              trackerId: keyItemId(owner),
              requestHash,
              forTracker: trackerId,
              generation,
              contextRevision,
              [TTL_ATTRIBUTE]: seconds(now + KEY_REMEMBERED_MS),
            },
            // DynamoDB's TTL deletes late, and in the local engine not at all: an expired key counts as absent.
            ConditionExpression: 'attribute_not_exists(#trackerId) OR #expiresAt <= :now',
            ExpressionAttributeNames: { '#trackerId': 'trackerId', '#expiresAt': TTL_ATTRIBUTE },
            ExpressionAttributeValues: { ':now': seconds(now) },
          }),
        ),
      );
    },
  };
}
