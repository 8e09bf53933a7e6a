import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  type KeySchemaElement,
  ResourceNotFoundException,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';

/**
 * Creates missing tables and waits until they are ACTIVE. Existing tables are not changed.
 * @throws Error if an existing table, created by an older version of the project, has another key or lacks an index
 */
export async function ensureTables(client: DynamoDBClient, tables: readonly CreateTableCommandInput[]): Promise<void> {
  for (const wanted of tables) {
    const existing = await describe(client, wanted.TableName);
    if (existing === undefined) {
      await client.send(new CreateTableCommand(wanted));
      // Even with createTableMs 0, the engine writes ACTIVE asynchronously.
      while ((await describe(client, wanted.TableName))?.TableStatus !== 'ACTIVE') await nextTurn();
    } else {
      checkShape(wanted, existing);
    }
  }
}

async function describe(client: DynamoDBClient, TableName: string | undefined): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

const keyText = (schema: readonly KeySchemaElement[] = []): string =>
  schema.map(({ AttributeName, KeyType }) => `${AttributeName} (${KeyType})`).join(', ');

function checkShape(wanted: CreateTableCommandInput, existing: TableDescription): void {
  const refuse = (what: string): never => {
    throw new Error(
      `The DynamoDB table ${wanted.TableName} in the data folder ${what}. It was created by another version; ` +
        'start with --fresh to begin with an empty data folder, or with --data and another folder.',
    );
  };
  if (keyText(wanted.KeySchema) !== keyText(existing.KeySchema)) {
    refuse(`has the key ${keyText(existing.KeySchema)} and not ${keyText(wanted.KeySchema)}`);
  }
  for (const index of wanted.GlobalSecondaryIndexes ?? []) {
    const found = existing.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === index.IndexName);
    if (found === undefined) refuse(`lacks the index ${index.IndexName}`);
    else if (keyText(found.KeySchema) !== keyText(index.KeySchema)) {
      refuse(
        `has the index ${index.IndexName} with the key ${keyText(found.KeySchema)} and not ${keyText(index.KeySchema)}`,
      );
    }
  }
}
