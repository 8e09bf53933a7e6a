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
 * `index-(global|local)~TABLE~INDEX~`, and writes an item's index entries before the item, each by itself. A `kill -9`
 * in between leaves index entries missing, out of date, or under a key that the item never got: 4 of 6,240 items in a
 * measurement. A sweep over the index by due time would never see such an item again. So before it
 * serves, the runtime drops every index entry and puts every item again: the engine makes the entries anew.
 */

/** The range of all keys that start with `prefix`, given that none of them goes on with U+FFFF. */
const startingWith = (prefix: string) => ({ gte: prefix, lt: `${prefix}\uffff` });

/**
 * Removes every index entry from the closed store in `directory`, and every table whose creation or deletion was cut
 * off: such a table holds nothing that anybody was promised, and would stay in that state for ever.
 * Call `putItemsAgain` once the engine is up. Killed in between, it is simply done again at the next start.
 * @throws Error when another process has the store open
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

/** BatchWriteItem takes 25 puts at most. */
const BATCH = 25;

/** Reads every item of every table and puts it again as it is, whereby the engine writes its index entries. */
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
