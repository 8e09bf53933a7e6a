declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** The options that the local runtime uses. Times are in milliseconds. dynalite's readme lists the others. */
  interface DynaliteOptions {
    readonly path?: string;
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  }
  /** Creates a server that does not listen yet. Its `close` also closes the store, but only if the server was listening. */
  export default function dynalite(options: DynaliteOptions): Server;
}

declare module 'dynalite/db/index.js' {
  /** An item in DynamoDB's JSON: `{"id": {"S": "a"}}`. */
  type Item = Readonly<Record<string, unknown>>;
  interface IndexDescription {
    readonly IndexName: string;
  }
  /** A table as it is stored: what DescribeTable returns. */
  interface StoredTable {
    readonly TableName: string;
    readonly TableStatus: string;
    readonly GlobalSecondaryIndexes?: readonly IndexDescription[];
    readonly LocalSecondaryIndexes?: readonly IndexDescription[];
  }
  interface IndexEntry {
    readonly index: string;
    readonly key: string;
    readonly item: Item;
  }
  const engine: {
    /** The index entries that a put of `item` over `before` writes. */
    getIndexActions(
      indexes: readonly IndexDescription[],
      before: Item | undefined,
      item: Item,
      table: StoredTable,
    ): { readonly puts: readonly IndexEntry[] };
    /** The bytes of an item, by DynamoDB's rules. */
    itemSize(item: Item): number;
  };
  export default engine;
  export type { IndexDescription, Item, StoredTable };
}
