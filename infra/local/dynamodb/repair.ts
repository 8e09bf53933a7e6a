import type { ClassicLevel } from 'classic-level';
import engine, { type IndexDescription, type Item, type StoredTable } from 'dynalite/db/index.js';
import { openExclusively } from '../level-lock.ts';

/*
 * dynalite keeps tables, items and index entries in one LevelDB, under keys that start with `table~`, `item-TABLE~` and
 * `index-(global|local)~TABLE~INDEX~`. It writes the index entries of an item one by one, before the item. A `kill -9` in between
 * leaves entries missing, outdated, or under a key that the item never got (4 of 6,240 items in a measurement). The sweeper, which
 * queries an index, would never see such an item again. So before the engine starts, the runtime compares all index entries with what
 * the engine derives from the items, and corrects those that differ.
 */

type Store = ClassicLevel<string, unknown>;

/** The range of all keys that start with `prefix`, assuming that none continues with U+FFFF. */
const startingWith = (prefix: string) => ({ gte: prefix, lt: `${prefix}\uffff` });

/**
 * Corrects the index entries in the closed store in `directory`, and removes every table whose creation or deletion was interrupted.
 * Such a table has no acknowledged items and would stay in that state forever. If the process is killed meanwhile, the next start does
 * both again.
 * @throws Error if another process has the store open
 */
export async function repair(directory: string): Promise<void> {
  const store = await openExclusively(directory);
  if (store === 'in use') throw new Error(`The DynamoDB files in ${directory} are in use by another process.`);
  try {
    const tables = await wholeTables(store);
    const missing = await entriesOf(store, tables);
    const wrong: string[] = [];
    // As text, because comparing texts is faster than parsing them.
    const entries = store.iterator<string, string>({ ...startingWith('index-'), valueEncoding: 'utf8' });
    for await (const [key, text] of entries) {
      if (missing.get(key) === text) missing.delete(key);
      else wrong.push(key);
    }
    await store.batch([
      ...wrong.map((key) => ({ type: 'del', key }) as const),
      ...[...missing].map(([key, value]) => ({ type: 'put', key, value, valueEncoding: 'utf8' }) as const),
    ]);
  } finally {
    await store.close();
  }
}

/** The tables, once those that were being created or deleted are removed. */
async function wholeTables(store: Store): Promise<StoredTable[]> {
  const tables: StoredTable[] = [];
  for await (const [key, table] of store.iterator<string, StoredTable>(startingWith('table~'))) {
    if (table.TableStatus !== 'CREATING' && table.TableStatus !== 'DELETING') {
      tables.push(table);
      continue;
    }
    const name = key.slice('table~'.length);
    await store.clear(startingWith(`item-${name}~`));
    await store.clear(startingWith(`tag-${name}~`));
    await store.del(key);
  }
  return tables;
}

/** The index entries of all items, as JSON text by their keys. */
async function entriesOf(store: Store, tables: readonly StoredTable[]): Promise<Map<string, string>> {
  const entries = new Map<string, string>();
  for (const table of tables) {
    const { TableName, GlobalSecondaryIndexes: global = [], LocalSecondaryIndexes: local = [] } = table;
    const derive = (type: string, indexes: readonly IndexDescription[], item: Item) => {
      for (const { index, key, item: entry } of engine.getIndexActions(indexes, undefined, item, table).puts) {
        entries.set(`index-${type}~${TableName}~${index}~${key}`, JSON.stringify(entry));
      }
    };
    for await (const item of store.values<string, Item>(startingWith(`item-${TableName}~`))) {
      derive('global', global, item);
      derive('local', local, item);
    }
  }
  return entries;
}
