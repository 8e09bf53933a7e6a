import { setTimeout } from 'node:timers/promises';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { EventTrackerRecord } from '../tracker/record.ts';
import { readItems } from './batch-read.ts';
import { holds, updateOfWhatDiffers } from './conditional-write.ts';
import {
  admissionLane,
  DUE_INDEX,
  DUE_SHARDS,
  dueLane,
  isListedWrongly,
  TENANT_INDEX,
  toItem,
  UNFINISHED_INDEX,
  UnreadableItem,
  withListingForgotten,
} from './item.ts';

/** Records that were read together. `unreadable`: items among them that are not valid records; they hide no valid one. */
export interface ReadRecords {
  readonly records: EventTrackerRecord[];
  readonly unreadable: readonly UnreadableItem[];
}

/** A page of a tenant's records. */
export interface TenantPage extends ReadRecords {
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
  /** At most 100 records, in the order of the ids, by strongly consistent reads. Missing ones are left out. */
  readMany(trackerIds: readonly string[]): Promise<ReadRecords>;
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
  /**
   * The ids of at most `limit` records that wait for admission in an account and Region, lowest place first. They come from an index: read
   * before acting. @param place such as `210987654321/eu-west-1`
   */
  listWaiting(place: string, limit: number): Promise<string[]>;
}

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

  async function listLowest(partitionOf: (shard: number) => string, by: number, limit: number): Promise<string[]> {
    const shards = await Promise.all(
      Array.from({ length: DUE_SHARDS }, (_, shard) => listShard(partitionOf(shard), by, limit)),
    );
    return shards
      .flat()
      .sort((left, right) => left.at - right.at)
      .slice(0, limit)
      .map(({ trackerId }) => trackerId);
  }

  /** Records whose items older code wrote, without what the status index needs. The next save of each adds it. */
  const listedWrongly = new WeakSet<EventTrackerRecord>();

  async function recordOf(item: Record<string, unknown>): Promise<EventTrackerRecord> {
    // Only a read needs the record's schema. The functions that begin with one load it at their initialization.
    const { toRecord } = await import('./record-of-item.ts');
    const record = toRecord(item);
    if (isListedWrongly(item, record)) listedWrongly.add(record);
    return record;
  }

  async function readMany(trackerIds: readonly string[]): Promise<ReadRecords> {
    const items = new Map<unknown, Record<string, unknown>>();
    for (const item of await readItems(documents, tableName, trackerIds, pause)) items.set(item.trackerId, item);
    const records: EventTrackerRecord[] = [];
    const unreadable: UnreadableItem[] = [];
    for (const item of trackerIds.map((id) => items.get(id)).filter((item) => item !== undefined)) {
      try {
        records.push(await recordOf(item));
      } catch (error) {
        if (!(error instanceof UnreadableItem)) throw error;
        unreadable.push(error);
      }
    }
    return { records, unreadable };
  }

  return {
    async read(trackerId) {
      const { Item } = await documents.send(
        new GetCommand({ TableName: tableName, Key: { trackerId }, ConsistentRead: true }),
      );
      return Item && recordOf(Item);
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
      return item && recordOf(item);
    },

    readMany,

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
      const itemBefore = toItem(before);
      const saves = await holds(
        documents.send(
          new UpdateCommand({
            TableName: tableName,
            Key: { trackerId: before.trackerId },
            ...updateOfWhatDiffers(
              listedWrongly.has(before) ? withListingForgotten(itemBefore) : itemBefore,
              toItem(saved),
            ),
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
      const { records, unreadable } = await readMany(ids);
      return {
        // The index is eventually consistent: a record may be another tenant's by now.
        records: records.filter((record) => record.tenantId === tenantId),
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

    listDue: (lane, by, limit) => listLowest((shard) => dueLane(lane, shard), by, limit),

    listWaiting: (place, limit) => listLowest((shard) => admissionLane(place, shard), Number.MAX_SAFE_INTEGER, limit),
  };
}
