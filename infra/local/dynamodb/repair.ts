import {
  type AttributeValue,
  BatchWriteItemCommand,
  type DynamoDBClient,
  paginateListTables,
  paginateScan,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { openExclusively } from '../level-lock.ts';

/*
 * dynalite keeps tables, items and index entries in one LevelDB, under keys that start with `table~`, `item-TABLE~` and
 * `index-(global|local)~TABLE~INDEX~`. It writes the index entries of an item one by one, before the item. A `kill -9` in between
 * leaves entries missing, outdated, or under a key that the item never got (4 of 6,240 items in a measurement). The sweeper, which
 * queries an index, would never see such an item again. So at its start, the runtime removes all index entries and puts every item
 * again, which makes the engine recreate them.
 */

/** The range of all keys that start with `prefix`, assuming that none continues with U+FFFF. */
const startingWith = (prefix: string) => ({ gte: prefix, lt: `${prefix}\uffff` });

/**
 * Removes all index entries from the closed store in `directory`, and every table whose creation or deletion was interrupted. Such a
 * table has no acknowledged items and would stay in that state forever. Then start the engine and call `putItemsAgain`. If the
 * process is killed in between, the next start does both again.
 * @throws Error if another process has the store open
 */
export async function dropIndexEntries(directory: string): Promise<void> {
  const level = await openExclusively(directory);
  if (level === 'in use') throw new Error(`The DynamoDB files in ${directory} are in use by another process.`);
  try {
    await level.clear(startingWith('index-'));
    for await (const [key, table] of level.iterator(startingWith('table~'))) {
      if (typeof table !== 'object' || table === null || !('TableStatus' in table)) continue;
      if (table.TableStatus !== 'CREATING' && table.TableStatus !== 'DELETING') continue;
      const name = key.slice('table~'.length);
      await level.clear(startingWith(`item-${name}~`));
      await level.clear(startingWith(`tag-${name}~`));
      await level.del(key);
    }
  } finally {
    await level.close();
  }
}

/** The maximum number of puts in a BatchWriteItem. */
const BATCH = 25;

/** Reads every item of every table and puts it again unchanged, so that the engine writes its index entries. */
export async function putItemsAgain(client: DynamoDBClient): Promise<void> {
  for await (const { TableNames = [] } of paginateListTables({ client }, {})) {
    for (const TableName of TableNames) {
      for await (const { Items = [] } of paginateScan({ client }, { TableName })) {
        await putAll(client, TableName, Items);
      }
    }
  }
}

async function putAll(client: DynamoDBClient, table: string, items: Record<string, AttributeValue>[]): Promise<void> {
  for (let start = 0; start < items.length; start += BATCH) {
    const puts = items.slice(start, start + BATCH).map((Item): WriteRequest => ({ PutRequest: { Item } }));
    const { UnprocessedItems = {} } = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: puts } }));
    if (Object.keys(UnprocessedItems).length > 0) throw new Error(`DynamoDB left items of ${table} unprocessed.`);
  }
}
