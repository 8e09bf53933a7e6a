import { type DynamoDBDocumentClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import type { Status } from '../tracker/record.ts';
import { STATUS_INDEX, STATUS_SHARDS, statusPartition } from './item.ts';

/** An entry of the index. It may be outdated: the record decides. */
export interface ListedEntry {
  readonly trackerId: string;
  readonly tenantId: string;
  /** Its place in the order of changes (`positionOf`). */
  readonly position: string;
}

export interface ListedFilter {
  readonly statuses: readonly Status[];
  readonly failureCodes?: readonly string[] | undefined;
  readonly tenants?: readonly string[] | undefined;
  /** A part of the name, in lower case. */
  readonly nameContains?: string | undefined;
}

export interface ListedQuery extends ListedFilter {
  readonly order: 'newest first' | 'oldest first';
  /** Only entries beyond this position, in the order. */
  readonly after?: string | undefined;
}

export interface ListedPage {
  readonly entries: readonly ListedEntry[];
  /** Where the next page starts, even if this one is short or empty; undefined at the end. */
  readonly after?: string;
}

/** How many trackers have this status and failure. */
export interface StatusCount {
  readonly status: Status;
  readonly failureCode?: string;
  readonly count: number;
}

/** All tenants' trackers by status and last change. The index is eventually consistent; nothing scans the table. */
export interface StatusIndex {
  /** One query for each partition of the statuses. @param limit the maximum number of entries */
  list(query: ListedQuery, limit: number): Promise<ListedPage>;
  /** Reads every entry of the statuses, 1 MB in a query. */
  count(filter: Pick<ListedFilter, 'statuses' | 'tenants'>): Promise<StatusCount[]>;
}

/** A filter is applied to entries that were read: a query reads more of them, so that a page is less often empty. */
const READ_FOR_A_FILTER = 500;

/** @throws any error of DynamoDB */
export function createStatusIndex(documents: DynamoDBDocumentClient, tableName: string): StatusIndex {
  const queryOf = (
    partition: string,
    filter: Omit<ListedFilter, 'statuses'>,
    more: Partial<QueryCommandInput> = {},
  ) => {
    const { expression, names, values } = filterOf(filter);
    return new QueryCommand({
      TableName: tableName,
      IndexName: STATUS_INDEX,
      KeyConditionExpression: '#listedIn = :listedIn',
      ...more,
      ...(expression !== '' && { FilterExpression: expression }),
      ExpressionAttributeNames: { '#listedIn': 'listedIn', ...names, ...more.ExpressionAttributeNames },
      ExpressionAttributeValues: { ':listedIn': partition, ...values, ...more.ExpressionAttributeValues },
    });
  };

  async function pageOf(partition: string, { order, after, statuses: _, ...filter }: ListedQuery, limit: number) {
    const beyond = order === 'newest first' ? '<' : '>';
    const { Items = [], LastEvaluatedKey } = await documents.send(
      queryOf(partition, filter, {
        ...(after !== undefined && {
          KeyConditionExpression: `#listedIn = :listedIn AND #listedAt ${beyond} :after`,
          ExpressionAttributeNames: { '#listedAt': 'listedAt' },
          ExpressionAttributeValues: { ':after': after },
        }),
        ScanIndexForward: order === 'oldest first',
        Limit: isFilter(filter) ? Math.max(limit, READ_FOR_A_FILTER) : limit,
      }),
    );
    const entries = Items.map(
      (item): ListedEntry => ({
        trackerId: String(item.trackerId),
        tenantId: String(item.tenantId),
        position: String(item.listedAt),
      }),
    );
    return { entries, readTo: LastEvaluatedKey && String(LastEvaluatedKey.listedAt) };
  }

  async function countPartition(status: Status, partition: string, filter: Pick<ListedFilter, 'tenants'>) {
    const counts = new Map<string | undefined, number>();
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const page = await documents.send(
        queryOf(partition, filter, {
          ProjectionExpression: '#listedFailure',
          ExpressionAttributeNames: { '#listedFailure': 'listedFailure' },
          ...(ExclusiveStartKey && { ExclusiveStartKey }),
        }),
      );
      for (const { listedFailure } of page.Items ?? []) counts.set(listedFailure, (counts.get(listedFailure) ?? 0) + 1);
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return [...counts].map(
      ([failureCode, count]): StatusCount => ({ status, count, ...(failureCode !== undefined && { failureCode }) }),
    );
  }

  return {
    async list(query, limit) {
      const partitions = partitionsOf(query.statuses);
      return merged(
        await Promise.all(partitions.map(({ partition }) => pageOf(partition, query, limit))),
        query.order,
        limit,
      );
    },

    async count({ statuses, tenants }) {
      const counted = await Promise.all(
        partitionsOf(statuses).map(({ status, partition }) => countPartition(status, partition, { tenants })),
      );
      const sums = new Map<string, StatusCount>();
      for (const each of counted.flat()) {
        const key = `${each.status}#${each.failureCode ?? ''}`;
        sums.set(key, { ...each, count: each.count + (sums.get(key)?.count ?? 0) });
      }
      return [...sums.values()];
    },
  };
}

const partitionsOf = (statuses: readonly Status[]) =>
  statuses.flatMap((status) =>
    Array.from({ length: STATUS_SHARDS }, (_, shard) => ({ status, partition: statusPartition(status, shard) })),
  );

/** Of the pages of several partitions, what lies before the nearest place that one of them was read to. */
function merged(
  pages: readonly { readonly entries: readonly ListedEntry[]; readonly readTo?: string | undefined }[],
  order: ListedQuery['order'],
  limit: number,
): ListedPage {
  const sign = order === 'newest first' ? -1 : 1;
  const compare = (one: string, other: string) => (one === other ? 0 : (one < other ? -1 : 1) * sign);
  const [nearest] = pages.flatMap(({ readTo }) => readTo ?? []).sort(compare);
  const complete = pages
    .flatMap(({ entries }) => entries)
    .filter(({ position }) => nearest === undefined || compare(position, nearest) <= 0)
    .sort((one, other) => compare(one.position, other.position));
  const entries = complete.slice(0, limit);
  const after = complete.length > limit ? entries.at(-1)?.position : nearest;
  return { entries, ...(after !== undefined && { after }) };
}

const isFilter = ({ failureCodes, tenants, nameContains }: Omit<ListedFilter, 'statuses'>): boolean =>
  failureCodes !== undefined || tenants !== undefined || nameContains !== undefined;

function filterOf({ failureCodes, tenants, nameContains }: Omit<ListedFilter, 'statuses'>) {
  const conditions: string[] = [];
  const names: Record<string, string> = {};
  const values: Record<string, string> = {};
  const isOneOf = (name: string, texts: readonly string[] | undefined) => {
    if (texts === undefined) return;
    names[`#${name}`] = name;
    for (const [index, text] of texts.entries()) values[`:${name}${index}`] = text;
    conditions.push(`#${name} IN (${texts.map((_, index) => `:${name}${index}`).join(', ')})`);
  };
  isOneOf('listedFailure', failureCodes);
  isOneOf('tenantId', tenants);
  if (nameContains !== undefined) {
    names['#listedName'] = 'listedName';
    values[':nameContains'] = nameContains;
    conditions.push('contains(#listedName, :nameContains)');
  }
  return { expression: conditions.join(' AND '), names, values };
}
