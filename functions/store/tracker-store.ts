import { setTimeout } from 'node:timers/promises';
import { ProvisionedThroughputExceededException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { EventTrackerRecord } from '../tracker/record.ts';
import { holds, updateOfWhatDiffers } from './conditional-write.ts';
import {
  DUE_INDEX,
  DUE_SHARDS,
  dueLane,
  TENANT_INDEX,
  toItem,
  toRecord,
  UNFINISHED_INDEX,
  UnreadableItem,
} from './item.ts';

/** A page of a tenant's records. `unreadable`: items of the page that are not valid records; they hide no valid one. */
export interface TenantPage {
  readonly records: EventTrackerRecord[];
  readonly unreadable: readonly UnreadableItem[];
  /** The last id of the page, where there is more. */
  readonly last?: string;
}

/** The store of the records. No method scans the table. Writes are conditional, and no condition depends on an index. */
export interface TrackerStore {
  /** The record, by a strongly consistent read. */
  read(trackerId: string): Promise<EventTrackerRecord | undefined>;
  /**
   * As `read`, for a record of this tenant only. DynamoDB filters out another tenant's record, so its response is as long as the one for
   * a missing record, and takes as long to parse.
   */
  readOf(tenantId: string, trackerId: string): Promise<EventTrackerRecord | undefined>;
  /** Writes a new record. False: there already is one (possibly our own, if its response was lost: read it). */
  create(record: EventTrackerRecord): Promise<boolean>;
  /**
   * Writes what differs between the record that was read and the result of a transition, and increments `rev`.
   * @returns the saved record; undefined if somebody else has written since it was read: read and decide again
   */
  save(before: EventTrackerRecord, after: EventTrackerRecord): Promise<EventTrackerRecord | undefined>;
  /** A page of a tenant's records: ids from an index, records read consistently. `after`: the last id of the previous page. */
  listOfTenant(tenantId: string, limit: number, after?: string): Promise<TenantPage>;
  /**
   * The number of a tenant's records without an outcome, or with a pending cleanup, counted up to `limit`. The index that it reads is
   * eventually consistent.
   */
  countUnfinished(tenantId: string, limit: number): Promise<number>;
  /** The ids of at most `limit` records of a lane that are due by then, longest due first. They come from an index: read before acting. */
  listDue(lane: 'urgent' | 'routine', by: number, limit: number): Promise<string[]>;
}

/** The maximum number of calls per batch read, and the longest pause before the second call; it doubles before each later call. */
const BATCH_READS = 6;
const FIRST_PAUSE_MS = 50;

/**
 * @param documents a document client with `removeUndefinedValues`
 * @param pause waits for that many milliseconds
 * @throws any error of DynamoDB except a failed condition
 */
export function createTrackerStore(
  documents: DynamoDBDocumentClient,
  tableName: string,
  pause: (ms: number) => Promise<unknown> = setTimeout,
): TrackerStore {
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

  /**
   * At most 100 records, in one call if DynamoDB returns all of them. Those that it leaves out for lack of throughput are requested
   * again, with back-off and full jitter, for at most 1.6 s.
   * @throws ProvisionedThroughputExceededException if some are still left out
   */
  async function readAll(trackerIds: readonly string[]): Promise<Map<string, EventTrackerRecord | UnreadableItem>> {
    const records = new Map<string, EventTrackerRecord | UnreadableItem>();
    let Keys: Record<string, unknown>[] = trackerIds.map((trackerId) => ({ trackerId }));
    for (let read = 0; Keys.length > 0; read++) {
      if (read === BATCH_READS) {
        const message = `BatchGetItem left ${Keys.length} items out, ${BATCH_READS} times.`;
        throw new ProvisionedThroughputExceededException({ message, $metadata: {} });
      }
      if (read > 0) await pause(Math.random() * FIRST_PAUSE_MS * 2 ** (read - 1));
      const { Responses, UnprocessedKeys } = await documents.send(
        new BatchGetCommand({ RequestItems: { [tableName]: { Keys, ConsistentRead: true } } }),
      );
      for (const item of Responses?.[tableName] ?? []) records.set(String(item.trackerId), recordOrFault(item));
      Keys = UnprocessedKeys?.[tableName]?.Keys ?? [];
    }
    return records;
  }

  return {
    async read(trackerId) {
      const { Item } = await documents.send(
        new GetCommand({ TableName: tableName, Key: { trackerId }, ConsistentRead: true }),
      );
      return Item && toRecord(Item);
    },

    async readOf(tenantId, trackerId) {
      const { Items: [item] = [] } = await documents.send(
        new QueryCommand({
          TableName: tableName,
          KeyConditionExpression: '#trackerId = :trackerId',
          FilterExpression: '#tenantId = :tenantId',
          ExpressionAttributeNames: { '#trackerId': 'trackerId', '#tenantId': 'tenantId' },
          ExpressionAttributeValues: { ':trackerId': trackerId, ':tenantId': tenantId },
          ConsistentRead: true,
        }),
      );
      return item && toRecord(item);
    },

    async create(record) {
      return holds(
        documents.send(
          new PutCommand({
            TableName: tableName,
            Item: toItem(record),
            ConditionExpression: 'attribute_not_exists(#trackerId)',
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

    async listOfTenant(tenantId, limit, after) {
      const { Items = [], LastEvaluatedKey } = await documents.send(
        new QueryCommand({
          TableName: tableName,
          IndexName: TENANT_INDEX,
          KeyConditionExpression:
            after === undefined ? '#tenantId = :tenantId' : '#tenantId = :tenantId AND #trackerId > :after',
          ExpressionAttributeNames: {
            '#tenantId': 'tenantId',
            ...(after !== undefined && { '#trackerId': 'trackerId' }),
          },
          ExpressionAttributeValues: { ':tenantId': tenantId, ...(after !== undefined && { ':after': after }) },
          Limit: limit,
        }),
      );
      const ids = Items.map((item) => String(item.trackerId));
      const items = await readAll(ids);
      const records: EventTrackerRecord[] = [];
      const unreadable: UnreadableItem[] = [];
      for (const id of ids) {
        const item = items.get(id);
        if (item instanceof UnreadableItem) unreadable.push(item);
        // The index is eventually consistent: the record may be another tenant's by now.
        else if (item?.tenantId === tenantId) records.push(item);
      }
      return {
        records,
        unreadable,
        ...(LastEvaluatedKey && { last: ids.at(-1) }),
      };
    },

    async countUnfinished(tenantId, limit) {
      let count = 0;
      let ExclusiveStartKey: Record<string, unknown> | undefined;
      do {
        const page = await documents.send(
          new QueryCommand({
            TableName: tableName,
            IndexName: UNFINISHED_INDEX,
            Select: 'COUNT',
            KeyConditionExpression: '#unfinishedOf = :tenantId',
            ExpressionAttributeNames: { '#unfinishedOf': 'unfinishedOf' },
            ExpressionAttributeValues: { ':tenantId': tenantId },
            Limit: limit - count,
            ExclusiveStartKey,
          }),
        );
        count += page.Count ?? 0;
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey !== undefined && count < limit);
      return count;
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

function recordOrFault(item: Record<string, unknown>): EventTrackerRecord | UnreadableItem {
  try {
    return toRecord(item);
  } catch (error) {
    if (error instanceof UnreadableItem) return error;
    throw error;
  }
}
