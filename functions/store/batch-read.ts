import { ProvisionedThroughputExceededException } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** The maximum number of calls per batch read, and the longest pause before the second call; it doubles before each later call. */
const BATCH_READS = 6;
const FIRST_PAUSE_MS = 50;

/**
 * Reads at most 100 items consistently, in one call if DynamoDB returns all of them. Those that it leaves out for lack of throughput are
 * requested again, with back-off and full jitter, for at most 1.6 s.
 * @param pause waits for that many milliseconds
 * @throws ProvisionedThroughputExceededException if some are still left out
 */
export async function readItems(
  documents: DynamoDBDocumentClient,
  tableName: string,
  trackerIds: readonly string[],
  pause: (ms: number) => Promise<unknown>,
): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
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
    items.push(...(Responses?.[tableName] ?? []));
    Keys = UnprocessedKeys?.[tableName]?.Keys ?? [];
  }
  return items;
}
