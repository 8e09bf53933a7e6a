import { type DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { isEnded, type Operation, operationSchema, type PlannedRetry } from '../tracker/operation.ts';
import { holds } from './conditional-write.ts';
import { DUE_INDEX, positionOf, STATUS_INDEX } from './item.ts';
import { TTL_ATTRIBUTE } from './table.ts';

/** How long an operation can be read, in milliseconds: from its end, or from its start if it never ends. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000;
/** Each page of a plan is an item of its own, of at most 100 KB: the operation's item, which every outcome writes, stays small. */
export const PLAN_PAGE = 1000;

/** The partitions of operations in the indexes of the records. */
const DUE_LANE = 'operation';
const LISTED_IN = 'operations';

/** The store of the operations: items in the records' table. Writes are conditional. */
export interface OperationStore {
  /** False: there already is one with this id. */
  create(operation: Operation): Promise<boolean>;
  /** By a strongly consistent read. */
  read(operationId: string): Promise<Operation | undefined>;
  /** @returns the saved operation; undefined if somebody else has written since it was read */
  save(before: Operation, after: Operation): Promise<Operation | undefined>;
  /** Writes a page of the plan that is made at the operation's revision. */
  writePlan(operation: Operation, page: number, entries: readonly PlannedRetry[]): Promise<void>;
  /** @throws Error if the page is not there */
  readPlan(operation: Operation, page: number): Promise<PlannedRetry[]>;
  /** The ids of operations, newest first, from an eventually consistent index. `after`: where the previous page ended. */
  list(limit: number, after?: string): Promise<{ readonly operationIds: string[]; readonly after?: string }>;
  /** The ids of operations that are due by then, from an eventually consistent index: read before acting. */
  listDue(by: number): Promise<string[]>;
}

const keyOf = (operationId: string) => ({ trackerId: `operation#${operationId}` });
const planKeyOf = (operationId: string, plan: number, page: number) => ({
  trackerId: `operation#${operationId}#${plan}#${page}`,
});
const planItem = z.object({ entries: z.array(z.object({ trackerId: z.string(), tenantId: z.string() })) });
const seconds = (ms: number): number => Math.floor(ms / 1000);

/** As an item: an ended operation leaves the index of what is due. */
const toItem = ({ dueAt, ...operation }: Operation) => ({
  ...keyOf(operation.operationId),
  ...operation,
  // Records have these attributes too; an operation belongs to no tenant, and to no lane of theirs.
  ...(!isEnded(operation) && { dueLane: DUE_LANE }),
  dueAt,
  listedIn: LISTED_IN,
  listedAt: positionOf(operation.createdAt, operation.operationId),
  [TTL_ATTRIBUTE]: seconds((operation.endedAt ?? operation.createdAt) + KEPT_MS),
});

const toOperation = (item: Record<string, unknown>): Operation => operationSchema.parse(item);

/** @throws any error of DynamoDB except a failed condition; ZodError for an item that is no operation */
export function createOperationStore(documents: DynamoDBDocumentClient, tableName: string): OperationStore {
  const get = async (Key: Record<string, string>) =>
    (await documents.send(new GetCommand({ TableName: tableName, Key, ConsistentRead: true }))).Item;

  return {
    async create(operation) {
      return holds(
        documents.send(
          new PutCommand({
            TableName: tableName,
            Item: toItem(operation),
            ConditionExpression: 'attribute_not_exists(#trackerId)',
            ExpressionAttributeNames: { '#trackerId': 'trackerId' },
          }),
        ),
      );
    },

    async read(operationId) {
      const item = await get(keyOf(operationId));
      return item && toOperation(item);
    },

    async save(before, after) {
      const saved = { ...after, revision: before.revision + 1 };
      const isSaved = await holds(
        documents.send(
          new PutCommand({
            TableName: tableName,
            Item: toItem(saved),
            ConditionExpression: '#revision = :before',
            ExpressionAttributeNames: { '#revision': 'revision' },
            ExpressionAttributeValues: { ':before': before.revision },
          }),
        ),
      );
      return isSaved ? saved : undefined;
    },

    async writePlan({ operationId, createdAt, revision }, page, entries) {
      const Item = {
        ...planKeyOf(operationId, revision, page),
        entries: entries.map(({ trackerId, tenantId }) => ({ trackerId, tenantId })),
        [TTL_ATTRIBUTE]: seconds(createdAt + 2 * KEPT_MS),
      };
      await documents.send(new PutCommand({ TableName: tableName, Item }));
    },

    async readPlan({ operationId, plan = 0 }, page) {
      const item = await get(planKeyOf(operationId, plan, page));
      if (item === undefined) throw new Error(`The operation ${operationId} has no page ${page} of its plan.`);
      return planItem.parse(item).entries;
    },

    async list(limit, after) {
      const { Items = [], LastEvaluatedKey } = await documents.send(
        new QueryCommand({
          TableName: tableName,
          IndexName: STATUS_INDEX,
          KeyConditionExpression:
            after === undefined ? '#listedIn = :listedIn' : '#listedIn = :listedIn AND #listedAt < :after',
          ExpressionAttributeNames: {
            '#listedIn': 'listedIn',
            ...(after !== undefined && { '#listedAt': 'listedAt' }),
          },
          ExpressionAttributeValues: { ':listedIn': LISTED_IN, ...(after !== undefined && { ':after': after }) },
          ScanIndexForward: false,
          Limit: limit,
        }),
      );
      return {
        operationIds: Items.map(({ trackerId }) => String(trackerId).slice('operation#'.length)),
        ...(LastEvaluatedKey && { after: String(LastEvaluatedKey.listedAt) }),
      };
    },

    async listDue(by) {
      const { Items = [] } = await documents.send(
        new QueryCommand({
          TableName: tableName,
          IndexName: DUE_INDEX,
          KeyConditionExpression: '#dueLane = :dueLane AND #dueAt <= :by',
          ExpressionAttributeNames: { '#dueLane': 'dueLane', '#dueAt': 'dueAt' },
          ExpressionAttributeValues: { ':dueLane': DUE_LANE, ':by': by },
          Limit: 100,
        }),
      );
      return Items.map(({ trackerId }) => String(trackerId).slice('operation#'.length));
    },
  };
}
