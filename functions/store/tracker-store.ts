import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { EventTrackerRecord } from '../tracker/record.ts';
import { DUE_INDEX, DUE_SHARDS, dueLane, toItem, toRecord } from './item.ts';

/** Where the records are. Every method speaks of one item; nothing scans, and the guard never reads an index. */
export interface TrackerStore {
  /** The record as of now (a strongly consistent read), or nothing. */
  read(trackerId: string): Promise<EventTrackerRecord | undefined>;
  /** Writes a first record. False: there is one already (it may be our own, its answer lost: read it). */
  create(record: EventTrackerRecord): Promise<boolean>;
  /**
   * Writes what differs between the record that was read and the one that a verb made of it, and raises `rev`.
   * @returns the record as it now is, or nothing when somebody else has written since it was read: read and decide again.
   */
  save(before: EventTrackerRecord, after: EventTrackerRecord): Promise<EventTrackerRecord | undefined>;
  /** The ids of records of a lane that are due by then, the longest due first, at most `limit`; from an index: read before you act. */
  listDue(lane: 'urgent' | 'routine', by: number, limit: number): Promise<string[]>;
}

/** Every condition that this store knows. Names and values go in as placeholders everywhere. */
const CONDITIONS = {
  recordDoesNotExist: 'attribute_not_exists(#trackerId)',
  revisionIsUnchanged: '#rev = :revBefore',
} as const;

/**
 * @param documents a document client with `removeUndefinedValues`
 * @throws whatever DynamoDB answers, but for a condition that does not hold
 */
export function createTrackerStore(documents: DynamoDBDocumentClient, tableName: string): TrackerStore {
  async function listShard(partition: string, by: number, limit: number) {
    const due: { trackerId: string; at: number }[] = [];
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const page = await documents.send(
        new QueryCommand({
          TableName: tableName,
          IndexName: DUE_INDEX,
          KeyConditionExpression: '#dueLane = :dueLane AND #dueAt <= :by',
          ExpressionAttributeNames: { '#dueLane': 'dueLane', '#dueAt': 'dueAt' },
          ExpressionAttributeValues: { ':dueLane': partition, ':by': by },
          Limit: limit - due.length,
          ExclusiveStartKey,
        }),
      );
      for (const item of page.Items ?? []) due.push({ trackerId: String(item.trackerId), at: Number(item.dueAt) });
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined && due.length < limit);
    return due;
  }

  return {
    async read(trackerId) {
      const { Item } = await documents.send(
        new GetCommand({ TableName: tableName, Key: { trackerId }, ConsistentRead: true }),
      );
      return Item && toRecord(Item);
    },

    async create(record) {
      return holds(
        documents.send(
          new PutCommand({
            TableName: tableName,
            Item: toItem(record),
            ConditionExpression: CONDITIONS.recordDoesNotExist,
            ExpressionAttributeNames: { '#trackerId': 'trackerId' },
          }),
        ),
      );
    },

    async save(before, after) {
      const saved = { ...after, rev: before.rev + 1 };
      const saves = await holds(
        documents.send(
          new UpdateCommand({
            TableName: tableName,
            Key: { trackerId: before.trackerId },
            ...updateOfWhatDiffers(toItem(before), toItem(saved)),
          }),
        ),
      );
      return saves ? saved : undefined;
    },

    async listDue(lane, by, limit) {
      const shards = await Promise.all(
        Array.from({ length: DUE_SHARDS }, (_, shard) => listShard(dueLane(lane, shard), by, limit)),
      );
      return shards
        .flat()
        .sort((left, right) => left.at - right.at)
        .slice(0, limit)
        .map(({ trackerId }) => trackerId);
    },
  };
}

/** Whether the condition held; any other error is rethrown. */
async function holds(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** An update of the attributes that differ, and no others: older code must not drop what newer code added. */
function updateOfWhatDiffers(before: Record<string, unknown>, after: Record<string, unknown>) {
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  const set = changed.filter((name) => after[name] !== undefined);
  const remove = changed.filter((name) => after[name] === undefined);
  const clauses = [
    set.length > 0 && `SET ${set.map((name) => `#${name} = :${name}`).join(', ')}`,
    remove.length > 0 && `REMOVE ${remove.map((name) => `#${name}`).join(', ')}`,
  ].filter(Boolean);
  return {
    UpdateExpression: clauses.join(' '),
    ConditionExpression: CONDITIONS.revisionIsUnchanged,
    ExpressionAttributeNames: Object.fromEntries([...changed, 'rev'].map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ...Object.fromEntries(set.map((name) => [`:${name}`, after[name]])),
      ':revBefore': before.rev,
    },
  };
}
